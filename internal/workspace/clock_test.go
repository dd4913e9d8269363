package workspace_test

import (
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
)

var begin = time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)

// clock is a workspace's clock, as it is after a call.
func clock(t *testing.T, s *apptest.Sandbox, method, name, body string) string {
	t.Helper()
	a := s.Do(t, method, "http://localhost/_sandbox/workspaces/"+name, body)
	require.Equal(t, 200, a.Status, a.Body)
	return a.Body
}

func TestClocksThatCannotBe(t *testing.T) {
	t.Parallel()
	for text, reason := range map[string]string{
		"yesterday":             "is not an RFC 3339 time",
		"!":                     "is not an RFC 3339 time",
		"2026-01-31":            "is not an RFC 3339 time",
		"2026-01-31T12:00:00":   "is not an RFC 3339 time",
		"2026-02-29T12:00:00Z":  "is not an RFC 3339 time",
		"2026-01-31T12:00:00Z?": "is not an RFC 3339 time",
		"!2026-01-31T12:00:00Z": "is not an RFC 3339 time",
		"2024-01-01T23:59:59Z!": "is outside 2024-01-02T00:00:00Z to 2031-07-01T00:00:00Z",
		"2031-07-01T00:00:01Z":  "is outside 2024-01-02T00:00:00Z to 2031-07-01T00:00:00Z",
	} {
		_, err := app.New(t.Context(), app.Options{Clock: text})
		assert.ErrorContains(t, err, reason, text)
	}
}

// Each workspace's clock starts when the workspace is made, and again when it is reset.
func TestClocksStart(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ start, first, later string }{
		{"", `{"now":"2026-03-01T06:00:00Z","offset":"0s","frozen":false}`, `{"now":"2026-03-01T07:00:00Z","offset":"0s","frozen":false}`},
		{"2027-01-01T00:00:00Z", `{"now":"2027-01-01T00:00:00Z","offset":"7338h0m0s","frozen":false}`, `{"now":"2027-01-01T00:00:00Z","offset":"7337h0m0s","frozen":false}`},
		{"2027-01-01T02:00:00+02:00!", `{"now":"2027-01-01T00:00:00Z","offset":"7338h0m0s","frozen":true}`, `{"now":"2027-01-01T00:00:00Z","offset":"7337h0m0s","frozen":true}`},
		{"2025-01-01T00:00:00Z", `{"now":"2025-01-01T00:00:00Z","offset":"-10182h0m0s","frozen":false}`, `{"now":"2025-01-01T00:00:00Z","offset":"-10183h0m0s","frozen":false}`},
	} {
		var passed atomic.Int64
		s := apptest.New(t, app.Options{Clock: test.start, Now: func() time.Time { return begin.Add(time.Duration(passed.Load())) }})
		assert.JSONEq(t, test.first, clock(t, s, "GET", "default/clock", ""), test.start)
		clock(t, s, "PUT", "default/clock", `{"now":"2029-01-01T00:00:00Z"}`)
		passed.Store(int64(time.Hour))
		assert.Equal(t, 404, s.Do(t, "GET", clients+"/nobody", "", token+"@run").Status)
		assert.JSONEq(t, test.later, clock(t, s, "GET", "run/clock", ""), test.start)
		assert.Equal(t, 204, s.Do(t, "POST", "http://localhost/_sandbox/workspaces/default/reset", "").Status)
		assert.JSONEq(t, test.later, clock(t, s, "GET", "default/clock", ""), test.start)
	}
}

// Clocks last over a restart, also one with another --clock, until a reset.
func TestClocksLast(t *testing.T) {
	t.Parallel()
	o := app.Options{DB: filepath.Join(t.TempDir(), "sandbox.db"), Now: func() time.Time { return begin }}
	s := apptest.New(t, o)
	want := map[string]string{}
	for name, body := range map[string]string{"default": `{"offset":"1h0.000000001s"}`, "frozen": `{"now":"2030-01-01T00:00:00.123456789Z","frozen":true}`} {
		want[name] = clock(t, s, "PUT", name+"/clock", body)
	}
	want["untouched"] = clock(t, s, "PUT", "untouched/clock", `{"frozen":false}`)
	require.NoError(t, s.Close(t.Context()))

	o.Clock = "2027-01-01T00:00:00Z!"
	s = apptest.New(t, o)
	assert.Contains(t, s.Log.String(), "workspaces of an earlier run keep their clock")
	for name, shown := range want {
		assert.Equal(t, shown, clock(t, s, "GET", name+"/clock", ""), name)
		assert.Equal(t, 204, s.Do(t, "POST", "http://localhost/_sandbox/workspaces/"+name+"/reset", "").Status)
		assert.Contains(t, clock(t, s, "GET", name+"/clock", ""), `"now":"2027-01-01T00:00:00Z"`)
	}
}
