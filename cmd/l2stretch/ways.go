package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/ir"
)

// ways say how the gateways of a specification are reached.
type ways struct {
	keys *keyring
	to   map[string]*way // by gateway
}

// A way leads to one gateway.
type way struct {
	open  opener
	diags hcl.Diagnostics // of the last running configuration that was read
}

// waysTo prepares connections to gateways and makes none. The secrets that logging in needs are read at once, so that
// whatever is wrong with any of them is said before the first connection.
func (a *app) waysTo(ctx context.Context, s *specification, nodes []*ir.Node, g *globals) (*ways, error) {
	w := &ways{keys: a.keyring(s), to: make(map[string]*way, len(nodes))}
	var errs []error
	for _, n := range nodes {
		way, err := a.wayTo(ctx, s, n, w.keys, g)
		if err != nil {
			errs = append(errs, fmt.Errorf("gateway %s: %w", n.Name, err))
			continue
		}
		w.to[n.Name] = way
	}
	return w, errors.Join(errs...)
}

func (a *app) wayTo(ctx context.Context, s *specification, n *ir.Node, keys *keyring, g *globals) (*way, error) {
	if n.SSH.Host == "" {
		return nil, errors.New("the specification does not say how to reach it; give the gateway a block ssh { host = \"...\" }, or use --running")
	}
	if n.Platform != ir.VyOS {
		return nil, fmt.Errorf("platform %q over SSH: %w", n.Platform, errors.ErrUnsupported)
	}
	if name := n.SSH.Password.Name; name != "" {
		if _, err := keys.get(ctx, name); err != nil {
			return nil, err
		}
	}
	return &way{open: func(context.Context, string) (apply.Device, error) {
		return nil, errors.ErrUnsupported
	}}, nil
}

// opener opens connections to a gateway.
func (w *ways) opener(n *ir.Node) opener { return w.to[n.Name].open }

// diagnostics are about the running configuration of a gateway, once it has been read.
func (w *ways) diagnostics(n *ir.Node) hcl.Diagnostics { return w.to[n.Name].diags }

// address is how a gateway is reached, as in vyos@192.0.2.10.
func (w *ways) address(n *ir.Node) string {
	host := n.SSH.Host
	if n.SSH.Port != 0 {
		host = net.JoinHostPort(host, strconv.Itoa(n.SSH.Port))
	}
	if n.SSH.User != "" {
		host = n.SSH.User + "@" + host
	}
	return host
}

// beside is a path of the specification: relative to its directory, unless it begins at a root or a home directory.
func beside(dir, path string) string {
	if path == "" || filepath.IsAbs(path) || strings.HasPrefix(path, "~") {
		return path
	}
	return filepath.Join(dir, path)
}
