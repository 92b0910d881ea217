package schema

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// A Code is the stable name of a kind of diagnostic, as in E0017. It travels in hcl.Diagnostic.Extra, by
// itself or in a Note.
type Code string

// DiagnosticCode returns the code as a string.
func (c Code) DiagnosticCode() string { return string(c) }

// A Note is what a diagnostic carries beside its code.
type Note struct {
	Code
	Fix  Fix  // the zero Fix when no single edit cures the problem
	Hide bool // the source holds what must not be shown: print no snippet
}

// A Fix is an edit of the specification: the bytes of Range become Text.
type Fix struct {
	Range hcl.Range
	Text  string
}

// DiagnosticFix returns the edit that cures the problem, if there is one.
func (n Note) DiagnosticFix() (at hcl.Range, text string, ok bool) {
	return n.Fix.Range, n.Fix.Text, n.Fix.Text != ""
}

// DiagnosticHidesSource reports whether the source at the subject must not be shown.
func (n Note) DiagnosticHidesSource() bool { return n.Hide }

// A Kind is a kind of problem that this package finds. The explanation for people stands in the one table
// of diagnostics, package ir.
type Kind struct {
	Code    Code
	Summary string
}

// The codes of the language.
const (
	codeSyntax             Code = "E0001"
	codeDuplicateAttribute Code = "E0002"
	codeUnknownBlock       Code = "E0003"
	codeUnknownAttribute   Code = "E0004"
	codeMissingAttribute   Code = "E0005"
	codeMissingBlock       Code = "E0006"
	codeTooManyBlocks      Code = "E0007"
	codeDuplicateName      Code = "E0008"
	codeInvalidLabel       Code = "E0009"
	codeLabelCount         Code = "E0010"
	codeSpecName           Code = "E0011"
	codeToolVersion        Code = "E0012"
	codeVersionConstraint  Code = "E0013"
	codeWrongType          Code = "E0014"
	codeInvalidValue       Code = "E0015"
	codeUnsupportedValue   Code = "E0016"
	codeUnknownReference   Code = "E0017"
	codeUnknownVariable    Code = "E0018"
	codeUnknownLocal       Code = "E0019"
	codeUnknownFunction    Code = "E0020"
	codeNotAvailable       Code = "E0021"
	codeCycle              Code = "E0022"
	codeEvaluation         Code = "E0023"
	codeLiteralSecret      Code = "E0024"
	codeSecretInExpression Code = "E0025"
	codeUnfinished         Code = "E0026"
	codeSecretSource       Code = "E0027"
	codeForEach            Code = "E0028"
	codeKey                Code = "E0029"
	codeAccept             Code = "E0030"
	codeNoValue            Code = "E0031"
	codeVariableValue      Code = "E0032"
	codeValidation         Code = "E0033"
	codeVariableType       Code = "E0034"
	codeUndeclared         Code = "E0035"
	codeFunctionFile       Code = "E0036"
	codeLimit              Code = "E0037"
	codeInstanceKey        Code = "E0038"
	codeDynamic            Code = "E0039"
	codeNotConstant        Code = "E0040"
	codeUndeclaredInFile   Code = "W0001"
	codeSensitiveDefault   Code = "W0002"
)

// kinds is sorted by code.
var kinds = []Kind{
	{codeSyntax, "Invalid syntax"},
	{codeDuplicateAttribute, "Duplicate attribute"},
	{codeUnknownBlock, "Unknown block"},
	{codeUnknownAttribute, "Unknown attribute"},
	{codeMissingAttribute, "Missing attribute"},
	{codeMissingBlock, "Missing block"},
	{codeTooManyBlocks, "Too many blocks"},
	{codeDuplicateName, "Duplicate name"},
	{codeInvalidLabel, "Invalid label"},
	{codeLabelCount, "Wrong number of labels"},
	{codeSpecName, "Invalid specification name"},
	{codeToolVersion, "Unsuitable version of the tool"},
	{codeVersionConstraint, "Invalid version constraint"},
	{codeWrongType, "Wrong type"},
	{codeInvalidValue, "Invalid value"},
	{codeUnsupportedValue, "Unsupported value"},
	{codeUnknownReference, "Unknown reference"},
	{codeUnknownVariable, "Unknown variable"},
	{codeUnknownLocal, "Unknown local value"},
	{codeUnknownFunction, "Unknown function"},
	{codeNotAvailable, "Reference not available here"},
	{codeCycle, "Circular definition"},
	{codeEvaluation, "Invalid expression"},
	{codeLiteralSecret, "Literal secret"},
	{codeSecretInExpression, "Secret in an expression"},
	{codeUnfinished, "Unfinished value"},
	{codeSecretSource, "Invalid source of a secret"},
	{codeForEach, "Invalid for_each"},
	{codeKey, "Invalid instance key"},
	{codeAccept, "Invalid accept entry"},
	{codeNoValue, "Missing value of a variable"},
	{codeVariableValue, "Unsuitable value of a variable"},
	{codeValidation, "Value of a variable refused"},
	{codeVariableType, "Invalid declaration of a variable"},
	{codeUndeclared, "Undeclared variable"},
	{codeFunctionFile, "File not readable"},
	{codeLimit, "Limit exceeded"},
	{codeInstanceKey, "Wrong reference to an instance"},
	{codeDynamic, "Invalid dynamic block"},
	{codeNotConstant, "Value not constant"},
	{codeUndeclaredInFile, "Undeclared variable in a file"},
	{codeSensitiveDefault, "Sensitive value in the specification"},
}

// Kinds returns every kind of problem that this package finds, sorted by code.
func Kinds() []Kind { return slices.Clone(kinds) }

func summary(c Code) string {
	i, ok := slices.BinarySearchFunc(kinds, c, func(k Kind, c Code) int { return cmp.Compare(k.Code, c) })
	if !ok {
		panic("schema: no diagnostic " + string(c))
	}
	return kinds[i].Summary
}
