package bash

import (
	"maps"
	"slices"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// assign carries out an assignment; extra are the attributes that a declaration adds.
func (sh *Shell) assign(as *syntax.Assign, export, readonly bool) bool {
	name := as.Name.Value
	old := sh.lookup(name)
	vr := expand.Variable{Set: true, Kind: expand.String, Exported: export || old.Exported, ReadOnly: readonly}
	switch {
	case as.Array != nil:
		list, ok := sh.array(as.Array, &vr)
		if !ok {
			return false
		}
		vr.Kind = expand.Indexed
		if vr.Map != nil || old.Kind == expand.Associative {
			vr.Kind = expand.Associative
		} else if as.Append {
			vr.List = append(slices.Clone(old.List), list...)
		} else {
			vr.List = list
		}
	case as.Index != nil:
		return sh.assignElement(as, old)
	default:
		value, ok := sh.literal(as.Value)
		if !ok {
			return false
		}
		if as.Append {
			value = old.String() + value
		}
		vr.Str = value
	}
	if err := sh.set(name, vr); err != nil {
		sh.expandError(err)
		return false
	}
	return true
}

func (sh *Shell) array(a *syntax.ArrayExpr, vr *expand.Variable) ([]string, bool) {
	var list []string
	for _, e := range a.Elems {
		if e.Index == nil {
			words, ok := sh.fields(e.Value)
			if !ok {
				return nil, false
			}
			list = append(list, words...)
			continue
		}
		key, ok := sh.literal(keyWord(e.Index))
		if !ok {
			return nil, false
		}
		value, ok := sh.literal(e.Value)
		if !ok {
			return nil, false
		}
		if vr.Map == nil {
			vr.Map = make(map[string]string)
		}
		vr.Map[key] = value
	}
	return list, true
}

func keyWord(e syntax.ArithmExpr) *syntax.Word {
	w, _ := e.(*syntax.Word)
	return w
}

func (sh *Shell) assignElement(as *syntax.Assign, old expand.Variable) bool {
	value, ok := sh.literal(as.Value)
	if !ok {
		return false
	}
	vr := old
	vr.Set = true
	if old.Kind == expand.Associative {
		key, ok := sh.literal(keyWord(as.Index))
		if !ok {
			return false
		}
		vr.Map = maps.Clone(old.Map)
		if vr.Map == nil {
			vr.Map = make(map[string]string)
		}
		if as.Append {
			value = vr.Map[key] + value
		}
		vr.Map[key] = value
	} else {
		n, ok := sh.arithm(as.Index)
		if !ok {
			return false
		}
		vr.Kind = expand.Indexed
		vr.List = slices.Clone(old.List)
		if old.Kind == expand.String {
			vr.List = []string{old.Str}
		}
		if n < 0 || n > len(vr.List) {
			sh.Host.Unknown(sh, "an array with holes")
			return false
		}
		if n == len(vr.List) {
			vr.List = append(vr.List, "")
		}
		if as.Append {
			value = vr.List[n] + value
		}
		vr.List[n] = value
	}
	if err := sh.set(as.Name.Value, vr); err != nil {
		sh.expandError(err)
		return false
	}
	return true
}
