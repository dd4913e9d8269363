package control_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
	withToken, withCookie := newSandbox(t, locked), newSandbox(t, locked)
	sandboxes := map[string]*sandbox{
		"":                                      newSandbox(t, app.Options{}),
		"Authorization: Bearer " + controlToken: withToken,
		withCookie.signIn(t):                    withCookie,
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
	// Nor can another origin try tokens, or sign a browser in.
	for _, headers := range [][]string{
		{"Origin: http://attacker.example", "Sec-Fetch-Site: cross-site"},
		{"Origin: http://localhost:3000", "Sec-Fetch-Site: same-site"},
		{"Origin: null", "Sec-Fetch-Site: "},
	} {
		a := withToken.login(t, controlToken, "", headers...)
		assert.Equal(t, 403, a.Status)
		assert.Empty(t, a.Header.Get("Set-Cookie"))
		for _, path := range []string{"/login", "/logout", "/nope"} {
			assert.Equal(t, 403, withToken.call(t, "GET", path, "", append(headers, "Accept: text/html")...).Status, path)
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

func TestSessionCookies(t *testing.T) {
	t.Parallel()
	s, other := newSandbox(t, locked), newSandbox(t, locked)
	session := s.signIn(t)
	for _, test := range []struct {
		name    string
		headers []string
		status  int
	}{
		{"a session", []string{session}, 200},
		{"at another name", []string{session, "Host: sandbox.example"}, 200}, // the browser sends it to the host that set it
		{"beside others", []string{session + "; theme=dark; sandbox_control=stale"}, 200},
		{"behind others", []string{"Cookie: sandbox_control=stale; sandbox_control=" + strings.TrimPrefix(session, "Cookie: sandbox_control=")}, 200},
		{"and a wrong token", []string{session, "Authorization: Bearer wrong"}, 200},
		{"the token itself", []string{"Cookie: sandbox_control=" + controlToken}, 401},
		{"empty", []string{"Cookie: sandbox_control="}, 401},
		{"made up", []string{"Cookie: sandbox_control=AAAAAAAAAAAAAAAAAAAAAAAAAA"}, 401},
		{"cut short", []string{session[:len(session)-1]}, 401},
		{"in lower case", []string{"Cookie: " + strings.ToLower(strings.TrimPrefix(session, "Cookie: "))}, 401},
		{"under another name", []string{strings.Replace(session, "sandbox_control", "session", 1)}, 401},
		{"of another sandbox", []string{other.signIn(t)}, 401},
		{"as a token", []string{"Authorization: Bearer " + strings.TrimPrefix(session, "Cookie: sandbox_control=")}, 401},
	} {
		assert.Equal(t, test.status, s.call(t, "GET", "/apis", "", test.headers...).Status, test.name)
	}

	// What changes something needs the browser's word on where it comes from: over plain HTTP from another machine there is
	// no Sec-Fetch-Site, but an Origin with everything that does more than read.
	reset := func(headers ...string) int {
		return s.call(t, "POST", "/workspaces/default/reset", "", append(headers, session)...).Status
	}
	assert.Equal(t, 401, reset())
	assert.Equal(t, 204, reset("Origin: http://localhost:8080"))
	assert.Equal(t, 204, reset("Sec-Fetch-Site: same-origin"))
	assert.Equal(t, 403, reset("Origin: http://localhost:3000"))
	assert.Equal(t, 403, reset("Origin: http://localhost:8080", "Sec-Fetch-Site: same-site"))
	assert.Equal(t, 403, reset("Sec-Fetch-Site: same-site"))
	assert.Equal(t, 200, s.Do(t, "HEAD", "http://localhost/_sandbox/apis", "", session).Status)
}

// What another origin gets hold of all the same, as a script, picture or frame, it cannot use.
func TestAnswersAreForThisOrigin(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, locked)
	for _, path := range []string{"/healthz", "/apis", "/login", "/metrics", "/nope"} {
		for _, headers := range [][]string{{"Authorization: Bearer " + controlToken}, {"Accept: text/html"}, {"Origin: http://attacker.example"}} {
			a := s.Do(t, "GET", "http://localhost/_sandbox"+path, "", headers...)
			assert.Equal(t, []string{"no-store", "same-origin", "nosniff", "DENY"}, []string{
				a.Header.Get("Cache-Control"), a.Header.Get("Cross-Origin-Resource-Policy"), a.Header.Get("X-Content-Type-Options"), a.Header.Get("X-Frame-Options"),
			}, path)
		}
	}
}

// Nothing but what says that the sandbox lives and what it is can be called without leave.
func TestEveryCallIsGuarded(t *testing.T) {
	t.Parallel()
	ca, err := app.OpenCA("", nil)
	require.NoError(t, err)
	open := newSandbox(t, app.Options{CA: ca})
	locked := newSandbox(t, app.Options{CA: ca, Access: control.Access{Token: controlToken}})
	free := map[string]bool{"/healthz": true, "/readyz": true, "/version": true, "/ca.pem": true}
	paths := []string{"", "/nope", "/openapi.yaml", "/openapi.json", "/openapi-3.0.yaml", "/healthz/", "/%68ealthz", "/%68ealthz/x", "/login/", "/%6Cogin", "/login/x"}
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
			"/login":                    "_sandbox/login",
			"/metrics":                  "_sandbox/metrics",
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
