package main

import (
	"fmt"
	"strings"

	"github.com/l2stretch/l2stretch/schema"
)

// specText is the reference of the language, out of the table that the decoder works from.
func specText() string {
	var b strings.Builder
	b.WriteString(`# The specification

A specification is a file, or a directory with all its files that end in .hcl or .hcl.json and do not begin with a dot. Files that end in .l2vars hold values of variables; default.l2vars and *.auto.l2vars are read by themselves.

Gateways, tunnels and secrets are referred to as site.SITE.gateway.GW, tunnel.NAME and secret.NAME; an instance of a block with for_each as tunnel.NAME["KEY"].

Every block may have accept, a list of warnings that were considered and stay, each with the reason: accept = ["W0203: hosts are set to 1396"].
`)
	for _, block := range schema.Blocks() {
		writeBlock(&b, block, "")
	}
	fmt.Fprintf(&b, "\n## Functions\n\n%s. They do what Terraform's functions of the same names do; file and templatefile read below the specification's directory only, and nothing depends on the time.\n", strings.Join(schema.Functions(), ", "))
	return b.String()
}

func writeBlock(b *strings.Builder, block schema.Block, parent string) {
	name := block.Name
	for _, l := range block.Labels {
		name += fmt.Sprintf(" %q", strings.ToUpper(l))
	}
	if parent != "" {
		name = parent + ": " + name
	}
	fmt.Fprintf(b, "\n## %s\n\n%s%s\n", name, sentence(block.Doc), howOften(block))
	first := true
	for _, a := range block.Attributes {
		if a.Name == "accept" {
			continue
		}
		if first {
			b.WriteByte('\n')
			first = false
		}
		fmt.Fprintf(b, "- `%s`: %s. %s\n", a.Name, typeOf(a), sentence(a.Doc))
	}
	path := block.Name
	if parent != "" {
		path = parent + ", " + path
	}
	for _, inner := range block.Blocks {
		writeBlock(b, inner, path)
	}
}

func howOften(block schema.Block) string {
	switch {
	case block.Min == 1 && block.Max == 1:
		return " It is required."
	case block.Min == block.Max && block.Min > 0:
		return fmt.Sprintf(" There are %d of it.", block.Min)
	case block.Min > 0:
		return fmt.Sprintf(" There is at least %d of it.", block.Min)
	case block.Max == 1:
		return " At most one."
	}
	return ""
}

func typeOf(a schema.Attribute) string {
	t := a.Type
	if len(a.Values) > 0 {
		t += ", one of " + strings.Join(a.Values, ", ")
	}
	switch {
	case a.Required:
		t += "; required"
	case a.Default != "":
		t += "; by default " + a.Default
	}
	return t
}

func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + strings.TrimSuffix(s[1:], ".") + "."
}
