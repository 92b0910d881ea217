package render

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/config"
)

// gatewayScript is the script of AppendScript, with places to be filled in: @word, and lines that begin
// with #@. It is itself a script that a shell can parse.
//
//go:embed gateway.sh
var gatewayScript string

// AppendScript appends a script that configures the gateway when it is run there with vbash. It asks for
// secrets, unless they are revealed or what needs them is omitted.
func (g *Gateway) AppendScript(b []byte, s Secrets) ([]byte, error) {
	names := g.SecretNames()
	for _, word := range append([]string{g.Node, g.Release, g.Spec, g.Tool}, names...) {
		if err := config.CheckValue(word); err != nil {
			return b, err
		}
	}
	var lines, secrets strings.Builder
	total := 0
	for c := range g.Commands() {
		line, err := scriptLine(c, names)
		if err != nil {
			return b, fmt.Errorf("%s: %w", g.Node, err)
		}
		if c.Secret != "" && s.Omit {
			line = "# left out, needs secret " + c.Secret + ": set " + strings.Join(c.Path, " ") + " ***\n"
		} else {
			total++
		}
		lines.WriteString(line)
	}
	for i, name := range names {
		switch {
		case s.Omit:
			continue
		case s.Reveal == nil:
			fmt.Fprintf(&secrets, "ask '%s'\nsecret_%d=$secret\n\n", name, i+1)
		default:
			key, err := s.Reveal(name)
			if err == nil {
				err = config.CheckValue(string(key))
			}
			if err != nil {
				return b, fmt.Errorf("%s: %w", g.Node, err)
			}
			fmt.Fprintf(&secrets, "secret_%d='%s'\n\n", i+1, key)
		}
	}
	for line := range strings.Lines(gatewayScript) {
		switch strings.TrimSuffix(line, "\n") {
		case "#@header":
			line = "# " + g.title() + ".\n"
		case "#@secrets":
			line = secrets.String()
		case "#@commands":
			line = lines.String() + "\n"
		case "gateway=@gateway":
			line = "gateway='" + g.Node + "'\n"
		case "release=@release":
			line = "release='" + g.Release + "'\n"
		case "total=@total":
			line = "total=" + strconv.Itoa(total) + "\n"
		}
		b = append(b, line...)
	}
	return b, nil
}

// scriptLine is a command as a call of the script's functions, every word between single quotes. VyOS takes no
// quote in a word, and neither does this, so there is nothing to be escaped.
func scriptLine(c Command, secrets []string) (string, error) {
	var b strings.Builder
	if c.Secret != "" {
		b.WriteByte('k')
	} else {
		b.WriteByte('c')
	}
	words := c.Path
	if c.Leaf && c.Secret == "" {
		words = append(slices.Clone(words), c.Value)
	}
	for _, w := range words {
		if err := config.CheckValue(w); err != nil {
			return "", &config.PathError{Path: c.Path, Err: err}
		}
		b.WriteString(" '" + w + "'")
	}
	if c.Secret != "" {
		i, _ := slices.BinarySearch(secrets, c.Secret)
		fmt.Fprintf(&b, ` "$secret_%d"`, i+1)
	}
	b.WriteByte('\n')
	return b.String(), nil
}
