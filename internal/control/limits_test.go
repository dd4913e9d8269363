package control_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// shop is a control API over a small API of these tests' own: GET /shop/list is limited to two a minute, and kept for as
// long.
type shop struct {
	gate, control http.Handler
	described     *sandbox // whose control API is the same
}

func newShop(t *testing.T) shop {
	t.Helper()
	apis := []*gate.API{{
		Name: "shop", Base: "/shop", Claims: []byte("{}"),
		Credentials: []gate.Credential{{ID: "alice", Secret: "secret-of-alice", Owner: "main"}},
		Limits:      []gate.Limit{{Operation: "list", Requests: 2, Window: time.Minute, Rule: "SHO-1"}, {Owner: "main", Requests: 100, Window: time.Hour, Rule: "SHO-2"}},
		Routes: []gate.Route{{Operation: "list", Method: "GET", Path: "/list", Handle: func(r *http.Request) (web.Response, error) {
			return gate.From(r).Cached(time.Minute, nil, func() (web.Response, error) { return web.Response{Status: 200, Body: "all"}, nil })
		}}},
		Authenticate: func(x *gate.Exchange) (gate.Credential, error) {
			return x.CredentialOf("Authorization", gate.Bearer(x.Request))
		},
		Production: func(string) bool { return false },
		Answer:     func(*gate.Exchange, error) web.Response { return web.Response{Status: http.StatusTooManyRequests} },
	}}
	db, err := store.Open(t.Context(), store.Memory)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	now, log := func() time.Time { return begin }, slog.New(slog.DiscardHandler)
	spaces, err := workspace.Open(t.Context(), db, workspace.Options{Switches: gate.Switches(apis), Seed: &workspace.Fixture{}, Most: 10, Idle: time.Hour, Now: now, Log: log})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, spaces.Close(context.Background())) })
	journal := gate.NewJournal(10, 1<<20)
	faces := gate.New(gate.Options{APIs: apis, Workspaces: spaces, Journal: journal, Now: now, Log: log})
	return shop{faces, control.New(control.Options{APIs: apis, Workspaces: spaces, Journal: journal, Gate: faces}), newSandbox(t, app.Options{})}
}

// call is like that of sandbox.
func (s shop) call(t *testing.T, method, path, body string) apptest.Answer {
	t.Helper()
	url := "http://localhost:8080/_sandbox/workspaces" + path
	r := httptest.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.control.ServeHTTP(w, r)
	a := apptest.Answer{Status: w.Code, Header: w.Header(), Body: w.Body.String()}
	s.described.check(t, method, url, a)
	return a
}

// list is the status of a list, and whether it was a kept one.
func (s shop) list(workspace string) string {
	r := httptest.NewRequest("GET", "/shop/list", nil)
	r.Header.Set("Authorization", "Bearer secret-of-alice@"+workspace)
	w := httptest.NewRecorder()
	s.gate.ServeHTTP(w, r)
	return strings.TrimSpace(http.StatusText(w.Code) + " " + w.Header().Get("X-Sandbox-Cache"))
}

func TestLimits(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	assert.Equal(t, 404, s.call(t, "GET", "/run/limits", "").Status)
	assert.Equal(t, []string{"OK miss", "OK hit", "Too Many Requests"}, []string{s.list("run"), s.list("run"), s.list("run")})
	const limits = `"limits":[{"limit":"shop.list","rule":"SHO-1","requests":2,"window":"1m0s"},{"limit":"shop.main","rule":"SHO-2","requests":100,"window":"1h0m0s"}]`
	assert.JSONEq(t, `{"enabled":true,`+limits+`,"counters":[{"limit":"shop.list","subject":"alice","used":2,"requests":2,"window":"1m0s","opens":"2026-03-01T06:08:08Z"}]}`,
		s.call(t, "GET", "/run/limits", "").Body)
	assert.JSONEq(t, `{"enabled":true,`+limits+`,"counters":[]}`, s.call(t, "GET", "/default/limits", "").Body, "of one workspace alone")

	a := s.call(t, "DELETE", "/run/limits/counters", "")
	assert.Equal(t, 204, a.Status)
	assert.Equal(t, []string{"OK hit", "OK hit", "Too Many Requests"}, []string{s.list("run"), s.list("run"), s.list("run")})
	put := func(body string) string {
		t.Helper()
		a := s.call(t, "PUT", "/run/limits", body)
		require.Equal(t, 200, a.Status, a.Body)
		assert.JSONEq(t, a.Body, s.call(t, "GET", "/run/limits", "").Body)
		return a.Body
	}
	assert.Contains(t, put(`{"limits":[{"limit":"shop.list","requests":3,"window":"90s"}]}`), `"requests":3,"window":"1m30s"`)
	assert.Equal(t, []string{"OK hit", "Too Many Requests"}, []string{s.list("run"), s.list("run")})
	assert.Contains(t, put(`{"enabled":false}`), `"enabled":false`)
	assert.Equal(t, "OK hit", s.list("run"))
	assert.Contains(t, put(`{}`), `"enabled":false`, "what is left out stays")
	put(`{"enabled":true,"counters":[{"limit":"shop.list","subject":"alice","used":2},{"limit":"shop.main","subject":"bob","used":7}]}`)
	assert.Equal(t, []string{"OK hit", "Too Many Requests"}, []string{s.list("run"), s.list("run")})
	assert.Contains(t, put(`{"limits":[{"limit":"shop.list","requests":0,"window":"1m"}],"counters":[{"limit":"shop.list","subject":"alice","used":0}]}`), `"used":0,"requests":0`)
	assert.Equal(t, "Too Many Requests", s.list("run"))
	assert.Equal(t, 204, s.call(t, "POST", "/run/reset", "").Status)
	assert.JSONEq(t, `{"enabled":true,`+limits+`,"counters":[]}`, s.call(t, "GET", "/run/limits", "").Body)

	before := s.call(t, "GET", "/run/limits", "").Body
	for _, test := range [][2]string{
		{`{"limits":[{"limit":"shop.lists","requests":1,"window":"1m"}]}`, `no switch is called "limits.shop.lists"; the nearest are limits.shop.list`},
		{`{"limits":[{"limit":"","requests":1,"window":"1m"}]}`, `no switch is called "limits."`},
		{`{"limits":[{"limit":"shop.list","requests":-1,"window":"1m"}]}`, `"-1" is no number from 0 to 10000`},
		{`{"limits":[{"limit":"shop.list","requests":10001,"window":"1m"}]}`, `"10001" is no number from 0 to 10000`},
		{`{"limits":[{"limit":"shop.list","requests":1,"window":"0s"}]}`, `"0s" is no duration up to 24h0m0s`},
		{`{"limits":[{"limit":"shop.list","requests":1,"window":"25h"}]}`, `"25h" is no duration up to 24h0m0s`},
		{`{"limits":[{"limit":"shop.list","requests":1}]}`, "expected required property window"},
		{`{"enabled":false,"limits":[{"limit":"shop.list","requests":1,"window":"1m"}],"counters":[{"limit":"nope","subject":"a","used":1}]}`, `no limit is called "nope"; the nearest are shop.list`},
		{`{"enabled":false,"limits":[{"limit":"nope","requests":1,"window":"1m"}],"counters":[{"limit":"shop.list","subject":"a","used":1}]}`, "no switch is called"},
		{`{"counters":[{"limit":"shop.list","subject":"a","used":-1}]}`, "expected number >= 0"},
		{`{"counters":[{"limit":"shop.list","subject":"a","used":10001}]}`, "expected number <= 10000"},
		{`{"counters":[{"limit":"shop.list","subject":"` + strings.Repeat("a", 201) + `","used":1}]}`, "expected length <= 200"},
		{`{"enabled":"no"}`, "body.enabled: expected boolean"},
		{`{"cache":true}`, "body.cache: unexpected property"},
	} {
		a := s.call(t, "PUT", "/run/limits", test[0])
		assert.Equal(t, 422, a.Status, test[0])
		assert.Contains(t, reason(t, a), test[1], test[0])
		assert.Equal(t, before, s.call(t, "GET", "/run/limits", "").Body, "nothing of it was done")
	}
}

func TestCache(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	assert.Equal(t, 404, s.call(t, "GET", "/run/cache", "").Status)
	assert.Equal(t, "OK miss", s.list("run"))
	require.Equal(t, 200, s.call(t, "POST", "/run/clock/advance", `{"by":"12.5s"}`).Status)
	assert.JSONEq(t, `[{"key":"[\"shop\" \"list\" \"main\"]","size":5,"age":"12.5s","goes":"2026-03-01T06:08:08Z"}]`, s.call(t, "GET", "/run/cache", "").Body)
	assert.JSONEq(t, `[]`, s.call(t, "GET", "/default/cache", "").Body)
	assert.Equal(t, 204, s.call(t, "DELETE", "/run/cache", "").Status)
	assert.JSONEq(t, `[]`, s.call(t, "GET", "/run/cache", "").Body)
	assert.Equal(t, "OK miss", s.list("run"))

	// Whoever changes records from outside empties it.
	put := httptest.NewRequestWithContext(t.Context(), "PATCH", "http://localhost/_sandbox/workspaces/run/fixture", strings.NewReader("{}"))
	put.Header.Set("Content-Type", "application/json")
	s.control.ServeHTTP(httptest.NewRecorder(), put)
	assert.JSONEq(t, `[]`, s.call(t, "GET", "/run/cache", "").Body)
}
