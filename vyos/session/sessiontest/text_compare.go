package sessiontest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
)

func runCmp(p *Proc) int {
	f := p.flags("s", "--silent", "--quiet")
	if !f.ok || len(f.args) == 0 || len(f.args) > 2 {
		return 2
	}
	names := append(f.args, "-")[:2]
	var data [2][]byte
	for i, name := range names {
		var err error
		if data[i], err = p.read(name); err != nil {
			if !f.has("s", "--silent", "--quiet") {
				p.fail(name, err)
			}
			return 2
		}
	}
	if bytes.Equal(data[0], data[1]) {
		return 0
	}
	if f.has("s", "--silent", "--quiet") {
		return 1
	}
	n := 0
	for n < min(len(data[0]), len(data[1])) && data[0][n] == data[1][n] {
		n++
	}
	if n == len(data[0]) || n == len(data[1]) {
		short := names[0]
		if len(data[1]) < len(data[0]) {
			short = names[1]
		}
		p.err(fmt.Sprintf("cmp: EOF on %s after byte %d\n", short, n))
		return 1
	}
	p.out(fmt.Sprintf("%s %s differ: byte %d, line %d\n", names[0], names[1], n+1, bytes.Count(data[0][:n], []byte("\n"))+1))
	return 1
}

// runDiff tells only whether files differ.
func runDiff(p *Proc) int {
	f := p.flags("q")
	if !f.ok || !f.has("q") || len(f.args) != 2 {
		return p.Unknown()
	}
	a, errA := p.read(f.args[0])
	b, errB := p.read(f.args[1])
	switch {
	case errA != nil:
		return p.fail(f.args[0], errA) + 1
	case errB != nil:
		return p.fail(f.args[1], errB) + 1
	case bytes.Equal(a, b):
		return 0
	}
	p.out("Files " + f.args[0] + " and " + f.args[1] + " differ\n")
	return 1
}

func runTee(p *Proc) int {
	f := p.flags("a")
	if !f.ok {
		return 1
	}
	data, err := io.ReadAll(p.Stdin)
	if err != nil {
		return p.fail("read error", err)
	}
	status := p.out(string(data))
	flag := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	if f.has("a") {
		flag = os.O_WRONLY | os.O_CREATE | os.O_APPEND
	}
	for _, name := range f.args {
		file, err := p.Router.fs.Open(p.cred(), p.abs(name), flag, 0o666)
		if err == nil {
			_, err = file.Write(data)
		}
		if err != nil {
			status = p.fail(name, err)
		}
	}
	return status
}

func runPaste(p *Proc) int {
	f := p.flags("sd:")
	if !f.ok || !f.has("s") {
		return p.Unknown()
	}
	delim := "\t"
	if d, ok := f.given["d"]; ok {
		delim = d
	}
	data, status := p.input(f.args)
	return max(status, p.out(strings.Join(lines(data), delim)+"\n"))
}
