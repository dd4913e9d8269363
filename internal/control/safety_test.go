package control_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/control"
)

const controlToken = "a-control-token"

func TestHostsWithoutAToken(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for _, host := range []string{
		"localhost", "localhost:8080", "LOCALHOST", "run.localhost", "a.b.localhost:1", "127.0.0.1", "127.0.0.1:8080", "127.1.2.3:80", "[::1]", "[::1]:8080",
	} {
		assert.Equal(t, 200, s.call(t, "GET", "/apis", "", "Host: "+host).Status, host)
	}
	for _, host := range []string{
		"attacker.example", "attacker.example:8080", "localhost.attacker.example", "127.0.0.1.attacker.example", "notlocalhost", "localhost.localdomain",
		"sandbox", "0.0.0.0:8080", "128.0.0.1", "192.168.1.2:8080", "127.1", "2130706433", "[::]:8080", "[2001:db8::1]:8080", "", ":8080",
	} {
		a := s.call(t, "GET", "/apis", "", "Host: "+host)
		assert.Equal(t, 403, a.Status, host)
		assert.Contains(t, reason(t, a), "Without a control token")
		// The page of a name that was made to point here, DNS rebinding, is of the same origin.
		a = s.call(t, "GET", "/apis", "", "Host: "+host, "Origin: http://"+host, "Sec-Fetch-Site: same-origin")
		assert.Equal(t, 403, a.Status, host)
	}

	anyHost := newSandbox(t, app.Options{Access: control.Access{AnyHost: true}})
	for _, host := range []string{"localhost", "sandbox:8080", "192.168.1.2", "attacker.example"} {
		assert.Equal(t, 200, anyHost.call(t, "GET", "/apis", "", "Host: "+host).Status, host)
		assert.Equal(t, 403, anyHost.call(t, "GET", "/apis", "", "Host: "+host, "Origin: http://elsewhere.example").Status, host)
	}
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	sandboxes := map[string]*sandbox{
		"":                                      newSandbox(t, app.Options{}),
		"Authorization: Bearer " + controlToken: newSandbox(t, app.Options{Access: control.Access{Token: controlToken}}),
	}
	for _, test := range []struct {
		origin, site string
		status       int
	}{
		{"", "", 200}, // no browser
		{"", "none", 200},
		{"", "same-origin", 200},
		{"http://localhost:8080", "same-origin", 200},
		{"https://localhost:8080", "same-origin", 200}, // behind a proxy
		{"", "same-site", 403},
		{"", "cross-site", 403},
		{"", "something-new", 403},
		{"http://localhost:8080", "cross-site", 403},
		{"http://localhost:8080", "same-site", 403},
		{"null", "", 403},
		{"null", "same-origin", 403},
		{"http://attacker.example", "", 403},
		{"http://attacker.example", "none", 403},
		{"http://localhost:3000", "", 403}, // a neighbour, and the same site
		{"http://localhost", "", 403},
		{"http://127.0.0.1:8080", "", 403},
		{"http://run.localhost:8080", "", 403},
		{"ftp://localhost:8080", "", 403},
		{"localhost:8080", "", 403},
		{"http://localhost:8080/", "", 403},
	} {
		for auth, s := range sandboxes {
			headers := []string{"Origin: " + test.origin, "Sec-Fetch-Site: " + test.site}
			if auth != "" {
				headers = append(headers, auth)
			}
			a := s.call(t, "GET", "/apis", "", headers...)
			assert.Equal(t, test.status, a.Status, test)
			for name := range a.Header {
				assert.False(t, strings.HasPrefix(name, "Access-Control-"), name)
			}
			if a.Status == 403 {
				assert.Contains(t, reason(t, a), "another origin")
			}
		}
	}
	preflight := sandboxes[""].call(t, "OPTIONS", "/workspaces/default/reset", "", "Origin: http://attacker.example", "Access-Control-Request-Method: POST")
	assert.Equal(t, 403, preflight.Status)
}

func TestControlToken(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Access: control.Access{Token: controlToken}})
	for _, test := range []struct {
		header string
		status int
	}{
		{"Authorization: Bearer " + controlToken, 200},
		{"Authorization: bearer " + controlToken, 200},
		{"Authorization:", 401},
		{"Authorization: Bearer", 401},
		{"Authorization: Bearer wrong", 401},
		{"Authorization: Bearer " + strings.ToUpper(controlToken), 401},
		{"Authorization: Bearer " + controlToken + "x", 401},
		{"Authorization: Bearer " + controlToken[1:], 401},
		{"Authorization: Bearer " + controlToken + "@default", 401},
		{"Authorization: " + controlToken, 401},
		{"Authorization: Basic " + controlToken, 401},
		{"Authorization: Token " + controlToken, 401},
		{"X-API-Key: " + controlToken, 401},
		{"Cookie: token=" + controlToken, 401},
		{token, 401},
	} {
		for _, host := range []string{"localhost:8080", "127.0.0.1", "sandbox.example", "192.168.1.2:8080"} {
			a := s.call(t, "GET", "/apis", "", test.header, "Host: "+host)
			assert.Equal(t, test.status, a.Status, "%s at %s", test.header, host)
			if a.Status == 401 {
				assert.Equal(t, `Bearer realm="sandbox control"`, a.Header.Get("WWW-Authenticate"))
				assert.Contains(t, reason(t, a), "--control-token")
				assert.NotContains(t, a.Body, controlToken)
			}
		}
	}
	assert.Equal(t, 401, s.call(t, "GET", "/apis?token="+controlToken, "").Status)
}

// Nothing but what says that the sandbox lives and what it is can be called without leave.
func TestEveryCallIsGuarded(t *testing.T) {
	t.Parallel()
	open := newSandbox(t, app.Options{})
	locked := newSandbox(t, app.Options{Access: control.Access{Token: controlToken}})
	free := map[string]bool{"/healthz": true, "/readyz": true, "/version": true}
	paths := []string{"", "/nope", "/openapi.yaml", "/openapi.json", "/openapi-3.0.yaml", "/healthz/", "/%68ealthz/x"}
	for path := range open.description.Paths.Map() {
		paths = append(paths, strings.NewReplacer("/_sandbox", "", "{workspace}", "default", "{api}", "cobrofacil", "{id}", "1").Replace(path))
	}
	for _, path := range paths {
		for _, method := range []string{"GET", "PUT", "POST", "DELETE"} {
			foreign := open.call(t, method, path, "", "Origin: http://attacker.example")
			rebound := open.call(t, method, path, "", "Host: attacker.example")
			unknown := locked.call(t, method, path, "")
			got := []int{foreign.Status, rebound.Status, unknown.Status}
			switch {
			case !free[path]:
				assert.Equal(t, []int{403, 403, 401}, got, "%s %s", method, path)
			case method == "GET":
				assert.Equal(t, []int{200, 200, 200}, got, "%s %s", method, path)
			}
		}
	}
}

// A partner's host name is the partner's alone, whoever asks.
func TestPartnerHosts(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Access: control.Access{Token: controlToken}})
	for _, host := range []string{"api.cobrofacil.com", "API.Cobrofacil.com:443", "api.cobrofacil.com.", "cobrofacil.localhost", "cobrofacil.localhost:8080"} {
		for path, route := range map[string]string{
			"":                          "_sandbox",
			"/":                         "_sandbox",
			"/healthz":                  "_sandbox/healthz",
			"/workspaces/default/reset": "_sandbox/workspaces/default/reset",
		} {
			for _, auth := range []string{"Authorization: Bearer " + controlToken, token} {
				a := s.Do(t, "POST", "/_sandbox"+path, "", "Host: "+host, auth)
				assert.Equal(t, 404, a.Status)
				assert.Equal(t, `{"message":"The route `+route+` could not be found.","exception_code":0}`, a.Body, "%s%s", host, path)
			}
		}
	}
}
