// Package soak tries what no client would do on purpose, and much of it at once: input that was made to be refused,
// requests that are no HTTP, many writers in the same records. `go test ./...` runs a short version of each test, which
// ends within seconds; `make soak` runs the long ones, which print what they tried.
package soak

import (
	"flag"
	"math/rand/v2"
	"testing"

	"go.uber.org/goleak"
)

var (
	long = flag.Bool("soak", false, "run the long versions")
	seed = flag.Uint64("soak.seed", 0, "what the choices are made from; 0 for another one each time")
)

func TestMain(m *testing.M) {
	flag.Parse()
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	goleak.VerifyTestMain(m)
}

// pick is the first number, or in the long version the second.
func pick(short, longer int) int {
	if *long {
		return longer
	}
	return short
}
