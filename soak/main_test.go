// Package soak holds the program to its promises: killed, out of disk, flooded, under load; with input that was made to be
// refused, requests that are no HTTP, many writers in the same records. `go test ./...` runs a short version of each test,
// which ends within seconds; `make soak` runs the long ones, whose figures are in docs/reliability.md.
package soak

import (
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"
)

var (
	long = flag.Bool("soak", false, "run the long versions")
	seed = flag.Uint64("soak.seed", 0, "what the choices are made from; 0 for another one each time")
)

var binary string // the program, built once, as users have it: not under the race detector

func TestMain(m *testing.M) {
	flag.Parse()
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	dir, err := os.MkdirTemp("", "sandbox-soak-*")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "sandbox")
	build := exec.Command("go", "build", "-o", binary, "../cmd/sandbox")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		panic(string(out) + err.Error())
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(dir)
		os.Exit(code)
	}))
}

// pick is the first number, or in the long version the second.
func pick(short, longer int) int {
	if *long {
		return longer
	}
	return short
}
