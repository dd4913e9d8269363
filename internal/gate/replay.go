package gate

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// ErrNoReplay refuses to send again what the journal does not hold whole.
var ErrNoReplay = errors.New("it cannot be sent again")

type replayKey struct{}

// Lacks says what of its request an entry does not hold, beside the secrets in its header: "" for nothing.
func (e *Entry) Lacks() string {
	switch {
	case strings.Contains(e.Request.Body, Redacted) || strings.Contains(e.Request.URL, Redacted):
		return "a secret was taken out of its body or URL"
	case e.unread:
		return "its body was not read"
	case len(e.Request.Body) < e.Request.Size:
		return fmt.Sprintf("the journal keeps %d of the %d bytes of its body", len(e.Request.Body), e.Request.Size)
	default:
		return ""
	}
}

// Replay sends the request of an entry again, in its workspace and as the same credential, and returns its new answer's
// header: the new entry is that of its X-Sandbox-Request-Id. It fails with [ErrNoReplay] where the entry does not hold
// the whole request.
func (g *Gate) Replay(ctx context.Context, e *Entry) (answer http.Header, err error) {
	switch {
	case e.Operation == "":
		return nil, fmt.Errorf("%w: it reached no operation", ErrNoReplay)
	case e.State != Answered:
		return nil, fmt.Errorf("%w: it is under way", ErrNoReplay)
	case e.Credential == "":
		return nil, fmt.Errorf("%w: its credential was refused, and is not kept", ErrNoReplay)
	case e.Lacks() != "":
		return nil, fmt.Errorf("%w: %s", ErrNoReplay, e.Lacks())
	}
	u, err := url.ParseRequestURI(e.Request.URL)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoReplay, err)
	}
	r := (&http.Request{
		Method: e.Request.Method, URL: u, Host: e.Host, RequestURI: e.Request.URL, Proto: e.Protocol,
		Header: e.Request.Headers.Clone(), Body: io.NopCloser(strings.NewReader(e.Request.Body)), ContentLength: int64(len(e.Request.Body)),
	}).WithContext(context.WithValue(ctx, replayKey{}, e))
	if e.Scheme == "https" {
		r.TLS = &tls.ConnectionState{} // the answer names addresses like the first one
	}
	w := &discard{header: http.Header{}}
	answer = w.header
	defer func() {
		if v := recover(); v != nil && v != http.ErrAbortHandler { //nolint:errorlint // recovered as it was thrown
			panic(v) // any other than that of a fault, which has no connection to break here
		}
	}()
	g.serve(w, r)
	return answer, nil
}

// discard is a ResponseWriter that keeps the header alone.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}
