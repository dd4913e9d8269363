// Package console is the web console under /_sandbox: what a sandbox holds, what it was asked, and buttons for all that
// the control API does. It is one more client of that API, so that it can do nothing that a test cannot do.
//
// Every page is whole HTML that works without scripts. Links and forms are taken over by htmx, which morphs the page that
// comes into the one that is there. A form goes to the address of its own page, and its field "do" names the action; what
// the control API refuses is shown beside that form.
//
// page.go is how a page comes about; each other file is a page or two, and has a template of its name.
package console

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/seed-0f456478/sandbox/internal/control"
)

// Where the pages stand. Behind console comes the workspace, so that a link says what it shows.
const (
	root       = control.Root + "/console"
	assetsRoot = control.Root + "/assets/"
)

// Options says what a console shows.
type Options struct {
	API http.Handler // the control API, which lets everybody in
	URL string       // where the emulated APIs are reached; "" for where the console is
}

type console struct {
	Options
	assets assets
	http   *http.Client // calls API
}

// pages is all that there is to see in a workspace. Those with a name are in the menu.
func (c *console) pages() []page {
	return []page{
		{Path: "", template: "overview", Name: "Overview", show: c.overview, does: map[string]action{"create": createWorkspace}},
		{Path: "requests", template: "requests", Name: "Requests", show: c.requests, does: map[string]action{"clear": clearRequests}},
		{Path: "requests/{id}", template: "requests", show: c.request, does: map[string]action{"replay": replay, "arm": armFault}},
		{Path: "journey", template: "journey", Name: "Journey", show: c.journey},
		{Path: "data", template: "data", Name: "Data", show: c.data, does: dataActions},
		{Path: "data/{api}/{collection}", template: "collection", show: c.collection, does: map[string]action{"add": addRecord}},
		{Path: "data/{api}/{collection}/{key}", template: "record", show: c.record, does: map[string]action{"save": saveRecord, "delete": deleteRecord}},
		{Path: "workspaces", template: "workspaces", Name: "Workspaces", show: c.workspaces, does: workspacesActions},
		{Path: "time", template: "time", Name: "Time, limits, faults", show: c.time, does: timeActions},
		{Path: "settings", template: "settings", Name: "Settings", show: c.settings, does: settingsActions},
		{Path: "fidelity", template: "fidelity", Name: "Fidelity", show: c.fidelity},
		{Path: "reference", template: "reference", Name: "API reference", show: c.reference},
		{Path: "reference/{api}", template: "reference", show: c.reference},
	}
}

// New returns the handler of everything under the control API's root: the console's pages, and that API for the rest. It
// lets everybody in.
func New(o Options) http.Handler {
	c := &console{Options: o, assets: newAssets(), http: &http.Client{Transport: inProcess{o.API}}}
	router := chi.NewRouter()
	router.Use(control.HeadAsGet)
	router.NotFound(o.API.ServeHTTP)
	router.MethodNotAllowed(o.API.ServeHTTP)
	home := http.RedirectHandler(at("default"), http.StatusSeeOther).ServeHTTP
	router.Get(control.Root, home)
	router.Get(control.Root+"/", home)
	router.Get(root, choose)
	router.Get(assetsRoot+"{name}", c.assets.serve)
	router.Get(root+"/{workspace}/reference/{api}/openapi.yaml", c.openAPI)
	all := c.pages()
	for _, p := range all {
		router.HandleFunc(strings.TrimSuffix(root+"/{workspace}/"+p.Path, "/"), p.handler(c, all))
	}
	return router
}

// choose goes to a page of the workspace that the form in the menu asks for.
func choose(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	http.Redirect(w, r, at(asked.Get("workspace"), asked.Get("page")), http.StatusSeeOther) //nolint:gosec // at makes a path of ours
}

// at is the address of something in a workspace: its path's segments.
func at(workspace string, segments ...string) string {
	path := root + "/" + url.PathEscape(workspace)
	for _, s := range segments {
		if s != "" {
			path += "/" + url.PathEscape(s)
		}
	}
	return path
}
