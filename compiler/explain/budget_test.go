package explain

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/l2stretch/l2stretch/compiler/packet"
)

func budget(t *testing.T, l *lab) TunnelBudget {
	t.Helper()
	b, err := Budgets(l.f, "")
	if err != nil {
		t.Fatal(err)
	}
	return b.Tunnels[0]
}

// TestBudget holds the table of the rule for MTUs.
func TestBudget(t *testing.T) {
	for _, tt := range []struct {
		proposal string
		natt     bool
		want     Sizes
	}{
		{"aes256gcm128", false, Sizes{1446, 1410, 1396, 1356, 1336, 1604, 1608}},
		{"aes256gcm128", true, Sizes{1438, 1402, 1388, 1348, 1328, 1612, 1616}},
		{"aes128-sha1", false, Sizes{1438, 1402, 1388, 1348, 1328, 1608, 1624}},
		{"aes128-sha1", true, Sizes{1422, 1386, 1372, 1332, 1312, 1616, 1632}},
		{"aes256-sha256", false, Sizes{1438, 1402, 1388, 1348, 1328, 1612, 1628}},
		{"aes256-sha256", true, Sizes{1422, 1386, 1372, 1332, 1312, 1620, 1636}},
	} {
		t.Run(fmt.Sprintf("%s natt=%t", tt.proposal, tt.natt), func(t *testing.T) {
			b := budget(t, pair(tt.natt, tt.proposal))
			p := b.Proposals[0]
			if d := cmp.Diff(tt.want, p.Sizes); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			if packet.Sum(p.MTU) != p.TunnelMTU || packet.Sum(p.Host) != p.MaxHostMTU || packet.Sum(p.Wire) > b.PathMTU {
				t.Errorf("sums %d, %d, %d", packet.Sum(p.MTU), packet.Sum(p.Host), packet.Sum(p.Wire))
			}
			if b.MTU != p.TunnelMTU || !p.Worst {
				t.Errorf("MTU %d, sum %d, worst %t", b.MTU, p.TunnelMTU, p.Worst)
			}
		})
	}
}

// TestBudgetWorst: with several proposals each has its sum, and the worst decides.
func TestBudgetWorst(t *testing.T) {
	b := budget(t, pair(true, "aes256gcm128", "aes256-sha512", "aes128-sha1"))
	var worst []string
	for _, p := range b.Proposals {
		if p.Worst {
			worst = append(worst, p.Proposal)
		}
	}
	if len(b.Proposals) != 3 || !slices.Equal(worst, []string{"aes256-sha512"}) || b.MTU != b.Proposals[1].TunnelMTU {
		t.Errorf("%d proposals, worst %q, MTU %d", len(b.Proposals), worst, b.MTU)
	}
}

// TestAlternatives shows every choice once, and marks the present one.
func TestAlternatives(t *testing.T) {
	b := budget(t, pair(false, "aes256gcm128"))
	if n := len(b.Alternatives); n != 4*2*2*2 {
		t.Errorf("%d alternatives, want 32", n)
	}
	present := 0
	for _, a := range b.Alternatives {
		if a.Present {
			present++
			if d := cmp.Diff(b.Proposals[0].Sizes, a.Sizes); d != "" {
				t.Errorf("present (-budget +alternative)\n%s", d)
			}
		}
		if a.Proposal == "aes128-sha1" && a.OuterIPv6 && !a.NATT && a.PathMTU == 9000 && a.TunnelMTU != 8910 {
			t.Errorf("aes128-sha1 over IPv6 on a path of 9000: %d, measured 8910", a.TunnelMTU)
		}
	}
	if present != 1 {
		t.Errorf("%d are present", present)
	}
}

// TestRulesOfThumb judges 1390, 1400 and 1450 by octets.
func TestRulesOfThumb(t *testing.T) {
	for _, tt := range []struct {
		proposal string
		natt     bool
		path     int
		want     []int
	}{
		{"aes256gcm128", false, 1500, []int{-6, 4, 54}},
		{"aes256gcm128", true, 1500, []int{2, 12, 62}},
		{"aes128-sha1", true, 1500, []int{18, 28, 78}},
		{"aes256gcm128", false, 1494, []int{2, 12, 62}},
	} {
		l := pair(tt.natt, tt.proposal)
		tn := l.f.Tunnels[0]
		tn.PathMTU = tt.path
		e := worst(tn)
		tn.MTU = e.MaxPacket(tt.path)
		var got []int
		for _, r := range budget(t, l).Rules {
			got = append(got, r.Off)
			if r.Verdict == "" {
				t.Errorf("%d has no verdict", r.MTU)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s natt=%t path %d: off by %v, want %v", tt.proposal, tt.natt, tt.path, got, tt.want)
		}
	}
}

// TestBudgetAssumed says that the proposal of a tunnel that somebody else runs is a guess.
func TestBudgetAssumed(t *testing.T) {
	l := pair(false)
	l.f.Tunnels[0].Managed = false
	b := budget(t, l)
	if !b.Assumed || b.Proposals[0].Proposal != "aes256-sha256" {
		t.Errorf("%+v", b)
	}
	if _, err := Budgets(l.f, "nothing"); err == nil {
		t.Error("a stretch that is not there is no error")
	}
}
