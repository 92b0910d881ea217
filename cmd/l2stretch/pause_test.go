package main

import (
	"net/netip"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

// TestPauseWayOut: a stretch is not paused that is the way to one of its gateways.
func TestPauseWayOut(t *testing.T) {
	for _, tt := range []struct {
		name, host string
		inBand     bool
		refused    bool
	}{
		{"over the stretch", "192.168.10.253", true, true},
		{"from the gateway's own site", "192.168.10.253", false, false},
		{"over the tunnel", "169.254.100.2", true, false},
		{"by name", "gw.example.net", true, false},
	} {
		n := &ir.Node{Name: "cloud/gw1", SSH: ir.SSH{Host: tt.host, InBand: tt.inBand}}
		n.Attaches = []*ir.Attachment{{Node: n, Stretch: &ir.Stretch{Name: "app", Subnet: netip.MustParsePrefix("192.168.10.0/24")}}}
		o := &operation{nodes: []*ir.Node{n}}
		if err := o.beyond("app"); (err != nil) != tt.refused {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err := o.beyond("db"); err != nil {
			t.Errorf("%s, another stretch: %v", tt.name, err)
		}
	}
}
