package complycube

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
		Name:  "complycube",
		Title: "ComplyCube",
		Base:  "/complycube",
		Hosts: []string{"api.complycube.com"},
		Routes: []gate.Route{
			{Operation: "createClient", Method: http.MethodPost, Path: "/v1/clients", Handle: a.createClient},
			{Operation: "listClients", Method: http.MethodGet, Path: "/v1/clients", Handle: a.listClients},
			{Operation: "getClient", Method: http.MethodGet, Path: "/v1/clients/{id}", Handle: a.getClient},
			{Operation: "updateClient", Method: http.MethodPost, Path: "/v1/clients/{id}", Handle: a.updateClient},
			{Operation: "deleteClient", Method: http.MethodDelete, Path: "/v1/clients/{id}", Handle: a.deleteClient},
		},
		Limits:        limits,
		Credentials:   credentials,
		Errors:        errorNames(),
		Rules:         Rules,
		Claims:        claims,
		Switches:      []workspace.Switch{entityName, metadataKeys},
		Collections:   []workspace.Collection{a.clients()},
		OpenAPI:       openAPI,
		Example:       gate.Example{Path: "/v1/clients?pageSize=2", Headers: []string{"Authorization: test_sandbox"}},
		BodyLimit:     1 << 20,
		SecretHeaders: []string{"Authorization"},
		PersonMarks:   personMarks,
		Authenticate:  authenticate,
		OpenOwner:     openOwner,
		Production:    looksLikeProduction,
		Answer:        answer,
	}
}

// personMarks say where a request or its answer says whom it is about.
var personMarks = []gate.PersonMark{
	{Kind: gate.PersonID, At: "{id}"},
	{Kind: gate.PersonReference, At: "externalId"},
	{Kind: gate.PersonEmail, At: "email"},
	{Kind: gate.PersonPhone, At: "mobile"},
	{Kind: gate.PersonPhone, At: "telephone"},
	{Kind: gate.PersonRFC, At: "personDetails.taxIdentificationNumber"},
	{Kind: gate.PersonName, At: "personDetails.firstName"},
	{Kind: gate.PersonName, At: "personDetails.lastName"},
	{Kind: gate.PersonName, At: "companyDetails.name"},
	{Kind: gate.PersonID, At: "id"},
	{Kind: gate.PersonReference, At: "?externalId"},
	{Kind: gate.PersonEmail, At: "?email"},
}
