package console

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net/http"

	"github.com/go-chi/chi/v5"
)

// inProcess sends requests to a handler in this process, and gives back whole answers.
type inProcess struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	// Without the route of the request for a page, by which the handler's own router would go.
	arrived := r.Clone(context.WithValue(r.Context(), chi.RouteCtxKey, nil))
	arrived.Host, arrived.RequestURI = r.URL.Host, r.URL.RequestURI()
	if r.URL.Scheme == "https" {
		arrived.TLS = &tls.ConnectionState{}
	}
	if arrived.Body == nil {
		arrived.Body = http.NoBody
	}
	a := answer{status: http.StatusOK, header: http.Header{}}
	t.handler.ServeHTTP(&a, arrived)
	return &http.Response{StatusCode: a.status, Status: http.StatusText(a.status), Header: a.header, Body: io.NopCloser(&a.body), ContentLength: int64(a.body.Len()), Request: r}, nil
}

// answer is an http.ResponseWriter into memory.
type answer struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }
