package control_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
)

// event is a server-sent event.
type event struct {
	id, kind string
	entry    entry
}

// follower follows a stream on a connection of its own.
type follower struct {
	events chan event // closed when the stream ends
	leave  func()
}

func (s *sandbox) follow(t *testing.T, workspace, query string, headers ...string) *follower {
	t.Helper()
	return s.followAt(t, listen(t, s, 50*time.Millisecond), "/workspaces/"+workspace+"/requests/stream"+query, headers...) // a stream outlasts it
}

func (s *sandbox) followAt(t *testing.T, n *network, path string, headers ...string) *follower {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	t.Cleanup(leave)
	r, err := http.NewRequestWithContext(ctx, "GET", n.URL+"/_sandbox"+path, nil)
	require.NoError(t, err)
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	response, err := n.client.Do(r) //nolint:bodyclose // who reads it closes it
	require.NoError(t, err)
	require.Equal(t, 200, response.StatusCode)
	assert.Equal(t, "text/event-stream", response.Header.Get("Content-Type"))
	assert.Equal(t, "no-store", response.Header.Get("Cache-Control"))
	f := &follower{make(chan event, 10_000), leave}
	go func() {
		defer close(f.events)
		defer func() { _ = response.Body.Close() }()
		lines := bufio.NewScanner(response.Body)
		lines.Buffer(nil, 1<<20)
		var e event
		for lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "id":
				e.id = value
			case "event":
				e.kind = value
			case "data":
				if err := json.Unmarshal([]byte(value), &e.entry); err != nil {
					e.kind = err.Error()
				}
			case "":
				if e.kind != "" {
					f.events <- e
				}
				e = event{}
			default:
				f.events <- event{kind: "unknown line " + lines.Text()}
			}
		}
	}()
	return f
}

// next is the next event, of a kind.
func (f *follower) next(t *testing.T, kind string) event {
	t.Helper()
	select {
	case e, ok := <-f.events:
		require.True(t, ok, "the stream has ended")
		require.Equal(t, kind, e.kind)
		return e
	case <-time.After(20 * time.Second):
		require.Fail(t, "nothing comes")
		return event{}
	}
}

func (f *follower) ends(t *testing.T) {
	t.Helper()
	deadline := time.After(10 * time.Second) // before it would look for itself whether the workspace is there
	for {
		select {
		case _, ok := <-f.events:
			if !ok {
				return
			}
		case <-deadline:
			require.Fail(t, "the stream does not end")
		}
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	before := s.Do(t, "GET", juan, "", token+"@run")
	f := s.follow(t, "run", "")
	s.Do(t, "GET", juan, "", token+"@other")
	a := s.Do(t, "POST", clients, eva, token+"@run")
	arrived, answered := f.next(t, "arrived"), f.next(t, "answered")
	assert.Empty(t, arrived.id, "a client that comes back is to see the answer")
	assert.Equal(t, []string{idOf(a), "arrived", ""}, []string{arrived.entry.ID, arrived.entry.State, arrived.entry.Request.Body})
	assert.Equal(t, []string{idOf(a), "answered", a.Body}, []string{answered.entry.ID, answered.entry.State, answered.entry.Response.Body})
	assert.Equal(t, idOf(a), answered.id)

	// What was refused at the door did not arrive in the workspace.
	refused := s.Do(t, "GET", "/w/run"+juan, "", "Authorization: Bearer nobody")
	assert.Equal(t, idOf(refused), f.next(t, "answered").id)
	s.call(t, "DELETE", "/workspaces/run/requests", "")
	f.next(t, "cleared")
	last := s.Do(t, "GET", juan, "", token+"@run")
	f.next(t, "arrived")
	assert.Equal(t, idOf(last), f.next(t, "answered").id)
	assert.NotEqual(t, idOf(before), idOf(last))

	// A search leaves out what does not fit.
	found := s.follow(t, "run", "?q=status:%3E%3D400")
	s.Do(t, "GET", juan, "", token+"@run")
	missing := s.Do(t, "GET", clients+"/nobody", "", token+"@run")
	assert.Equal(t, idOf(missing), found.next(t, "answered").id)
}

func TestStreamGoesOn(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Journal: 3})
	var ids []string
	for range 5 {
		ids = append(ids, idOf(s.Do(t, "GET", juan, "", token+"@run")))
	}
	for _, test := range []struct {
		name, last string
		want       []string
	}{
		{"the last but one", ids[3], ids[4:]},
		{"the last", ids[4], nil},
		{"the oldest that is kept", ids[2], ids[3:]},
		{"one that was evicted", ids[0], ids[2:]},
		{"one of an earlier run", "00000000-5000", ids[2:]},
		{"one in the future", ids[4] + "0", ids[2:]},
		{"none", "0", ids[2:]},
		{"garbage", "<b>", ids[2:]},
	} {
		f := s.follow(t, "run", "?q=status:200", "Last-Event-ID: "+test.last)
		for _, want := range test.want {
			assert.Equal(t, want, f.next(t, "answered").id, test.name)
		}
		select {
		case e := <-f.events:
			assert.Fail(t, "more than was missed", "%s: %v", test.name, e)
		default:
		}
		f.leave()
		f.ends(t)
	}
	f := s.follow(t, "run", "?q=status:404", "Last-Event-ID: 0")
	live := s.Do(t, "GET", clients+"/nobody", "", token+"@run")
	assert.Equal(t, idOf(live), f.next(t, "answered").id, "a search holds for what was, too")
}

// Nothing is lost and nothing comes twice where what was meets what comes.
func TestStreamsAtOnce(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	const requests, streams = 100, 20
	var wait sync.WaitGroup
	for range requests {
		wait.Go(func() { s.Send(t, "GET", juan, "", token+"@run") })
	}
	for range streams {
		f := s.follow(t, "run", "?q=state:answered", "Last-Event-ID: 0")
		wait.Go(func() {
			seen := map[string]bool{}
			sequence := uint64(0)
			for range requests {
				select {
				case e := <-f.events:
					assert.False(t, seen[e.id])
					assert.Greater(t, e.entry.Sequence, sequence)
					seen[e.id], sequence = true, e.entry.Sequence
				case <-time.After(20 * time.Second):
					assert.Fail(t, "an event is missing")
					return
				}
			}
		})
	}
	wait.Wait()
}

func TestWhatEndsAStream(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	stays, goes := s.follow(t, "run", ""), s.follow(t, "gone", "")
	s.call(t, "POST", "/workspaces/run/reset", "")
	stays.next(t, "cleared")
	assert.Equal(t, 204, s.call(t, "DELETE", "/workspaces/gone", "").Status)
	goes.ends(t)
	s.Do(t, "GET", juan, "", token+"@run")
	stays.next(t, "arrived")
	s.Interrupt()
	stays.ends(t)
}

// stuck is a client that takes nothing after the header.
type stuck struct {
	*httptest.ResponseRecorder
	writing, resume chan struct{}
	once            sync.Once
}

func (w *stuck) SetWriteDeadline(time.Time) error { return nil }

func (w *stuck) Write(b []byte) (int, error) {
	w.once.Do(func() { close(w.writing) })
	<-w.resume
	return len(b), nil
}

// A slow reader is dropped, and nobody waits for it.
func TestSlowReaders(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	w := &stuck{ResponseRecorder: httptest.NewRecorder(), writing: make(chan struct{}), resume: make(chan struct{})}
	ended := make(chan struct{})
	s.call(t, "POST", "/workspaces/run/clock/advance", `{"by":"1s"}`)
	go func() {
		defer close(ended)
		r := httptest.NewRequestWithContext(t.Context(), "GET", "http://localhost/_sandbox/workspaces/run/requests/stream", nil)
		s.ServeHTTP(w, r)
	}()
	require.Eventually(t, func() bool {
		s.Send(t, "GET", juan, "", token+"@run")
		select {
		case <-w.writing:
			return true
		default:
			return false
		}
	}, 20*time.Second, time.Millisecond)
	for range 300 { // more than it may be behind
		s.Send(t, "GET", juan, "", token+"@run")
	}
	close(w.resume)
	<-ended
}

func TestStreamsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for _, test := range []struct {
		workspace, query string
		status           int
		why              string
	}{
		{"X", "", 404, "a name has 1 to 63"},
		{strings.Repeat("a", 64), "", 404, "a name has 1 to 63"},
		{"%23template", "", 404, "a name has 1 to 63"},
		{"run", "?q=stauts:1", 422, "the nearest are state, status"},
		{"run", "?q=status:x", 422, "is no status"},
	} {
		a := s.call(t, "GET", "/workspaces/"+test.workspace+"/requests/stream"+test.query, "")
		assert.Equal(t, test.status, a.Status, test)
		assert.Contains(t, reason(t, a), test.why)
	}
	assert.Equal(t, 405, s.call(t, "POST", "/workspaces/run/requests/stream", "").Status)
	assert.Equal(t, 200, s.call(t, "HEAD", "/workspaces/run/requests/stream", "").Status, "and ends")
	a := s.call(t, "GET", "/workspaces/run/requests/stream", "", "Origin: http://evil.example")
	assert.Equal(t, 403, a.Status)
}
