package apply

import (
	"fmt"
	"strings"
)

// A Code is the stable name of a refusal, as in E0907. The table of all codes, package ir, explains it.
type Code string

// The refusals.
const (
	CodeUnreachable  Code = "E0901"
	CodeUnknownHost  Code = "E0902"
	CodeChangedHost  Code = "E0903"
	CodeLogin        Code = "E0904"
	CodeOperator     Code = "E0905"
	CodeRelease      Code = "E0906"
	CodeDirty        Code = "E0907"
	CodeConfirm      Code = "E0908"
	CodeUnsaved      Code = "E0909"
	CodeLocked       Code = "E0910"
	CodeBoot         Code = "E0911"
	CodeStale        Code = "E0912"
	CodeLeftOver     Code = "E0913"
	CodeSpace        Code = "E0914"
	CodeLoop         Code = "E0915"
	CodeDuplicate    Code = "E0916"
	CodeRoute        Code = "E0917"
	CodePrecondition Code = "E0918"
	CodeUnreadable   Code = "E0919"
	CodeRunning      Code = "E0920"
	CodeUnfinished   Code = "E0921"
	CodeReadOnly     Code = "E0922"
	CodeInBand       Code = "E0923"
)

// A Kind is a kind of refusal.
type Kind struct {
	Code    Code
	Summary string // without a name and without a full stop
}

// Kinds lists the refusals, sorted by code.
func Kinds() []Kind {
	return []Kind{
		{CodeUnreachable, "Gateway cannot be reached"},
		{CodeUnknownHost, "Host key is not known"},
		{CodeChangedHost, "Host key has changed"},
		{CodeLogin, "Login is refused"},
		{CodeOperator, "User may not configure"},
		{CodeRelease, "Gateway runs another release"},
		{CodeDirty, "Somebody is configuring"},
		{CodeConfirm, "A confirm is pending"},
		{CodeUnsaved, "Running configuration is not saved"},
		{CodeLocked, "Configuration is locked"},
		{CodeBoot, "Boot configuration was not loaded"},
		{CodeStale, "Gateway has changed since the plan"},
		{CodeLeftOver, "An earlier run left something behind"},
		{CodeSpace, "Not enough room on the gateway"},
		{CodeLoop, "Segments are already joined"},
		{CodeDuplicate, "Address is already in use"},
		{CodeRoute, "No route to the far end"},
		{CodePrecondition, "Precondition does not hold"},
		{CodeUnreadable, "Gateway cannot be read"},
		{CodeRunning, "Another run is under way"},
		{CodeUnfinished, "An earlier run is unfinished"},
		{CodeReadOnly, "Gateway cannot be written to"},
		{CodeInBand, "Gateway is reached through the tunnel"},
	}
}

// A Refusal says why a run was not begun. It is an error, so that Open can return one.
type Refusal struct {
	Code    Code
	Node    string // site/gateway; empty: the run as a whole
	Summary string // that of Kinds
	Detail  string // whole sentences: what is in the way and what to do
}

func (r *Refusal) Error() string {
	if r.Node == "" {
		return fmt.Sprintf("%s: %s", strings.ToLower(r.Summary[:1])+r.Summary[1:], r.Detail)
	}
	return fmt.Sprintf("%s: %s: %s", r.Node, strings.ToLower(r.Summary[:1])+r.Summary[1:], r.Detail)
}

// Refuse makes a refusal with the summary of its kind.
func Refuse(code Code, node, detail string, args ...any) *Refusal {
	r := &Refusal{Code: code, Node: node, Detail: detail}
	if len(args) > 0 {
		r.Detail = fmt.Sprintf(detail, args...)
	}
	for _, k := range Kinds() {
		if k.Code == code {
			r.Summary = k.Summary
		}
	}
	return r
}
