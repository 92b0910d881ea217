package main

import (
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkValidateProcess runs `validate` of the first example as a process of its own and reports the
// median of the processor time that it took, user and system.
func BenchmarkValidateProcess(b *testing.B) {
	benchmarkProcess(b, "validate", filepath.Join(testdata, "examples", "first-run"))
}

// BenchmarkVersionProcess is what a process costs that does next to nothing.
func BenchmarkVersionProcess(b *testing.B) {
	benchmarkProcess(b, "version")
}

func benchmarkProcess(b *testing.B, args ...string) {
	binary := filepath.Join(b.TempDir(), "l2stretch")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	var times []time.Duration
	for b.Loop() {
		cmd := exec.Command(binary, args...)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		times = append(times, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2])/float64(time.Millisecond), "cpu-ms/median")
}
