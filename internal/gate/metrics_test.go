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

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/fidelity"
	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// shop is an API with a bit of everything that is counted.
func shop() *gate.API {
	return &gate.API{
		Name: "shop", Base: "/shop", BodyLimit: 1 << 10,
		Rules:       []fidelity.Rule{{ID: "SHOP-1"}, {ID: "SHOP-2"}, {ID: "SHOP-3"}},
		Credentials: []gate.Credential{{ID: "one", Secret: "key"}},
		Limits:      []gate.Limit{{Operation: "count", Requests: 1, Window: time.Minute, Rule: "SHOP-3"}},
		Routes: []gate.Route{
			{Operation: "count", Method: "GET", Path: "/count", Handle: func(*http.Request) (web.Response, error) {
				return web.Response{Status: http.StatusNoContent}, nil
			}},
			{Operation: "list", Method: "GET", Path: "/things", Handle: func(r *http.Request) (web.Response, error) {
				return gate.From(r).Cached(time.Minute, nil, func() (web.Response, error) { return web.Response{Status: http.StatusOK, Body: 1}, nil })
			}},
			{Operation: "refuse", Method: "POST", Path: "/things/{id}", Handle: func(*http.Request) (web.Response, error) {
				return web.Response{}, web.Refuse(web.ErrInvalid, web.Violation{Rule: "SHOP-1"}, web.Violation{Rule: "SHOP-2"}, web.Violation{Rule: "SHOP-1"}, web.Violation{Rule: "no rule"})
			}},
		},
		Authenticate: func(x *gate.Exchange) (gate.Credential, error) {
			return x.CredentialOf("Authorization", gate.Bearer(x.Request))
		},
		Production: func(string) bool { return false },
		Answer: func(_ *gate.Exchange, err error) web.Response {
			if errors.Is(err, gate.ErrLimited) {
				return web.Response{Status: http.StatusTooManyRequests}
			}
			return web.Response{Status: http.StatusBadRequest}
		},
	}
}

// series are all values of a registry but zeros, by name and labels. Of a histogram it is how often it was observed.
func series(t *testing.T, from prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := from.Gather()
	require.NoError(t, err)
	all := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			value := m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			if value != 0 {
				all[strings.TrimPrefix(f.GetName(), "sandbox_")+" "+strings.Join(labels, " ")] = value
			}
		}
	}
	return all
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	apis := []*gate.API{shop()}
	s, err := store.Open(t.Context(), store.Memory)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	now := func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }
	log := slog.New(slog.DiscardHandler)
	spaces, err := workspace.Open(t.Context(), s, workspace.Options{Switches: gate.Switches(apis), Seed: &workspace.Fixture{}, Most: 10, Idle: time.Hour, Now: now, Log: log})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, spaces.Close(context.Background())) })
	registry, journal := prometheus.NewRegistry(), gate.NewJournal(100, 1<<20)
	g := gate.New(gate.Options{APIs: apis, Workspaces: spaces, Journal: journal, Metrics: registry, Now: now, Log: log})

	w, ok := spaces.Find(workspace.Default)
	require.True(t, ok)
	arm := func(on, kind string) func() {
		return func() {
			_, err := gate.Arm(apis, w, gate.Fault{ID: on, FaultSpec: gate.FaultSpec{On: on, Kind: kind, Times: 1}})
			require.NoError(t, err)
		}
	}
	const answers, took = "requests_total api=shop operation=", "request_duration_seconds api=shop"
	for _, test := range []struct {
		name, method, path string
		before             func()
		moves              []string // by one
	}{
		{"an answer", "GET", "/count", nil, []string{answers + "count status=204", took}},
		{"beyond a limit", "GET", "/count", nil, []string{answers + "count status=429", took, "limit_refusals_total limit=shop.count", "refusals_total rule=SHOP-3"}},
		{"not kept yet", "GET", "/things", nil, []string{answers + "list status=200", took, "cache_lookups_total api=shop result=miss"}},
		{"kept", "GET", "/things", nil, []string{answers + "list status=200", took, "cache_lookups_total api=shop result=hit"}},
		{"HEAD", "HEAD", "/things", nil, []string{answers + "list status=200", took, "cache_lookups_total api=shop result=hit"}},
		{"a refusal", "POST", "/things/chosen", nil, []string{answers + "refuse status=400", took, "refusals_total rule=SHOP-1", "refusals_total rule=SHOP-1", "refusals_total rule=SHOP-2"}},
		{"an unknown path", "GET", "/chosen", nil, []string{answers + " status=400", took, "refusals_total rule=COM-6"}},
		{"an unknown method", "CHOSEN", "/things", nil, []string{answers + " status=400", took, "refusals_total rule=COM-6"}},
		{"an empty parameter", "POST", "/things/", nil, []string{answers + " status=400", took, "refusals_total rule=COM-6"}},
		{"outside all APIs", "GET", "http://localhost/chosen", nil, []string{"requests_total api= operation= status=404", "request_duration_seconds api=", "refusals_total rule=COM-5"}},
		{"closed by a fault", "GET", "/things", arm("shop.list", gate.FaultClose), []string{answers + "list status=0", took}},
		{"lost by a fault", "POST", "/things/1", arm("shop.refuse", gate.FaultLost), []string{answers + "refuse status=400", took, "refusals_total rule=SHOP-1", "refusals_total rule=SHOP-1", "refusals_total rule=SHOP-2"}},
	} {
		if test.before != nil {
			test.before()
		}
		want := series(t, registry)
		for _, moved := range append(test.moves, "journal_entries ") {
			want[moved]++
		}
		url := test.path
		if strings.HasPrefix(url, "/") {
			url = "http://localhost/shop" + url
		}
		r := httptest.NewRequestWithContext(t.Context(), test.method, url, http.NoBody)
		r.Header.Set("Authorization", "Bearer key")
		func() {
			defer func() { // as net/http does, where a fault closes the connection
				if v := recover(); v != nil {
					assert.Equal(t, http.ErrAbortHandler, v, test.name)
				}
			}()
			g.ServeHTTP(httptest.NewRecorder(), r)
		}()
		got := series(t, registry)
		assert.Greater(t, got["journal_bytes "], want["journal_bytes "], test.name)
		delete(got, "journal_bytes ")
		delete(want, "journal_bytes ")
		assert.Equal(t, want, got, test.name)
	}

	// A preflight is no traffic, a workspace counts, and what a reset clears does not any more.
	before := series(t, registry)
	r := httptest.NewRequestWithContext(t.Context(), "OPTIONS", "http://localhost/shop/things", http.NoBody)
	r.Header.Set("Origin", "http://app.example")
	r.Header.Set("Access-Control-Request-Method", "GET")
	g.ServeHTTP(httptest.NewRecorder(), r)
	assert.Equal(t, before, series(t, registry))
	assert.InDelta(t, 1, before["workspaces "], 0)
	other, err := spaces.Acquire(t.Context(), "other")
	require.NoError(t, err)
	other.Release()
	assert.InDelta(t, 2, series(t, registry)["workspaces "], 0)
	journal.Clear(w)
	after := series(t, registry)
	assert.NotContains(t, after, "journal_entries ")
	assert.NotContains(t, after, "journal_bytes ")
}

// What is known beforehand is there from the start.
func TestMetricsBegin(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	gate.New(gate.Options{APIs: []*gate.API{shop()}, Workspaces: &workspace.Directory{}, Journal: gate.NewJournal(1, 1), Metrics: registry})
	families, err := registry.Gather()
	require.NoError(t, err)
	count := map[string]int{}
	for _, f := range families {
		count[f.GetName()] = len(f.GetMetric())
		assert.NotEmpty(t, f.GetHelp())
	}
	assert.Equal(t, map[string]int{
		"sandbox_request_duration_seconds": 2, "sandbox_limit_refusals_total": 1, "sandbox_refusals_total": len(gate.Rules) + 3,
		"sandbox_workspaces": 1, "sandbox_journal_entries": 1, "sandbox_journal_bytes": 1,
	}, count)
}
