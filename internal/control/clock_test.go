package control_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
)

// begin is real time as these tests have it.
var begin = time.Date(2026, 3, 1, 6, 7, 8, 0, time.UTC)

// realTime is real time that a test moves.
type realTime struct{ passed atomic.Int64 }

func (r *realTime) now() time.Time        { return begin.Add(time.Duration(r.passed.Load())) }
func (r *realTime) pass(by time.Duration) { r.passed.Add(int64(by)) }

// shown is a clock as the control API shows it.
type shown struct {
	Now, Offset string
	Frozen      bool
}

const clock = "/workspaces/default/clock"

func TestClockIsRealTimeAtFirst(t *testing.T) {
	t.Parallel()
	var real realTime
	s := newSandbox(t, app.Options{Now: real.now})
	assert.Equal(t, shown{"2026-03-01T06:07:08Z", "0s", false}, read[shown](t, s.call(t, "GET", clock, "")))
	real.pass(1500 * time.Millisecond)
	assert.Equal(t, shown{"2026-03-01T06:07:09.5Z", "0s", false}, read[shown](t, s.call(t, "GET", clock, "")))
	assert.Equal(t, 404, s.call(t, "GET", "/workspaces/nobody/clock", "").Status)
}

// Each row sets a clock that an earlier PUT may have set before.
func TestSetClock(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Now: func() time.Time { return begin }})
	const (
		running = `{"offset":"1h"}`
		frozen  = `{"offset":"1h","frozen":true}`
	)
	for _, test := range []struct {
		name, before, body string
		want               shown
	}{
		{"now", "", `{"now":"2026-03-01T07:00:00Z"}`, shown{"2026-03-01T07:00:00Z", "52m52s", false}},
		{"now in another zone", "", `{"now":"2026-03-01T00:07:08.25-07:00"}`, shown{"2026-03-01T07:07:08.25Z", "1h0m0.25s", false}},
		{"now, to stand there", "", `{"now":"2026-03-02T00:00:00+02:00","frozen":true}`, shown{"2026-03-01T22:00:00Z", "15h52m52s", true}},
		{"now, not to stand there", "", `{"now":"2026-03-02T00:00:00Z","frozen":false}`, shown{"2026-03-02T00:00:00Z", "17h52m52s", false}},
		{"now as it is", "", `{"now":"2026-03-01T06:07:08Z"}`, shown{"2026-03-01T06:07:08Z", "0s", false}},
		{"now, the latest", "", `{"now":"2031-07-01T00:00:00Z"}`, shown{"2031-07-01T00:00:00Z", "46745h52m52s", false}},
		{"offset", "", `{"offset":"1h1m"}`, shown{"2026-03-01T07:08:08Z", "1h1m0s", false}},
		{"offset, to stand there", "", `{"offset":"1.5s","frozen":true}`, shown{"2026-03-01T06:07:09.5Z", "1.5s", true}},
		{"offset, not to stand there", "", `{"offset":"24h","frozen":false}`, shown{"2026-03-02T06:07:08Z", "24h0m0s", false}},
		{"no offset", "", `{"offset":"0"}`, shown{"2026-03-01T06:07:08Z", "0s", false}},
		{"the same offset again", running, running, shown{"2026-03-01T07:07:08Z", "1h0m0s", false}},
		{"a larger offset", running, `{"offset":"2h"}`, shown{"2026-03-01T08:07:08Z", "2h0m0s", false}},
		{"freeze", running, `{"frozen":true}`, shown{"2026-03-01T07:07:08Z", "1h0m0s", true}},
		{"freeze what is frozen", frozen, `{"frozen":true}`, shown{"2026-03-01T07:07:08Z", "1h0m0s", true}},
		{"thaw", frozen, `{"frozen":false}`, shown{"2026-03-01T07:07:08Z", "1h0m0s", false}},
		{"thaw what runs", running, `{"frozen":false}`, shown{"2026-03-01T07:07:08Z", "1h0m0s", false}},
		{"now thaws", frozen, `{"now":"2026-03-02T00:00:00Z"}`, shown{"2026-03-02T00:00:00Z", "17h52m52s", false}},
		{"null is nothing", frozen, `{"now":null,"offset":"3h","frozen":null}`, shown{"2026-03-01T09:07:08Z", "3h0m0s", false}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := "/workspaces/" + strings.NewReplacer(" ", "-", ",", "").Replace(test.name) + "/clock"
			if test.before != "" {
				require.Equal(t, 200, s.call(t, "PUT", path, test.before).Status)
			}
			assert.Equal(t, test.want, read[shown](t, s.call(t, "PUT", path, test.body)))
			assert.Equal(t, test.want, read[shown](t, s.call(t, "GET", path, "")))
		})
	}
}

func TestClockRefusals(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Now: func() time.Time { return begin }, Clock: "2026-06-01T00:00:00Z!"})
	const (
		set, advance = "PUT ", "POST /advance"
		back         = "a clock goes back only by a reset"
		bounds       = "is outside 2024-01-02T00:00:00Z to 2031-07-01T00:00:00Z"
	)
	for _, test := range []struct{ call, body, reason string }{
		{set, `{}`, "send now, offset or frozen"},
		{set, `{"now":null}`, "send now, offset or frozen"},
		{set, `{"now":"2027-01-01T00:00:00Z","offset":"9000h"}`, "send one"},
		{set, `{"now":"2027-01-01T00:00:00Z","offset":"","frozen":true}`, "send one"},
		{set, `{"now":"2027-01-01"}`, "body.now: expected string to be RFC 3339 date-time"},
		{set, `{"now":"2027-01-01 00:00:00Z"}`, "body.now: expected string to be RFC 3339 date-time"},
		{set, `{"now":"2027-01-01T00:00:00"}`, "body.now: expected string to be RFC 3339 date-time"},
		{set, `{"now":"2027-02-29T00:00:00Z"}`, "body.now: expected string to be RFC 3339 date-time"},
		{set, `{"now":"2027-01-01T24:00:00Z"}`, "body.now: expected string to be RFC 3339 date-time"},
		{set, `{"now":"12027-01-01T00:00:00Z"}`, "body.now: expected string to be RFC 3339 date-time"},
		{set, `{"now":"tomorrow"}`, "body.now: expected string to be RFC 3339 date-time"},
		{set, `{"now":""}`, "body.now: expected string to be RFC 3339 date-time"},
		{set, `{"now":1800000000}`, "body.now: expected string"},
		{set, `{"now":"2026-05-31T23:59:59.999999999Z"}`, back},
		{set, `{"now":"2026-06-01T00:00:00+00:01"}`, back},
		{set, `{"now":"2024-01-01T23:59:59Z"}`, back},
		{set, `{"now":"0001-01-01T00:00:00Z","frozen":true}`, back},
		{set, `{"now":"2031-07-01T00:00:00.000000001Z"}`, bounds},
		{set, `{"now":"9999-12-31T23:59:59Z"}`, bounds},
		{set, `{"offset":"1h"}`, back},
		{set, `{"offset":"0s"}`, back},
		{set, `{"offset":"-1s"}`, back},
		{set, `{"offset":"-2540400h"}`, back},
		{set, `{"offset":"46745h52m52.000000001s"}`, bounds},
		{set, `{"offset":"2540400h"}`, bounds},
		{set, `{"offset":""}`, `offset: "" is no duration`},
		{set, `{"offset":"1"}`, `offset: "1" is no duration`},
		{set, `{"offset":"1 h"}`, `offset: "1 h" is no duration`},
		{set, `{"offset":"1d"}`, `offset: "1d" is no duration`},
		{set, `{"offset":"99999999h"}`, `offset: "99999999h" is no duration`},
		{set, `{"offset":"<b>"}`, `offset: "<b>" is no duration`},
		{set, `{"offset":3600}`, "body.offset: expected string"},
		{set, `{"frozen":"true"}`, "body.frozen: expected boolean"},
		{set, `{"frozen":1}`, "body.frozen: expected boolean"},
		{set, `{"frozen":true,"by":"1s"}`, "body.by: unexpected property"},
		{advance, `{}`, "expected required property by"},
		{advance, `{"by":null}`, "body.by: expected string"},
		{advance, `{"by":61}`, "body.by: expected string"},
		{advance, `{"by":""}`, `by: "" is no duration`},
		{advance, `{"by":"61"}`, `by: "61" is no duration`},
		{advance, `{"by":"1w"}`, `by: "1w" is no duration`},
		{advance, `{"by":"99999999h"}`, `by: "99999999h" is no duration`},
		{advance, `{"by":"0s"}`, "0s is not a positive duration"},
		{advance, `{"by":"-1s"}`, "-1s is not a positive duration"},
		{advance, `{"by":"0.1ns"}`, "0s is not a positive duration"},
		{advance, `{"by":"44544h0m0.000000001s"}`, bounds},
		{advance, `{"by":"2562047h"}`, bounds},
		{advance, `{"by":"1s","frozen":true}`, "body.frozen: unexpected property"},
	} {
		t.Run(test.call+test.body, func(t *testing.T) {
			t.Parallel()
			method, path, _ := strings.Cut(test.call, " ")
			a := s.call(t, method, clock+path, test.body)
			assert.Equal(t, 422, a.Status, a.Body)
			assert.Contains(t, reason(t, a), test.reason)
			assert.Equal(t, shown{"2026-06-01T00:00:00Z", "2201h52m52s", true}, read[shown](t, s.call(t, "GET", clock, "")))
		})
	}
}

func TestFreezeThawAndAdvance(t *testing.T) {
	t.Parallel()
	var real realTime
	s := newSandbox(t, app.Options{Now: real.now})
	for _, step := range []struct {
		passes             time.Duration
		method, path, body string
		want               shown
	}{
		{0, "POST", "/advance", `{"by":"61s"}`, shown{"2026-03-01T06:08:09Z", "1m1s", false}},
		{time.Minute, "GET", "", "", shown{"2026-03-01T06:09:09Z", "1m1s", false}},
		{0, "PUT", "", `{"frozen":true}`, shown{"2026-03-01T06:09:09Z", "1m1s", true}},
		{time.Hour, "GET", "", "", shown{"2026-03-01T06:09:09Z", "-58m59s", true}},
		{0, "POST", "/advance", `{"by":"1ns"}`, shown{"2026-03-01T06:09:09.000000001Z", "-58m58.999999999s", true}},
		{time.Hour, "POST", "/advance", `{"by":"1h30m"}`, shown{"2026-03-01T07:39:09.000000001Z", "-28m58.999999999s", true}},
		{0, "PUT", "", `{"frozen":false}`, shown{"2026-03-01T07:39:09.000000001Z", "-28m58.999999999s", false}},
		{time.Minute, "POST", "/advance", `{"by":"1s"}`, shown{"2026-03-01T07:40:10.000000001Z", "-28m57.999999999s", false}},
		{0, "PUT", "", `{"offset":"0s"}`, shown{"2026-03-01T08:09:08Z", "0s", false}},
		{0, "PUT", "", `{"now":"2031-06-30T23:59:59Z"}`, shown{"2031-06-30T23:59:59Z", "46743h50m51s", false}},
		{time.Minute, "GET", "", "", shown{"2031-07-01T00:00:00Z", "46743h50m51s", false}},
		{0, "PUT", "", `{"frozen":true}`, shown{"2031-07-01T00:00:00Z", "46743h49m52s", true}},
	} {
		real.pass(step.passes)
		assert.Equal(t, step.want, read[shown](t, s.call(t, step.method, clock+step.path, step.body)), "%s %s", step.method, step.body)
	}
	assert.Equal(t, 422, s.call(t, "POST", clock+"/advance", `{"by":"1ns"}`).Status, "at the end of time")
}

// A clock that starts before its first day stands at that day, until real time has come there.
func TestClockBeforeItsFirstDay(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Now: func() time.Time { return time.Date(2023, 12, 31, 0, 0, 0, 0, time.UTC) }})
	assert.Equal(t, shown{"2024-01-02T00:00:00Z", "0s", false}, read[shown](t, s.call(t, "GET", clock, "")))
	assert.Equal(t, 422, s.call(t, "PUT", clock, `{"offset":"0s"}`).Status)
	assert.Equal(t, shown{"2024-01-02T00:00:01Z", "48h0m1s", false}, read[shown](t, s.call(t, "POST", clock+"/advance", `{"by":"1s"}`)))
}

func TestAdvancesAddUp(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Now: func() time.Time { return begin }})
	for workspace, frozen := range map[string]bool{"running": false, "frozen": true} {
		path := "/workspaces/" + workspace + "/clock"
		require.Equal(t, 200, s.call(t, "PUT", path, fmt.Sprintf(`{"frozen":%t}`, frozen)).Status)
		var wait sync.WaitGroup
		for range 50 {
			wait.Go(func() { assert.Equal(t, 200, s.call(t, "POST", path+"/advance", `{"by":"1s"}`).Status) })
		}
		wait.Wait()
		assert.Equal(t, shown{"2026-03-01T06:07:58Z", "50s", frozen}, read[shown](t, s.call(t, "GET", path, "")))
	}
}

// Records are made at the workspace's time, and each workspace has its own.
func TestRecordsAreMadeAtTheClock(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Now: func() time.Time { return begin }})
	require.Equal(t, 200, s.call(t, "PUT", "/workspaces/later/clock", `{"now":"2029-01-02T03:04:05.678Z"}`).Status)
	for workspace, want := range map[string]time.Time{
		"later":   time.Date(2029, 1, 2, 3, 4, 5, 678e6, time.UTC),
		"default": begin,
	} {
		a := s.Do(t, "POST", clients, eva, token+"@"+workspace)
		require.Equal(t, 201, a.Status, a.Body)
		var created struct{ Data struct{ ID string } }
		require.NoError(t, json.Unmarshal([]byte(a.Body), &created))
		milliseconds, err := strconv.ParseInt(strings.ReplaceAll(created.Data.ID, "-", "")[:12], 16, 64)
		require.NoError(t, err)
		assert.Equal(t, want, time.UnixMilli(milliseconds).UTC())

		e := read[entry](t, s.call(t, "GET", "/workspaces/"+workspace+"/requests/"+idOf(a), ""))
		assert.Equal(t, []time.Time{want, begin}, []time.Time{e.Now, e.Arrived})
		assert.Contains(t, s.call(t, "GET", "/workspaces/"+workspace+"/fixture", "").Body, want.Format(`"2006-01-02T15:04:05.999Z"`))
	}
}
