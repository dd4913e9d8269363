package soak

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
)

// limited is a limit, as the test expects it to be, in a workspace whose clock stands still until the test moves it.
type limited struct {
	s         *apptest.Sandbox
	workspace string
	name      string // of the limit
	path      string
	headers   []string

	most   int
	window time.Duration
	now    time.Duration // since the clock's start
	came   []time.Duration
}

// Of so many requests at once exactly those pass that the window has room for: while it slides, and after the limit was
// changed, its counters emptied, or the workspace reset.
func TestLimitsAreExact(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{Clock: "2027-01-01T00:00:00Z!", Settings: map[string]string{"apidev.cache": "off"}})
	var sent atomic.Int64
	var wait sync.WaitGroup
	for i := range pick(1, 20) {
		for j, l := range []limited{
			{name: "apidev.listClients", path: "/apidev/v1/clients?limit=1", headers: apidevHeaders, most: 10, window: time.Minute},
			{name: "complycube", path: "/complycube/v1/clients?pageSize=1", headers: []string{complycubeToken}, most: 5, window: time.Second},
			{name: "complycube.live", path: "/complycube/v1/clients?pageSize=1", headers: []string{"Authorization: live_sandbox"}, most: 10, window: time.Second},
		} {
			l.s, l.workspace = s, fmt.Sprintf("limits-%d-%d", i, j)
			wait.Go(func() {
				r := rand.New(rand.NewPCG(*seed, uint64(i*3+j)))
				initial := l
				l.tell(t, "POST", "/reset", "") // which makes the workspace
				for range pick(15, 200) {
					l.step(t, r, initial)
					burst := 1 + r.IntN(2*l.most+4)
					sent.Add(int64(burst))
					assert.Equal(t, l.expect(burst), l.burst(t, burst, nil), "of %d in %s with %d in %s", burst, l.name, l.most, l.window)
				}
			})
		}
	}
	wait.Wait()
	t.Logf("seed %d: %d requests, and exactly those passed that the windows had room for", *seed, sent.Load())
}

// expect is how many of a burst pass.
func (l *limited) expect(burst int) int {
	l.came = slices.DeleteFunc(l.came, func(at time.Duration) bool { return at <= l.now-l.window })
	passes := min(burst, max(0, l.most-len(l.came)))
	l.came = append(l.came, slices.Repeat([]time.Duration{l.now}, passes)...)
	return passes
}

// burst sends so many requests at once, and something meanwhile. It returns how many passed.
func (l *limited) burst(t *testing.T, n int, meanwhile func()) int {
	t.Helper()
	var wait sync.WaitGroup
	var passed atomic.Int64
	for i := range n {
		wait.Go(func() {
			if i == n/2 && meanwhile != nil {
				meanwhile()
			}
			a := l.s.Send(t, "GET", "/w/"+l.workspace+l.path, "", l.headers...)
			if !assert.Contains(t, []int{200, 429}, a.Status, a.Body) || a.Status == 429 {
				return
			}
			passed.Add(1)
		})
	}
	wait.Wait()
	return int(passed.Load())
}

// step changes something, or nothing.
func (l *limited) step(t *testing.T, r *rand.Rand, initial limited) {
	t.Helper()
	switch r.IntN(8) {
	case 0, 1, 2, 3:
		by := []time.Duration{l.window, l.window - 1, l.window / 2, l.window / 7, 1}[r.IntN(5)]
		l.tell(t, "POST", "/clock/advance", `{"by":"`+by.String()+`"}`)
		l.now += by
	case 4:
		l.most = 1 + r.IntN(20)
		l.tell(t, "PUT", "/settings", fmt.Sprintf(`{"limits.%s":"%d/%s"}`, l.name, l.most, l.window))
	case 5:
		l.tell(t, "DELETE", "/limits/counters", "")
		l.came = nil
	case 6:
		l.tell(t, "POST", "/reset", "")
		l.most, l.window, l.now, l.came = initial.most, initial.window, 0, nil
	}
}

func (l *limited) tell(t *testing.T, method, path, body string) {
	t.Helper()
	a := l.s.Send(t, method, "/_sandbox/workspaces/"+l.workspace+path, body, "Host: localhost")
	require.Less(t, a.Status, 300, "%s: %s", path, a.Body)
}

// What comes while counters are emptied passes as often as the windows before and after have room. A reset has one more
// between them, of those who come while the records change. The window that stays is as full as it says.
func TestLimitsThatAreEmptiedMeanwhile(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{Clock: "2027-01-01T00:00:00Z!"})
	for i := range pick(4, 500) {
		l := limited{s: s, workspace: fmt.Sprint("emptied-", i%20), path: "/complycube/v1/clients?pageSize=1", headers: []string{complycubeToken}}
		l.tell(t, "POST", "/reset", "")
		method, path, windows := "DELETE", "/limits/counters", 2
		if i%2 == 0 {
			method, path, windows = "POST", "/reset", 3
		}
		passed := l.burst(t, 30, func() { l.tell(t, method, path, "") })
		rest := l.burst(t, 20, nil)
		assert.GreaterOrEqual(t, passed, 5, path)
		assert.LessOrEqual(t, rest, 5, path)
		assert.LessOrEqual(t, passed+rest, 5*windows, path)
		assert.Zero(t, l.burst(t, 5, nil), path)
	}
}
