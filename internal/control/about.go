package control

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// caType is what a certificate in PEM is.
const caType = "application/x-pem-file"

type status struct {
	Status string `json:"status" example:"ok"`
}

// API is what a user needs to point a client at an emulated API.
type API struct {
	Name        string                `json:"name" example:"cobrofacil"`
	Title       string                `json:"title"`
	Base        string                `json:"base" doc:"what stands in the place of https://host in the partner's URLs"`
	Hosts       []string              `json:"hosts" doc:"the partner's host names, at which the API answers without its base"`
	Operations  []Operation           `json:"operations"`
	Credentials []PublishedCredential `json:"credentials" doc:"published: they exist in every workspace"`
	Errors      []string              `json:"errors" doc:"the names of the error catalogue"`
	Switches    []workspace.Switch    `json:"switches"`
	Collections []string              `json:"collections" doc:"what fixtures hold"`
	OpenAPI     string                `json:"openapi" doc:"the path of its description"`
	Curl        string                `json:"curl" doc:"a call to try first, which works with the demo seed"`
}

// Operation is what an API does at a method and path.
type Operation struct {
	Name   string `json:"name" example:"cobrofacil.createClient"`
	Method string `json:"method"`
	Path   string `json:"path"`
}

// PublishedCredential is a credential that exists in every workspace.
type PublishedCredential struct {
	ID     string `json:"id"`
	In     string `json:"in,omitempty" doc:"the header that carries the secret, or password for a login's body; Authorization if it is left out"`
	User   string `json:"user,omitempty" doc:"whom a login names beside the password"`
	Secret string `json:"secret"`
	Owner  string `json:"owner" doc:"whose records it sees"`
	Use    string `json:"use"`
}

func about(api *gate.API, root string) API {
	a := API{
		Name: api.Name, Title: api.Title, Base: root + api.Base, Hosts: api.Hosts, Errors: api.Errors,
		Switches: api.Switches, OpenAPI: Root + "/openapi/" + api.Name + ".yaml", Curl: firstCall(api.Example, root+api.Base),
	}
	for _, r := range api.Routes {
		a.Operations = append(a.Operations, Operation{api.Name + "." + r.Operation, r.Method, r.Path})
	}
	for _, c := range api.Credentials {
		a.Credentials = append(a.Credentials, PublishedCredential{c.ID, c.In, c.User, c.Secret, c.Owner, c.Use})
	}
	for _, c := range api.Collections {
		a.Collections = append(a.Collections, c.String())
	}
	return a
}

// firstCall is an example as a command for a shell. What it holds needs no more quoting than this.
func firstCall(e gate.Example, base string) string {
	command := "curl '" + base + e.Path + "'"
	for _, h := range e.Headers {
		command += " \\\n  -H '" + h + "'"
	}
	if e.Body != "" {
		command += " \\\n  -H 'Content-Type: application/json' \\\n  -d '" + e.Body + "'"
	}
	return command
}

// originInput is how the caller reached the sandbox: the scheme and the host.
type originInput struct {
	origin string
}

// Resolve implements huma.Resolver.
func (in *originInput) Resolve(ctx huma.Context) []error {
	in.origin = "http://" + ctx.Host()
	if ctx.TLS() != nil {
		in.origin = "https://" + ctx.Host()
	}
	return nil
}

// about registers the calls about the sandbox as a whole.
func (c *control) about(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "healthz", Method: http.MethodGet, Path: Root + "/healthz", Summary: "Whether the program is alive"},
		func(context.Context, *none) (*body[status], error) { return ok(status{"ok"}) })

	huma.Register(api, huma.Operation{OperationID: "readyz", Method: http.MethodGet, Path: Root + "/readyz", Summary: "Whether it is migrated, seeded and serving"},
		func(ctx context.Context, _ *none) (*body[status], error) {
			if err := c.Ready(ctx); err != nil {
				return nil, huma.Error503ServiceUnavailable("The sandbox is not ready: " + err.Error())
			}
			return ok(status{"ok"})
		})

	huma.Register(api, huma.Operation{OperationID: "version", Method: http.MethodGet, Path: Root + "/version", Summary: "What it was built from"},
		func(context.Context, *none) (*body[Build], error) { return ok(c.Build) })

	type apisInput struct {
		originInput
		Workspace string `query:"workspace" maxLength:"63" doc:"whose base URLs to show: default if left out" example:"run-42"`
	}
	huma.Register(api, huma.Operation{OperationID: "listAPIs", Method: http.MethodGet, Path: Root + "/apis", Summary: "The emulated APIs: base URLs, operations, demo credentials"},
		func(_ context.Context, in *apisInput) (*body[[]API], error) {
			root := cmp.Or(c.URL, in.origin)
			if in.Workspace != "" && in.Workspace != workspace.Default {
				if err := checkName(in.Workspace); err != nil {
					return nil, err
				}
				root += "/w/" + in.Workspace
			}
			all := []API{}
			for _, a := range c.APIs {
				all = append(all, about(a, root))
			}
			return ok(all)
		})

	type document struct {
		ContentType string `header:"Content-Type"`
		Body        []byte
	}
	huma.Register(api, huma.Operation{
		OperationID: "getCA", Method: http.MethodGet, Path: Root + "/ca.pem", Summary: "The certificate of the local CA, which clients trust to call the sandbox over HTTPS; without the control token",
		Responses: map[string]*huma.Response{"200": {Description: "a certificate in PEM", Content: map[string]*huma.MediaType{caType: {Schema: &huma.Schema{Type: huma.TypeString}}}}},
	}, func(context.Context, *none) (*document, error) {
		if c.CA == nil {
			return nil, huma.Error404NotFound("This sandbox serves no HTTPS, so it has no CA: start it with --tls-addr.")
		}
		return &document{caType, c.CA}, nil
	})

	type nameInput struct {
		API string `path:"api" doc:"the API's name"`
	}
	huma.Register(api, huma.Operation{
		OperationID: "getOpenAPI", Method: http.MethodGet, Path: Root + "/openapi/{api}.yaml", Summary: "The OpenAPI description of an emulated API",
		Responses: map[string]*huma.Response{"200": {Description: "OpenAPI 3.1", Content: map[string]*huma.MediaType{"application/yaml": {Schema: &huma.Schema{Type: huma.TypeObject}}}}},
	}, func(_ context.Context, in *nameInput) (*document, error) {
		var names []string
		for _, a := range c.APIs {
			names = append(names, a.Name)
			if a.Name == in.API {
				return &document{"application/yaml", a.OpenAPI}, nil
			}
		}
		return nil, huma.Error404NotFound(fmt.Sprintf("No API is called %s; %s/apis lists %s.", in.API, Root, strings.Join(names, ", ")))
	})
}
