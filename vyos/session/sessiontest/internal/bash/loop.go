package bash

import (
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

func (sh *Shell) ifClause(cmd *syntax.IfClause) {
	for c := cmd; c != nil; c = c.Else {
		if len(c.Cond) > 0 {
			sh.quiet++
			sh.stmts(c.Cond)
			sh.quiet--
			if sh.control.kind != goOn {
				return
			}
		}
		if len(c.Cond) == 0 || sh.status == 0 {
			sh.stmts(c.Then)
			return
		}
	}
	sh.status = 0
}

// loop runs a body while more returns true. The status is the body's last, or 0.
func (sh *Shell) loop(more func() bool, body []*syntax.Stmt) {
	sh.depth++
	defer func() { sh.depth-- }()
	last := 0
	for more() {
		sh.stmts(body)
		last = sh.status
		if sh.control.kind == breaking || sh.control.kind == continuing {
			again := sh.control.kind == continuing && sh.control.count == 1
			if sh.control.count--; sh.control.count == 0 {
				sh.control = control{}
			}
			if again {
				continue
			}
			break
		}
		if sh.control.kind != goOn {
			return
		}
	}
	if sh.control.kind == goOn {
		sh.status = last
	}
}

func (sh *Shell) forClause(cmd *syntax.ForClause) {
	switch it := cmd.Loop.(type) {
	case *syntax.WordIter:
		words := sh.Params
		if it.InPos.IsValid() {
			var ok bool
			if words, ok = sh.fields(it.Items...); !ok {
				return
			}
		}
		i := 0
		sh.loop(func() bool {
			if i == len(words) {
				return false
			}
			i++
			if err := sh.set(it.Name.Value, text(words[i-1])); err != nil {
				sh.expandError(err)
				return false
			}
			return true
		}, cmd.Do)
	case *syntax.CStyleLoop:
		if it.Init != nil {
			sh.arithm(it.Init)
		}
		first := true
		sh.loop(func() bool {
			if !first && it.Post != nil {
				sh.arithm(it.Post)
			}
			first = false
			if it.Cond == nil {
				return true
			}
			n, ok := sh.arithm(it.Cond)
			return ok && n != 0
		}, cmd.Do)
	}
}

func (sh *Shell) caseClause(cmd *syntax.CaseClause) {
	word, ok := sh.literal(cmd.Word)
	if !ok {
		return
	}
	sh.status = 0
	for i := 0; i < len(cmd.Items); i++ {
		for _, p := range cmd.Items[i].Patterns {
			pat, err := expand.Pattern(sh.config(), p)
			if err != nil {
				sh.expandError(err)
				return
			}
			if !match(pat, word) {
				continue
			}
			for ; i < len(cmd.Items); i++ {
				sh.stmts(cmd.Items[i].Stmts)
				if cmd.Items[i].Op != syntax.Fallthrough {
					return
				}
			}
			return
		}
	}
}
