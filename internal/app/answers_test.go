package app_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

func TestAnswersExplainThemselves(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-24", "COM-25")
	s := apptest.New(t, app.Options{})

	good := s.Do(t, "POST", clients+"?b=1&a=2", strings.Replace(eva, "{", `{"nickname":"x","id":"y",`, 1), token)
	require.Equal(t, 201, good.Status)
	assert.NotEmpty(t, good.Header.Get("X-Sandbox-Request-Id"))
	assert.Empty(t, good.Header.Get("X-Sandbox-Explain"))
	good.Header.Set("X-Sandbox-Explain", "/_sandbox/workspaces/default/requests/"+good.Header.Get("X-Sandbox-Request-Id"))
	assert.Equal(t, []string{"id", "nickname", "?a", "?b"}, explain(t, s, good).Unread)

	bad := s.Do(t, "POST", clients, `{"first_name":7,"email":"x"}`, token, "X-Environment: sandbox")
	e := explain(t, s, bad)
	assert.Equal(t, bad.Header.Get("X-Sandbox-Request-Id"), e.ID)
	assert.Equal(t, []string{"default", "cobrofacil", "createClient", "sandbox", "cobrofacil-sandbox"}, []string{e.Workspace, e.API, e.Operation, e.Owner, e.Credential})
	assert.JSONEq(t, `{"first_name":7,"email":"x"}`, e.Request.Body)
	assert.Equal(t, bad.Body, e.Response.Body)
	var rules []string
	for _, v := range e.Violations {
		rules = append(rules, v.Member+" "+v.Rule)
		assert.NotEmpty(t, v.Message)
		assert.NotEmpty(t, v.Passes)
	}
	assert.Equal(t, []string{"first_name COB-41", "last_name COB-20", "phone_number COB-20", "email COB-41"}, rules)
	assert.InDelta(t, 7, e.Violations[0].Value, 0)

	// Refusals that have no member say where it went wrong all the same.
	for _, refused := range []apptest.Answer{
		s.Do(t, "POST", clients, "{\n  \"a\" 1}", token),
		s.Do(t, "POST", clients, strings.Repeat(" ", 1<<20+1), token),
		s.Do(t, "GET", clients+"/nobody", "", token),
		s.Do(t, "GET", clients, "", token),
		s.Do(t, "GET", "/cobrofacil/nope", "", token),
		s.Do(t, "GET", clients+"/client-200", "", token, "X-Environment: default"),
	} {
		assert.Len(t, explain(t, s, refused).Violations, 1, refused.Body)
	}
	malformed := s.Do(t, "POST", clients, "{\n  \"a\" 1}", token)
	assert.Contains(t, explain(t, s, malformed).Violations[0].Message, "line 2, column 7")
}

// No header is added that a client of the partner could come to rely on.
func TestHeaders(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	for _, a := range []apptest.Answer{
		s.Do(t, "GET", clients+"/client-200", "", token),
		s.Do(t, "GET", clients+"/nobody", "", token),
		s.Do(t, "GET", clients+"/client-200", "", ""),
	} {
		for name := range a.Header {
			if !strings.HasPrefix(name, "X-Sandbox-") {
				assert.Contains(t, []string{"Content-Type", "Content-Length"}, name)
			}
		}
	}
}

func TestBrowsers(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-26")
	s := apptest.New(t, app.Options{})
	const origin = "Origin: https://app.example.com"
	for _, method := range []string{"GET", "POST", "PATCH"} {
		for _, path := range []string{clients, clients + "/client-200", "/w/new/cobrofacil/api/v1/clients"} {
			a := s.Do(t, "OPTIONS", path, "", origin, "Access-Control-Request-Method: "+method,
				"Access-Control-Request-Headers: authorization,content-type,tenant,x-api-key,x-environment,x-sandbox-fault")
			assert.Equal(t, 204, a.Status)
			assert.Equal(t, "*", a.Header.Get("Access-Control-Allow-Origin"))
			assert.Equal(t, method, a.Header.Get("Access-Control-Allow-Methods"))
			assert.Equal(t, "authorization,content-type,tenant,x-api-key,x-environment,x-sandbox-fault", a.Header.Get("Access-Control-Allow-Headers"))
		}
	}
	refused := s.Do(t, "OPTIONS", clients, "", origin, "Access-Control-Request-Method: TRACE")
	assert.Empty(t, refused.Header.Get("Access-Control-Allow-Methods"))
	assert.Equal(t, "[]\n", s.Do(t, "GET", "/_sandbox/workspaces/default/requests", "", local).Body, "a preflight is no traffic")
	assert.Equal(t, 404, s.Do(t, "GET", "/_sandbox/workspaces/new/clock", "", local).Status, "and makes no workspace")

	for _, header := range []string{token, ""} {
		a := s.Do(t, "GET", clients+"/client-200", "", origin, header)
		assert.Equal(t, "*", a.Header.Get("Access-Control-Allow-Origin"))
		assert.Equal(t, "*, Authorization", a.Header.Get("Access-Control-Expose-Headers"))
		assert.Empty(t, a.Header.Get("Access-Control-Allow-Credentials"))
	}
}

// A request that is refused before its body is due shows what it sent all the same.
func TestRefusedBodiesAreJournalled(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	for _, a := range []apptest.Answer{
		s.Do(t, "POST", clients, eva, ""),
		s.Do(t, "PUT", clients, eva, token),
		s.Do(t, "POST", "/cobrofacil/nope", eva, token),
		s.Do(t, "POST", "/nope", eva, token, local),
	} {
		assert.JSONEq(t, eva, explain(t, s, a).Request.Body)
	}
}

// The journal's bound on bytes is one on memory: what is cut from a body does not stay.
func TestLargeBodiesAreLetGo(t *testing.T) {
	s := apptest.New(t, app.Options{})
	body := strings.Replace(eva, "{", `{"x":"`+strings.Repeat("x", 1<<20-200)+`",`, 1)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for range 100 {
		require.Equal(t, 201, s.Send(t, "POST", clients, body, token).Status)
	}
	assert.Less(t, heap(), before+30<<20, "100 MiB were sent")
}

// The call that users are told to try first works, in every API and in workspaces too.
func TestExamples(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	for _, api := range s.APIs {
		for _, root := range []string{"", "/w/run-42"} {
			method := "GET"
			if api.Example.Body != "" {
				method = "POST"
			}
			a := s.Do(t, method, root+api.Base+api.Example.Path, api.Example.Body, api.Example.Headers...)
			assert.Equal(t, 200, a.Status, "%s: %s", api.Name, a.Body)
		}
	}
}
