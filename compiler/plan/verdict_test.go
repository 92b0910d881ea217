package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestN29PartsAreJudgedApart: a tunnel that works says nothing of the attachments, and the sites' attachments
// nothing of each other.
func TestN29PartsAreJudgedApart(t *testing.T) {
	var checks []Check
	var findings []Finding
	add := func(node, name, object string, scope Scope, s State) {
		checks = append(checks, Check{Node: node, Name: name, Object: object, Scope: scope})
		findings = append(findings, Finding{State: s})
	}
	for _, node := range []string{"b/gw1", "a/gw1"} {
		add(node, "end-to-end", "stretch app", ScopeEndToEnd, Passed)
		add(node, "gateway", "stretch app", ScopeAttachment, map[string]State{"a/gw1": Passed, "b/gw1": Failed}[node])
		add(node, "hosts", "stretch app", ScopeAttachment, Waiting)
		add(node, "sa", "tunnel dr", ScopeTunnel, Passed)
		add(node, "bgp", "tunnel dr", ScopeTunnel, Skipped)
	}
	v := Judge(checks, findings)
	var got []string
	for _, p := range v.Parts {
		got = append(got, strings.Join([]string{string(p.Scope), p.Object, p.Node, string(p.State)}, " | "))
	}
	want := []string{
		"tunnel | tunnel dr |  | passed",
		"attachment | stretch app | a/gw1 | waiting",
		"attachment | stretch app | b/gw1 | failed",
		"end-to-end | stretch app |  | passed",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if v.State != Failed || len(v.Parts[0].Looks) != 4 {
		t.Errorf("%+v", v)
	}
	if v := Judge(checks[:1], []Finding{{State: Skipped}}); v.State != Skipped {
		t.Errorf("a skipped check makes %s", v.State)
	}
}

// TestN17JoinedSegments: one MAC address on both sites fails both; that of a virtual router does not.
func TestN17JoinedSegments(t *testing.T) {
	checks := []Check{
		{Node: "a/gw1", Name: "loop", Object: "stretch app", Before: true},
		{Node: "b/gw1", Name: "loop", Object: "stretch app", Before: true},
		{Node: "b/gw1", Name: "loop", Object: "stretch web", Before: true},
	}
	seen := func(macs ...string) Finding {
		f := Finding{State: Passed, Seen: map[string]string{}}
		for _, m := range macs {
			f.Seen[m] = "answers for 192.168.10.1"
		}
		return f
	}
	const host, vrrp = "52:54:00:00:00:01", "00:00:5e:00:01:0a"
	for _, tt := range []struct {
		name string
		in   []Finding
		want []State
	}{
		{"two sites with a host each", []Finding{seen(host), seen("52:54:00:00:00:02"), seen()}, []State{Passed, Passed, Passed}},
		{"one host on both", []Finding{seen(host, vrrp), seen(vrrp, host), seen()}, []State{Failed, Failed, Passed}},
		{"two groups of one number", []Finding{seen(vrrp), seen(vrrp), seen()}, []State{Passed, Passed, Passed}},
		{"one host in two stretches", []Finding{seen(host), seen(), seen(host)}, []State{Passed, Passed, Passed}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []State
			out := Together(checks, tt.in)
			for _, f := range out {
				got = append(got, f.State)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			if out[0].State == Failed && !strings.Contains(out[0].Measured+out[0].Why, host) {
				t.Errorf("%+v does not name the address", out[0])
			}
			if tt.in[0].State != Passed {
				t.Error("the findings given were changed")
			}
		})
	}
}
