package console_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/control"
)

// No test leaves a goroutine behind, whose stream goes on.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// get asks for a path below /_sandbox.
func get(t *testing.T, s *apptest.Sandbox, path string, headers ...string) apptest.Answer {
	t.Helper()
	return s.Do(t, "GET", "/_sandbox"+path, "", append([]string{"Host: localhost"}, headers...)...)
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	for _, test := range []struct {
		path     string
		status   int
		location string
	}{
		{"", 303, "/_sandbox/console/default"},
		{"/", 303, "/_sandbox/console/default"},
		{"/console?workspace=default&page=fidelity", 303, "/_sandbox/console/default/fidelity"},
		{"/console?workspace=../a%2Fb%3F&page=..%2f..", 303, "/_sandbox/console/..%2Fa%2Fb%3F/..%2F.."},
		{"/console/default", 200, ""},
		{"/console/nope", 404, ""},
		{"/console/..%2Fa", 404, ""},
		{"/console/default/nope", 404, ""},
		{"/assets/nope.js", 404, ""},
		{"/assets/THIRD-PARTY.md", 404, ""},
		{"/apis", 200, ""},
	} {
		a := get(t, s, test.path)
		assert.Equal(t, test.status, a.Status, test.path)
		assert.Equal(t, test.location, a.Header.Get("Location"), test.path)
	}
}

// The root leads browsers to the console, and tells programs where the APIs are.
func TestFront(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{Access: control.Access{Token: "a-control-token"}})
	a := s.Do(t, "GET", "/", "", "Accept: text/html,*/*;q=0.8")
	assert.Equal(t, 200, a.Status)
	assert.Contains(t, a.Body, `<a href="/_sandbox/">`)
	assert.Contains(t, s.Do(t, "GET", "/", "").Body, "No API is at this path")
	assert.Contains(t, s.Do(t, "GET", "/", "", "Accept: text/html", "Host: api.cobrofacil.com").Body, "The route / could not be found.", "it is the partner's")
	assert.Equal(t, 404, s.Do(t, "POST", "/", "{}", "Accept: text/html").Status)
}

// A page runs no script and loads nothing but what comes from the sandbox, and nobody may frame it.
func TestPolicy(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	a := get(t, s, "/console/default")
	assert.Equal(t, "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'", a.Header.Get("Content-Security-Policy"))
	for _, inline := range []string{" style=", "<style", " onclick=", "<script>", "hx-on", "javascript:"} {
		assert.NotContains(t, a.Body, inline)
	}
	for _, foreign := range []string{"Origin: http://attacker.example", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"} {
		a := s.Do(t, "POST", "/_sandbox/console/run-1", "do=create", "Host: localhost", "Content-Type: application/x-www-form-urlencoded", foreign)
		assert.Equal(t, 403, a.Status)
	}
	assert.Equal(t, 404, get(t, s, "/console/run-1").Status, "nothing was done")
	a = s.Do(t, "POST", "/_sandbox/console/run-1", "do=create", "Host: localhost", "Content-Type: application/x-www-form-urlencoded", "Origin: http://localhost")
	assert.Equal(t, 303, a.Status)
	a = s.Do(t, "POST", "/_sandbox/console/run-1", "do=nope", "Host: localhost", "Content-Type: application/x-www-form-urlencoded")
	assert.Equal(t, 400, a.Status)
	assert.Contains(t, a.Body, "this page has no such form: reload it")
}

// With a control token the console is behind it, assets and all.
func TestTheConsoleNeedsTheToken(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{Access: control.Access{Token: "a-control-token"}})
	for _, path := range []string{"/", "/console/default", "/assets/console.css"} {
		assert.Equal(t, 401, get(t, s, path).Status)
		assert.Less(t, get(t, s, path, "Authorization: Bearer a-control-token").Status, 400)
	}
	a := get(t, s, "/console/default", "Accept: text/html")
	assert.Equal(t, "/_sandbox/login?next=%2F_sandbox%2Fconsole%2Fdefault", a.Header.Get("Location"))
}

// A browser may keep an asset for as long as the page names it so.
func TestAssets(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	named := regexp.MustCompile(`"/_sandbox(/assets/[^"]+)"`).FindAllStringSubmatch(get(t, s, "/console/default").Body+get(t, s, "/console/default/reference").Body, -1)
	assert.Greater(t, len(named), 5)
	for _, name := range named {
		a := get(t, s, name[1])
		assert.Equal(t, 200, a.Status, name[1])
		assert.Equal(t, "max-age=31536000, immutable", a.Header.Get("Cache-Control"))
		path, _, _ := strings.Cut(name[1], "?")
		assert.Equal(t, "no-store", get(t, s, path).Header.Get("Cache-Control"))
	}
}

// The files of others are the ones that are named, unchanged.
func TestThirdParty(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile("assets/THIRD-PARTY.md")
	require.NoError(t, err)
	rows := regexp.MustCompile("(?m)^\\| `([^`]+)` .* `([0-9a-f]{64})` \\|$").FindAllStringSubmatch(string(table), -1)
	require.Len(t, rows, 4)
	for _, row := range rows {
		content, err := os.ReadFile(filepath.Join("assets", row[1]))
		if os.IsNotExist(err) {
			packed, err := os.ReadFile(filepath.Join("assets", row[1]+".gz"))
			require.NoError(t, err)
			reader, err := gzip.NewReader(bytes.NewReader(packed))
			require.NoError(t, err)
			content, err = io.ReadAll(reader)
			require.NoError(t, err)
		}
		assert.Equal(t, row[2], fmt.Sprintf("%x", sha256.Sum256(content)), row[1])
	}
}
