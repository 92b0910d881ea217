package plan_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/l2stretch/l2stretch/compiler/plan"
)

func saved() *plan.Saved {
	return &plan.Saved{
		FormatVersion: plan.SavedVersion, Tool: "l2stretch 0.1.0", Specification: "dr",
		Sources:   []plan.SavedFile{{Name: "main.hcl", Content: "l2stretch {\n}\n"}},
		Read:      []plan.SavedFile{{Name: "list.txt", Content: "a"}},
		Variables: []plan.SavedValue{{Name: "vni", Value: "5010"}, {Name: "hidden", Sensitive: true}},
		Adopt:     []plan.SavedAdopt{{Node: "a/gw1", Path: []string{"interfaces", "bridge", "br1"}}},
		Nodes: []plan.SavedNode{{
			Node: "a/gw1", Backend: "vyos", Release: "1.4", BaseDigest: "00", Box: true,
			Phases: []plan.Phase{{Steps: []plan.Step{{Op: plan.Set, Path: []string{"interfaces", "vti", "vti1", "mtu"}, Value: "1446", Object: "tunnel dr",
				Impact: []plan.Impact{plan.DropsSA}, Undo: []plan.Step{{Op: plan.Delete, Path: []string{"interfaces", "vti", "vti1"}}}}}}},
			Undo:   []plan.Step{{Op: plan.Delete, Path: []string{"interfaces", "vti"}}},
			Guard:  plan.Guard{Kind: plan.GuardTimer, Timeout: 5 * time.Minute, Means: "systemd-run"},
			Checks: []string{"tunnel dr: vti1 is up"},
		}},
	}
}

func TestSavedComesBack(t *testing.T) {
	text, err := saved().Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := plan.Load(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(saved(), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	again, err := got.Append(nil)
	if err != nil || string(again) != string(text) {
		t.Errorf("written again it differs: %v", err)
	}
	if err := plan.Stale(saved(), got); err != nil {
		t.Error(err)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "another document": `{"format_version":"1.0","command":"plan"}`, "later form": `{"format_version":"2.0"}`, "no JSON": "set interfaces",
	} {
		if _, err := plan.Load([]byte(text)); !errors.Is(err, plan.ErrNotAPlan) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStale(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*plan.Saved)
		want   string
	}{
		{"tool", func(s *plan.Saved) { s.Tool = "l2stretch 0.2.0" }, "it was made by l2stretch 0.1.0, this is l2stretch 0.2.0"},
		{"file", func(s *plan.Saved) { s.Sources[0].Content += "#" }, "file main.hcl has changed"},
		{"file gone", func(s *plan.Saved) { s.Sources = nil }, "file main.hcl is gone"},
		{"file new", func(s *plan.Saved) { s.Sources = append(s.Sources, plan.SavedFile{Name: "b.hcl"}) }, "file b.hcl is new"},
		{"file of a function", func(s *plan.Saved) { s.Read[0].Content = "b" }, "file that the specification reads, list.txt has changed"},
		{"variable", func(s *plan.Saved) { s.Variables[0].Value = "5011" }, "variable vni has changed"},
		{"gateway changed", func(s *plan.Saved) { s.Nodes[0].BaseDigest = "11" }, "the configuration of gateway a/gw1 has changed"},
		{"release", func(s *plan.Saved) { s.Nodes[0].Release = "1.5" }, "gateway a/gw1 has release 1.5 now, not 1.4"},
		{"steps", func(s *plan.Saved) { s.Nodes[0].Phases[0].Steps[0].Value = "1440" }, "the steps for gateway a/gw1 come out differently"},
		{"gateway gone", func(s *plan.Saved) { s.Nodes = nil }, "gateway a/gw1 is no longer planned"},
		{"adopt", func(s *plan.Saved) { s.Adopt = nil }, "it is written differently now"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := saved()
			tt.change(now)
			err := plan.Stale(saved(), now)
			var stale *plan.StaleError
			if !errors.As(err, &stale) || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "the plan is stale: ") {
				t.Errorf("%v", err)
			}
		})
	}
}
