package compiler

import (
	"strings"

	"github.com/l2stretch/l2stretch/schema"
)

// AssumeReleases states the releases that gateways were found with, by the name of the node, where a decoded
// specification has the version of the appliance in their place.
func AssumeReleases(f *schema.File, found map[string]string) {
	for _, s := range f.Sites {
		for _, g := range s.Gateways {
			release := found[s.Name()+"/"+g.Label]
			if release == "" || release == g.Release.V {
				continue
			}
			if !g.Appliance.Set {
				g.Appliance = g.Release
				g.Appliance.V = strings.TrimSuffix(g.Release.V, ".x")
			}
			g.Release.V = release
		}
	}
}
