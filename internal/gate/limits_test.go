package gate_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/clock"
	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// advance moves a workspace's clock forward.
func advance(t *testing.T, w *workspace.Workspace, by time.Duration) {
	t.Helper()
	require.NoError(t, w.SetClock(t.Context(), func(now clock.Setting, real time.Time) (clock.Setting, error) { return now.Advance(by, real) }))
}

func TestLimitsSlide(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	w := s.space(t, "default")
	list := func() string { return s.get("/list", alice)[:3] }
	assert.Equal(t, "200", list())
	advance(t, w, 40*time.Second)
	assert.Equal(t, "200", list())
	assert.Equal(t, `429 "2026-03-01T06:01:00Z"`, s.get("/list", alice))
	assert.Equal(t, "429", list(), "a refused request is not counted")
	advance(t, w, 20*time.Second-1)
	assert.Equal(t, "429", list())
	advance(t, w, 1)
	assert.Equal(t, "200", list(), "the first has left the window")
	assert.Equal(t, `429 "2026-03-01T06:01:40Z"`, s.get("/list", alice), "the second has not")
	advance(t, w, 40*time.Second)
	assert.Equal(t, "200", list())
	advance(t, w, time.Hour)
	assert.Equal(t, []string{"200", "200", "429"}, []string{list(), list(), list()})

	refused := s.entry(t, s.send("GET", "/list", "", alice))
	require.Len(t, refused.Violations, 1)
	v := refused.Violations[0]
	assert.Equal(t, []any{"limit", "alice", "SHO-1", "has made 2 requests within 1m0s, and shop.list allows no more"}, []any{v.Member, v.Value, v.Rule, v.Message})
	assert.Contains(t, v.Passes, "2026-03-01T07:02:40Z")
	assert.Equal(t, &gate.Standing{Limit: "shop.list", Subject: "alice", Used: 2, Requests: 2, Window: "1m0s", Opens: begin.Add(time.Hour + 160*time.Second)}, refused.Limit)
}

// Limits count subjects, in each workspace for itself.
func TestLimitsCountSubjects(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, secret := range []string{alice, bob, alice + "@run", "nobody", alice + "@run"} {
		for range 3 {
			s.get("/list", secret)
		}
	}
	for range 5 {
		assert.Equal(t, "200", s.get("/get", alice), "another operation")
	}
	want := []gate.Standing{
		{Limit: "shop.list", Subject: "alice", Used: 2, Requests: 2, Window: "1m0s", Opens: begin.Add(time.Minute)},
		{Limit: "shop.list", Subject: "bob@example.com", Used: 2, Requests: 2, Window: "1m0s", Opens: begin.Add(time.Minute)},
	}
	assert.Equal(t, want, standings(t, s.space(t, "default")))
	assert.Equal(t, want[:1], standings(t, s.space(t, "run")))
	assert.Empty(t, standings(t, s.space(t, "new")))

	// The first limit that applies counts: of the operation here, of the owner for what else that one does.
	assert.Equal(t, "200 200 429", s.get("/list", trial)[:3]+" "+s.get("/list", trial)[:3]+" "+s.get("/list", trial)[:3])
	for i := range 5 {
		assert.Equal(t, map[bool]string{true: "200", false: "429"}[i < 3], s.get("/get", trial)[:3])
	}
	advance(t, s.space(t, "default"), time.Minute)
	assert.Equal(t, 0, standings(t, s.space(t, "default"))[0].Used, "it shows what is in the window now")
	assert.Zero(t, standings(t, s.space(t, "default"))[0].Opens)
}

func TestLimitsAreExactUnderRace(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.set(t, s.space(t, "default"), "limits.shop.list", "50/1h")
	var wait sync.WaitGroup
	var passed atomic.Int32
	for range 100 {
		wait.Go(func() {
			if s.get("/list", alice)[:3] == "200" {
				passed.Add(1)
			}
		})
	}
	wait.Wait()
	assert.Equal(t, int32(50), passed.Load())
}

func TestLimitsCanBeChanged(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	w := s.space(t, "default")
	list := func() string { return s.get("/list", alice)[:3] }
	s.set(t, w, "limits.shop.list", "3/2m")
	assert.Equal(t, []string{"200", "200", "200", "429"}, []string{list(), list(), list(), list()})
	named := gate.Limits([]*gate.API{s.api}, w)
	require.Len(t, named, 2)
	assert.Equal(t, []any{"shop.list", "SHO-1", 3, "2m0s"}, []any{named[0].Limit, named[0].Rule, named[0].Requests, named[0].Window})
	assert.Equal(t, []any{"shop.trial", "SHO-2", 3, "1m0s"}, []any{named[1].Limit, named[1].Rule, named[1].Requests, named[1].Window})
	assert.Equal(t, 2, gate.Limits([]*gate.API{s.api}, s.space(t, "run"))[0].Requests, "of one workspace alone")

	advance(t, w, time.Second)
	s.set(t, w, "limits.shop.list", "2/2m")
	assert.Equal(t, `429 "2026-03-01T06:02:00Z"`, s.get("/list", alice), "it opens when enough have left, not when the first has")
	s.set(t, w, "limits.shop.list", "10/1s")
	assert.Equal(t, "200", list(), "a smaller window forgets")
	s.set(t, w, "limits.shop.list", "0/1m")
	refused := s.send("GET", "/list", "", alice)
	assert.Equal(t, 429, refused.Code)
	assert.Equal(t, `"2026-03-01T06:01:01Z"`, strings.TrimSpace(refused.Body.String()))
	assert.Contains(t, s.entry(t, refused).Violations[0].Passes, "the limit was set to none")
	s.set(t, w, "limits", "off")
	assert.Equal(t, "200", list())
	assert.Nil(t, s.entry(t, s.send("GET", "/list", "", alice)).Limit)
	s.set(t, w, "limits", "on")
	assert.Equal(t, "429", list())
	require.NoError(t, w.Reset(t.Context()))
	assert.Equal(t, []string{"200", "200", "429"}, []string{list(), list(), list()})

	for _, value := range []string{"", "3", "3/", "/1m", "-1/1m", "10001/1m", "3/0s", "3/-1m", "3/24h0m1s", "3/1d", "3.5/1m", "3/1m/1m", "x/1m"} {
		assert.ErrorContains(t, w.ChangeSettings(t.Context(), map[string]string{"limits.shop.list": value}), "takes requests per window, like 2/1m0s", value)
	}
	for _, value := range []string{"10000/24h", "1/1ns"} {
		s.set(t, w, "limits.shop.list", value)
	}
	assert.ErrorContains(t, w.ChangeSettings(t.Context(), map[string]string{"limits.shop.lists": "1/1m"}), "no switch is called")
}

func TestCountersCanBeSetAndEmptied(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	w := s.space(t, "default")
	limit := gate.Limits([]*gate.API{s.api}, w)[0]
	list := func() string { return s.get("/list", alice)[:3] }
	require.NoError(t, gate.SetCounter(t.Context(), w, limit, "alice", 1))
	assert.Equal(t, []string{"200", "429"}, []string{list(), list()})
	require.NoError(t, gate.SetCounter(t.Context(), w, limit, "alice", 5))
	assert.Equal(t, 5, standings(t, w)[0].Used)
	assert.Equal(t, `429 "2026-03-01T06:01:00Z"`, s.get("/list", alice))
	require.NoError(t, gate.SetCounter(t.Context(), w, limit, "alice", 0))
	assert.Equal(t, []string{"200", "200", "429"}, []string{list(), list(), list()})
	require.NoError(t, gate.EmptyCounters(t.Context(), w))
	assert.Empty(t, standings(t, w))
	assert.Equal(t, "200", list())

	require.NoError(t, gate.EmptyCounters(t.Context(), w))
	for i := range 1001 {
		require.NoError(t, gate.SetCounter(t.Context(), w, limit, fmt.Sprint("subject-", i), 1))
	}
	assert.Len(t, standings(t, w), 1, "they are bounded: beyond that all of them are forgotten")
}

// Counters end with a reset, and only with a whole new state.
func TestCountersEndWithALife(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	w := s.space(t, "default")
	fixture := func(content string) *workspace.Fixture {
		f := &workspace.Fixture{}
		require.NoError(t, f.Add("fixture", []byte(content)))
		return f
	}
	_, err := w.TakeSnapshot(t.Context(), "one")
	require.NoError(t, err)
	for name, change := range map[string]func() error{
		"reset":   func() error { return w.Reset(t.Context()) },
		"restore": func() error { return w.Restore(t.Context(), "default", "one") },
		"replace": func() error { _, err := w.Replace(t.Context(), fixture("{}")); return err },
	} {
		s.get("/list", alice)
		require.NotEmpty(t, standings(t, w), name)
		require.NotEmpty(t, keptAnswers(t, w), name)
		require.NoError(t, change(), name)
		assert.Empty(t, standings(t, w), name)
		assert.Empty(t, keptAnswers(t, w), name)
	}
	s.get("/list", alice)
	before, kept := standings(t, w), keptAnswers(t, w)
	for name, change := range map[string]func() error{
		"a snapshot that there is not": func() error { return w.Restore(t.Context(), "default", "two") },
		"a broken fixture":             func() error { _, err := w.Replace(t.Context(), fixture("nope: {}")); return err },
		"a broken state":               func() error { _, err := w.Replace(t.Context(), fixture("workspace: {settings: {x: y}}")); return err },
		"a broken addition":            func() error { _, err := w.Add(t.Context(), fixture("workspace: {settings: {x: y}}")); return err },
	} {
		require.Error(t, change(), name)
		assert.Equal(t, before, standings(t, w), name)
		assert.Equal(t, kept, keptAnswers(t, w), name)
	}
}
