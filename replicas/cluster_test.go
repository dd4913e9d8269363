package replicas

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/control/client"
	"github.com/seed-0f456478/sandbox/internal/postgrestest"
)

const (
	controlToken = "token-of-the-replicas"
	size         = 3
	// patience bounds every wait. It is only used up when something is broken.
	patience = time.Minute
)

// replica is a process of the program.
type replica struct {
	*client.Client
	cmd   *exec.Cmd
	log   bytes.Buffer
	ended sync.Once
	err   error
}

// startReplica runs the program on a database until it says that it is ready.
func startReplica(t testing.TB, db string) *replica {
	t.Helper()
	r := &replica{cmd: exec.CommandContext(context.Background(), binary, "--addr=127.0.0.1:0", "--db="+db, "--control-token="+controlToken)}
	r.cmd.Stderr = &r.log
	out, err := r.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, r.cmd.Start())
	t.Cleanup(r.kill)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if url, ok := strings.CutPrefix(lines.Text(), "sandbox ready on "); ok {
			r.Client = &client.Client{URL: url, Token: controlToken, HTTP: connections()}
			return r
		}
	}
	r.kill()
	t.Fatalf("the replica never got ready: %s", r.log.String())
	return nil
}

// connections is a client that keeps none of them.
func connections() *http.Client {
	return &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
}

func (r *replica) wait() error {
	r.ended.Do(func() { r.err = r.cmd.Wait() })
	return r.err
}

// kill ends the process at once, as kill -9 does.
func (r *replica) kill() {
	_ = r.cmd.Process.Kill() // it may have ended
	_ = r.wait()
}

// stop asks the process to end, and fails unless it does so in good order.
func (r *replica) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, r.cmd.Process.Signal(syscall.SIGTERM))
	assert.NoError(t, r.wait(), "%s", &r.log)
}

// cluster is replicas of a database, and the proxy before them.
type cluster struct {
	server   *postgrestest.Server
	db       string
	replicas []*replica
	proxy    *proxy
}

// startCluster starts all replicas of an empty database at the same moment.
func startCluster(t *testing.T, server *postgrestest.Server) *cluster {
	t.Helper()
	c := &cluster{server: server, db: server.DB(t), replicas: make([]*replica, size), proxy: newProxy(t)}
	var starts sync.WaitGroup
	for i := range c.replicas {
		starts.Go(func() { c.replicas[i] = startReplica(t, c.db) })
	}
	starts.Wait()
	for _, r := range c.replicas {
		require.NotNil(t, r)
		c.proxy.add(r)
	}
	return c
}

// proxy gives each request to the next replica, on a connection of its own. A replica that takes no connection has not got
// the request, which the next one gets.
type proxy struct {
	*httptest.Server
	transport http.Transport

	mu       sync.Mutex
	idle     *sync.Cond // a request has ended
	replicas []*replica
	under    map[*replica]int // requests under way
	turn     int
}

func newProxy(t *testing.T) *proxy {
	t.Helper()
	p := &proxy{transport: http.Transport{DisableKeepAlives: true}, under: map[*replica]int{}}
	p.idle = sync.NewCond(&p.mu)
	p.Server = httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.Host, r.Out.URL.Scheme, r.Out.URL.Host = r.In.Host, "http", "replica"
			r.SetXForwarded()
		},
		Transport:     p,
		FlushInterval: -1, // streams
		ErrorHandler:  func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	})
	t.Cleanup(p.Close)
	return p
}

func (p *proxy) add(r *replica) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.replicas = append(p.replicas, r)
}

// remove sends a replica no more requests, and returns when it has answered those that it got.
func (p *proxy) remove(r *replica) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.replicas = slices.DeleteFunc(p.replicas, func(other *replica) bool { return other == r })
	for p.under[r] > 0 {
		p.idle.Wait()
	}
}

// next is all replicas, from the one on whose turn it is.
func (p *proxy) next() []*replica {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn++
	i := p.turn % len(p.replicas)
	return slices.Concat(p.replicas[i:], p.replicas[:i])
}

// begin counts a request to a replica, unless that was removed meanwhile.
func (p *proxy) begin(r *replica) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.replicas, r) {
		return false
	}
	p.under[r]++
	return true
}

func (p *proxy) end(r *replica) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.under[r]--
	p.idle.Broadcast()
}

// RoundTrip sends a request to the next replica that takes it.
func (p *proxy) RoundTrip(request *http.Request) (response *http.Response, err error) {
	err = errors.New("there is no replica")
	for _, r := range p.next() {
		if !p.begin(r) {
			continue
		}
		sent := request.Clone(request.Context())
		sent.URL.Host = strings.TrimPrefix(r.URL, "http://")
		if request.Body != nil {
			sent.Body = io.NopCloser(request.Body) // to be sent again
		}
		response, err = p.transport.RoundTrip(sent)
		if err == nil {
			response.Body = &underWay{response.Body, sync.OnceFunc(func() { p.end(r) })}
			return response, nil
		}
		p.end(r)
		if dial := (*net.OpError)(nil); !errors.As(err, &dial) || dial.Op != "dial" {
			return nil, err
		}
	}
	return nil, err
}

// underWay is an answer's body, whose end is told.
type underWay struct {
	io.ReadCloser
	end func()
}

func (b *underWay) Close() error {
	b.end()
	return b.ReadCloser.Close()
}

// answer is what a client got.
type answer struct {
	status int
	id     string // of the request
	body   string
}

const (
	cobrofacil = "Authorization: Bearer sandbox-cobrofacil-token"
	clients    = "/cobrofacil/api/v1/clients"
	juan       = clients + "/client-200"
	eva        = `{"external_reference":"REFERENCE","first_name":"Eva","last_name":"Sosa","phone_number":"+526640000000"}`
)

// ask sends a request. A connection that breaks is status 0.
func ask(t *testing.T, c *http.Client, method, url, body string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	response, err := c.Do(r)
	if err != nil {
		return answer{body: err.Error()}
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{body: err.Error()}
	}
	return answer{response.StatusCode, response.Header.Get("X-Sandbox-Request-Id"), string(text)}
}

// ask sends a request to the replica itself.
func (r *replica) ask(t *testing.T, method, path, body string, headers ...string) answer {
	t.Helper()
	return ask(t, r.HTTP, method, r.URL+path, body, headers...)
}

// create makes a client with a reference of its own in a workspace.
func (r *replica) create(t *testing.T, workspace, reference string) answer {
	t.Helper()
	return r.ask(t, "POST", clients, strings.Replace(eva, "REFERENCE", reference, 1), cobrofacil+"@"+workspace)
}
