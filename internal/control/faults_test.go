package control_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
)

const juan = clients + "/client-200" // a client of the demo seed

// armedFault is a fault as the control API shows it.
type armedFault struct {
	ID, On, Kind     string
	Seen, Hits, Held int
}

func (s *sandbox) arm(t *testing.T, workspace, fault string) armedFault {
	t.Helper()
	a := s.call(t, "POST", "/workspaces/"+workspace+"/faults", fault)
	require.Equal(t, 201, a.Status, a.Body)
	return read[armedFault](t, a)
}

// armed is the one fault that is armed in a workspace.
func (s *sandbox) armed(t *testing.T, workspace string) armedFault {
	t.Helper()
	all := read[[]armedFault](t, s.call(t, "GET", "/workspaces/"+workspace+"/faults", ""))
	require.Len(t, all, 1)
	return all[0]
}

// network is a sandbox on a real connection, which can break.
type network struct {
	*httptest.Server
	client *http.Client
}

func listen(t *testing.T, s *sandbox, writeTimeout time.Duration) *network {
	t.Helper()
	n := &network{httptest.NewUnstartedServer(s), &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	n.Config.WriteTimeout = writeTimeout
	n.Start()
	t.Cleanup(func() {
		s.Interrupt()
		n.Close()
	})
	return n
}

// send sends a request and returns what came of the answer, and whether it broke off.
func (n *network) send(ctx context.Context, method, path, body string, headers ...string) (apptest.Answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, n.URL+path, strings.NewReader(body))
	if err != nil {
		return apptest.Answer{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	response, err := n.client.Do(r)
	if err != nil {
		return apptest.Answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return apptest.Answer{Status: response.StatusCode, Header: response.Header, Body: string(text)}, err
}

// await waits until so many requests of a workspace fit, and returns them, newest first.
func (s *sandbox) await(t *testing.T, workspace, query string) []entry {
	t.Helper()
	return read[[]entry](t, s.call(t, "GET", "/workspaces/"+workspace+"/requests?wait=20s&"+query, ""))
}

func TestFaultsByName(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for _, api := range s.APIs {
		for _, name := range api.Errors {
			s.arm(t, "run", fmt.Sprintf(`{"id":"one","on":%q,"kind":"error","error":%q}`, api.Name, name))
			if api.Name != "cobrofacil" {
				continue
			}
			for _, a := range []apptest.Answer{
				s.Send(t, "POST", clients, eva, token+"@run"),
				s.Send(t, "GET", juan, "", token, "X-Sandbox-Fault: "+name), // without arming
			} {
				assert.GreaterOrEqual(t, a.Status, 400, name)
				assert.Contains(t, a.Body, `"exception_code":`, "the partner's envelope")
				assert.Equal(t, "error "+name, a.Header.Get("X-Sandbox-Fault"), "COM-41")
				assert.Equal(t, "error "+name, s.explained(t, a).Fault)
			}
		}
	}
	a := s.Do(t, "POST", clients, eva, token, "X-Sandbox-Fault: server_error")
	assert.Equal(t, 500, a.Status)
	assert.JSONEq(t, `{"message":"Server Error","exception_code":0}`, a.Body)
	assert.Equal(t, 404, s.Do(t, "GET", clients+"/Eva", "", token).Status)
	assert.NotContains(t, s.Log.String(), "request failed", "what was asked for is no failure of the sandbox")
}

// The client sees a broken connection, and the record exists.
func TestAnswersAreLost(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	n := listen(t, s, 0)
	referenced := func(reference string) string {
		return strings.Replace(eva, "{", `{"external_reference":"`+reference+`",`, 1)
	}
	for _, test := range []struct {
		kind   string
		exists int
		again  int // what a client gets that tries once more
		status int // of the entry
		by     []string
	}{
		{"lost", 200, 422, 201, nil},
		{"close", 404, 201, 0, nil},
		{"lost", 200, 422, 201, []string{"X-Sandbox-Fault: lost"}},
		{"close", 404, 201, 0, []string{"X-Sandbox-Fault: close"}},
	} {
		workspace := fmt.Sprint(test.kind, len(test.by))
		if test.by == nil {
			s.arm(t, workspace, `{"on":"cobrofacil.createClient","times":1,"kind":"`+test.kind+`"}`)
		}
		a, err := n.send(t.Context(), "POST", clients, referenced("lost-1"), append(test.by, token+"@"+workspace)...)
		require.Error(t, err)
		assert.Zero(t, a.Status)
		assert.Equal(t, test.exists, s.Do(t, "GET", clients+"/lost-1", "", token+"@"+workspace).Status, "COM-41")
		e := read[[]entry](t, s.call(t, "GET", "/workspaces/"+workspace+"/requests?fault="+test.kind, ""))
		require.Len(t, e, 1)
		assert.Equal(t, test.status, e[0].Response.Status)
		assert.True(t, e[0].Response.Lost)
		if test.status != 0 {
			assert.Contains(t, e[0].Response.Body, `"lost-1"`, "what the client would have got")
		}
		assert.Equal(t, test.again, s.Do(t, "POST", clients, referenced("lost-1"), token+"@"+workspace).Status)
	}
}

func TestBodiesAreTruncated(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	n := listen(t, s, 0)
	s.arm(t, "run", `{"on":"cobrofacil.getClient","kind":"truncate"}`)
	whole := s.Do(t, "GET", juan, "", token)
	a, err := n.send(t.Context(), "GET", juan, "", token+"@run")
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Equal(t, 200, a.Status)
	assert.Equal(t, fmt.Sprint(len(whole.Body)), a.Header.Get("Content-Length"))
	assert.Equal(t, whole.Body[:len(whole.Body)/2], a.Body)
	assert.Equal(t, "truncate", a.Header.Get("X-Sandbox-Fault"))

	a, err = n.send(t.Context(), "HEAD", juan, "", token+"@run")
	require.NoError(t, err)
	assert.Equal(t, 200, a.Status)
	assert.Equal(t, 2, s.armed(t, "run").Hits)
}

func TestAnswersAreDelayed(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	n := listen(t, s, 50*time.Millisecond) // less than the fault takes
	s.arm(t, "run", `{"on":"cobrofacil","kind":"delay","delay":"100ms"}`)
	for _, headers := range [][]string{{token + "@run"}, {token, "X-Sandbox-Fault: delay=100ms"}} {
		begun := time.Now()
		a, err := n.send(t.Context(), "POST", clients, eva, headers...)
		require.NoError(t, err)
		assert.Equal(t, 201, a.Status)
		assert.Equal(t, "delay 100ms", a.Header.Get("X-Sandbox-Fault"))
		assert.GreaterOrEqual(t, time.Since(begun), 100*time.Millisecond)
	}
	// One that is too long for the sandbox's end does not outlast it.
	answered := make(chan int, 1)
	go func() {
		a, _ := n.send(context.Background(), "GET", juan, "", token+"@long", "X-Sandbox-Fault: delay=10m")
		answered <- a.Status
	}()
	s.await(t, "long", "state=arrived")
	s.Interrupt()
	assert.Equal(t, 200, <-answered)
}

// held begins a request that a fault holds, with a body that fills no packet but has to be read, and returns once it is
// held.
func (s *sandbox) held(ctx context.Context, t *testing.T, n *network, workspace string) <-chan error {
	t.Helper()
	before := s.armed(t, workspace).Held
	ended := make(chan error, 1)
	go func() {
		a, err := n.send(ctx, "POST", clients, strings.Replace(eva, "{", "{"+strings.Repeat(" ", 100_000), 1), token+"@"+workspace)
		if err == nil && a.Status != 201 {
			err = errors.New(a.Body)
		}
		ended <- err
	}()
	require.Eventually(t, func() bool { return s.armed(t, workspace).Held == before+1 }, 20*time.Second, time.Millisecond)
	return ended
}

func TestHeldRequests(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name               string
		method, path, body string // the call that ends it
		status             int
		goes               bool // the request goes on
	}{
		{"release", "POST", "/faults/gate/release", "", 200, true},
		{"removal of the fault", "DELETE", "/faults/gate", "", 204, true},
		{"removal of all faults", "DELETE", "/faults", "", 204, true},
		{"another fault in its place", "POST", "/faults", `{"id":"gate","on":"cobrofacil","kind":"hold"}`, 201, true},
		{"reset", "POST", "/reset", "", 204, false},
		{"removal of the workspace", "DELETE", "", "", 204, false},
		{name: "end of the sandbox"},
		{name: "the client's going away"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t, app.Options{})
			n := listen(t, s, 0)
			s.arm(t, "run", `{"id":"gate","on":"cobrofacil.createClient","kind":"hold"}`)
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			ended := s.held(ctx, t, n, "run")
			assert.Equal(t, 200, s.Do(t, "GET", juan, "", token+"@run").Status, "others go on")
			e := read[[]entry](t, s.call(t, "GET", "/workspaces/run/requests?state=arrived", ""))
			require.Len(t, e, 1)
			assert.Equal(t, "createClient", e[0].Operation)
			switch test.name {
			case "end of the sandbox":
				s.Interrupt()
			case "the client's going away":
				leave()
				assert.Len(t, s.await(t, "run", "state=answered&fault=hold"), 1)
				assert.Zero(t, s.armed(t, "run").Held)
			default:
				assert.Equal(t, test.status, s.call(t, test.method, "/workspaces/run"+test.path, test.body).Status)
			}
			if err := <-ended; test.goes {
				require.NoError(t, err, "COM-41")
			} else {
				require.Error(t, err)
			}
		})
	}
}

// A release lets go who is held, and holds who comes later.
func TestReleaseAgain(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	n := listen(t, s, 0)
	s.arm(t, "run", `{"id":"gate","on":"cobrofacil","kind":"hold"}`)
	for range 3 {
		first, second := s.held(t.Context(), t, n, "run"), s.held(t.Context(), t, n, "run")
		assert.JSONEq(t, `{"released":2}`, s.call(t, "POST", "/workspaces/run/faults/gate/release", "").Body)
		assert.Zero(t, s.armed(t, "run").Held, "at once")
		assert.JSONEq(t, `{"released":0}`, s.call(t, "POST", "/workspaces/run/faults/gate/release", "").Body)
		require.NoError(t, <-first)
		require.NoError(t, <-second)
	}
	assert.Equal(t, 6, s.armed(t, "run").Hits)
}

// quiet is a client of the handler itself, whose connection cannot break: that it would have, it notes.
func (s *sandbox) quiet(t *testing.T, method, path, body string, headers ...string) (a apptest.Answer, broke bool) {
	t.Helper()
	defer func() {
		if v := recover(); v != nil {
			assert.Equal(t, http.ErrAbortHandler, v)
			broke = true
		}
	}()
	return s.Send(t, method, path, body, headers...), false
}

func TestMostHeldRequests(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	s.arm(t, "run", `{"on":"cobrofacil","kind":"hold"}`)
	var wait sync.WaitGroup
	for range 1000 {
		wait.Go(func() {
			_, broke := s.quiet(t, "GET", juan, "", token+"@run")
			assert.False(t, broke)
		})
	}
	require.Eventually(t, func() bool { return s.armed(t, "run").Held == 1000 }, 60*time.Second, 10*time.Millisecond)
	_, broke := s.quiet(t, "GET", juan, "", token+"@run")
	assert.True(t, broke)
	assert.Equal(t, 1000, s.armed(t, "run").Held)
	e := read[[]entry](t, s.call(t, "GET", "/workspaces/run/requests?fault=hold&state=answered", ""))
	require.Len(t, e, 1)
	assert.Equal(t, "hold: closed, since 1000 requests are held, which is the most", e[0].Fault)
	s.call(t, "DELETE", "/workspaces/run/faults", "")
	wait.Wait()
}

func TestWhatFaultsMatch(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	get := func(path string, headers ...string) bool {
		t.Helper()
		return s.Send(t, "GET", path, "", append([]string{token + "@run"}, headers...)...).Status == 500
	}
	for i, test := range []struct {
		name, members string
		hits          []bool // of what is sent below
	}{
		{"an operation", `"on":"cobrofacil.getClient"`, []bool{true, true, true, true, true}},
		{"an API", `"on":"cobrofacil"`, []bool{true, true, true, true, true}},
		{"another operation", `"on":"cobrofacil.createClient"`, []bool{false, false, false, false, false}},
		{"times", `"on":"cobrofacil","times":2`, []bool{true, true, false, false, false}},
		{"after", `"on":"cobrofacil","after":3`, []bool{false, false, false, true, true}},
		{"after and times", `"on":"cobrofacil","after":1,"times":1`, []bool{false, true, false, false, false}},
		{"an owner", `"on":"cobrofacil","owner":"default"`, []bool{false, false, false, false, true}},
		{"a parameter", `"on":"cobrofacil","parameters":{"client_id":"client-200"}`, []bool{true, false, true, false, false}},
		{"a parameter that is escaped", `"on":"cobrofacil","parameters":{"client_id":"client 201"}`, []bool{false, true, false, false, false}},
		{"a header", `"on":"cobrofacil","headers":{"x-TRACE":"1"}`, []bool{false, false, true, false, false}},
		{"all of it", `"on":"cobrofacil.getClient","owner":"sandbox","parameters":{"client_id":"client-200"},"headers":{"X-Trace":"1"},"times":1`, []bool{false, false, true, false, false}},
	} {
		s.call(t, "POST", "/workspaces/run/reset", "")
		s.arm(t, "run", `{"id":"one","kind":"error","error":"server_error",`+test.members+`}`)
		got := []bool{
			get(juan), get(clients + "/client%20201"), get(juan+"/", "X-Trace: 1"), get(clients+"/nobody", "X-Trace: 2"),
			get(clients+"/nobody", "Authorization: Bearer sandbox-cobrofacil-default-token@run"),
		}
		assert.Equal(t, test.hits, got, test.name)
		hits := 0
		for _, hit := range got {
			if hit {
				hits++
			}
		}
		assert.Equal(t, hits, s.armed(t, "run").Hits, "%d: listed", i)
	}
	// The first that strikes does; one that is used up makes way for the next.
	s.call(t, "POST", "/workspaces/run/reset", "")
	s.arm(t, "run", `{"id":"first","on":"cobrofacil","kind":"error","error":"too_many_requests","times":1}`)
	s.arm(t, "run", `{"id":"second","on":"cobrofacil.getClient","kind":"error","error":"server_error","times":1}`)
	var statuses []int
	for range 3 {
		statuses = append(statuses, s.Send(t, "GET", juan, "", token+"@run").Status)
	}
	assert.Equal(t, []int{429, 500, 200}, statuses)
}

// A fault is the workspace's own, and goes with its reset. It strikes after the credentials, and never a preflight.
func TestWhatFaultsSpare(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	s.arm(t, "run", `{"on":"cobrofacil","kind":"error","error":"server_error"}`)
	browser := []string{"Origin: http://app.example", "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization, x-sandbox-fault"}
	for _, test := range []struct {
		rule, name, method, path string
		headers                  []string
		status                   int
	}{
		{"COM-40", "another workspace", "GET", juan, []string{token + "@other"}, 200},
		{"COM-40", "the default one", "GET", juan, []string{token}, 200},
		{"COM-40", "a refused credential", "GET", juan, []string{"Authorization: Bearer nobody@run"}, 401},
		{"COM-40", "a refused credential, by header", "GET", juan, []string{"Authorization: Bearer nobody", "X-Sandbox-Fault: server_error"}, 401},
		{"COM-40", "no route", "GET", "/cobrofacil/nope", []string{token + "@run"}, 404},
		{"COM-40", "no route, by header", "GET", "/cobrofacil/nope", []string{token, "X-Sandbox-Fault: server_error"}, 404},
		{"COM-40", "no method", "PUT", juan, []string{token + "@run"}, 405},
		{"COM-40", "a preflight", "OPTIONS", clients, append(browser, token+"@run"), 204},
		{"COM-40", "a preflight, by header", "OPTIONS", clients, append(browser, "X-Sandbox-Fault: server_error"), 204},
	} {
		a := s.Do(t, test.method, test.path, "", test.headers...)
		assert.Equal(t, test.status, a.Status, test.name)
		assert.Empty(t, a.Header.Get("X-Sandbox-Fault"), test.name)
	}
	assert.Equal(t, 0, s.armed(t, "run").Seen)
	assert.Equal(t, 500, s.Do(t, "GET", juan, "", token+"@run").Status)
	s.call(t, "POST", "/workspaces/run/reset", "")
	assert.Equal(t, 200, s.Do(t, "GET", juan, "", token+"@run").Status)
}

func TestFaultsByHeader(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for _, test := range []struct{ asked, why string }{
		{"server_eror", `cobrofacil has no "server_eror"; the nearest are server_error`},
		{"SERVER_ERROR", `cobrofacil has no "SERVER_ERROR"`},
		{"hold", `cobrofacil has no "hold"`},
		{"error", `cobrofacil has no "error"`},
		{"delay", `"" is no duration like 2s, up to 10m0s`},
		{"delay=", `"" is no duration`},
		{"delay=2", `"2" is no duration`},
		{"delay=-1s", `"-1s" is no duration`},
		{"delay=0s", `"0s" is no duration`},
		{"delay=10m1s", `"10m1s" is no duration`},
		{"lost=1", "delay: comes with the kind delay and no other"},
		{"<script>", `cobrofacil has no "<script>"`},
		{strings.Repeat("x", 60_000), "cobrofacil has no"},
	} {
		a := s.Do(t, "POST", clients, eva, token, "X-Sandbox-Fault: "+test.asked)
		assert.Equal(t, 400, a.Status, "in the partner's envelope: %s", a.Body)
		e := s.explained(t, a)
		require.Len(t, e.Violations, 1)
		v := e.Violations[0]
		assert.Equal(t, []string{"X-Sandbox-Fault", "COM-40"}, []string{v.Member, v.Rule})
		assert.Contains(t, v.Message, test.why)
		assert.Contains(t, v.Passes, "delay=2s, close, lost, truncate, or one of unauthenticated, ")
		assert.Less(t, len(v.Message)+len(v.Value.(string)), 1300)
	}
	assert.Equal(t, 404, s.Do(t, "GET", clients+"/Eva", "", token).Status)
	s.arm(t, "run", `{"on":"cobrofacil","kind":"error","error":"server_error"}`)
	assert.Equal(t, 429, s.Send(t, "GET", juan, "", token+"@run", "X-Sandbox-Fault: too_many_requests").Status, "it comes before the armed ones")
	assert.Zero(t, s.armed(t, "run").Seen)
}

func TestFaultsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for _, test := range []struct {
		name, body string
		status     int
		why        string
	}{
		{"an unknown API", `{"on":"cobrofacl","kind":"lost"}`, 422, `no API or operation is called "cobrofacl"; the nearest are cobrofacil`},
		{"an unknown operation", `{"on":"cobrofacil.createClints","kind":"lost"}`, 422, "the nearest are cobrofacil.createClient"},
		{"no operation", `{"on":"cobrofacil.","kind":"lost"}`, 422, "no API or operation"},
		{"nothing", `{"kind":"lost"}`, 422, "on"},
		{"too long", `{"on":"` + strings.Repeat("x", 101) + `","kind":"lost"}`, 422, "length <= 100"},
		{"an unknown kind", `{"on":"cobrofacil","kind":"explode"}`, 422, "error, delay, close, lost, truncate, hold"},
		{"no kind", `{"on":"cobrofacil"}`, 422, "kind"},
		{"an unknown error", `{"on":"cobrofacil","kind":"error","error":"server_eror"}`, 422, "the nearest are server_error"},
		{"no error", `{"on":"cobrofacil","kind":"error"}`, 422, "error: is missing; cobrofacil has unauthenticated, invalid, "},
		{"an error of another kind", `{"on":"cobrofacil","kind":"lost","error":"server_error"}`, 422, "error: comes with the kind error"},
		{"no delay", `{"on":"cobrofacil","kind":"delay"}`, 422, `"" is no duration`},
		{"a delay of another kind", `{"on":"cobrofacil","kind":"lost","delay":"1s"}`, 422, "delay: comes with the kind delay"},
		{"a delay without unit", `{"on":"cobrofacil","kind":"delay","delay":"2"}`, 422, `"2" is no duration like 2s`},
		{"a negative delay", `{"on":"cobrofacil","kind":"delay","delay":"-2s"}`, 422, "is no duration"},
		{"too much delay", `{"on":"cobrofacil","kind":"delay","delay":"601s"}`, 422, "up to 10m0s"},
		{"negative times", `{"on":"cobrofacil","kind":"lost","times":-1}`, 422, "must not be negative"},
		{"negative after", `{"on":"cobrofacil","kind":"lost","after":-1}`, 422, "must not be negative"},
		{"half a time", `{"on":"cobrofacil","kind":"lost","times":1.5}`, 422, "times"},
		{"a probability above 1", `{"on":"cobrofacil","kind":"lost","probability":1.5}`, 422, "between 0 and 1"},
		{"a negative probability", `{"on":"cobrofacil","kind":"lost","probability":-0.5}`, 422, "between 0 and 1"},
		{"a probability without seed", `{"on":"cobrofacil","kind":"lost","probability":0.5}`, 422, "random seed"},
		{"an unknown parameter", `{"on":"cobrofacil","kind":"lost","parameters":{"id":"1"}}`, 422, `no path of cobrofacil has "id"; there are [client_id]`},
		{"a parameter that the operation lacks", `{"on":"cobrofacil.createClient","kind":"lost","parameters":{"client_id":"1"}}`, 422, `"client_id"; there are []`},
		{"an id with a slash", `{"on":"cobrofacil","kind":"lost","id":"a/b"}`, 422, "id: has 1 to 63"},
		{"an id that is too long", `{"on":"cobrofacil","kind":"lost","id":"` + strings.Repeat("a", 64) + `"}`, 422, "id"},
		{"an unknown member", `{"on":"cobrofacil","kind":"lost","time":1}`, 422, "unexpected property"},
		{"no object", `[]`, 422, "object"},
		{"no JSON", `{`, 400, ""},
		{"too large", `{"on":"cobrofacil","kind":"lost","owner":"` + strings.Repeat("x", 16<<10) + `"}`, 413, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := s.call(t, "POST", "/workspaces/default/faults", test.body)
			require.Equal(t, test.status, a.Status, a.Body)
			assert.Contains(t, reason(t, a), test.why)
		})
	}
	for _, c := range []struct {
		method, path string
		status       int
		why          string
	}{
		{"GET", "/workspaces/nobody/faults", 404, "nobody"},
		{"DELETE", "/workspaces/nobody/faults", 404, "nobody"},
		{"DELETE", "/workspaces/default/faults/nope", 404, "No fault nope is armed in default."},
		{"POST", "/workspaces/default/faults/nope/release", 404, "No fault nope is armed in default."},
		{"POST", "/workspaces/nobody/faults/nope/release", 404, "nobody"},
		{"POST", "/workspaces/X/faults", 404, "name"},
		{"PUT", "/workspaces/default/faults", 405, ""},
	} {
		body := ""
		if c.path == "/workspaces/X/faults" {
			body = `{"on":"cobrofacil","kind":"lost"}`
		}
		a := s.call(t, c.method, c.path, body)
		assert.Equal(t, c.status, a.Status, "%s %s: %s", c.method, c.path, a.Body)
		assert.Contains(t, reason(t, a), c.why)
	}
	for i := range 100 {
		s.arm(t, "full", fmt.Sprintf(`{"id":"f%d","on":"cobrofacil.createClient","kind":"lost"}`, i))
	}
	a := s.call(t, "POST", "/workspaces/full/faults", `{"id":"f100","on":"cobrofacil","kind":"lost"}`)
	assert.Equal(t, 409, a.Status)
	assert.Contains(t, reason(t, a), "at most 100 faults")
	s.arm(t, "full", `{"id":"f7","on":"cobrofacil","kind":"lost"}`) // in the place of another
	assert.Len(t, read[[]armedFault](t, s.call(t, "GET", "/workspaces/full/faults", "")), 100)
}

// Chances repeat with the random seed: in the same workspace after a reset, and in another with the same seed.
func TestProbability(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	pattern := func(workspace string) string {
		s.arm(t, workspace, `{"id":"dice","on":"cobrofacil","kind":"error","error":"server_error","probability":0.5}`)
		hits := ""
		for range 40 {
			hits += map[bool]string{true: "x", false: "."}[s.Send(t, "GET", juan, "", token+"@"+workspace).Status == 500]
		}
		return hits
	}
	for name, seed := range map[string]string{"a": "1", "b": "1", "c": "2"} {
		require.Equal(t, 201, s.call(t, "POST", "/workspaces", `{"name":"`+name+`","random_seed":"`+seed+`"}`).Status)
	}
	first := pattern("a")
	assert.Contains(t, first, "x")
	assert.Contains(t, first, ".")
	s.call(t, "POST", "/workspaces/a/reset", "")
	assert.Equal(t, first, pattern("a"))
	assert.Equal(t, first, pattern("b"))
	assert.NotEqual(t, first, pattern("c"))
}

// Hundreds at once meet faults that come and go: every hit is counted once, and nobody is left behind.
func TestManyFaultsAtOnce(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	s.arm(t, "run", `{"id":"counted","on":"cobrofacil.getClient","kind":"error","error":"server_error","times":100}`)
	s.arm(t, "run", `{"id":"gate","on":"cobrofacil.createClient","kind":"hold"}`)
	var wait, release sync.WaitGroup
	var mu sync.Mutex
	hits, created := 0, 0
	for range 300 {
		wait.Go(func() {
			a := s.Send(t, "GET", juan, "", token+"@run")
			mu.Lock()
			defer mu.Unlock()
			if a.Status == 500 {
				hits++
			}
		})
		wait.Go(func() {
			a, broke := s.quiet(t, "POST", clients, eva, token+"@run")
			mu.Lock()
			defer mu.Unlock()
			if !broke && a.Status == 201 {
				created++
			}
		})
	}
	done := make(chan struct{})
	released := 0
	release.Go(func() {
		for {
			released += read[struct{ Released int }](t, s.call(t, "POST", "/workspaces/run/faults/gate/release", "")).Released
			select {
			case <-done:
				return
			default:
			}
		}
	})
	wait.Wait()
	close(done)
	release.Wait()
	assert.Equal(t, 100, hits)
	assert.Equal(t, 300, created)
	assert.Equal(t, 300, released)
	for _, f := range read[[]armedFault](t, s.call(t, "GET", "/workspaces/run/faults", "")) {
		assert.Equal(t, map[string]int{"counted": 100, "gate": 300}[f.ID], f.Hits)
		assert.Zero(t, f.Held)
	}
}
