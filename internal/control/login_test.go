package control_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/control"
)

const form = "Content-Type: application/x-www-form-urlencoded"

var locked = app.Options{Access: control.Access{Token: controlToken}}

// login sends the form of the page.
func (s *sandbox) login(t *testing.T, token, next string, headers ...string) apptest.Answer {
	t.Helper()
	body := url.Values{"token": {token}, "next": {next}}.Encode()
	return s.Do(t, "POST", "http://localhost:8080/_sandbox/login", body, append([]string{form, "Origin: http://localhost:8080", "Sec-Fetch-Site: same-origin"}, headers...)...)
}

// signIn is a Cookie header of a browser that has signed in.
func (s *sandbox) signIn(t *testing.T) string {
	t.Helper()
	a := s.login(t, controlToken, "")
	require.Equal(t, 303, a.Status, a.Body)
	return "Cookie: sandbox_control=" + cookieOf(t, a).Value
}

func cookieOf(t *testing.T, a apptest.Answer) *http.Cookie {
	t.Helper()
	cookies := (&http.Response{Header: a.Header}).Cookies()
	require.Len(t, cookies, 1)
	return cookies[0]
}

// page holds an answer to what every page of signing in is.
func page(t *testing.T, a apptest.Answer, status int) {
	t.Helper()
	assert.Equal(t, status, a.Status, a.Body)
	assert.Equal(t, "text/html; charset=utf-8", a.Header.Get("Content-Type"))
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(a.Body)
	require.Len(t, style, 2)
	sum := sha256.Sum256([]byte(style[1]))
	assert.Equal(t, "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'", a.Header.Get("Content-Security-Policy"))
	assert.Equal(t, "same-origin", a.Header.Get("Referrer-Policy"))
	assert.Equal(t, "no-store", a.Header.Get("Cache-Control"))
	for _, outside := range []string{"://", "src=", "<script", "url(", "@import"} {
		assert.NotContains(t, a.Body, outside)
	}
	assert.NotContains(t, a.Body, controlToken)
	assert.NotContains(t, a.Body, "ZgotmplZ", "the template trusts the values")
}

func TestSignInPage(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, locked)
	const login = "http://localhost:8080/_sandbox/login"
	a := s.Do(t, "GET", login+"?next=/_sandbox/fidelity", "")
	page(t, a, 200)
	assert.Contains(t, a.Body, `<label for="token">`)
	assert.Contains(t, a.Body, `<input id="token" name="token" type="password"`)
	assert.Contains(t, a.Body, `<input type="hidden" name="next" value="/_sandbox/fidelity">`)
	assert.NotContains(t, a.Body, "aria-invalid=")
	assert.Equal(t, 200, s.Do(t, "HEAD", login, "").Status)

	a = s.Do(t, "GET", login, "", s.signIn(t))
	page(t, a, 200)
	assert.Contains(t, a.Body, "You are signed in.")
	assert.Contains(t, a.Body, `action="/_sandbox/logout"`)
	assert.NotContains(t, a.Body, "<input")

	open := newSandbox(t, app.Options{})
	a = open.Do(t, "GET", login, "")
	page(t, a, 200)
	assert.Contains(t, a.Body, "No sign-in is needed")
	assert.NotContains(t, a.Body, "<form")
	a = open.login(t, "anything", "/_sandbox/fidelity")
	assert.Equal(t, 303, a.Status)
	assert.Equal(t, []string{"/_sandbox/fidelity", ""}, []string{a.Header.Get("Location"), a.Header.Get("Set-Cookie")})
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, locked)
	a := s.login(t, " "+controlToken+"\n", "")
	assert.Equal(t, 303, a.Status)
	assert.Equal(t, "/_sandbox/", a.Header.Get("Location"))
	c := cookieOf(t, a)
	assert.Regexp(t, `^sandbox_control=[A-Z2-7]{26}; Path=/_sandbox; HttpOnly; SameSite=Strict$`, a.Header.Get("Set-Cookie"))
	assert.Equal(t, 200, s.call(t, "GET", "/apis", "", "Cookie: sandbox_control="+c.Value).Status)
	assert.NotEqual(t, c.Value, cookieOf(t, s.login(t, controlToken, "")).Value)

	// A proxy has ended TLS; the server's own is in TestSignInOverTLS.
	a = s.login(t, controlToken, "", "Origin: https://localhost:8080")
	assert.Contains(t, a.Header.Get("Set-Cookie"), "; Secure")

	for _, wrong := range []string{"", "wrong", controlToken + "x", strings.ToUpper(controlToken), c.Value} {
		a := s.login(t, wrong, "/_sandbox/fidelity")
		page(t, a, 401)
		assert.Equal(t, `Bearer realm="sandbox control"`, a.Header.Get("WWW-Authenticate"))
		assert.Empty(t, a.Header.Get("Set-Cookie"))
		assert.Contains(t, a.Body, `role="alert">That is not the control token.</p>`)
		assert.Contains(t, a.Body, `aria-describedby="error hint" aria-invalid="true"`)
		assert.Contains(t, a.Body, `name="next" value="/_sandbox/fidelity"`)
		if wrong != "" {
			assert.NotContains(t, a.Body, `value="`+wrong)
		}
	}
	// Only a form of the page's own kind, and a short one.
	for _, test := range []struct {
		contentType, body string
		status            int
	}{
		{"application/json", `{"token":"` + controlToken + `"}`, 401},
		{"application/x-www-form-urlencoded", "token=%zz", 400},
		{"application/x-www-form-urlencoded", "token=" + controlToken + "&x=" + strings.Repeat("x", 16<<10), 400},
	} {
		a := s.Do(t, "POST", "http://localhost/_sandbox/login?token="+controlToken, test.body, "Content-Type: "+test.contentType)
		page(t, a, test.status)
		assert.Empty(t, a.Header.Get("Set-Cookie"))
	}
}

func TestAfterSignIn(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, locked)
	for next, location := range map[string]string{
		"":                                      "/_sandbox/",
		"/_sandbox":                             "/_sandbox",
		"/_sandbox/fidelity":                    "/_sandbox/fidelity",
		"/_sandbox/x?a=b&c=%2F%22#d":            "/_sandbox/x?a=b&c=%2F%22",
		`/_sandbox/<b>"`:                        "/_sandbox/%3Cb%3E%22",
		"/":                                     "/_sandbox/",
		"/cobrofacil":                           "/_sandbox/",
		"/_sandboxes":                           "/_sandbox/",
		"_sandbox/apis":                         "/_sandbox/",
		"/_sandbox/login":                       "/_sandbox/",
		"/_sandbox/logout":                      "/_sandbox/",
		"/_sandbox/../cobrofacil":               "/_sandbox/",
		"/_sandbox/%2e%2e/cobrofacil":           "/_sandbox/",
		"/_sandbox/..%2fcobrofacil":             "/_sandbox/",
		`/_sandbox/..\cobrofacil`:               `/_sandbox/..%5Ccobrofacil`,
		"//attacker.example/_sandbox/":          "/_sandbox/",
		"//attacker.example/_sandbox/fidelity":  "/_sandbox/",
		"///attacker.example":                   "/_sandbox/",
		`/\attacker.example`:                    "/_sandbox/",
		"http://attacker.example/_sandbox/apis": "/_sandbox/",
		"http:/_sandbox/fidelity":               "/_sandbox/",
		"javascript:alert(1)":                   "/_sandbox/",
		"/_sandbox/x\r\nSet-Cookie: a=b":        "/_sandbox/",
		"/_sandbox/\t/attacker.example":         "/_sandbox/",
		"/_sandbox/%zz":                         "/_sandbox/",
	} {
		a := s.login(t, controlToken, next)
		assert.Equal(t, 303, a.Status)
		assert.Equal(t, location, a.Header.Get("Location"), next)
		shown := s.Do(t, "GET", "http://localhost/_sandbox/login?next="+url.QueryEscape(next), "", s.signIn(t))
		assert.Contains(t, shown.Body, `<a href="`+strings.ReplaceAll(location, "&", "&amp;")+`">`, next)
	}
}

// A browser's user is sent to the page, and everybody else told what is missing.
func TestNavigationIsSentToSignIn(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, locked)
	const html = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, path := range []string{"", "/apis", "/nope", "/workspaces/default/requests?limit=1&x=%26"} {
		a := s.Do(t, "GET", "http://localhost/_sandbox"+path, "", html, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Site: none")
		assert.Equal(t, 303, a.Status, path)
		assert.Equal(t, "/_sandbox/login?next="+url.QueryEscape("/_sandbox"+path), a.Header.Get("Location"))
		assert.Equal(t, 303, s.Do(t, "GET", "http://localhost/_sandbox"+path, "", html).Status, "an older browser")
	}
	for _, test := range []struct {
		method  string
		headers []string
		status  int
	}{
		{"POST", []string{html}, 401},
		{"GET", []string{"Accept: */*"}, 401},
		{"GET", []string{"Accept: application/json"}, 401},
		{"GET", []string{html, "Sec-Fetch-Mode: cors", "Sec-Fetch-Site: same-origin"}, 401},
		{"GET", []string{html, "Authorization: Bearer wrong"}, 401},
		{"GET", []string{html, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Site: cross-site"}, 403},
		{"GET", []string{html, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Site: same-site"}, 403},
		{"GET", []string{html, "Authorization: Bearer " + controlToken}, 200},
	} {
		assert.Equal(t, test.status, s.call(t, test.method, "/apis", "", test.headers...).Status, test)
	}
	assert.Equal(t, 200, newSandbox(t, app.Options{}).call(t, "GET", "/apis", "", html).Status)
	for _, path := range []string{"/healthz", "/readyz", "/version"} {
		assert.Equal(t, 200, s.call(t, "GET", path, "", html).Status)
	}
}

func TestWrongTokensAreBounded(t *testing.T) {
	t.Parallel()
	var moved atomic.Int64
	s := newSandbox(t, app.Options{Access: locked.Access, Now: func() time.Time { return begin.Add(time.Duration(moved.Load())) }})
	session := s.signIn(t)
	var refused, waiting atomic.Int64
	var wait sync.WaitGroup
	for range 64 {
		wait.Go(func() {
			switch s.login(t, "wrong", "").Status {
			case 401:
				refused.Add(1)
			case 429:
				waiting.Add(1)
			}
		})
	}
	wait.Wait()
	assert.Equal(t, []int64{10, 54}, []int64{refused.Load(), waiting.Load()})

	moved.Store(int64(59*time.Second + 500*time.Millisecond))
	a := s.login(t, controlToken, "/_sandbox/fidelity")
	page(t, a, 429)
	assert.Equal(t, "1", a.Header.Get("Retry-After"))
	assert.Contains(t, a.Body, "Too many wrong tokens. Try again in 1 s.")
	assert.Contains(t, a.Body, `name="next" value="/_sandbox/fidelity"`)
	assert.Empty(t, a.Header.Get("Set-Cookie"))
	assert.Equal(t, 200, s.call(t, "GET", "/apis", "", session).Status, "who is in stays in")
	assert.Equal(t, 200, s.call(t, "GET", "/apis", "", "Authorization: Bearer "+controlToken).Status)

	moved.Store(int64(time.Minute))
	for range 20 {
		assert.Equal(t, 303, s.login(t, controlToken, "").Status, "what is right is not counted")
	}
	assert.Equal(t, 401, s.login(t, "wrong", "").Status)
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, locked)
	one, two := s.signIn(t), s.signIn(t)
	logout := func(headers ...string) apptest.Answer {
		return s.Do(t, "POST", "http://localhost:8080/_sandbox/logout", "", headers...)
	}
	assert.Equal(t, 403, logout(one, "Origin: http://localhost:3000", "Sec-Fetch-Site: same-site").Status)
	assert.Equal(t, 200, s.call(t, "GET", "/apis", "", one).Status)
	a := logout(one, "Origin: http://localhost:8080", "Sec-Fetch-Site: same-origin")
	assert.Equal(t, 303, a.Status)
	assert.Equal(t, "/_sandbox/login", a.Header.Get("Location"))
	assert.Equal(t, "sandbox_control=; Path=/_sandbox; Max-Age=0; HttpOnly; SameSite=Strict", a.Header.Get("Set-Cookie"))
	assert.Equal(t, 401, s.call(t, "GET", "/apis", "", one).Status, "though somebody has kept the cookie")
	assert.Equal(t, 200, s.call(t, "GET", "/apis", "", two).Status)
	assert.Equal(t, 303, logout().Status, "of who was not in")
	assert.Equal(t, 405, s.call(t, "GET", "/logout", "").Status)
	assert.Equal(t, 303, newSandbox(t, app.Options{}).Do(t, "POST", "http://localhost/_sandbox/logout", "").Status)
}

func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	var moved atomic.Int64
	s := newSandbox(t, app.Options{Access: locked.Access, Now: func() time.Time { return begin.Add(time.Duration(moved.Add(1))) }})
	var all []string
	for range 101 {
		all = append(all, s.signIn(t))
	}
	for i, session := range all {
		assert.Equal(t, map[bool]int{true: 401, false: 200}[i == 0], s.call(t, "GET", "/apis", "", session).Status, i)
	}
}

// A browser's whole way, with its own handling of cookies and redirects.
func TestSignInOverTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(newSandbox(t, locked))
	defer server.Close()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	browser := server.Client()
	browser.Jar = jar
	visit := func(method, path, body string) (at string, set *http.Cookie) {
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("Accept", "text/html")
		if method == "POST" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		response, err := browser.Do(r)
		require.NoError(t, err)
		_ = response.Body.Close()
		assert.Equal(t, 200, response.StatusCode)
		if cookies := response.Request.Response.Cookies(); len(cookies) > 0 { // of the redirect
			set = cookies[0]
		}
		return response.Request.URL.RequestURI(), set
	}
	at, set := visit("GET", "/_sandbox/workspaces/default/requests?limit=5", "")
	assert.Equal(t, "/_sandbox/login?next=%2F_sandbox%2Fworkspaces%2Fdefault%2Frequests%3Flimit%3D5", at)
	assert.Nil(t, set)
	at, set = visit("POST", "/_sandbox/login", "token="+controlToken+"&next=%2F_sandbox%2Fworkspaces%2Fdefault%2Frequests%3Flimit%3D5")
	assert.Equal(t, "/_sandbox/workspaces/default/requests?limit=5", at)
	assert.Equal(t, "__Secure-sandbox_control", set.Name)
	assert.True(t, set.Secure && set.HttpOnly && set.SameSite == http.SameSiteStrictMode, set)
	at, set = visit("POST", "/_sandbox/logout", "")
	assert.Equal(t, "/_sandbox/login", at)
	assert.True(t, set.Secure && set.MaxAge < 0, set)
	at, _ = visit("GET", "/_sandbox/fidelity", "")
	assert.Equal(t, "/_sandbox/login?next=%2F_sandbox%2Ffidelity", at)
}
