package gate_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// replica is one of several gates that have a journal in common, as processes that share a database do.
type replica struct {
	*stand
	first *stand       // which the API is of
	late  atomic.Int64 // nanoseconds that its clock is ahead
	log   *lines
}

// lines are what a replica logs.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// replicas makes some, whose journal keeps so much.
func replicas(t *testing.T, n, perWorkspace, bytes int) []*replica {
	t.Helper()
	s := newStand(t)
	var all []*replica
	for range n {
		all = append(all, s.replica(t, 0, perWorkspace, bytes))
	}
	return all
}

// replica makes another one, whose clock is ahead.
func (s *stand) replica(t *testing.T, late time.Duration, perWorkspace, bytes int) *replica {
	t.Helper()
	r := &replica{stand: &stand{api: s.api, db: s.db, spaces: s.spaces}, first: s, log: &lines{}}
	r.late.Store(int64(late))
	now, log := func() time.Time { return begin.Add(time.Duration(r.late.Load())) }, slog.New(slog.NewTextHandler(r.log, nil))
	var err error
	r.journal, err = gate.ShareJournal(t.Context(), s.db, perWorkspace, bytes, now, log)
	require.NoError(t, err)
	r.Gate = gate.New(gate.Options{APIs: []*gate.API{s.api}, Workspaces: s.spaces, Journal: r.journal, Now: now, Log: log})
	t.Cleanup(r.Interrupt)
	return r
}

// linger sends a request that is under way until end is called, which returns its answer.
func (r *replica) linger(t *testing.T) (end func() *httptest.ResponseRecorder) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	request := httptest.NewRequestWithContext(ctx, "GET", "/shop/get?slow", nil)
	request.Header.Set("Authorization", "Bearer "+alice)
	request.Header.Set(gate.FaultHeader, "delay=10m")
	answer := make(chan *httptest.ResponseRecorder, 1)
	l, _, err := r.journal.Listen(t.Context(), r.space(t, workspace.Default))
	require.NoError(t, err)
	defer l.Close()
	go func() {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, request)
		answer <- w
	}()
	assert.Equal(t, gate.Arrived, (<-l.C).State)
	return func() *httptest.ResponseRecorder {
		cancel()
		return <-answer
	}
}

// urls are those of entries.
func urls(all []*gate.Entry) (list []string) {
	for _, e := range all {
		list = append(list, e.Request.URL)
	}
	return list
}

func TestReplicasShareAJournal(t *testing.T) {
	t.Parallel()
	all := replicas(t, 2, 10, 1<<20)
	a, b, w := all[0], all[1], all[0].space(t, workspace.Default)
	_, kept, err := a.journal.Listen(t.Context(), w)
	require.NoError(t, err)
	assert.Empty(t, kept)

	first := a.send("GET", "/get?1", "", alice)
	b.send("GET", "/get?2", "", "nobody's secret")
	a.send("GET", "/get?3", "", bob+"@elsewhere")
	a.send("POST", "/login", `{"user":"alice@example.com","password":"a-password"}`, "")
	for _, r := range all {
		assert.Equal(t, []string{"/shop/login", "/shop/get?2", "/shop/get?1"}, urls(entriesOf(t, r.journal, w)))
		assert.Equal(t, []string{"/shop/get?3"}, urls(entriesOf(t, r.journal, r.space(t, "elsewhere"))))
	}
	here, there := entriesOf(t, a.journal, w), entriesOf(t, b.journal, w)
	assert.Equal(t, here, there)
	for i, e := range here[1:] {
		assert.Less(t, e.Sequence, here[i].Sequence)
	}
	found, _, err := b.journal.Entry(t.Context(), w, first.Header().Get("X-Sandbox-Request-Id"))
	require.NoError(t, err)
	assert.Equal(t, here[2], found)
	assert.Equal(t, []string{"alice", "main", gate.Answered}, []string{found.Credential, found.Owner, found.State})
	search, err := gate.ParseSearch("status:401")
	require.NoError(t, err)
	refused, err := b.journal.Latest(t.Context(), w, search, 1)
	require.NoError(t, err)
	assert.Equal(t, []string{"/shop/get?2"}, urls(refused))

	// Nobody finds a secret in the database.
	require.NoError(t, a.db.Read(t.Context(), func(v store.View) error {
		var text string
		for _, table := range []string{"max(entry)", "min(entry)"} {
			if err := v.QueryRow("SELECT " + table + " FROM journal").Scan(&text); err != nil {
				return err
			}
			for _, secret := range []string{alice, bob, "a-password", "nobody's secret"} {
				assert.NotContains(t, text, secret)
			}
		}
		return nil
	}))

	entries, size, err := b.journal.Holds(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 4, entries)
	assert.Greater(t, size, 4*200)
	require.NoError(t, b.journal.Clear(t.Context(), w))
	assert.Empty(t, entriesOf(t, a.journal, w))
	assert.Len(t, entriesOf(t, a.journal, a.space(t, "elsewhere")), 1)
	run := strings.SplitAfter(first.Header().Get("X-Sandbox-Request-Id"), "-")[0]
	for _, test := range []struct {
		of   *replica
		id   string
		gone bool
	}{{a, run + "1", true}, {b, run + "1", true}, {a, run + "1000", false}, {b, run + "0", false}, {b, run + "x", false}, {b, "00000000-1", false}, {b, "x", false}} {
		found, gone, err := test.of.journal.Entry(t.Context(), w, test.id)
		require.NoError(t, err)
		assert.Nil(t, found)
		assert.Equal(t, test.gone, gone, test.id)
	}
}

// Who listens on one replica is told of the requests of all, in one order.
func TestListeningAcrossReplicas(t *testing.T) {
	t.Parallel()
	all := replicas(t, 3, 1000, 1<<20)
	w := all[0].space(t, workspace.Default)
	all[1].send("GET", "/get?before", "", alice)
	l, kept, err := all[0].journal.Listen(t.Context(), w)
	require.NoError(t, err)
	defer l.Close()
	assert.Equal(t, []string{"/shop/get?before"}, urls(kept))
	const each = 20
	var wait sync.WaitGroup
	for i, r := range all {
		wait.Go(func() {
			for n := range each {
				r.send("GET", fmt.Sprintf("/get?%d.%d", i, n), "", alice)
			}
		})
	}
	arrived, last := map[string]bool{}, kept[0].Sequence
	for answered := 0; answered < each*len(all); {
		e := <-l.C
		if e.State == gate.Arrived {
			assert.False(t, arrived[e.ID])
			assert.Empty(t, e.Response.Headers)
			arrived[e.ID] = true
			continue
		}
		answered++
		assert.True(t, arrived[e.ID])
		assert.Greater(t, e.Sequence, last)
		last = e.Sequence
	}
	wait.Wait()
	require.NoError(t, all[2].journal.Clear(t.Context(), w))
	all[1].send("GET", "/get?after", "", "nobody's secret")
	assert.Nil(t, <-l.C, "it was cleared")
	e := <-l.C
	assert.Equal(t, []string{gate.Answered, "/shop/get?after"}, []string{e.State, e.Request.URL}, "it got into no workspace")

	// Who begins to listen beside the others misses nothing, and is told nothing twice.
	again, kept, err := all[0].journal.Listen(t.Context(), w)
	require.NoError(t, err)
	assert.Equal(t, []string{"/shop/get?after"}, urls(kept))
	watch, err := all[0].journal.Watch(t.Context(), w)
	require.NoError(t, err)
	all[2].send("GET", "/get?last", "", alice)
	for _, c := range []*gate.Listener{l, again} {
		assert.Equal(t, gate.Arrived, (<-c.C).State)
		assert.Equal(t, "/shop/get?last", (<-c.C).Request.URL)
	}
	assert.NotNil(t, <-watch.C)
	all[0].Interrupt()
	for _, c := range []*gate.Listener{l, again, watch} {
		for range c.C { // until it is closed
		}
	}
	_, _, err = all[0].journal.Listen(t.Context(), w)
	assert.ErrorIs(t, err, gate.ErrStopped)
}

func TestWaitingForAnotherReplica(t *testing.T) {
	t.Parallel()
	all := replicas(t, 2, 10, 1<<20)
	w := all[0].space(t, workspace.Default)
	search, err := gate.ParseSearch("path:wanted")
	require.NoError(t, err)
	came := make(chan []string)
	go func() {
		found, _, err := all[0].journal.Wait(t.Context(), w, search, 2, time.Minute)
		assert.NoError(t, err)
		came <- urls(found)
	}()
	all[1].send("GET", "/get?wanted=1", "", alice)
	all[0].send("GET", "/get?there", "", alice)
	all[1].send("GET", "/get?wanted=2", "", alice)
	assert.Equal(t, []string{"/shop/get?wanted=2", "/shop/get?wanted=1"}, <-came)

	_, misses, err := all[0].journal.Wait(t.Context(), w, search, 3, time.Nanosecond)
	require.NoError(t, err)
	assert.Equal(t, "/shop/get?there", misses[0].Entry.Request.URL)
}

// A deletion ends what listens on other replicas, also where another workspace has been made in the name at once.
func TestListenersOfADeletedWorkspace(t *testing.T) {
	t.Parallel()
	all := replicas(t, 2, 10, 1<<20)
	w := all[0].space(t, "run")
	for range 3 {
		all[0].send("GET", "/get", "", alice+"@run")
	}
	l, _, err := all[0].journal.Listen(t.Context(), w)
	require.NoError(t, err)
	deleted, err := all[1].spaces.Delete(t.Context(), "run")
	require.NoError(t, err)
	all[1].journal.Forget(deleted)
	all[1].send("GET", "/get", "", alice+"@run")
	e, open := <-l.C
	assert.False(t, open, "%v", e)
	assert.Len(t, entriesOf(t, all[0].journal, all[0].space(t, "run")), 1)
}

// What lasts is shown while it does, and told once.
func TestWhatIsUnderWayElsewhere(t *testing.T) {
	t.Parallel()
	all := replicas(t, 2, 10, 1<<20)
	a, b, w := all[0], all[1], all[0].space(t, workspace.Default)
	l, _, err := b.journal.Listen(t.Context(), w)
	require.NoError(t, err)
	defer l.Close()
	told := func() string {
		if e := <-l.C; e != nil {
			return e.State + " " + e.Request.URL
		}
		return "cleared"
	}
	end := a.linger(t)
	b.send("GET", "/get?quick", "", alice)
	assert.Equal(t, []string{"arrived /shop/get?slow", "arrived /shop/get?quick", "answered /shop/get?quick"}, []string{told(), told(), told()})
	shown := entriesOf(t, b.journal, w)
	require.Equal(t, []string{"/shop/get?slow", "/shop/get?quick"}, urls(shown))
	assert.Equal(t, gate.Arrived, shown[0].State)
	found, _, err := b.journal.Entry(t.Context(), w, shown[0].ID)
	require.NoError(t, err)
	assert.Equal(t, shown[0], found)
	require.NoError(t, b.journal.Clear(t.Context(), w))
	assert.Equal(t, "cleared", told())
	assert.Equal(t, []string{"/shop/get?slow"}, urls(entriesOf(t, a.journal, w)), "it stays")

	assert.Equal(t, 200, end().Code)
	assert.Equal(t, "answered /shop/get?slow", told())
	answered := entriesOf(t, b.journal, w)
	require.Len(t, answered, 1)
	assert.Equal(t, []any{gate.Answered, shown[0].ID, 200}, []any{answered[0].State, answered[0].ID, answered[0].Response.Status})
}

// What ends without an answer is no longer under way.
func TestWhatEndsUnanswered(t *testing.T) {
	t.Parallel()
	all := replicas(t, 2, 10, 1<<20)
	a, w := all[0], all[0].space(t, workspace.Default)
	request := httptest.NewRequestWithContext(t.Context(), "GET", "/shop/list", nil)
	request.Header.Set("Authorization", "Bearer "+alice)
	request.Header.Set(gate.FaultHeader, "delay=1ns")
	shown := 0
	a.first.fill = func() (web.Response, error) {
		shown = len(entriesOf(t, all[1].journal, w))
		panic(http.ErrAbortHandler)
	}
	assert.Panics(t, func() { a.ServeHTTP(httptest.NewRecorder(), request) })
	assert.Equal(t, 1, shown)
	assert.Empty(t, entriesOf(t, all[1].journal, w))
}

// What a replica that was killed had under way is shown for a minute, and then removed.
func TestWhatAKilledReplicaLeaves(t *testing.T) {
	t.Parallel()
	all := replicas(t, 2, 10, 1<<20)
	killed, other, w := all[0], all[1], all[0].space(t, workspace.Default)
	end := killed.linger(t) // though it ends after all
	id := entriesOf(t, other.journal, w)[0].ID
	rows := func() (n int) {
		require.NoError(t, other.db.Read(t.Context(), func(v store.View) error { return v.QueryRow("SELECT count(*) FROM journal").Scan(&n) }))
		return n
	}
	for _, test := range []struct {
		late        time.Duration
		shown, rows int
	}{{59 * time.Second, 1, 1}, {time.Minute, 0, 1}, {9 * time.Minute, 0, 1}, {10 * time.Minute, 0, 0}} {
		other.late.Store(int64(test.late))
		other.replica(t, test.late, 10, 1<<20) // which removes at its start what is to be removed
		assert.Len(t, entriesOf(t, other.journal, w), test.shown, test.late)
		found, gone, err := other.journal.Entry(t.Context(), w, id)
		require.NoError(t, err)
		assert.Equal(t, test.shown == 0, found == nil && gone, test.late)
		assert.Equal(t, test.rows, rows(), test.late)
	}
	assert.Equal(t, 200, end().Code)
	assert.Equal(t, gate.Answered, entriesOf(t, other.journal, w)[0].State)
}

func TestBoundsOfASharedJournal(t *testing.T) {
	t.Parallel()
	all := replicas(t, 2, 10, 1<<20)
	w := all[0].space(t, workspace.Default)
	var ids []string
	for n := range 300 {
		ids = append(ids, all[n%2].send("GET", "/get", "", alice).Header().Get("X-Sandbox-Request-Id"))
	}
	var kept []string
	for _, e := range entriesOf(t, all[1].journal, w) {
		kept = append([]string{e.ID}, kept...)
	}
	assert.Equal(t, ids[290:], kept)
	found, _, err := all[0].journal.Entry(t.Context(), w, ids[290])
	require.NoError(t, err)
	assert.NotNil(t, found)
	_, gone, err := all[0].journal.Entry(t.Context(), w, ids[289])
	require.NoError(t, err)
	assert.True(t, gone)
	entries, _, err := all[0].journal.Holds(t.Context())
	require.NoError(t, err)
	assert.Less(t, entries, 300, "now and then what is shown no more is removed")

	// All workspaces together are bounded in bytes, and the oldest go first.
	for n := range 60 {
		all[0].late.Store(int64(n))
		all[0].send("GET", "/get?"+strings.Repeat("x", 10<<10), "", fmt.Sprintf("%s@run-%d", alice, n%3))
	}
	all[0].first.replica(t, 0, 10, 200<<10)
	_, size, err := all[0].journal.Holds(t.Context())
	require.NoError(t, err)
	assert.Less(t, size, 200<<10)
	assert.Greater(t, size, 180<<10)
	assert.Empty(t, entriesOf(t, all[0].journal, w))
}

// Without the database requests are answered and not journalled, which the log says, and nobody is shown half a journal.
func TestAJournalThatFails(t *testing.T) {
	t.Parallel()
	r := replicas(t, 1, 10, 1<<20)[0]
	w := r.space(t, workspace.Default)
	r.send("GET", "/get", "", alice)
	require.NoError(t, r.db.Close())
	id := r.send("GET", "/get", "", alice).Header().Get("X-Sandbox-Request-Id")
	assert.Contains(t, r.log.String(), `msg="the journal has lost a request" id=`+id)
	_, err := r.journal.Entries(t.Context(), w)
	assert.ErrorIs(t, err, store.ErrClosed)
	_, _, err = r.journal.Entry(t.Context(), w, id)
	assert.ErrorIs(t, err, store.ErrClosed)
	_, _, err = r.journal.Listen(t.Context(), w)
	assert.ErrorIs(t, err, store.ErrClosed)
	_, err = r.journal.Watch(t.Context(), w)
	assert.ErrorIs(t, err, store.ErrClosed)
	_, _, err = r.journal.Holds(t.Context())
	assert.ErrorIs(t, err, store.ErrClosed)
	assert.ErrorIs(t, r.journal.Clear(t.Context(), w), store.ErrClosed)
}

// An entry of another replica holds all that one of this process does.
func TestEntriesOfOtherReplicasAreWhole(t *testing.T) {
	t.Parallel()
	all := replicas(t, 2, 10, 1<<20)
	a, b, w := all[0], all[1], all[0].space(t, workspace.Default)
	a.first.fill = func() (web.Response, error) {
		return web.Response{}, web.Refuse(web.ErrInvalid,
			web.Violation{Member: "a", Value: "x\x00<\xff", Rule: "SHO-1", Collection: "things"},
			web.Violation{Member: "b", Value: jsontext.Value("12345678901234567890.10"), Rule: "SHO-1"},
			web.Violation{Member: "c", Rule: "SHO-2", Message: "is missing"})
	}
	a.send("GET", "/list", "", alice)
	e := entriesOf(t, b.journal, w)[0]
	require.Len(t, e.Violations, 3)
	assert.Equal(t, web.Violation{Member: "a", Value: "x\x00<\ufffd", Rule: "SHO-1", Collection: "things"}, e.Violations[0])
	assert.Equal(t, jsontext.Value("12345678901234567890.10"), e.Violations[1].Value)
	assert.Equal(t, web.Violation{Member: "c", Rule: "SHO-2", Message: "is missing"}, e.Violations[2])
	assert.Equal(t, &gate.CacheUse{}, e.Cache)
	assert.Equal(t, 1, e.Limit.Used)

	for body, lacks := range map[string]string{
		"{\xff\x00": "", strings.Repeat("x", 20_000): "the journal keeps 1025 of the 20000 bytes", `{"password":"x"}`: "a secret was taken out", "": "",
	} {
		a.send("POST", "/login", body, "")
		e := entriesOf(t, b.journal, w)[0]
		if lacks == "" {
			assert.Equal(t, body, e.Request.Body)
			assert.Empty(t, e.Lacks())
		}
		assert.Contains(t, e.Lacks(), lacks)
	}

	// One replica sends again what another was sent, as the same credential.
	a.send("GET", "/get?again", "", bob+"@run")
	run := a.space(t, "run")
	header, err := b.Replay(t.Context(), entriesOf(t, b.journal, run)[0])
	require.NoError(t, err)
	again, _, err := a.journal.Entry(t.Context(), run, header.Get("X-Sandbox-Request-Id"))
	require.NoError(t, err)
	assert.Equal(t, []any{"/shop/get?again", "bob", "main", 200}, []any{again.Request.URL, again.Credential, again.Owner, again.Response.Status})
}
