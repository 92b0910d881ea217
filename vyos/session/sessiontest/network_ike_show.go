package sessiontest

import (
	"fmt"
	"strings"
	"time"
)

// listRaw is what swanctl prints of the SAs, of one connection or of all.
func (n *Network) listRaw(x *netNode, connection string, now time.Time) string {
	var b strings.Builder
	for sa, near := range n.held(x) {
		if connection != "" && near.peer.connection != connection {
			continue
		}
		i := 0
		if near == &sa.ends[1] {
			i = 1
		}
		role := ""
		if i == 0 {
			role = " initiator=yes"
		}
		fmt.Fprintf(&b, "list-sa event {%s {uniqueid=%d version=2 state=ESTABLISHED local-host=%s local-port=4500 local-id=%s remote-host=%s remote-port=4500 remote-id=%s%s initiator-spi=%016x responder-spi=%016x encr-alg=AES_CBC encr-keysize=256 prf-alg=PRF_HMAC_SHA2_256 dh-group=MODP_2048 established=%d rekey-time=%d child-sas {",
			near.peer.connection, sa.id, near.peer.local, near.peer.localID, near.peer.remote, near.peer.remoteID, role, sa.id, sa.id+1, int(now.Sub(sa.ike).Seconds()), 28800)
		if !sa.child.IsZero() {
			encap := ""
			if sa.encap {
				encap = " encap=yes"
			}
			fmt.Fprintf(&b, "%s-%d {name=%s uniqueid=%d reqid=1 state=INSTALLED mode=TUNNEL protocol=ESP%s spi-in=%08x spi-out=%08x if-id-in=00000002 if-id-out=00000002 encr-alg=AES_GCM_16 encr-keysize=256 bytes-in=0 packets-in=0 bytes-out=0 packets-out=0 rekey-time=3500 life-time=3600 install-time=%d local-ts=[0.0.0.0/0 ::/0] remote-ts=[0.0.0.0/0 ::/0]}",
				near.peer.child, sa.id, near.peer.child, sa.id, encap, sa.spi[i], sa.spi[1-i], int(now.Sub(sa.child).Seconds()))
		}
		b.WriteString("}}}\n")
	}
	b.WriteString("list-sas reply {}\n")
	return b.String()
}

// statusAll is what ipsec prints of the SAs on releases before 1.4.
func (n *Network) statusAll(x *netNode, now time.Time) string {
	var b strings.Builder
	b.WriteString("Status of IKE charon daemon (strongSwan 5.7.2, Linux 5.4.0, x86_64):\nConnections:\n")
	for _, p := range x.view.peers {
		fmt.Fprintf(&b, "%s:  %s...%s  IKEv2\n", p.connection, p.local, p.remote)
	}
	fmt.Fprintf(&b, "Security Associations (%d up, 0 connecting):\n", len(n.sas))
	for sa, near := range n.held(x) {
		p := near.peer
		fmt.Fprintf(&b, "%s[%d]: ESTABLISHED %s ago, %s[%s]...%s[%s]\n", p.connection, sa.id, ago(now.Sub(sa.ike)), p.local, p.localID, p.remote, p.remoteID)
		if !sa.child.IsZero() {
			esp := "ESP"
			if sa.encap {
				esp = "ESP in UDP"
			}
			fmt.Fprintf(&b, "%s{%d}:  INSTALLED, TUNNEL, reqid 1, %s SPIs: %08x_i %08x_o\n", p.child, sa.id, esp, sa.spi[0], sa.spi[1])
		}
	}
	return b.String()
}

// ago is a time as strongSwan prints it: in one unit, rounded down.
func ago(d time.Duration) string {
	unit, n := "second", int(d.Seconds())
	switch {
	case d > 2*24*time.Hour:
		unit, n = "day", int(d.Hours()/24)
	case d > 2*time.Hour:
		unit, n = "hour", int(d.Hours())
	case d > 2*time.Minute:
		unit, n = "minute", int(d.Minutes())
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}
