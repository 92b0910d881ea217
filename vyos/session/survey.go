package session

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// searching is the shell of a search for the largest packet that passes with DF: search FROM TO HEADERS LOW HIGH
// prints it, 0 when not even the smallest does. All in octets of IP.
const searching = `try() { ping $v6 -n -c 2 -i 0.2 -W 1 -I "$1" -M do -s "$4" "$2" >/dev/null 2>&1; }
search() {
	lo=$4; hi=$5
	if try "$1" "$2" x $((hi - $3)); then echo "$hi"; return; fi
	if ! try "$1" "$2" x $((lo - $3)); then echo 0; return; fi
	while [ $((hi - lo)) -gt 1 ]; do
		mid=$(((lo + hi) / 2))
		if try "$1" "$2" x $((mid - $3)); then lo=$mid; else hi=$mid; fi
	done
	echo "$lo"
}`

// LargestPacket finds the largest packet that passes from one address to another with DF, in octets of IP, between two
// sizes. It is 0 when nobody answers even the smaller: nobody is there, or ICMP is dropped.
func (d *Device) LargestPacket(ctx context.Context, from, to netip.Addr, low, high int) (int, error) {
	const doing = "search for the largest packet"
	v6 := "v6="
	if to.Is6() {
		v6 = "v6=-6"
	}
	c := newCommands().line(v6).line(searching).run("size", "search", from.String(), to.String(), fmt.Sprint(headers(to.String())), fmt.Sprint(low), fmt.Sprint(high))
	o, err := d.look(ctx, doing, c)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(o["size"].text))
	if err != nil || n < 0 || n > high {
		return 0, d.errorf(doing, "%w: %q is no size", ErrHostile, excerpt(o["size"].text))
	}
	return n, nil
}

// A Learned is an entry of a bridge's table.
type Learned struct {
	Bridge string
	Port   string
	MAC    string // in lower case
	VTEP   string // of an entry of a VXLAN interface: behind which it lives
	Own    bool   // it is the bridge's or a port's own
	// Heard is how long ago the last frame from it came in; -1 when the tools of the gateway do not say.
	Heard time.Duration
}

// A Reply is who answered for an address.
type Reply struct {
	Bridge string
	MAC    string
}

// A Survey is what a gateway knows of the hosts of its bridges.
type Survey struct {
	Learned []Learned
	Replies []Reply
}

// Survey reads the tables of bridges and, with a valid address, asks from each for it; from says which bridges have an
// address of their own.
func (d *Device) Survey(ctx context.Context, bridges []string, from map[string]string, address netip.Addr) (*Survey, error) {
	const doing = "read the tables of bridges"
	c := newCommands().line(`old() { sudo -n bridge -s -j fdb show br "$1" 2>/dev/null || fdb "$1"; }`)
	at := func(bridge string) args {
		return args{"bridge": bridge, "address": address.String(), "from": from[bridge]}
	}
	for i, b := range bridges {
		if address.IsValid() {
			c.ask(at(b), strconv.Itoa(i)) // first: the answer is in the table then
		}
		c.run(fmt.Sprintf("t%d", i), "old", b)
	}
	o, err := d.look(ctx, doing, c)
	if err != nil {
		return nil, err
	}
	s := &Survey{}
	for i, b := range bridges {
		out := o[fmt.Sprintf("t%d", i)]
		if out.status != 0 {
			return nil, d.errorf(doing, "%s: %s", b, excerpt(out.text))
		}
		list, ok := parseLearned(out.text, b)
		if !ok {
			return nil, d.errorf(doing, "%w: the table of %s cannot be read", ErrHostile, b)
		}
		s.Learned = append(s.Learned, list...)
		if address.IsValid() {
			macs, _ := answers(at(b), outputs{"ask": o[fmt.Sprintf("ask%d", i)], "neigh": o[fmt.Sprintf("neigh%d", i)]})
			for _, m := range macs {
				s.Replies = append(s.Replies, Reply{b, m})
			}
		}
	}
	return s, nil
}

// parseLearned reads a bridge's table with ages.
func parseLearned(text, bridge string) ([]Learned, bool) {
	entries, ok := parseFDB(text)
	if !ok {
		return nil, false
	}
	heard := make(map[string]time.Duration)
	var aged []struct {
		MAC, Ifname string
		Updated     *int64
	}
	if jsonIn(text, &aged) {
		for _, e := range aged {
			if e.Updated != nil {
				heard[macOf(e.MAC)+" "+e.Ifname] = millis(*e.Updated * 1000)
			}
		}
	}
	vtep := make(map[string]string)
	for _, e := range entries {
		if e.dst != "" {
			vtep[e.mac+" "+e.port] = e.dst
		}
	}
	var out []Learned
	for _, e := range entries {
		if e.bridge != bridge || group(e.mac) {
			continue
		}
		key := e.mac + " " + e.port
		l := Learned{Bridge: bridge, Port: e.port, MAC: e.mac, VTEP: vtep[key], Own: !e.learned, Heard: -1}
		if h, ok := heard[key]; ok {
			l.Heard = h
		}
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out, true
}

// Flush makes the ports of a bridge forget what they have learned. Frames are flooded until hosts are heard again.
func (d *Device) Flush(ctx context.Context, ports ...string) error {
	const doing = "flush what was learned"
	c := newCommands()
	for i, p := range ports {
		c.run(fmt.Sprintf("p%d", i), "sudo", "-n", "ip", "link", "set", "dev", p, "type", "bridge_slave", "fdb_flush")
	}
	o, err := d.look(ctx, doing, c)
	if err != nil {
		return err
	}
	for i, p := range ports {
		if out := o[fmt.Sprintf("p%d", i)]; out.status != 0 {
			return d.errorf(doing, "%s: %s", p, excerpt(out.text))
		}
	}
	return nil
}

// A Capture says what is to be captured.
type Capture struct {
	Interface string
	Filter    string        // as tcpdump takes it; empty: all
	For       time.Duration // at most
	Count     int           // packets at most
	Snap      int           // octets of each packet at most
}

// captureMost bounds a capture, in octets.
const captureMost = 8 << 20

// Capture captures packets on an interface for as long as it says, and returns them as a pcap file.
func (d *Device) Capture(ctx context.Context, c Capture) ([]byte, error) {
	const doing = "capture"
	words := []string{"sudo", "-n", "timeout", strconv.Itoa(seconds(c.For)), "tcpdump", "-i", c.Interface, "-n", "-U", "-s", strconv.Itoa(c.Snap), "-c", strconv.Itoa(c.Count), "-w", "-"}
	words = append(words, strings.Fields(c.Filter)...)
	for i, w := range words {
		words[i] = shellWord(w)
	}
	script := "PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin\nprintf '@ pcap 0 '\n" + strings.Join(words, " ") + fmt.Sprintf(" 2>/dev/null | head -c %d | base64 -w 0\necho\necho '@ end 0'\n", captureMost)
	o, err := d.outputs(ctx, doing, script, c.For+checkLimit)
	if err != nil {
		return nil, err
	}
	pcap := []byte(o["pcap"].text)
	if len(pcap) < pcapHeader {
		return nil, d.errorf(doing, "tcpdump captured nothing on %s: it is not installed there, may not be run, or the interface does not exist", c.Interface)
	}
	return pcap, nil
}

// pcapHeader is the length of the header of a pcap file, in octets.
const pcapHeader = 24
