package soak

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// draw is a source of randomness for a test, which says how to have the same again.
func draw(t *testing.T) *rand.Rand {
	t.Helper()
	t.Logf("-soak.seed=%d", *seed)
	return rand.New(rand.NewPCG(*seed, 0))
}

// program is a running sandbox.
type program struct {
	*exec.Cmd
	url, https string // https is "" without --tls-addr
	client     *http.Client
	log        *buffer
}

// buffer is a bytes.Buffer that a process writes to while a test reads it.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// start runs the program until it is ready.
func start(t *testing.T, args ...string) *program {
	t.Helper()
	return run(t, exec.Command(binary, append([]string{"--addr=127.0.0.1:0", "--log-level=warn", "--limits=off"}, args...)...))
}

var ready = regexp.MustCompile(`(?s)(?:https +(https://\S+).*)?sandbox ready on (\S+)\n`)

func run(t *testing.T, command *exec.Cmd) *program {
	t.Helper()
	p := &program{Cmd: command, log: &buffer{}, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}, Timeout: 2 * time.Minute}}
	p.Stderr = p.log
	out, err := p.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.Start())
	t.Cleanup(func() {
		_ = p.Process.Kill() // it may have ended
		_ = p.Wait()
		p.client.CloseIdleConnections()
	})
	var said []byte
	for piece := make([]byte, 4096); ; {
		n, err := out.Read(piece)
		said = append(said, piece[:n]...)
		if found := ready.FindSubmatch(said); found != nil {
			p.https, p.url = string(found[1]), string(found[2])
			return p
		}
		require.NoError(t, err, "it never got ready: %s", p.log)
	}
}

// overTLS makes the program's client speak HTTPS, and trust its CA alone.
func (p *program) overTLS(t *testing.T) {
	t.Helper()
	status, pem, err := p.send("GET", "/_sandbox/ca.pem", "")
	require.NoError(t, err)
	require.Equal(t, 200, status)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(pem))
	p.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 100}
	p.url = p.https
}

// kill ends the program as kill -9 does.
func (p *program) kill() {
	_ = p.Process.Kill()
	_ = p.Wait()
	p.client.CloseIdleConnections()
}

// headers are what each API wants of a caller, by the beginning of the path.
var headers = map[string][]string{
	"/cobrofacil": {"Authorization", "Bearer sandbox-cobrofacil-token"},
	"/subclients": {"Authorization", "Bearer sandbox-subclients-token"},
	"/complycube": {"Authorization", "test_sandbox"},
	"/kobra":      {"Authorization", "Bearer sandbox-kobra-token"},
	"/apidev":     {"Authorization", "Bearer sandbox-apidev-token", "X-API-Key", "gtk_sandbox", "tenant", "soak"},
}

// send sends a request to the program; the path may begin with /w/NAME. An error is one of the connection.
func (p *program) send(method, path, body string) (status int, answer []byte, err error) {
	r, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	if rest, ok := strings.CutPrefix(path, "/w/"); ok {
		_, path, _ = strings.Cut(rest, "/")
		path = "/" + path
	}
	for base, pairs := range headers {
		if strings.HasPrefix(path, base) {
			for i := 0; i < len(pairs); i += 2 {
				r.Header.Set(pairs[i], pairs[i+1])
			}
		}
	}
	response, err := p.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}

// must is send where the status is known.
func (p *program) must(t *testing.T, want int, method, path, body string) []byte {
	t.Helper()
	status, answer, err := p.send(method, path, body)
	require.NoError(t, err, "%s %s\n%s", method, path, p.log)
	require.Equal(t, want, status, "%s %s: %s", method, path, answer)
	return answer
}

// record is a record of an export, by the partner's member names.
type record = map[string]any

// export is what a workspace holds, by API and collection.
func (p *program) export(t *testing.T, workspace string) map[string]map[string][]record {
	t.Helper()
	var all map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(p.must(t, 200, "GET", "/_sandbox/workspaces/"+workspace+"/fixture?format=json", ""), &all))
	delete(all, "workspace")
	apis := map[string]map[string][]record{}
	for name, content := range all {
		var collections map[string][]record
		require.NoError(t, json.Unmarshal(content, &collections), name)
		apis[name] = collections
	}
	return apis
}
