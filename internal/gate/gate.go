// Package gate stands before the emulated APIs: it finds the API, the workspace and the credential of a request, runs
// the operation, turns its answer or error into a response, and writes the journal. It knows no partner's word.
//
// Read api.go for what an API is, exchange.go for what a handler works with, and contract.go for the rules that all APIs
// share.
package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/rs/cors"

	"github.com/seed-0f456478/sandbox/internal/nearest"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// Options says how a gate works.
type Options struct {
	APIs       []*API
	Workspaces *workspace.Directory
	Journal    *Journal
	Open       bool          // accept every well-formed secret
	Delay      time.Duration // added to every answer of an API
	Headers    []string      // request headers that a browser may send, those of all APIs
	Now        func() time.Time
	Log        *slog.Logger
}

// Gate serves the APIs. It is an http.Handler.
type Gate struct {
	order   []*API
	apis    map[*API]served
	hosts   map[string]*API
	under   []under
	spaces  *workspace.Directory
	journal *Journal
	metrics *metrics
	open    bool
	delay   time.Duration
	now     func() time.Time
	log     *slog.Logger
	cors    *cors.Cors
	routes  sync.Pool // of *chi.Context, one an exchange: what finding a route takes

	secretHeaders []string // of all APIs: a request that misses its API carries its secret too
	secretMembers []string
	knownMembers  []known // the same, for what is misspelt

	held          atomic.Int64 // requests that faults hold
	interrupted   chan struct{}
	interruptOnce sync.Once
}

// under is an API that answers at every name that ends so.
type under struct {
	name string // .example.com
	api  *API
}

// New makes the gate of some APIs.
func New(o Options) *Gate {
	g := &Gate{
		order: o.APIs, apis: map[*API]served{}, hosts: map[string]*API{}, spaces: o.Workspaces, journal: o.Journal, metrics: newMetrics(o),
		open: o.Open, delay: o.Delay, now: o.Now, log: o.Log, interrupted: make(chan struct{}),
		routes: sync.Pool{New: func() any { return chi.NewRouteContext() }},
	}
	g.secretHeaders = []string{"Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key"}
	methods := []string{http.MethodHead}
	for _, api := range o.APIs {
		g.apis[api] = g.served(api)
		for _, name := range api.SecretHeaders {
			if name = http.CanonicalHeaderKey(name); !slices.Contains(g.secretHeaders, name) {
				g.secretHeaders = append(g.secretHeaders, name)
			}
		}
		for _, name := range api.SecretMembers {
			g.secretMembers = append(g.secretMembers, name)
			g.knownMembers = append(g.knownMembers, known{name, letters(name)})
		}
		for _, host := range hostsOf(api) {
			if name, ok := strings.CutPrefix(host, "*"); ok {
				g.under = append(g.under, under{name, api})
			}
			g.hosts[host] = api
		}
		for _, route := range api.Routes {
			if !slices.Contains(methods, route.Method) {
				methods = append(methods, route.Method)
			}
		}
	}
	// The * leaves out Authorization, which counts only where it is named.
	g.cors = cors.New(cors.Options{
		AllowedOrigins: []string{"*"}, AllowedMethods: methods, AllowedHeaders: o.Headers,
		ExposedHeaders: []string{"*", "Authorization"}, AllowPrivateNetwork: true, MaxAge: 600,
	})
	return g
}

// ServeHTTP answers preflights (COM-26) and requests. What is no browser's gets no header for browsers.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Origin") == "" {
		g.serve(w, r)
	} else {
		g.cors.ServeHTTP(w, r, g.serve)
	}
}

// served is how an API's requests are answered. The router finds a path's pattern, and calls nothing: what it would hand a
// handler is in the exchange.
type served struct {
	router      chi.Router
	operations  map[place]operation
	credentials map[presentation]Credential
}

// place is where an operation is: a method, and a path's pattern.
type place struct{ method, pattern string }

type operation struct {
	name string // "" where there is none
	run  func(*Exchange) (web.Response, error)
}

// served makes an API's routes, each with and without a trailing slash (COM-4), GET also as HEAD (COM-27).
func (g *Gate) served(api *API) served {
	s := served{chi.NewRouter(), map[place]operation{}, published(api)}
	for _, route := range api.Routes {
		authenticate := api.Authenticate
		if route.Login != nil {
			authenticate = route.Login
		}
		o := operation{route.Operation, func(x *Exchange) (web.Response, error) {
			if slices.Contains(x.route.URLParams.Values, "") {
				x.Operation = ""
				return noRoute(x)
			}
			x.bodyLimit = route.BodyLimit
			if err := g.admit(x, authenticate); err != nil {
				return web.Response{}, err
			}
			return g.handle(x, route.Handle)
		}}
		for _, path := range route.paths() {
			methods := []string{route.Method}
			if route.Method == http.MethodGet {
				methods = append(methods, http.MethodHead)
			}
			for _, method := range methods {
				s.router.Method(method, path, http.NotFoundHandler())
				s.operations[place{method, path}] = o
			}
		}
	}
	return s
}

// operation finds what answers an exchange.
func (s served) operation(x *Exchange) operation {
	path := cmp.Or(x.Request.URL.RawPath, x.Request.URL.Path, "/")
	if o, ok := s.operations[place{x.Request.Method, s.router.Find(x.route, x.Request.Method, path)}]; ok {
		return o
	}
	allow := methods(s.router, path)
	if len(allow) == 0 {
		return operation{"", noRoute}
	}
	return operation{"", func(x *Exchange) (web.Response, error) {
		_, _ = x.API.Authenticate(x) // for the workspace that the credential names
		return web.Response{}, &MethodError{allow, web.Refuse(web.ErrMethod, web.Violation{
			Member: "method", Value: x.Request.Method,
			Rule: "COM-6", Message: "is not taken here", Passes: strings.Join(allow, ", "),
		})}
	}}
}

func noRoute(x *Exchange) (web.Response, error) {
	_, _ = x.API.Authenticate(x) // for the workspace that the credential names
	return web.Response{}, web.Refuse(web.ErrNoRoute, web.Violation{
		Member: "path", Value: x.Request.URL.Path, Rule: "COM-6", Message: "is no route of this API",
		Passes: strings.Join(nearest.Of(clip(x.Request.URL.Path, mostValue), x.API.paths()), ", "),
	})
}

// MethodError refuses a method, and names those that the path takes.
type MethodError struct {
	Allow []string
	*web.Refusal
}

func (e *MethodError) Unwrap() error { return e.Refusal }

// serve handles one request that is not a preflight.
func (g *Gate) serve(w http.ResponseWriter, r *http.Request) {
	x := &Exchange{gate: g, connection: w, id: g.journal.next(), arrived: g.now(), route: g.routes.Get().(*chi.Context)}
	defer func() {
		x.route.Reset()
		g.routes.Put(x.route)
		if x.acquired {
			if x.record != nil {
				g.journal.leave(x) // a panic has kept it from being answered
			}
			x.Workspace.Release()
		}
	}()
	x.sent = r.URL
	t := g.locate(r)
	x.API, x.named = t.api, t.named
	if e, ok := r.Context().Value(replayKey{}).(*Entry); ok {
		x.replayed, x.named = e.presented, e.Workspace // which a secret may have named
	}
	// Who ends its side of the connection once it has asked, as HTTP lets it, looks to net/http like one that has gone. It
	// is answered all the same; only what lasts looks whether somebody waits.
	x.gone = r.Context().Done()
	r = r.WithContext(context.WithValue(context.WithoutCancel(r.Context()), exchangeKey{}, x))
	x.Request = r
	if t.api == nil || t.wrong {
		x.answer = g.nowhere(x, t)
	} else {
		at(r, t.path)
		o := g.apis[t.api].operation(x)
		x.Operation = o.name
		x.answer = g.answer(x, o.run)
		x.pause(g.delay)
	}
	g.respond(w, x)
}

// answer runs one step of an exchange, and has its error or panic worded by the API.
func (g *Gate) answer(x *Exchange, step func(*Exchange) (web.Response, error)) (response web.Response) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler { //nolint:errorlint // recovered as it was thrown
			panic(v)
		}
		response = g.fail(x, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
	}()
	response, err := step(x)
	if err != nil && !errors.Is(err, errAborted) {
		return g.fail(x, err)
	}
	return response
}

// fail notes why an exchange failed and has the API word it.
func (g *Gate) fail(x *Exchange, err error) web.Response {
	if refusal, ok := errors.AsType[*web.Refusal](err); ok {
		x.violations = append(x.violations, refusal.Violations...)
	} else if _, asked := errors.AsType[*NamedError](err); !asked {
		x.failure = err.Error()
		g.log.Error("request failed", "id", x.id, "api", x.API.Name, "operation", x.Operation, "error", err)
	}
	response := x.API.Answer(x, err)
	if wrong, ok := errors.AsType[*MethodError](err); ok {
		response.Header = http.Header{"Allow": {strings.Join(wrong.Allow, ", ")}}
	}
	return response
}

// admit finds who calls, and the workspace: contract rule COM-20's checks before the operation's own.
func (g *Gate) admit(x *Exchange, authenticate func(*Exchange) (Credential, error)) error {
	credential, err := authenticate(x)
	if err != nil {
		return err
	}
	name := x.named
	if name == "" {
		name = workspace.Default
	}
	if err := x.refresh(name); err != nil {
		return err
	}
	if x.Workspace, err = g.spaces.Acquire(x.Request.Context(), name); err != nil {
		x.Workspace = nil
		return err
	}
	x.acquired = true
	x.Owner, x.Credential = credential.Owner, credential.ID
	x.life = x.Workspace.Life()
	x.Now = x.Workspace.Clock().Now(x.arrived)
	g.journal.arrive(x)
	return x.count(credential)
}

// pause takes so long, or until the client goes away.
func (x *Exchange) pause(d time.Duration) {
	if d > 0 {
		x.gate.journal.lasts(x)
		select {
		case <-time.After(d):
		case <-x.gone:
		}
	}
}

// Interrupt ends the requests that faults hold and delay, and who listens to the journal, for good: the sandbox is about
// to end.
func (g *Gate) Interrupt() {
	g.interruptOnce.Do(func() { close(g.interrupted) })
	g.journal.stop()
}

// respond writes the answer: encoded before the status is sent, journalled before the client has it.
func (g *Gate) respond(w http.ResponseWriter, x *Exchange) {
	body, err := encode(x.answer)
	if err != nil {
		x.answer = g.fail(x, fmt.Errorf("encode the answer: %w", err))
		if body, err = encode(x.answer); err != nil {
			panic(err) // an API's internal error that cannot be written
		}
	}
	if x.Workspace == nil {
		x.Workspace = g.whereRefused(x)
	}
	if g.journal.Keeps() > 0 {
		x.keepBody()
	}
	if x.Request.URL.RawQuery != "" {
		for _, name := range x.QueryNames() {
			if !slices.Contains(x.queried, name) {
				x.Ignored("?" + name)
			}
		}
	}
	header := w.Header()
	for name, values := range x.answer.Header {
		header[name] = values
	}
	// What every answer has is set at once, under names as they are written.
	values := []string{x.id, x.Workspace.Name, "application/json", ""}
	header["X-Sandbox-Request-Id"], header["X-Sandbox-Workspace"] = values[0:1:1], values[1:2:2]
	if x.faulted != "" {
		header.Set(FaultHeader, x.faulted)
	}
	if x.answer.Status >= http.StatusBadRequest && g.journal.Keeps() > 0 {
		header.Set("X-Sandbox-Explain", "/_sandbox/workspaces/"+x.Workspace.Name+"/requests/"+x.id)
	}
	if x.cache != nil {
		header.Set("X-Sandbox-Cache", x.cache.String())
	}
	if body != nil {
		values[3] = strconv.Itoa(len(body))
		header["Content-Type"], header["Content-Length"] = values[2:3:3], values[3:4:4]
	}
	sent := body
	if x.Request.Method == http.MethodHead {
		sent = nil
	}
	took := g.now().Sub(x.arrived)
	g.journal.add(x, took, header, sent)
	g.metrics.count(x, took)
	if x.faulted != "" { // it may have waited longer than the server lets an answer take
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Minute))
	}
	if x.abort == abortUnanswered {
		panic(http.ErrAbortHandler) // which closes the connection
	}
	w.WriteHeader(x.answer.Status)
	if x.abort == abortHalfway {
		_, _ = w.Write(sent[:len(sent)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(sent) // a client that has gone away gets nothing
}

func encode(r web.Response) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	return web.Encode(r.Body)
}

// whereRefused is the workspace in whose journal a request stands that was refused before it got into one (COM-10).
func (g *Gate) whereRefused(x *Exchange) *workspace.Workspace {
	if workspace.ValidName(x.named) {
		_ = x.refresh(x.named) // if that fails, what is known is to do
	}
	if w, ok := g.spaces.Find(x.named); ok {
		return w
	}
	w, _ := g.spaces.Find(workspace.Default)
	return w
}
