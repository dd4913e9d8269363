package gate

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// Exchange is one request and its answer, as the journal will show it. It belongs to the request's goroutine.
type Exchange struct {
	Request   *http.Request
	API       *API   // nil outside all APIs
	Operation string // "" if no route fits

	// Known once the credential is.
	Workspace  *workspace.Workspace
	Owner      string
	Credential string    // its ID
	Now        time.Time // the workspace's time at arrival (COM-29)

	gate       *Gate
	connection http.ResponseWriter // for its deadline alone
	id         string
	gone       <-chan struct{} // closed when nobody waits for the answer any more, it seems
	arrived    time.Time       // real time
	sent       *url.URL        // as it came
	route      *chi.Context    // with the path's parameters
	presented  []presented
	replayed   []presented // those of the entry that this exchange replays
	named      string      // the workspace that the URL or a secret names
	refreshed  []string    // workspaces
	life       *workspace.Life
	acquired   bool
	body       []byte // as far as it was read
	bodyRead   bool
	bodyErr    error      // why it is refused
	bodyLimit  int64      // of the route, if it has one
	query      url.Values // nil until it is asked for
	queried    []string   // the parameters that were
	answer     web.Response
	violations []web.Violation
	unread     []string
	limit      *Standing
	limited    bool // the limit has refused it
	cache      *CacheUse
	effects    []Effect
	hidden     []string // secrets that no header carried
	record     *record  // in the journal, until it is answered
	faulted    string   // the fault that hit it
	abort      abort
	failure    string // of the sandbox itself, for the log and the journal
	dropped    bool
}

type exchangeKey struct{}

// From returns the exchange of a request that came through the gate.
func From(r *http.Request) *Exchange {
	return r.Context().Value(exchangeKey{}).(*Exchange)
}

// Param is a path parameter, percent-decoded once (COM-33).
func (x *Exchange) Param(name string) string {
	raw := x.route.URLParam(name)
	decoded, err := url.PathUnescape(raw)
	if err != nil {
		return raw // net/http has parsed the path, so this cannot be
	}
	return decoded
}

// Query is the values of a query parameter, which counts as read. A broken percent-encoding stands for itself, as in
// browsers.
func (x *Exchange) Query(name string) []string {
	x.queried = append(x.queried, name)
	return x.parameters()[name]
}

// QueryNames lists the query's parameters, sorted.
func (x *Exchange) QueryNames() []string { return slices.Sorted(maps.Keys(x.parameters())) }

func (x *Exchange) parameters() url.Values {
	if x.query == nil {
		x.query = url.Values{}
		for pair := range strings.SplitSeq(x.Request.URL.RawQuery, "&") {
			if name, value, _ := strings.Cut(pair, "="); pair != "" {
				name = unescape(name)
				x.query[name] = append(x.query[name], unescape(value))
			}
		}
	}
	return x.query
}

func unescape(text string) string {
	if decoded, err := url.QueryUnescape(text); err == nil {
		return decoded
	}
	return text
}

// Prospect says where a request is counted that is not let in yet, as a failed login is: in the life of the workspace that
// it names so far, and at that workspace's time. While there is no such workspace it is the default one's life, so that
// counters are to be kept apart by the name.
func (x *Exchange) Prospect() (name string, life *workspace.Life, now time.Time, err error) {
	name = cmp.Or(x.named, workspace.Default)
	w, records, err := x.prospect(name)
	if err != nil {
		return "", nil, time.Time{}, err
	}
	now = w.Clock().Now(x.arrived)
	if records != name {
		if w, _, err = x.prospect(workspace.Default); err != nil {
			return "", nil, time.Time{}, err
		}
	}
	return name, w.Life(), now, nil
}

// prospect is the workspace of a valid name as the exchange would find it, and whose records those are.
func (x *Exchange) prospect(name string) (w *workspace.Workspace, records string, err error) {
	if err := x.refresh(name); err != nil {
		return nil, "", err
	}
	w, records = x.gate.spaces.Prospect(name)
	return w, records, nil
}

// refresh looks, once an exchange, what other processes have made of a workspace.
func (x *Exchange) refresh(name string) error {
	if !x.gate.spaces.Shared() || slices.Contains(x.refreshed, name) {
		return nil
	}
	x.refreshed = append(x.refreshed, name)
	return x.gate.spaces.Refresh(x.Request.Context(), name)
}

// Ignored notes members or parameters that were sent and not read.
func (x *Exchange) Ignored(names ...string) { x.unread = append(x.unread, names...) }

// Effect is what became of a record.
type Effect struct {
	Record string `json:"record" doc:"the collection and the record's key"`
	Effect string `json:"effect" example:"created"`
}

// Hide keeps a secret out of the journal that no header carries and no member of [API.SecretMembers].
func (x *Exchange) Hide(secret string) { x.hidden = append(x.hidden, secret) }

// Did notes what an operation has done to records, where its answer cannot say it. It is called when that is written.
func (x *Exchange) Did(effects ...Effect) { x.effects = append(x.effects, effects...) }

// Decode reads the request's body, a JSON object, into the struct dst points to, and notes the members it does not know.
func (x *Exchange) Decode(dst any) error {
	body, err := x.Body()
	if err != nil {
		return err
	}
	if err := web.Decode(body, dst); err != nil {
		return err
	}
	if d, ok := dst.(interface{ UnreadMembers() []string }); ok {
		x.Ignored(d.UnreadMembers()...)
	}
	return nil
}

// Body reads the request's body. It refuses one that is too large, ends early, or is not sent as JSON; its syntax is not
// looked at. A second call returns the same.
func (x *Exchange) Body() ([]byte, error) {
	if !x.bodyRead {
		x.bodyRead = true
		x.bodyErr = x.readBody()
	}
	if x.bodyErr != nil {
		return nil, x.bodyErr
	}
	return x.body, nil
}

// BodyLimit is how many bytes the request's body may have.
func (x *Exchange) BodyLimit() int64 { return cmp.Or(x.bodyLimit, x.API.BodyLimit) }

func (x *Exchange) readBody() error {
	limit := x.BodyLimit()
	err := x.readTo(limit + 1)
	if int64(len(x.body)) > limit {
		return web.Refuse(web.ErrTooLarge, web.Violation{
			Rule: "COM-22", Message: "the body is too large",
			Passes: fmt.Sprintf("a body of at most %d bytes", limit),
		})
	}
	if err != nil {
		return web.Refuse(web.ErrMalformed, web.Violation{Rule: "COM-22", Message: "the body ended early: " + err.Error(), Passes: "a body as long as its Content-Length says"})
	}
	if sent := x.Request.Header.Get("Content-Type"); len(x.body) > 0 && !isJSON(sent) {
		return web.Refuse(web.ErrContentType, web.Violation{Member: "Content-Type", Rule: "COM-21", Value: sent, Message: "is not application/json", Passes: "application/json"})
	}
	return nil
}

// readTo reads the body to its end, or so many bytes of it.
func (x *Exchange) readTo(most int64) (err error) {
	// Room for what is announced and the end behind it, but not much before it has come.
	x.body = make([]byte, 0, min(max(x.Request.ContentLength, 0), most, 64<<10)+1)
	for err == nil && int64(len(x.body)) < most {
		if len(x.body) == cap(x.body) {
			x.body = slices.Grow(x.body, bytes.MinRead)
		}
		var n int
		n, err = x.Request.Body.Read(x.body[len(x.body):min(int64(cap(x.body)), most)])
		x.body = x.body[:len(x.body)+n]
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// keepBody reads the body of a request that was refused before it was due, for the journal: if it is short and on its way.
func (x *Exchange) keepBody() {
	r := x.Request
	if !x.bodyRead && 0 < r.ContentLength && r.ContentLength <= mostBody && r.Header.Get("Expect") == "" {
		x.body, _ = io.ReadAll(r.Body) // as far as it comes
	}
}

func isJSON(contentType string) bool {
	if contentType == "application/json" { // nearly always
		return true
	}
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && mediaType == "application/json"
}

// Write runs fn in a transaction of the exchange's workspace, under the terms of [workspace.Workspace.Write].
func (x *Exchange) Write(ctx context.Context, fn func(*workspace.Tx) error) error {
	dropped, err := x.Workspace.Write(ctx, x.life, fn)
	x.dropped = x.dropped || dropped
	return err
}

// WriteAlone is Write in a transaction that is not shared: for an import so large that others should not run again when
// it fails.
func (x *Exchange) WriteAlone(ctx context.Context, fn func(*workspace.Tx) error) error {
	dropped, err := x.Workspace.WriteAlone(ctx, x.life, fn)
	x.dropped = x.dropped || dropped
	return err
}
