package session

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// An output is what one command of a look printed, both streams together, and its exit status.
type output struct {
	status int
	text   string
}

// missing reports whether the command does not exist on the box: the shell says so by its status, sudo in words.
func (o output) missing() bool {
	return o.status == 127 || o.status == 1 && strings.Contains(o.text, "command not found")
}

// outputs are those of a look, by the names that its script gives them.
type outputs map[string]output

// The look's prelude. Every command's output comes back as one line: @, name, status, base64. So nothing that a
// device prints can be taken for another command's output. Commands have no input: it is the rest of the script.
//
//	q    runs a command and prints that line; the names of several looks in one script begin with k
//	fdb  prints the table of a bridge; JSON where the tool knows it
//	lnk  the same for a link
//	via  sets i to the interface to ask on: the bridge that a NIC is a port of, else the NIC
//	ask  asks for the owner of an address by ARP, from a bridge
//	dad  does so from an interface without an address (RFC 5227, section 2.1.1); iputils and Habets' arping
//	     say that by different letters
const prelude = `PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin
q() { n=$1; shift; o=$("$@" 2>&1 </dev/null); r=$?; printf '@ %s %s ' "$k$n" "$r"; printf '%s\n' "$o" | head -c 1000000 | base64 -w 0; echo; }
fdb() { sudo -n bridge -j fdb show br "$1" 2>/dev/null || sudo -n bridge fdb show br "$1"; }
lnk() { ip -j link show dev "$1" 2>/dev/null || ip -o link show dev "$1"; }
via() { case "$(ip -o link show dev "$1" 2>&1)" in *" master $2 "*) i=$2 ;; *) i=$1 ;; esac; }
ask() { sudo -n arping -c 2 -w 3 -I "$1" "$2"; }
z=
dad() {
	if [ -z "$z" ]; then case "$(arping -h 2>&1)" in *[Hh]abets*) z=-0 ;; *) z=-D ;; esac; fi
	sudo -n arping "$z" -c 2 -w 2 -I "$1" "$2"
}
`

// Commands are those of a look.
type commands struct{ b strings.Builder }

func newCommands() *commands { return &commands{} }

// run adds a command; its output gets the name.
func (s *commands) run(name string, words ...string) *commands {
	s.b.WriteString("q " + shellWord(name))
	for _, w := range words {
		s.b.WriteString(" " + shellWord(w))
	}
	s.b.WriteString("\n")
	return s
}

// line adds a line of shell as it is; it must hold nothing that comes from a specification.
func (s *commands) line(text string) *commands {
	s.b.WriteString(text + "\n")
	return s
}

// String is the whole script; its last line says that nothing of it is missing.
func (s *commands) String() string { return prelude + s.b.String() + "echo '@ end 0'\n" }

// atOnce is how many looks run at the same time on a gateway.
const atOnce = 16

// all puts looks into one script. Their outputs are read one after the other, so that lines of two never mix; the
// names of each begin with its place and a point.
func all(looks []*commands) *commands {
	out := newCommands()
	for i, l := range looks {
		out.line(fmt.Sprintf("look%d() {\nk=%d.\n%s}", i, i, l.b.String()))
	}
	for i := 0; i < len(looks); i += atOnce {
		var b strings.Builder
		b.WriteString("cat")
		for k := i; k < min(i+atOnce, len(looks)); k++ {
			fmt.Fprintf(&b, " <(look%d)", k)
		}
		out.line(b.String())
	}
	return out
}

// split takes the outputs of several looks apart.
func (o outputs) split(n int) []outputs {
	out := make([]outputs, n)
	for i := range out {
		out[i] = make(outputs)
	}
	for name, v := range o {
		place, rest, _ := strings.Cut(name, ".")
		if i, err := strconv.Atoi(place); err == nil && i >= 0 && i < n {
			out[i][rest] = v
		}
	}
	return out
}

// shellWord quotes a word for bash.
func shellWord(w string) string {
	if w != "" && strings.IndexFunc(w, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,", r))
	}) < 0 {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}

// parseOutputs takes what the look's script printed apart; whole is false when its end is missing. Lines that are
// none of ours are passed by.
func parseOutputs(stdout []byte) (all outputs, whole bool) {
	out := make(outputs)
	for line := range strings.Lines(string(stdout)) {
		f := strings.Fields(line)
		if len(f) < 3 || f[0] != "@" {
			continue
		}
		status, err := strconv.Atoi(f[2])
		if err != nil {
			continue
		}
		var text []byte
		if len(f) > 3 {
			if text, err = base64.StdEncoding.DecodeString(f[3]); err != nil {
				continue
			}
		}
		if _, again := out[f[1]]; !again {
			out[f[1]] = output{status, string(text)}
		}
	}
	_, whole = out["end"]
	delete(out, "end")
	return out, whole
}
