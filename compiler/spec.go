package compiler

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/schema"
)

// Spec is the way back from the model to the language: compiling the result gives the model again. What
// equals the default is left out. Values that the model does not know for sure become drafts (ir.Gap), which
// schema.Write marks; the File itself holds the model's value, so that it compiles as it is.
func Spec(f *ir.Fabric) *schema.File {
	w := &specification{
		fabric:   f,
		file:     &schema.File{Header: schema.Header{Name: given(f.Name)}},
		gaps:     make(map[[2]string]*schema.Draft, len(f.Gaps)),
		secrets:  make(map[string]*schema.Secret),
		gateways: make(map[*ir.Node]*schema.Gateway),
		tunnels:  make(map[*ir.Tunnel]*schema.Tunnel),
	}
	for _, g := range f.Gaps {
		w.gaps[[2]string{g.Object, g.Attribute}] = &schema.Draft{Text: g.Text, Why: g.Why}
	}
	for _, s := range f.Secrets {
		w.secret(s)
	}
	for _, s := range f.Sites {
		w.site(s)
	}
	for _, t := range f.Tunnels {
		w.tunnel(t)
	}
	for _, s := range f.Stretches {
		w.stretch(s)
	}
	return w.file
}

type specification struct {
	fabric   *ir.Fabric
	file     *schema.File
	gaps     map[[2]string]*schema.Draft // by object and attribute
	secrets  map[string]*schema.Secret
	gateways map[*ir.Node]*schema.Gateway
	tunnels  map[*ir.Tunnel]*schema.Tunnel
}

// given is a value that stands in the specification.
func given[T any](v T) schema.Value[T] { return schema.Value[T]{V: v, Set: true} }

// unless is a value that stands in the specification when it is not the default.
func unless[T comparable](v, def T) schema.Value[T] {
	if v == def {
		return schema.Value[T]{}
	}
	return given(v)
}

// open is the value with the draft that stands for it, if it is not known for sure.
func open[T any](w *specification, object, attribute string, v schema.Value[T]) schema.Value[T] {
	v.Draft = w.gaps[[2]string{object, attribute}]
	return v
}

func valid(a netip.Addr) schema.Value[netip.Addr] { return unless(a, netip.Addr{}) }

func instance(name string) schema.Instance {
	label, key, _ := strings.Cut(name, ".")
	return schema.Instance{Label: label, Key: key}
}

func (w *specification) secret(s ir.SecretSource) {
	out := &schema.Secret{Label: s.Name, Env: unless(s.Env, ""), File: unless(s.File, "")}
	if len(s.Command) > 0 {
		out.Command = given(slices.Clone(s.Command))
	}
	w.secrets[s.Name] = out
	w.file.Secrets = append(w.file.Secrets, out)
}

func (w *specification) reference(s ir.Secret) schema.Value[*schema.Secret] {
	if s.Name == "" {
		return schema.Value[*schema.Secret]{}
	}
	return given(w.secrets[s.Name])
}

func (w *specification) site(s *ir.Site) {
	out := &schema.Site{Instance: instance(s.Name)}
	for _, p := range s.Networks {
		out.Networks = append(out.Networks, given(p))
	}
	if n := s.Nutanix; n != nil {
		out.Nutanix = &schema.Nutanix{PCVM: valid(n.PCVM)}
	}
	for _, r := range s.ExternalRoutes {
		out.ExternalRoutes = append(out.ExternalRoutes, schema.ExternalRoute{Device: given(r.Device), Prefix: given(r.Prefix), NextHop: given(r.NextHop)})
	}
	for _, n := range s.Nodes {
		g := w.gateway(n)
		g.Site = out
		w.gateways[n] = g
		out.Gateways = append(out.Gateways, g)
	}
	w.file.Sites = append(w.file.Sites, out)
}

func (w *specification) gateway(n *ir.Node) *schema.Gateway {
	object := "gateway " + n.Name
	g := &schema.Gateway{
		Label: n.Label, Platform: unless(string(n.Platform), string(ir.VyOS)), ApplyOrder: unless(n.ApplyOrder, 0),
		Appliance: unless(n.Appliance, ""),
	}
	if n.Platform == ir.VyOS {
		g.Release = open(w, object, "release", given(n.Release))
	}
	u := n.Uplink
	g.Uplink = &schema.Uplink{
		Interface:     open(w, object, "uplink.interface", given(u.Interface)),
		Address:       open(w, object, "uplink.address", given(u.Address)),
		MTU:           unless(u.MTU, defaultMTU),
		PublicAddress: valid(u.Public),
		NextHop:       valid(u.NextHop),
	}
	if i := n.Inside; i != nil {
		g.Inside = &schema.Inside{
			Interface: given(i.Interface), Address: given(i.Address), NextHop: valid(i.NextHop),
		}
	}
	if n.ASN != 0 || n.RouterID.IsValid() {
		g.BGP = &schema.GatewayBGP{ASN: open(w, object, "bgp.asn", given(int(n.ASN)))}
		if n.ASN == 0 && g.BGP.ASN.Draft == nil {
			g.BGP.ASN = schema.Value[int]{} // a gateway that speaks no BGP of ours may have an identifier all the same
		}
		if n.RouterID != n.Outer() {
			g.BGP.RouterID = open(w, object, "bgp.router_id", valid(n.RouterID))
		}
	}
	g.SSH = w.ssh(n.SSH)
	return g
}

func (w *specification) ssh(s ir.SSH) *schema.SSH {
	if s.Host == "" {
		return nil
	}
	out := &schema.SSH{
		Host: given(s.Host), Port: unless(s.Port, 0), User: unless(s.User, "vyos"), IdentityFile: unless(s.IdentityFile, ""),
		Password: w.reference(s.Password), KnownHosts: unless(s.KnownHosts, ""), Jump: unless(s.Jump, ""), InBand: unless(s.InBand, false),
	}
	for _, k := range s.HostKeys {
		out.HostKeys = append(out.HostKeys, given(k))
	}
	return out
}

func (w *specification) tunnel(t *ir.Tunnel) {
	out := &schema.Tunnel{
		Instance: instance(t.Name), Index: unless(t.Index, defaultTunnelIndex), PSK: w.reference(t.PSK), Managed: unless(t.Managed, true),
		BackupPath: unless(t.BackupPath, false), NATTraversal: unless(traversal(t), "auto"),
	}
	if t.Static {
		out.Keying = given("static")
	}
	ends := t.Ends
	natted := ends[0].Node.Uplink.Public.IsValid() || ends[1].Node.Uplink.Public.IsValid()
	if ends[1].Initiator && !natted {
		ends[0], ends[1] = ends[1], ends[0] // the first initiates
	}
	for _, e := range ends {
		object := "tunnel " + t.Name
		end := &schema.End{Gateway: given(w.gateways[e.Node]), Address: given(e.Address)}
		if !t.Managed {
			end.Interface = open(w, object, "end."+e.Node.Name+".interface", given(e.Interface))
		}
		out.Ends = append(out.Ends, end)
	}
	if t.Managed {
		w.security(t, out)
		w.session(t, out)
	}
	w.tunnels[t] = out
	w.file.Tunnels = append(w.file.Tunnels, out)
}

// traversal is nat_traversal of a tunnel.
func traversal(t *ir.Tunnel) string {
	a, b := t.Ends[0], t.Ends[1]
	switch {
	case t.NATT.Forced:
		return "force"
	case a.Node.Uplink.Public.IsValid() || b.Node.Uplink.Public.IsValid():
		return "auto"
	case !t.NATT.Encap && private(a.Node.Uplink.Address.Addr()) != private(b.Node.Uplink.Address.Addr()):
		return "off"
	}
	return "auto"
}

// security writes proposals and times.
func (w *specification) security(t *ir.Tunnel, out *schema.Tunnel) {
	if ike := proposalTexts(t.IKE.Proposals); differs(ike, defaultIKE) || other(t.IKE.Lifetime, defaultIKELifetime) {
		out.IKE = &schema.IKE{Proposals: orText(ike, defaultIKE), Lifetime: unlessZero(t.IKE.Lifetime, defaultIKELifetime)}
	}
	if esp := proposalTexts(t.ESP.Proposals); differs(esp, defaultESP) || other(t.ESP.Lifetime, defaultESPLifetime) {
		out.ESP = &schema.ESP{Proposals: orText(esp, defaultESP), Lifetime: unlessZero(t.ESP.Lifetime, defaultESPLifetime)}
	}
	d := t.DPD
	if other(d.Interval, defaultDPDInterval) || d.Timeout != 0 || d.Action != "" && d.Action != "restart" {
		out.DPD = &schema.DPD{
			Interval: unlessZero(d.Interval, defaultDPDInterval), Timeout: unless(d.Timeout, 0), Action: unless(cmp.Or(d.Action, "restart"), "restart"),
		}
	}
}

// session writes the timers of BGP.
func (w *specification) session(t *ir.Tunnel, out *schema.Tunnel) {
	b := t.BGP
	if other(b.Keepalive, defaultKeepalive) || other(b.Hold, defaultHold) || b.BFD || b.Password.Name != "" {
		out.BGP = &schema.TunnelBGP{
			Keepalive: unlessZero(b.Keepalive, defaultKeepalive), Hold: unlessZero(b.Hold, defaultHold), BFD: unless(b.BFD, false), Password: w.reference(b.Password),
		}
	}
}

// other reports whether a time is set, and not to the default.
func other(d, def time.Duration) bool { return d != 0 && d != def }

func unlessZero(d, def time.Duration) schema.Value[time.Duration] { return unless(cmp.Or(d, def), def) }

func differs(texts []string, def string) bool {
	return len(texts) > 0 && !slices.Equal(texts, []string{def})
}

func orText(texts []string, def string) []schema.Value[string] {
	if len(texts) == 0 {
		texts = []string{def}
	}
	out := make([]schema.Value[string], len(texts))
	for i, t := range texts {
		out[i] = given(t)
	}
	return out
}

// proposalTexts writes proposals as the language has them: encryption[-hash][-prf][-dhN].
func proposalTexts(all []ir.Proposal) []string {
	var out []string
	for _, p := range all {
		s := p.Encryption
		if p.Hash != "" {
			s += "-" + p.Hash
		}
		if p.PRF != "" {
			s += "-" + p.PRF
		}
		if p.DHGroup != 0 {
			s += "-dh" + strconv.Itoa(p.DHGroup)
		}
		out = append(out, s)
	}
	return out
}

func (w *specification) stretch(s *ir.Stretch) {
	object := "stretch " + s.Name
	out := &schema.Stretch{
		Instance: instance(s.Name), Subnet: open(w, object, "subnet", given(s.Subnet)), VNI: given(int(s.VNI)), Index: unless(s.Index, int(s.VNI)),
		HostMTU: unless(s.HostMTU, defaultHostMTU), PreserveAddresses: unless(s.Preserve, true), Paused: unless(s.Paused, false),
		VTEP: unless(string(s.VTEP), string(ir.VTEPVTI)), GatewayMAC: unless(s.GatewayMAC, ""), MACAging: unless(s.MACAging, defaultMACAging),
		RouteFromStretch: unless(s.RouteFromStretch, false),
	}
	if s.FirstHopLocal {
		out.FirstHop = given("local")
	}
	for _, b := range []struct {
		set  bool
		name string
	}{{s.BlockDHCP, "dhcp"}, {s.BlockRA, "ra"}} {
		if b.set {
			out.Block = append(out.Block, given(b.name))
		}
	}
	for _, t := range s.Tunnels {
		out.Tunnels = append(out.Tunnels, given(w.tunnels[t]))
	}
	for _, a := range s.Attaches {
		out.Attaches = append(out.Attaches, w.attach(s, a))
	}
	w.file.Stretches = append(w.file.Stretches, out)
}

func (w *specification) attach(s *ir.Stretch, a *ir.Attachment) *schema.Attach {
	object := "attach " + s.Name + " " + a.Node.Name
	out := &schema.Attach{
		Gateway: given(w.gateways[a.Node]), Interface: open(w, object, "interface", given(a.Interface)), VLAN: unless(a.VLAN, 0), Tagged: unless(a.Tagged, false),
		Address:        open(w, object, "address", valid(a.Address.Addr())),
		DefaultGateway: valid(a.DefaultGateway), MAC: unless(a.MAC, ""), HostMTU: unless(a.HostMTU, s.HostMTU), Hypervisor: unless(a.Hypervisor, ""),
		DHCPServer: unless(a.DHCPServer, false), Standby: unless(a.Standby, false),
	}
	if a.MAC == bridgeMAC(w.fabric.Name, a.Node.Name) {
		out.MAC = schema.Value[string]{}
	}
	for _, p := range a.Probe {
		out.Probe = append(out.Probe, given(p))
	}
	return out
}
