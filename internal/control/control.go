// Package control is the control API under /_sandbox: what tests, the console and the command line do to a sandbox, as
// one documented HTTP API. Its description, its validation and its handlers come from the same types.
//
// safety.go says who may call it, login.go how a browser gets in, and each other file holds the calls about one thing.
package control

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"golang.org/x/sync/semaphore"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/nearest"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// Root is the path under which the control API stands.
const Root = "/_sandbox"

// Options says what a control API controls.
type Options struct {
	APIs       []*gate.API
	URL        string // where they are reached; "" for where the control API is
	Workspaces *workspace.Directory
	Journal    *gate.Journal
	Gate       *gate.Gate
	Build      Build
	CA         []byte                      // the certificate that clients have to trust, in PEM; nil without HTTPS
	Ready      func(context.Context) error // why the sandbox cannot serve, if it cannot
}

// Build is what the program was built from.
type Build struct {
	Version  string `json:"version" doc:"the release, or devel"`
	Revision string `json:"revision,omitempty" doc:"the commit"`
	Go       string `json:"go"`
}

type control struct {
	Options
	parsing *semaphore.Weighted // the values in large fixtures that are being read
}

// HeadAsGet is a router's middleware that routes HEAD like GET; net/http leaves the body out. chi has it too, in a package
// that brings the profiler along: with that linked in, the runtime samples every program's allocations.
func HeadAsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			chi.RouteContext(r.Context()).RouteMethod = http.MethodGet
		}
		next.ServeHTTP(w, r)
	})
}

// New returns the handler of the control API. It lets everybody in: [Guard] says who may call it.
func New(o Options) http.Handler {
	o.Build.Version = cmp.Or(o.Build.Version, "devel") // a description needs one
	c := &control{o, semaphore.NewWeighted(workspace.MostValues)}
	router := chi.NewRouter()
	router.Use(HeadAsGet, c.refresh)
	router.NotFound(noRoute)
	router.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		allow := methods(router, r)
		if len(allow) == 0 { // chi calls an unknown method so at any path
			noRoute(w, r)
			return
		}
		notAllowed(w, r, strings.Join(allow, ", "))
	})
	config := huma.DefaultConfig("sandbox control API", o.Build.Version)
	config.OpenAPIPath = Root + "/openapi"
	config.DocsPath, config.SchemasPath = "", ""
	config.CreateHooks = nil                   // they add $schema members and Link headers
	config.RejectUnknownQueryParameters = true // a misspelt filter would find everything
	api := humachi.New(router, config)
	c.about(api)
	c.workspaces(api)
	c.snapshots(api)
	c.fixtures(api, router)
	c.records(api)
	c.credentials(api)
	c.ledger(api)
	c.clocks(api)
	c.settings(api)
	c.limits(api)
	c.requests(api)
	c.stream(api, router)
	c.changes(api, router)
	c.journey(api)
	c.exports(api)
	c.faults(api)
	c.metrics(api, router)
	return router
}

// refresh looks, before a call, what other processes have made of the workspace that it is about, or of all.
func (c *control) refresh(next http.Handler) http.Handler {
	if !c.Workspaces.Shared() {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		of, within := strings.CutPrefix(r.URL.Path, Root+"/workspaces/")
		name, _, _ := strings.Cut(of, "/")
		refresh := c.Workspaces.RefreshAll
		if into := r.URL.Query().Get("into"); within && workspace.ValidName(name) {
			refresh = func(ctx context.Context) error {
				err := c.Workspaces.Refresh(ctx, name)
				if err == nil && workspace.ValidName(into) { // a restore's
					err = c.Workspaces.Refresh(ctx, into)
				}
				return err
			}
		}
		if !within && r.URL.Path != Root+"/workspaces" {
			next.ServeHTTP(w, r)
		} else if err := refresh(context.WithoutCancel(r.Context())); err != nil {
			refuse(w, unavailable(err))
		} else {
			next.ServeHTTP(w, r)
		}
	})
}

func noRoute(w http.ResponseWriter, r *http.Request) {
	problem(w, http.StatusNotFound, "The control API has no "+r.URL.Path+"; it describes itself at "+Root+"/openapi.yaml.")
}

func notAllowed(w http.ResponseWriter, r *http.Request, allow string) {
	w.Header().Set("Allow", allow)
	problem(w, http.StatusMethodNotAllowed, r.URL.Path+" does not take "+r.Method+"; the control API describes itself at "+Root+"/openapi.yaml.")
}

// methods lists the methods that a request's path takes.
func methods(router chi.Router, r *http.Request) []string {
	var all []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if router.Match(chi.NewRouteContext(), method, cmp.Or(r.URL.RawPath, r.URL.Path)) {
			all = append(all, method)
		}
	}
	return all
}

// WorkspacePath is the input of a call about one workspace. It is exported since the library looks only at such fields.
type WorkspacePath struct {
	Workspace string `path:"workspace" doc:"the workspace's name: 1 to 63 of a-z, 0-9, _ and -, starting with a letter or digit"`
}

// find returns a workspace that exists, or a 404.
func (c *control) find(name string) (*workspace.Workspace, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	w, ok := c.Workspaces.Find(name)
	if !ok {
		return nil, c.noWorkspace(name)
	}
	return w, nil
}

// noWorkspace is the 404 for a workspace that there is not.
func (c *control) noWorkspace(name string) error {
	var names []string
	for _, w := range c.Workspaces.List() {
		names = append(names, w.Name)
	}
	return huma.Error404NotFound(fmt.Sprintf("No workspace is called %s; the nearest are %s. One comes into being with the first request that names it.",
		name, strings.Join(nearest.Of(name, names), ", ")))
}

func checkName(name string) error {
	if !workspace.ValidName(name) {
		return huma.Error404NotFound(fmt.Sprintf("No workspace can be called %q: a name has 1 to 63 of a-z, 0-9, _ and -, and starts with a letter or digit.", name))
	}
	return nil
}

// hold runs fn on a workspace that exists, and that stays until fn has ended; or returns a 404.
func (c *control) hold(name string, fn func(*workspace.Workspace) error) error {
	if err := checkName(name); err != nil {
		return err
	}
	w, ok := c.Workspaces.Hold(name)
	if !ok {
		return c.noWorkspace(name)
	}
	defer w.Release()
	return fn(w)
}

// change runs fn on a workspace, which comes into being if there is none: a test can prepare it before its first use.
func (c *control) change(ctx context.Context, name string, fn func(*workspace.Workspace) error) error {
	if err := checkName(name); err != nil {
		return err
	}
	w, err := c.Workspaces.Acquire(ctx, name)
	if err != nil {
		return unavailable(err)
	}
	defer w.Release()
	return unavailable(fn(w))
}

// unavailable is a 503 where the disk is to blame, and any other error as it is.
func unavailable(err error) error {
	if errors.Is(err, workspace.ErrFault) {
		return huma.Error503ServiceUnavailable(err.Error())
	}
	return err
}

// none is an empty input or output.
type none struct{}

// body is an output with a JSON body.
type body[T any] struct {
	Body T
}

// ok is what a handler returns that has not failed.
func ok[T any](value T) (*body[T], error) { //nolint:unparam // a handler returns both
	return &body[T]{value}, nil
}

// refused is a 422 with the error's text, or a 503 where the disk is to blame.
func refused(err error) error {
	err = unavailable(err)
	if known := huma.StatusError(nil); errors.As(err, &known) {
		return err
	}
	return huma.Error422UnprocessableEntity(err.Error())
}
