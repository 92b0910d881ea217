package config

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// estate builds n stretches, 13 lines each and 4 more that they share.
func estate(n int) *Tree {
	t := New()
	interfaces := t.Ensure("interfaces")
	bridges, vxlans, nic := interfaces.Ensure("bridge"), interfaces.Ensure("vxlan"), interfaces.Ensure("ethernet", "eth1")
	for i := range n {
		br := bridges.Ensure(fmt.Sprint("br", 5000+i))
		br.Leaf("address", fmt.Sprintf("10.%d.%d.253/24", i/250, i%250))
		br.Leaf("description", fmt.Sprint("l2stretch dr/app", i))
		br.Ensure("ip").Flag("disable-forwarding")
		br.Leaf("mac", fmt.Sprintf("02:4c:32:53:%02x:%02x", i/256, i%256))
		br.Ensure("member", "interface", fmt.Sprint("eth1.", i%4000))
		br.Ensure("member", "interface", fmt.Sprint("vxlan", 5000+i))
		br.Leaf("mtu", "1500")
		vx := vxlans.Ensure(fmt.Sprint("vxlan", 5000+i))
		vx.Leaf("description", fmt.Sprint("l2stretch dr/app", i)).Leaf("mtu", "1500").Leaf("port", "4789")
		vx.Leaf("remote", "169.254.100.2").Leaf("source-address", "169.254.100.1").Leaf("vni", fmt.Sprint(5000+i))
	}
	nic.Leaf("description", "inside")
	t.Ensure("interfaces", "vti", "vti1").Leaf("mtu", "1446").Leaf("address", "169.254.100.1/30")
	t.Ensure("system").Leaf("host-name", "vyos")
	return t
}

const benchStretches = 10300 // 134,000 lines

func forms(tb testing.TB, n int) map[string][]byte {
	tb.Helper()
	g := grammar(tb, "1.4")
	t := estate(n)
	o := PrintOptions{Grammar: g}
	out := map[string][]byte{}
	var err error
	if out["commands"], err = t.AppendCommands(nil, o); err != nil {
		tb.Fatal(err)
	}
	if out["text"], err = t.AppendText(nil, o); err != nil {
		tb.Fatal(err)
	}
	if out["json"], err = t.AppendJSON(nil, o); err != nil {
		tb.Fatal(err)
	}
	return out
}

// fields is what a quick reader of lines would do at the least.
func fields(src []byte) (n int) {
	s := bufio.NewScanner(bytes.NewReader(src))
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		n += len(strings.Fields(s.Text()))
	}
	return n
}

// BenchmarkParse measures each parser and its yardstick in turn, so that both meet the same machine.
func BenchmarkParse(b *testing.B) {
	texts := forms(b, benchStretches)
	lines := bytes.Count(texts["commands"], []byte("\n"))
	for _, form := range []string{"commands", "text", "json"} {
		src := texts[form]
		name, yardstick := "fields", func() { fields(src) }
		if form == "json" {
			name, yardstick = "encoding/json", func() {
				var v any
				if err := json.Unmarshal(src, &v); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.Run(form, func(b *testing.B) {
			b.ReportAllocs()
			var ours, theirs time.Duration
			for b.Loop() {
				runtime.GC() // neither pays for the other's garbage
				start := time.Now()
				if _, err := Parse("bench", src, ParseOptions{}); err != nil {
					b.Fatal(err)
				}
				ours += time.Since(start)
				runtime.GC()
				start = time.Now()
				yardstick()
				theirs += time.Since(start)
			}
			mb := float64(len(src)) * float64(b.N) / 1e6
			b.ReportMetric(mb/ours.Seconds(), "MB/s")
			b.ReportMetric(mb/theirs.Seconds(), name+"-MB/s")
			b.ReportMetric(theirs.Seconds()/ours.Seconds(), "times-as-fast")
			b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N)/float64(lines), "ns/line")
		})
	}
}

// BenchmarkResolve measures what the grammar costs on top.
func BenchmarkResolve(b *testing.B) {
	src := forms(b, benchStretches)["commands"]
	g := grammar(b, "1.4")
	tree, err := Parse("bench", src, ParseOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		tree.Resolve(g)
	}
}

// BenchmarkBuild measures building an estate of 10,000 bridges with 12 leaves each and printing it.
func BenchmarkBuild(b *testing.B) {
	leaves := []string{"zone", "address", "aging", "description", "mac", "mtu", "priority", "hello-time", "max-age", "protocol", "vrf", "cost"}
	names := make([]string, 10000)
	for i := range names {
		names[i] = fmt.Sprint("br", 5000+(i*7919)%10000)
	}
	b.ReportAllocs()
	var out []byte
	for b.Loop() {
		t := New()
		bridges := t.Ensure("interfaces", "bridge")
		for _, name := range names {
			br := bridges.Ensure(name)
			for _, leaf := range leaves {
				br.Leaf(leaf, name)
			}
		}
		var err error
		if out, err = t.AppendCommands(out[:0], PrintOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/120000, "ns/leaf")
}

// BenchmarkMemory reports what a parsed line keeps and how time and memory grow with ten times the input.
func BenchmarkMemory(b *testing.B) {
	for _, form := range []string{"commands", "text", "json"} {
		b.Run(form, func(b *testing.B) {
			small, large := forms(b, benchStretches/10)[form], forms(b, benchStretches)
			lines := float64(bytes.Count(large["commands"], []byte("\n")))
			var heap, mallocs float64
			var t1, t10 time.Duration
			for b.Loop() {
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				start := time.Now()
				tree, err := Parse("bench", large[form], ParseOptions{})
				t10 += time.Since(start)
				if err != nil {
					b.Fatal(err)
				}
				runtime.GC()
				runtime.ReadMemStats(&after)
				heap += float64(after.HeapAlloc) - float64(before.HeapAlloc)
				mallocs += float64(after.Mallocs - before.Mallocs)
				runtime.KeepAlive(tree)
				start = time.Now()
				for range 10 {
					if _, err := Parse("bench", small, ParseOptions{}); err != nil {
						b.Fatal(err)
					}
				}
				t1 += time.Since(start) / 10
			}
			n := float64(b.N)
			b.ReportMetric(heap/n/lines, "live-B/line")
			b.ReportMetric(mallocs/n/lines, "allocs/line")
			b.ReportMetric(t10.Seconds()/t1.Seconds(), "time-at-10x")
		})
	}
}

// BenchmarkDiff compares two configurations of 134,000 lines of which 1 % differ, beside a process of diff -u over the
// same lines.
func BenchmarkDiff(b *testing.B) {
	program, err := exec.LookPath("diff")
	if err != nil {
		b.Skip("there is no diff program to compare with")
	}
	g := grammar(b, "1.4")
	old := estate(benchStretches)
	changed := estate(benchStretches)
	vxlans, _ := changed.Find("interfaces", "vxlan")
	i := 0
	for vx := range vxlans.Children() {
		if i++; i%100 == 0 {
			vx.Set("mtu", "1400")
		}
	}
	dir := b.TempDir()
	var trees [2]*Tree
	for i, t := range []*Tree{old, changed} {
		text, err := t.AppendCommands(nil, PrintOptions{})
		if err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), text, 0o600); err != nil {
			b.Fatal(err)
		}
		if trees[i], err = Parse("bench", text, ParseOptions{Grammar: g}); err != nil {
			b.Fatal(err)
		}
	}
	o := DiffOptions{Grammar: g}
	b.ReportAllocs()
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		if n := Diff(trees[0], trees[1], o).Len(); n != i/100 {
			b.Fatalf("%d changes", n)
		}
		ours += time.Since(start)
		start = time.Now()
		out, err := exec.Command(program, "-u", filepath.Join(dir, "0"), filepath.Join(dir, "1")).Output()
		theirs += time.Since(start)
		if err == nil || len(out) == 0 {
			b.Fatal("diff found nothing")
		}
	}
	b.ReportMetric(ours.Seconds()*1e3/float64(b.N), "diff-ms")
	b.ReportMetric(theirs.Seconds()*1e3/float64(b.N), "diff-u-ms")
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "times-as-fast")
}
