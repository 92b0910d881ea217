package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/l2stretch/l2stretch/render"
	"github.com/l2stretch/l2stretch/vyos/config"
)

// A compileRun is one run of compile.
type compileRun struct {
	format   format
	gateways []string
	out      string
	reveal   bool
	omit     bool
	detailed bool
}

// compileFormats are the formats of compile with what their files' names end in.
var compileFormats = []struct{ name, ext string }{
	{"commands", ".set"}, {"config", ".boot"}, {"json", ".json"}, {"shell", ".sh"},
}

func newCompile(a *app, g *globals) *cobra.Command {
	var r compileRun
	cmd := &cobra.Command{
		Use:   "compile [PATH] [flags]",
		Short: "Print the configuration of every gateway",
		Long: "Print the configuration of every gateway, or write it into a directory. `l2stretch help formats` says how to use it on a gateway, `l2stretch help secrets` " +
			"what becomes of secrets.",
		Example: "  l2stretch compile\n" +
			"  l2stretch compile --gateway onprem/gw1 --format shell --out dist\n" +
			"  l2stretch compile --format json --reveal-secrets | jq '.gateways[].commands'",
		Args: atMostOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if r.reveal && r.omit {
				return usagef("--reveal-secrets and --omit-secrets exclude each other")
			}
			if r.detailed && r.out == "" {
				return usagef("--detailed-exitcode compares with the files in a directory: it needs --out")
			}
			s, err := a.load(specPath(args), g)
			if err != nil {
				return err
			}
			if err := a.report(s, g); err != nil {
				return err
			}
			if s.failed(g.strict) {
				fmt.Fprintln(a.stderr, s.verdict())
				return errReported
			}
			return a.compile(cmd.Context(), s, g, &r)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&r.gateways, "gateway", nil, "only this gateway: `SITE/GW` (repeatable)")
	flags.StringVar(&r.out, "out", "", "write a file for each gateway into `DIR`")
	flags.BoolVar(&r.reveal, "reveal-secrets", false, "read the secrets and print them")
	flags.BoolVar(&r.omit, "omit-secrets", false, "leave out what needs a secret")
	flags.BoolVar(&r.detailed, "detailed-exitcode", false, "end with 2 when a file in --out has changed")
	names := make([]string, len(compileFormats))
	for i, f := range compileFormats {
		names[i] = f.name
	}
	addFormat(cmd, &r.format, names...)
	return cmd
}

func (a *app) compile(ctx context.Context, s *specification, g *globals, r *compileRun) error {
	gateways, err := chosenGateways(s, r.gateways, r.format.value == "config" || r.format.value == "json")
	if err != nil {
		return err
	}
	secrets := render.Secrets{Omit: r.omit}
	if r.reveal {
		if secrets.Reveal, err = a.revealed(ctx, s, gateways); err != nil {
			return err
		}
	}
	if r.out != "" {
		return a.writeGateways(s, g, r, gateways, secrets)
	}
	var text []byte
	if r.format.value == "json" {
		text, err = appendCompilation(nil, s, gateways, secrets)
	} else {
		for i, gw := range gateways {
			if i > 0 {
				text = append(text, '\n')
			}
			if text, err = appendGateway(text, gw, r.format.value, secrets); err != nil {
				break
			}
		}
	}
	if err != nil {
		return explainSecrets(err, r.format.value)
	}
	_, err = a.stdout.Write(text)
	return err
}

// revealed reads all secrets that gateways need, so that whatever is wrong with any is said at once.
func (a *app) revealed(ctx context.Context, s *specification, gateways []*render.Gateway) (func(string) ([]byte, error), error) {
	keys := a.keyring(s)
	var names []string
	for _, gw := range gateways {
		names = append(names, gw.SecretNames()...)
	}
	slices.Sort(names)
	var errs []error
	for _, name := range slices.Compact(names) {
		if _, err := keys.get(ctx, name); err != nil {
			errs = append(errs, err)
		}
	}
	return func(name string) ([]byte, error) {
		key, err := keys.get(ctx, name)
		if err != nil {
			return nil, err
		}
		return []byte(key.reveal()), nil
	}, errors.Join(errs...)
}

func appendGateway(b []byte, gw *render.Gateway, format string, secrets render.Secrets) ([]byte, error) {
	switch format {
	case "commands":
		return gw.AppendCommands(b, secrets)
	case "config":
		return gw.AppendConfig(b, secrets)
	case "shell":
		return gw.AppendScript(b, secrets)
	}
	panic("compile: no format " + format) // --format allows no other
}

func appendCompilation(b []byte, s *specification, gateways []*render.Gateway, secrets render.Secrets) ([]byte, error) {
	doc := render.Compilation{Envelope: envelope("compile"), Specification: s.fabric.Name, Gateways: []render.GatewayDocument{}}
	for _, gw := range gateways {
		d, err := gw.Document(secrets)
		if err != nil {
			return nil, err
		}
		doc.Gateways = append(doc.Gateways, d)
	}
	var out bytes.Buffer
	err := render.JSON(&out, doc)
	return append(b, out.Bytes()...), err
}

// explainSecrets says what to do when a format cannot do without a secret.
func explainSecrets(err error, format string) error {
	if !errors.Is(err, config.ErrSecret) {
		return err
	}
	return &usageError{
		err: fmt.Errorf("--format %s would be incomplete: %w", format, err),
		hint: "--reveal-secrets reads the secrets and prints them, --omit-secrets leaves out what needs one. " +
			"--format commands and shell need neither; see l2stretch help secrets.",
	}
}

// writeGateways writes a file for each gateway. Nothing is written unless everything can be.
func (a *app) writeGateways(s *specification, g *globals, r *compileRun, gateways []*render.Gateway, secrets render.Secrets) error {
	i := slices.IndexFunc(compileFormats, func(f struct{ name, ext string }) bool { return f.name == r.format.value })
	type file struct {
		path    string
		content []byte
	}
	var files []file
	seen := map[string]string{}
	for _, gw := range gateways {
		var content []byte
		var err error
		if r.format.value == "json" {
			content, err = appendCompilation(nil, s, []*render.Gateway{gw}, secrets)
		} else {
			content, err = appendGateway(nil, gw, r.format.value, secrets)
		}
		if err != nil {
			return explainSecrets(err, r.format.value)
		}
		name := strings.ReplaceAll(gw.Node, "/", ".") + compileFormats[i].ext
		if other, ok := seen[strings.ToLower(name)]; ok {
			return fmt.Errorf("the files of %s and %s are the same where case does not count", other, gw.Node)
		}
		seen[strings.ToLower(name)] = gw.Node
		files = append(files, file{filepath.Join(r.out, name), content})
	}
	mode := fs.FileMode(0o644)
	if r.reveal {
		mode = 0o600
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	changed := false
	for _, f := range files {
		same, err := sameContent(f.path, f.content)
		if err != nil {
			return err
		}
		what := "unchanged"
		if !same {
			what, changed = "written", true
		}
		if !same || r.reveal { // an earlier file may have been readable for others
			if err := replaceFile(f.path, f.content, mode); err != nil {
				return err
			}
		}
		if !g.quiet {
			fmt.Fprintf(a.stdout, "%s: %s\n", f.path, what)
		}
	}
	if changed && r.detailed {
		return &exit{code: exitChanges}
	}
	return nil
}

func sameContent(path string, content []byte) (bool, error) {
	old, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && bytes.Equal(old, content), err
}
