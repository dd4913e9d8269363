package sandboxtest_test

import (
	"fmt"
	"os"
	"runtime"
	"testing"

	"go.uber.org/goleak"

	"github.com/seed-0f456478/sandbox/sandboxtest"
)

// When the tests have ended, nothing of any sandbox runs any more.
func TestMain(m *testing.M) {
	code := sandboxtest.Main(m)
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Println(err)
		code = 1
	}
	os.Exit(code)
}

// test stands in for a *testing.T where there is none, in an example, and where a failure is what is tested.
type test struct {
	said     []string // by Errorf, Fatalf and Logf
	failed   bool
	cleanups []func()
}

// run runs a test to its end.
func run(body func(t *test)) *test {
	t := &test{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer t.end()
		body(t)
	}()
	<-done
	return t
}

func (t *test) end() {
	for len(t.cleanups) > 0 {
		last := len(t.cleanups) - 1
		cleanup := t.cleanups[last]
		t.cleanups = t.cleanups[:last]
		cleanup()
	}
}

func (t *test) Name() string      { return "TestOf/Something Ünlike" }
func (t *test) Helper()           {}
func (t *test) Failed() bool      { return t.failed }
func (t *test) Cleanup(fn func()) { t.cleanups = append(t.cleanups, fn) }

func (t *test) Logf(format string, args ...any) {
	t.said = append(t.said, fmt.Sprintf(format, args...))
}

func (t *test) Errorf(format string, args ...any) {
	t.failed = true
	t.Logf(format, args...)
}

func (t *test) Fatalf(format string, args ...any) {
	t.Errorf(format, args...)
	runtime.Goexit()
}
