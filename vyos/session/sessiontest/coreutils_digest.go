package sessiontest

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

func runSha256sum(p *Proc) int {
	f := p.flags("cb", "--status", "--quiet")
	if !f.ok || f.has("c") {
		return p.Unknown()
	}
	names := f.args
	if len(names) == 0 {
		names = []string{"-"}
	}
	status := 0
	for _, name := range names {
		data, err := p.read(name)
		if err != nil {
			status = p.fail(name, err)
			continue
		}
		status = max(status, p.out(fmt.Sprintf("%x  %s\n", sha256.Sum256(data), name)))
	}
	return status
}

func runBase64(p *Proc) int {
	f := p.flags("dw:", "--decode", "--wrap=")
	if !f.ok {
		return 1
	}
	data, status := p.input(f.args)
	if status != 0 {
		return status
	}
	if f.has("d", "--decode") {
		text := strings.Join(strings.Fields(string(data)), "")
		out, err := base64.StdEncoding.DecodeString(text)
		if p.out(string(out)) != 0 {
			return 1
		}
		if err != nil {
			p.err("base64: invalid input\n")
			return 1
		}
		return 0
	}
	wrap := 76
	for _, name := range []string{"w", "--wrap"} {
		if w, ok := f.given[name]; ok {
			n, err := strconv.Atoi(w)
			if err != nil {
				return p.Unknown()
			}
			wrap = n
		}
	}
	text := base64.StdEncoding.EncodeToString(data)
	if wrap == 0 {
		return p.out(text)
	}
	var b strings.Builder
	for len(text) > wrap {
		b.WriteString(text[:wrap] + "\n")
		text = text[wrap:]
	}
	if text != "" {
		b.WriteString(text + "\n")
	}
	return p.out(b.String())
}
