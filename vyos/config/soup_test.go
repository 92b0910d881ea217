package config

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/backendtest"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// soup are the words that random texts are made of: every way of quoting, what is special in one of the forms, what only
// looks like it, and some that a grammar knows.
var soup = []string{
	"a", "b", "c", "a", "b", "'c'", "'d e'", "' '", "''", `""`, `"x"`, `"x y"`, `"q\"q"`, `"b\\b"`, `"d\$d"`, "\"t\tt\"", "'t\tt'",
	`'b\b'`, `'b\\b'`, `'\'`, `'\\'`, `b\b`, `\`, `\\`, `\\\`, `\n`, `'\n'`, `'\065'`, `"\n"`, `'it"s'`, `"it's"`,
	"'#'", "#", "a#b", "~a", "a~", "!a", "a!", "!", "~", "é", "'é'", "\u0085", "'\u0085'", "\u2028", "'\u2029'", "\u00a0", "'\u00a0'", "\ufeff",
	"'\ufeff'", "\x7f", "'\x7f'", "\r", "{", "}", "{}", "'{'", "a{", "}a", "*", "'*'", "*/", "/*", "//", "'/*'", "'*/'", "'//'", ";", "';'",
	"$a", "'$a'", "`", "'`'", `"$"`, "\"`\"", "|", "<", "(", "&", "?", "set", "delete", "comment", "'set'", "commit",
	"secret:psk", "'secret:psk'", "****************", "'****************'", "'Warning: Do not remove the following line.'",
	"'Release version: 1.4.0'", "'=== vyatta-config-version: \"a@1\" ==='",
	"interfaces", "ethernet", "eth0", "address", "'10.0.0.1/24'", "description", "vpn", "ipsec", "protocols", "bgp", "system", "host-name",
	"disable", "vxlan", "vxlan1", "vni", "'5'", "bridge", "br0", "member", "interface", "firewall", "name", "login", "user", "authentication",
}

// soupNotes are comments, as they stand at the end of a command.
var soupNotes = []string{
	"'n'", `"it's"`, "'*/'", "' x '", "'x*'", "'/'", "'\u2028'", `'a\b'`, `"a\\b"`, "'#'", "''", "'\ta'", "'Release version: x'", `"'\$"`, "\"'\t\"",
}

// soupComments are lines of text with braces that hold comments.
var soupComments = []string{
	"//x", "// Release version: 1.4.0", "/* === vyatta-config-version: \"a@1\" === */", "/* Warning: Do not remove the following line. */",
	"/* a\n   b */", "/**/", "/* */ a b", "/*x*/ a {", "// vyos-config-version: \"a@1\"", "\ufeff", "/* a */ /* b */",
}

// soupStrings are strings of JSON.
var soupStrings = []string{
	`"a"`, `"b"`, `"c d"`, `""`, `"\""`, `"'"`, `"\\"`, `"\n"`, `"\t"`, `"\u0000"`, `"\u0085"`, `"\u2028"`, `"\ud83d\ude80"`, `"\/"`, `"{"`, `"*/"`,
	`"//"`, "\"\x7f\"", `"é"`, `"ethernet"`, `"interfaces"`, `"eth0"`, `"address"`, `"\u007f"`, `"\ufffd"`, `"\ufffe"`, `"\uFEFF"`,
}

// soupCommand makes a command, which begins as the one before it now and then.
func soupCommand(rng *rand.Rand, before []string) []string {
	words := []string{pick(rng, []string{"set", "set", "set", "set", "set", "set", "delete", "comment", "comment", "#"})}
	if len(before) > 2 && rng.IntN(2) == 0 {
		words = append(words, before[1:1+rng.IntN(len(before))]...)
	}
	for range rng.IntN(4) + 1 {
		words = append(words, pick(rng, soup))
	}
	if words[0] == "comment" && rng.IntN(3) > 0 {
		words = append(words, pick(rng, soupNotes))
	}
	return words
}

func soupCommands(rng *rand.Rand) (lines []string) {
	var words []string
	for range rng.IntN(6) + 1 {
		words = soupCommand(rng, words)
		blank, around := " ", [2]string{}
		if rng.IntN(10) == 0 {
			blank = pick(rng, []string{"  ", "\t", " \t"})
			around = [2]string{pick(rng, []string{"", " ", "\t"}), pick(rng, []string{" ", "\t", "\r", " \r"})}
		}
		lines = append(lines, around[0]+strings.Join(words, blank)+around[1])
	}
	return lines
}

func soupText(rng *rand.Rand) (lines []string) {
	depth := 0
	for range rng.IntN(9) + 1 {
		line := strings.Repeat("    ", depth)
		if rng.IntN(8) == 0 {
			line = pick(rng, []string{"", "\t", " "})
		}
		switch rng.IntN(9) {
		case 0:
			line += pick(rng, soup) + " {"
			depth++
		case 1:
			line += pick(rng, soup) + " " + pick(rng, soup) + " {"
			depth++
		case 2:
			line += "/* " + pick(rng, soup) + " " + pick(rng, soup) + " */"
		case 3:
			line += pick(rng, soup)
		case 4:
			line += pick(rng, soupComments)
		case 5:
			if depth == 0 {
				continue
			}
			line += "}"
			depth--
		default:
			line += pick(rng, soup) + " " + pick(rng, soup)
		}
		lines = append(lines, line)
	}
	for ; depth > 0; depth-- {
		lines = append(lines, "}")
	}
	return lines
}

func soupJSON(rng *rand.Rand, depth int) string {
	var list []string
	switch n := rng.IntN(5); {
	case n == 0 && depth > 0 || depth > 3:
		return pick(rng, soupStrings)
	case n == 1 && depth > 0:
		for range rng.IntN(4) {
			list = append(list, pick(rng, soupStrings))
		}
		return "[" + strings.Join(list, ", ") + "]"
	}
	for range rng.IntN(4) {
		list = append(list, pick(rng, soupStrings)+": "+soupJSON(rng, depth+1))
	}
	return "{" + strings.Join(list, ", ") + "}"
}

// soupFor makes a text that a form may accept.
func soupFor(rng *rand.Rand, f Form) string {
	end := "\n"
	if rng.IntN(10) == 0 {
		end = "\r\n"
	}
	var lines []string
	switch {
	case f == FormJSON:
		return soupJSON(rng, 0)
	case rng.IntN(5) == 0: // no form at all
		end = ""
		for range rng.IntN(12) + 1 {
			lines = append(lines, pick(rng, soup)+pick(rng, []string{"", " ", "\n", "\t", " ", "\n    "}))
		}
	case f == FormCommands:
		lines = soupCommands(rng)
	default:
		lines = soupText(rng)
	}
	return strings.Join(lines, end) + end
}

// soupGrammars are those of all releases, and none.
func soupGrammars(t *testing.T) (grammars []Grammar) {
	for _, name := range release.GrammarReleases() {
		g, err := release.ReadGrammar(name)
		if err != nil {
			t.Fatal(err)
		}
		grammars = append(grammars, g, nil)
	}
	return grammars
}

// TestSoup holds random texts to what the fuzz targets check. These are made of what is special, so that a second finds what
// changing octets takes hours for.
func TestSoup(t *testing.T) {
	rng := rand.New(rand.NewPCG(backendtest.Seed(t), 1))
	grammars := soupGrammars(t)
	for range backendtest.Runs(t, 30_000) {
		g := grammars[rng.IntN(len(grammars))]
		forms := formsOf(pick(rng, []string{"1.2", "1.4"}), g)
		f := forms[rng.IntN(len(forms))]
		switch {
		case f.print.Shown, f.parse.Form == FormText && !f.print.Bare:
			f.parse.Escapes = EscapesOn
		default:
			f.parse.Escapes = EscapesOff
		}
		text := soupFor(rng, f.parse.Form)
		if err := f.stable([]byte(text)); err != nil {
			t.Fatalf("%s, grammar %t: %q: %v", f.name, g != nil, text, err)
		}
		_, _ = ParseString("any", text, ParseOptions{Grammar: g, Lines: true})
	}
}

// TestSoupDiffers compares random texts, some of which are alike, and holds the differences to what must hold for all.
func TestSoupDiffers(t *testing.T) {
	rng := rand.New(rand.NewPCG(backendtest.Seed(t), 1))
	grammars := soupGrammars(t)
	for range backendtest.Runs(t, 6_000) {
		o := DiffOptions{Grammar: grammars[rng.IntN(len(grammars))]}
		var texts [2][]string
		if g, ok := o.Grammar.(*release.Grammar); ok && rng.IntN(2) == 0 {
			w := grower{rng, g}
			tree := w.tree(1 + rng.IntN(8))
			texts = [2][]string{{text(tree)}, {text(w.change(tree, 5))}}
		}
		for _, line := range soupCommands(rng) {
			which := rng.IntN(3)
			for i := range texts {
				if which != i {
					texts[i] = append(texts[i], line)
				}
			}
		}
		var trees [2]*Tree
		for i, lines := range texts {
			// What cannot be read is left out.
			for n := len(lines); trees[i] == nil; n-- {
				trees[i], _ = ParseString("soup", strings.Join(lines[:n], "\n"), ParseOptions{Form: FormCommands, Grammar: o.Grammar})
			}
		}
		if err := roundTrip(trees[0], trees[1], o); err != nil {
			t.Fatalf("%q, grammar %t: %v", texts, o.Grammar != nil, err)
		}
	}
}
