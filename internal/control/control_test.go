package control_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/golden"
)

const (
	clients = "/cobrofacil/api/v1/clients"
	token   = "Authorization: Bearer sandbox-cobrofacil-token"
	eva     = `{"first_name":"Eva","last_name":"Sosa","phone_number":"+59899123456"}`
)

// sandbox is a sandbox whose control API is held to its own description.
type sandbox struct {
	*apptest.Sandbox
	description *openapi3.T
	router      routers.Router
}

func newSandbox(t *testing.T, o app.Options) *sandbox {
	t.Helper()
	s := &sandbox{Sandbox: apptest.New(t, o)}
	d := s.describe(t, o)
	s.description, s.router = d.description, d.router
	return s
}

type description struct {
	description *openapi3.T
	router      routers.Router
}

// descriptions keeps what was parsed, since to write and read a description takes longer than to start a sandbox. They
// differ by the build alone.
var descriptions sync.Map

func (s *sandbox) describe(t *testing.T, o app.Options) description {
	t.Helper()
	if known, ok := descriptions.Load(o.Build); ok {
		return known.(description)
	}
	text := s.Do(t, "GET", "http://localhost/_sandbox/openapi.yaml", "", "Authorization: Bearer "+o.Access.Token).Body
	var d description
	var err error
	d.description, err = openapi3.NewLoader().LoadFromData([]byte(text))
	require.NoError(t, err)
	d.router, err = gorillamux.NewRouter(d.description)
	require.NoError(t, err)
	descriptions.Store(o.Build, d)
	return d
}

// call sends a request to the control API, at localhost unless a header says otherwise.
func (s *sandbox) call(t *testing.T, method, path, body string, headers ...string) apptest.Answer {
	t.Helper()
	url := "http://localhost:8080/_sandbox" + path
	a := s.Do(t, method, url, body, headers...)
	s.check(t, method, url, a)
	return a
}

// check holds an answer to the description.
func (s *sandbox) check(t *testing.T, method, url string, a apptest.Answer) {
	t.Helper()
	assert.Empty(t, a.Header.Get("Link"))
	assert.NotContains(t, a.Body, "$schema")
	assert.NotEqual(t, http.StatusInternalServerError, a.Status, a.Body)
	if a.Status >= http.StatusBadRequest {
		assert.Equal(t, a.Status, readProblem(t, a).Status)
	}
	if s.router == nil {
		return // it costs more than all the rest where there are thousands
	}
	r := httptest.NewRequestWithContext(t.Context(), method, url, nil)
	route, parameters, err := s.router.FindRoute(r)
	if err != nil {
		return // no such route
	}
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: parameters, Route: route},
		Status:                 a.Status,
		Header:                 a.Header,
		Body:                   io.NopCloser(strings.NewReader(a.Body)),
		Options:                &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	assert.NoError(t, err, "%s %s: %d %s", method, url, a.Status, a.Body)
}

// problem is an RFC 9457 body.
type problem struct {
	Title, Detail string
	Status        int
	Errors        []struct{ Message, Location string }
}

func readProblem(t *testing.T, a apptest.Answer) (p problem) {
	t.Helper()
	assert.Equal(t, "application/problem+json", a.Header.Get("Content-Type"))
	require.NoError(t, json.Unmarshal([]byte(a.Body), &p), a.Body)
	assert.Equal(t, http.StatusText(a.Status), p.Title)
	assert.NotEmpty(t, p.Detail)
	return p
}

// reason is all that a problem says.
func reason(t *testing.T, a apptest.Answer) string {
	t.Helper()
	p := readProblem(t, a)
	text := p.Detail
	for _, e := range p.Errors {
		text += "; " + e.Location + ": " + e.Message
	}
	return text
}

// read is an answer's body as a T.
func read[T any](t *testing.T, a apptest.Answer) (value T) {
	t.Helper()
	require.Less(t, a.Status, 300, a.Body)
	assert.Equal(t, "application/json", a.Header.Get("Content-Type"))
	require.NoError(t, json.Unmarshal([]byte(a.Body), &value), a.Body)
	return value
}

// idOf is the id of the request that was answered so.
func idOf(a apptest.Answer) string { return a.Header.Get("X-Sandbox-Request-Id") }

func TestItDescribesItself(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Build: control.Build{Version: "v1.2.3"}})
	require.NoError(t, s.description.Validate(t.Context()))
	assert.Equal(t, "3.1.0", s.description.OpenAPI)
	assert.Equal(t, "v1.2.3", s.description.Info.Version)
	var described []string
	for path, item := range s.description.Paths.Map() {
		for method, operation := range item.Operations() {
			described = append(described, path+" "+method+" "+operation.OperationID)
			assert.NotEmpty(t, operation.OperationID, path)
			assert.NotEmpty(t, operation.Summary, path)
		}
	}
	golden.Equal(t, "testdata/operations.txt", strings.Join(sorted(described), "\n")+"\n")

	yaml, jsonText := s.call(t, "GET", "/openapi.yaml", ""), s.call(t, "GET", "/openapi.json", "")
	assert.Equal(t, "application/openapi+yaml", yaml.Header.Get("Content-Type"))
	assert.Equal(t, "application/openapi+json", jsonText.Header.Get("Content-Type"))
	assert.True(t, json.Valid([]byte(jsonText.Body)))
}

func TestUnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for _, test := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/nope", 404, ""},
		{"GET", "/Version", 404, ""},
		{"GET", "/version/", 404, ""},
		{"GET", "/docs", 404, ""},
		{"GET", "/schemas/Rule.json", 404, ""},
		{"GET", "/openapi/cobrofacil", 404, ""},
		{"GET", "/%3Cb%3E", 404, ""},
		{"BREW", "/nope", 404, ""},
		{"OPTIONS", "/nope", 404, ""},
		{"BREW", "/version", 405, "GET"},
		{"OPTIONS", "/version", 405, "GET"},
		{"POST", "/healthz", 405, "GET"},
		{"GET", "/workspaces/default/reset", 405, "POST"},
		{"POST", "/workspaces/default/clock", 405, "GET, PUT"},
		{"GET", "/workspaces/default/clock/advance", 405, "POST"},
		{"PUT", "/workspaces/default/requests", 405, "GET, DELETE"},
		{"DELETE", "/workspaces", 405, "GET, POST"},
		{"POST", "/workspaces/default", 405, "GET, DELETE"},
		{"POST", "/workspaces/default/fixture", 405, "GET, PUT, PATCH"},
		{"DELETE", "/workspaces/a%2Fb/fixture", 405, "GET, PUT, PATCH"},
		{"GET", "/workspaces/default/snapshots/a", 405, "DELETE"},
		{"GET", "/workspaces/default/snapshots/a/restore", 405, "POST"},
		{"DELETE", "/workspaces/default/credentials", 405, "GET, POST"},
		{"GET", "/workspaces/default/credentials/a", 405, "DELETE"},
		{"POST", "/workspaces/default/records/a/b", 405, "GET"},
		{"PATCH", "/workspaces/default/records/a/b/c", 405, "GET, PUT, DELETE"},
		{"GET", "/workspaces/default/records", 404, ""},
		{"GET", "/workspaces/default/records/a", 404, ""},
		{"POST", "/workspaces/default/limits", 405, "GET, PUT"},
		{"GET", "/workspaces/default/limits/counters", 405, "DELETE"},
		{"PUT", "/workspaces/default/cache", 405, "GET, DELETE"},
	} {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			t.Parallel()
			a := s.call(t, test.method, test.path, "")
			assert.Equal(t, test.status, a.Status, a.Body)
			assert.Equal(t, test.allow, a.Header.Get("Allow"))
			assert.Contains(t, reason(t, a), "/_sandbox/openapi.yaml")
		})
	}
	// What only begins alike is not the control API's.
	assert.Contains(t, s.Do(t, "GET", "http://localhost/_sandboxes", "").Body, "No API is at this path.")
}

func TestWorkspaceNames(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	calls := []struct{ method, path, body string }{
		{"POST", "/reset", ""},
		{"GET", "/fixture", ""},
		{"GET", "/clock", ""},
		{"PUT", "/clock", `{"frozen":true}`},
		{"POST", "/clock/advance", `{"by":"1s"}`},
		{"GET", "/requests", ""},
		{"GET", "/requests/1", ""},
		{"GET", "", ""},
		{"PUT", "/fixture", "{}"},
		{"PATCH", "/fixture", "{}"},
		{"GET", "/snapshots", ""},
		{"GET", "/records/cobrofacil/clients", ""},
		{"GET", "/records/cobrofacil/clients/a", ""},
		{"GET", "/credentials", ""},
		{"POST", "/credentials", `{"api":"cobrofacil"}`},
		{"GET", "/settings", ""},
		{"PUT", "/settings", `{}`},
		{"GET", "/limits", ""},
		{"PUT", "/limits", `{}`},
		{"GET", "/cache", ""},
		// These take only what there is.
		{"DELETE", "", ""},
		{"POST", "/snapshots", `{"name":"a"}`},
		{"POST", "/snapshots/a/restore", ""},
		{"DELETE", "/snapshots/a", ""},
		{"DELETE", "/records/cobrofacil/clients/a", ""},
		{"DELETE", "/credentials/a", ""},
		{"DELETE", "/limits/counters", ""},
		{"DELETE", "/cache", ""},
	}
	for _, name := range []string{"X", "-a", "_a", "a.b", "ñ", "a%20b", "a%2Fb", "..%2Fdefault", "a%0A", "a%00", "%FF", "%23template", "%23snap%2Fa", strings.Repeat("a", 64)} {
		for _, c := range calls {
			a := s.call(t, c.method, "/workspaces/"+name+c.path, c.body)
			assert.Equal(t, 404, a.Status, "%s %s%s", c.method, name, c.path)
			assert.Contains(t, reason(t, a), "a name has 1 to 63 of a-z, 0-9, _ and -")
		}
	}
	// What only reads makes no workspace, and what changes something does.
	for _, c := range calls {
		if c.path == "/snapshots" && c.method == "GET" {
			continue // they may be those of a workspace that has gone
		}
		makes := c.method != "GET" && c.method != "DELETE" && !strings.Contains(c.path, "/snapshots")
		name := "/workspaces/" + strings.ToLower(c.method) + strings.ReplaceAll(c.path, "/", "-")
		assert.Equal(t, makes, s.call(t, c.method, name+c.path, c.body).Status < 300, c)
		assert.Equal(t, makes, s.call(t, "GET", name+"/clock", "").Status == 200, c)
	}
	assert.Equal(t, 200, s.call(t, "POST", "/workspaces/"+strings.Repeat("a", 63)+"/clock/advance", `{"by":"1s"}`).Status)
}

func TestRequestsMustBeJSON(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for _, test := range []struct {
		name, body, contentType string
		status                  int
	}{
		{"empty", "", "application/json", 400},
		{"syntax", "{", "application/json", 400},
		{"trailing garbage", "{} x", "application/json", 400},
		{"null", "null", "application/json", 422},
		{"an array", "[]", "application/json", 422},
		{"a string", `"1s"`, "application/json", 422},
		{"an unknown member", `{"by":"1s","frozen":true,"x":1}`, "application/json", 422},
		{"another content type", `{"by":"1s","frozen":true}`, "text/plain", 415},
		{"more than 1 MiB", strings.Repeat(" ", 1<<20) + "{}", "application/json", 413},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range [][2]string{{"PUT", "/clock"}, {"POST", "/clock/advance"}} {
				a := s.call(t, c[0], "/workspaces/default"+c[1], test.body, "Content-Type: "+test.contentType)
				assert.Equal(t, test.status, a.Status, a.Body)
			}
		})
	}
}

// sorted is a copy in order.
func sorted(all []string) []string { return slices.Sorted(slices.Values(all)) }
