package apidev_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
	"github.com/seed-0f456478/sandbox/internal/golden"
)

func documented(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "documented", name))
	require.NoError(t, err)
	return string(text)
}

// compact is the JSON without its white space, members in their order.
func compact(t *testing.T, text string) string {
	t.Helper()
	value := jsontext.Value(text)
	require.NoError(t, value.Compact())
	return string(value)
}

// The page's two examples.
func TestDocumentedExamples(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-11", "API-12", "API-13", "API-20", "API-21", "API-40", "API-S1", "COM-1", "COM-21")
	s := apptest.New(t, app.Options{Clock: still})

	found := s.Do(t, "GET", clients+"?status=A&search=regional&limit=10", "", dev...)
	assert.Equal(t, 200, found.Status)
	golden.Equal(t, "testdata/list.json", found.Body)
	// The page prints one client of the ten, and counts more accounts than its other example.
	printed := strings.Replace(compact(t, documented(t, "list.json")), `"associated_accounts":12`, `"associated_accounts":3`, 1)
	first, meta, _ := strings.Cut(printed, `}],"meta"`)
	assert.True(t, strings.HasPrefix(found.Body, first+"},{"), "the documented client is the first")
	assert.True(t, strings.HasSuffix(found.Body, `}],"meta"`+meta))
	assert.Len(t, list(t, found).Data, 10)

	read := s.Do(t, "GET", clients+"/"+regional, "", dev...)
	assert.Equal(t, 200, read.Status)
	golden.Equal(t, "testdata/detail.json", read.Body)
	assert.Equal(t, compact(t, documented(t, "detail.json")), read.Body)
}

// program is one that runs the page's lines, and how it gets them.
type program struct {
	name, lines   string
	trust         string   // the variable for a file of CAs
	needs         []string // a command that succeeds where it is there
	before, after string
	args          []string // before the text
}

// programs are those of the page.
func programs() []program {
	python := "python3"
	if exec.Command(python, "-c", "import requests").Run() != nil {
		python = "/usr/bin/python3" // Debian's own, which has Debian's library
	}
	return []program{
		{name: "curl", lines: ".sh", trust: "CURL_CA_BUNDLE", needs: []string{"curl", "--version"}, args: []string{"sh", "-c"}},
		{
			name: "Node.js", lines: ".js", trust: "NODE_EXTRA_CA_CERTS", needs: []string{"node", "--version"}, args: []string{"node", "--input-type=module", "--eval"},
			before: "const { TENANT, TOKEN: token, APIKEY: apiKey } = process.env;\n",
			after:  "console.log(JSON.stringify(data));",
		},
		{
			name: "Python's requests", lines: ".py", trust: "REQUESTS_CA_BUNDLE", needs: []string{python, "-c", "import requests"}, args: []string{python, "-c"},
			before: "import json, os\nTENANT, token, api_key = os.environ['TENANT'], os.environ['TOKEN'], os.environ['APIKEY']\n",
			after:  "print(json.dumps(data['data']))",
		},
	}
}

// The page's own lines, as they are printed, in the programs that they are written for.
func TestDocumentedLinesRun(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-1", "API-C1")
	tenant, ca := serveTLS(t, apptest.New(t, app.Options{}))
	for _, p := range programs() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.need(t)
			var page []record
			p.run(t, tenant, ca, "list", &page)
			require.Len(t, page, 10)
			assert.Equal(t, "Regional Distributors", page[0]["name"])

			var client record
			p.run(t, tenant, ca, "detail", &client)
			assert.Equal(t, regional, client["id"])
			assert.Len(t, client["accounts"], 3)
		})
	}
}

// serveTLS serves over TLS, and returns the host and port, and a file with what to trust.
func serveTLS(t *testing.T, handler http.Handler) (host, ca string) {
	t.Helper()
	authority, err := app.OpenCA("", nil)
	require.NoError(t, err)
	ca = filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(ca, authority.PEM(), 0o600))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{Handler: handler, TLSConfig: authority.TLS()}
	go func() { _ = server.ServeTLS(listener, "", "") }() // until it is closed
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	return listener.Addr().String(), ca
}

// need skips the test where the program is not there.
func (p program) need(t *testing.T) {
	t.Helper()
	if exec.CommandContext(t.Context(), p.needs[0], p.needs[1:]...).Run() == nil {
		return
	}
	if os.Getenv("SANDBOX_REQUIRE") == "all" {
		t.Fatalf("%s is not there", p.name)
	}
	t.Skipf("%s is not there, which runs the page's lines", p.name)
}

// run runs lines of the page, and reads the data that they got.
func (p program) run(t *testing.T, host, ca, name string, into any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	text := p.before + documented(t, name+p.lines) + p.after
	cmd := exec.CommandContext(ctx, p.args[0], append(p.args[1:len(p.args):len(p.args)], text)...)
	cmd.Env = append(os.Environ(), "TENANT="+host, "TOKEN=sandbox-apidev-token", "APIKEY=gtk_sandbox", "no_proxy=127.0.0.1", p.trust+"="+ca)
	out, err := cmd.Output()
	require.NoError(t, err, "%s: %s", text, out)
	if p.lines == ".sh" { // which prints the whole answer
		into = &struct{ Data any }{into}
	}
	require.NoError(t, json.Unmarshal(out, into), string(out))
}

// With a random seed and a clock that stands, the same calls in the same order get the same bytes, in every workspace and
// every run; a token names its workspace, so it repeats from run to run.
func TestGoldenRunsRepeat(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-23")
	run := func(s *apptest.Sandbox) (bodies []string) {
		for _, body := range []string{`{"name":"A"}`, `{"name":"B"}`} {
			bodies = append(bodies, s.Do(t, "POST", clients, body, in("one")...).Body, s.Do(t, "POST", accounts, body, in("one")...).Body)
		}
		return append(bodies, s.Do(t, "POST", login, `{"email":"dev@sandbox.test","password":"sandbox@one"}`, tenant).Body)
	}
	options := app.Options{RandomSeed: "again", Clock: still}
	first, second := apptest.New(t, options), apptest.New(t, options)
	bodies := run(first)
	assert.Equal(t, bodies, run(second))
	assert.Equal(t, 204, first.Do(t, "POST", "/_sandbox/workspaces/one/reset", "", local).Status)
	assert.Equal(t, bodies, run(first), "after a reset")
	assert.NotEqual(t, bodies[0], bodies[2])
	golden.Equal(t, "testdata/writes.json", strings.Join(bodies, "\n")+"\n")
}
