package subclients_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

func TestRoutesAndMethods(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	noRoute, noMethod := refusal(404, "Not found"), refusal(405, "Method not allowed")
	for _, test := range []struct{ id, method, path, allow, body string }{
		{"SUB-43", "GET", "/subclients", "", noRoute},
		{"SUB-43", "GET", "/subclients/nope", "", noRoute},
		{"SUB-43", "GET", "/subclients/v2/clients", "", noRoute},
		{"SUB-43", "GET", "/subclients/v1/v1/clients", "", noRoute},
		{"SUB-43", "GET", "/subclients/Clients", "", noRoute},
		{"SUB-43", "GET", clients + "/" + mayab, "", noRoute},
		{"SUB-43", "PUT", clients, "GET, HEAD, POST", noMethod},
		{"SUB-43", "DELETE", "/subclients/v1/clients/", "GET, HEAD, POST", noMethod},
		{"SUB-43", "GET", clients + "/fund", "POST", noMethod},
		{"SUB-43", "GET", clients + "/api_key/public_key", "POST", noMethod},
		{"SUB-43", "POST", "/subclients/catalogs/states", "GET, HEAD", noMethod},
		{"SUB-43", "GET", login, "POST", noMethod},
		{"COM-6", "BREW", "/subclients/nope", "", noRoute},
	} {
		// Route and method come before the credential (COM-20).
		for _, header := range []string{token, "Authorization:"} {
			a := s.Do(t, test.method, test.path, "", header)
			assert.Equal(t, test.body, a.Body, "%s %s", test.method, test.path)
			assert.Equal(t, test.allow, a.Header.Get("Allow"), "%s %s", test.method, test.path)
		}
	}
}

// Every kind of broken body gets the envelope, at each operation that takes one.
func TestBrokenBodies(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-40", "SUB-43", "COM-22")
	s := apptest.New(t, app.Options{})
	notJSON, notObject := refusal(400, "The body is not valid JSON"), refusal(400, "The body must be a JSON object")
	notSent, tooLarge := refusal(400, "The Content-Type must be application/json"), refusal(413, "The body is too large")
	before := export(t, s, "default")
	for _, test := range []struct {
		body, contentType string
		status            int
		answer            string
	}{
		{"", "application/json", 400, notJSON},
		{"{", "application/json", 400, notJSON},
		{with(t) + "x", "application/json", 400, notJSON},
		{with(t, "x", `1,"x":2`), "application/json", 400, notJSON},
		{with(t, "name", `"a\u0000b c"`), "application/json", 400, notJSON},
		{with(t, "name", "\"Noent\xff\""), "application/json", 400, notJSON},
		{with(t, "available", "01"), "application/json", 400, notJSON},
		{with(t, "available", "NaN"), "application/json", 400, notJSON},
		{with(t, "available", "0.1+0.2"), "application/json", 400, notJSON},
		{"[" + with(t) + "]", "application/json", 400, notObject},
		{"null", "application/json", 400, notObject},
		{with(t), "text/plain", 400, notSent},
		{with(t), "", 400, notSent},
		{strings.Repeat("x", 1<<20+1), "application/json", 413, tooLarge},
	} {
		for _, path := range []string{clients, clients + "/fund", clients + "/api_key/public_key", login} {
			a := s.Do(t, "POST", path, test.body, token, "Content-Type: "+test.contentType)
			assert.Equal(t, test.status, a.Status, "%s %.40q", path, test.body)
			assert.Equal(t, test.answer, a.Body, "%s %.40q", path, test.body)
		}
	}
	assert.Equal(t, before, export(t, s, "default"))
	assert.Equal(t, 200, s.Do(t, "POST", clients, with(t, "x", `"`+strings.Repeat("x", 1<<20-2000)+`"`), token, "Content-Type: application/json; charset=utf-8").Status)
}

// What is wrong first is answered, in the order of COM-20: each row adds a mistake to the row below it.
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-20", "SUB-20")
	s := apptest.New(t, app.Options{})
	tooMuch := []string{"available", "1e9"}
	tooLittle := []string{"available", "1"}
	taken := []string{"alias", `"PINATA"`, "available", "1"}
	for _, test := range []struct{ method, body, header, contentType, answer string }{
		{"PUT", "{", "Authorization:", "text/plain", refusal(405, "Method not allowed")},
		{"POST", "{", "Authorization:", "text/plain", refusal(401, "Unauthorized")},
		{"POST", "{", token, "text/plain", refusal(400, "The Content-Type must be application/json")},
		{"POST", "{", token, "application/json", refusal(400, "The body is not valid JSON")},
		{"POST", with(t, append(taken, "rfc", `"x"`)...), token, "application/json", invalid("rfc: must have between 10 and 13 characters")},
		{"POST", with(t, taken...), token, "application/json", invalid("alias: has already been taken")},
		{"POST", with(t, tooLittle...), poor, "application/json", refusal(422, "The minimum available is 100.00")},
		{"POST", with(t, tooMuch...), token, "application/json", refusal(422, "Insufficient balance")},
	} {
		a := s.Do(t, test.method, clients, test.body, test.header, "Content-Type: "+test.contentType)
		assert.Equal(t, test.answer, a.Body)
	}
}

// A bug in the sandbox is answered in the envelope, and told only to the log. Here the database has gone.
func TestServerError(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-43")
	s := apptest.New(t, app.Options{})
	require.Equal(t, 200, s.Do(t, "GET", clients, "", token).Status)
	require.NoError(t, s.Close(t.Context()))
	for _, a := range []apptest.Answer{
		s.Do(t, "GET", clients, "", token), s.Do(t, "POST", clients, with(t), token), s.Do(t, "POST", login, credentials(key, "sandbox"), ""),
	} {
		assert.Equal(t, 500, a.Status)
		assert.Equal(t, refusal(500, "Internal server error"), a.Body)
		assert.Contains(t, s.Log.String(), a.Header.Get("X-Sandbox-Request-Id"))
	}
	assert.Contains(t, s.Log.String(), "the store is closed")
}

// The catalogue that faults will name, and no name twice.
func TestErrorCatalogue(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{
		"unauthorized", "wrong_login", "invalid", "insufficient_balance", "below_minimum", "client_not_found", "route_not_found", "method_not_allowed",
		"not_json", "not_an_object", "content_type", "too_large", "too_many_requests", "server_error",
	}, api(t, apptest.New(t, app.Options{})).Errors)
}
