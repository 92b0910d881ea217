package config

import "testing"

func TestLines(t *testing.T) {
	for _, tt := range []struct{ name, text string }{
		{"commands", "# head\nset system host-name 'a'\n\nset vpn ipsec psk x id '1'\nset vpn ipsec psk x id '2'\n"},
		{"text", "system {\n    host-name a\n}\n/* note */\nvpn {\n    ipsec {\n        psk x {\n            id 1\n            id 2\n        }\n    }\n}\n"},
		{"JSON", "{\"system\": {\n\"host-name\": \"a\"},\n\"vpn\": {\"ipsec\": {\"psk\": {\"x\": {\n\"id\": [\"1\",\n\"2\"]}}}}}\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := map[string][3]int{"commands": {2, 4, 5}, "text": {2, 8, 9}, "JSON": {2, 4, 5}}[tt.name]
			tree, err := ParseString("x", tt.text, ParseOptions{Lines: true})
			if err != nil {
				t.Fatal(err)
			}
			for i, path := range [][]string{{"system", "host-name", "a"}, {"vpn", "ipsec", "psk", "x", "id", "1"}, {"vpn", "ipsec", "psk", "x", "id", "2"}} {
				n, ok := tree.Find(path...)
				if !ok || n.Line() != want[i] {
					t.Errorf("%v stands on line %d, not %d", path, n.Line(), want[i])
				}
			}
			if c := tree.Clone(); c.Root().Line() != 0 {
				t.Error("the root has a line")
			} else if n, _ := c.Find("system", "host-name"); n.Line() != want[0] {
				t.Error("a copy has lost the lines")
			}
			if tree, _ := ParseString("x", tt.text, ParseOptions{}); tree.lines != nil {
				t.Error("lines were kept although nobody asked")
			}
		})
	}
}
