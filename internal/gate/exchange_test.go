package gate_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/clock"
	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// A refused login is counted where it would have been let in, and makes nothing.
func TestProspect(t *testing.T) {
	t.Parallel()
	type prospect struct {
		name string
		life *workspace.Life
		now  time.Time
	}
	var seen prospect
	g := newToy(t,
		gate.Route{Operation: "enter", Method: "GET", Path: "/enter", Handle: func(*http.Request) (web.Response, error) {
			return web.Response{Status: 200}, nil
		}},
		gate.Route{Operation: "login", Method: "POST", Path: "/login", Login: func(x *gate.Exchange) (gate.Credential, error) {
			_, refused := x.LoginOf("me", x.Request.Header.Get("Password"))
			var err error
			seen.name, seen.life, seen.now, err = x.Prospect()
			return gate.Credential{}, errors.Join(refused, err)
		}},
	)
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	main := g.space(t, workspace.Default)
	require.Equal(t, 401, g.send(t, "POST", "/toy/login", "").Code)
	assert.Equal(t, prospect{workspace.Default, main.Life(), start}, seen)

	require.Equal(t, 401, g.send(t, "POST", "/w/run-1/toy/login", "").Code)
	assert.Equal(t, prospect{"run-1", main.Life(), start}, seen, "it does not exist")
	_, made := g.spaces.Find("run-1")
	assert.False(t, made)

	require.Equal(t, 200, g.send(t, "GET", "/w/run-1/toy/enter", "").Code)
	run := g.space(t, "run-1")
	require.NoError(t, run.SetClock(t.Context(), func(_ clock.Setting, real time.Time) (clock.Setting, error) {
		return clock.Start(start.Add(time.Hour), real, true)
	}))
	require.Equal(t, 401, g.send(t, "POST", "/w/run-1/toy/login", "").Code)
	assert.Equal(t, prospect{"run-1", run.Life(), start.Add(time.Hour)}, seen)
}
