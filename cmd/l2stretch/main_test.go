package main

import (
	"flag"
	"runtime"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary the command itself when a script calls it, or the parser that benchmarks compare
// it with.
func TestMain(m *testing.M) {
	// Scripts wait most of their time, for processes and for simulated gateways.
	if err := flag.Set("test.parallel", strconv.Itoa(4*runtime.GOMAXPROCS(0))); err != nil {
		panic(err) // the flag is the testing package's
	}
	testscript.Main(m, map[string]func(){"l2stretch": main, "hclsyntax": parseOnly})
}
