package gate

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// target is where a request goes.
type target struct {
	api   *API   // nil outside all APIs
	path  string // in the partner's own terms, escaped
	named string // the workspace that the URL names
	wrong bool   // the URL names a workspace by what is no name
}

// locate finds where a request goes (COM-1 to COM-3). All of it works on the escaped path, so that parameters are
// decoded once.
func (g *Gate) locate(r *http.Request) target {
	t := target{path: r.URL.EscapedPath()}
	if rest, ok := strings.CutPrefix(t.path, "/w/"); ok {
		t.named, t.path, _ = strings.Cut(rest, "/")
		t.path = "/" + t.path
		t.wrong = !workspace.ValidName(t.named)
	}
	if t.api = g.byHost(r.Host); t.api != nil {
		return t
	}
	for _, api := range g.order {
		rest, ok := strings.CutPrefix(t.path, api.Base+api.Tree)
		if ok && (rest == "" || rest[0] == '/') {
			t.api, t.path = api, api.Tree+rest
			break
		}
	}
	return t
}

// PartnerHost says that a Host header is one of the partners' own names, or an API's name under localhost.
func (g *Gate) PartnerHost(host string) bool { return g.byHost(host) != nil }

func (g *Gate) byHost(host string) *API {
	if strings.Contains(host, ":") {
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if api := g.hosts[host]; api != nil {
		return api
	}
	for _, u := range g.under {
		if strings.HasSuffix(host, u.name) {
			return u.api
		}
	}
	return nil
}

// nowhere is the answer to a path outside all APIs (COM-5).
type nowhere struct {
	Message    string   `json:"message"`
	APIs       []base   `json:"apis"`
	DidYouMean []string `json:"did_you_mean"`
}

type base struct {
	Name string `json:"name"`
	Base string `json:"base"`
}

func (g *Gate) nowhere(x *Exchange, t target) web.Response {
	root := schemeOf(x.Request) + "://" + x.Request.Host
	body := nowhere{Message: "No API is at this path. Put the base of an API in the place of https://host in the partner's URL."}
	violation := web.Violation{Member: "path", Value: x.Request.URL.Path, Rule: "COM-5", Message: "is outside all APIs", Passes: "a path below one of the bases"}
	if t.wrong {
		body.Message = "A workspace's name has 1 to 63 of a-z, 0-9, _ and -, and starts with a letter or digit."
		violation.Rule, violation.Message, violation.Passes = "COM-10", "has no workspace's name behind /w/", "/w/run-42/…"
	}
	if t.named != "" && !t.wrong {
		root += "/w/" + t.named
	}
	host := g.byHost(x.Request.Host)
	for _, api := range g.order {
		at := root + api.Base
		if host == api {
			at = root // without its base
		} else if host != nil {
			continue // not at this name
		}
		body.APIs = append(body.APIs, base{api.Name, at})
		if len(methods(g.apis[api].router, t.path)) > 0 {
			body.DidYouMean = append(body.DidYouMean, at+t.path)
		}
	}
	x.violations = append(x.violations, violation)
	return web.Response{Status: http.StatusNotFound, Body: body}
}

func schemeOf(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

// methods lists the methods that a path takes, in the order of the routes; GET brings HEAD.
func methods(router chi.Router, path string) []string {
	var all []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if router.Match(chi.NewRouteContext(), method, path) {
			all = append(all, method)
		}
	}
	return all
}

// at is the request with its path in the partner's own terms. chi routes on RawPath.
func at(r *http.Request, escaped string) {
	decoded, err := url.PathUnescape(escaped)
	if err != nil {
		decoded = escaped
	}
	u := *r.URL
	u.Path, u.RawPath = decoded, escaped
	r.URL = &u
}

// hostsOf lists the names at which an API answers without its base (COM-2).
func hostsOf(api *API) []string { return append(slices.Clone(api.Hosts), api.Name+".localhost") }
