package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/control/client"
	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// described is a transport that holds every call and its answer against the control API's own description.
type described struct {
	t      *testing.T
	router routers.Router
}

func (d described) RoundTrip(r *http.Request) (*http.Response, error) {
	route, parameters, err := d.router.FindRoute(r)
	if !assert.NoError(d.t, err, "%s %s is not described", r.Method, r.URL) {
		return http.DefaultTransport.RoundTrip(r)
	}
	request := &openapi3filter.RequestValidationInput{Request: r, PathParams: parameters, Route: route}
	assert.NoError(d.t, openapi3filter.ValidateRequest(r.Context(), request), "%s %s", r.Method, r.URL)
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if response.Header.Get("Content-Type") == "text/event-stream" {
		return response, nil // it does not end
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	assert.NoError(d.t, openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: request, Status: response.StatusCode, Header: response.Header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}), "%s %s: %s", r.Method, r.URL, body)
	return response, err
}

// newClient serves a sandbox, and returns a client of it.
func newClient(t *testing.T, o app.Options) *client.Client {
	t.Helper()
	server := httptest.NewServer(apptest.New(t, o))
	t.Cleanup(server.Close)
	c := &client.Client{URL: server.URL, Token: o.Access.Token}
	text, err := c.OpenAPI(t.Context(), "")
	require.NoError(t, err)
	description, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(t, err)
	router, err := gorillamux.NewRouter(description)
	require.NoError(t, err)
	c.HTTP = &http.Client{Transport: described{t, router}}
	return c
}

func TestAbout(t *testing.T) {
	t.Parallel()
	c, ctx := newClient(t, app.Options{}), t.Context()
	require.NoError(t, c.Ready(ctx))
	apis, err := c.APIs(ctx, "")
	require.NoError(t, err)
	require.NotEmpty(t, apis)
	assert.Equal(t, "cobrofacil", apis[0].Name)
	document, err := c.OpenAPI(ctx, "cobrofacil")
	require.NoError(t, err)
	assert.Contains(t, string(document), "openapi: 3.1")
	ledgers, err := c.Fidelity(ctx)
	require.NoError(t, err)
	assert.Len(t, ledgers, len(apis)+1, "and the common one")
	assert.NotEmpty(t, ledgers[0].Rules)
}

func TestWorkspacesAndSnapshots(t *testing.T) {
	t.Parallel()
	c, ctx := newClient(t, app.Options{}), t.Context()
	now := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	made, err := c.CreateWorkspace(ctx, control.NewWorkspace{
		Name: "a", Clock: &control.ClockChange{Now: &now, Frozen: new(true)}, Idle: "1h", RandomSeed: "again", Fixture: []byte(`"cobrofacil:\n  clients: []\n"`),
	})
	require.NoError(t, err)
	assert.Equal(t, control.Clock{Now: now, Offset: made.Clock.Offset, Frozen: true}, made.Clock)
	assert.Zero(t, made.Records["cobrofacil.clients"], "of a fixture in YAML")
	assert.Equal(t, "1h0m0s", made.Idle)

	taken, err := c.TakeSnapshot(ctx, "a", "empty")
	require.NoError(t, err)
	snapshots, err := c.Snapshots(ctx, "a")
	require.NoError(t, err)
	require.Len(t, snapshots, 1)
	assert.Equal(t, taken, snapshots[0])
	require.NoError(t, c.RestoreSnapshot(ctx, "a", "empty", "b", client.KeepJournal))
	b, err := c.Workspace(ctx, "b")
	require.NoError(t, err)
	assert.Equal(t, made.Records, b.Records)
	require.NoError(t, c.RestoreSnapshot(ctx, "a", "empty", "", client.KeepNothing))
	_, err = c.CreateWorkspace(ctx, control.NewWorkspace{Name: "c", Snapshot: &control.SnapshotRef{Workspace: "a", Name: "empty"}})
	require.NoError(t, err)
	require.NoError(t, c.DeleteSnapshot(ctx, "a", "empty"))
	snapshots, err = c.Snapshots(ctx, "a")
	require.NoError(t, err)
	assert.Empty(t, snapshots)

	require.NoError(t, c.DeleteWorkspace(ctx, "a"))
	all, err := c.Workspaces(ctx)
	require.NoError(t, err)
	var names []string
	for _, w := range all {
		names = append(names, w.Name)
	}
	assert.Equal(t, []string{"b", "c", "default"}, names)
}

func TestResetKeepsTheJournalOnDemand(t *testing.T) {
	t.Parallel()
	c, ctx := newClient(t, app.Options{}), t.Context()
	requests := func() string {
		response, err := http.Get(c.URL + "/_sandbox/workspaces/default/requests")
		require.NoError(t, err)
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return string(text)
	}
	r, err := http.NewRequestWithContext(ctx, "GET", c.URL+"/cobrofacil/api/v1/clients/client-200", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer sandbox-cobrofacil-token")
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.NoError(t, c.Reset(ctx, "default", client.KeepJournal))
	assert.Contains(t, requests(), "client-200")
	require.NoError(t, c.Reset(ctx, "default", client.KeepNothing))
	assert.Equal(t, "[]\n", requests())
}

func TestFixtures(t *testing.T) {
	t.Parallel()
	c, ctx := newClient(t, app.Options{Clock: "2027-03-01T00:00:00Z!"}), t.Context()
	for _, format := range []client.Format{client.YAML, client.JSON} {
		into := "copy-" + string(format)
		fixture, err := c.ExportFixture(ctx, "default", format)
		require.NoError(t, err)
		assert.Equal(t, format == client.JSON, fixture[0] == '{')
		loaded, err := c.ReplaceFixture(ctx, into, fixture)
		require.NoError(t, err)
		require.NotEmpty(t, loaded)
		assert.Positive(t, loaded[0].Added)
		again, err := c.ExportFixture(ctx, into, format)
		require.NoError(t, err)
		assert.Equal(t, string(fixture), string(again))
	}
	eva := []byte(`{"cobrofacil":{"clients":[{"id":"019734bb-1f46-73bb-95d0-000000000001","first_name":"Eva","last_name":"Sosa","phone_number":"+526640000000","external_reference":"eva"}]}}`)
	for _, want := range []workspace.Loaded{{Collection: "cobrofacil.clients", Added: 1}, {Collection: "cobrofacil.clients", Replaced: 1}} {
		loaded, err := c.AddFixture(ctx, "default", eva)
		require.NoError(t, err)
		assert.Equal(t, []workspace.Loaded{want}, loaded)
	}
}

func TestClockSettingsLimits(t *testing.T) {
	t.Parallel()
	c, ctx := newClient(t, app.Options{}), t.Context()
	now := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	_, err := c.SetClock(ctx, "default", control.ClockChange{Now: &now, Frozen: new(true)})
	require.NoError(t, err)
	_, err = c.AdvanceClock(ctx, "default", 61*time.Second)
	require.NoError(t, err)
	shown, err := c.Clock(ctx, "default")
	require.NoError(t, err)
	assert.Equal(t, control.Clock{Now: now.Add(61 * time.Second), Offset: shown.Offset, Frozen: true}, shown)

	const name = "cobrofacil.create_status"
	value := func(all []control.Setting, err error) string {
		require.NoError(t, err)
		for _, s := range all {
			if s.Name == name {
				return s.Value
			}
		}
		return ""
	}
	assert.Equal(t, "201", value(c.Settings(ctx, "default")))
	assert.Equal(t, "200", value(c.SetSettings(ctx, "default", client.Alternatives, nil)))
	assert.Equal(t, "200", value(c.SetSettings(ctx, "default", client.Defaults, map[string]string{name: "200"})), "what is set beats the preset")

	for _, on := range []bool{false, true} {
		limits, err := c.SetLimits(ctx, "default", control.LimitsChange{Enabled: &on})
		require.NoError(t, err)
		assert.Equal(t, on, limits.Enabled)
	}
	require.NoError(t, c.EmptyCounters(ctx, "default"))
	limits, err := c.Limits(ctx, "default")
	require.NoError(t, err)
	assert.Empty(t, limits.Counters)
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	c, ctx := newClient(t, app.Options{}), t.Context()
	asked := control.NewCredential{API: "cobrofacil", ID: "alice", Permissions: []string{}}
	text, err := json.Marshal(asked)
	require.NoError(t, err)
	assert.Contains(t, string(text), `"permissions":[]`, "which is none, not all")
	minted, err := c.MintCredential(ctx, "default", asked)
	require.NoError(t, err)
	assert.NotEmpty(t, minted.Secret)
	all, err := c.Credentials(ctx, "default")
	require.NoError(t, err)
	minted.Secret = ""
	assert.Equal(t, []control.MintedCredential{minted}, all)
	require.NoError(t, c.RevokeCredential(ctx, "default", "alice"))
	all, err = c.Credentials(ctx, "default")
	require.NoError(t, err)
	assert.Empty(t, all)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	c, ctx := newClient(t, app.Options{Access: control.Access{Token: "the-right-token"}}), t.Context()
	c.HTTP = nil // some calls are wrong on purpose
	stranger := &client.Client{URL: c.URL, Token: "another-token"}
	for _, test := range []struct {
		call   func() error
		status int
		detail string
	}{
		{func() error { _, err := stranger.Workspaces(ctx); return err }, 401, "--control-token or SANDBOX_CONTROL_TOKEN"},
		{func() error { _, err := c.Workspace(ctx, "nope"); return err }, 404, "the nearest are default"},
		{func() error { return c.DeleteWorkspace(ctx, "nope") }, 404, "the nearest are default"},
		{func() error { return c.DeleteWorkspace(ctx, "default") }, 409, "reset it instead"},
		{func() error { _, err := c.Clock(ctx, ".."); return err }, 404, "a name has 1 to 63"},
		{func() error { _, err := c.Clock(ctx, "a/b?c"); return err }, 404, "a name has 1 to 63"},
		{func() error { _, err := c.OpenAPI(ctx, "nope"); return err }, 404, "lists cobrofacil"},
		{func() error {
			_, err := c.CreateWorkspace(ctx, control.NewWorkspace{Fixture: []byte("null")})
			return err
		}, 422, "must be an object"},
		{func() error { return c.Reset(ctx, "default", "all") }, 422, `query.keep: expected value to be one of "journal"`},
		{func() error { _, err := c.AdvanceClock(ctx, "default", -time.Second); return err }, 422, "-1s is not a positive duration"},
		{func() error {
			_, err := c.ArmFault(ctx, "default", control.NewFault{FaultSpec: gate.FaultSpec{On: "nope", Kind: "lost"}})
			return err
		}, 422, "no API or operation is called"},
		{func() error { return c.RemoveFault(ctx, "default", "nope") }, 404, "No fault nope is armed in default."},
		{func() error { _, err := c.Request(ctx, "default", "nope"); return err }, 404, "There was no request nope"},
		{func() error { _, err := c.ReplayRequest(ctx, "default", "nope"); return err }, 404, "There was no request nope"},
		{func() error { return c.FollowRequests(ctx, "default", "nope:1", nil) }, 422, "no search word is called"},
		{func() error { _, err := c.ReplaceFixture(ctx, "default", []byte("a: [")); return err }, 422, "fixture: yaml: line 1"},
	} {
		err := test.call()
		refusal := (*client.Error)(nil)
		require.ErrorAs(t, err, &refusal, test.detail)
		assert.Equal(t, test.status, refusal.Status, err)
		assert.Contains(t, err.Error(), test.detail)
	}
	for _, err := range []error{c.Reset(ctx, "", ""), c.DeleteSnapshot(ctx, "default", ""), c.DeleteWorkspace(ctx, ""), c.RemoveFault(ctx, "default", ""), c.FollowRequests(ctx, "", "", nil)} {
		assert.ErrorContains(t, err, "a name is empty")
	}
}

func TestNoSandboxThere(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	err := (&client.Client{URL: gone.URL}).Ready(t.Context())
	require.ErrorIs(t, err, client.ErrNotRunning)
	assert.ErrorContains(t, err, "no sandbox answers at "+gone.URL+": start one with sandbox serve, or say with --url or SANDBOX_URL where it is")

	for message, handler := range map[string]http.HandlerFunc{
		"is no control API (404 Not Found)": http.NotFound,
		"is no sandbox, or one of another version": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<html>")
		},
		"ended early": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "[")
		},
		"got no answer: EOF": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		server := httptest.NewServer(handler)
		_, err := (&client.Client{URL: server.URL}).Workspaces(t.Context())
		assert.ErrorContains(t, err, message)
		assert.NotErrorIs(t, err, client.ErrNotRunning)
		assert.ErrorContains(t, err, server.URL)
		server.Close()
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, (&client.Client{URL: "http://127.0.0.1:1"}).Ready(ctx), context.Canceled)
}

// The URL may be the one that the sandbox prints for its control API.
func TestURLs(t *testing.T) {
	t.Parallel()
	c := newClient(t, app.Options{})
	for _, url := range []string{c.URL, c.URL + "/", c.URL + control.Root, c.URL + control.Root + "/"} {
		assert.NoError(t, (&client.Client{URL: url}).Ready(t.Context()), url)
	}
}
