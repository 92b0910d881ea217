package main

import "testing"

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
