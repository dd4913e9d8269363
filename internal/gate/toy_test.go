package gate_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// toy is a gate before an API of the test's own, which lets everybody in.
type toy struct {
	*gate.Gate
	spaces *workspace.Directory
}

func newToy(t *testing.T, routes ...gate.Route) toy {
	t.Helper()
	s, err := store.Open(t.Context(), store.Memory)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	api := &gate.API{
		Name: "toy", Base: "/toy", Routes: routes, BodyLimit: 1 << 10,
		Authenticate: func(*gate.Exchange) (gate.Credential, error) { return gate.Credential{ID: "me", Owner: "me"}, nil },
		Production:   func(string) bool { return false },
		Answer: func(_ *gate.Exchange, err error) web.Response {
			if errors.Is(err, web.ErrUnauthorized) {
				return web.Response{Status: http.StatusUnauthorized}
			}
			return web.Response{Status: http.StatusInternalServerError, Body: err.Error()}
		},
	}
	apis := []*gate.API{api}
	log := slog.New(slog.DiscardHandler)
	spaces, err := workspace.Open(t.Context(), s, workspace.Options{
		Switches: gate.Switches(apis), Seed: &workspace.Fixture{}, Most: 10, Idle: time.Hour, Now: time.Now, Log: log, Clock: "2026-03-01T00:00:00Z!",
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, spaces.Close(context.Background())) })
	return toy{gate.New(gate.Options{APIs: apis, Workspaces: spaces, Journal: gate.NewJournal(10, 1<<20), Now: time.Now, Log: log}), spaces}
}

func (g toy) send(t *testing.T, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w
}

func (g toy) space(t *testing.T, name string) *workspace.Workspace {
	t.Helper()
	w, ok := g.spaces.Find(name)
	require.True(t, ok, name)
	return w
}
