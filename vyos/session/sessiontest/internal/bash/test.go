package bash

import (
	"regexp"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/pattern"
	"mvdan.cc/sh/v3/syntax"
)

// match reports whether a whole word matches a pattern.
func match(pat, word string) bool {
	if !strings.ContainsAny(pat, `*?[\(`) {
		return pat == word
	}
	if rest, ok := strings.CutSuffix(pat, "*"); ok && !strings.ContainsAny(rest, `*?[\(`) {
		return strings.HasPrefix(word, rest)
	}
	expr, err := pattern.Regexp(pat, pattern.EntireString)
	if err != nil {
		return pat == word
	}
	re, err := regexp.Compile(expr)
	return err == nil && re.MatchString(word)
}

// test evaluates the expression of [[ ]].
func (sh *Shell) test(x syntax.TestExpr) bool {
	switch x := x.(type) {
	case *syntax.Word:
		s, ok := sh.literal(x)
		return ok && s != ""
	case *syntax.ParenTest:
		return sh.test(x.X)
	case *syntax.UnaryTest:
		if x.Op == syntax.TsNot {
			return !sh.test(x.X)
		}
		w, _ := x.X.(*syntax.Word)
		s, ok := sh.literal(w)
		return ok && sh.unary(x.Op.String(), s)
	case *syntax.BinaryTest:
		switch x.Op {
		case syntax.AndTest:
			return sh.test(x.X) && sh.test(x.Y)
		case syntax.OrTest:
			return sh.test(x.X) || sh.test(x.Y)
		}
		xw, _ := x.X.(*syntax.Word)
		yw, _ := x.Y.(*syntax.Word)
		left, ok := sh.literal(xw)
		if !ok {
			return false
		}
		switch x.Op {
		case syntax.TsMatchShort, syntax.TsMatch, syntax.TsNoMatch:
			pat, err := expand.Pattern(sh.config(), yw)
			if err != nil {
				sh.expandError(err)
				return false
			}
			return match(pat, left) == (x.Op != syntax.TsNoMatch)
		case syntax.TsReMatch:
			return sh.regexp(left, yw)
		}
		right, ok := sh.literal(yw)
		return ok && sh.binaryTest(left, x.Op.String(), right, true)
	}
	sh.Host.Unknown(sh, "a test of this kind")
	return false
}

func (sh *Shell) regexp(s string, w *syntax.Word) bool {
	expr, ok := sh.literal(w)
	if !ok {
		return false
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		sh.Host.Unknown(sh, "the regular expression "+expr)
		return false
	}
	m := re.FindStringSubmatch(s)
	sh.put("BASH_REMATCH", expand.Variable{Set: true, Kind: expand.Indexed, List: m})
	return m != nil
}

// unary evaluates a test of one operand.
func (sh *Shell) unary(op, s string) bool {
	switch op {
	case "-n":
		return s != ""
	case "-z":
		return s == ""
	case "-v":
		return sh.lookup(s).IsSet()
	case "-o":
		return sh.opts[s]
	case "-t":
		fd, err := strconv.Atoi(s)
		if err != nil {
			return false
		}
		_, ok := sh.files[fd].(interface{ Terminal() })
		return ok
	case "-r":
		return sh.Host.Access(sh, sh.abs(s), 4)
	case "-w":
		return sh.Host.Access(sh, sh.abs(s), 2)
	case "-x":
		return sh.Host.Access(sh, sh.abs(s), 1)
	case "-e", "-a", "-f", "-d", "-s", "-L", "-h":
		if s == "" {
			return false
		}
		info, err := sh.Host.Stat(sh, sh.abs(s), op != "-L" && op != "-h")
		if err != nil {
			return false
		}
		switch op {
		case "-f":
			return info.Mode().IsRegular()
		case "-d":
			return info.IsDir()
		case "-s":
			return info.Size() > 0
		case "-L", "-h":
			return info.Mode().Type() != 0 && !info.IsDir()
		}
		return true
	}
	sh.Host.Unknown(sh, "test "+op)
	return false
}

// binaryTest evaluates a test of two operands; long is for [[ ]], where numbers are expressions.
func (sh *Shell) binaryTest(x, op, y string, long bool) bool {
	switch op {
	case "=", "==":
		return x == y
	case "!=":
		return x != y
	case "<":
		return x < y
	case ">":
		return x > y
	case "-nt", "-ot":
		a, errA := sh.Host.Stat(sh, sh.abs(x), true)
		b, errB := sh.Host.Stat(sh, sh.abs(y), true)
		if op == "-ot" {
			a, b, errA, errB = b, a, errB, errA
		}
		return errA == nil && (errB != nil || a.ModTime().After(b.ModTime()))
	}
	a, okA := sh.number(x, long)
	b, okB := sh.number(y, long)
	if !okA || !okB {
		sh.status = 2
		return false
	}
	switch op {
	case "-eq":
		return a == b
	case "-ne":
		return a != b
	case "-lt":
		return a < b
	case "-le":
		return a <= b
	case "-gt":
		return a > b
	case "-ge":
		return a >= b
	}
	sh.Host.Unknown(sh, "test "+op)
	return false
}

func (sh *Shell) number(s string, long bool) (int, bool) {
	s = strings.TrimSpace(s)
	if n, err := strconv.Atoi(s); err == nil {
		return n, true
	}
	if !long {
		sh.errorf("[: %s: integer expression expected", s)
		return 0, false
	}
	if s == "" {
		return 0, true
	}
	e, err := syntax.NewParser().Arithmetic(strings.NewReader(s))
	if err != nil {
		sh.errorf("[[: %s: syntax error", s)
		return 0, false
	}
	return sh.arithm(e)
}

// A classic evaluates the words of the test builtin.
type classic struct {
	sh   *Shell
	args []string
	bad  bool
}

func (c *classic) next() string {
	if len(c.args) == 0 {
		c.bad = true
		return ""
	}
	s := c.args[0]
	c.args = c.args[1:]
	return s
}

func (c *classic) or() bool {
	v := c.and()
	for len(c.args) > 0 && c.args[0] == "-o" {
		c.next()
		w := c.and()
		v = v || w
	}
	return v
}

func (c *classic) and() bool {
	v := c.term()
	for len(c.args) > 0 && c.args[0] == "-a" {
		c.next()
		w := c.term()
		v = v && w
	}
	return v
}

var binaryTests = map[string]bool{
	"=": true, "==": true, "!=": true, "<": true, ">": true, "-nt": true, "-ot": true,
	"-eq": true, "-ne": true, "-lt": true, "-le": true, "-gt": true, "-ge": true,
}

func (c *classic) term() bool {
	s := c.next()
	if len(c.args) >= 2 && binaryTests[c.args[0]] {
		op := c.next()
		return c.sh.binaryTest(s, op, c.next(), false)
	}
	switch {
	case s == "!" && len(c.args) > 0:
		return !c.term()
	case s == "(" && len(c.args) > 0:
		v := c.or()
		if c.next() != ")" {
			c.bad = true
		}
		return v
	case len(s) == 2 && s[0] == '-' && len(c.args) > 0 && c.args[0] != "-a" && c.args[0] != "-o":
		return c.sh.unary(s, c.next())
	}
	return s != ""
}

// testBuiltin is test and [.
func (sh *Shell) testBuiltin(args []string) int {
	if len(args) == 0 {
		return 1
	}
	c := classic{sh: sh, args: args}
	sh.status = 0
	ok := c.or()
	if c.bad || len(c.args) > 0 {
		sh.errorf("[: too many arguments")
		return 2
	}
	if sh.status == 2 {
		return 2
	}
	return b2i(!ok)
}
