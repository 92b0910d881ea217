package main

import (
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/apply"
	"github.com/l2stretch/l2stretch/compiler/plan"
)

// What an interruption is said to do is what it does: nothing is taken back once it is being confirmed.
func TestInterruptionTellsTheTruth(t *testing.T) {
	type event struct {
		node  string
		phase apply.Phase
	}
	for _, tt := range []struct {
		name   string
		events []event
		want   string
	}{
		{"before anything", nil, "no gateway has been changed"},
		{"armed", []event{{"a/gw1", apply.PhasePreflight}, {"a/gw1", apply.PhaseStage}, {"b/gw1", apply.PhaseArm}}, "no gateway has been changed"},
		{"committing", []event{{"a/gw1", apply.PhaseCommit}}, "what was changed is taken back. Ctrl-C"},
		{"checking", []event{{"a/gw1", apply.PhaseCommit}, {"b/gw1", apply.PhaseCheck}}, "what was changed is taken back. Ctrl-C"},
		{"confirming one part", []event{{"a/gw1", apply.PhaseCommit}, {"c/gw1", apply.PhaseCommit}, {"a/gw1", apply.PhaseConfirm}}, "but not on a/gw1, b/gw1, where it is confirmed"},
		{"one part done", []event{{"a/gw1", apply.PhaseCommit}, {"a/gw1", apply.PhaseConfirm}, {"c/gw1", apply.PhaseStage}}, "What is confirmed stays: a/gw1, b/gw1."},
		{"confirming", []event{{"a/gw1", apply.PhaseCommit}, {"a/gw1", apply.PhaseConfirm}, {"c/gw1", apply.PhaseConfirm}}, "brought to its end and not taken back"},
		{"undoing", []event{{"a/gw1", apply.PhaseCommit}, {"a/gw1", apply.PhaseUndo}}, "being taken back already"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newReach([]apply.Target{{Plan: &plan.Plan{Node: "a/gw1"}}, {Plan: &plan.Plan{Node: "b/gw1"}}, {Plan: &plan.Plan{Node: "c/gw1"}, Component: 1}})
			for _, e := range tt.events {
				r.note(apply.Event{Node: e.node, Phase: e.phase})
			}
			if got := r.interrupted(); !strings.Contains(got, tt.want) {
				t.Errorf("%q, which is not %q", got, tt.want)
			}
		})
	}
}

func TestPlainly(t *testing.T) {
	for in, want := range map[string]string{
		"a/gw1: stage: a/gw1: stage: no answer":                     "a/gw1: stage: no answer",
		"a/gw1: commit: a/gw1: stage: no answer":                    "a/gw1: commit: stage: no answer",
		"a/gw1: stage: a/gw1: stage: one\nb/gw1: stage: two: three": "a/gw1: stage: one\nb/gw1: stage: two: three",
		"nothing to shorten":                                        "nothing to shorten",
	} {
		if got := plainly(in); got != want {
			t.Errorf("%q becomes %q, not %q", in, got, want)
		}
	}
}
