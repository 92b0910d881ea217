package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/l2stretch/l2stretch/compiler/ir"
)

func TestKeyring(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("plain", "correct horse\n")
	write("windows", "correct horse\r\n")
	write("two", "correct horse\n\n")
	write("long", strings.Repeat("x", secretLimit+1))
	write("full", strings.Repeat("x", secretLimit))
	env := map[string]string{"PSK": "battery staple", "EMPTY": "", "HEX": "0X12ab"}
	getenv := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	sh := func(script string) ir.SecretSource { return ir.SecretSource{Command: []string{"sh", "-c", script}} }

	for _, tt := range []struct {
		name   string
		source ir.SecretSource
		want   string
		err    string
		posix  bool
	}{
		{name: "environment", source: ir.SecretSource{Env: "PSK"}, want: "battery staple"},
		{name: "environment not set", source: ir.SecretSource{Env: "NONE"}, err: "the environment variable NONE is not set"},
		{name: "environment empty", source: ir.SecretSource{Env: "EMPTY"}, err: "it is empty"},
		{name: "encoded", source: ir.SecretSource{Env: "HEX"}, err: "it begins with 0x"},
		{name: "file", source: ir.SecretSource{File: "plain"}, want: "correct horse"},
		{name: "file of Windows", source: ir.SecretSource{File: "windows"}, want: "correct horse"},
		{name: "only one newline is cut", source: ir.SecretSource{File: "two"}, err: "not printable ASCII"},
		{name: "absolute file", source: ir.SecretSource{File: filepath.Join(dir, "plain")}, want: "correct horse"},
		{name: "file too long", source: ir.SecretSource{File: "long"}, err: "more than 4096 octets"},
		{name: "file of just that length", source: ir.SecretSource{File: "full"}, want: strings.Repeat("x", secretLimit)},
		{name: "no file", source: ir.SecretSource{File: "none"}, err: "none"},
		{name: "command", source: sh("cat plain"), want: "correct horse", posix: true},
		{name: "command fails", source: sh("echo locked >&2; exit 3"), err: "command sh: exit status 3: locked", posix: true},
		{name: "command prints too much", source: sh("cat long"), err: "printed more than 4096 octets", posix: true},
		{name: "no command", source: ir.SecretSource{Command: []string{"./none"}}, err: "command ./none: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.posix && runtime.GOOS == "windows" {
				t.Skip("needs a POSIX shell")
			}
			tt.source.Name = "psk"
			k := newKeyring(dir, []ir.SecretSource{tt.source}, getenv)
			got, err := k.get(context.Background(), "psk")
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || !strings.HasPrefix(err.Error(), "secret psk: ") {
					t.Errorf("error %v, want one with %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.reveal() != tt.want {
				t.Errorf("%q, want %q", got.reveal(), tt.want)
			}
		})
	}
}

// TestKeyringReadsOnce has a command that would answer differently when it is run again.
func TestKeyringReadsOnce(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a POSIX shell")
	}
	k := newKeyring(t.TempDir(), []ir.SecretSource{{Name: "psk", Command: []string{"sh", "-c", "echo x >>n; cat n | tr -d '\\n'"}}}, os.LookupEnv)
	for range 2 {
		s, err := k.get(context.Background(), "psk")
		if err != nil || s.reveal() != "x" {
			t.Fatal(err, s.reveal())
		}
	}
}

func TestKeyringCancelled(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a POSIX shell")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	k := newKeyring(t.TempDir(), []ir.SecretSource{{Name: "psk", Command: []string{"sh", "-c", "sleep 60"}}}, os.LookupEnv)
	if _, err := k.get(ctx, "psk"); err == nil || !strings.Contains(err.Error(), "command sh: context deadline exceeded") {
		t.Errorf("error %v", err)
	}
}

func TestSecretDoesNotPrint(t *testing.T) {
	s := secret{key: func() string { return "hunter2" }}
	holder := struct{ S secret }{s}
	for _, text := range []string{
		fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q %x %d", s, s, s, s, s, s, s),
		fmt.Sprintf("%v %+v %#v", holder, &holder, []any{holder}), fmt.Sprintf("%v", &s),
	} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("printed as %s", text)
		}
	}
}

func TestCheckKey(t *testing.T) {
	for _, tt := range []struct {
		key string
		ok  bool
	}{
		{"correct horse battery staple", true},
		{"a$b`c|d;e<f>g{h}#~!", true},
		{"x", true},
		{"", false},
		{" x", false},
		{"x ", false},
		{"0x1234", false},
		{"0S1234", false},
		{"00x", true},
		{`a\b`, false},
		{`a"b`, false},
		{`a'b`, false},
		{"a\tb", false},
		{"a\nb", false},
		{"a\x00b", false},
		{"é", false},
		{"\xff", false},
	} {
		err := checkKey(tt.key)
		if (err == nil) != tt.ok {
			t.Errorf("checkKey(%q) = %v", tt.key, err)
		}
		if err != nil && len(tt.key) > 3 && strings.Contains(err.Error(), tt.key) {
			t.Errorf("the message shows the key: %v", err)
		}
	}
}

// TestKeyringPassword: what logs in is written by no release, and has none of their rules.
func TestKeyringPassword(t *testing.T) {
	env := map[string]string{"PW": "it's \\ 0xé\n", "EMPTY": ""}
	getenv := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	k := newKeyring(t.TempDir(), []ir.SecretSource{{Name: "pw", Env: "PW"}, {Name: "empty", Env: "EMPTY"}}, getenv)
	s, err := k.password(context.Background(), "pw")
	if err != nil || s.reveal() != "it's \\ 0xé" {
		t.Errorf("%q, %v", s.reveal(), err)
	}
	if _, err := k.get(context.Background(), "pw"); err == nil {
		t.Error("it passes for a key as well")
	}
	if _, err := k.password(context.Background(), "empty"); err == nil {
		t.Error("an empty password")
	}
}
