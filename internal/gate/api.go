package gate

import (
	"net/http"

	"github.com/seed-0f456478/sandbox/internal/fidelity"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// API is one emulated partner: all that the kernel, the control API and fixtures know of it.
type API struct {
	Name  string   // cobrofacil
	Title string   // Cobrofácil
	Base  string   // /cobrofacil: what stands in the place of https://host
	Hosts []string // the partner's own, at which the API answers without its base

	Routes      []Route
	Credentials []Credential // published: they exist in every workspace
	Errors      []string     // names of the error catalogue
	Rules       []fidelity.Rule
	Switches    []workspace.Switch
	Collections []workspace.Collection
	OpenAPI     []byte

	BodyLimit     int64    // bytes
	SecretHeaders []string // not to be shown in the journal

	// Authenticate finds the caller's credential with Exchange.CredentialOf, or refuses with web.ErrUnauthorized.
	Authenticate func(*Exchange) (Credential, error)
	// OpenOwner is the owner that --auth open gives to an unknown secret: "" if the secret is not well-formed.
	OpenOwner func(secret string) string
	// Production says that a secret looks like one of the partner's production, which no sandbox should see.
	Production func(secret string) bool
	// Answer words an error in the partner's envelope. An error that it does not know is the partner's internal error.
	Answer func(*Exchange, error) web.Response
}

// Route is one operation: what the partner's document calls an endpoint.
type Route struct {
	Operation string // createClient
	Method    string
	Path      string // /api/v1/clients/{client_id}
	Handle    func(*http.Request) (web.Response, error)
}

// Credential is what a caller proves to be.
type Credential struct {
	ID      string // names it in the journal, where its secret must not stand
	Secret  string
	Owner   string // whose records it sees
	Expired bool
	Use     string // one line: what it is there for
}
