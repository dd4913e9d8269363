package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// mostFixture bounds a fixture, in bytes.
const mostFixture = 64 << 20

// fewValues are so few in a fixture that it waits for no other. Larger ones wait in line until together they have at most
// as many as one may have.
const fewValues = 10_000

// fixtures registers the calls that export and import whole fixtures. They are not huma's own, which would encode them:
// a fixture is read and written as it is.
func (c *control) fixtures(api huma.API, router chi.Router) {
	const path = Root + "/workspaces/{workspace}/fixture"
	router.Get(path, c.exportFixture)
	router.Put(path, func(w http.ResponseWriter, r *http.Request) { c.importFixture(w, r, (*workspace.Workspace).Replace) })
	router.Patch(path, func(w http.ResponseWriter, r *http.Request) { c.importFixture(w, r, (*workspace.Workspace).Add) })

	name := &huma.Param{Name: "workspace", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}
	content := func(types ...string) map[string]*huma.MediaType {
		all := map[string]*huma.MediaType{}
		for _, t := range types {
			all[t] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeObject}}
		}
		return all
	}
	refusal := &huma.Response{Description: "Error", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/ErrorModel"}}}}
	router.Get(Root+"/fixture.schema.json", c.fixtureSchema)
	api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "getFixtureSchema", Method: http.MethodGet, Path: Root + "/fixture.schema.json", Summary: "A JSON Schema of fixtures, for editors",
		Responses: map[string]*huma.Response{
			"200":     {Description: "draft 2020-12", Content: content("application/schema+json")},
			"default": refusal,
		},
	})
	api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "exportFixture", Method: http.MethodGet, Path: path, Summary: "A workspace's records in the partners' own member names, and under workspace the rest of its state",
		Parameters: []*huma.Param{name, {Name: "format", In: "query", Description: "json for JSON; so does Accept: application/json", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"yaml", "json"}}}},
		Responses: map[string]*huma.Response{
			"200":     {Description: "one member an API, in it one array a collection", Content: content("application/yaml", "application/json")},
			"default": refusal,
		},
	})
	loaded := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[[]workspace.Loaded](), true, "")
	for method, summary := range map[string]string{
		http.MethodPut:   "Put a fixture in the place of a workspace's records, and of the rest of its state if the fixture speaks of that",
		http.MethodPatch: "Add a fixture to a workspace; records whose key is there are replaced",
	} {
		api.OpenAPI().AddOperation(&huma.Operation{
			OperationID: strings.ToLower(method) + "Fixture", Method: method, Path: path, Summary: summary,
			Parameters:  []*huma.Param{name},
			RequestBody: &huma.RequestBody{Required: true, Content: content("application/yaml", "application/json")},
			Responses: map[string]*huma.Response{
				"200":     {Description: "what became of the records", Content: map[string]*huma.MediaType{"application/json": {Schema: loaded}}},
				"default": refusal,
			},
		})
	}
}

func (c *control) exportFixture(w http.ResponseWriter, r *http.Request) {
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

// importer is a method of a workspace that takes a fixture in.
type importer = func(*workspace.Workspace, context.Context, *workspace.Fixture) ([]workspace.Loaded, error)

func (c *control) fixtureSchema(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/schema+json")
	_ = json.NewEncoder(w).Encode(c.Workspaces.FixtureSchema()) // a client that has gone away gets nothing
}

// fixtureTypes are the content types of a fixture. One that a page of another origin may send unasked is not among them.
var fixtureTypes = []string{"application/yaml", "application/x-yaml", "text/yaml", "application/json"}

// turn waits until a fixture may be read, which has ended when done is called.
func (c *control) turn(ctx context.Context, content []byte) (done func(), err error) {
	values := int64(min(workspace.Values(content), workspace.MostValues))
	if values <= fewValues {
		return func() {}, nil
	}
	if err := c.parsing.Acquire(ctx, values); err != nil {
		return nil, fmt.Errorf("wait for other fixtures: %w", err)
	}
	return func() { c.parsing.Release(values) }, nil
}

func (c *control) importFixture(w http.ResponseWriter, r *http.Request, into importer) {
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || !slices.Contains(fixtureTypes, mediaType) {
		problem(w, http.StatusUnsupportedMediaType, "A fixture is sent as application/yaml or application/json.")
		return
	}
	content, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostFixture))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		problem(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("A fixture has at most %d bytes.", mostFixture))
		return
	} else if err != nil {
		problem(w, http.StatusBadRequest, "The body ended early: "+err.Error())
		return
	}
	done, err := c.turn(r.Context(), content)
	if err != nil {
		return // the client has gone away
	}
	defer done()
	fixture := &workspace.Fixture{}
	if err := fixture.Add("fixture", content); err != nil {
		problem(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	var loaded []workspace.Loaded
	err = c.change(r.Context(), chi.URLParam(r, "workspace"), func(space *workspace.Workspace) (err error) {
		if loaded, err = into(space, r.Context(), fixture); err != nil {
			return refused(err)
		}
		return gate.ForgetAnswers(r.Context(), space)
	})
	if err != nil {
		status := http.StatusInternalServerError
		if known := huma.StatusError(nil); errors.As(err, &known) {
			status = known.GetStatus()
		}
		problem(w, status, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(loaded) // a client that has gone away gets nothing
}
