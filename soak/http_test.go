package soak

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// patience is how long an answer may take, on a machine that does much else.
const patience = time.Minute

// listener is the program itself, as users have it, with its own deadlines and bounds.
type listener struct {
	address string
	log     *bytes.Buffer // to be read once it has ended
}

// listen builds and starts it, and lets the test look at it once more before it ends.
func listen(t *testing.T) *listener {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "sandbox")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../cmd/sandbox")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=") // the program as it is shipped, not with the race detector
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	l := &listener{log: &bytes.Buffer{}}
	program := exec.CommandContext(context.Background(), binary, "--addr=127.0.0.1:0", "--db=:memory:", "--log-level=debug")
	program.Stderr = l.log
	lines, err := program.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, program.Start())
	t.Cleanup(func() {
		assert.NoError(t, program.Process.Signal(os.Interrupt))
		assert.NoError(t, program.Wait(), "it ended badly")
		assert.NotContains(t, l.log.String(), "panic")
		assert.NotContains(t, l.log.String(), "level=ERROR")
	})
	var said bytes.Buffer
	for !strings.Contains(said.String(), "ready on ") || !strings.HasSuffix(said.String(), "\n") {
		chunk := make([]byte, 4096)
		n, err := lines.Read(chunk)
		require.NoError(t, err, "it never got ready: %s", l.log)
		said.Write(chunk[:n])
	}
	_, l.address, _ = strings.Cut(strings.TrimSpace(said.String()), "ready on http://")
	return l
}

// tell writes bytes to a new connection and reads what comes until the other side closes it. With half, it ends its own
// side first, so that what was announced never comes.
func (l *listener) tell(t *testing.T, text string, half bool) string {
	t.Helper()
	c, err := net.Dial("tcp", l.address)
	require.NoError(t, err)
	defer func() { _ = c.Close() }()
	require.NoError(t, c.SetDeadline(time.Now().Add(patience)))
	go func() {
		_, _ = io.WriteString(c, text) // the other side may close before it has read all
		if half {
			_ = c.(*net.TCPConn).CloseWrite()
		}
	}()
	answer, err := io.ReadAll(c)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "it neither answers nor closes: %q", text[:min(len(text), 200)])
	return string(answer)
}

var statusLine = regexp.MustCompile(`HTTP/1\.[01] ([0-9]{3}) `)

func statuses(answer string) string {
	var all []string
	for _, m := range statusLine.FindAllStringSubmatch(answer, -1) {
		all = append(all, m[1])
	}
	return strings.Join(all, " ")
}

const (
	juan  = "/cobrofacil/api/v1/clients/client-200"
	made  = "/cobrofacil/api/v1/clients"
	auth  = "Authorization: Bearer sandbox-cobrofacil-token\r\n"
	local = "Host: localhost\r\n"
	last  = "Connection: close\r\n\r\n"
	jsonT = "Content-Type: application/json\r\n"
	eva   = `{"first_name":"Eva","last_name":"Sosa","phone_number":"+526640000000"}`
)

// malice is what a connection says, and the statuses that it may hear; "" is closed without a word.
type malice struct {
	name, says string
	half       bool
	hears      string // a regular expression of all statuses
	words      string // of one of the answers
}

func get(target string) string { return "GET " + target + " HTTP/1.1\r\n" + local + auth + last }

func post(headers, body string) string {
	return "POST " + made + " HTTP/1.1\r\n" + local + auth + jsonT + headers + last + body
}

func requests() []malice {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte("{" + strings.Repeat(" ", 64<<20)))
	_ = w.Close()
	length := func(n int) string { return "Content-Length: " + strconv.Itoa(n) + "\r\n" }
	const chunked = "Transfer-Encoding: chunked\r\n"
	early := "The request body is not valid JSON."
	return []malice{
		{name: "HTTP/1.0", says: "GET " + juan + " HTTP/1.0\r\n" + auth + "\r\n", hears: "200"},
		{name: "HTTP/0.9", says: "GET " + juan + "\r\n\r\n", hears: "400"},
		{name: "HTTP/3.0", says: "GET / HTTP/3.0\r\n" + local + last, hears: "505"},
		{name: "HTTP/2 without TLS", says: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", hears: "400|404|505"},
		{name: "an upgrade to HTTP/2", says: "GET " + juan + " HTTP/1.1\r\n" + local + auth + "Connection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", hears: "200"},
		{name: "a TLS hello", says: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", hears: "400"},
		{name: "no Host", says: "GET " + juan + " HTTP/1.1\r\n" + last, hears: "400"},
		{name: "two Hosts", says: "GET " + juan + " HTTP/1.1\r\nHost: a\r\nHost: b\r\n" + last, hears: "400"},
		{name: "a Host with blanks", says: "GET " + juan + " HTTP/1.1\r\nHost: a b\r\n" + last, hears: "400"},
		{name: "a Host of markup", says: "GET /nope HTTP/1.1\r\nHost: <script>\r\n" + last, hears: "400"},
		{name: "a Host with half an address", says: "GET " + juan + " HTTP/1.1\r\nHost: [::1\r\n" + auth + last, hears: "200|400"},
		{name: "a Host with an odd port", says: "GET /_sandbox/apis HTTP/1.1\r\nHost: localhost:99999999\r\n" + last, hears: "200|400|403"},
		{name: "a Host with a user", says: "GET /_sandbox/apis HTTP/1.1\r\nHost: localhost@evil.example\r\n" + last, hears: "400|403"},
		{name: "a long Host", says: "GET /_sandbox/apis HTTP/1.1\r\nHost: " + strings.Repeat("a.", 20_000) + "localhost.evil\r\n" + last, hears: "403"},
		{name: "an empty Host", says: "GET " + juan + " HTTP/1.1\r\nHost:\r\n" + auth + last, hears: "200"},

		{name: "lengths that differ", says: post(length(5)+length(70), eva), hears: "400"},
		{name: "lengths in one", says: post("Content-Length: 70, 70\r\n", eva), hears: "400"},
		{name: "a length below nothing", says: post("Content-Length: -1\r\n", eva), hears: "400"},
		{name: "a length with a plus", says: post("Content-Length: +70\r\n", eva), hears: "400"},
		{name: "a hexadecimal length", says: post("Content-Length: 0x46\r\n", eva), hears: "400"},
		{name: "a length beyond numbers", says: post("Content-Length: 99999999999999999999\r\n", eva), hears: "400"},
		{name: "the longest length", says: post("Content-Length: 9223372036854775807\r\n", eva), half: true, hears: "400", words: early},
		{name: "a length too long", says: post(length(len(eva)+10), eva), half: true, hears: "400", words: early},
		{name: "a length too short", says: post(length(10), eva), hears: "400", words: early},
		{name: "more behind the length", says: "POST " + made + " HTTP/1.1\r\n" + local + auth + jsonT + length(10) + "\r\n" + eva, half: true, hears: "400 400", words: early},
		{name: "length and chunks", says: "POST " + made + " HTTP/1.1\r\n" + local + auth + jsonT + length(6) + chunked + "\r\n0\r\n\r\nGET " + juan + " HTTP/1.1\r\n" + local + auth + last, half: true, hears: "400|400 200", words: early},
		{name: "chunks twice", says: post(chunked+chunked, "0\r\n\r\n"), hears: "400|501"},
		{name: "chunks of another name", says: post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), hears: "501"},
		{name: "chunks not last", says: post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), hears: "400|501"},
		{name: "chunks behind a blank", says: post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), hears: "400"},
		{name: "chunks in HTTP/1.0", says: "POST " + made + " HTTP/1.0\r\n" + auth + jsonT + chunked + "\r\n0\r\n\r\n", hears: "400|501"},
		{name: "good chunks", says: post(chunked, fmt.Sprintf("%x;ext=\"a\"\r\n%s\r\n0\r\nX-Trailer: 1\r\n\r\n", len(eva), eva)), hears: "201"},
		{name: "a chunk of no size", says: post(chunked, "zz\r\n"+eva+"\r\n0\r\n\r\n"), hears: "400", words: early},
		{name: "a chunk below nothing", says: post(chunked, "-1\r\n"+eva+"\r\n0\r\n\r\n"), hears: "400", words: early},
		{name: "a chunk beyond numbers", says: post(chunked, "fffffffffffffffff\r\n"+eva), hears: "400", words: early},
		{name: "a chunk that is longer", says: post(chunked, "2\r\n"+eva+"\r\n0\r\n\r\n"), hears: "400", words: early},
		{name: "a chunk without its end", says: post(chunked, "46\r\n"+eva), half: true, hears: "400", words: early},
		{name: "chunks of one byte with much beside", says: post(chunked, strings.Repeat("1;"+strings.Repeat("x", 3000)+"\r\n \r\n", 3000)), hears: "400|413"},
		{name: "endless trailers", says: post(chunked, "0\r\n"+strings.Repeat("X-A: b\r\n", 20_000)+"\r\n"), hears: "400|413", words: early},

		{name: "a body that is packed", says: post("Content-Encoding: gzip\r\n"+length(packed.Len()), packed.String()), hears: "400", words: early},
		{name: "a body too large", says: post(length(1<<20+1), strings.Repeat(" ", 1<<20+1)), hears: "413", words: "Payload Too Large"},
		{name: "a body with an unknown promise", says: post("Expect: something\r\n"+length(len(eva)), eva), hears: "417|400"},
		{name: "a body that asks first", says: post("Expect: 100-continue\r\n"+length(len(eva)), eva), hears: "100 201"},
		{name: "a body of a GET", says: "GET " + juan + " HTTP/1.1\r\n" + local + auth + length(5) + last + "{{{{{", hears: "200"},

		{name: "a pipeline", says: strings.Repeat("GET "+juan+" HTTP/1.1\r\n"+local+auth+"\r\n", 50) + get(juan), hears: "200( 200){50}"},
		{name: "a pipeline with bodies", says: strings.Repeat("POST "+made+" HTTP/1.1\r\n"+local+auth+jsonT+length(len(eva))+"\r\n"+eva, 20) + get("/nope"), hears: "201( 201){19} 404"},
		{name: "a pipeline behind a refused body", says: "POST /nope HTTP/1.1\r\n" + local + length(len(eva)) + "\r\n" + eva + get(juan), hears: "404 200"},

		{name: "headers too large", says: "GET " + juan + " HTTP/1.1\r\n" + local + "X-Large: " + strings.Repeat("x", 80<<10) + "\r\n" + last, hears: "431"},
		{name: "very many headers", says: "GET " + juan + " HTTP/1.1\r\n" + local + auth + strings.Repeat("X-Many: 1\r\n", 4000) + last, hears: "200"},
		{name: "endless headers", says: "GET " + juan + " HTTP/1.1\r\n" + local + strings.Repeat("X-Many: 1\r\n", 200_000), hears: "431"},
		{name: "a header's name with a blank", says: "GET " + juan + " HTTP/1.1\r\n" + local + "X Y: 1\r\n" + last, hears: "400"},
		{name: "a header without a name", says: "GET " + juan + " HTTP/1.1\r\n" + local + ": 1\r\n" + last, hears: "400"},
		{name: "a header without a colon", says: "GET " + juan + " HTTP/1.1\r\n" + local + "X\r\n" + last, hears: "400"},
		{name: "a header with NUL", says: "GET " + juan + " HTTP/1.1\r\n" + local + "X: a\x00b\r\n" + last, hears: "400"},
		{name: "a header with a bare CR", says: "GET " + juan + " HTTP/1.1\r\n" + local + "X-Sandbox-Fault: a\rX-Injected: 1\r\n" + last, hears: "400"},
		{name: "a folded header", says: "GET " + juan + " HTTP/1.1\r\n" + local + "Authorization: Bearer\r\n sandbox-cobrofacil-token\r\n" + last, hears: "200|400|401"},
		{name: "lines of LF", says: strings.ReplaceAll(get(juan), "\r", ""), hears: "200|400"},
		{name: "a header that is no text", says: "GET " + juan + " HTTP/1.1\r\n" + local + "Authorization: Bearer \xff\xfe\xc3\x28\r\n" + last, hears: "401"},
		{name: "a fault that says more", says: "GET " + juan + " HTTP/1.1\r\n" + local + auth + "X-Sandbox-Fault: delay=1ms%0d%0aX-Injected: 1\r\n" + last, hears: "400"},

		{name: "a long URL", says: get("/cobrofacil/" + strings.Repeat("a", 50_000)), hears: "404", words: "could not be found"},
		{name: "a URL too long", says: get("/" + strings.Repeat("a", 100_000)), hears: "431|414"},
		{name: "a bad escape", says: get("/cobrofacil/%zz"), hears: "400"},
		{name: "NUL in a path", says: get("/cobrofacil/api/v1/clients/a%00b"), hears: "404", words: "No query results"},
		{name: "dots", says: get("/cobrofacil/../_sandbox/workspaces"), hears: "404"},
		{name: "escaped dots", says: get("/cobrofacil/%2e%2e/_sandbox/workspaces"), hears: "404"},
		{name: "dots out of the control API", says: get("/_sandbox/../cobrofacil/api/v1/clients/client-200"), hears: "404"},
		{name: "an escaped slash", says: get("/_sandbox%2fworkspaces"), hears: "404"},
		{name: "two slashes", says: get("//cobrofacil//api/v1/clients"), hears: "404"},
		{name: "backslashes", says: get(`/cobrofacil\..\_sandbox`), hears: "404|400"},
		{name: "a workspace of dots", says: get("/w/../cobrofacil/api/v1/clients/client-200"), hears: "404"},
		{name: "a workspace that injects", says: get("/w/a%0d%0aX-Injected:%201/cobrofacil/api/v1/clients/client-200"), hears: "404"},
		{name: "a reference that injects", says: get("/cobrofacil/api/v1/clients/%0d%0aX-Injected:%201"), hears: "404", words: "No query results"},
		{name: "a sign-in that injects", says: get("/_sandbox/login?next=/_sandbox/%0d%0aX-Injected:1"), hears: "200"},
		{name: "a page that injects", says: get("/_sandbox/ui/%0d%0aX-Injected:1"), hears: "404"},
		{name: "a whole URL", says: get("http://localhost" + juan), hears: "200"},
		{name: "a whole URL of a partner", says: get("http://api.cobrofacil.com/api/v1/clients/client-200"), hears: "200"},
		{name: "a whole URL of a partner to the control API", says: get("http://api.cobrofacil.com/_sandbox/workspaces"), hears: "404", words: "could not be found"},
		{name: "a whole URL of another host to the control API", says: get("http://evil.example/_sandbox/workspaces"), hears: "403"},
		{name: "a URL without a host", says: get("http:///_sandbox/workspaces"), hears: "200|400"},
		{name: "another scheme", says: get("file:///etc/passwd"), hears: "400|404"},
		{name: "no slash", says: get("cobrofacil"), hears: "400"},
		{name: "an asterisk", says: get("*"), hears: "400|404"},
		{name: "OPTIONS of all", says: "OPTIONS * HTTP/1.1\r\n" + local + last, hears: "200"},
		{name: "CONNECT", says: "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n" + last, hears: "404|405|400"},
		{name: "TRACE", says: "TRACE " + juan + " HTTP/1.1\r\n" + local + auth + last, hears: "405"},
		{name: "a method of its own", says: "BREW " + juan + " HTTP/1.1\r\n" + local + auth + last, hears: "405|404"},
		{name: "a method in lower case", says: "get " + juan + " HTTP/1.1\r\n" + local + auth + last, hears: "405|404|400"},
		{name: "a method that is none", says: "G(T " + juan + " HTTP/1.1\r\n" + local + last, hears: "400"},
		{name: "a long method", says: strings.Repeat("G", 20_000) + " " + juan + " HTTP/1.1\r\n" + local + auth + last, hears: "404|405|400"},
		{name: "nothing", says: "", half: true, hears: ""},
		{name: "an empty line", says: "\r\n\r\n", half: true, hears: "400|"},
	}
}

// Whatever a connection says, it is answered below 500 or closed, and nothing of it stays. What HTTP itself has a word for,
// 501 for an encoding and 505 for a version, is the server's own.
func TestConnections(t *testing.T) {
	l := listen(t)
	before := l.weight(t)
	said := 0
	for range pick(1, 200) {
		var wait sync.WaitGroup
		gate := make(chan struct{}, 16)
		for _, m := range requests() {
			wait.Go(func() {
				gate <- struct{}{}
				defer func() { <-gate }()
				answer := l.tell(t, m.says, m.half)
				assert.Regexp(t, "^("+m.hears+")$", statuses(answer), "%s\n%.500s", m.name, answer)
				assert.Contains(t, answer, m.words, m.name)
				assert.NotRegexp(t, `(?m)^X-Injected`, answer, m.name)
			})
			said++
		}
		wait.Wait()
	}
	said += l.noise(t)
	if *long {
		said += l.slowness(t)
	}
	l.settles(t, before)
	t.Logf("seed %d: %d connections", *seed, said)
}

// noise sends good requests with some of their bytes changed.
func (l *listener) noise(t *testing.T) (said int) {
	t.Helper()
	r := rand.New(rand.NewPCG(*seed, 0))
	good := post("Content-Length: "+strconv.Itoa(len(eva))+"\r\n", eva)
	for range pick(50, 20_000) {
		text := []byte(good)
		for range 1 + r.IntN(4) {
			text[r.IntN(len(text))] = byte(r.IntN(256))
		}
		for status := range strings.FieldsSeq(statuses(l.tell(t, string(text), true))) {
			assert.True(t, status < "500" || status == "501" || status == "505", "%s of %q", status, text)
		}
		said++
	}
	return said
}

// slowness sends what never ends, and waits until the program has had enough.
func (l *listener) slowness(t *testing.T) (said int) {
	t.Helper()
	var wait sync.WaitGroup
	for _, text := range []string{
		"GET", "GET " + juan + " HTTP/1.1\r\n", "GET " + juan + " HTTP/1.1\r\n" + local + "X-Slow: ", "POST " + made + " HTTP/1.1\r\n" + local + auth + jsonT + "Content-Length: 70\r\n\r\n{",
		"POST " + made + " HTTP/1.1\r\n" + local + auth + jsonT + "Transfer-Encoding: chunked\r\n\r\n1\r\n",
	} {
		for range 50 {
			said++
			wait.Go(func() {
				c, err := net.Dial("tcp", l.address)
				if !assert.NoError(t, err) {
					return
				}
				defer func() { _ = c.Close() }()
				begun := time.Now()
				_ = c.SetReadDeadline(begun.Add(3 * time.Minute))
				_, _ = io.WriteString(c, text)
				go func() { // a byte now and then keeps it from being idle
					for tick := time.NewTicker(2 * time.Second); ; <-tick.C {
						if _, err := io.WriteString(c, "x"); err != nil {
							tick.Stop()
							return
						}
					}
				}()
				_, err = io.ReadAll(c)
				assert.NotErrorIs(t, err, os.ErrDeadlineExceeded, "it is held for ever: %q", text)
			})
		}
	}
	wait.Wait()
	return said
}

// weight is what the program takes, as it says itself.
func (l *listener) weight(t *testing.T) map[string]float64 {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Get("http://" + l.address + "/_sandbox/metrics")
	require.NoError(t, err)
	defer func() { _ = r.Body.Close() }()
	text, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	all := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "go_goroutines" || name == "process_open_fds" {
			all[name], err = strconv.ParseFloat(value, 64)
			require.NoError(t, err)
		}
	}
	return all
}

// mostKept is what may stay: the database opens a few of its files and connections when they are first needed.
const mostKept = 10

// settles waits until the program has let go of every connection and goroutine.
func (l *listener) settles(t *testing.T, before map[string]float64) {
	t.Helper()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		for name, now := range l.weight(t) {
			assert.LessOrEqual(c, now, before[name]+mostKept, name)
		}
	}, patience, 50*time.Millisecond)
}
