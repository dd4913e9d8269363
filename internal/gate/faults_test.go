package gate_test

import (
	"context"
	"fmt"
	"io"
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

// digits is an API that answers with what its path says, and allows two calls a minute of count.
func digits() *gate.API {
	answer := func(r *http.Request) (web.Response, error) {
		x := gate.From(r)
		if secret, ok := strings.CutPrefix(x.Param("body"), "secret-"); ok {
			x.Hide(secret) // as a login does with the token that it hands out
			return web.Response{Status: http.StatusOK, Body: secret}, nil
		}
		switch x.Param("body") {
		case "none":
			return web.Response{Status: http.StatusNoContent}, nil
		case "long":
			return web.Response{Status: http.StatusOK, Body: strings.Repeat("x", 10_000)}, nil
		case "effects":
			x.Did(make([]gate.Effect, 640)...)
			return web.Response{Status: http.StatusOK, Body: 1}, nil
		default:
			return web.Response{Status: http.StatusOK, Body: 1}, nil
		}
	}
	return &gate.API{
		Name: "digits", Base: "/digits", BodyLimit: 1 << 20,
		Routes: []gate.Route{
			{Operation: "get", Method: http.MethodGet, Path: "/get/{body}", Handle: answer},
			{Operation: "count", Method: http.MethodGet, Path: "/count/{body}", Handle: answer},
		},
		Limits:      []gate.Limit{{Operation: "count", Requests: 2, Window: time.Minute, Rule: "DIG-1"}},
		Credentials: []gate.Credential{{ID: "one", Secret: "sandbox-digits", Owner: "owner"}},
		Errors:      []string{"failed"},
		Authenticate: func(x *gate.Exchange) (gate.Credential, error) {
			return x.CredentialOf("Authorization", gate.Bearer(x.Request))
		},
		Production: func(string) bool { return false },
		Answer: func(_ *gate.Exchange, err error) web.Response {
			return web.Response{Status: http.StatusTeapot, Body: err.Error()}
		},
	}
}

// newGate is a gate before an API, and its journal and default workspace.
func newGate(t *testing.T, api *gate.API, journal *gate.Journal) (*gate.Gate, *workspace.Workspace) {
	t.Helper()
	db, err := store.Open(t.Context(), store.Memory)
	require.NoError(t, err)
	log := slog.New(slog.DiscardHandler)
	now := func() time.Time { return time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC) }
	spaces, err := workspace.Open(t.Context(), db, workspace.Options{Switches: gate.Switches([]*gate.API{api}), Seed: &workspace.Fixture{}, Most: 10, Idle: time.Hour, Now: now, Log: log})
	require.NoError(t, err)
	g := gate.New(gate.Options{APIs: []*gate.API{api}, Workspaces: spaces, Journal: journal, Now: now, Log: log})
	t.Cleanup(func() {
		g.Interrupt()
		assert.NoError(t, spaces.Close(context.Background()))
		assert.NoError(t, db.Close())
	})
	w, found := spaces.Find(workspace.Default)
	require.True(t, found)
	return g, w
}

// entriesOf are a workspace's entries.
func entriesOf(t *testing.T, j *gate.Journal, w *workspace.Workspace) []*gate.Entry {
	t.Helper()
	all, err := j.Entries(t.Context(), w)
	require.NoError(t, err)
	return all
}

// What is truncated is shorter than it says, unless there is nothing to take away.
func TestTruncatedBodies(t *testing.T) {
	t.Parallel()
	g, _ := newGate(t, digits(), gate.NewJournal(10, 1<<20))
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, test := range []struct {
		method, path string
		want         string
		whole        bool
	}{
		{"GET", "one", "", false},
		{"GET", "long", `"` + strings.Repeat("x", 5_000), false},
		{"GET", "none", "", true},
		{"HEAD", "one", "", true},
		{"HEAD", "none", "", true},
	} {
		r, err := http.NewRequestWithContext(t.Context(), test.method, server.URL+"/digits/get/"+test.path, nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer sandbox-digits")
		r.Header.Set(gate.FaultHeader, "truncate")
		response, err := client.Do(r)
		require.NoError(t, err)
		body, err := io.ReadAll(response.Body)
		assert.NoError(t, response.Body.Close())
		assert.Equal(t, test.whole, err == nil, "%s %s: %v", test.method, test.path, err)
		assert.Equal(t, test.want, string(body[:min(len(body), len(test.want))]))
		assert.Len(t, body, len(test.want))
	}
}

// What is known to be a secret only after the request has arrived is taken out all the same.
func TestSecretsThatComeLate(t *testing.T) {
	t.Parallel()
	journal := gate.NewJournal(10, 1<<20)
	g, w := newGate(t, digits(), journal)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/digits/get/secret-abcdefgh12", nil)
	r.Header.Set("Authorization", "Bearer sandbox-digits")
	r.Header.Set("X-Copy", "abcdefgh12")
	a := httptest.NewRecorder()
	g.ServeHTTP(a, r)
	assert.Equal(t, `"abcdefgh12"`, a.Body.String())
	e := entriesOf(t, journal, w)[0]
	assert.Equal(t, "/digits/get/secret-[redacted]", e.Request.URL)
	assert.Equal(t, "[redacted]", e.Request.Headers.Get("X-Copy"))
	assert.Equal(t, `"[redacted]"`, e.Response.Body)
	assert.Equal(t, "abcdefgh12", r.Header.Get("X-Copy"), "the request's own header stays")
}

// A limit strikes before a fault, and its explanation tells the window and when it opens.
func TestLimitsComeFirst(t *testing.T) {
	t.Parallel()
	journal := gate.NewJournal(10, 1<<20)
	g, w := newGate(t, digits(), journal)
	_, err := gate.Arm(t.Context(), []*gate.API{digits()}, w, gate.Fault{ID: "f", FaultSpec: gate.FaultSpec{On: "digits", Kind: gate.FaultError, Error: "failed"}})
	require.NoError(t, err)
	for range 3 {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/digits/count/one", nil)
		r.Header.Set("Authorization", "Bearer sandbox-digits")
		g.ServeHTTP(httptest.NewRecorder(), r)
	}
	armed, err := gate.Faults(t.Context(), w)
	require.NoError(t, err)
	assert.Equal(t, 2, armed[0].Hits, "COM-40")
	limited := entriesOf(t, journal, w)[0]
	require.Len(t, limited.Violations, 1)
	v := limited.Violations[0]
	assert.Equal(t, []any{"limit", "one", "DIG-1"}, []any{v.Member, v.Value, v.Rule})
	assert.Equal(t, "has made 2 requests within 1m0s, and digits.count allows no more", v.Message)
	assert.Contains(t, v.Passes, "from 2026-01-31T12:01:00Z on")
	assert.Equal(t, &gate.Standing{Limit: "digits.count", Subject: "one", Used: 2, Requests: 2, Window: "1m0s", Opens: time.Date(2026, 1, 31, 12, 1, 0, 0, time.UTC)}, limited.Limit)
}

// The journal of all workspaces together is bounded in bytes, the oldest entries go first, whatever fills them.
func TestJournalBytes(t *testing.T) {
	t.Parallel()
	journal := gate.NewJournal(1000, 200<<10)
	g, w := newGate(t, digits(), journal)
	send := func(host, path string, header string) string {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/digits/get/"+path, nil)
		r.Host = host
		r.Header.Set("Authorization", "Bearer sandbox-digits")
		r.Header.Set("X-Long", header)
		a := httptest.NewRecorder()
		g.ServeHTTP(a, r)
		return a.Header().Get("X-Sandbox-Request-Id")
	}
	long := strings.Repeat("x", 20<<10)
	for name, args := range map[string][3]string{
		"hosts": {long, "one", ""}, "paths": {"localhost", long, ""}, "headers": {"localhost", "one", long}, "bodies": {"localhost", "long", long[:10<<10]}, "effects": {"localhost", "effects", ""},
	} {
		var ids []string
		for range 20 {
			ids = append(ids, send(args[0], args[1], args[2]))
		}
		kept := entriesOf(t, journal, w)
		assert.Less(t, len(kept), 11, name)
		assert.Greater(t, len(kept), 5, name)
		assert.Equal(t, ids[19], kept[0].ID)
		_, gone, err := journal.Entry(t.Context(), w, ids[0])
		require.NoError(t, err)
		assert.True(t, gone)
	}
	for i := range 1100 {
		send("localhost", fmt.Sprint(i), "")
	}
	assert.Less(t, len(entriesOf(t, journal, w)), 201)
}
