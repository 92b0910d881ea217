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

// A best is the shortest of several times. On a machine with other things to do it says more than a mean.
type best time.Duration

func (b *best) time(f func()) {
	start := time.Now()
	f()
	if d := best(time.Since(start)); *b == 0 || d < *b {
		*b = d
	}
}

func (b best) seconds() float64 { return time.Duration(b).Seconds() }

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
			var ours, theirs best
			for b.Loop() {
				runtime.GC() // neither pays for the other's garbage
				ours.time(func() {
					if _, err := Parse("bench", src, ParseOptions{}); err != nil {
						b.Fatal(err)
					}
				})
				runtime.GC()
				theirs.time(yardstick)
			}
			mb := float64(len(src)) / 1e6
			b.ReportMetric(mb/ours.seconds(), "MB/s")
			b.ReportMetric(mb/theirs.seconds(), name+"-MB/s")
			b.ReportMetric(theirs.seconds()/ours.seconds(), "times-as-fast")
			b.ReportMetric(ours.seconds()*1e9/float64(lines), "ns/line")
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
	var ours best
	for b.Loop() {
		ours.time(func() {
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
		})
	}
	b.ReportMetric(ours.seconds()*1e9/120000, "ns/leaf")
}

// BenchmarkMemory reports what a parsed line keeps and how time and memory grow with ten times the input.
func BenchmarkMemory(b *testing.B) {
	for _, form := range []string{"commands", "text", "json"} {
		b.Run(form, func(b *testing.B) {
			small, large := forms(b, benchStretches/10)[form], forms(b, benchStretches)
			lines := float64(bytes.Count(large["commands"], []byte("\n")))
			var heap, mallocs float64
			var t1, t10 best
			for b.Loop() {
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				var tree *Tree
				t10.time(func() {
					var err error
					if tree, err = Parse("bench", large[form], ParseOptions{}); err != nil {
						b.Fatal(err)
					}
				})
				runtime.GC()
				runtime.ReadMemStats(&after)
				heap += float64(after.HeapAlloc) - float64(before.HeapAlloc)
				mallocs += float64(after.Mallocs - before.Mallocs)
				runtime.KeepAlive(tree)
				for range 10 {
					t1.time(func() {
						if _, err := Parse("bench", small, ParseOptions{}); err != nil {
							b.Fatal(err)
						}
					})
				}
			}
			n := float64(b.N)
			b.ReportMetric(heap/n/lines, "live-B/line")
			b.ReportMetric(mallocs/n/lines, "allocs/line")
			b.ReportMetric(t10.seconds()/t1.seconds(), "time-at-10x")
		})
	}
}

// pairOfEstates returns two estates as parsed, of which the VXLAN MTU of one stretch in a hundred differs, their texts and the number
// of changes.
func pairOfEstates(b *testing.B, g Grammar, n int) (trees [2]*Tree, texts [2][]byte, changes int) {
	estates := [2]*Tree{estate(n), estate(n)}
	vxlans, _ := estates[1].Find("interfaces", "vxlan")
	i := 0
	for vx := range vxlans.Children() {
		if i++; i%100 == 0 {
			vx.Set("mtu", "1400")
			changes++
		}
	}
	for i, t := range estates {
		var err error
		if texts[i], err = t.AppendCommands(nil, PrintOptions{}); err != nil {
			b.Fatal(err)
		}
		if trees[i], err = Parse("bench", texts[i], ParseOptions{Grammar: g}); err != nil {
			b.Fatal(err)
		}
	}
	return trees, texts, changes
}

// BenchmarkDiff compares two configurations of 134,000 lines of which 1 % differ, beside a process of diff -u over the
// same lines, and beside a tenth of the input.
func BenchmarkDiff(b *testing.B) {
	program, err := exec.LookPath("diff")
	if err != nil {
		b.Skip("there is no diff program to compare with")
	}
	g := grammar(b, "1.4")
	trees, texts, changes := pairOfEstates(b, g, benchStretches)
	small, _, _ := pairOfEstates(b, g, benchStretches/10)
	dir := b.TempDir()
	for i, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), text, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	o := DiffOptions{Grammar: g}
	b.ReportAllocs()
	var ours, theirs, tenth best
	for b.Loop() {
		ours.time(func() {
			if n := Diff(trees[0], trees[1], o).Len(); n != changes {
				b.Fatalf("%d changes", n)
			}
		})
		theirs.time(func() {
			out, err := exec.Command(program, "-u", filepath.Join(dir, "0"), filepath.Join(dir, "1")).Output()
			if err == nil || len(out) == 0 {
				b.Fatal("diff found nothing")
			}
		})
		for range 10 {
			tenth.time(func() { Diff(small[0], small[1], o) })
		}
	}
	b.ReportMetric(ours.seconds()*1e3, "diff-ms")
	b.ReportMetric(theirs.seconds()*1e3, "diff-u-ms")
	b.ReportMetric(theirs.seconds()/ours.seconds(), "times-as-fast")
	b.ReportMetric(ours.seconds()/tenth.seconds(), "time-at-10x")
}
