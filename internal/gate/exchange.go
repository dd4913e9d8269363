package gate

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
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
	id         string
	arrived    time.Time // real time
	named      string    // the workspace that the URL or a secret names
	life       *workspace.Life
	acquired   bool
	body       []byte // as far as it was read
	answer     web.Response
	violations []web.Violation
	unread     []string
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
	raw := chi.URLParam(x.Request, name)
	decoded, err := url.PathUnescape(raw)
	if err != nil {
		return raw // net/http has parsed the path, so this cannot be
	}
	return decoded
}

// Decode reads the request's body, a JSON object, into the struct dst points to, and notes the members it does not know.
func (x *Exchange) Decode(dst any) error {
	limit := x.API.BodyLimit
	// Room for what is announced, but not much before it has come.
	buffer := bytes.NewBuffer(make([]byte, 0, min(max(x.Request.ContentLength, 0), 64<<10)+bytes.MinRead))
	_, err := buffer.ReadFrom(io.LimitReader(x.Request.Body, limit+1))
	body := buffer.Bytes()
	x.body = body
	if int64(len(body)) > limit {
		return web.Refuse(web.ErrTooLarge, web.Violation{
			Rule: "COM-22", Message: "the body is too large",
			Passes: fmt.Sprintf("a body of at most %d bytes", limit),
		})
	}
	if err != nil {
		return web.Refuse(web.ErrMalformed, web.Violation{Rule: "COM-22", Message: "the body ended early: " + err.Error()})
	}
	if sent := x.Request.Header.Get("Content-Type"); len(body) > 0 && !isJSON(sent) {
		return web.Refuse(web.ErrContentType, web.Violation{Member: "Content-Type", Rule: "COM-21", Value: sent, Message: "is not application/json", Passes: "application/json"})
	}
	if err := web.Decode(body, dst); err != nil {
		return err
	}
	if d, ok := dst.(interface{ UnreadMembers() []string }); ok {
		x.unread = append(x.unread, d.UnreadMembers()...)
	}
	return nil
}

// keepBody reads the body of a request that was refused before it was due, for the journal: if it is short and on its way.
func (x *Exchange) keepBody() {
	r := x.Request
	if x.body == nil && 0 < r.ContentLength && r.ContentLength <= mostBody && r.Header.Get("Expect") == "" {
		x.body, _ = io.ReadAll(r.Body) // as far as it comes
	}
}

func isJSON(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && mediaType == "application/json"
}

// Write runs fn in a transaction of the exchange's workspace, under the terms of [workspace.Workspace.Write].
func (x *Exchange) Write(ctx context.Context, fn func(*workspace.Tx) error) error {
	dropped, err := x.Workspace.Write(ctx, x.life, fn)
	x.dropped = x.dropped || dropped
	return err
}
