package schema

import "github.com/hashicorp/hcl/v2"

// fileType is what stands outside of any block. The blocks are decoded by decoder.decode, in the order in
// which they can refer to each other.
var fileType = blockType[File]{
	nested: []nested[File]{
		needed(block(&headerType, func(f *File) **Header { h := &f.Header; return &h })),
		top[File](&variableType),
		top[File](&localsType),
		repeated(&secretType, 0, 0, nil, func(f *File) []*Secret { return f.Secrets }),
		repeated(&siteType, 0, 0, nil, func(f *File) []*Site { return f.Sites }),
		repeated(&tunnelType, 0, 0, nil, func(f *File) []*Tunnel { return f.Tunnels }),
		repeated(&stretchType, 0, 0, nil, func(f *File) []*Stretch { return f.Stretches }),
	},
}

// top is an entry for a block that leaves no trace in the File.
func top[T, C any](t *blockType[C]) nested[T] {
	return repeated(t, 0, 0, nil, func(*T) []*C { return nil })
}

// knows reports whether there is a block of the name.
func (t *blockType[T]) knows(name string) bool {
	for _, n := range t.nested {
		if n.about.Name == name {
			return true
		}
	}
	return false
}

var headerType = blockType[Header]{
	Block: Block{Name: headerName, Doc: "the specification itself"},
	rng:   func(h *Header) *hcl.Range { return &h.Range },
	check: checkHeader,
	attrs: []attribute[Header]{
		attr("name", like("app-dr"), func(h *Header) *Value[string] { return &h.Name },
			"name that stands in every marker on every box: a-z, 0-9 and -, at most 16", required),
		attr("required_version", like(">= 0.1"), func(h *Header) *Value[string] { return &h.RequiredVersion },
			"versions of l2stretch that the specification is made for"),
	},
}

var variableType = blockType[variable]{
	Block: Block{Name: "variable", Labels: []string{"name"}, Doc: "a value that is given from outside"},
	rng:   func(v *variable) *hcl.Range { return &v.header },
	attrs: []attribute[variable]{
		attr("type", expression("type", "string, number, bool, list(T), map(T) or object({ ... })"), func(v *variable) *Value[hcl.Expression] { return &v.ty },
			"what the value must be; any value without it", def("any")),
		attr("default", expression("any", "a value"), func(v *variable) *Value[hcl.Expression] { return &v.def },
			"value when none is given; without it one must be"),
		attr("sensitive", boolean, func(v *variable) *Value[bool] { return &v.isSensitive },
			"messages do not show the value", def("false")),
		attr("description", plain, func(v *variable) *Value[string] { return &v.description },
			"what it is for"),
	},
	nested: []nested[variable]{
		repeated(&validationType, 0, 0,
			func(v *variable) *validation {
				r := new(validation)
				v.validations = append(v.validations, r)
				return r
			}, func(v *variable) []*validation { return v.validations }),
	},
}

var validationType = blockType[validation]{
	Block: Block{Name: "validation", Doc: "a rule that the value must follow"},
	rng:   func(v *validation) *hcl.Range { return &v.header },
	attrs: []attribute[validation]{
		attr("condition", expression("bool", `a condition, as in var.mtu >= 1280`), func(v *validation) *Value[hcl.Expression] { return &v.condition },
			"what must be true", required),
		attr("error_message", expression("string", `a sentence in quotes`), func(v *validation) *Value[hcl.Expression] { return &v.message },
			"what to say when it is not", required),
	},
}

var localsType = blockType[struct{}]{
	Block: Block{Name: "locals", Doc: "named values, each under a name of your choosing; local.name stands for it", Free: true},
}

var secretType = blockType[Secret]{
	Block: Block{Name: "secret", Labels: []string{"name"}, Doc: "where a secret comes from: exactly one of the three; secret.name stands for it"},
	rng:   func(s *Secret) *hcl.Range { return &s.Range },
	label: func(s *Secret) *string { return &s.Label },
	check: checkSecret,
	attrs: []attribute[Secret]{
		attr("env", like("L2STRETCH_PSK"), func(s *Secret) *Value[string] { return &s.Env },
			"name of an environment variable"),
		attr("file", like("secrets/psk"), func(s *Secret) *Value[string] { return &s.File },
			"path of a file, relative to the specification; a newline at its end does not count"),
		attr("command", command, func(s *Secret) *Value[[]string] { return &s.Command },
			"program and arguments that print it"),
	},
}
