package packet

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func esp(t *testing.T, encryption, hash string) Transform {
	t.Helper()
	tr, ok := ESPOf(encryption, hash)
	if !ok {
		t.Fatalf("no transform for %q and %q", encryption, hash)
	}
	return tr
}

// TestPublishedWalk follows 1266 octets of data as they grow: 1320 as a frame, 1356 between the VTEPs,
// 1424 on the wire.
func TestPublishedWalk(t *testing.T) {
	frame := 1266 + TCP + IPv4 + Ethernet
	if frame != 1320 {
		t.Errorf("frame of %d, want 1320", frame)
	}
	packet := VXLAN{}.Packet(frame)
	if packet != 1356 {
		t.Errorf("packet of %d, want 1356", packet)
	}
	e := Encapsulation{Transform: esp(t, "aes128", "sha1"), NATT: true}
	if got := e.Wire(packet); got != 1424 {
		t.Errorf("%d on the wire, want 1424", got)
	}
	want := []Part{
		{"outer IPv4", 20, "RFC 791, section 3.1"},
		{"UDP 4500", 8, "RFC 3948, section 2.1"},
		{"ESP SPI and sequence number", 8, "RFC 4303, sections 2.1 and 2.2"},
		{"ESP IV", 16, "RFC 3602, section 3"},
		{"packet", 1356, ""},
		{"ESP padding", 2, "RFC 4303, section 2.4"},
		{"ESP pad length and next header", 2, "RFC 4303, sections 2.5 and 2.6"},
		{"ESP ICV", 12, "RFC 2404, section 2"},
	}
	if d := cmp.Diff(want, e.Parts(packet)); d != "" {
		t.Errorf("parts (-want +got)\n%s", d)
	}
	// The published figure counts header, IV, padding, trailer and ICV as one: ESP 40.
	if got := Sum(want) - IPv4 - UDP - packet; got != 40 {
		t.Errorf("ESP adds %d, want 40", got)
	}
}

// TestTunnelMTU is the table of the rule for MTUs.
func TestTunnelMTU(t *testing.T) {
	for _, tt := range []struct {
		name             string
		encryption, hash string
		natt             bool
		mtu, host, mss   int
		full             int // path MTU for hosts at 1500
	}{
		{"VTI MTU 1446", "aes256gcm128", "", false, 1446, 1396, 1356, 1604},
		{"VTI MTU 1446, ChaCha20", "chacha20poly1305", "", false, 1446, 1396, 1356, 1604},
		{"VTI MTU 1438, GCM with NAT-T", "aes256gcm128", "", true, 1438, 1388, 1348, 1612},
		{"VTI MTU 1438, CBC with SHA1", "aes128", "sha1", false, 1438, 1388, 1348, 1608},
		{"VTI MTU 1438, CBC with SHA256", "aes256", "sha256", false, 1438, 1388, 1348, 1612},
		{"VTI MTU 1422, CBC with SHA1 and NAT-T", "aes128", "sha1", true, 1422, 1372, 1332, 1616},
		{"VTI MTU 1422, CBC with SHA256 and NAT-T", "aes256", "sha256", true, 1422, 1372, 1332, 1620},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := Encapsulation{Transform: esp(t, tt.encryption, tt.hash), NATT: tt.natt}
			v := VXLAN{}
			if got := e.MaxPacket(1500); got != tt.mtu {
				t.Errorf("MaxPacket(1500) = %d, want %d", got, tt.mtu)
			}
			if got := v.HostMTU(tt.mtu); got != tt.host {
				t.Errorf("HostMTU(%d) = %d, want %d", tt.mtu, got, tt.host)
			}
			if got := MSS(tt.host, false); got != tt.mss {
				t.Errorf("MSS(%d) = %d, want %d", tt.host, got, tt.mss)
			}
			if got := e.PathFor(v.Overhead() + 1500); got != tt.full {
				t.Errorf("path for hosts at 1500 is %d, want %d", got, tt.full)
			}
		})
	}
}

func TestMaxPacket(t *testing.T) {
	gcm := Encapsulation{Transform: esp(t, "aes256gcm128", "")}
	for _, tt := range []struct {
		name string
		path int // octets
		want int
	}{
		{"Ethernet path", 1500, 1446},
		{"path smaller than the headers", 40, 0},
		{"path of the headers alone", 52, 0},
		{"path with room for a trailer and two octets", 56, 2},
		{"no path", 0, 0},
		{"negative path", -1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := gcm.MaxPacket(tt.path); got != tt.want {
				t.Errorf("MaxPacket(%d) = %d, want %d", tt.path, got, tt.want)
			}
			if got := Sum(gcm.MaxParts(tt.path)); got != tt.want {
				t.Errorf("MaxParts(%d) add up to %d, want %d", tt.path, got, tt.want)
			}
		})
	}
}

// TestMaxPacketIsTheLargest holds for every transform: the packet fits, one octet more does not.
func TestMaxPacketIsTheLargest(t *testing.T) {
	type sizes struct{ iv, align, icv int }
	seen := make(map[sizes]bool) // names do not matter here
	for _, c := range Ciphers() {
		for _, h := range append(Hashes(), "") {
			tr, ok := ESPOf(c, h)
			if s := (sizes{tr.IV, tr.Align, tr.ICV}); !ok || seen[s] {
				continue
			} else {
				seen[s] = true
			}
			for _, e := range []Encapsulation{{tr, false, false}, {tr, true, false}, {tr, false, true}, {tr, true, true}} {
				for path := 200; path <= 9200; path += 7 {
					n := e.MaxPacket(path)
					if n <= 0 || e.Wire(n) > path || e.Wire(n+1) <= path {
						t.Fatalf("%+v: MaxPacket(%d) = %d, %d on the wire, %d for one more", e, path, n, e.Wire(n), e.Wire(n+1))
					}
					if got := Sum(e.MaxParts(path)); got != n {
						t.Fatalf("%+v: MaxParts(%d) add up to %d, want %d", e, path, got, n)
					}
					if p := e.PathFor(n); p > path || e.MaxPacket(p) != n || e.MaxPacket(p-1) >= n {
						t.Fatalf("%+v: PathFor(%d) = %d", e, n, p)
					}
				}
			}
		}
	}
}

func TestESPOf(t *testing.T) {
	for _, tt := range []struct {
		encryption, hash string
		iv, align, icv   int
	}{
		{"aes256", "sha1", 16, 16, 12},
		{"aes128", "sha256", 16, 16, 16},
		{"aes192", "sha384", 16, 16, 24},
		{"aes256", "sha512", 16, 16, 32},
		{"aes256", "md5", 16, 16, 12},
		{"aes256", "md5_128", 16, 16, 16},
		{"aes256", "sha1_160", 16, 16, 20},
		{"aes256", "sha256_96", 16, 16, 12},
		{"aes256", "aesxcbc", 16, 16, 12},
		{"aes256", "aescmac", 16, 16, 12},
		{"aes128ctr", "sha256", 8, 4, 16},
		{"aes128ccm64", "", 8, 4, 8},
		{"aes192ccm96", "", 8, 4, 12},
		{"aes256ccm128", "sha1", 8, 4, 16},
		{"aes128gcm64", "", 8, 4, 8},
		{"aes192gcm96", "", 8, 4, 12},
		{"aes256gcm128", "sha256", 8, 4, 16},
		{"aes256gmac", "", 8, 4, 16},
		{"3des", "md5", 8, 8, 12},
		{"blowfish192", "sha1", 8, 8, 12},
		{"cast128", "sha1", 8, 8, 12},
		{"camellia256", "sha256", 16, 16, 16},
		{"camellia256ctr", "sha256", 8, 4, 16},
		{"camellia128ccm96", "", 8, 4, 12},
		{"serpent256", "sha512", 16, 16, 32},
		{"twofish128", "sha1", 16, 16, 12},
		{"chacha20poly1305", "", 8, 4, 16},
		{"null", "sha256", 0, 4, 16},
	} {
		t.Run(tt.encryption+"-"+tt.hash, func(t *testing.T) {
			got := esp(t, tt.encryption, tt.hash)
			if got.IV != tt.iv || got.Align != tt.align || got.ICV != tt.icv {
				t.Errorf("IV %d, alignment %d, ICV %d; want %d, %d, %d", got.IV, got.Align, got.ICV, tt.iv, tt.align, tt.icv)
			}
			if got.Cipher == "" || got.Integrity == "" {
				t.Errorf("%+v names no RFC", got)
			}
			if AEAD(tt.encryption) != (tt.hash == "" || tt.encryption == "aes256ccm128" || tt.encryption == "aes256gcm128") {
				t.Errorf("AEAD(%q) = %t", tt.encryption, AEAD(tt.encryption))
			}
		})
	}
	for _, bad := range [][2]string{{"aes", "sha1"}, {"aes512", "sha1"}, {"aes256", ""}, {"aes256", "sha3"}, {"null", ""}, {"", ""}, {"nullnull", "md5"}} {
		if tr, ok := ESPOf(bad[0], bad[1]); ok {
			t.Errorf("ESPOf(%q, %q) = %+v, want none", bad[0], bad[1], tr)
		}
	}
}

// TestCiphers counts what VyOS 1.3 and later know: 55 ciphers, no two of one name.
func TestCiphers(t *testing.T) {
	all := Ciphers()
	slices.Sort(all)
	if n := len(slices.Compact(all)); n != 55 {
		t.Errorf("%d ciphers, want 55", n)
	}
	if n := len(Hashes()); n != 13 {
		t.Errorf("%d hashes, want 13", n)
	}
}

func TestVXLAN(t *testing.T) {
	for _, tt := range []struct {
		name                   string
		v                      VXLAN
		overhead, host, packet int // host: of a tunnel MTU of 1438; packet: of a frame of 1514
	}{
		{"IPv4", VXLAN{}, 50, 1388, 1550},
		{"IPv4, tag kept", VXLAN{Tagged: true}, 54, 1384, 1550},
		{"IPv6", VXLAN{OuterIPv6: true}, 70, 1368, 1570},
		{"IPv6, tag kept", VXLAN{OuterIPv6: true, Tagged: true}, 74, 1364, 1570},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.v.Overhead(); got != tt.overhead || Sum(tt.v.Parts()) != got {
				t.Errorf("Overhead() = %d, parts %d, want %d", got, Sum(tt.v.Parts()), tt.overhead)
			}
			if got := tt.v.HostMTU(1438); got != tt.host {
				t.Errorf("HostMTU(1438) = %d, want %d", got, tt.host)
			}
			if got := tt.v.MaxFrame(1438); got != tt.host+tt.v.Frame() {
				t.Errorf("MaxFrame(1438) = %d, want %d", got, tt.host+tt.v.Frame())
			}
			if got := tt.v.Packet(1514); got != tt.packet {
				t.Errorf("Packet(1514) = %d, want %d", got, tt.packet)
			}
			if h, f := tt.v.HostMTU(50), tt.v.MaxFrame(50); h != 0 || f != 0 {
				t.Errorf("a tunnel of 50 carries a packet of %d, a frame of %d", h, f)
			}
		})
	}
}

func TestFragments(t *testing.T) {
	for _, tt := range []struct {
		name        string
		packet, mtu int
		ipv6        bool
		want        []int
	}{
		{"fits", 1438, 1438, false, []int{1438}},
		{"one octet more", 1439, 1438, false, []int{1436, 23}},
		{"hosts at 1500 over AES-GCM", 1550, 1446, false, []int{1444, 126}},
		{"three", 3000, 1438, false, []int{1436, 1436, 168}},
		{"IPv6 adds a fragment header", 1570, 1438, true, []int{1432, 194}},
		{"last fragment fills the MTU", 1436 + 1418, 1438, false, []int{1436, 1438}},
		{"no room for a payload", 100, 27, false, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Fragments(tt.packet, tt.mtu, tt.ipv6)
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestWorst(t *testing.T) {
	gcm := Encapsulation{Transform: esp(t, "aes256gcm128", "")}
	sha1 := Encapsulation{Transform: esp(t, "aes128", "sha1")}
	sha512 := Encapsulation{Transform: esp(t, "aes128", "sha512")}
	if got := Worst(1500, gcm, sha512, sha1); got != sha512 {
		t.Errorf("worst is %s", got.Name)
	}
	if got := Worst(1500, gcm); got != gcm {
		t.Errorf("worst is %s", got.Name)
	}
}

func TestMSS(t *testing.T) {
	if got := MSS(1388, false); got != 1348 {
		t.Errorf("MSS over IPv4 is %d", got)
	}
	if got := MSS(1388, true); got != 1328 {
		t.Errorf("MSS over IPv6 is %d", got)
	}
	if got := MSS(30, false); got != 0 {
		t.Errorf("MSS of an MTU of 30 is %d", got)
	}
}

func TestText(t *testing.T) {
	e := Encapsulation{Transform: esp(t, "aes256gcm128", "")}
	want := "20 (outer IPv4) + 8 (ESP SPI and sequence number) + 8 (ESP IV) + 1446 (packet) + 2 (ESP pad length and next header) + 16 (ESP ICV)"
	if got := Text(e.Parts(1446)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	want = "1500 (path MTU) - 20 (outer IPv4) - 8 (ESP SPI and sequence number) - 8 (ESP IV) - 16 (ESP ICV) - 2 (ESP pad length and next header)"
	if got := Text(e.MaxParts(1500)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
