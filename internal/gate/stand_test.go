package gate_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/fidelity"
	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/store/storetest"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// stand is a gate before a small API of these tests' own, with real workspaces.
type stand struct {
	*gate.Gate
	api     *gate.API
	db      *store.Store
	spaces  *workspace.Directory
	journal *gate.Journal
	filled  atomic.Int64                 // how often an answer was made and not kept
	fill    func() (web.Response, error) // makes it
}

var begin = time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)

const (
	alice = "secret-of-alice"
	bob   = "secret-of-bob-0"
	trial = "secret-of-trial"
	day   = 24 * time.Hour
)

// newStand makes one whose real time stands still. Of its operations, list is limited to two a minute and kept for as long,
// whatever the trial owner does is limited to three, and the others are not.
func newStand(t *testing.T) *stand {
	t.Helper()
	s := &stand{fill: func() (web.Response, error) { return web.Response{Status: 200, Body: "full"}, nil }}
	s.api = &gate.API{
		Name: "shop", Base: "/shop", BodyLimit: 1 << 10,
		Credentials: []gate.Credential{
			{ID: "alice", Secret: alice, Owner: "main", Permissions: []string{"read", "write"}},
			{ID: "bob", Secret: bob, Owner: "main", Subject: "bob@example.com"},
			{ID: "trial", Secret: trial, Owner: "trial"},
			{ID: "login", In: gate.Password, User: "alice@example.com", Secret: "a-password", Owner: "main"},
			{ID: "gone", In: gate.Password, User: "gone@example.com", Secret: "b-password", Owner: "main", Expired: true},
		},
		Rules: []fidelity.Rule{{ID: "SHO-1"}, {ID: "SHO-2"}},
		Limits: []gate.Limit{
			{Operation: "list", Requests: 2, Window: time.Minute, Rule: "SHO-1"},
			{Owner: "trial", Requests: 3, Window: time.Minute, Rule: "SHO-2"},
		},
		Collections:   []workspace.Collection{{API: "shop", Name: "things", Key: "id", Rows: "sequences WHERE workspace = $1", Export: func(store.View, string) ([]any, error) { return nil, nil }}},
		SecretMembers: []string{"password", "token"},
		Authenticate: func(x *gate.Exchange) (gate.Credential, error) {
			return x.CredentialOf("Authorization", gate.Bearer(x.Request))
		},
		OpenOwner:  func(_, secret string) string { return map[bool]string{true: "main"}[secret != ""] },
		Production: func(secret string) bool { return strings.HasPrefix(secret, "live_") },
		Answer:     answer,
	}
	s.api.Routes = []gate.Route{
		{Operation: "list", Method: "GET", Path: "/list", Handle: func(r *http.Request) (web.Response, error) {
			x := gate.From(r)
			return x.Cached(time.Minute, x.Query("q"), func() (web.Response, error) {
				s.filled.Add(1)
				return s.fill()
			})
		}},
		{Operation: "get", Method: "GET", Path: "/get", Handle: func(*http.Request) (web.Response, error) { return web.Response{Status: 200}, nil }},
		{Operation: "login", Method: "POST", Path: "/login", Login: func(x *gate.Exchange) (gate.Credential, error) {
			var body struct {
				User     web.Opt[string] `json:"user"`
				Password web.Opt[string] `json:"password"`
				web.Unread
			}
			if err := x.Decode(&body); err != nil {
				return gate.Credential{}, err
			}
			return x.LoginOf(body.User.Value, body.Password.Value)
		}, Handle: func(r *http.Request) (web.Response, error) {
			token, err := gate.From(r).IssueToken("alice@example.com", time.Hour)
			return web.Response{Status: 200, Body: map[string]string{"token": token}}, err
		}},
	}
	db, err := store.Open(t.Context(), storetest.DB(t))
	require.NoError(t, err)
	s.db = db
	now, log := func() time.Time { return begin }, slog.New(slog.NewTextHandler(io.Discard, nil))
	apis := []*gate.API{s.api}
	s.spaces, err = workspace.Open(t.Context(), db, workspace.Options{
		Collections: s.api.Collections, Switches: gate.Switches(apis), Seed: &workspace.Fixture{}, Most: 10, Idle: day, Now: now, Log: log,
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, errors.Join(s.spaces.Close(context.Background()), db.Close())) })
	s.journal = gate.NewJournal(1000, 1<<20)
	s.Gate = gate.New(gate.Options{APIs: apis, Workspaces: s.spaces, Journal: s.journal, Now: now, Log: log})
	return s
}

// answer words an error of the API.
func answer(_ *gate.Exchange, err error) web.Response {
	if limited := (*gate.LimitError)(nil); errors.As(err, &limited) {
		return web.Response{Status: 429, Body: limited.Opens.Format(time.RFC3339Nano)}
	}
	for kind, status := range map[error]int{web.ErrUnauthorized: 401, web.ErrNoRoute: 404, web.ErrMethod: 405, web.ErrMalformed: 400, web.ErrInvalid: 422} {
		if errors.Is(err, kind) {
			return web.Response{Status: status, Body: kind.Error()}
		}
	}
	return web.Response{Status: 500, Body: err.Error()}
}

// send sends a request and returns its answer.
func (s *stand) send(method, path, body, secret string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/shop"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if secret != "" {
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// get is the status and body of a GET.
func (s *stand) get(path, secret string) string {
	w := s.send("GET", path, "", secret)
	return strings.TrimSpace(strconv.Itoa(w.Code) + " " + w.Body.String())
}

// space is a workspace, made if there is none.
func (s *stand) space(t *testing.T, name string) *workspace.Workspace {
	t.Helper()
	w, err := s.spaces.Acquire(t.Context(), name)
	require.NoError(t, err)
	w.Release()
	return w
}

// entry is the journal's entry of an answer.
func (s *stand) entry(t *testing.T, w *httptest.ResponseRecorder) *gate.Entry {
	t.Helper()
	space, ok := s.spaces.Find(w.Header().Get("X-Sandbox-Workspace"))
	require.True(t, ok)
	e, _, err := s.journal.Entry(t.Context(), space, w.Header().Get("X-Sandbox-Request-Id"))
	require.NoError(t, err)
	require.NotNil(t, e)
	return e
}

// set sets switches of a workspace.
func (s *stand) set(t *testing.T, w *workspace.Workspace, name, value string) {
	t.Helper()
	require.NoError(t, w.ChangeSettings(t.Context(), map[string]string{name: value}))
}

func standings(t *testing.T, w *workspace.Workspace) []gate.Standing {
	t.Helper()
	all, err := gate.Standings(t.Context(), w)
	require.NoError(t, err)
	return all
}

func keptAnswers(t *testing.T, w *workspace.Workspace) []gate.KeptAnswer {
	t.Helper()
	all, err := gate.KeptAnswers(t.Context(), w)
	require.NoError(t, err)
	return all
}
