package gate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// ErrNoReplay refuses to send again what the journal does not hold whole.
var ErrNoReplay = errors.New("it cannot be sent again")

type replayKey struct{}

// Replay sends the request of an entry again, as the same credential, and returns its new answer's header: the new entry
// is that of its X-Sandbox-Request-Id. It fails with [ErrNoReplay] where the entry does not hold the whole request.
func (g *Gate) Replay(ctx context.Context, e *Entry) (http.Header, error) {
	switch {
	case e.Operation == "":
		return nil, fmt.Errorf("%w: it reached no operation", ErrNoReplay)
	case e.State != Answered:
		return nil, fmt.Errorf("%w: it is under way", ErrNoReplay)
	case strings.Contains(e.Request.Body, Redacted) || strings.Contains(e.Request.URL, Redacted):
		return nil, fmt.Errorf("%w: a secret was taken out of its body or URL", ErrNoReplay)
	case len(e.Request.Body) < e.Request.Size:
		return nil, fmt.Errorf("%w: the journal keeps %d of the %d bytes of its body", ErrNoReplay, len(e.Request.Body), e.Request.Size)
	}
	url := e.Request.URL
	if strings.HasPrefix(url, "/") && !strings.HasPrefix(url, "/w/") {
		url = "/w/" + e.Workspace + url // which a secret may have named
	}
	ctx = context.WithValue(ctx, replayKey{}, e)
	r, err := http.NewRequestWithContext(ctx, e.Request.Method, url, strings.NewReader(e.Request.Body))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoReplay, err)
	}
	r.Header, r.Host, r.RequestURI = e.Request.Headers.Clone(), e.Host, url
	w := &discard{header: http.Header{}}
	g.serve(w, r)
	return w.header, nil
}

// discard is a ResponseWriter that keeps the header alone.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}
