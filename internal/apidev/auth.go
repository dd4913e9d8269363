package apidev

import (
	"errors"
	"slices"
	"strings"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
)

// The owners are companies (API-6).
const (
	ownerDemo  = "demo"
	ownerOther = "other"
)

// permissions are what each operation asks for (API-4).
var permissions = map[string]string{
	"listClients":   "APICLI_CLIENTS_READ",
	"getClient":     "APICLI_CLIENTS_READ",
	"createClient":  "APICLI_CLIENTS_WRITE",
	"updateClient":  "APICLI_CLIENTS_WRITE",
	"listAccounts":  "APICLI_ACCOUNTS_READ",
	"getAccount":    "APICLI_ACCOUNTS_READ",
	"createAccount": "APICLI_ACCOUNTS_WRITE",
	"updateAccount": "APICLI_ACCOUNTS_WRITE",
}

var allPermissions = []string{"APICLI_CLIENTS_READ", "APICLI_CLIENTS_WRITE", "APICLI_ACCOUNTS_READ", "APICLI_ACCOUNTS_WRITE"}

const (
	tenant = "tenant"
	apiKey = "X-API-Key"
	bearer = "Authorization"
)

var credentials = []gate.Credential{
	{ID: "apidev-dev", Secret: "sandbox-apidev-token", Owner: ownerDemo, Subject: "dev@sandbox.test", Permissions: allPermissions, Use: "the demo company's user, with every permission; goes with gtk_sandbox and any tenant"},
	{ID: "apidev-key", In: apiKey, Secret: "gtk_sandbox", Owner: ownerDemo, Use: "the demo company's key"},
	{ID: "apidev-login", In: gate.Password, User: "dev@sandbox.test", Secret: "sandbox", Owner: ownerDemo, Subject: "dev@sandbox.test", Permissions: allPermissions, Use: "the demo company's login, by POST /apidev/v1/login: user is the email"},
	{ID: "apidev-noperm", Secret: "sandbox-apidev-noperm-token", Owner: ownerDemo, Subject: "noperm@sandbox.test", Use: "a user without any permission: answered with 403"},
	{ID: "apidev-noperm-login", In: gate.Password, User: "noperm@sandbox.test", Secret: "sandbox", Owner: ownerDemo, Subject: "noperm@sandbox.test", Use: "that user's login"},
	{ID: "apidev-other", Secret: "sandbox-apidev-other-token", Owner: ownerOther, Subject: "other@sandbox.test", Permissions: allPermissions, Use: "another company's user, with one client; goes with gtk_other and any tenant"},
	{ID: "apidev-other-key", In: apiKey, Secret: "gtk_other", Owner: ownerOther, Use: "the other company's key"},
	{ID: "apidev-expired", Secret: "sandbox-apidev-expired-token", Owner: ownerDemo, Expired: true, Use: "answered with 401"},
	{ID: "apidev-expired-key", In: apiKey, Secret: "gtk_expired", Owner: ownerDemo, Expired: true, Use: "answered with 401"},
}

// authenticate takes the three headers of API-1: all of them there, the token, the key, and last the permission.
func authenticate(x *gate.Exchange) (gate.Credential, error) {
	if err := present(x, tenant, apiKey, bearer); err != nil {
		return gate.Credential{}, err
	}
	user, userErr := x.CredentialOf(bearer, gate.Bearer(x.Request))
	company, keyErr := x.CredentialOf(apiKey, x.Request.Header.Get(apiKey))
	if userErr == nil && keyErr == nil { // a token that was found in default may be unknown in the workspace that the key names
		user, userErr = x.CredentialOf(bearer, gate.Bearer(x.Request))
	}
	if userErr != nil || keyErr != nil {
		return gate.Credential{}, both(userErr, keyErr)
	}
	if user.Owner != company.Owner {
		return gate.Credential{}, web.Refuse(web.ErrUnauthorized, web.Violation{
			Member: apiKey, Rule: "API-7", Message: "is not of the token's company", Passes: "the key and a token of one company",
		})
	}
	if needed := permissions[x.Operation]; !slices.Contains(user.Permissions, needed) {
		return gate.Credential{}, web.Refuse(errForbidden, web.Violation{
			Member: bearer, Rule: "API-4", Message: "is of a user without " + needed, Passes: "a token of a user with " + needed,
		})
	}
	return user, nil
}

// present refuses a request without one of the headers; the first one is answered (API-2).
func present(x *gate.Exchange, headers ...string) error {
	var missing []web.Violation
	for _, name := range headers {
		if x.Request.Header.Get(name) == "" {
			missing = append(missing, web.Violation{Member: name, Rule: "API-2", Message: "The " + name + " header is required.", Passes: "any value that is not empty"})
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return web.Refuse(errHeader, missing...)
}

// both joins the refusals of two credentials into one, the first in front. An error that is no refusal goes alone.
func both(first, second error) error {
	a, refused := errors.AsType[*web.Refusal](first)
	b, alsoRefused := errors.AsType[*web.Refusal](second)
	switch {
	case first == nil || second != nil && !alsoRefused:
		return second
	case second == nil || !refused:
		return first
	default:
		return web.Refuse(a.Kind, append(a.Violations, b.Violations...)...)
	}
}

// openOwner takes what looks like a key of the partner's, and any token.
func openOwner(header, secret string) string {
	if header == apiKey && !strings.HasPrefix(secret, "gtk_") {
		return ""
	}
	return ownerDemo
}

// production is a key of the partner's for production, as other companies mark theirs, or a JWT: the partner's tokens are
// JWTs, and this API's own were recognised before (API-8).
var production = web.Pattern(`^gtk_live|^eyJ[\w-]+\.[\w-]+\.[\w-]*$`)

func looksLikeProduction(secret string) bool { return production(secret) }
