package vyos

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/compiler/packet"
	"github.com/l2stretch/l2stretch/compiler/plan"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// Checks says what is to be looked at on a gateway: what must hold before a change, and what has to be seen
// after it. The plan, which may be nil, says what is established anew by the change and has to be younger than it.
// How a check is looked at is package session's; the names of checks and arguments are what both agree on.
func (b Backend) Checks(n *ir.Node, p *plan.Plan) []plan.Check {
	lookup := b.Lookup
	if lookup == nil {
		lookup = release.Lookup
	}
	rel, ok := lookup(n.Release)
	if !ok {
		return nil // Lower reports it
	}
	c := &checking{n: n, rel: rel, plan: p}
	for _, e := range n.Ends {
		c.tunnel(e)
	}
	for _, a := range n.Attaches {
		c.attachment(a)
	}
	return c.out
}

// A checking is the state of collecting the checks of one node.
type checking struct {
	n    *ir.Node
	rel  *release.Release
	plan *plan.Plan
	out  []plan.Check
}

func (c *checking) add(name, object string, scope plan.Scope, what string, args map[string]string) *plan.Check {
	c.out = append(c.out, plan.Check{Node: c.n.Name, Name: name, Object: object, Scope: scope, What: what, Args: args})
	return &c.out[len(c.out)-1]
}

// protocol is how ping and FRR are told the family of an address.
func protocol(a netip.Addr) string {
	if a.Is6() {
		return "ipv6"
	}
	return "ipv4"
}

// tunnel adds what is to be seen of a tunnel at one end.
func (c *checking) tunnel(e *ir.End) {
	t := e.Tunnel
	object := tunnelObject(t)
	far := e.Peer.Address.Addr()
	if t.Managed {
		route := c.add("route", object, plan.ScopeTunnel, fmt.Sprintf("there is a route to %s, the far uplink", e.Remote), map[string]string{"to": e.Remote.String(), "interface": c.interfaces()})
		route.Before, route.Code = true, "E0917"
		c.sa(e)
	}
	vti := map[string]string{"interface": e.Interface}
	if t.Managed {
		vti["connection"], vti["mtu"] = c.connection(e), itoa(t.MTU)
	}
	c.both(t, "vti", e.Interface+" is up", vti)
	bgp := map[string]string{"neighbor": far.String()}
	what := "BGP with " + far.String() + " is established"
	if t.Managed {
		bgp["hold"], bgp["keepalive"], bgp["accept"] = seconds(t.BGP.Hold), seconds(t.BGP.Keepalive), itoa(len(e.Import))
		if c.resets(object) {
			bgp["fresh"] = "true"
			what += " anew, after the commit"
		}
	}
	c.both(t, "bgp", what, bgp)
	c.add("path", object, plan.ScopeTunnel, fmt.Sprintf("a packet of %d octets, as large as the MTU of %s, arrives whole at %s", t.MTU, e.Interface, far), map[string]string{
		"from": e.Address.Addr().String(), "to": far.String(), "size": itoa(t.MTU),
	})
	c.clear(e, e.Address.Addr(), far, t.Prefix, e.Interface, true)
	if own, far := c.n.Loopback, e.Peer.Node.Loopback; own.IsValid() && far.IsValid() {
		c.clear(e, own, far, netip.PrefixFrom(far, far.BitLen()), c.interfaces(), false)
	}
	c.prefix(e)
	if t.Managed && e.Initiator {
		c.add("rekey", object, plan.ScopeTunnel, "the child SA can be rekeyed", map[string]string{"connection": c.connection(e), "child": c.child(e)}).Asked = true
	}
}

// both adds a check of a tunnel; of one that somebody else runs it is a condition as well (DESIGN, managed).
func (c *checking) both(t *ir.Tunnel, name, what string, args map[string]string) {
	object := tunnelObject(t)
	if !t.Managed {
		c.add(name, object, plan.ScopeTunnel, what+", which somebody else sees to", args).Before = true
	}
	c.add(name, object, plan.ScopeTunnel, what, args)
}

// interfaces lists the interfaces of all tunnels of the node: a loopback VTEP is reached by any.
func (c *checking) interfaces() string {
	var out []string
	for _, e := range c.n.Ends {
		out = append(out, e.Interface)
	}
	return strings.Join(out, ",")
}

// connection is what charon calls the peer.
func (c *checking) connection(e *ir.End) string { return c.rel.IPsec.ConnectionOf(peerName(c.rel, e)) }

// child is what charon calls the peer's child SA.
func (c *checking) child(e *ir.End) string { return c.rel.IPsec.ChildOf(peerName(c.rel, e)) }

func (c *checking) sa(e *ir.End) {
	t := e.Tunnel
	args := map[string]string{
		"connection": c.connection(e), "local": e.Local.String(), "remote": e.Remote.String(), "encap": fmt.Sprint(t.NATT.Encap),
	}
	what := "one child SA"
	if c.negotiates(tunnelObject(t)) {
		args["fresh"] = "true"
		what += ", younger than the commit"
	}
	c.add("sa", tunnelObject(t), plan.ScopeTunnel, what, args)
}

// clear sees to the mechanism that keeps packets from leaving in clear: with the SA up, that none does proves
// nothing (N32).
func (c *checking) clear(e *ir.End, from, far netip.Addr, prefix netip.Prefix, interfaces string, named bool) {
	args := map[string]string{"from": from.String(), "to": far.String(), "interface": interfaces, "prefix": prefix.String()}
	what := fmt.Sprintf("packets for %s leave by %s, and behind that only by a blackhole", far, interfaces)
	if c.rel.Has(release.OutputFilter) {
		args["rule"] = "true"
		if named {
			args["rule"] = "!" + e.Interface
		}
		what += "; a rule drops VXLAN that leaves by anything else"
	}
	c.add("clear-text", tunnelObject(e.Tunnel), plan.ScopeTunnel, what, args)
}

// prefix looks for routes that would take hosts of a stretched subnet elsewhere (N33).
func (c *checking) prefix(e *ir.End) {
	if len(e.Stretched) == 0 {
		return
	}
	var subnets, hosts []string
	for _, p := range e.Stretched {
		subnets = append(subnets, p.String())
	}
	for _, p := range e.Hosts {
		hosts = append(hosts, p.String())
	}
	args := map[string]string{
		"subnets": strings.Join(subnets, ","), "neighbor": e.Peer.Address.Addr().String(), "family": protocol(e.Address.Addr()),
		"allowed": strings.Join(hosts, ","),
	}
	if e.Tunnel.Managed {
		args["filtered"] = "true"
	}
	c.add("prefix", tunnelObject(e.Tunnel), plan.ScopeTunnel, "no route leads into "+strings.Join(subnets, ", ")+" but the connected one", args)
}

// attachment adds what is to be seen of a node's part in a stretch.
func (c *checking) attachment(a *ir.Attachment) {
	s := a.Stretch
	object := stretchObject(s)
	port := map[string]string{"bridge": a.Bridge(), "port": a.Port(), "vxlan": a.VXLAN()}
	if a.Address.IsValid() {
		port["from"] = a.Address.Addr().String()
	}
	with := func(more ...string) map[string]string {
		args := make(map[string]string, len(port)+len(more)/2)
		for k, v := range port {
			args[k] = v
		}
		for i := 0; i < len(more); i += 2 {
			args[more[i]] = more[i+1]
		}
		return args
	}
	if a.Address.IsValid() {
		d := c.add("duplicate", object, plan.ScopeAttachment, fmt.Sprintf("nobody else has %s in the segment of %s", a.Address.Addr(), a.Port()), with("address", a.Address.Addr().String()))
		d.Before, d.Code = true, "E0916"
	}
	l := c.add("loop", object, plan.ScopeEndToEnd, "the segment of "+a.Port()+" is not joined with the far one already", with("addresses", strings.Join(c.known(a), ","), "macs", strings.Join(macs(a), ",")))
	l.Before, l.Code = true, "E0915"
	if a.Paused {
		return
	}
	c.add("hosts", object, plan.ScopeAttachment, "a host is seen on "+a.Port(), with("node", c.n.Name))
	if a.DefaultGateway.IsValid() {
		what, more := fmt.Sprintf("the default gateway %s answers by %s", a.DefaultGateway, a.Port()), []string{"address", a.DefaultGateway.String()}
		if slices.ContainsFunc(a.Stretch.Attaches, func(o *ir.Attachment) bool { return o != a && o.DefaultGateway == a.DefaultGateway }) {
			what, more = fmt.Sprintf("the default gateway %s answers", a.DefaultGateway), append(more, "shared", "yes")
		}
		c.add("gateway", object, plan.ScopeAttachment, what, with(more...))
	}
	for _, r := range a.Remotes {
		if !r.Peer.Paused {
			c.endToEnd(a, r, with)
		}
	}
	c.add("loop", object, plan.ScopeEndToEnd, "no MAC address of the stretch's gateways comes in by "+a.Port(), with("own", a.MAC, "macs", strings.Join(macs(a), ",")))
}

// endToEnd adds what is to be seen of one far site.
func (c *checking) endToEnd(a *ir.Attachment, r ir.Remote, with func(...string) map[string]string) {
	s := a.Stretch
	object := stretchObject(s)
	far := r.Peer.Node.Name
	if r.Peer.Address.IsValid() && a.Address.IsValid() {
		to := r.Peer.Address.Addr().String()
		c.add("end-to-end", object, plan.ScopeEndToEnd, "the bridge of "+far+" answers by "+a.VXLAN(), with("address", to, "mac", strings.ToLower(r.Peer.MAC)))
		size := min(a.HostMTU, r.Peer.HostMTU)
		args := with("address", to, "size", itoa(size), "fits", itoa(c.carried(a)))
		if c.rel.Has(release.TunnelICMP) {
			args["icmp"] = "true"
		}
		c.add("fragments", object, plan.ScopeEndToEnd, fmt.Sprintf("a packet of %d octets without DF, as hosts send it, arrives at the bridge of %s", size, far), args)
	}
	for _, host := range r.Peer.Probe {
		c.add("probe", object, plan.ScopeEndToEnd, fmt.Sprintf("host %s of site %s answers by %s", host, r.Peer.Node.Site.Name, a.VXLAN()), with("address", host.String()))
	}
}

// known are the addresses of a stretch that somebody should answer for: an answer on both sites by one MAC
// address tells that they are joined.
func (c *checking) known(a *ir.Attachment) []string {
	var out []netip.Addr
	for _, b := range append([]*ir.Attachment{a}, a.Stretch.Attaches...) {
		if b.DefaultGateway.IsValid() {
			out = append(out, b.DefaultGateway)
		}
		out = append(out, b.Probe...)
		if b != a && b.Address.IsValid() {
			out = append(out, b.Address.Addr())
		}
	}
	slices.SortFunc(out, netip.Addr.Compare)
	var words []string
	for _, addr := range slices.Compact(out) {
		if addr != a.Address.Addr() {
			words = append(words, addr.String())
		}
	}
	return words
}

// macs are the MAC addresses of the stretch's other bridges.
func macs(a *ir.Attachment) []string {
	var out []string
	for _, b := range a.Stretch.Attaches {
		if b != a && b.MAC != "" {
			out = append(out, strings.ToLower(b.MAC))
		}
	}
	slices.Sort(out)
	return out
}

// negotiates reports whether the plan ends the SAs of a tunnel or makes its peer, so that an SA from before the
// commit would be one that proves nothing (N12, N13).
func (c *checking) negotiates(object string) bool {
	if c.plan != nil && slices.ContainsFunc(c.plan.Operations, func(o plan.Operation) bool { return o.Object == object }) {
		return true
	}
	return c.changes(func(st plan.Step) bool {
		return slices.Contains(st.Impact, plan.RestartsIPsec) || st.Object == object && in(st.Path, "vpn", "ipsec") && st.Path[len(st.Path)-1] != "description"
	})
}

// resets reports whether the plan makes the BGP session of a tunnel start anew.
func (c *checking) resets(object string) bool {
	return c.changes(func(st plan.Step) bool {
		return slices.Contains(st.Impact, plan.ResetsBGP) && (st.Object == object || !strings.HasPrefix(st.Object, "tunnel ")) ||
			st.Object == object && st.Op == plan.Set && in(st.Path, "protocols", "bgp") && st.Path[len(st.Path)-1] == "remote-as"
	})
}

func (c *checking) changes(ok func(plan.Step) bool) bool {
	return c.plan != nil && slices.ContainsFunc(c.plan.Steps(), ok)
}

// carried is the largest packet of a host that every tunnel of an attachment carries whole, in octets.
func (c *checking) carried(a *ir.Attachment) int {
	fits := a.HostMTU
	for _, r := range a.Remotes {
		if r.End != nil {
			fits = min(fits, packet.VXLAN{OuterIPv6: r.VTEP.Is6()}.HostMTU(r.End.Tunnel.MTU))
		}
	}
	return fits
}
