package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/golden"
)

// TestMain lets the test binary be the program itself, so that a test can start it, signal it and kill it.
func TestMain(m *testing.M) {
	if os.Getenv("SANDBOX_TEST_MAIN") == "1" {
		main()
	}
	os.Exit(m.Run())
}

// program is a running sandbox.
type program struct {
	*exec.Cmd
	url    string   // as the ready line says
	lines  []string // of standard output
	stderr bytes.Buffer
	output *bufio.Scanner
}

func command(ctx context.Context, t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	c := exec.CommandContext(ctx, exe, args...)
	c.Env = append(os.Environ(), "SANDBOX_TEST_MAIN=1")
	return c
}

// start runs the program until it is ready.
func start(t *testing.T, args ...string) *program {
	t.Helper()
	return startWith(t, nil, append([]string{"--addr=127.0.0.1:0"}, args...)...)
}

// startWith is start with more in the environment.
func startWith(t *testing.T, environment []string, args ...string) *program {
	t.Helper()
	p := &program{Cmd: command(context.Background(), t, args...)}
	p.Env = append(p.Env, environment...)
	p.Stderr = &p.stderr
	out, err := p.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.Start())
	t.Cleanup(func() {
		_ = p.Process.Kill() // it may have ended
		_ = p.Wait()
	})
	p.output = bufio.NewScanner(out)
	for p.output.Scan() {
		p.lines = append(p.lines, p.output.Text())
		if url, ok := strings.CutPrefix(p.output.Text(), "sandbox ready on "); ok {
			p.url = url
			return p
		}
	}
	_ = p.Wait()
	t.Fatalf("it never got ready: %s", p.stderr.String())
	return nil
}

// end waits for the program and returns its exit code.
func (p *program) end(t *testing.T) int {
	t.Helper()
	for p.output.Scan() {
		p.lines = append(p.lines, p.output.Text())
	}
	err := p.Wait()
	if exit := (*exec.ExitError)(nil); err != nil {
		require.ErrorAs(t, err, &exit)
	}
	return p.ProcessState.ExitCode()
}

const eva = `{"first_name":"Eva","last_name":"Sosa","phone_number":"+526640000000"}`

func (p *program) do(t *testing.T, method, path, body string, headers ...string) (int, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, p.url+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer sandbox-cobrofacil-token")
	r.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

func TestStartAndStop(t *testing.T) {
	t.Parallel()
	p := start(t, "--db="+filepath.Join(t.TempDir(), "sandbox.db"))
	golden.Equal(t, "testdata/start.txt", strings.ReplaceAll(strings.Join(p.lines, "\n")+"\n", p.url, "http://HOST:PORT"))

	status, body, err := p.do(t, "GET", "/cobrofacil/api/v1/clients/client-200", "")
	require.NoError(t, err)
	assert.Equal(t, 200, status, body)

	check := command(t.Context(), t, "healthcheck", "--url="+p.url)
	require.NoError(t, check.Run())
	check = command(t.Context(), t, "healthcheck")
	check.Env = append(check.Env, "SANDBOX_ADDR="+strings.Replace(strings.TrimPrefix(p.url, "http://"), "127.0.0.1", "0.0.0.0", 1))
	require.NoError(t, check.Run())

	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	assert.Equal(t, 0, p.end(t), p.stderr.String())
	require.Error(t, command(t.Context(), t, "healthcheck", "--url="+p.url).Run())
}

// slowly begins a creation in the workspace slow, whose body goes on when the test writes it, and returns once the
// request is in the sandbox.
func (p *program) slowly(t *testing.T) (body io.WriteCloser, answered <-chan int) {
	t.Helper()
	read, send := io.Pipe()
	t.Cleanup(func() { _ = send.Close() }) // the client waits for it even if the program has gone
	status := make(chan int, 1)
	go func() {
		r, _ := http.NewRequestWithContext(context.Background(), "POST", p.url+"/cobrofacil/api/v1/clients", read)
		r.Header.Set("Authorization", "Bearer sandbox-cobrofacil-token@slow")
		r.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			status <- 0
			return
		}
		_ = response.Body.Close()
		status <- response.StatusCode
	}()
	_, err := io.WriteString(send, eva[:10])
	require.NoError(t, err)
	require.Eventually(t, func() bool { // its credential is known when its workspace is there
		status, _, err := p.do(t, "GET", "/_sandbox/workspaces/slow/clock", "")
		return err == nil && status == 200
	}, 10*time.Second, time.Millisecond)
	return send, status
}

// interrupt sends a signal and returns once the program takes no new requests.
func (p *program) interrupt(t *testing.T, signal os.Signal) {
	t.Helper()
	require.NoError(t, p.Process.Signal(signal))
	require.Eventually(t, func() bool {
		_, _, err := p.do(t, "GET", "/_sandbox/healthz", "", "Connection: close")
		return err != nil
	}, 10*time.Second, time.Millisecond)
}

// SIGTERM lets a request under way end, takes no new ones, and closes the store behind it.
func TestTermFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "sandbox.db")
	p := start(t, "--db="+db)
	body, answered := p.slowly(t)
	p.interrupt(t, syscall.SIGTERM)
	_, err := io.WriteString(body, eva[10:])
	require.NoError(t, err)
	require.NoError(t, body.Close())
	assert.Equal(t, 201, <-answered)
	assert.Equal(t, 0, p.end(t), p.stderr.String())

	p = start(t, "--db="+db)
	_, fixture, err := p.do(t, "GET", "/_sandbox/workspaces/slow/fixture", "")
	require.NoError(t, err)
	assert.Contains(t, fixture, "Eva Sosa")
}

// A second signal ends the program though a request is still under way.
func TestASecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			p := start(t, "--db=:memory:")
			p.slowly(t)
			p.interrupt(t, signal)
			require.NoError(t, p.Process.Signal(signal))
			p.end(t)
			status, ok := p.ProcessState.Sys().(syscall.WaitStatus)
			require.True(t, ok)
			assert.Equal(t, signal, status.Signal())
		})
	}
}

// kill -9 under write load: every client whose creation was acknowledged is there after the restart (COM-28).
func TestKillLosesNothing(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "sandbox.db")
	p := start(t, "--db="+db)
	var mu sync.Mutex
	var acknowledged []string
	enough := make(chan struct{})
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for i := 0; ; i++ {
				reference := fmt.Sprintf("w%d-%d", w, i)
				status, _, err := p.do(t, "POST", "/cobrofacil/api/v1/clients", strings.Replace(eva, "{", `{"external_reference":"`+reference+`",`, 1))
				if err != nil {
					return // killed
				}
				assert.Equal(t, 201, status)
				mu.Lock()
				if acknowledged = append(acknowledged, reference); len(acknowledged) == 500 {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	<-enough
	require.NoError(t, p.Process.Kill())
	writers.Wait()
	p.end(t)

	p = start(t, "--db="+db)
	_, text, err := p.do(t, "GET", "/_sandbox/workspaces/default/fixture?format=json", "")
	require.NoError(t, err)
	var fixture struct {
		Cobrofacil struct {
			Clients []struct {
				Reference string `json:"external_reference"`
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text), &fixture))
	there := map[string]bool{}
	for _, c := range fixture.Cobrofacil.Clients {
		there[c.Reference] = true
	}
	for _, reference := range acknowledged {
		assert.True(t, there[reference], "%s was acknowledged and is lost", reference)
	}
}

func TestWrongFlagsAreRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.yaml")
	require.NoError(t, os.WriteFile(broken, []byte("cobrofacil:\n  clients:\n    - first_name: Eva\n      email: nobody\n"), 0o600))
	noDatabase := filepath.Join(dir, "text.db")
	require.NoError(t, os.WriteFile(noDatabase, []byte(strings.Repeat("no database ", 100)), 0o600))
	for _, test := range []struct {
		args    string
		code    int
		message string
	}{
		{"--nope", 2, "unknown flag --nope"},
		{"nope", 2, "unexpected argument nope"},
		{"--addr=127.0.0.1:99999", 1, "choose another address with --addr"},
		{"--addr=nowhere", 1, "choose another address with --addr"},
		{"--db=mysql://localhost/x", 2, "--db is a mysql URL: name a file, :memory: to keep nothing, or postgres://"},
		{"--db=postgres://me:s%zz@localhost/x", 2, "write what is special in a password as %40 for @"},
		{"--db=postgres://localhost/x --tls-addr=127.0.0.1:0", 2, "say with --tls-ca where it is kept"},
		{"--db=postgres://localhost/x --addr=0.0.0.0:0", 1, "choose one with --control-token, the same for all"},
		{"--db=postgres://me:s@127.0.0.1:1/x --addr=127.0.0.1:0", 1, "connection refused"},
		{"--db=" + dir + "/none/x.db", 1, "its folder"},
		{"--db=" + noDatabase, 1, "not a database"},
		{"--db=:memory: --seed=none,demo", 1, "contradiction"},
		{"--db=:memory: --seed=" + dir + "/none.yaml", 1, "name fixture files, demo or none"},
		{"--db=:memory: --seed=" + broken, 1, "broken.yaml:4: cobrofacil.clients[0].email: must "},
		{"--auth=lax", 2, `must be one of "strict","open"`},
		{"--set=cobrofacil.create_status", 2, "--set"},
		{"--db=:memory: --set=cobrofacil.create_status=204", 1, `takes one of ["201" "200"], not "204"`},
		{"--db=:memory: --set=limits=off", 2, "--set limits is another way to say --limits"},
		{"--db=:memory: --limits=maybe", 2, `must be one of "on","off"`},
		{"--db=:memory: --set=cobrofacil.create=1", 1, `no switch is called "cobrofacil.create"; the nearest are cobrofacil.create_status`},
		{"--clock=tomorrow", 2, "--clock:"},
		{"--clock=1999-01-01T00:00:00Z", 2, "is outside"},
		{"--delay=-1s", 2, "--delay"},
		{"--delay=soon", 2, "--delay"},
		{"--journal=-1", 2, "--journal"},
		{"--max-workspaces=0", 2, "--max-workspaces"},
		{"--control-token=short", 2, "--control-token"},
		{"--addr=127.0.0.1:8088 --control-addr=127.0.0.1:8088", 2, "--control-addr"},
		{"--log-level=loud", 2, "--log-level"},
		{"--log-format=xml", 2, "--log-format"},
		{"healthcheck --addr=nowhere", 1, "no sandbox answers"},
		{"healthcheck --url=http://127.0.0.1:1", 1, "no sandbox answers"},
	} {
		c := command(t.Context(), t, append([]string{}, strings.Fields(test.args)...)...)
		c.Dir = dir
		c.Env = append(c.Environ(), "SANDBOX_ADDR=127.0.0.1:0") // the default may be taken
		var stderr bytes.Buffer
		c.Stderr = &stderr
		_ = c.Run() // its code is looked at
		assert.Equal(t, test.code, c.ProcessState.ExitCode(), "%s: %s", test.args, stderr.String())
		assert.Contains(t, stderr.String(), test.message, test.args)
		assert.NotContains(t, stderr.String(), "goroutine", test.args)
	}
}

func TestEnvironmentStandsForFlags(t *testing.T) {
	t.Parallel()
	t.Run("and a flag comes before it", func(t *testing.T) {
		t.Parallel()
		c := command(t.Context(), t, "--clock=1999-01-01T00:00:00Z")
		c.Env = append(c.Env, "SANDBOX_CLOCK=1998-01-01T00:00:00Z")
		out, err := c.CombinedOutput()
		require.Error(t, err)
		assert.Contains(t, string(out), "1999-01-01")
	})
	c := command(t.Context(), t)
	c.Env = append(c.Env, "SANDBOX_MAX_WORKSPACES=0")
	out, err := c.CombinedOutput()
	require.Error(t, err)
	assert.Contains(t, string(out), "--max-workspaces")
}

func TestControlTokens(t *testing.T) {
	t.Parallel()
	const path = "/_sandbox/apis"
	made := start(t, "--db=:memory:", "--addr=0.0.0.0:0")
	line := made.lines[len(made.lines)-2]
	_, token, ok := strings.Cut(line, "  token ")
	require.True(t, ok, "off loopback a token is made and printed: %s", line)
	given := start(t, "--db=:memory:", "--control-token=demo-control-token")
	assert.NotContains(t, strings.Join(given.lines, "\n"), "demo-control-token")
	none := start(t, "--db=:memory:", "--addr=0.0.0.0:0", "--control-token=none")
	apart := start(t, "--db=:memory:", "--control-addr=0.0.0.0:0") // where the others listen is no matter
	_, at, _ := strings.Cut(apart.lines[len(apart.lines)-2], "http://")
	at, apartToken, _ := strings.Cut(at, "/_sandbox  token ")
	apart.url = "http://" + at
	assert.Greater(t, len(token), 20)
	assert.NotEqual(t, token, apartToken)
	for _, test := range []struct {
		p      *program
		header string
		status int
	}{
		{made, "Authorization: ", 401},
		{made, "Authorization: Bearer wrong", 401},
		{made, "Authorization: Bearer none", 401},
		{apart, "Authorization: ", 401},
		{apart, "Authorization: Bearer " + token, 401},
		{apart, "Authorization: Bearer " + apartToken, 200},
		{made, "Authorization: Bearer " + token, 200},
		{given, "Authorization: Bearer ", 401},
		{given, "Authorization: Bearer demo-control-token", 200},
		{none, "X-Nothing: ", 200},
	} {
		status, body, err := test.p.do(t, "GET", path, "", test.header)
		require.NoError(t, err)
		assert.Equal(t, test.status, status, body)
	}
}

func TestControlAddr(t *testing.T) {
	t.Parallel()
	p := start(t, "--db=:memory:", "--control-addr=127.0.0.1:0")
	status, _, err := p.do(t, "GET", "/_sandbox/apis", "")
	require.NoError(t, err)
	assert.Equal(t, 404, status)
	apis := p.url
	_, at, _ := strings.Cut(p.lines[len(p.lines)-2], "http://")
	p.url = "http://" + strings.TrimSuffix(at, "/_sandbox")
	status, body, err := p.do(t, "GET", "/_sandbox/apis", "")
	require.NoError(t, err)
	assert.Equal(t, 200, status)
	assert.Contains(t, body, `"base":"`+apis+`/cobrofacil"`, "where the APIs are")
	response, err := http.Get(p.url + "/_sandbox/console/default/reference")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Contains(t, response.Header.Get("Content-Security-Policy"), "connect-src 'self' "+apis+";", "so that calls can be tried")
	for path, host := range map[string]string{"/cobrofacil/api/v1/clients/client-200": "localhost", "/_sandbox/apis": "cobrofacil.localhost"} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", p.url+path, http.NoBody)
		require.NoError(t, err)
		r.Host = host
		response, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		_ = response.Body.Close()
		assert.Equal(t, 404, response.StatusCode, "%s at %s", path, host)
	}
}

func TestVersionAndHelp(t *testing.T) {
	t.Parallel()
	out, err := command(t.Context(), t, "version").Output()
	require.NoError(t, err)
	assert.Regexp(t, `^sandbox devel \w+ go1\.`, string(out))
	out, err = command(t.Context(), t, "--help").Output()
	require.NoError(t, err)
	for _, word := range []string{"serve", "healthcheck", "version"} {
		assert.Contains(t, string(out), word)
	}
	out, err = command(t.Context(), t, "serve", "--help").Output()
	require.NoError(t, err)
	assert.Contains(t, string(out), "$SANDBOX_ADDR")
}
