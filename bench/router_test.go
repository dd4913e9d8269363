package main

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/gate"
)

// What a request costs from the router to the answer's last byte, in the test's own process and with nothing of the
// network: for benchstat, and for profiles. Creations and updates are in memory, so that nothing waits for a disk.
//
//	go test ./bench -run '^$' -bench Router -count 10 | benchstat -
func BenchmarkRouter(b *testing.B) {
	for _, journal := range []struct {
		name    string
		entries int
	}{{"on", 0}, {"off", -1}} {
		for _, c := range []struct {
			name string
			exchange
		}{{"get", getClient}, {"list", listClients}, {"refused", refused}, {"create", createClient}, {"update", changeClient}} {
			b.Run(c.name+"/journal="+journal.name, func(b *testing.B) {
				a, err := app.New(b.Context(), app.Options{Journal: journal.entries, Settings: map[string]string{gate.LimitsSwitch: "off"}})
				require.NoError(b, err)
				defer func() { require.NoError(b, a.Close(b.Context())) }()
				serve(b, a, c.exchange)
			})
		}
	}
}

// What BenchmarkRouter measures of a handler that only writes the client's bytes.
func BenchmarkBare(b *testing.B) {
	serve(b, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { write(w, http.StatusOK, make([]byte, 280)) }), getClient)
}

// serve gives a handler the same request again and again, each with a number of its own.
func serve(b *testing.B, handler http.Handler, e exchange) {
	b.Helper()
	head, _, _ := strings.Cut(e.request, "\r\n\r\n")
	parsed, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head + "\r\n\r\n")))
	require.NoError(b, err)
	requests := newSender(script{e}, 0)
	w := &answer{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		text, _ := requests.request()
		r := parsed.WithContext(b.Context())
		if parsed.ContentLength > 0 {
			r.Body = io.NopCloser(strings.NewReader(string(text[len(text)-int(parsed.ContentLength):])))
		}
		clear(w.header)
		w.status = 0
		handler.ServeHTTP(w, r)
		if w.status != e.status {
			b.Fatal(w.status)
		}
	}
}

// answer is a ResponseWriter that keeps no body.
type answer struct {
	header http.Header
	status int
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(p []byte) (int, error) { return len(p), nil }
