package schema

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// headerName is the block that every specification has once.
const headerName = "l2stretch"

// A decoder is one run of Decode.
type decoder struct {
	report
	src      *Source
	language func() []Block
	file     *File
	bodies   []*hclsyntax.Body // of the files, in their order
	bytes    map[string][]byte // of the files, by name

	phase        phase
	top          *hcl.EvalContext
	scope        scope
	variables    map[string]*variable
	locals       map[string]*local
	anySensitive bool
	secrets      map[string]*group[Secret]
	sites        map[string]*group[Site]
	tunnels      map[string]*group[Tunnel]
	stretches    map[string]*group[Stretch]

	// checked is what the expressions of instances refer to, where all of it is there: the first instance finds out
	// for all others.
	checked map[hclsyntax.Expression][]hcl.Traversal

	sizes  map[string]extent // of variables and locals
	blocks int
	steps  []step

	secretBlocks []blockView // of file.Secrets
	accepted     map[acceptKey]bool
}

// Decode evaluates a specification. It finds all problems that it can in one run; when there are errors,
// the File holds what could be decoded, and what could not is not set.
func Decode(src *Source) (*File, hcl.Diagnostics) {
	d := &decoder{
		src:       src,
		language:  Blocks,
		file:      &File{},
		bytes:     map[string][]byte{},
		top:       &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: map[string]function.Function{}},
		checked:   map[hclsyntax.Expression][]hcl.Traversal{},
		variables: map[string]*variable{},
		locals:    map[string]*local{},
		secrets:   map[string]*group[Secret]{},
		sites:     map[string]*group[Site]{},
		tunnels:   map[string]*group[Tunnel]{},
		stretches: map[string]*group[Stretch]{},
		sizes:     map[string]extent{},
		steps:     make([]step, 0, 8),
	}
	src.secrecy = secrecy{}
	if d.parse() {
		d.decode()
	}
	src.secrecy.done()
	return d.file, d.sorted()
}

// parse reads all files; what follows makes sense only when all of them could be read.
func (d *decoder) parse() bool {
	ok := true
	for _, f := range d.src.Files {
		d.bytes[f.Name] = f.Bytes
		var body *hclsyntax.Body
		var parsed bool
		if isJSON(f.Name) {
			body, parsed = d.parseJSON(f)
		} else {
			body, parsed = d.parseNative(f)
		}
		ok = ok && parsed
		d.bodies = append(d.bodies, body)
	}
	return ok
}

// decode goes through the blocks in the order in which they can refer to each other.
func (d *decoder) decode() {
	d.scope = scope{ctx: d.top, what: "a file"}
	byType := map[string][]*hclsyntax.Block{}
	for _, body := range d.bodies {
		for _, a := range body.Attributes {
			fileType.unknownAttribute(d, a.Name, a.NameRange, hcl.Range{})
		}
		for _, b := range body.Blocks {
			byType[b.Type] = append(byType[b.Type], b)
		}
	}
	for name, blocks := range byType {
		if fileType.knows(name) {
			continue
		}
		for _, b := range blocks {
			fileType.unknownBlock(d, name, b.TypeRange)
		}
	}

	d.phase = readVariables
	d.declareVariables(byType["variable"])
	d.assignVariables()
	d.src.variables = d.resolved()
	d.phase = readLocals
	d.declareSecrets(byType["secret"])
	d.declareLocals(byType["locals"])
	d.evaluateLocals()
	d.validateVariables()

	d.phase = readSites
	d.header(byType[headerName])
	d.decodeSecrets()
	repeat(d, &siteType, byType["site"], d.sites, func(s *Site) *Instance { return &s.Instance }, &d.file.Sites)
	d.phase = readTunnels
	repeat(d, &tunnelType, byType["tunnel"], d.tunnels, func(t *Tunnel) *Instance { return &t.Instance }, &d.file.Tunnels)
	d.phase = readStretches
	repeat(d, &stretchType, byType["stretch"], d.stretches, func(s *Stretch) *Instance { return &s.Instance }, &d.file.Stretches)
}

// header decodes the block l2stretch, which must be there once.
func (d *decoder) header(blocks []*hclsyntax.Block) {
	d.scope = scope{ctx: d.top, what: "the block " + headerName}
	if len(blocks) == 0 {
		at := hcl.Range{}
		if len(d.src.Files) > 0 {
			at = rangeAt(d.src.Files[0], 0)
		}
		d.add(codeMissingBlock, at, "A specification needs a block l2stretch with its name, which stands in every marker on every box: l2stretch { name = \"app-dr\" }.")
		return
	}
	for _, b := range blocks[1:] {
		d.add(codeTooManyBlocks, b.TypeRange, "A specification has one block l2stretch; the other is at %s. Join the two.", blocks[0].TypeRange)
	}
	headerType.decodeBlock(d, viewOf(blocks[0]), &d.file.Header)
}

// declareSecrets makes secrets known to expressions before anything is evaluated.
func (d *decoder) declareSecrets(blocks []*hclsyntax.Block) {
	for _, b := range blocks {
		v := viewOf(b)
		if !d.checkLabels(&secretType.Block, &v) {
			continue
		}
		s := &Secret{Label: v.labels[0], Range: v.header}
		if g, ok := d.secrets[s.Label]; ok {
			d.duplicate("secret", s.Label, v.ranges[0], g.header)
			continue
		}
		d.secrets[s.Label] = &group[Secret]{header: v.header, one: s}
		d.file.Secrets = append(d.file.Secrets, s)
		d.secretBlocks = append(d.secretBlocks, v)
		for _, a := range b.Body.Attributes {
			if !secretType.hasAttribute(a.Name) { // as likely as not it is the secret itself
				d.concealUnknown(a)
			}
		}
	}
}

func (d *decoder) decodeSecrets() {
	for i, v := range d.secretBlocks {
		d.scope = scope{ctx: d.top, what: "the block secret"}
		secretType.decodeInto(d, v, d.file.Secrets[i])
	}
}

func (d *decoder) duplicate(what, name string, at, first hcl.Range) {
	d.add(codeDuplicateName, at, "There is already a %s called %s, at %s. Give this one another name, or join the two.", what, quote(name), first)
}

// provideIfKnown puts a root into scope when its phase has come.
func (d *decoder) provideIfKnown(name string) {
	for _, r := range roots {
		if r.name == name && d.phase >= r.needs {
			d.provide(name)
		}
	}
}

// sourceOf is the text of a range; empty when there is none.
func (d *decoder) sourceOf(r hcl.Range) string {
	b := d.bytes[r.Filename]
	if r.Start.Byte < 0 || r.End.Byte > len(b) || r.Start.Byte > r.End.Byte {
		return ""
	}
	return string(b[r.Start.Byte:r.End.Byte])
}

// rangeAt is the range of one octet of a file.
func rangeAt(f SourceFile, offset int) hcl.Range {
	before := string(f.Bytes[:min(offset, len(f.Bytes))])
	pos := hcl.Pos{
		Line:   1 + strings.Count(before, "\n"),
		Column: 1 + len([]rune(before[strings.LastIndexByte(before, '\n')+1:])),
		Byte:   len(before),
	}
	return hcl.Range{Filename: f.Name, Start: pos, End: pos}
}

// blockName names a block within a sentence.
func blockName(b *Block) string {
	if b.Name == "" {
		return "a specification"
	}
	return "the block " + quoteHCL(b.Name)
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func unquote(s string) string { return strings.Trim(s, `"`) }

// quoteHCL writes a string as HCL does.
func quoteHCL(s string) string { return string(appendQuoted(nil, s)) }
