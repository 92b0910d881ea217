package schema

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
)

// addSpecifications adds the examples and the corpus of broken ones to a fuzz target.
func addSpecifications(f *testing.F) {
	for _, pattern := range []string{"../testdata/examples/*/*.hcl", "../testdata/spec/invalid/e00*.hcl"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, path := range files {
			b, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	f.Add([]byte("locals {\n  a = \"${local.b}%{ if true }x%{ endif }\"\n  b = <<-E\n  x\n  E\n}\n"))
	f.Add([]byte("site \"a\" {\n  for_each = { for k in range(9) : \"k${k}\" => k... }\n  dynamic \"gateway\" {\n    for_each = each.value[*].x\n    labels = [gateway.key]\n    content {}\n  }\n}\n"))
}

// fuzzSource is a specification with files to read.
func fuzzSource(name string, b []byte) *Source {
	return &Source{
		Version:  "0.1.0",
		Files:    []SourceFile{{name, b}},
		ReadFile: func(string) ([]byte, error) { return []byte("%{ for a in range(9) }${a}%{ endfor }"), nil },
	}
}

// checkDecode decodes and holds the result to what is true of every source.
func checkDecode(t *testing.T, name string, b []byte) {
	start := time.Now()
	f, diags := Decode(fuzzSource(name, b))
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	for _, d := range diags {
		if noteOf(d).Code == "" || d.Detail == "" || d.Expression != nil || d.EvalContext != nil {
			t.Errorf("%+v", d)
		}
		checkRange(t, name, b, subjectOf(d))
		if r, _, ok := noteOf(d).DiagnosticFix(); ok {
			checkRange(t, name, b, r)
		}
	}
	if diags.HasErrors() {
		return
	}
	text := Write(f)
	again, diags := decodeText(string(text))
	if diags.HasErrors() {
		t.Fatalf("what Write made: %v\n%s", diags, text)
	}
	if d := cmp.Diff(f, again, withoutRanges); d != "" {
		t.Errorf("after Write (-want +got)\n%s\n%s", d, text)
	}
	if !bytes.Equal(text, Write(again)) {
		t.Errorf("written twice, it differs")
	}
}

func checkRange(t *testing.T, name string, b []byte, r hcl.Range) {
	if r.Filename == name && (r.Start.Byte < 0 || r.End.Byte < r.Start.Byte || strings.HasSuffix(name, ".hcl") && r.Start.Byte > len(b)) {
		t.Errorf("a range outside of the source: %v %d-%d of %d", r, r.Start.Byte, r.End.Byte, len(b))
	}
}

func FuzzDecode(f *testing.F) {
	addSpecifications(f)
	f.Fuzz(func(t *testing.T, b []byte) { checkDecode(t, "main.hcl", b) })
}

func FuzzDecodeJSON(f *testing.F) {
	f.Add([]byte(canonicalJSON))
	f.Add([]byte(`{"locals": {"a": "${[for i in range(9) : i]}"}, "site": [{"a": {"dynamic": {"gateway": {"for_each": {"x": 1}, "labels": ["${gateway.key}"], "content": {}}}}}]}`))
	f.Fuzz(func(t *testing.T, b []byte) { checkDecode(t, "main.hcl.json", b) })
}

func FuzzFormat(f *testing.F) {
	addSpecifications(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		once, diags := Format("main.hcl", b)
		if diags.HasErrors() {
			return
		}
		twice, diags := Format("main.hcl", once)
		if diags.HasErrors() {
			t.Fatalf("what Format made: %v\n%q", diags, once)
		}
		if !bytes.Equal(once, twice) {
			t.Errorf("formatted twice, it differs\n%q\n%q", once, twice)
		}
		want, before := Decode(fuzzSource("main.hcl", b))
		got, after := Decode(fuzzSource("main.hcl", once))
		if d := cmp.Diff(want, got, withoutRanges); d != "" {
			t.Errorf("Format changed what it says (-want +got)\n%s\n%q\n%q", d, b, once)
		}
		if len(before) != len(after) {
			t.Errorf("%d problems before, %d after: %v, %v", len(before), len(after), before, after)
		}
	})
}
