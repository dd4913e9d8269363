package apidev_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

// request is a request to make mistakes in.
type request struct {
	method, path, query, body string
	headers                   map[string]string
}

// mistake is one thing that is wrong with a request, in a place where no other mistake can be made at the same time.
type mistake struct {
	name, place string
	make        func(*request)
	status      int
	code        string
	message     string
}

func header(name, value string) func(*request) {
	return func(r *request) { r.headers[name] = value }
}

// mistakes are in the order in which they are found (COM-20, API-2).
var mistakes = []mistake{
	{"an unknown route", "path", func(r *request) { r.path = "/apidev/v1/nope/" + regional }, 404, "NOT_FOUND", "Route not found."},
	{"another method", "method", func(r *request) { r.method = "DELETE" }, 405, "METHOD_NOT_ALLOWED", "Method not allowed."},
	{"no tenant", "tenant", header("tenant", ""), 400, "BAD_REQUEST", "The tenant header is required."},
	{"no key", "key", header("X-API-Key", ""), 400, "BAD_REQUEST", "The X-API-Key header is required."},
	{"no token", "token", header("Authorization", ""), 400, "BAD_REQUEST", "The Authorization header is required."},
	{"a bad token", "token", header("Authorization", "Bearer nobody"), 401, "UNAUTHORIZED", badToken},
	{"a bad key", "key", header("X-API-Key", "gtk_nobody"), 401, "UNAUTHORIZED", badKey},
	{"no permission", "token", header("Authorization", "Bearer sandbox-apidev-noperm-token"), 403, "FORBIDDEN", "You do not have permission to access this resource."},
	{"beyond the limit", "workspace", func(r *request) { r.path = "/w/full" + r.path }, 429, "RATE_LIMITED", "Rate limit exceeded: 10 requests per minute."},
	{"another content type", "type", header("Content-Type", "text/plain"), 400, "VALIDATION_ERROR", "The request must be sent as application/json."},
	{"no JSON", "body", func(r *request) { r.body = "{" }, 400, "VALIDATION_ERROR", "The request body is not valid JSON."},
	{"no object", "body", func(r *request) { r.body = "[]" }, 400, "VALIDATION_ERROR", "The request body must be a JSON object."},
	{"an invalid member", "body", func(r *request) { r.body = `{"name":1}` }, 400, "VALIDATION_ERROR", `"name" must be a string`},
	{"an invalid parameter", "status", func(r *request) { r.query += "&status=" + strings.Repeat("A", 11) }, 400, "VALIDATION_ERROR", `"status" must be at most 10 characters long`},
	{"and another", "limit", func(r *request) { r.query += "&limit=0" }, 400, "VALIDATION_ERROR", `"limit" must be a number between 1 and 100`},
	{"an unknown record", "record", func(r *request) { r.path = strings.Replace(r.path, regional, "1", 1) }, 404, "NOT_FOUND", "Client not found."},
}

// Of two things that are wrong the one is answered that is looked at first: all pairs, of an update and of a list.
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-20", "API-2", "API-14", "API-30")
	s := apptest.New(t, app.Options{Clock: still})
	for range 10 {
		s.Do(t, "PUT", clients+"/"+regional, `{}`, in("full")...)
		s.Do(t, "GET", clients, "", in("full")...)
	}
	number := 0
	// A workspace for each, unless the mistake is to be in the full one: so none is beyond a limit by chance.
	send := func(r request) apptest.Answer {
		if !strings.HasPrefix(r.path, "/w/") {
			number++
			r.path = fmt.Sprintf("/w/run-%d%s", number, r.path)
		}
		sent := httptest.NewRequestWithContext(t.Context(), r.method, r.path+r.query, strings.NewReader(r.body))
		for name, value := range r.headers {
			if value != "" {
				sent.Header.Set(name, value)
			}
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, sent)
		return apptest.Answer{Status: w.Code, Header: w.Header(), Body: w.Body.String()}
	}
	for _, base := range []struct {
		name                string
		method, path, query string
		body                string
		not                 []string // places where it can have no mistake
	}{
		{"an update", "PUT", clients + "/" + regional, "", `{}`, []string{"status", "limit"}},
		{"a list", "GET", clients, "?offset=0", "", []string{"body", "type", "record"}},
	} {
		fresh := func() request {
			return request{base.method, base.path, base.query, base.body, map[string]string{
				"Authorization": "Bearer sandbox-apidev-token", "X-API-Key": "gtk_sandbox", "tenant": "x", "Content-Type": "application/json",
			}}
		}
		assert.Equal(t, http.StatusOK, send(fresh()).Status, base.name)
		for i, first := range mistakes {
			for _, second := range mistakes[i:] {
				same := first.name == second.name
				if first.place == second.place && !same || slices.Contains(base.not, first.place) || slices.Contains(base.not, second.place) {
					continue
				}
				r := fresh()
				first.make(&r)
				if !same {
					second.make(&r)
				}
				a := send(r)
				assert.Equal(t, first.status, a.Status, "%s with %s and %s", base.name, first.name, second.name)
				assert.Equal(t, failure(first.code, first.message), a.Body, "%s with %s and %s", base.name, first.name, second.name)
			}
		}
	}
}
