package kobra

import (
	_ "embed"
	"net/http"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

//go:embed openapi.yaml
var openAPI []byte

// New returns the API.
func New() *gate.API {
	return &gate.API{
		Name:  "kobra",
		Title: "Kobra",
		Base:  "/kobra",
		Hosts: []string{"lservices.kobra.red", "servicios.kobra.red"},
		Routes: []gate.Route{
			{Operation: "login", Method: http.MethodPost, Path: "/api/auth", Also: "/auth", Handle: login, Login: authenticateLogin},
			{Operation: "import", Method: http.MethodPost, Path: "/api/import", Also: "/import", BodyLimit: 32 << 20, Handle: importBody},
		},
		Credentials:   credentials,
		Errors:        errorNames(),
		Rules:         Rules,
		Claims:        claims,
		Switches:      []workspace.Switch{requiredMembers, unknownReference, unknownVisit},
		Collections:   []workspace.Collection{accountCollection, promiseCollection, idCollection(visit), idCollection(branch), idCollection(agent)},
		OpenAPI:       openAPI,
		Example:       gate.Example{Path: "/api/auth", Body: `{"user": "lender@sandbox.test", "password": "sandbox"}`},
		BodyLimit:     1 << 20,
		SecretHeaders: []string{"Authorization"},
		SecretMembers: []string{"password"},
		PersonMarks:   personMarks,
		Authenticate:  authenticate,
		OpenOwner:     openOwner,
		Production:    token,
		Answer:        answer,
	}
}

// personMarks say where a request or its answer says whom it is about.
var personMarks = []gate.PersonMark{
	{Kind: gate.PersonReference, At: "accounts[].externalID"},
	{Kind: gate.PersonName, At: "accounts[].name"},
	{Kind: gate.PersonName, At: "accounts[].firstSurname"},
	{Kind: gate.PersonRFC, At: "accounts[].rfc"},
	{Kind: gate.PersonEmail, At: "accounts[].email"},
	{Kind: gate.PersonPhone, At: "accounts[].phoneNumber"},
	{Kind: gate.PersonPhone, At: "accounts[].cellphoneNumber"},
}
