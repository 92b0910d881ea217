package render

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
)

// BenchmarkDiagnostics writes a diagnostic for each block of a file. x-growth compares with a tenth of the blocks: a
// file that were parsed for each diagnostic would show as 100.
func BenchmarkDiagnostics(b *testing.B) {
	perOp := make(map[int]float64)
	for _, n := range []int{200, 2000} {
		var src strings.Builder
		var diags hcl.Diagnostics
		for i := range n {
			start := src.Len()
			fmt.Fprintf(&src, "stretch \"n%d\" {\n  vni = %d\n}\n", i, 5000+i)
			at := hcl.Pos{Line: 3*i + 2, Column: 3, Byte: start + strings.Index(src.String()[start:], "vni")}
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagWarning, Summary: "Something", Detail: "About a block.",
				Subject: &hcl.Range{Filename: "main.hcl", Start: at, End: hcl.Pos{Line: at.Line, Column: 6, Byte: at.Byte + 3}},
			})
		}
		sources := Sources{"main.hcl": []byte(src.String())}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := Diagnostics(io.Discard, diags, sources, Style{Width: 80}); err != nil {
					b.Fatal(err)
				}
			}
			perOp[n] = float64(b.Elapsed()) / float64(b.N)
			if small := perOp[n/10]; small > 0 {
				b.ReportMetric(perOp[n]/small, "x-growth")
			}
		})
	}
}
