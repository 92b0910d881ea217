package vyos

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/vyos/config"
	"github.com/l2stretch/l2stretch/vyos/release"
)

// checkBox finds what the running configuration contradicts: VyOS itself accepts much of it, or answers with
// a traceback.
func (d *differ) checkBox() {
	if len(d.want.Claims) == 0 {
		return
	}
	d.checkNIC(d.n.Uplink.Interface, d.n.Ranges.Uplink)
	if i := d.n.Inside; i != nil {
		d.checkNIC(i.Interface, d.n.Ranges.Inside)
	}
	foreign := d.foreignInterfaces()
	for _, a := range d.n.Attaches {
		d.checkNIC(a.Interface, a.Ranges.Interface)
		d.checkPort(a, foreign)
		d.checkVNI(a, foreign["vxlan"])
	}
	for _, e := range d.n.Ends {
		if e.Tunnel.Managed {
			d.checkPeer(e)
		}
	}
	d.checkAS()
	d.checkValidation()
	d.checkFrames()
	d.checkSSH()
	d.checkWays()
	d.checkFirewall()
	d.checkNAT()
}

// checkNIC looks for a NIC, or the NIC of a VLAN.
func (d *differ) checkNIC(name string, at hcl.Range) {
	nic, _, _ := strings.Cut(name, ".")
	path := nicPath(nic)
	n, ok := d.have.Tree.Find(path...)
	if !ok {
		if listed, ok := d.have.Tree.Find("interfaces", "ethernet"); !ok || listed.Empty() {
			d.reportOnce("W0705", at, "The running configuration of gateway %s lists no NICs. Whether it has %s cannot be told.", d.n.Name, nic)
			return
		}
		d.reportOnce("E0706", at, "Gateway %s has these interfaces: %s. The specification names %s. Plug it in, or correct interface.", d.n.Name, strings.Join(d.nics(), ", "), nic)
		return
	}
	if _, ok := n.Child("disable"); ok {
		d.reportOnce("E0707", at, "Gateway %s has:\n%sThe specification uses the interface. Enable it first:\n  delete %s disable", d.n.Name, line(join(path, "disable")...), strings.Join(path, " "))
	}
}

// reportOnce reports a problem unless the same was reported before: several stretches may share a NIC.
func (d *differ) reportOnce(code ir.Code, at hcl.Range, format string, args ...any) {
	one := ir.Diagnose(code, at, format, args...)
	if !slices.ContainsFunc(d.diags, func(o *hcl.Diagnostic) bool { return o.Extra == one.Extra && o.Detail == one.Detail }) {
		d.diags = append(d.diags, one)
	}
}

func (d *differ) nics() []string {
	var out []string
	for _, kind := range nicKinds {
		for n := range d.before.instances("interfaces", kind) {
			out = append(out, n.Name())
		}
	}
	slices.SortFunc(out, d.have.Order().Compare)
	return out
}

// checkPort looks at what a future bridge port has now. Our own part in it counts for nothing.
func (d *differ) checkPort(a *ir.Attachment, foreign map[string][]config.Node) {
	path := nicPath(a.Port())
	if n, ok := d.have.Tree.Find(join(path, "address")...); ok && !n.Empty() && !d.before.has(path) {
		how := "Remove it first:\n  delete " + strings.Join(path, " ") + " address"
		if at := d.access(); at.addr.IsValid() && holds(n.Parent(), at.addr) {
			how = "It is how the gateway is managed: give it another address on another interface, put that into its block ssh, and see that you reach it there before you remove this one."
		}
		d.report("E0708", a.Ranges.Interface, "Gateway %s has:\n%sThe specification puts the interface into bridge %s (stretch %s), where it cannot have addresses. The gateway's address in the subnet, %s, goes onto the bridge. %s",
			d.n.Name, d.lines(n), a.Bridge(), a.Stretch.Name, a.Address, how)
	}
	for _, n := range foreign["bridge"] {
		if m, ok := n.Find("member", "interface", a.Port()); ok && !d.adopts(n.Path()) {
			d.report("E0709", a.Ranges.Interface, "Gateway %s has:\n%sThe specification puts the interface into bridge %s (stretch %s). Somebody else, perhaps a controller, joins this segment already; two bridges between the same segments are a loop. Remove that one, or use another interface.",
				d.n.Name, d.lines(m), a.Bridge(), a.Stretch.Name)
		}
	}
	if n, ok := d.have.Tree.Find(join(path, "bridge-group", "bridge")...); ok && !d.before.has(join(path, "bridge-group")) && !d.before.has(path) {
		d.report("E0709", a.Ranges.Interface, "Gateway %s has:\n%sThe specification puts the interface into bridge %s (stretch %s). Remove it from the other bridge, or use another interface.",
			d.n.Name, d.lines(n), a.Bridge(), a.Stretch.Name)
	}
	for _, n := range foreign["bonding"] {
		if m, ok := n.Find("member", "interface", a.Interface); ok {
			d.report("E0709", a.Ranges.Interface, "Gateway %s has:\n%sA member of a bond cannot be a bridge port. Attach the bond (%s) instead.", d.n.Name, d.lines(m), n.Name())
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(foreign)) {
		for _, n := range foreign[kind] {
			if v, _ := n.Value("source-interface"); v == a.Port() {
				d.report("E0709", a.Ranges.Interface, "Gateway %s has:\n%sAn interface that others are built on cannot be a bridge port. Use another interface for stretch %s.",
					d.n.Name, line(append(n.Path(), "source-interface", v)...), a.Stretch.Name)
			}
		}
	}
}

// foreignInterfaces are the box's interfaces that are not ours, by kind. They are few, however many ours are.
func (d *differ) foreignInterfaces() map[string][]config.Node {
	out := make(map[string][]config.Node)
	for kind := range d.before.instances("interfaces") {
		for n := range kind.Children() {
			if !d.before.owns(n) {
				out[kind.Name()] = append(out[kind.Name()], n)
			}
		}
	}
	return out
}

func (d *differ) checkVNI(a *ir.Attachment, foreign []config.Node) {
	for _, n := range foreign {
		if n.Name() == a.VXLAN() {
			continue
		}
		vni, _ := n.Value("vni")
		if number, err := strconv.Atoi(vni); err == nil && number == int(a.Stretch.VNI) {
			d.report("E0710", a.Stretch.Ranges.VNI, "Gateway %s has:\n%sThe specification wants:\n%sTwo VXLAN interfaces with one VNI end in a traceback. Use another VNI on all sites, or remove that interface.",
				d.n.Name, line("interfaces", "vxlan", n.Name(), "vni", vni), line("interfaces", "vxlan", a.VXLAN(), "vni", vni))
		}
	}
}

// checkPeer looks for another peer with the same far end. Where a peer is its address, that is a conflict of
// paths.
func (d *differ) checkPeer(e *ir.End) {
	if !d.rel.Has(release.PeerNames) {
		return
	}
	for n := range d.before.instances("vpn", "ipsec", "site-to-site", "peer") {
		remote, _ := n.Value("remote-address")
		if remote != e.Remote.String() || d.before.owns(n) || d.replaces(n) {
			continue
		}
		d.report("E0711", e.Tunnel.Origin, "Gateway %s has:\n%sThe specification wants a peer for the same address (tunnel %s). Two connections between the same addresses take each other's SAs. Remove the other one, or use another uplink address.",
			d.n.Name, d.lines(n), e.Tunnel.Name)
	}
}

// replaces reports whether a node is claimed, so that what is there is replaced or reported as a conflict.
func (d *differ) replaces(n config.Node) bool {
	n, ok := n.Twin(d.want.Tree)
	_, claimed := d.index[n]
	return ok && claimed
}

// checkAS looks for another BGP process where the number is a part of the path.
func (d *differ) checkAS() {
	if d.rel.Has(release.SystemAS) || !d.claims("protocols", "bgp") {
		return
	}
	for _, root := range d.before.bgpRoots() {
		n, ok := d.target.Find(root...)
		if number := root[2]; ok && number != itoa(int(d.n.ASN)) && !n.Empty() {
			d.report("E0704", d.n.Ranges.ASN, "Gateway %s runs BGP as AS %s:\n%sThe specification says %d. A router has one number. Write asn = %s, or remove BGP from the gateway.",
				d.n.Name, number, d.lines(n), d.n.ASN, number)
		}
	}
}

// checkValidation refuses strict source validation where a VTI cannot have another (N9).
func (d *differ) checkValidation() {
	if d.rel.Has(release.VTISourceValidation) || len(d.n.Attaches) == 0 {
		return
	}
	path := []string{"firewall", "source-validation"}
	n, ok := d.have.Tree.Find(path[:1]...)
	if !ok {
		return
	}
	if v, _ := n.Value(path[1]); v == "strict" {
		d.report("E0715", d.n.Ranges.Release, "Gateway %s has:\n%sHosts that moved answer by another way than they were asked, and the kernel takes the stricter of this and the interface's own setting, which VyOS %s has none of for a VTI. Type on the gateway:\n%s",
			d.n.Name, line(append(path, "strict")...), d.rel.Name, line(append(path, "loose")...))
	}
}

// checkFrames refuses a firewall of bridged frames that drops ARP (N18).
func (d *differ) checkFrames() {
	path := []string{"firewall", "bridge", "forward", "filter"}
	n, ok := d.have.Tree.Find(path...)
	if !ok || len(d.n.Attaches) == 0 {
		return
	}
	if v, _ := n.Value("default-action"); v == "drop" {
		d.report("E0716", d.n.Attaches[0].Origin, "Gateway %s has:\n%sEvery frame of the stretch that no rule accepts is dropped, ARP included. Type on the gateway:\n%sor add rules that accept the stretch's frames and remove the default action.",
			d.n.Name, line(append(path, "default-action", "drop")...), line(append(path, "default-action", "accept")...))
	}
}

// checkSSH warns when the gateway can be logged in to from the stretched subnet (N23).
func (d *differ) checkSSH() {
	n, ok := d.have.Tree.Find("service", "ssh")
	if !ok || len(d.n.Attaches) == 0 || len(n.Values("listen-address")) > 0 {
		return
	}
	host := "ADDRESS" // what the gateway is called elsewhere is none that its server could listen on
	if a := d.access(); a.addr.IsValid() {
		host = a.addr.String()
	}
	d.report("W0708", d.n.Attaches[0].Origin, "Gateway %s has an address in each stretched subnet, and its SSH server listens on all addresses. Limit it:\n%s",
		d.n.Name, line("service", "ssh", "listen-address", host))
}
