package gate

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/seed-0f456478/sandbox/internal/fidelity"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// API is one emulated partner: all that the kernel, the control API and fixtures know of it.
type API struct {
	Name  string   // cobrofacil
	Title string   // Cobrofácil
	Base  string   // /cobrofacil: what stands in the place of https://host; "" if all paths begin with Tree
	Tree  string   // /apidev: what the partner's own paths begin with, where Base is ""
	Hosts []string // the partner's own, at which the API answers without its base; *.example.com is every name under it

	Routes      []Route
	Limits      []Limit      // the first that applies to a request counts it
	Credentials []Credential // published: they exist in every workspace
	Errors      []string     // names of the error catalogue
	Rules       []fidelity.Rule
	Claims      []byte // the tests of the rules, see fidelity.WithTests
	Switches    []workspace.Switch
	Collections []workspace.Collection
	OpenAPI     []byte
	Example     Example

	BodyLimit     int64    // bytes, where a route does not say more
	SecretHeaders []string // not to be shown in the journal
	SecretMembers []string // of bodies, likewise
	PersonMarks   []PersonMark

	// Authenticate finds the caller's credential with Exchange.CredentialOf, or refuses with web.ErrUnauthorized.
	Authenticate func(*Exchange) (Credential, error)
	// User finds whom a token of Exchange.IssueToken was given to, among the records of a workspace. Without it, it is
	// the published credential of that user.
	User func(ctx context.Context, records, user string) (c Credential, found bool, err error)
	// OpenOwner is the owner that --auth open gives to an unknown secret in a header: "" if it is not well-formed.
	OpenOwner func(header, secret string) string
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
	Also      string // another path at which it answers, or ""
	BodyLimit int64  // bytes; 0 is the API's
	Handle    func(*http.Request) (web.Response, error)
	// Login stands in the place of the API's Authenticate where the body holds the secret: it decodes the body, and finds
	// the credential with Exchange.LoginOf or Exchange.Resolve. Handle can decode the body again.
	Login func(*Exchange) (Credential, error)
}

// Example is a request that works in a workspace with the demo seed, for users to try first.
type Example struct {
	Path    string   // with its query
	Headers []string // lines like "Authorization: Bearer token"
	Body    string   // JSON; a request with one is a POST, and else a GET
}

// Credential is what a caller proves to be.
type Credential struct {
	ID          string // names it in the journal, where its secret must not stand
	In          string // the header that carries its secret, or Password; "" is Authorization
	User        string // whom a login names beside a password
	Secret      string `json:"-"` // never written down
	Owner       string // whose records it sees
	Subject     string // whom limits count; "" is the ID
	Permissions []string
	Expired     bool
	Use         string // one line: what it is there for
}

// Password is where a secret is that a login's body carries beside the user's name.
const Password = "password"

// ErrLimited is the kind of a refusal by a rate limit. Its error is a [LimitError].
var ErrLimited = errors.New("too many requests")

// paths are those at which the route answers, each with and without a trailing slash (COM-4).
func (r Route) paths() []string {
	all := []string{r.Path, r.Path + "/"}
	if r.Also != "" {
		all = append(all, r.Also, r.Also+"/")
	}
	return all
}

// paths are those of all routes, as they are documented.
func (api *API) paths() []string {
	var all []string
	for _, r := range api.Routes {
		if !slices.Contains(all, r.Path) {
			all = append(all, r.Path)
		}
	}
	return all
}
