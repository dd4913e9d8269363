// Package apptest runs whole sandboxes in tests: the real router on a real database.
package apptest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/store/storetest"
)

// Sandbox is a sandbox of one test.
type Sandbox struct {
	*app.App // the first replica, where there are several
	Log      *Log

	replicas  []*app.App // that share a database
	turn      atomic.Uint64
	contracts []routers.Router
}

// New makes a sandbox, in memory unless the options say otherwise, and closes it when the test ends.
func New(t testing.TB, o app.Options) *Sandbox {
	t.Helper()
	if o.DB == "" {
		o.DB = storetest.From(t, "the demo seed", seed)
	}
	s := &Sandbox{Log: &Log{}}
	o.Log = slog.New(slog.NewTextHandler(s.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	t.Cleanup(func() { assert.NoError(t, s.Close(context.Background())) })
	for range replicas(t, o.DB) {
		a, err := app.New(t.Context(), o)
		require.NoError(t, err)
		s.replicas = append(s.replicas, a)
	}
	s.App = s.replicas[0]
	for _, api := range s.APIs {
		s.contracts = append(s.contracts, contract(t, api))
	}
	return s
}

// replicas is how many sandboxes there are of a database: as many as SANDBOX_TEST_REPLICAS says where they can share it.
func replicas(t testing.TB, db string) int {
	t.Helper()
	most := os.Getenv("SANDBOX_TEST_REPLICAS")
	if most == "" || !store.IsURL(db) {
		return 1
	}
	n, err := strconv.Atoi(most)
	require.NoError(t, err, "SANDBOX_TEST_REPLICAS is a number")
	return max(1, n)
}

// ServeHTTP gives each request to the next replica.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.replicas[s.turn.Add(1)%uint64(len(s.replicas))].ServeHTTP(w, r)
}

// Close closes all replicas.
func (s *Sandbox) Close(ctx context.Context) (err error) {
	for _, a := range s.replicas {
		err = errors.Join(err, a.Close(ctx))
	}
	return err
}

// seed leaves the seed in a database, and no workspace: each test has its own clock and ids.
func seed(ctx context.Context, db string) error {
	a, err := app.New(ctx, app.Options{DB: db, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return errors.Join(a.Close(ctx), storetest.Exec(ctx, db, "DELETE FROM workspaces WHERE workspace = 'default'; DELETE FROM installation"))
}

// contracts keeps each API's description once it is parsed, which takes longer than starting a sandbox.
var contracts sync.Map

func contract(t testing.TB, api *gate.API) routers.Router {
	t.Helper()
	if known, ok := contracts.Load(api.Name); ok {
		return known.(routers.Router)
	}
	document, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
	require.NoError(t, err)
	require.NoError(t, document.Validate(t.Context()), api.Name)
	router, err := gorillamux.NewRouter(document)
	require.NoError(t, err)
	contracts.Store(api.Name, router)
	return router
}

// Answer is what a sandbox answered.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Do sends a request and checks the answer against the API's OpenAPI description.
func (s *Sandbox) Do(t testing.TB, method, url, body string, headers ...string) Answer {
	t.Helper()
	r := request(t, method, url, body, headers)
	answer := s.send(r)
	s.check(t, request(t, method, url, body, headers), answer)
	return answer
}

// Send is Do without the check, for tests that send thousands.
func (s *Sandbox) Send(t testing.TB, method, url, body string, headers ...string) Answer {
	t.Helper()
	return s.send(request(t, method, url, body, headers))
}

// request makes a request whose headers are lines like "Content-Type: application/json". A body goes with that content
// type unless a header names another.
func request(t testing.TB, method, url, body string, headers []string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch {
		case name == "Host":
			r.Host = value
		case value == "":
			r.Header.Del(name)
		default:
			r.Header.Set(name, value)
		}
	}
	return r
}

func (s *Sandbox) send(r *http.Request) Answer {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return Answer{w.Code, w.Header(), w.Body.String()}
}

// check fails the test if an answer does not conform.
func (s *Sandbox) check(t testing.TB, r *http.Request, answer Answer) {
	t.Helper()
	assert.NoError(t, s.Conforms(r, answer), "%s %s: %d %s", r.Method, r.URL, answer.Status, answer.Body)
}

// Conforms holds an answer against the description of the operation, if one fits. The descriptions name the paths below
// the sandbox's bases, so that requests to a partner's host are left out.
func (s *Sandbox) Conforms(r *http.Request, answer Answer) (err error) {
	if host, _, _ := strings.Cut(r.Host, ":"); r.Method == http.MethodHead || host != "localhost" && host != "example.com" {
		return nil
	}
	for _, contract := range s.contracts {
		route, parameters, unknown := contract.FindRoute(r)
		if unknown != nil {
			continue // outside the API, or a route or method that it does not have
		}
		err = errors.Join(err, openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: parameters, Route: route},
			Status:                 answer.Status,
			Header:                 answer.Header,
			Body:                   io.NopCloser(strings.NewReader(answer.Body)),
			Options:                &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
		}))
	}
	return err
}

// Log keeps what a sandbox logs.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
