package cobrofacil

import (
	_ "embed"
	"net/http"
	"sync"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

//go:embed openapi.yaml
var openAPI []byte

// api holds what the handlers share.
type api struct {
	store *store.Store
	valid func() web.Validator
}

// New returns the API.
func New(s *store.Store) *gate.API {
	a := &api{s, sync.OnceValue(newValidator)}
	return &gate.API{
		Name:  "cobrofacil",
		Title: "Cobrofácil",
		Base:  "/cobrofacil",
		Hosts: []string{"api.cobrofacil.com"},
		Routes: []gate.Route{
			{Operation: "createClient", Method: http.MethodPost, Path: "/api/v1/clients", Handle: a.createClient},
			{Operation: "getClient", Method: http.MethodGet, Path: "/api/v1/clients/{client_id}", Handle: a.getClient},
			{Operation: "updateClient", Method: http.MethodPatch, Path: "/api/v1/clients/{client_id}", Handle: a.updateClient},
			{Operation: "updateClientByPost", Method: http.MethodPost, Path: "/api/v1/clients/{client_id}", Handle: a.updateClient},
		},
		Credentials:   credentials,
		Errors:        errorNames(),
		Rules:         Rules,
		Claims:        claims,
		Switches:      []workspace.Switch{createStatus},
		Collections:   []workspace.Collection{a.clients()},
		OpenAPI:       openAPI,
		Example:       gate.Example{Path: "/api/v1/clients/client-200", Headers: []string{"Authorization: Bearer sandbox-cobrofacil-token"}},
		BodyLimit:     1 << 20,
		SecretHeaders: []string{"Authorization"},
		PersonMarks:   personMarks,
		Authenticate:  authenticate,
		OpenOwner:     func(string, string) string { return ownerSandbox },
		Production:    looksLikeProduction,
		Answer:        answer,
	}
}

// personMarks say where a request or its answer says whom it is about.
var personMarks = []gate.PersonMark{
	{Kind: gate.PersonName, At: "first_name"},
	{Kind: gate.PersonName, At: "last_name"},
	{Kind: gate.PersonReference, At: "external_reference"},
	{Kind: gate.PersonPhone, At: "phone_number"},
	{Kind: gate.PersonEmail, At: "email"},
	{Kind: gate.PersonReference, At: "{client_id}"},
	{Kind: gate.PersonID, At: "{client_id}"},
	{Kind: gate.PersonID, At: "data.id"},
	{Kind: gate.PersonReference, At: "data.external_reference"},
	{Kind: gate.PersonName, At: "data.first_name"},
	{Kind: gate.PersonName, At: "data.last_name"},
	{Kind: gate.PersonPhone, At: "data.phone_number"},
	{Kind: gate.PersonEmail, At: "data.email"},
}
