package schema

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// functionNames are the functions of the language, sorted. They have Terraform's names; none depends on
// the time, on chance or on anything but its arguments and the files below the specification.
var functionNames = []string{
	"abs", "can", "ceil", "chomp", "chunklist", "cidrhost", "cidrnetmask", "cidrsubnet", "coalesce", "coalescelist", "compact", "concat",
	"contains", "csvdecode", "distinct", "element", "file", "flatten", "floor", "format", "formatlist", "indent", "join", "jsondecode",
	"jsonencode", "keys", "length", "log", "lookup", "lower", "max", "merge", "min", "parseint", "pow", "range", "regex", "regexall",
	"replace", "reverse", "setintersection", "setproduct", "setsubtract", "setunion", "signum", "slice", "sort", "split", "strrev",
	"substr", "templatefile", "title", "tobool", "tolist", "tomap", "tonumber", "toset", "tostring", "trim", "trimprefix", "trimspace",
	"trimsuffix", "try", "upper", "values", "zipmap",
}

// Functions returns the names of the functions that expressions can call, sorted.
func Functions() []string { return slices.Clone(functionNames) }

// checkCalls makes the functions available that a part of the source calls, and reports unknown ones.
func (d *decoder) checkCalls(n hclsyntax.Node) bool {
	ok := true
	_ = hclsyntax.VisitAll(n, func(n hclsyntax.Node) hcl.Diagnostics {
		call, is := n.(*hclsyntax.FunctionCallExpr)
		if !is {
			return nil
		}
		if _, known := d.top.Functions[call.Name]; known {
			return nil
		}
		f, known := d.function(call.Name)
		if !known {
			meant := suggest(call.Name, slices.Values(functionNames))
			diag := d.add(codeUnknownFunction, call.NameRange, "There is no function %s.%s The list of functions is in the help topic spec.", quote(call.Name), didYouMean(meant))
			d.fixStep(diag, step{name: call.Name, rng: call.NameRange}, meant)
			ok = false
			return nil
		}
		d.top.Functions[call.Name] = f
		return nil
	})
	return ok
}

// function makes a function. Nothing is made for functions that the source does not call.
func (d *decoder) function(name string) (function.Function, bool) {
	switch name {
	case "cidrhost":
		return cidrHost(), true
	case "cidrnetmask":
		return cidrNetmask(), true
	case "cidrsubnet":
		return cidrSubnet(), true
	case "file":
		return d.fileFunction(), true
	case "templatefile":
		return d.templateFile(), true
	case "can":
		return tryfunc.CanFunc, true
	case "try":
		return tryfunc.TryFunc, true
	case "tobool":
		return stdlib.MakeToFunc(cty.Bool), true
	case "tolist":
		return stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)), true
	case "tomap":
		return stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)), true
	case "tonumber":
		return stdlib.MakeToFunc(cty.Number), true
	case "toset":
		return stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)), true
	case "tostring":
		return stdlib.MakeToFunc(cty.String), true
	case "format", "formatlist", "indent", "join", "replace", "setproduct":
		f, _ := standard(name)
		return bounded(f, name), true
	}
	return standard(name)
}

// standard returns a function of go-cty's library by Terraform's name for it.
func standard(name string) (function.Function, bool) {
	switch name {
	case "abs":
		return stdlib.AbsoluteFunc, true
	case "ceil":
		return stdlib.CeilFunc, true
	case "chomp":
		return stdlib.ChompFunc, true
	case "chunklist":
		return stdlib.ChunklistFunc, true
	case "coalesce":
		return stdlib.CoalesceFunc, true
	case "coalescelist":
		return stdlib.CoalesceListFunc, true
	case "compact":
		return stdlib.CompactFunc, true
	case "concat":
		return stdlib.ConcatFunc, true
	case "contains":
		return stdlib.ContainsFunc, true
	case "csvdecode":
		return stdlib.CSVDecodeFunc, true
	case "distinct":
		return stdlib.DistinctFunc, true
	case "element":
		return stdlib.ElementFunc, true
	case "flatten":
		return stdlib.FlattenFunc, true
	case "floor":
		return stdlib.FloorFunc, true
	case "format":
		return stdlib.FormatFunc, true
	case "formatlist":
		return stdlib.FormatListFunc, true
	case "indent":
		return stdlib.IndentFunc, true
	case "join":
		return stdlib.JoinFunc, true
	case "jsondecode":
		return stdlib.JSONDecodeFunc, true
	case "jsonencode":
		return stdlib.JSONEncodeFunc, true
	case "keys":
		return stdlib.KeysFunc, true
	case "length":
		return length(), true
	case "log":
		return stdlib.LogFunc, true
	case "lookup":
		return stdlib.LookupFunc, true
	case "lower":
		return stdlib.LowerFunc, true
	case "max":
		return stdlib.MaxFunc, true
	case "merge":
		return stdlib.MergeFunc, true
	case "min":
		return stdlib.MinFunc, true
	case "parseint":
		return stdlib.ParseIntFunc, true
	case "pow":
		return stdlib.PowFunc, true
	case "range":
		return stdlib.RangeFunc, true
	case "regex":
		return stdlib.RegexFunc, true
	case "regexall":
		return stdlib.RegexAllFunc, true
	case "replace":
		return stdlib.ReplaceFunc, true
	case "reverse":
		return stdlib.ReverseListFunc, true
	case "setintersection":
		return stdlib.SetIntersectionFunc, true
	case "setproduct":
		return stdlib.SetProductFunc, true
	case "setsubtract":
		return stdlib.SetSubtractFunc, true
	case "setunion":
		return stdlib.SetUnionFunc, true
	case "signum":
		return stdlib.SignumFunc, true
	case "slice":
		return stdlib.SliceFunc, true
	case "sort":
		return stdlib.SortFunc, true
	case "split":
		return stdlib.SplitFunc, true
	case "strrev":
		return stdlib.ReverseFunc, true
	case "substr":
		return stdlib.SubstrFunc, true
	case "title":
		return stdlib.TitleFunc, true
	case "trim":
		return stdlib.TrimFunc, true
	case "trimprefix":
		return stdlib.TrimPrefixFunc, true
	case "trimspace":
		return stdlib.TrimSpaceFunc, true
	case "trimsuffix":
		return stdlib.TrimSuffixFunc, true
	case "upper":
		return stdlib.UpperFunc, true
	case "values":
		return stdlib.ValuesFunc, true
	case "zipmap":
		return stdlib.ZipmapFunc, true
	}
	return function.Function{}, false
}

// length counts elements, or the characters of a string.
func length() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowDynamicType: true, AllowUnknown: true}},
		Type:   function.StaticReturnType(cty.Number),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if args[0].Type() == cty.String {
				return stdlib.Strlen(args[0])
			}
			return stdlib.Length(args[0])
		},
	})
}

var errTooMuch = errors.New("the result would be too large")

// bounded refuses arguments that make much more of themselves.
func bounded(f function.Function, name string) function.Function {
	return function.New(&function.Spec{
		Params:   f.Params(),
		VarParam: f.VarParam(),
		Type:     f.ReturnTypeForValues,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if product(name, args) > maxValue {
				return cty.NilVal, errTooMuch
			}
			return f.Call(args)
		},
	})
}

// product bounds the size of a function's result.
func product(name string, args []cty.Value) float64 {
	all, count := 0.0, 1.0
	for _, a := range args {
		x := extentOf(a)
		all += x.all
		if name == "setproduct" && a.IsKnown() && !a.IsNull() && a.CanIterateElements() {
			count *= float64(a.LengthInt())
		}
		if name == "join" || name == "formatlist" {
			count = max(count, x.longest)
		}
	}
	switch name {
	case "setproduct":
		return count * float64(len(args))
	case "join":
		return all + count*extentOf(args[0]).all
	case "formatlist":
		return count * (all + widths(args[0]))
	case "format":
		return all + widths(args[0])
	case "indent":
		n, _ := args[0].AsBigFloat().Float64()
		return all + n*float64(strings.Count(args[1].AsString(), "\n"))
	case "replace":
		return extentOf(args[0]).all * extentOf(args[2]).all
	}
	return all
}

// widths adds up the numbers in a format.
func widths(format cty.Value) float64 {
	if format.IsNull() || !format.IsKnown() || format.Type() != cty.String {
		return 0
	}
	sum, n := 0.0, 0.0
	for _, c := range format.AsString() {
		if c >= '0' && c <= '9' {
			n = n*10 + float64(c-'0')
			continue
		}
		sum, n = sum+n, 0
	}
	return sum + n
}

// A fileError is a file that a function could not read.
type fileError struct {
	name string
	err  error
}

func (e *fileError) Error() string { return fmt.Sprintf("%s: %s", quote(e.name), e.err) }

func (e *fileError) Unwrap() error { return e.err }

func (d *decoder) fileFunction() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			text, err := d.text(args[0].AsString())
			if err != nil {
				return cty.NilVal, err
			}
			return cty.StringVal(text), nil
		},
	})
}

// functionError is the code for an error that one of our own functions returned.
func functionError(diag *hcl.Diagnostic) (Code, bool) {
	extra, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](diag)
	if !ok {
		return "", false
	}
	var fe *fileError
	err := extra.FunctionCallError()
	switch {
	case errors.As(err, &fe):
		return codeFunctionFile, true
	case errors.Is(err, errTooMuch):
		return codeLimit, true
	}
	return "", false
}
