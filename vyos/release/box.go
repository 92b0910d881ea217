package release

import "strings"

// A Box is how a program drives a router of a release, where releases differ in that.
type Box struct {
	Versions []string // what the version begins with, as the router gives it; the longest of all releases decides

	// Compare prints, within a session, what the candidate changes, as commands. Empty: there is no such tool, and the
	// candidate itself is read.
	Compare string

	Save         string // makes the running configuration the one to boot; runs as group vyattacfg
	SaveDefaults bool   // the saved form has default values as well

	// Arm starts the release's own commit-confirm without asking; %d stands for minutes. Confirm ends it. Empty where
	// it cannot be had without a prompt.
	Arm, Confirm string

	// BootStatus says that /tmp/vyos-config-status tells whether the boot configuration was loaded.
	BootStatus bool
}

// ByVersion finds the release that a router runs: by its version, as in 1.4.0-epa2 or "VyOS 1.2.9-S1", else by the
// name of its branch, else by the major release of Debian that it is based on, where only one release is. An appliance
// built on VyOS has versions of its own; then the rest decides.
func ByVersion(version, branch string, debian int) (*Release, bool) {
	version = strings.TrimPrefix(strings.TrimSpace(version), "VyOS ")
	var found *Release
	longest := 0
	for _, r := range All() {
		for _, p := range r.Box.Versions {
			if len(p) > longest && strings.HasPrefix(version, p) && !continues(p, version[len(p):]) {
				found, longest = r, len(p)
			}
		}
	}
	if found != nil || strings.HasPrefix(version, "1.") {
		return found, found != nil // every VyOS has a version of its own that begins with 1, or a date
	}
	for _, r := range All() {
		if branch != "" && r.Branch == branch {
			return r, true
		}
	}
	for _, r := range All() {
		if debian != 0 && r.Debian == debian {
			if found != nil {
				return nil, false
			}
			found = r
		}
	}
	return found, found != nil
}

// continues reports whether a number goes on after its beginning, as in 1.40 after 1.4.
func continues(begin, rest string) bool {
	digit := func(c byte) bool { return '0' <= c && c <= '9' }
	return rest != "" && digit(begin[len(begin)-1]) && digit(rest[0])
}

var (
	box12 = Box{Versions: []string{"1.2"}, Save: savePerl, SaveDefaults: true}
	box13 = Box{Versions: []string{"1.3"}, Save: savePerl, SaveDefaults: true, BootStatus: true}
	box14 = Box{
		Versions: []string{"1.4"}, Compare: comparePython, Save: savePython, Arm: armPython, Confirm: confirmPython, BootStatus: true,
	}
	box15 = Box{
		Versions: []string{"1.5"}, Compare: comparePython, Save: savePython, Arm: armPython, Confirm: confirmPython, BootStatus: true,
	}
	// Of the development branch the first have the number of the release to come, later ones the date.
	boxRolling = Box{
		Versions: []string{"1.5-rolling", "999.", "2024.", "2025.", "2026.", "2027.", "2028.", "2029."},
		Compare:  comparePython, Save: savePython, Arm: armPython, Confirm: confirmPython, BootStatus: true,
	}
)

// The tools. The commit-confirm of the Perl one asks at a terminal, and cannot be told not to.
const (
	comparePython = "config-mgmt compare --commands"
	savePython    = "/usr/libexec/vyos/vyos-save-config.py"
	savePerl      = "/opt/vyatta/sbin/vyatta-save-config.pl"
	armPython     = "/usr/bin/config-mgmt commit_confirm -t=%d -y"
	confirmPython = "/usr/bin/config-mgmt confirm"
)
