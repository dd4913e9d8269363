package control_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
)

// listenTLS is listen over HTTP/2.
func listenTLS(t *testing.T, s *sandbox, writeTimeout time.Duration) *network {
	t.Helper()
	n := &network{httptest.NewUnstartedServer(s), nil}
	n.Config.WriteTimeout = writeTimeout
	n.EnableHTTP2 = true
	n.StartTLS()
	n.client = n.Client()
	t.Cleanup(func() {
		s.Interrupt()
		n.Close()
	})
	return n
}

// A fault breaks one answer off, and not those beside it on the same connection.
func TestFaultsOverHTTP2(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	n := listenTLS(t, s, 0)
	s.arm(t, "run", `{"id":"gate","on":"cobrofacil.updateClient","kind":"hold"}`)
	beside := make(chan error, 1)
	go func() {
		_, err := n.send(t.Context(), "PATCH", juan, eva, token+"@run")
		beside <- err
	}()
	require.Eventually(t, func() bool { return s.armed(t, "run").Held == 1 }, 20*time.Second, time.Millisecond)

	for _, kind := range []string{"lost", "close"} {
		_, err := n.send(t.Context(), "POST", clients, eva, token+"@run", "X-Sandbox-Fault: "+kind)
		assert.ErrorContains(t, err, "INTERNAL_ERROR", kind)
	}
	whole := s.Do(t, "GET", juan, "", token)
	a, err := n.send(t.Context(), "GET", juan, "", token, "X-Sandbox-Fault: truncate")
	assert.ErrorContains(t, err, "INTERNAL_ERROR")
	assert.Equal(t, 200, a.Status)
	assert.Equal(t, whole.Body[:len(whole.Body)/2], a.Body)

	require.Equal(t, 204, s.call(t, "DELETE", "/workspaces/run/faults", "").Status)
	assert.NoError(t, <-beside)
	assert.Len(t, read[[]entry](t, s.call(t, "GET", "/workspaces/run/requests?fault=lost", "")), 1)
}

// What waits outlasts the time that the server lets an answer take.
func TestHTTP2Waits(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	n := listenTLS(t, s, 2*time.Second)
	require.Eventually(t, func() bool { // a handshake has no more, and what follows takes the same connection
		_, err := n.send(t.Context(), "GET", juan, "", token+"@run")
		return err == nil
	}, time.Minute, time.Millisecond)
	s.arm(t, "run", `{"id":"gate","on":"cobrofacil.createClient","kind":"hold"}`)
	held := s.held(t.Context(), t, n, "run")
	f := s.followAt(t, n, "/workspaces/run/requests/stream")
	a, err := n.send(t.Context(), "GET", juan, "", token+"@run", "X-Sandbox-Fault: delay=2100ms")
	require.NoError(t, err)
	assert.Equal(t, 200, a.Status)
	f.next(t, "arrived")
	f.next(t, "answered")
	require.Equal(t, 200, s.call(t, "POST", "/workspaces/run/faults/gate/release", "").Status)
	assert.NoError(t, <-held)
}

// deadlines tells of the deadlines that a handler sets.
type deadlines struct {
	*httptest.ResponseRecorder
	set chan time.Time
}

func (d deadlines) SetWriteDeadline(at time.Time) error {
	d.set <- at
	return nil
}

// Over HTTP/2 a deadline ends a stream on which nobody writes.
func TestStreamsHaveADeadlineOnlyWhileTheyWrite(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	d := deadlines{httptest.NewRecorder(), make(chan time.Time, 100)}
	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.ServeHTTP(d, httptest.NewRequestWithContext(ctx, "GET", "http://localhost/_sandbox/workspaces/run/requests/stream", nil))
	}()
	last := <-d.set // before the header
	assert.False(t, last.IsZero())
	s.Do(t, "GET", juan, "", token+"@run")
	leave()
	<-ended
	close(d.set)
	for at := range d.set {
		last = at
	}
	assert.True(t, last.IsZero())
}

// What shows addresses shows those that came over TLS as such.
func TestAddressesOverTLS(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	n := listenTLS(t, s, 0)
	get := func(path string, headers ...string) string {
		a, err := n.send(t.Context(), "GET", path, "", headers...)
		require.NoError(t, err)
		return a.Body
	}
	get(juan, token)
	e := read[[]entry](t, s.call(t, "GET", "/workspaces/default/requests", ""))[0]
	assert.Equal(t, []string{"https", "HTTP/2.0"}, []string{e.Scheme, e.Protocol})
	replay := read[entry](t, s.call(t, "POST", "/workspaces/default/requests/"+e.ID+"/replay", ""))
	assert.Equal(t, "https", replay.Scheme)
	assert.Contains(t, s.call(t, "GET", "/workspaces/default/requests.sh", "").Body, "curl '"+n.URL+juan+"'")
	archive := s.call(t, "GET", "/workspaces/default/requests.har", "").Body
	assert.Contains(t, archive, `"url":"`+n.URL+juan+`","httpVersion":"HTTP/2.0"`)
	assert.Contains(t, get("/_sandbox/apis"), `"base":"`+n.URL+`/cobrofacil"`)
	assert.Contains(t, get("/nowhere"), `"base":"`+n.URL+`/cobrofacil"`)

	plain := s.Do(t, "GET", juan, "", token)
	assert.Equal(t, "http", s.explained(t, plain).Scheme)
}

// A page without TLS is of another origin, whatever its host and port.
func TestOriginsOverTLS(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	n := listenTLS(t, s, 0)
	for origin, status := range map[string]int{n.URL: 200, strings.Replace(n.URL, "https", "http", 1): 403, "https://localhost": 403, "": 200} {
		a, err := n.send(t.Context(), "GET", "/_sandbox/apis", "", "Origin: "+origin)
		require.NoError(t, err)
		assert.Equal(t, status, a.Status, origin)
	}
}

// One browser can sign in on both listeners, and out of both.
func TestSignInWithAndWithoutTLS(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, locked)
	plain, secure := listen(t, s, 0), listenTLS(t, s, 0)
	jar, err := cookiejar.New(nil) // which tells no ports apart, like browsers
	require.NoError(t, err)
	browser := secure.Client()
	browser.Jar = jar
	sign := func(n *network, path string) {
		r, err := http.NewRequestWithContext(t.Context(), "POST", n.URL+path, strings.NewReader("token="+controlToken))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", n.URL)
		response, err := browser.Do(r)
		require.NoError(t, err)
		_ = response.Body.Close()
	}
	status := func(n *network) int {
		r, err := http.NewRequestWithContext(t.Context(), "GET", n.URL+"/_sandbox/apis", nil)
		require.NoError(t, err)
		response, err := browser.Do(r)
		require.NoError(t, err)
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		return response.StatusCode
	}
	sign(secure, "/_sandbox/login")
	assert.Equal(t, 200, status(secure))
	sign(plain, "/_sandbox/login")
	assert.Equal(t, []int{200, 200}, []int{status(plain), status(secure)})
	sign(secure, "/_sandbox/logout")
	assert.Equal(t, []int{401, 401}, []int{status(plain), status(secure)})
}

func TestCA(t *testing.T) {
	t.Parallel()
	ca, err := app.OpenCA("", nil)
	require.NoError(t, err)
	s := newSandbox(t, app.Options{CA: ca})
	a := s.call(t, "GET", "/ca.pem", "")
	assert.Equal(t, "application/x-pem-file", a.Header.Get("Content-Type"))
	assert.Equal(t, string(ca.PEM()), a.Body)
	assert.NotContains(t, a.Body, "PRIVATE")
	none := newSandbox(t, app.Options{}).call(t, "GET", "/ca.pem", "")
	assert.Equal(t, 404, none.Status)
	assert.Contains(t, reason(t, none), "--tls-addr")
}
