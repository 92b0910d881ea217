package render

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/l2stretch/l2stretch/compiler/explain"
	"github.com/l2stretch/l2stretch/compiler/ir"
	"github.com/l2stretch/l2stretch/render/internal/svg"
)

// picture draws, checks what any picture must have, and keeps it in L2S_PICTURES for people to look at.
func picture(t *testing.T, name string, draw func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := draw(&b); err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("L2S_PICTURES"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".svg"), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text := b.String()
	problems, err := svg.Check(&b)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", name, p)
	}
	var root struct {
		Title string `xml:"title"`
		Desc  string `xml:"desc"`
		Role  string `xml:"role,attr"`
	}
	if err := xml.Unmarshal([]byte(text), &root); err != nil {
		t.Fatal(err)
	}
	if root.Title == "" || root.Desc == "" || root.Role != "img" {
		t.Errorf("%s: title %q, description %q, role %q", name, root.Title, root.Desc, root.Role)
	}
	for _, bad := range []string{"href", "url(", "@import", "<script", "NaN"} {
		if strings.Contains(text, bad) {
			t.Errorf("%s holds %q", name, bad)
		}
	}
	if !strings.Contains(text, "prefers-color-scheme:dark") {
		t.Errorf("%s has no dark form", name)
	}
	return text
}

// fabrics are the specifications that pictures are drawn of.
func fabrics(t *testing.T) map[string]*ir.Fabric {
	return map[string]*ir.Fabric{
		"canonical": canonical(t),
		"natt":      canonical(t, `"aes256gcm128-dh14"`, `"aes128-sha1-dh14"`, `= "auto"`, `= "force"`, `tagged          = false`, `tagged          = true`),
		"mesh":      mesh(t, 3),
		"hundred":   mesh(t, 100),
	}
}

func TestJourneySVG(t *testing.T) {
	off := false
	for name, f := range fabrics(t) {
		for i, trip := range []explain.Trip{{Frame: 1320}, {Frame: 1514, DF: &off}, {Frame: 2000, Proto: explain.ICMP}} {
			trip.Stretch = f.Stretches[len(f.Stretches)-1].Name
			j, err := explain.Travel(f, trip, kernelOf)
			if err != nil {
				t.Fatal(err)
			}
			text := picture(t, fmt.Sprintf("journey-%s-%d", name, i), func(w io.Writer) error { return JourneySVG(w, j) })
			for _, wk := range j.Walks {
				if !strings.Contains(text, ">"+wk.Title+"<") {
					t.Errorf("%s has no walk %s", name, wk.Title)
				}
			}
		}
	}
}

func TestGraphSVG(t *testing.T) {
	paused := canonical(t, `subnet  = "192.168.10.0/24"`, "subnet  = \"192.168.10.0/24\"\n  paused  = true")
	all := fabrics(t)
	all["paused"] = paused
	for name, f := range all {
		for kind, by := range map[string]explain.Grouping{"": explain.DefaultGrouping, "-all": {}} {
			g := explain.Topology(f, by)
			text := picture(t, "graph-"+name+kind, func(w io.Writer) error { return GraphSVG(w, g) })
			if name == "canonical" {
				for _, want := range []string{">dr<", ">vti1<", ">169.254.100.1/30<", ">VNI 5010<", ">VLAN 20<", ">eth0 203.0.113.10/24<", ">br5010: eth1 + vxlan5010<", ">10.20.0.0/16<"} {
					if !strings.Contains(text, want) {
						t.Errorf("does not show %s", want)
					}
				}
			}
			if name == "paused" && !strings.Contains(text, "stretch paused") {
				t.Error("a paused stretch looks like any other")
			}
		}
	}
}

// TestPicturesAreTheSameTwice holds for every byte.
func TestPicturesAreTheSameTwice(t *testing.T) {
	draw := func() string {
		var b bytes.Buffer
		if err := GraphSVG(&b, explain.Topology(mesh(t, 20), explain.DefaultGrouping)); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if first, second := draw(), draw(); first != second {
		t.Error("two pictures of one specification differ")
	}
}
