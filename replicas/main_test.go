// Package replicas holds several processes of the program on one PostgreSQL, behind a proxy that gives each request to the
// next of them, to what one process promises. It starts a server of its own. `go test ./...` runs a short version, which
// ends within seconds; `go test ./replicas -replicas` a long one.
package replicas

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"
)

var long = flag.Bool("replicas", false, "run the long versions")

var binary string // the program, built once, as users have it: not under the race detector

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "sandbox-replicas-*")
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
