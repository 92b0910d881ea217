package packet

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/l2stretch/l2stretch/compiler/backendtest"
)

// suites are the measured transforms, by the names in the measurements.
var suites = map[string][2]string{
	"aes128-sha1":      {"aes128", "sha1"},
	"aes256-sha256":    {"aes256", "sha256"},
	"aes256gcm16":      {"aes256gcm128", ""},
	"chacha20poly1305": {"chacha20poly1305", ""},
}

func measuredTransform(t *testing.T, suite string) Transform {
	t.Helper()
	words, ok := suites[suite]
	if !ok {
		t.Fatalf("suite %q", suite)
	}
	tr, ok := ESPOf(words[0], words[1])
	if !ok {
		t.Fatalf("no transform for %q", suite)
	}
	return tr
}

// A series is what was measured for one suite, with or without NAT-T, over IPv4 or IPv6: the length on the
// wire by the size of the inner frame.
type series struct {
	suite, natt, outer string
	frames, wire       []int
}

// text is the series as one line: suite, NAT-T and outer, then for every frame from 60 octets on
// "WIRExRUN", and after a bar "FRAME:STEP" and the lengths for larger frames.
func (s series) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s natt=%s outer=%s", s.suite, s.natt, s.outer)
	i := 0
	for i < len(s.frames) && s.frames[i] == s.frames[0]+i {
		run := 1
		for i+run < len(s.frames) && s.wire[i+run] == s.wire[i] && s.frames[i+run] == s.frames[i]+run {
			run++
		}
		fmt.Fprintf(&b, " %dx%d", s.wire[i], run)
		i += run
	}
	fmt.Fprintf(&b, " | %d:%d", s.frames[i], s.frames[i+1]-s.frames[i])
	for _, w := range s.wire[i:] {
		fmt.Fprintf(&b, " %d", w)
	}
	return b.String()
}

func parseSeries(t *testing.T, line string) series {
	t.Helper()
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	f := strings.Fields(line)
	s := series{suite: f[0], natt: strings.TrimPrefix(f[1], "natt="), outer: strings.TrimPrefix(f[2], "outer=")}
	frame, step := 60, 0
	for _, w := range f[3:] {
		wire, run, isRun := strings.Cut(w, "x")
		from, by, isStep := strings.Cut(w, ":")
		switch {
		case w == "|":
		case isStep:
			frame, step = number(from), number(by)
		case isRun:
			for range number(run) {
				s.frames, s.wire = append(s.frames, frame), append(s.wire, number(wire))
				frame++
			}
		default:
			s.frames, s.wire = append(s.frames, frame), append(s.wire, number(w))
			frame += step
		}
	}
	return s
}

// TestWireSizesMeasured compares every measured packet with the arithmetic.
func TestWireSizesMeasured(t *testing.T) {
	f, err := os.Open("testdata/wire-sizes.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows := 0
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		s := parseSeries(t, lines.Text())
		e := Encapsulation{Transform: measuredTransform(t, s.suite), NATT: s.natt == "true", OuterIPv6: s.outer == "ipv6"}
		for i, frame := range s.frames {
			packet := VXLAN{}.Packet(frame)
			if got := e.Wire(packet); got != s.wire[i] {
				t.Errorf("%s natt=%s outer=%s frame %d: %d on the wire, measured %d", s.suite, s.natt, s.outer, frame, got, s.wire[i])
			}
			if got := Sum(e.Parts(packet)); got != s.wire[i] {
				t.Errorf("%s natt=%s outer=%s frame %d: parts add up to %d, measured %d", s.suite, s.natt, s.outer, frame, got, s.wire[i])
			}
			rows++
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if rows != 25872 {
		t.Errorf("%d rows, want 25872", rows)
	}
}

// A limit is one row of the measured limits.
type limit struct {
	Suite         string `json:"suite"`
	NATT          bool   `json:"natt"`
	Outer         string `json:"outer"`
	OuterMTU      int    `json:"outer_mtu"`
	TunnelMTU     int    `json:"tunnel_mtu_plaintext_ip"`
	MaxInnerFrame int    `json:"max_inner_frame"`
	InnerIPMTU    int    `json:"inner_ip_mtu"`
	TCPMSS        int    `json:"tcp_mss_v4"`
	WireAtMax     int    `json:"wire_at_max"`
	AtMax         string `json:"measured_at_max"`
	AtMaxPlus1    string `json:"measured_at_max_plus_1"`
	AtMaxPlus1DF  string `json:"measured_at_max_plus_1_inner_df"`
}

// TestLimitsMeasured compares the measured limits: the largest frame in one packet, and what one octet
// more becomes.
func TestLimitsMeasured(t *testing.T) {
	data, err := os.ReadFile("testdata/limits.json")
	if err != nil {
		t.Fatal(err)
	}
	var limits []limit
	if err := json.Unmarshal(data, &limits); err != nil {
		t.Fatal(err)
	}
	if len(limits) != 32 {
		t.Errorf("%d limits, want 32", len(limits))
	}
	for _, l := range limits {
		t.Run(fmt.Sprintf("%s natt=%t %s %d", l.Suite, l.NATT, l.Outer, l.OuterMTU), func(t *testing.T) {
			e := Encapsulation{Transform: measuredTransform(t, l.Suite), NATT: l.NATT, OuterIPv6: l.Outer == "ipv6"}
			v := VXLAN{}
			mtu := e.MaxPacket(l.OuterMTU)
			got := limit{
				Suite: l.Suite, NATT: l.NATT, Outer: l.Outer, OuterMTU: l.OuterMTU, AtMaxPlus1DF: l.AtMaxPlus1DF,
				TunnelMTU:     mtu,
				MaxInnerFrame: v.MaxFrame(mtu),
				InnerIPMTU:    v.HostMTU(mtu),
				TCPMSS:        MSS(v.HostMTU(mtu), false),
				WireAtMax:     e.Wire(mtu),
				AtMax:         fmt.Sprintf("1 wire packet(s) %d, delivered", e.Wire(mtu)),
			}
			var wire []string
			for _, n := range Fragments(mtu+1, mtu, false) {
				wire = append(wire, strconv.Itoa(e.Wire(n)))
			}
			got.AtMaxPlus1 = fmt.Sprintf("%d wire packet(s) %s, delivered", len(wire), strings.Join(wire, "+"))
			if d := cmp.Diff(l, got); d != "" {
				t.Errorf("(-measured +got)\n%s", d)
			}
			if got := Sum(e.MaxParts(l.OuterMTU)); got != mtu {
				t.Errorf("parts add up to %d, want %d", got, mtu)
			}
		})
	}
}

// TestCopyOfMeasurements compares testdata with the measurements themselves; UPDATE=1 writes it anew.
func TestCopyOfMeasurements(t *testing.T) {
	data, err := os.ReadFile(backendtest.Shared(t, "lab", "wire-sizes.json"))
	if err != nil {
		t.Fatal(err)
	}
	var sizes struct {
		Kernel string `json:"kernel"`
		All    []struct {
			Suite string         `json:"suite"`
			NATT  bool           `json:"natt"`
			Outer string         `json:"outer"`
			From  int            `json:"inner_from"`
			To    int            `json:"inner_to"`
			Wire  []int          `json:"wire"`
			Large map[string]int `json:"jumbo"`
		} `json:"all"`
	}
	if err := json.Unmarshal(data, &sizes); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n# Each line: suite, NAT-T, outer header; for frames of 60 octets and more LENGTHxRUN; then FRAME:STEP and lengths.\n", sizes.Kernel)
	for _, a := range sizes.All {
		s := series{suite: a.Suite, natt: strconv.FormatBool(a.NATT), outer: a.Outer}
		for i, w := range a.Wire {
			s.frames, s.wire = append(s.frames, a.From+i), append(s.wire, w)
		}
		var large []int
		for k := range a.Large {
			n, err := strconv.Atoi(k)
			if err != nil {
				t.Fatal(err)
			}
			large = append(large, n)
		}
		slices.Sort(large)
		for _, n := range large {
			s.frames, s.wire = append(s.frames, n), append(s.wire, a.Large[strconv.Itoa(n)])
		}
		line := s.text()
		if d := cmp.Diff(s, parseSeries(t, line), cmp.AllowUnexported(series{})); d != "" {
			t.Fatalf("line does not read back (-want +got)\n%s", d)
		}
		b.WriteString(line + "\n")
	}
	compareCopy(t, "wire-sizes.txt", b.String())

	limits, err := os.ReadFile(backendtest.Shared(t, "lab", "max-inner.json"))
	if err != nil {
		t.Fatal(err)
	}
	compareCopy(t, "limits.json", string(limits))
}

func compareCopy(t *testing.T, name, want string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if backendtest.Updating(t) {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Errorf("testdata/%s is not a copy (-want +got)\n%s", name, d)
	}
}
