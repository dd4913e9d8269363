package apidev_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

const limited = "Rate limit exceeded: 10 requests per minute."

// get sends so many requests and returns the statuses in order.
func get(t *testing.T, s *apptest.Sandbox, times int, path string, headers ...string) (statuses []int) {
	t.Helper()
	for range times {
		statuses = append(statuses, s.Do(t, "GET", path, "", headers...).Status)
	}
	return statuses
}

func times(n, status int) (all []int) {
	for range n {
		all = append(all, status)
	}
	return all
}

// The window slides with the workspace's clock: nobody has to wait.
func TestWindowSlides(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-30", "COM-29")
	s := apptest.New(t, app.Options{Clock: still})
	assert.Equal(t, append(times(10, 200), 429), get(t, s, 11, clients, dev...))
	a := s.Do(t, "GET", clients, "", dev...)
	assert.Equal(t, failure("RATE_LIMITED", limited), a.Body)
	advance(t, s, "default", "61s")
	assert.Equal(t, times(4, 200), get(t, s, 4, clients, dev...))
	advance(t, s, "default", "40s")
	assert.Equal(t, append(times(6, 200), 429, 429), get(t, s, 8, clients, dev...))
	advance(t, s, "default", "19s999ms")
	assert.Equal(t, times(1, 429), get(t, s, 1, clients, dev...))
	advance(t, s, "default", "1ms")
	assert.Equal(t, append(times(4, 200), 429), get(t, s, 5, clients, dev...), "the first four have left, and what was refused never came in")
	assert.Equal(t, 204, s.Do(t, "POST", "/_sandbox/workspaces/default/reset", "", local).Status)
	assert.Equal(t, append(times(10, 200), 429), get(t, s, 11, clients, dev...), "a reset empties it")
}

func TestWhatIsCounted(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{Clock: still})
	noKey, badKey := []string{token, tenant}, []string{token, "X-API-Key: gtk_no", tenant}
	for _, test := range []struct {
		id, name, method, path, body string
		headers                      []string
		status, then                 int
	}{
		{"API-30", "answers", "GET", clients + "/" + regional, "", nil, 200, 429},
		{"API-31", "kept answers", "GET", clients, "", nil, 200, 429},
		{"API-30", "HEAD", "HEAD", clients, "", nil, 200, 429},
		{"API-30", "400s", "GET", clients + "?limit=0", "", nil, 400, 429},
		{"API-30", "404s", "GET", clients + "/1", "", nil, 404, 429},
		{"API-50", "creations", "POST", clients, `{"name":"A"}`, nil, 201, 429},
		{"API-50", "bad creations", "POST", clients, `{`, nil, 400, 429},
		{"API-51", "updates", "PUT", clients + "/" + regional, `{}`, nil, 200, 429},
		{"API-52", "lists of accounts", "GET", accounts, "", nil, 200, 429},
		{"API-52", "accounts", "GET", accounts + "/1", "", nil, 404, 429},
		{"API-52", "creations of accounts", "POST", accounts, `{"name":"A"}`, nil, 201, 429},
		{"API-52", "updates of accounts", "PUT", accounts + "/1", `{}`, nil, 404, 429},
		{"API-30", "not without a header", "GET", clients, "", noKey, 400, 400},
		{"API-30", "not with a bad key", "GET", clients, "", badKey, 401, 401},
		{"API-30", "not without a route", "GET", clients + "x", "", nil, 404, 404},
		{"API-30", "not with another method", "DELETE", clients, "", nil, 405, 405},
	} {
		t.Run(test.id+" "+test.name, func(t *testing.T) {
			t.Parallel()
			name := strings.ReplaceAll(strings.ToLower(test.name), " ", "-")
			headers := in(name)
			if test.headers != nil {
				headers = test.headers
			}
			for range 10 {
				require.Equal(t, test.status, s.Do(t, test.method, "/w/"+name+test.path, test.body, headers...).Status)
			}
			assert.Equal(t, test.then, s.Do(t, test.method, "/w/"+name+test.path, test.body, headers...).Status)
			if test.then == 429 {
				advance(t, s, name, "60s")
				assert.Equal(t, test.status, s.Do(t, test.method, "/w/"+name+test.path, test.body, headers...).Status)
				return
			}
			assert.Equal(t, append(times(10, 200), 429), get(t, s, 11, clients, in(name)...))
		})
	}
}

// Who shares a window: a user's operation in a workspace, however the user got in.
func TestWindowsAreApart(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-30", "COM-10")
	s := apptest.New(t, app.Options{Clock: still})
	require.Equal(t, times(10, 200), get(t, s, 10, clients, dev...))
	for range 2 {
		again := logIn(t, s, login, "sandbox")
		assert.Equal(t, 429, s.Do(t, "GET", clients, "", again, key, tenant).Status, "a new login opens no new window")
	}
	assert.Equal(t, times(10, 200), get(t, s, 10, clients+"/"+regional, dev...), "the detail is apart")
	assert.Equal(t, times(10, 200), get(t, s, 10, clients, other...), "another user")
	assert.Equal(t, times(10, 200), get(t, s, 10, clients, in("run-1")...), "another workspace")
	for _, headers := range [][]string{dev, other, in("run-1")} {
		assert.Equal(t, 429, s.Do(t, "GET", clients, "", headers...).Status)
	}
}

// Of 10 and more requests at once exactly 10 pass.
func TestLimitUnderConcurrency(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-30", "COM-30")
	s := apptest.New(t, app.Options{})
	statuses := make([]int, 42)
	var wait sync.WaitGroup
	for i := range statuses {
		wait.Go(func() { statuses[i] = s.Do(t, "GET", clients, "", in("busy")...).Status })
	}
	wait.Wait()
	count := map[int]int{}
	for _, status := range statuses {
		count[status]++
	}
	assert.Equal(t, map[int]int{200: 10, 429: 32}, count)
}

// A limit can be set to another, and is worded as it is set.
func TestLimitsAreSwitches(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-30")
	s := apptest.New(t, app.Options{Clock: still, Settings: map[string]string{"limits.apidev.listClients": "2/1m", "limits.apidev.getClient": "1/30s"}})
	assert.Equal(t, append(times(2, 200), 429), get(t, s, 3, clients, dev...))
	assert.Equal(t, failure("RATE_LIMITED", "Rate limit exceeded: 2 requests per minute."), s.Do(t, "GET", clients, "", dev...).Body)
	get(t, s, 1, clients+"/"+regional, dev...)
	assert.Equal(t, failure("RATE_LIMITED", "Rate limit exceeded: 1 requests per 30s."), s.Do(t, "GET", clients+"/"+regional, "", dev...).Body)
	off := apptest.New(t, app.Options{Settings: map[string]string{"limits": "off"}})
	assert.Equal(t, times(30, 200), get(t, off, 30, clients, dev...))
}

// An entry of the journal tells how far the limit is used up, and what the cache did.
func TestJournalTellsLimitAndCache(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-30", "API-31")
	s := apptest.New(t, app.Options{Clock: still})
	first := journalled(t, s, s.Do(t, "GET", clients, "", dev...))
	require.NotNil(t, first.Limit)
	assert.Equal(t, "apidev.listClients dev@sandbox.test 1 10 1m0s 2026-03-01T00:01:00Z",
		fmt.Sprint(first.Limit.Limit, " ", first.Limit.Subject, " ", first.Limit.Used, " ", first.Limit.Requests, " ", first.Limit.Window, " ", first.Limit.Opens))
	require.NotNil(t, first.Cache)
	assert.False(t, first.Cache.Hit)
	advance(t, s, "default", "12s500ms")
	second := journalled(t, s, s.Do(t, "GET", clients, "", dev...))
	assert.Equal(t, 2, second.Limit.Used)
	assert.True(t, second.Cache.Hit)
	assert.Equal(t, "12.5s", second.Cache.Age)
	get(t, s, 8, clients, dev...)
	refused := explain(t, s, s.Do(t, "GET", clients, "", dev...))
	assert.Equal(t, 10, refused.Limit.Used)
	assert.Nil(t, refused.Cache)
	require.Len(t, refused.Violations, 1)
	assert.Equal(t, "API-30", refused.Violations[0].Rule)
	assert.Contains(t, refused.Violations[0].Passes, "2026-03-01T00:01:00Z")
	assert.Nil(t, journalled(t, s, s.Do(t, "POST", login, `{"email":"dev@sandbox.test","password":"sandbox"}`, tenant)).Limit)
}
