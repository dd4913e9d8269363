// Package bench measures the sandbox against bounds, as ratios within one run: `make bench`. Contestants alternate, and
// each figure is the median of several rounds, on loopback, with client and server on the same machine.
package bench

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // the bare driver, to compare with

	"github.com/seed-0f456478/sandbox/internal/app"
)

const (
	rounds      = 5
	connections = 64
)

// contestant is a server with the requests to send to it.
type contestant struct {
	name     string
	address  string
	requests int // a round
	request  func(n int64) []byte
	status   string
}

// race runs the contestants in turn and returns the median requests a second of each.
func race(b *testing.B, all ...contestant) []float64 {
	b.Helper()
	var n atomic.Int64
	rates := make([][]float64, len(all))
	for range rounds {
		for i, c := range all {
			rates[i] = append(rates[i], c.round(b, &n))
		}
	}
	medians := make([]float64, len(all))
	for i, c := range all {
		slices.Sort(rates[i])
		medians[i] = rates[i][rounds/2]
		b.ReportMetric(medians[i], c.name+"/s")
	}
	b.ReportMetric(0, "ns/op") // says nothing here
	return medians
}

// round sends the requests over the connections and returns how many were answered a second.
func (c contestant) round(b *testing.B, n *atomic.Int64) float64 {
	b.Helper()
	requests := make([][]byte, c.requests) // made before, so that the client takes as little from the server as it can
	for i := range requests {
		requests[i] = c.request(n.Add(1))
	}
	var next atomic.Int64
	begun := time.Now()
	var wait sync.WaitGroup
	for range connections {
		wait.Go(func() {
			var dialer net.Dialer
			conn, err := dialer.DialContext(b.Context(), "tcp", c.address)
			if err != nil {
				b.Error(err)
				return
			}
			defer func() { _ = conn.Close() }()
			in := bufio.NewReader(conn)
			for i := next.Add(1); i <= int64(c.requests); i = next.Add(1) {
				if _, err := conn.Write(requests[i-1]); err != nil {
					b.Error(err)
					return
				}
				if status, err := readAnswer(in); err != nil || status != c.status {
					b.Errorf("%s: %s %v", c.name, status, err)
					return
				}
			}
		})
	}
	wait.Wait()
	return float64(c.requests) / time.Since(begun).Seconds()
}

// readAnswer reads one answer, as cheaply as it can be done: the client shares the machine with the server.
func readAnswer(in *bufio.Reader) (status string, err error) {
	length := 0
	for first := true; ; first = false {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return "", err
		}
		if first {
			status = string(line[9:12])
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return "", err
			}
		}
		if len(line) == 2 {
			_, err := in.Discard(length)
			return status, err
		}
	}
}

func request(method, path, body string) []byte {
	return fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sandbox-cobrofacil-token\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", method, path, len(body), body)
}

// TestMain lets the test binary be one of the servers to compare with, so that each is a process of its own, like the
// sandbox.
func TestMain(m *testing.M) {
	var handler http.Handler
	switch os.Getenv("BENCH_SERVER") {
	case "":
		os.Exit(m.Run())
	case "bare":
		handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { write(w, http.StatusOK) })
	case "driver":
		handler = driver()
	case "one-by-one":
		handler = oneByOne()
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("ready on http://%s\n", listener.Addr())
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	panic(server.Serve(listener))
}

// start runs a server and returns where its ready line says that it is.
func start(b testing.TB, server *exec.Cmd) (address string) {
	b.Helper()
	out, err := server.StdoutPipe()
	require.NoError(b, err)
	server.Stderr = os.Stderr
	require.NoError(b, server.Start())
	b.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait() // it says that it was killed
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), "ready on http://"); ok {
			return address
		}
	}
	b.Fatal("the server did not get ready")
	return ""
}

// sandbox starts the program itself, with a database in a file.
func sandbox(b testing.TB, flags ...string) (address string) {
	b.Helper()
	flags = append(flags, "--addr=127.0.0.1:0", "--log-level=warn", "--db="+b.TempDir()+"/sandbox.db")
	return start(b, exec.CommandContext(b.Context(), build(b, "../cmd/sandbox"), flags...))
}

// build builds a program as users do, whatever the tests are built with.
func build(b testing.TB, pkg string) (binary string) {
	b.Helper()
	binary = b.TempDir() + "/program"
	build := exec.CommandContext(b.Context(), "go", "build", "-o", binary, pkg)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	out, err := build.CombinedOutput()
	require.NoError(b, err, string(out))
	return binary
}

// comparison starts this binary as a server to compare with.
func comparison(b *testing.B, name string) (address string) {
	b.Helper()
	exe, err := os.Executable()
	require.NoError(b, err)
	server := exec.CommandContext(b.Context(), exe)
	server.Env = append(os.Environ(), "BENCH_SERVER="+name, "BENCH_DB="+b.TempDir()+"/bare.db")
	return start(b, server)
}

// answer is a client as the sandbox writes it, for handlers that only write it.
var answer = []byte(`{"data":{"id":"019734bb-1f46-73bb-95d0-62e98a2f6247","display":"Juan Mejía","external_reference":"client-200","first_name":"Juan","middle_name":"Alberto","last_name":"Mejía","mm_name":null,"email":"juan@example.com","phone_number":"+526640000000","spei_clabe":"646180630700000001"}}`)

func write(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	w.WriteHeader(status)
	_, _ = w.Write(answer)
}

// GET of a client by its id, against a bare net/http handler that writes the same bytes.
func BenchmarkGet(b *testing.B) {
	get := func(int64) []byte {
		return request("GET", "/cobrofacil/api/v1/clients/019734bb-1f46-73bb-95d0-62e98a2f6247", "")
	}
	rates := race(b,
		contestant{"sandbox", sandbox(b), 40_000, get, "200"},
		contestant{"bare", comparison(b, "bare"), 40_000, get, "200"})
	b.ReportMetric(rates[0]/rates[1], "sandbox/bare")
}

// GET with the journal and without: what of a request's time the journal takes.
func BenchmarkJournal(b *testing.B) {
	get := func(int64) []byte {
		return request("GET", "/cobrofacil/api/v1/clients/client-200", "")
	}
	rates := race(b,
		contestant{"on", sandbox(b), 40_000, get, "200"},
		contestant{"off", sandbox(b, "--journal=0"), 40_000, get, "200"})
	b.ReportMetric(1-rates[0]/rates[1], "journal/request")
}

// Durable creations, against the same with one flush a request, and against a handler that reads nothing, checks nothing
// and keeps no journal, and inserts the same row by the bare driver with one flush a request.
func BenchmarkDurableCreate(b *testing.B) {
	create := func(n int64) []byte {
		return request("POST", "/cobrofacil/api/v1/clients", fmt.Sprintf(`{"first_name":"Juan","last_name":"Mejía","phone_number":"+526640000000","email":"juan@example.com","middle_name":"Alberto","mm_name":null,"external_reference":"client-%d"}`, n+1000))
	}
	rates := race(b,
		contestant{"sandbox", sandbox(b), 20_000, create, "201"},
		contestant{"one-by-one", comparison(b, "one-by-one"), 5_000, create, "201"},
		contestant{"driver", comparison(b, "driver"), 5_000, create, "201"})
	b.ReportMetric(rates[0]/rates[1], "sandbox/one-by-one")
	b.ReportMetric(rates[0]/rates[2], "sandbox/driver")
}

// oneByOne is the sandbox with one request at a time, so that no two share a flush.
func oneByOne() http.Handler {
	a, err := app.New(context.Background(), app.Options{DB: os.Getenv("BENCH_DB")})
	must(err)
	var one sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		one.Lock()
		defer one.Unlock()
		a.ServeHTTP(w, r)
	})
}

func driver() http.Handler {
	db, err := sql.Open("sqlite", "file:"+os.Getenv("BENCH_DB")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	must(err)
	db.SetMaxOpenConns(1)
	ctx := context.Background()
	_, err = db.ExecContext(ctx, `CREATE TABLE clients (workspace TEXT, owner TEXT, id TEXT, external_reference TEXT, first_name TEXT, middle_name TEXT,
		last_name TEXT, mm_name TEXT, email TEXT, phone_number TEXT, spei_clabe TEXT, created_at TEXT, PRIMARY KEY (workspace, owner, id)) STRICT, WITHOUT ROWID;
		CREATE UNIQUE INDEX reference ON clients (workspace, owner, external_reference); CREATE UNIQUE INDEX clabe ON clients (workspace, spei_clabe)`)
	must(err)
	insert, err := db.PrepareContext(ctx, `INSERT INTO clients VALUES ('default', 'sandbox', $1, $1, 'Juan', 'Alberto', 'Mejía', NULL, 'juan@example.com', '+526640000000', $1, '2026-01-31T12:00:00.000000000Z')`) //nolint:sqlclosecheck // until it is killed
	must(err)
	var n atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, err := insert.ExecContext(ctx, fmt.Sprintf("019734bb-1f46-73bb-95d0-%012d", n.Add(1)))
		must(err)
		write(w, http.StatusCreated)
	})
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
