package remote

import "errors"

// startProxy says that there is no shell to run a ProxyCommand.
func startProxy(string, []string) (*proxy, error) {
	return nil, errors.New("a ProxyCommand of the SSH configuration is not run on Windows; use ProxyJump there, or jump in the ssh block")
}
