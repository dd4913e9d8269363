package console

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/go-chi/chi/v5"
	"go.yaml.in/yaml/v3"

	"github.com/seed-0f456478/sandbox/internal/control"
)

// controlAPI is what the control API is called among the references.
const controlAPI = "control"

// reference is what the page of the API reference shows.
type reference struct {
	APIs        []control.API
	API         string // whose reference it is
	Title       string
	Document    string // where its OpenAPI document is
	Credentials string // JSON: by the name of a security scheme, the demo credential
}

// reference shows one API, the first if the address names none.
func (c *console) reference(v *visit) (any, error) {
	all, err := v.API.APIs(v, v.Workspace)
	if err != nil {
		return nil, err
	}
	r := reference{APIs: all, API: chi.URLParam(v.Request, "api"), Title: "Control API", Credentials: "{}"}
	if r.API == "" {
		r.API = all[0].Name
	}
	r.Document = v.At("reference", r.API, "openapi.yaml")
	if r.API == controlAPI {
		return r, nil
	}
	document, err := v.API.OpenAPI(v, r.API) // which refuses an API that there is not
	if err != nil {
		return nil, err
	}
	for _, api := range all {
		if api.Name == r.API {
			r.Title = api.Title
			r.Credentials, err = demoCredentials(document, api.Credentials)
		}
	}
	return r, err
}

// demoCredentials are the first published ones that fit a document's security schemes.
func demoCredentials(document []byte, published []control.PublishedCredential) (text string, err error) {
	var described struct {
		Components struct {
			SecuritySchemes map[string]struct{ Type, Name string } `yaml:"securitySchemes"`
		}
	}
	if err := yaml.Unmarshal(document, &described); err != nil {
		return "", err
	}
	byScheme := map[string]string{}
	for scheme, s := range described.Components.SecuritySchemes {
		header := s.Name
		if header == "Authorization" { // which credentials leave out, like the scheme of type http
			header = ""
		}
		for _, c := range published {
			if _, has := byScheme[scheme]; c.In == header && !has {
				byScheme[scheme] = c.Secret
			}
		}
	}
	whole, err := json.Marshal(byScheme)
	return string(whole), err
}

// openAPI serves a document such that it tries calls in the workspace that the page is about.
func (c *console) openAPI(w http.ResponseWriter, r *http.Request) {
	v := c.visit(r, page{}, nil)
	document, err := v.documentOf(chi.URLParam(r, "api"))
	if err != nil {
		http.Error(w, err.Error(), statusOf(err))
		return
	}
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(document) //nolint:gosec // no browser takes YAML for a page; a client that has gone away gets nothing
}

func (v *visit) documentOf(name string) ([]byte, error) {
	server := v.API.URL
	if name == controlAPI {
		name = ""
	} else {
		all, err := v.API.APIs(v, v.Workspace)
		if err != nil {
			return nil, err
		}
		for _, api := range all {
			if api.Name == name {
				server = api.Base
			}
		}
	}
	text, err := v.API.OpenAPI(v, name)
	if err != nil {
		return nil, err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	whole := document.Content[0]
	set(whole, "servers", map[string]string{"url": server, "description": "This sandbox, workspace " + v.Workspace + "."})
	nameWorkspace(whole, v.Workspace)
	var out bytes.Buffer
	err = yaml.NewEncoder(&out).Encode(&document)
	return out.Bytes(), err
}

// set makes a list with one element the value of an object's member.
func set(object *yaml.Node, member string, element map[string]string) {
	var value yaml.Node
	if err := value.Encode([]map[string]string{element}); err != nil {
		panic(err) // texts can be encoded
	}
	for i := 0; i < len(object.Content); i += 2 {
		if object.Content[i].Value == member {
			object.Content[i+1] = &value
			return
		}
	}
	object.Content = append(object.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: member}, &value)
}

// nameWorkspace gives each parameter that asks for a workspace the one that the page is about as its example.
func nameWorkspace(node *yaml.Node, workspace string) {
	var parameter struct{ Name, In string }
	if node.Kind == yaml.MappingNode && node.Decode(&parameter) == nil && parameter.Name == "workspace" && parameter.In == "path" {
		node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: "example"}, &yaml.Node{Kind: yaml.ScalarNode, Value: workspace, Style: yaml.DoubleQuotedStyle})
	}
	for _, child := range node.Content {
		nameWorkspace(child, workspace)
	}
}
