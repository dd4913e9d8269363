package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

func TestAddresses(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	const native = "/api/v1/clients"
	for _, test := range []struct {
		id, method, path, host string
		status                 int
		workspace              string
	}{
		{"COM-1", "GET", "/cobrofacil/api/v1/clients/client-200", "localhost:8080", 200, "default"},
		{"COM-1", "GET", "/cobrofacil/api/v1/clients/client-200", "192.168.1.7", 200, "default"},
		{"COM-2", "GET", native + "/client-200", "api.cobrofacil.com", 200, "default"},
		{"COM-2", "GET", native + "/client-200", "API.Cobrofacil.com.:443", 200, "default"},
		{"COM-2", "GET", native + "/client-200", "cobrofacil.localhost:8080", 200, "default"},
		{"COM-2", "GET", native + "/client-200", "evil-api.cobrofacil.com", 404, "default"},
		{"COM-2", "GET", "/cobrofacil" + native + "/client-200", "api.cobrofacil.com", 404, "default"},
		{"COM-3", "GET", "/w/run-1/cobrofacil/api/v1/clients/client-200", "localhost", 200, "run-1"},
		{"COM-3", "GET", "/w/run-2" + native + "/client-200", "api.cobrofacil.com", 200, "run-2"},
		{"COM-3", "GET", "/w/run%2D3/cobrofacil/api/v1/clients/client-200", "localhost", 404, "default"},
		{"COM-4", "POST", "/cobrofacil/api/v1/clients/", "localhost", 201, "default"},
		{"COM-4", "GET", "/cobrofacil/api/v1/clients/client-200/", "localhost", 200, "default"},
		{"COM-6", "GET", "/cobrofacil/api/v2/clients", "localhost", 404, "default"},
		{"COM-6", "DELETE", "/cobrofacil/api/v1/clients", "localhost", 405, "default"},
	} {
		body := map[string]string{"POST": eva}[test.method]
		a := s.Do(t, test.method, test.path, body, token, "Host: "+test.host)
		assert.Equal(t, test.status, a.Status, "%s %s at %s: %s", test.method, test.path, test.host, a.Body)
		assert.Equal(t, test.workspace, a.Header.Get("X-Sandbox-Workspace"), test.path)
	}
}

func TestOutsideAllAPIs(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-5", "COM-10")
	s := apptest.New(t, app.Options{})
	var bases []string
	for _, api := range s.APIs {
		bases = append(bases, fmt.Sprintf(`{"name":%q,"base":"http://localhost:8080%s"}`, api.Name, api.Base))
	}
	apis := `"apis":[` + strings.Join(bases, ",") + `],"did_you_mean":[`
	start := `{"message":"No API is at this path. Put the base of an API in the place of https://host in the partner's URL.",` + apis
	naming := `{"message":"A workspace's name has 1 to 63 of a-z, 0-9, _ and -, and starts with a letter or digit.",` + apis
	const meant = `"http://localhost:8080/cobrofacil/api/v1/clients"`
	for path, body := range map[string]string{
		"/":                                 start + "]}",
		"/nope":                             start + "]}",
		"/cobrofacilx/api/v1/clients":       start + "]}",
		"/api/v1/clients":                   start + meant + "]}",
		"/w/run-1/api/v1/clients":           strings.ReplaceAll(start+meant+"]}", "8080", "8080/w/run-1"),
		"/w/run-1":                          strings.ReplaceAll(start+"]}", "8080", "8080/w/run-1"),
		"/w//cobrofacil/api/v1/clients":     naming + meant + "]}",
		"/w/Run/api/v1/clients":             naming + meant + "]}",
		"/w/-a/cobrofacil/api/v1/clients":   naming + meant + "]}",
		"/w/a.b/cobrofacil/api/v1/clients":  naming + meant + "]}",
		"/w/%23template/cobrofacil/api/v1/": naming + "]}",
	} {
		a := s.Do(t, "GET", path, "", token, local)
		assert.Equal(t, 404, a.Status, path)
		assert.Equal(t, body, a.Body, path)
		assert.Equal(t, "application/json", a.Header.Get("Content-Type"))
		assert.Len(t, explain(t, s, a).Violations, 1)
	}
	// Under a partner's name the base is the bare one, and other APIs are not there.
	a := s.Do(t, "GET", "/w/Run/api/v1/clients", "", "Host: api.cobrofacil.com")
	assert.Contains(t, a.Body, `"apis":[{"name":"cobrofacil","base":"http://api.cobrofacil.com"}],"did_you_mean":["http://api.cobrofacil.com/api/v1/clients"]`)
}
