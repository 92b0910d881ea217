package sessiontest

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

func lines(data []byte) []string {
	var out []string
	for l := range strings.Lines(string(data)) {
		out = append(out, strings.TrimSuffix(l, "\n"))
	}
	return out
}

func unlines(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return strings.Join(list, "\n") + "\n"
}

// numbered turns -1 and the like into -n 1.
func (p *Proc) numbered() {
	for i, a := range p.Args {
		if i > 0 && len(a) > 1 && a[0] == '-' && strings.Trim(a[1:], "0123456789") == "" {
			p.Args = slices.Replace(slices.Clone(p.Args), i, i+1, "-n"+a[1:])
		}
	}
}

func runHead(p *Proc) int {
	p.numbered()
	f := p.flags("n:c:q")
	if !f.ok {
		return 1
	}
	if c, ok := f.given["c"]; ok {
		n, err := strconv.Atoi(c)
		if err != nil || n < 0 {
			return p.Unknown()
		}
		if len(f.args) == 0 {
			// It reads no more than it was told to: what follows belongs to others.
			data, err := io.ReadAll(io.LimitReader(p.Stdin, int64(n)))
			if err != nil {
				return p.fail("error reading 'standard input'", err)
			}
			return p.out(string(data))
		}
		data, status := p.input(f.args)
		return max(status, p.out(string(data[:min(n, len(data))])))
	}
	data, status := p.input(f.args)
	if status != 0 {
		return status
	}
	n := 10
	if v, ok := f.given["n"]; ok {
		var err error
		if n, err = strconv.Atoi(v); err != nil {
			return p.Unknown()
		}
	}
	all := strings.SplitAfter(string(data), "\n")
	if n < 0 {
		all = all[:max(len(lines(data))+n, 0)]
	}
	if n >= 0 && n < len(all) {
		all = all[:n]
	}
	return p.out(strings.Join(all, ""))
}

func runTail(p *Proc) int {
	p.numbered()
	f := p.flags("n:c:q")
	data, status := p.input(f.args)
	if !f.ok || status != 0 {
		return 1
	}
	if c, ok := f.given["c"]; ok {
		from, plus := strings.CutPrefix(c, "+")
		n, err := strconv.Atoi(from)
		if err != nil || n < 0 {
			return p.Unknown()
		}
		if plus {
			return p.out(string(data[min(max(n-1, 0), len(data)):]))
		}
		return p.out(string(data[max(len(data)-n, 0):]))
	}
	n, plus := 10, false
	if v, ok := f.given["n"]; ok {
		var err error
		v, plus = strings.CutPrefix(v, "+")
		if n, err = strconv.Atoi(v); err != nil {
			return p.Unknown()
		}
	}
	all := strings.SplitAfter(strings.TrimSuffix(string(data), "\n"), "\n")
	if len(data) == 0 {
		return 0
	}
	if plus {
		all = all[min(max(n-1, 0), len(all)):]
	} else {
		all = all[max(len(all)-n, 0):]
	}
	text := strings.Join(all, "")
	if len(all) > 0 && bytes.HasSuffix(data, []byte("\n")) {
		text += "\n"
	}
	return p.out(text)
}

func runSort(p *Proc) int {
	f := p.flags("unrcsk:t:V")
	data, status := p.input(f.args)
	if !f.ok || status != 0 {
		return 2
	}
	if f.has("k", "t", "V", "c") {
		return p.Unknown()
	}
	all := lines(data)
	cmp := strings.Compare
	if f.has("n") {
		cmp = func(a, b string) int {
			x, _ := strconv.Atoi(strings.TrimSpace(a))
			y, _ := strconv.Atoi(strings.TrimSpace(b))
			if x != y {
				return x - y
			}
			return strings.Compare(a, b)
		}
	}
	slices.SortStableFunc(all, cmp)
	if f.has("r") {
		slices.Reverse(all)
	}
	if f.has("u") {
		all = slices.Compact(all)
	}
	return p.out(unlines(all))
}

func runUniq(p *Proc) int {
	f := p.flags("c")
	data, status := p.input(f.args)
	if !f.ok || status != 0 || f.has("c") {
		return p.Unknown()
	}
	return p.out(unlines(slices.Compact(lines(data))))
}

func runWc(p *Proc) int {
	f := p.flags("lcw")
	if !f.ok || len(f.given) != 1 || len(f.args) > 1 {
		return p.Unknown()
	}
	data, status := p.input(f.args)
	if status != 0 {
		return status
	}
	n := len(data)
	switch {
	case f.has("l"):
		n = bytes.Count(data, []byte("\n"))
	case f.has("w"):
		n = len(bytes.Fields(data))
	}
	if len(f.args) == 1 {
		return p.out(fmt.Sprintf("%d %s\n", n, f.args[0]))
	}
	return p.out(fmt.Sprintf("%d\n", n))
}

func runSeq(p *Proc) int {
	var n []int
	for _, a := range p.Args[1:] {
		v, err := strconv.Atoi(a)
		if err != nil {
			return p.Unknown()
		}
		n = append(n, v)
	}
	first, step, last := 1, 1, 0
	switch len(n) {
	case 1:
		last = n[0]
	case 2:
		first, last = n[0], n[1]
	case 3:
		first, step, last = n[0], n[1], n[2]
	default:
		return p.Unknown()
	}
	if step == 0 {
		return p.Unknown()
	}
	var b strings.Builder
	for i := first; step > 0 && i <= last || step < 0 && i >= last; i += step {
		fmt.Fprintln(&b, i)
	}
	return p.out(b.String())
}

// ranges reads a list as in 1-3,5-.
func ranges(list string) (func(int) bool, bool) {
	type span struct{ from, to int }
	var spans []span
	for part := range strings.SplitSeq(list, ",") {
		from, to, dash := strings.Cut(part, "-")
		s := span{1, 1 << 30}
		var err error
		if from != "" {
			if s.from, err = strconv.Atoi(from); err != nil {
				return nil, false
			}
		}
		if !dash {
			s.to = s.from
		} else if to != "" {
			if s.to, err = strconv.Atoi(to); err != nil {
				return nil, false
			}
		}
		spans = append(spans, s)
	}
	return func(n int) bool {
		return slices.ContainsFunc(spans, func(s span) bool { return n >= s.from && n <= s.to })
	}, true
}

func runCut(p *Proc) int {
	f := p.flags("c:b:d:f:s")
	data, status := p.input(f.args)
	if !f.ok || status != 0 {
		return 1
	}
	var b strings.Builder
	list := f.given["f"] + f.given["c"] + f.given["b"]
	keep, ok := ranges(list)
	if !ok {
		return p.Unknown()
	}
	delim := "\t"
	if d, given := f.given["d"]; given {
		delim = d
	}
	for _, line := range lines(data) {
		if !f.has("f") {
			for i := range len(line) {
				if keep(i + 1) {
					b.WriteByte(line[i])
				}
			}
			b.WriteByte('\n')
			continue
		}
		if !strings.Contains(line, delim) {
			if !f.has("s") {
				b.WriteString(line + "\n")
			}
			continue
		}
		var out []string
		for i, field := range strings.Split(line, delim) {
			if keep(i + 1) {
				out = append(out, field)
			}
		}
		b.WriteString(strings.Join(out, delim) + "\n")
	}
	return p.out(b.String())
}

// trSet expands a set of tr.
func trSet(s string) ([]byte, bool) {
	s = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\\`, `\`, `\0`, "\x00", `\r`, "\r", "[:space:]", " \t\n\r\v\f", "[:lower:]", "a-z", "[:upper:]", "A-Z", "[:digit:]", "0-9").Replace(s)
	if strings.Contains(s, "[:") {
		return nil, false
	}
	var out []byte
	for i := 0; i < len(s); i++ {
		if i+2 < len(s) && s[i+1] == '-' {
			for c := int(s[i]); c <= int(s[i+2]); c++ {
				out = append(out, byte(c))
			}
			i += 2
			continue
		}
		out = append(out, s[i])
	}
	return out, true
}

func runTr(p *Proc) int {
	f := p.flags("dsc")
	data, err := io.ReadAll(p.Stdin)
	if !f.ok || err != nil || len(f.args) == 0 {
		return 1
	}
	from, ok := trSet(f.args[0])
	var to []byte
	if ok && len(f.args) > 1 {
		to, ok = trSet(f.args[1])
	}
	if !ok {
		return p.Unknown()
	}
	in := func(c byte) bool { return bytes.IndexByte(from, c) >= 0 != f.has("c") }
	var out []byte
	for _, c := range data {
		switch {
		case !in(c):
		case f.has("d"):
			continue
		case len(to) > 0:
			at := len(to) - 1
			if i := bytes.IndexByte(from, c); i >= 0 && !f.has("c") {
				at = min(i, at)
			}
			c = to[at]
			if f.has("s") && len(out) > 0 && out[len(out)-1] == c {
				continue
			}
		case f.has("s") && len(out) > 0 && out[len(out)-1] == c:
			continue
		}
		out = append(out, c)
	}
	return p.out(string(out))
}
