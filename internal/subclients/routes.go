package subclients

import (
	_ "embed"
	"net/http"
	"sync"
	"time"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

//go:embed openapi.yaml
var openAPI []byte

// api holds what the handlers share.
type api struct {
	store     *store.Store
	valid     func() web.Validator
	passwords passwords
	zone      *time.Location
}

// New returns the API. It needs the time zone of Mexico City, which a program carries with time/tzdata.
func New(s *store.Store) *gate.API {
	zone, err := time.LoadLocation(timezone)
	if err != nil {
		panic(err)
	}
	a := &api{s, sync.OnceValue(newValidator), newPasswords(), zone}
	return &gate.API{
		Name:  "subclients",
		Title: "Nueve09 subclients",
		Base:  "/subclients",
		Hosts: []string{"api.nueve09.io", "sandbox-api.nueve09.io"},
		// The partner's published base ends in /v1.
		Routes: []gate.Route{
			{Operation: operationLogin, Method: http.MethodPost, Path: "/auth/login", Also: "/v1/auth/login", Login: a.byLogin, Handle: a.login},
			{Operation: "createClient", Method: http.MethodPost, Path: "/clients", Also: "/v1/clients", Handle: a.createClient},
			{Operation: "getClient", Method: http.MethodGet, Path: "/clients", Also: "/v1/clients", Handle: a.getClient},
			{Operation: "fundClient", Method: http.MethodPost, Path: "/clients/fund", Also: "/v1/clients/fund", Handle: a.fundClient},
			{Operation: "setPublicKey", Method: http.MethodPost, Path: "/clients/api_key/public_key", Also: "/v1/clients/api_key/public_key", Handle: a.setPublicKey},
			{Operation: "listStates", Method: http.MethodGet, Path: "/catalogs/states", Also: "/v1/catalogs/states", Handle: listStates},
		},
		Credentials:   credentials,
		Errors:        errorNames(),
		Rules:         Rules,
		Claims:        claims,
		Switches:      []workspace.Switch{minimumAvailable, minimumOf, codeOf, apiClient},
		Collections:   []workspace.Collection{a.parents(), a.subclients()},
		OpenAPI:       openAPI,
		Example:       gate.Example{Path: "/clients", Headers: []string{"Authorization: Bearer sandbox-subclients-token"}},
		BodyLimit:     1 << 20,
		SecretHeaders: []string{"Authorization"},
		SecretMembers: []string{"api_key_password", "password"},
		PersonMarks:   personMarks,
		Authenticate:  authenticate,
		User:          a.user,
		OpenOwner:     func(string, string) string { return capsule },
		Production:    looksLikeProduction,
		Answer:        answer,
	}
}

// operationLogin is the operation whose 401 is worded apart (SUB-4).
const operationLogin = "login"

// personMarks say where a request or its answer says whom it is about.
var personMarks = []gate.PersonMark{
	{Kind: gate.PersonName, At: "name"},
	{Kind: gate.PersonRFC, At: "rfc"},
	{Kind: gate.PersonEmail, At: "email"},
	{Kind: gate.PersonPhone, At: "phone"},
	{Kind: gate.PersonPhone, At: "mobile_phone"},
	{Kind: gate.PersonID, At: "client_id"},
	{Kind: gate.PersonID, At: "data.subclient.id"},
	{Kind: gate.PersonName, At: "data.subclient.name"},
	{Kind: gate.PersonRFC, At: "data.subclient.rfc"},
}
