package control

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// records registers the calls about what a workspace holds.
func (c *control) records(api huma.API, router chi.Router) {
	huma.Register(api, huma.Operation{OperationID: "reset", Method: http.MethodPost, Path: Root + "/workspaces/{workspace}/reset", Summary: "Take a workspace back to the seed: records, clock, ids and journal", DefaultStatus: http.StatusNoContent},
		func(ctx context.Context, in *WorkspacePath) (*none, error) {
			return nil, c.change(ctx, in.Workspace, func(w *workspace.Workspace) error {
				if err := w.Reset(ctx); err != nil {
					return err
				}
				c.Journal.Clear(w)
				return nil
			})
		})

	// Not registered with huma, which would encode it: a fixture is written as it is.
	const path = Root + "/workspaces/{workspace}/fixture"
	router.Get(path, c.fixture)
	records := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeObject}}
	refusal := &huma.MediaType{Schema: &huma.Schema{Ref: "#/components/schemas/ErrorModel"}}
	api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "exportFixture", Method: http.MethodGet, Path: path, Summary: "A workspace's records, in the partners' own member names",
		Parameters: []*huma.Param{
			{Name: "workspace", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}},
			{Name: "format", In: "query", Description: "json for JSON; so does Accept: application/json", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"yaml", "json"}}},
		},
		Responses: map[string]*huma.Response{
			"200":     {Description: "one member an API, in it one array a collection", Content: map[string]*huma.MediaType{"application/yaml": records, "application/json": records}},
			"default": {Description: "Error", Content: map[string]*huma.MediaType{"application/problem+json": refusal}},
		},
	})
}

func (c *control) fixture(w http.ResponseWriter, r *http.Request) {
	name, format := chi.URLParam(r, "workspace"), r.URL.Query().Get("format")
	space, err := c.find(name)
	switch {
	case err != nil:
		problem(w, http.StatusNotFound, err.Error())
		return
	case format != "" && format != "json" && format != "yaml":
		problem(w, http.StatusUnprocessableEntity, "format is yaml or json, not "+format+".")
		return
	}
	export, contentType := space.ExportYAML, "application/yaml"
	if format == "json" || format == "" && strings.Contains(r.Header.Get("Accept"), "application/json") {
		export, contentType = space.ExportJSON, "application/json"
	}
	text, err := export(r.Context())
	if err != nil {
		problem(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(text) // a client that has gone away gets nothing
}
