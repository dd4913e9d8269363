package apidev

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
		Name:  "apidev",
		Title: "GeoTareas",
		Tree:  "/apidev",
		Hosts: []string{"*.geotareas.com", "geotareas.com"},
		Routes: []gate.Route{
			{Operation: "login", Method: http.MethodPost, Path: "/apidev/v1/login", Handle: a.login, Login: a.logIn},
			{Operation: "listClients", Method: http.MethodGet, Path: "/apidev/v1/clients", Handle: a.listClients},
			{Operation: "createClient", Method: http.MethodPost, Path: "/apidev/v1/clients", Handle: a.createClient},
			{Operation: "getClient", Method: http.MethodGet, Path: "/apidev/v1/clients/{id}", Handle: a.getClient},
			{Operation: "updateClient", Method: http.MethodPut, Path: "/apidev/v1/clients/{id}", Handle: a.updateClient},
			{Operation: "listAccounts", Method: http.MethodGet, Path: "/apidev/v1/accounts", Handle: a.listAccounts},
			{Operation: "createAccount", Method: http.MethodPost, Path: "/apidev/v1/accounts", Handle: a.createAccount},
			{Operation: "getAccount", Method: http.MethodGet, Path: "/apidev/v1/accounts/{id}", Handle: a.getAccount},
			{Operation: "updateAccount", Method: http.MethodPut, Path: "/apidev/v1/accounts/{id}", Handle: a.updateAccount},
		},
		Limits:        limits,
		Credentials:   credentials,
		Errors:        errorNames(),
		Rules:         Rules,
		Claims:        claims,
		Switches:      []workspace.Switch{cacheSwitch},
		Collections:   a.collections(),
		OpenAPI:       openAPI,
		Example:       gate.Example{Path: "/apidev/v1/clients?limit=2", Headers: []string{"Authorization: Bearer sandbox-apidev-token", "X-API-Key: gtk_sandbox", "tenant: demo.geotareas.com"}},
		BodyLimit:     1 << 20,
		SecretHeaders: []string{bearer, apiKey},
		SecretMembers: []string{"password", "authorization"},
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
	{Kind: gate.PersonName, At: "name"},
	{Kind: gate.PersonReference, At: "external_code"},
	{Kind: gate.PersonRFC, At: "tax_id"},
	{Kind: gate.PersonPhone, At: "phone"},
	{Kind: gate.PersonPhone, At: "mobile"},
	{Kind: gate.PersonEmail, At: "email"},
	{Kind: gate.PersonID, At: "data.id"},
	{Kind: gate.PersonName, At: "data.name"},
	{Kind: gate.PersonReference, At: "data.external_code"},
	{Kind: gate.PersonRFC, At: "data.tax_id"},
	{Kind: gate.PersonPhone, At: "data.phone"},
	{Kind: gate.PersonPhone, At: "data.mobile"},
	{Kind: gate.PersonEmail, At: "data.email"},
}
