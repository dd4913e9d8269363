package console

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/control/client"
)

//go:embed templates
var templates embed.FS

// page is one address below a workspace's.
type page struct {
	Path     string // what follows the workspace's address, like requests/{id}
	template string // its file
	Name     string // in the menu; "" if it is not there
	show     func(*visit) (content any, err error)
	does     map[string]action // by what a form's field "do" says
}

// action does what a form asks for, and says where to go then: "" for nowhere, so that its page can show what it left in
// the visit's Told. What it refuses is shown beside the form.
type action func(*visit) (next string, err error)

// visit is one request for a page: what its show and does work with, and with Content what its template gets.
type visit struct {
	context.Context
	Request   *http.Request
	API       *client.Client
	Workspace string
	Form      url.Values // what a form has sent; no field is called id, which the morph would take for the form's own

	Here    page
	Menu    []page
	Names   []string       // of the workspaces
	Clock   *control.Clock // nil without the workspace
	Content any
	Told    any    // by an action that has been done
	failed  string // the action that was refused
	problem error  // and why; or why there is nothing to show
	status  int    // of a page of which a part is missing
	assets  assets
}

// mostForm bounds what a form sends: a fixture, as the control API takes it, in the encoding of forms.
const mostForm = 3 * 64 << 20

// policy lets a page use what the sandbox itself serves, and no script or style that stands in the page. Calls that are
// tried may go to where the APIs are.
func (c *console) policy() string {
	calls := strings.TrimSpace("connect-src 'self' " + c.URL)
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " + calls + "; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

// errUnknownAction refuses a form that is none of the page's.
var errUnknownAction = errors.New("this page has no such form: reload it")

func (p page) handler(c *console, all []page) http.HandlerFunc {
	look := parse(c.assets, p.template)
	return func(w http.ResponseWriter, r *http.Request) {
		v := c.visit(r, p, all)
		status := http.StatusOK
		switch {
		case r.Method == http.MethodPost && len(p.does) > 0:
			next, err := v.act(w)
			if err == nil && next != "" {
				http.Redirect(w, r, next, http.StatusSeeOther) //nolint:gosec // actions answer with at's paths
				return
			}
			if err != nil {
				status = statusOf(err)
			}
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			c.API.ServeHTTP(w, r)
			return
		}
		if err := v.look(); err != nil {
			v.Content, v.problem, v.failed, status = nil, err, "", statusOf(err)
		}
		c.write(w, cmp.Or(v.status, status), look, v)
	}
}

func (c *console) visit(r *http.Request, p page, all []page) *visit {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return &visit{
		Context: r.Context(), Request: r, API: &client.Client{URL: scheme + "://" + r.Host, HTTP: c.http},
		Workspace: chi.URLParam(r, "workspace"), Here: p, Menu: all, assets: c.assets,
	}
}

// act does what a form asks for.
func (v *visit) act(w http.ResponseWriter) (next string, err error) {
	v.Request.Body = http.MaxBytesReader(w, v.Request.Body, mostForm)
	// What is more than this lies in files until the request ends.
	if err = v.Request.ParseMultipartForm(1 << 20); err == nil || errors.Is(err, http.ErrNotMultipart) { //nolint:gosec // the body is bounded
		v.Form = v.Request.PostForm
		v.failed = v.Form.Get("do")
		do, known := v.Here.does[v.failed]
		if !known {
			do = func(*visit) (string, error) { return "", errUnknownAction }
		}
		if next, err = do(v); err == nil {
			v.failed = ""
		}
	}
	v.problem = err
	return next, err
}

// look gathers what the page shows.
func (v *visit) look() (err error) {
	all, err := v.API.Workspaces(v)
	if err != nil {
		return err
	}
	for _, w := range all {
		v.Names = append(v.Names, w.Name)
		if w.Name == v.Workspace {
			now, err := v.API.Clock(v, v.Workspace)
			if err != nil {
				return err
			}
			v.Clock = &now
		}
	}
	if v.Content, err = v.Here.show(v); err != nil && v.Clock != nil {
		if _, gone := v.API.Clock(v, v.Workspace); gone != nil { // it was deleted meanwhile
			v.Clock = nil
		}
	}
	return err
}

// SignedIn says that the browser has a session that it can end.
func (v *visit) SignedIn() bool {
	return len(control.SessionCookies(v.Request)) > 0
}

// Problem is why an action was refused, or "".
func (v *visit) Problem(do string) string {
	if v.problem == nil || v.failed != do {
		return ""
	}
	return v.problem.Error()
}

// Failure is why there is nothing to show, or a form that is none of the page's was refused.
func (v *visit) Failure() string {
	if _, known := v.Here.does[v.failed]; v.problem == nil || known {
		return ""
	}
	return v.problem.Error()
}

// Sent is what a form had in a field when it was refused, or else a field's first value.
func (v *visit) Sent(do, field, first string) string {
	if v.failed != do {
		return first
	}
	return v.Form.Get(field)
}

// Param is a parameter of the page's path.
func (v *visit) Param(name string) string {
	value := chi.URLParam(v.Request, name)
	if v.Request.URL.RawPath != "" { // then the router has matched this
		if decoded, err := url.PathUnescape(value); err == nil {
			return decoded
		}
	}
	return value
}

// At is the address of something in the workspace.
func (v *visit) At(segments ...string) string { return at(v.Workspace, segments...) }

// Is says that a page of the menu is the one that is shown, or the one above it.
func (v *visit) Is(p page) bool { return p.Path == v.Section() }

// Section is the first segment of the page's path: where the menu stays in another workspace.
func (v *visit) Section() string {
	first, _, _ := strings.Cut(v.Here.Path, "/")
	return first
}

// Title is the page's, for the browser's tab.
func (v *visit) Title() string {
	for _, p := range v.Menu {
		if p.Name != "" && v.Is(p) {
			return p.Name
		}
	}
	return "sandbox"
}

func statusOf(err error) int {
	if refusal, ok := errors.AsType[*client.Error](err); ok {
		return refusal.Status
	}
	if errors.Is(err, errUnknownAction) {
		return http.StatusBadRequest
	}
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusUnprocessableEntity
}

func parse(a assets, name string) *template.Template {
	functions := template.FuncMap{"asset": a.url}
	for name, f := range texts {
		functions[name] = f
	}
	return template.Must(template.New("layout.html").Funcs(functions).ParseFS(templates, "templates/layout.html", "templates/"+name+".html"))
}

func (c *console) write(w http.ResponseWriter, status int, look *template.Template, v *visit) {
	var text bytes.Buffer
	if err := look.Execute(&text, v); err != nil {
		http.Error(w, "The page cannot be shown: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", c.policy())
	// Not no-referrer, with which browsers send Origin: null.
	w.Header().Set("Referrer-Policy", "same-origin")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes()) // a client that has gone away gets nothing
}
