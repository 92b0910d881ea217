package main

import (
	"testing"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/packet"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// TestSizesOfEveryProposal: whatever a release takes as an ESP proposal has a size.
func TestSizesOfEveryProposal(t *testing.T) {
	for _, r := range release.All() {
		for _, cipher := range r.Encryptions {
			for _, hash := range r.Hashes {
				if _, ok := packet.ESPOf(cipher, hash); !ok {
					t.Errorf("%s: no size for %s-%s", r.Name, cipher, hash)
				}
			}
			if _, ok := packet.ESPOf(cipher, ""); ok != packet.AEAD(cipher) {
				t.Errorf("%s: %s without a hash: %t", r.Name, cipher, ok)
			}
		}
	}
}

// TestKernels: every release has a kernel, and those from 5.9 on answer.
func TestKernels(t *testing.T) {
	want := map[string]bool{"1.2": false, "1.3": false, "1.4": true, "1.5": true, "rolling": true}
	for _, r := range release.All() {
		k := kernelOf(&ir.Node{Platform: ir.VyOS, Release: r.Name})
		if k.Version == "" || k.Version == "unknown" || k.Answers != want[r.Name] {
			t.Errorf("%s: kernel %s, answers %t", r.Name, k.Version, k.Answers)
		}
	}
	if k := kernelOf(&ir.Node{Platform: ir.Linux}); !k.Answers {
		t.Error("a Linux gateway does not answer")
	}
}
