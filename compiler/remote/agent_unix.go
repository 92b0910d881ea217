//go:build !windows

package remote

import (
	"context"
	"io"
	"net"
)

// dialAgent connects to the agent's socket.
func dialAgent(ctx context.Context, path string) (io.ReadWriter, io.Closer, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	return conn, conn, err
}
