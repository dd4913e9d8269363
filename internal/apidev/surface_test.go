package apidev_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

// HEAD answers like GET, and so does the path with a slash behind it.
func TestHeadAndSlash(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-27", "COM-4")
	s := newQuiet(t)
	for _, path := range []string{clients, clients + "/" + regional, accounts} {
		get, head := s.Do(t, "GET", path, "", dev...), s.Do(t, "HEAD", path, "", dev...)
		assert.Equal(t, 200, head.Status)
		assert.Empty(t, head.Body)
		assert.Equal(t, get.Header.Get("Content-Length"), head.Header.Get("Content-Length"))
		assert.Equal(t, get.Body, s.Do(t, "GET", path+"/", "", dev...).Body)
	}
}

// The bases of the API: the bare origin, the partner's host names, and the name under localhost, each with a workspace or
// without.
func TestAddresses(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-1", "COM-2", "COM-3")
	s := newQuiet(t)
	for _, test := range []struct {
		host, path string
		status     int
		workspace  string
	}{
		{"localhost:8080", clients, 200, "default"},
		{"127.0.0.1", clients, 200, "default"},
		{"localhost", "/w/run-1" + clients, 200, "run-1"},
		{"demo.geotareas.com", clients, 200, "default"},
		{"a.b.GeoTareas.com.:443", clients, 200, "default"},
		{"demo.geotareas.com", "/w/run-2" + clients, 200, "run-2"},
		{"apidev.localhost:8080", clients, 200, "default"},
		{"apidev.localhost", "/w/run-3" + clients, 200, "run-3"},
		{"geotareas.com", "/v1/clients", 404, "default"},
		{"demo.geotareas.com", "/cobrofacil/api/v1/clients/client-200", 404, "default"},
		{"evilgeotareas.com", "/v1/clients", 404, "default"},
		{"localhost", "/apidevx/v1/clients", 404, "default"},
		{"localhost", "/apidev/v2/clients", 404, "default"},
	} {
		a := s.Do(t, "GET", test.path, "", append(dev, "Host: "+test.host)...)
		assert.Equal(t, test.status, a.Status, "%s %s", test.host, test.path)
		assert.Equal(t, test.workspace, a.Header.Get("X-Sandbox-Workspace"))
	}
	// Under the partner's name even an unknown path is this API's.
	assert.Equal(t, failure("NOT_FOUND", "Route not found."), s.Do(t, "GET", "/v1/clients", "", "Host: demo.geotareas.com").Body)
	// The base that is shown is the bare origin.
	apis := s.Do(t, "GET", "/_sandbox/apis", "", local).Body
	assert.Contains(t, apis, `"name":"apidev","title":"GeoTareas","base":"http://localhost:8080"`)
}

// A bug in the sandbox is answered in the partner's words. Here the database has gone.
func TestInternalError(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-41")
	s := apptest.New(t, app.Options{})
	require.Equal(t, 200, s.Do(t, "GET", clients, "", dev...).Status)
	require.NoError(t, s.Close(t.Context()))
	a := s.Do(t, "GET", clients+"?limit=1", "", dev...)
	assert.Equal(t, 500, a.Status)
	assert.Equal(t, failure("INTERNAL_ERROR", "Internal server error."), a.Body)
}

func TestRoutesAndBodies(t *testing.T) {
	t.Parallel()
	s := newQuiet(t)
	for _, test := range []struct {
		id, method, path, body, contentType string
		status                              int
		allow, code, message                string
	}{
		{"API-41", "GET", "/apidev", "", "", 404, "", "NOT_FOUND", "Route not found."},
		{"API-41", "GET", "/apidev/v1/nope", "", "", 404, "", "NOT_FOUND", "Route not found."},
		{"API-41", "GET", clients + "//", "", "", 404, "", "NOT_FOUND", "Route not found."},
		{"API-41", "GET", clients + "/1/2", "", "", 404, "", "NOT_FOUND", "Route not found."},
		{"API-41", "PATCH", clients + "/1", "{}", "application/json", 405, "GET, HEAD, PUT", "METHOD_NOT_ALLOWED", "Method not allowed."},
		{"API-41", "DELETE", clients, "", "", 405, "GET, HEAD, POST", "METHOD_NOT_ALLOWED", "Method not allowed."},
		{"API-41", "GET", login, "", "", 405, "POST", "METHOD_NOT_ALLOWED", "Method not allowed."},
		{"API-41", "POST", clients, `{"name":`, "application/json", 400, "", "VALIDATION_ERROR", "The request body is not valid JSON."},
		{"COM-22", "POST", clients, "", "", 400, "", "VALIDATION_ERROR", "The request body is not valid JSON."},
		{"COM-22", "POST", clients, `{"name":"a","name":"b"}`, "application/json", 400, "", "VALIDATION_ERROR", "The request body is not valid JSON."},
		{"COM-22", "POST", accounts, `{"name":"a\u0000"}`, "application/json", 400, "", "VALIDATION_ERROR", "The request body is not valid JSON."},
		{"API-41", "POST", accounts, `[]`, "application/json", 400, "", "VALIDATION_ERROR", "The request body must be a JSON object."},
		{"API-41", "PUT", accounts + "/1", `name=a`, "application/x-www-form-urlencoded", 400, "", "VALIDATION_ERROR", "The request must be sent as application/json."},
		{"API-41", "POST", clients, `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, "application/json", 413, "", "PAYLOAD_TOO_LARGE", "Payload too large."},
		{"API-41", "POST", login, `{"email":"` + strings.Repeat("x", 1<<20) + `"}`, "application/json", 413, "", "PAYLOAD_TOO_LARGE", "Payload too large."},
	} {
		a := s.Do(t, test.method, test.path, test.body, append(dev, "Content-Type: "+test.contentType)...)
		assert.Equal(t, test.status, a.Status, "%s %s", test.method, test.path)
		assert.Equal(t, failure(test.code, test.message), a.Body)
		assert.Equal(t, test.allow, a.Header.Get("Allow"))
	}
}
