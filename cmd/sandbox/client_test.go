package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/golden"
)

// outcome is what became of a command.
type outcome struct {
	code        int
	out, stderr string
}

// tell runs a command with SANDBOX_URL set to a sandbox, which hears of nothing else.
func (p *program) tell(t *testing.T, stdin string, args ...string) outcome {
	t.Helper()
	c := command(t.Context(), t, args...)
	c.Env = append(c.Env, "SANDBOX_URL="+p.url)
	return finish(t, c, stdin)
}

func finish(t *testing.T, c *exec.Cmd, stdin string) outcome {
	t.Helper()
	var out, stderr bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(stdin), &out, &stderr
	if err := c.Run(); err != nil {
		require.ErrorAs(t, err, new(*exec.ExitError))
	}
	assert.NotContains(t, stderr.String(), "goroutine")
	return outcome{c.ProcessState.ExitCode(), out.String(), stderr.String()}
}

// What people see: a session, with the times and durations of this very moment masked.
func TestSession(t *testing.T) {
	t.Parallel()
	p := start(t, "--db=:memory:")
	golden.Equal(t, "testdata/session.txt", p.session(t,
		"workspace create run --clock 2027-03-01T00:00:00Z! --idle 1h",
		"workspace create later --snapshot run/none",
		"workspace list",
		"workspace show run",
		"clock --workspace run",
		"clock advance 61s --workspace run",
		"clock thaw --workspace run --json",
		"clock set +1h",
		"snapshot take before --workspace run",
		"snapshot list --workspace run",
		"settings --workspace run",
		"settings set cobrofacil.create_status=200 --workspace run",
		"settings preset defaults --workspace run",
		"limits --workspace run",
		"limits off --workspace run",
		"limits on --workspace run",
		"limits empty --workspace run",
		"credential mint cobrofacil --id alice --secret alices-secret --owner alice --permissions none --expires-at 2028-01-31T12:00:00Z --workspace run",
		"credential list --workspace run",
		"credential revoke alice --workspace run",
		"snapshot restore before --workspace run --into other",
		"snapshot delete before --workspace run",
		"reset --workspace run --keep=journal",
		"workspace delete run",
		"workspace delete run",
	))
}

// What people see of faults and requests.
func TestSessionOfRequests(t *testing.T) {
	t.Parallel()
	p := start(t, "--db=:memory:")
	first := p.session(t,
		"fault list",
		"fault add cobrofacil.getClient error --error server_error --id broken --after 1 --times 2 --owner someone --parameter client_id=client-200 --header X-Run=a;b",
		"fault add cobrofacil delay --delay 1ms --id late --times 1",
		"requests",
	)
	for _, sent := range []struct{ method, path, body string }{
		{"GET", "/cobrofacil/api/v1/clients/client-200", ""},
		{"POST", "/cobrofacil/api/v1/clients", `{"first_name":"Eva","last_name":"Sosa","phone_number":"664\t555","nickname":"<E>"}`},
		{"GET", "/cobrofacil/api/v1/clients/client-201", ""},
		{"GET", "/apidev/nowhere", ""},
	} {
		_, _, err := p.do(t, sent.method, sent.path, sent.body)
		require.NoError(t, err)
	}
	ids := regexp.MustCompile(`(?m)^[0-9a-f]{8}-[0-9]+`).FindAllString(p.tell(t, "", "requests").out, -1)
	require.Len(t, ids, 4)
	golden.Equal(t, "testdata/requests.txt", first+p.session(t,
		"fault list",
		"fault release late",
		"fault clear late",
		"fault clear late",
		"fault clear",
		"fault list",
		"requests",
		"requests --limit 1",
		"requests api:cobrofacil status:>=400 phone",
		"requests --wait 5s --count 2 status:4xx",
		"requests --wait 1ms --count 2 status:422",
		"requests --curl status:200",
		"explain "+ids[0],
		"explain "+ids[1],
		"explain "+ids[2],
		"explain "+ids[3],
		"replay "+ids[1],
		"replay "+ids[3],
		"requests --clear",
		"requests",
		"explain "+ids[0],
	))
}

// session runs commands and returns what they print, with what is of this very moment masked.
func (p *program) session(t *testing.T, lines ...string) string {
	t.Helper()
	present := regexp.MustCompile(`2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9:]+(\.[0-9]+)?Z`)
	var session strings.Builder
	for _, line := range lines {
		o := p.tell(t, "", strings.Fields(line)...)
		text := present.ReplaceAllStringFunc(o.out, func(moment string) string {
			if strings.HasPrefix(moment, "2027-03-01T00:0") || strings.HasPrefix(moment, "2028-") {
				return regexp.MustCompile(`\.[0-9]+`).ReplaceAllString(moment, "")
			}
			return "YYYY-MM-DDThh:mm:ssZ"
		})
		text = regexp.MustCompile(`[0-9]+h[0-9]+m[0-9.]+s`).ReplaceAllStringFunc(text, func(duration string) string {
			if duration == "1h0m0s" {
				return duration
			}
			return "(duration)"
		})
		text = "$ sandbox " + line + "\n" + text + o.stderr
		text = regexp.MustCompile(`\b[0-9a-f]{8}-([0-9]+)\b`).ReplaceAllString(text, "xxxxxxxx-$1")
		text = regexp.MustCompile(`after [0-9.]+ ms`).ReplaceAllString(text, "after N ms")
		session.WriteString(strings.ReplaceAll(text, p.url, "http://HOST:PORT"))
	}
	return session.String()
}

// Every command with --json prints what the control API answers.
func TestJSON(t *testing.T) {
	t.Parallel()
	p := start(t, "--db=:memory:", "--clock=2027-03-01T00:00:00Z!")
	seed := filepath.Join(t.TempDir(), "seed.yaml")
	require.NoError(t, os.WriteFile(seed, []byte("cobrofacil:\n  clients: []\n"), 0o600))
	const root = "/_sandbox/workspaces/default"
	_, _, err := p.do(t, "POST", "/cobrofacil/api/v1/clients", `{"first_name":"<Eva>","phone_number":12345678901234567890}`)
	require.NoError(t, err)
	id := regexp.MustCompile(`[0-9a-f]{8}-1`).FindString(p.tell(t, "", "requests").out)
	tests := []struct {
		args string
		path string // at which the control API has just that; "" where it answers so only once
	}{
		{"workspace create made", "/_sandbox/workspaces/made"},
		{"workspace show default", root},
		{"workspace list", "/_sandbox/workspaces"},
		{"snapshot take one", ""},
		{"snapshot list", root + "/snapshots"},
		{"clock show", root + "/clock"},
		{"clock set 2027-03-02T00:00:00Z!", root + "/clock"},
		{"clock advance 1h", root + "/clock"},
		{"clock thaw", ""},
		{"clock freeze", root + "/clock"},
		{"settings show", root + "/settings"},
		{"settings set cobrofacil.create_status=200", root + "/settings"},
		{"settings preset alternatives", root + "/settings"},
		{"limits show", root + "/limits"},
		{"limits off", root + "/limits"},
		{"limits on", root + "/limits"},
		{"credential mint cobrofacil", ""},
		{"credential list", root + "/credentials"},
		{"fault add cobrofacil.createClient delay --delay 1ms --id late", ""},
		{"fault list", root + "/faults"},
		{"fault release late", ""},
		{"requests", root + "/requests"},
		{"explain " + id, root + "/requests/" + id},
		{"replay " + id, ""},
		{"fidelity", "/_sandbox/fidelity"},
		{"fixture export", root + "/fixture?format=json"},
		{"fixture import " + seed, ""},
	}
	offset := regexp.MustCompile(`"(offset|used_at)": ?"[^"]*"`) // they go with real time
	var tried []string
	for _, test := range tests {
		o := p.tell(t, "", append(strings.Fields(test.args), "--json")...)
		require.Equal(t, exitOK, o.code, o.stderr)
		require.True(t, json.Valid([]byte(o.out)), "%s: %s", test.args, o.out)
		for _, c := range clientCommands(t) {
			if strings.HasPrefix(test.args, c.path) {
				tried = append(tried, c.path)
			}
		}
		if test.path == "" {
			continue
		}
		_, body, err := p.do(t, "GET", test.path, "")
		require.NoError(t, err)
		if strings.HasPrefix(test.args, "explain") {
			assert.Contains(t, o.out, "12345678901234567890", "every digit")
		}
		assert.JSONEq(t, offset.ReplaceAllString(body, `"$1":""`), offset.ReplaceAllString(o.out, `"$1":""`), test.args)
	}
	for _, c := range clientCommands(t) {
		if slices.ContainsFunc(c.flags, func(f *kong.Flag) bool { return f.Name == "json" }) {
			assert.Contains(t, tried, c.path)
		}
	}
	o := p.tell(t, "", "fidelity", "--api=cobrofacil", "--json")
	var ledger struct{ Name string }
	require.NoError(t, json.Unmarshal([]byte(o.out), &ledger))
	assert.Equal(t, "cobrofacil", ledger.Name)
}

// clientCommand is a command that talks to a running sandbox.
type clientCommand struct {
	path  string
	flags []*kong.Flag
}

func clientCommands(t *testing.T) (all []clientCommand) {
	t.Helper()
	parser, err := kong.New(&cli{}, kong.DefaultEnvars("SANDBOX"))
	require.NoError(t, err)
	for _, leaf := range parser.Model.Leaves(false) {
		if slices.ContainsFunc(leaf.Flags, func(f *kong.Flag) bool { return f.Name == "url" }) {
			all = append(all, clientCommand{strings.TrimPrefix(regexp.MustCompile(` (\[?<|\(|\[).*| \[flags\]`).ReplaceAllString(leaf.Path(), ""), "sandbox "), leaf.Flags})
		}
	}
	require.NotEmpty(t, all)
	return all
}

// An environment made for serve does not choose for the other commands: they read these variables and no others.
func TestEnvironmentOfClientCommands(t *testing.T) {
	t.Parallel()
	known := []string{"SANDBOX_URL", "SANDBOX_CONTROL_TOKEN", "SANDBOX_WORKSPACE", "SANDBOX_ADDR", "SANDBOX_CONTROL_ADDR"}
	for _, c := range clientCommands(t) {
		may := known
		if c.path == "ca" { // whose file is the one of serve
			may = append(may[:len(may):len(may)], "SANDBOX_DB", "SANDBOX_TLS_CA")
		}
		for _, flag := range c.flags {
			assert.Subset(t, may, flag.Envs, "%s --%s", c.path, flag.Name)
		}
	}
	p := start(t, "--db=:memory:")
	c := command(t.Context(), t, "clock", "advance", "1h")
	c.Env = append(c.Env, "SANDBOX_ADDR="+strings.TrimPrefix(p.url, "http://"), "SANDBOX_WORKSPACE=elsewhere", "SANDBOX_CLOCK=nonsense")
	o := finish(t, c, "")
	require.Equal(t, exitOK, o.code, o.stderr)
	assert.Contains(t, p.tell(t, "", "clock", "--workspace=elsewhere").out, "1h0m0s")
	assert.Contains(t, p.tell(t, "", "clock").out, "offset  0s")
}

func TestControlTokenOfClientCommands(t *testing.T) {
	t.Parallel()
	p := start(t, "--db=:memory:", "--control-token=the-right-token")
	for token, code := range map[string]int{"": exitFailed, "another-token": exitFailed, "the-right-token": exitOK} {
		o := p.tell(t, "", "clock", "--control-token="+token)
		assert.Equal(t, code, o.code, o.stderr)
		if code != exitOK {
			assert.Contains(t, o.stderr, "the control token: the one of --control-token or SANDBOX_CONTROL_TOKEN")
		}
		c := command(t.Context(), t, "reset")
		c.Env = append(c.Env, "SANDBOX_URL="+p.url, "SANDBOX_CONTROL_TOKEN="+token)
		assert.Equal(t, code, finish(t, c, "").code)
	}
	assert.Equal(t, exitOK, p.tell(t, "", "healthcheck").code, "which needs none")
}

func TestClientRefusals(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) string {
		name = filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
		return name
	}
	empty, broken := write("empty.yaml", "cobrofacil:\n  clients: []\n"), write("broken.yaml", "cobrofacil:\n  clients:\n    - first_name: Eva\n      email: nobody\n")
	p := start(t, "--db=:memory:")
	another := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(another.Close)
	for _, test := range []struct {
		args    string
		code    int
		message string
	}{
		{"clock --url=http://127.0.0.1:1", 1, "no sandbox answers at http://127.0.0.1:1: start one with sandbox serve, or say with --url or SANDBOX_URL where it is"},
		{"clock --url=" + another.URL, 1, "is no control API (404 Not Found)"},
		{"clock --url=127.0.0.1:8080", 2, `--url is "127.0.0.1:8080": it must be like http://127.0.0.1:8080`},
		{"workspace create --url=nowhere", 2, "--url"},
		{"clock --workspace=nope", 1, "No workspace is called nope; the nearest are default."},
		{"clock --workspace=", 1, "a name is empty"},
		{"clock --workspace=Nope", 1, "a name has 1 to 63 of a-z"},
		{"workspace", 2, `expected one of "list", "create", "show", "delete"`},
		{"workspace show", 2, `expected "<name>"`},
		{"workspace show nope", 1, "No workspace is called nope"},
		{"workspace delete nope", 1, "No workspace is called nope"},
		{"workspace delete default", 1, "reset it instead"},
		{"workspace create default", 1, "There is a workspace default already: delete it first, or choose another name."},
		{"workspace create No", 1, `name: "No" is not 1 to 63 of a-z`},
		{"workspace create x --clock=tomorrow", 2, `"tomorrow" is not an RFC 3339 time`},
		{"workspace create x --clock=1999-01-01T00:00:00Z", 2, "is outside"},
		{"workspace create x --idle=-1h", 2, "--idle"},
		{"workspace create x --snapshot=one", 2, "--snapshot"},
		{"workspace create x --snapshot=default/", 2, "--snapshot"},
		{"workspace create x --snapshot=default/none", 1, "There is no snapshot none of default."},
		{"workspace create x --snapshot=default/none --fixture=" + empty, 2, "two ways to start"},
		{"workspace create x --fixture=" + dir + "/none.yaml", 1, "no such file"},
		{"workspace create x --fixture=" + broken, 1, "fixture:4: cobrofacil.clients[0].email: must "},
		{"snapshot take", 2, `expected "<name>"`},
		{"snapshot take No", 1, `name: "No" is not 1 to 63 of a-z`},
		{"snapshot take one --workspace=nope", 1, "No workspace is called nope"},
		{"snapshot restore none", 1, "There is no snapshot none of default."},
		{"snapshot delete none", 1, "There is no snapshot none of default."},
		{"reset --workspace=No", 1, "a name has 1 to 63"},
		{"reset --keep=all", 2, `--keep must be one of "","journal" but got "all"`},
		{"reset --json", 2, "unknown flag --json"},
		{"clock set", 2, `expected "<time>"`},
		{"clock set tomorrow", 2, `"tomorrow" is not an RFC 3339 time`},
		{"clock set 2024-06-01T00:00:00Z", 1, "reset"},
		{"clock advance soon", 2, `invalid duration "soon"`},
		{"clock advance 0s", 1, "0s is not a positive duration"},
		{"clock advance 99999h", 1, "is outside"},
		{"settings set", 2, "expected"},
		{"settings set cobrofacil.create_status", 2, `expected "<key>=<value>"`},
		{"settings set cobrofacil.create_status=204", 1, `takes one of ["201" "200"], not "204"`},
		{"settings set nope=1", 1, `no switch is called "nope"; the nearest are`},
		{"settings preset other", 2, `must be one of "defaults","alternatives"`},
		{"limits maybe", 2, "unexpected argument maybe"},
		{"limits empty --workspace=nope", 1, "No workspace is called nope"},
		{"credential mint nope", 1, `no API is called "nope"; the nearest are `},
		{"credential mint cobrofacil --in=X-Key", 1, "cobrofacil carries its secrets in Authorization"},
		{"credential mint cobrofacil --permissions=fly", 1, `cobrofacil knows no "fly"`},
		{"credential mint cobrofacil --expires-at=soon", 2, "--expires-at"},
		{"credential revoke none", 1, "There is no minted credential none in default."},
		{"fault", 2, `expected one of "add", "list", "clear", "release"`},
		{"fault add cobrofacil", 2, `expected "<kind>"`},
		{"fault add cobrofacil broken", 2, `must be one of "error","delay","close","lost","truncate","hold"`},
		{"fault add cobrofacil.create lost", 1, `no API or operation is called "cobrofacil.create"; the nearest are cobrofacil.createClient`},
		{"fault add cobrofacil error", 1, `error: is missing; cobrofacil has unauthenticated`},
		{"fault add cobrofacil error --error sever_error", 1, "the nearest are server_error"},
		{"fault add cobrofacil lost --error server_error", 1, "error: comes with the kind error and no other"},
		{"fault add cobrofacil delay", 1, `delay: "" is no duration like 2s`},
		{"fault add cobrofacil delay --delay soon", 2, `invalid duration "soon"`},
		{"fault add cobrofacil lost --times=-1", 1, "must not be negative"},
		{"fault add cobrofacil lost --probability 0.5", 1, "only a workspace with a random seed takes one"},
		{"fault add cobrofacil lost --parameter nope=1", 1, `parameters: no path of cobrofacil has "nope"`},
		{"fault add cobrofacil lost --header X-Run", 2, `expected "<key>=<value>"`},
		{"fault add cobrofacil lost --id -", 1, "id: has 1 to 63"},
		{"fault list --workspace=nope", 1, "No workspace is called nope"},
		{"fault clear none", 1, "No fault none is armed in default."},
		{"fault release", 2, `expected "<id>"`},
		{"fault release none", 1, "No fault none is armed in default."},
		{"requests nope:1", 1, `no search word is called "nope"; the nearest are`},
		{"requests status:many", 1, `"many" is no status like 404, 4xx or >=400`},
		{"requests --follow nope:1", 1, `no search word is called "nope"`},
		{"requests --follow --workspace=No", 1, "a name has 1 to 63"},
		{"requests --follow --workspace=", 1, "a name is empty"},
		{"requests --follow --url=http://127.0.0.1:1", 1, "no sandbox answers at http://127.0.0.1:1"},
		{"requests --workspace=nope", 1, "No workspace is called nope"},
		{"requests --limit=-1", 2, "must not be negative"},
		{"requests --limit=1001", 1, "query.limit"},
		{"requests --count=2", 2, "say with --wait how long"},
		{"requests --wait=2m", 1, `wait: "2m0s" is no duration like 5s, up to 1m0s`},
		{"requests --wait=1ms", 1, "0 of 1 requests came within 1ms that fit"},
		{"requests --wait=1s --follow", 2, "--wait and --follow can't be used together"},
		{"requests --limit=1 --curl", 2, "--limit and --curl can't be used together"},
		{"requests --clear api:kobra", 2, "leave out what to look for"},
		{"requests --clear --json", 2, "leave it out"},
		{"requests --har=" + dir, 1, "is no regular file"},
		{"requests --har=" + dir + "/none/x.har", 1, "x.har is not written"},
		{"explain", 2, `expected "<id>"`},
		{"explain none", 1, "There was no request none since this sandbox started."},
		{"replay none", 1, "There was no request none since this sandbox started."},
		{"fidelity --api=nope", 1, "no API is called nope: --api takes common, cobrofacil"},
		{"openapi nope", 1, "No API is called nope; /_sandbox/apis lists cobrofacil"},
		{"openapi", 2, `expected "<api>"`},
		{"fixture export --workspace=nope", 1, "No workspace is called nope"},
		{"fixture export --output=" + dir, 1, "is no regular file"},
		{"fixture export --output=" + dir + "/none/x.yaml", 1, "x.yaml is not written"},
		{"fixture import", 2, `expected "<file> ..."`},
		{"fixture import " + dir + "/none.yaml", 1, "no such file"},
		{"fixture import " + broken, 1, "broken.yaml: fixture:4: cobrofacil.clients[0].email: must "},
		{"fixture import " + empty + " " + broken, 1, `(already imported: ["` + empty + `"])`},
		{"completion tcsh", 2, `must be one of "bash","zsh","fish"`},
	} {
		o := p.tell(t, "", strings.Fields(test.args)...)
		assert.Equal(t, test.code, o.code, "%s: %s", test.args, o.stderr)
		assert.Contains(t, o.stderr, test.message, test.args)
		assert.Empty(t, o.out, test.args)
	}
	left, err := fs.Glob(os.DirFS(dir), "*")
	require.NoError(t, err)
	assert.Equal(t, []string{"broken.yaml", "empty.yaml"}, left)
}

// What is sent, where a sandbox with these APIs shows no difference.
func TestWhatIsSent(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"credential mint x":                    `POST /_sandbox/workspaces/default/credentials {"api":"x"}`,
		"credential mint x --permissions none": `POST /_sandbox/workspaces/default/credentials {"api":"x","permissions":[]}`,
		"credential mint x --permissions a,b":  `POST /_sandbox/workspaces/default/credentials {"api":"x","permissions":["a","b"]}`,
		"fault add x.y error --error e --id i --after 1 --times 2 --probability 0.5 --owner o --parameter a=1 --parameter b=2 --header X-A=a;b,c": `POST /_sandbox/workspaces/default/faults {"id":"i","on":"x.y","kind":"error","error":"e","after":1,"times":2,"probability":0.5,"owner":"o","parameters":{"a":"1","b":"2"},"headers":{"X-A":"a;b,c"}}`,
		"fault add x delay --delay 1m30s":           `POST /_sandbox/workspaces/default/faults {"on":"x","kind":"delay","delay":"1m30s"}`,
		"fault clear":                               "DELETE /_sandbox/workspaces/default/faults ",
		"fault clear a/b":                           "DELETE /_sandbox/workspaces/default/faults/a%2Fb ",
		"requests --clear":                          "DELETE /_sandbox/workspaces/default/requests ",
		"requests --har - a,b c:1":                  "GET /_sandbox/workspaces/default/requests.har?q=a%2Cb+c%3A1 ",
		"requests --curl a":                         "GET /_sandbox/workspaces/default/requests.sh?q=a ",
		"reset --keep journal":                      "POST /_sandbox/workspaces/default/reset?keep=journal ",
		"snapshot restore s --keep journal":         "POST /_sandbox/workspaces/default/snapshots/s/restore?keep=journal ",
		"snapshot restore s --into b --workspace a": "POST /_sandbox/workspaces/a/snapshots/s/restore?into=b ",
	} {
		sent := make(chan string, 1)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			sent <- r.Method + " " + r.URL.String() + " " + string(body)
			_, _ = io.WriteString(w, "{}")
		}))
		o := (&program{url: server.URL}).tell(t, "", strings.Fields(args)...)
		server.Close()
		require.Equal(t, exitOK, o.code, o.stderr)
		assert.Equal(t, want, <-sent, args)
	}
}

func TestLimitsTable(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"enabled":true,
			"limits":[{"limit":"apidev.listClients","rule":"API-7","requests":10,"window":"1m0s"}],
			"counters":[
				{"limit":"apidev.listClients","subject":"dev@sandbox.test","used":10,"requests":10,"window":"1m0s","opens":"2027-03-01T00:01:00Z"},
				{"limit":"apidev.listClients","subject":"eva","used":0,"requests":10,"window":"1m0s"}]}`)
	}))
	t.Cleanup(server.Close)
	o := (&program{url: server.URL}).tell(t, "", "limits")
	assert.Equal(t, `limits  on

LIMIT               REQUESTS  WINDOW  RULE
apidev.listClients  10        1m0s    API-7

COUNTED             OF                USED  REQUESTS  OPENS
apidev.listClients  dev@sandbox.test  10    10        2027-03-01T00:01:00Z
apidev.listClients  eva               0     10        open
`, o.out, o.stderr)
}

// The control API has an address of its own: whoever asks at the other one is told of that.
func TestClientAtTheWrongAddress(t *testing.T) {
	t.Parallel()
	p := start(t, "--db=:memory:", "--control-addr=127.0.0.1:0")
	assert.Contains(t, p.tell(t, "", "clock").stderr, "the control API may be at another address, as --control-addr says")
	_, at, _ := strings.Cut(p.lines[len(p.lines)-2], "http://")
	c := command(t.Context(), t, "clock")
	c.Env = append(c.Env, "SANDBOX_ADDR="+strings.TrimPrefix(p.url, "http://"), "SANDBOX_CONTROL_ADDR="+strings.TrimSuffix(at, "/_sandbox"))
	assert.Equal(t, exitOK, finish(t, c, "").code)
	p.url = "http://" + at
	require.Contains(t, p.url, "/_sandbox", "as it is printed")
	assert.Equal(t, exitOK, p.tell(t, "", "clock").code)
}

func TestFixtureFiles(t *testing.T) {
	t.Parallel()
	p := start(t, "--db=:memory:", "--clock=2027-03-01T00:00:00Z!")
	dir := t.TempDir()
	file := filepath.Join(dir, "seed.yaml")
	seed := p.tell(t, "", "fixture", "export").out
	require.Contains(t, seed, "Juan Mejía")

	o := p.tell(t, "", "fixture", "export", "--output="+file)
	assert.Equal(t, outcome{}, o)
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, seed, string(written))
	for _, args := range []string{"fixture import " + file + " --workspace=a", "fixture import - --workspace=b"} {
		o = p.tell(t, seed, strings.Fields(args)...)
		assert.Equal(t, exitOK, o.code, o.stderr)
		assert.Empty(t, o.stderr)
		assert.Regexp(t, `^COLLECTION +ADDED  REPLACED\ncobrofacil.clients +15 +0\n`, o.out)
	}
	for _, name := range []string{"a", "b"} {
		assert.Equal(t, seed, p.tell(t, "", "fixture", "export", "--workspace="+name).out)
	}

	part := filepath.Join(dir, "part.json")
	o = p.tell(t, "", "fixture", "export", "-o", part)
	require.Equal(t, outcome{}, o)
	written, err = os.ReadFile(part)
	require.NoError(t, err)
	assert.True(t, json.Valid(written), "as its name says")
	more := func(id, name string) string {
		file := filepath.Join(dir, name+".yaml")
		text := "cobrofacil:\n  clients:\n    - {id: 019734bb-1f46-73bb-95d0-00000000000" + id + ", first_name: " + name + ", last_name: Sosa, phone_number: '+526640000000'}\n"
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	eva, ana := more("1", "Eva"), more("2", "Ana")
	o = p.tell(t, "", "fixture", "import", "--add", eva, "--workspace=a")
	assert.Regexp(t, `cobrofacil.clients +1 +0`, o.out, o.stderr)
	o = p.tell(t, "", "fixture", "import", "--add", eva, ana, "--workspace=a")
	assert.Regexp(t, `cobrofacil.clients +1 +1`, o.out, o.stderr)
	assert.Regexp(t, `cobrofacil.clients +17`, p.tell(t, "", "workspace", "show", "a").out)
	o = p.tell(t, "", "fixture", "import", "--add", eva, ana, "--workspace=a")
	assert.Regexp(t, `cobrofacil.clients +0 +2`, o.out, o.stderr)
	o = p.tell(t, "", "fixture", "import", eva, ana, "--workspace=a")
	assert.Regexp(t, `cobrofacil.clients +2 +0`, o.out, o.stderr)
	assert.Regexp(t, `cobrofacil.clients +2\n`, p.tell(t, "", "workspace", "show", "a").out, "in the place of the others")
	for _, from := range []string{eva, "-"} {
		text, err := os.ReadFile(eva)
		require.NoError(t, err)
		o = p.tell(t, string(text), "workspace", "create", "--fixture="+from)
		assert.Regexp(t, `cobrofacil.clients +1\n`, o.out, o.stderr)
	}
}

// A file that cannot be written whole is left as it was, and nothing beside it.
func TestFixtureExportWritesAllOrNothing(t *testing.T) {
	t.Parallel()
	need(t, "curl", "sh")
	p := start(t, "--db=:memory:")
	dir := t.TempDir()
	file := filepath.Join(dir, "seed.yaml")
	require.NoError(t, os.WriteFile(file, []byte("before"), 0o600))
	export := command(t.Context(), t, "fixture", "export", "--url="+p.url, "--output="+file)
	// No file may have more than a block, which is less than the fixture; without SIGXFSZ the write fails as on a full disk.
	c := exec.CommandContext(t.Context(), "sh", append([]string{"-c", `trap "" XFSZ; ulimit -f 1; "$@"`, "sh"}, export.Args...)...)
	c.Env = export.Env
	o := finish(t, c, "")
	assert.Equal(t, exitFailed, o.code)
	assert.Contains(t, o.stderr, "seed.yaml is not written: ")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "before", string(text))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 1)
}

func TestOpenAPIAndFidelity(t *testing.T) {
	t.Parallel()
	p := start(t, "--db=:memory:")
	for api, path := range map[string]string{"control": "/_sandbox/openapi.yaml", "cobrofacil": "/_sandbox/openapi/cobrofacil.yaml"} {
		_, document, err := p.do(t, "GET", path, "")
		require.NoError(t, err)
		assert.Equal(t, outcome{out: document}, p.tell(t, "", "openapi", api))
	}
	counts := p.tell(t, "", "fidelity").out
	assert.Regexp(t, `^API +RULES +DOCUMENTED +PUBLISHED +ASSUMED +DEVIATION +NOT EMULATED +HOUSE\ncommon +[0-9]`, counts)
	var ledgers []struct {
		Name   string
		Counts map[string]int
		Rules  []struct{ ID, Text, Assumption string }
	}
	require.NoError(t, json.Unmarshal([]byte(p.tell(t, "", "fidelity", "--json").out), &ledgers))
	for _, l := range ledgers {
		for _, row := range strings.Split(counts, "\n") {
			fields := strings.Fields(row)
			if len(fields) == 0 || fields[0] != l.Name {
				continue
			}
			assert.Equal(t, strconv.Itoa(len(l.Rules)), fields[1])
			for i, provenance := range []string{"documented", "published", "assumed", "deviation", "not emulated", "house"} {
				assert.Equal(t, strconv.Itoa(l.Counts[provenance]), fields[2+i], "%s %s", l.Name, provenance)
			}
		}
		rules := p.tell(t, "", "fidelity", "--api="+l.Name).out
		for _, r := range l.Rules {
			assert.Regexp(t, `(?m)^`+r.ID+` .*`+regexp.QuoteMeta(r.Text), rules)
			assert.Contains(t, rules, r.Assumption)
		}
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	for shell, contains := range map[string]string{"bash": "complete -o default", "zsh": "bashcompinit", "fish": "complete -f -c sandbox"} {
		out, err := command(t.Context(), t, "completion", shell).Output()
		require.NoError(t, err)
		assert.Contains(t, string(out), contains)
	}
	for line, words := range map[string][]string{
		"sandbox cl":                   {"clock"},
		"sandbox clock ":               {"show", "set", "freeze", "thaw", "advance"},
		"sandbox settings preset ":     {"defaults", "alternatives"},
		"sandbox snapshot restore --k": {"--keep"},
	} {
		c := command(t.Context(), t)
		c.Env = append(c.Env, "COMP_LINE="+line)
		o := finish(t, c, "")
		assert.Equal(t, exitOK, o.code)
		assert.ElementsMatch(t, words, strings.Fields(o.out), line)
	}
}

func TestTick(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var line bytes.Buffer
		err := tick(&line, "importing seed.yaml", func() error {
			time.Sleep(2500 * time.Millisecond) // in the bubble's time
			return context.Canceled
		})
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, "\rimporting seed.yaml … 1s\rimporting seed.yaml … 2s\r\033[K", line.String())
	})
}
