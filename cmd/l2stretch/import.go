package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/cobra"

	"github.com/l2stretch/l2stretch/compiler"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/render"
	"github.com/l2stretch/l2stretch/schema"
	"github.com/l2stretch/l2stretch/vyos"
)

// runningLimit is the largest configuration that is read, in octets.
const runningLimit = 64 << 20

// An importRun is one run of import, or of init --from.
type importRun struct {
	format   format
	running  []string
	releases []string
	name     string
	out      string
}

func newImport(a *app, g *globals) *cobra.Command {
	var r importRun
	cmd := &cobra.Command{
		Use:   "import --running FILE... [flags]",
		Short: "Make a specification out of running configurations",
		Long: "Make a specification out of the configurations that gateways run, in any form that VyOS prints them: set commands, config.boot, JSON. With the configurations of both ends " +
			"everything is known; with one of them the far end is derived, and what nothing says is marked CHANGE-ME. The values of secrets are never taken. " +
			"The report lists every command that the specification does not express. `l2stretch help importing` has the details.",
		Example: "  l2stretch import --running onprem.boot --running cloud.boot --out main.hcl\n" +
			"  l2stretch import --running onprem/gw1=a.txt --running cloud/gw1=b.txt --release cloud/gw1=1.3\n" +
			"  ssh vyos@192.0.2.10 cat /config/config.boot | l2stretch import --running onprem/gw1=-",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{err: fmt.Errorf("%s takes no argument", cmd.CommandPath()), hint: "Each configuration has a --running of its own: --running " + args[0]}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, _ []string) error {
			doc, err := a.importSpec("import", &r, g)
			if err != nil {
				return err
			}
			if r.out != "" {
				if err := createFile(r.out, []byte(doc.Text), 0o644); err != nil {
					return err
				}
				doc.File = r.out
			}
			return a.reportImport(doc, &r, g)
		},
	}
	r.flags(cmd, "running")
	cmd.Flags().StringVar(&r.out, "out", "", "write the specification to `FILE`, which must not exist; without it, to standard output")
	addFormat(cmd, &r.format, "text", "json")
	return cmd
}

// flags adds what import and init --from have in common.
func (r *importRun) flags(cmd *cobra.Command, files string) {
	cmd.Flags().StringArrayVar(&r.running, files, nil, "a gateway's running configuration: `[SITE/GW=]FILE` (repeatable)")
	cmd.Flags().StringArrayVar(&r.releases, "release", nil, "the VyOS release where a file does not say it: `[SITE/GW=]RELEASE` (repeatable)")
	cmd.Flags().StringVar(&r.name, "name", "", "the `NAME` of the specification: whose marks count where a gateway has several, or what a new one is called")
}

// importSpec reads the configurations and makes the specification.
func (a *app) importSpec(command string, r *importRun, g *globals) (*render.Import, error) {
	if len(r.running) == 0 {
		return nil, &usageError{err: errors.New("no running configuration is named"), hint: "--running FILE names one; l2stretch import --help has examples."}
	}
	if r.name != "" {
		if err := vyos.SpecName(r.name); err != nil {
			return nil, &usageError{err: err}
		}
	}
	runs, err := a.readRunning(r)
	if err != nil {
		return nil, err
	}
	g.log.Info("read", "configurations", len(runs))
	lifted, err := vyos.Lift(runs, vyos.LiftOptions{Spec: r.name})
	if err != nil {
		return nil, err
	}
	return newImportDocument(command, runs, lifted), nil
}

// readRunning reads the files that the flags name.
func (a *app) readRunning(r *importRun) ([]vyos.Running, error) {
	releases := make(map[string]string)
	for _, s := range r.releases {
		node, rel, named := strings.Cut(s, "=")
		if !named {
			node, rel = "", s
		} else if err := vyos.NodeName(node); err != nil {
			return nil, &usageError{err: fmt.Errorf("--release: %w", err)}
		}
		releases[node] = rel
	}
	var runs []vyos.Running
	var errs []error
	seen := make(map[string]string)
	stdin := false
	for _, s := range r.running {
		node, file, named := strings.Cut(s, "=")
		if !named || vyos.NodeName(node) != nil {
			node, file = "", s
		}
		if file == "-" && stdin {
			return nil, usagef("standard input can be read once")
		}
		stdin = stdin || file == "-"
		src, err := a.readLimited(file)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		rel := releases[""]
		if own, ok := releases[node]; ok && node != "" {
			rel = own
		}
		run, err := vyos.ReadRunning(file, node, rel, src)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if other, ok := seen[run.Node]; ok && run.Node != "" {
			return nil, usagef("%s and %s are both of gateway %s", other, file, run.Node)
		}
		seen[run.Node] = file
		delete(releases, node)
		runs = append(runs, run)
	}
	delete(releases, "")
	for node := range releases {
		errs = append(errs, usagef("--release names %s, and no --running does", node))
	}
	slices.SortFunc(errs, func(x, y error) int { return strings.Compare(x.Error(), y.Error()) })
	return runs, errors.Join(errs...)
}

// readLimited reads a running configuration from a file, or from standard input for "-".
func (a *app) readLimited(path string) ([]byte, error) {
	if path == "-" {
		return atMost(path, a.stdin, runningLimit)
	}
	return readAtMost(path, runningLimit)
}

// importedName is what diagnostics call the specification that was made.
const importedName = "imported.hcl"

// newImportDocument writes the specification, compiles it, and compares the result with what runs.
func newImportDocument(command string, runs []vyos.Running, lifted *vyos.Lifted) *render.Import {
	f := lifted.Fabric
	file := compiler.Spec(f)
	text := schema.Write(file)
	doc := &render.Import{
		Envelope: envelope(command), Specification: f.Name, Text: string(text), Tunnels: len(f.Tunnels), Stretches: len(f.Stretches),
		Open: []render.ImportOpen{}, Secrets: importSecrets(f), Remarks: []render.ImportRemark{}, Gateways: []render.ImportGateway{},
	}
	for _, gap := range f.Gaps {
		doc.Open = append(doc.Open, render.ImportOpen{Object: gap.Object, Attribute: gap.Attribute, Why: gap.Why})
	}
	for _, r := range lifted.Remarks {
		doc.Remarks = append(doc.Remarks, render.ImportRemark{File: r.File, Line: r.Line, Text: r.Text})
	}
	var diags hcl.Diagnostics
	if len(f.Gaps) == 0 { // what was written is judged, with its places; open values would be errors
		file, diags = schema.Decode(&schema.Source{Files: []schema.SourceFile{{Name: importedName, Bytes: text}}})
	}
	configs := make(map[string]*vyos.Config)
	if !diags.HasErrors() {
		fabric, more := compiler.Compile(file)
		diags = append(diags, more...)
		snapshots, more := compiler.Lower(fabric, backends())
		diags = append(diags, more...)
		for _, s := range snapshots {
			if c, ok := s.(*vyos.Config); ok && !diags.HasErrors() {
				configs[c.Node] = c
			}
		}
	}
	doc.Valid = !diags.HasErrors()
	var errs hcl.Diagnostics
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			errs = append(errs, d)
		}
	}
	doc.Diagnostics = render.NewDiagnostics(errs, render.Sources{importedName: text})
	for i, run := range runs {
		doc.Gateways = append(doc.Gateways, importGateway(run, lifted.Compare(i, configs[lifted.Nodes[i]])))
	}
	return doc
}

func importGateway(run vyos.Running, c vyos.Comparison) render.ImportGateway {
	lines := func(all []vyos.Line) []render.ImportLine {
		out := make([]render.ImportLine, len(all))
		for i, l := range all {
			out[i] = render.ImportLine{Line: l.Number, Command: l.Text, Object: l.Object, Why: l.Why}
		}
		return out
	}
	return render.ImportGateway{
		Node: c.Node, File: run.File, Release: run.Release.Name, Candidates: run.Fits, Taken: c.Same,
		Changed: lines(c.Changed), NotExpressed: lines(c.Foreign), Added: lines(c.Added),
	}
}

func importSecrets(f *ir.Fabric) []render.ImportSecret {
	out := []render.ImportSecret{}
	for _, s := range f.Secrets {
		secret := render.ImportSecret{Name: s.Name, Env: s.Env, Tunnels: []string{}}
		for _, t := range f.Tunnels {
			if t.PSK.Name == s.Name || t.BGP.Password.Name == s.Name {
				secret.Tunnels = append(secret.Tunnels, t.Name)
			}
		}
		out = append(out, secret)
	}
	return out
}

// reportImport prints the specification, unless it went into a file, and the report.
func (a *app) reportImport(doc *render.Import, r *importRun, g *globals) error {
	if r.format.value == "json" {
		if err := render.JSON(a.stdout, doc); err != nil {
			return err
		}
	} else {
		to, st := io.Writer(a.stdout), a.out.style()
		if doc.File == "" {
			if _, err := io.WriteString(a.stdout, doc.Text); err != nil {
				return err
			}
			to, st = a.stderr, a.err.style()
		}
		if !g.quiet {
			if err := doc.WriteText(to, st); err != nil {
				return err
			}
		}
	}
	if doc.Valid {
		return nil
	}
	if r.format.value != "json" {
		st := a.err.style()
		for _, d := range doc.Diagnostics {
			fmt.Fprintln(a.stderr, render.Complaint(fmt.Sprintf("%s: %s. %s", d.Code, d.Summary, d.Detail), st))
		}
	}
	fmt.Fprintln(a.stderr, "What runs breaks rules of the language; the specification has to be mended before it compiles.")
	return errReported
}
