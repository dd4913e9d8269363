package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
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

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/golden"
)

// startHTTPS starts a sandbox that serves HTTPS too, and returns its address and a file with its CA.
func startHTTPS(t *testing.T, args ...string) (p *program, address, ca string) {
	t.Helper()
	p = start(t, append([]string{"--tls-addr=127.0.0.1:0"}, args...)...)
	_, address, _ = strings.Cut(strings.Join(p.lines, "\n"), "https://")
	address, _, _ = strings.Cut(address, " ")
	return p, address, p.ca(t)
}

// ca writes the CA that the program shows into a file.
func (p *program) ca(t *testing.T) string {
	t.Helper()
	o := p.tell(t, "", "ca")
	require.Equal(t, exitOK, o.code, o.stderr)
	file := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(file, []byte(o.out), 0o644))
	return file
}

// caller is a client that calls 127.0.0.1 by another name, and trusts what it is told to.
type caller struct {
	program string
	trust   string // the variable for a file of CAs
	args    []string
}

var callers = []caller{
	{"curl", "CURL_CA_BUNDLE", []string{"sh", "-c", `exec curl -sS --fail --noproxy '*' --resolve "$NAME:$PORT:127.0.0.1" "https://$NAME:$PORT/_sandbox/version"`}},
	{"node", "NODE_EXTRA_CA_CERTS", []string{"node", "-e", `
const { NAME, PORT } = process.env;
const servername = require("net").isIP(NAME) ? "" : NAME;
const checkServerIdentity = (_, certificate) => require("tls").checkServerIdentity(NAME, certificate);
require("https").get({ host: "127.0.0.1", servername, checkServerIdentity, port: PORT, path: "/_sandbox/version", headers: { host: NAME } }, (answer) => answer.pipe(process.stdout));
`}},
	{"python3", "SSL_CERT_FILE", []string{"python3", "-c", `
import http.client, os, socket, ssl
context = ssl.create_default_context()
context.verify_flags |= ssl.VERIFY_X509_STRICT # the default from Python 3.13 on
connection = http.client.HTTPSConnection(os.environ["NAME"], int(os.environ["PORT"]), context=context)
connection._create_connection = lambda address, *more: socket.create_connection(("127.0.0.1", address[1]), *more)
connection.request("GET", "/_sandbox/version")
print(connection.getresponse().read().decode())
`}},
}

// call calls a name that stands for 127.0.0.1, and returns what it prints, or its complaint.
func (c caller) call(t *testing.T, address, name, ca string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	cmd := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "NAME=" + name, "PORT=" + port, c.trust + "=" + ca}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// Every language's own client believes the CA for the names on the list, and, without it, nothing.
func TestClientsTrustTheCA(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "sandbox.db")
	_, address, ca := startHTTPS(t, "--db="+db)
	stolen := forger(t, db+".ca", "example.com")
	for _, c := range callers {
		t.Run(c.program, func(t *testing.T) {
			t.Parallel()
			need(t, c.program)
			for _, name := range []string{"localhost", "127.0.0.1", "run.localhost"} {
				out, err := c.call(t, address, name, ca)
				assert.NoError(t, err, "%s: %s", name, out)
				assert.Contains(t, out, `"version":"devel"`, name)
			}
			for _, name := range []string{"api.complycube.com", "api.cobrofacil.com", "a.b.geotareas.com"} { // which have no version
				out, err := c.call(t, address, name, ca)
				assert.True(t, err == nil || strings.Contains(out, "error: 404"), "%s: %s", name, out)
			}
			out, err := c.call(t, address, "example.com", ca)
			assert.Error(t, err, out)
			out, err = c.call(t, address, "localhost", os.DevNull)
			assert.Error(t, err, out)

			out, err = c.call(t, stolen, "example.com", ca)
			assert.Error(t, err, out)
			assert.Contains(t, out, "permitted subtree violation", "the constraints of the CA hold")
		})
	}
	t.Run("Go", func(t *testing.T) {
		t.Parallel()
		for file, code := range map[string]int{ca: exitOK, os.DevNull: exitFailed} {
			check := command(t.Context(), t, "healthcheck", "--url=https://"+address)
			check.Env = append(check.Env, "SSL_CERT_FILE="+file, "SSL_CERT_DIR="+t.TempDir())
			o := finish(t, check, "")
			assert.Equal(t, code, o.code, o.stderr)
		}
	})
}

// forger serves a name with a certificate that somebody has signed who has the CA's file.
func forger(t *testing.T, file, name string) (address string) {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(file, file)
	require.NoError(t, err)
	leaf := &x509.Certificate{DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	signed, err := x509.CreateCertificate(rand.Reader, leaf, pair.Leaf, pair.Leaf.PublicKey, pair.PrivateKey)
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{signed}, PrivateKey: pair.PrivateKey}}}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func TestHTTPS(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "sandbox.db")
	p, address, ca := startHTTPS(t, "--db="+db)
	shown := strings.NewReplacer(p.url, "http://HOST:PORT", address, "HOST:TLSPORT").Replace(strings.Join(p.lines, "\n") + "\n")
	golden.Equal(t, "testdata/start_https.txt", shown)
	info, err := os.Stat(db + ".ca")
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode())

	trusted, err := os.ReadFile(ca)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(trusted))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}
	response, err := client.Get("https://" + address + "/_sandbox/readyz")
	require.NoError(t, err)
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	assert.Equal(t, []any{200, "HTTP/2.0"}, []any{response.StatusCode, response.Proto})

	// The connection is still there: it keeps nobody from ending.
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	assert.Equal(t, 0, p.end(t), p.stderr.String())
	assert.NotContains(t, p.stderr.String(), "PRIVATE")

	again, _, ca := startHTTPS(t, "--db="+db)
	kept, err := os.ReadFile(ca)
	require.NoError(t, err)
	assert.Equal(t, string(trusted), string(kept), "the CA is made once")
	require.NoError(t, again.Process.Kill())
}

// The CA is the same whoever asks first, and nobody but its owner has its key.
func TestCACommand(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "sandbox.db")
	var made [8]outcome
	var all sync.WaitGroup
	for i := range made {
		all.Go(func() {
			c := command(t.Context(), t, "ca", "--db="+db)
			c.Args = append([]string{"sh", "-c", `umask 000; exec "$@"`, "sh"}, c.Args...)
			c.Path, _ = exec.LookPath("sh")
			made[i] = finish(t, c, "")
		})
	}
	all.Wait()
	for _, o := range made {
		require.Equal(t, exitOK, o.code, o.stderr)
		assert.Equal(t, made[0].out, o.out)
		assert.Regexp(t, `^-----BEGIN CERTIFICATE-----\n[^-]*-----END CERTIFICATE-----\n$`, o.out)
		for _, word := range []string{"curl", "Node.js", "Python", "Java", "Go"} {
			assert.Contains(t, o.stderr, "\n"+word)
		}
	}
	info, err := os.Stat(db + ".ca")
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode())
	left, err := os.ReadDir(filepath.Dir(db))
	require.NoError(t, err)
	assert.Len(t, left, 1)

	p, _, ca := startHTTPS(t, "--db="+db)
	served, err := os.ReadFile(ca)
	require.NoError(t, err)
	assert.Equal(t, made[0].out, string(served))

	elsewhere := filepath.Join(t.TempDir(), "ca")
	one, _, first := startHTTPS(t, "--db=:memory:", "--tls-ca="+elsewhere)
	_, _, second := startHTTPS(t, "--db=:memory:", "--tls-ca="+elsewhere) // two sandboxes may share one
	assert.Equal(t, readAll(t, first), readAll(t, second))
	assert.Equal(t, readAll(t, first), finish(t, command(t.Context(), t, "ca", "--tls-ca="+elsewhere), "").out)
	assert.NotEqual(t, readAll(t, first), string(served))
	require.NoError(t, one.Process.Kill())
	require.NoError(t, p.Process.Kill())
}

func readAll(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text)
}

func TestHTTPSRefusals(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := filepath.Join(dir, "open")
	_, err := app.OpenCA(open, nil)
	require.NoError(t, err)
	require.NoError(t, os.Chmod(open, 0o644))
	half := filepath.Join(dir, "half")
	require.NoError(t, os.WriteFile(half, []byte("-----BEGIN CERTIFICATE-----\n"), 0o600))
	plain := start(t, "--db=:memory:")
	for _, test := range []struct {
		args    string
		code    int
		message string
	}{
		{"--db=:memory: --addr=127.0.0.1:0 --tls-addr=127.0.0.1:99999", 1, "choose another address with --tls-addr"},
		{"--addr=127.0.0.1:8443 --tls-addr=127.0.0.1:8443", 2, "--tls-addr is 127.0.0.1:8443, and so is --addr"},
		{"--control-addr=127.0.0.1:8443 --tls-addr=127.0.0.1:8443", 2, "--tls-addr is 127.0.0.1:8443, and so is --control-addr"},
		{"--tls-ca=" + open, 2, "--tls-ca without --tls-addr"},
		{"--db=:memory: --addr=127.0.0.1:0 --tls-addr=127.0.0.1:0 --tls-ca=" + open, 1, "chmod 600"},
		{"--db=:memory: --addr=127.0.0.1:0 --tls-addr=127.0.0.1:0 --tls-ca=" + half, 1, "move it away"},
		{"--db=" + dir + "/none/x.db --addr=127.0.0.1:0 --tls-addr=127.0.0.1:0", 1, dir + "/none/x.db.ca"},
		{"ca --db=:memory:", 1, "ask it with --url"},
		{"ca --tls-ca=" + open, 1, "chmod 600"},
		{"ca --url=" + plain.url, 1, "start it with --tls-addr"},
		{"ca --url=nowhere", 2, "--url"},
	} {
		c := command(t.Context(), t, strings.Fields(test.args)...)
		c.Dir = dir
		o := finish(t, c, "")
		assert.Equal(t, test.code, o.code, "%s: %s", test.args, o.stderr)
		assert.Contains(t, o.stderr, test.message, test.args)
		assert.Empty(t, o.out, test.args)
	}
}

// Where the control API is reached over HTTPS from other machines, it needs a token as well.
func TestHTTPSAndTheControlAPI(t *testing.T) {
	t.Parallel()
	insecure := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	status := func(address, path string) int {
		response, err := insecure.Get("https://" + address + path)
		require.NoError(t, err)
		_ = response.Body.Close()
		return response.StatusCode
	}
	p, address, _ := startHTTPS(t, "--db=:memory:", "--tls-addr=0.0.0.0:0")
	assert.Contains(t, p.lines[len(p.lines)-2], "  token ")
	assert.Equal(t, []int{401, 200}, []int{status(address, "/_sandbox/apis"), status(address, "/_sandbox/ca.pem")})
	code, _, err := p.do(t, "GET", "/_sandbox/apis", "", "Authorization: ")
	require.NoError(t, err)
	assert.Equal(t, 401, code, "the same on both")

	apart := start(t, "--db=:memory:", "--tls-addr=127.0.0.1:0", "--control-addr=127.0.0.1:0")
	_, address, _ = strings.Cut(strings.Join(apart.lines, "\n"), "https://")
	address, _, _ = strings.Cut(address, " ")
	assert.Equal(t, 404, status(address, "/_sandbox/apis"))
	_, at, _ := strings.Cut(apart.lines[len(apart.lines)-2], "http://")
	apart.url = "http://" + strings.TrimSuffix(at, "/_sandbox")
	assert.Contains(t, apart.lines[len(apart.lines)-3], "CA "+apart.url+"/_sandbox/ca.pem")
	apart.ca(t)
}
