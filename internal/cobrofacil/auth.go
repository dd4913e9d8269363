package cobrofacil

import (
	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
)

// The owners are the partner's environments (COB-3).
const (
	ownerSandbox = "sandbox"
	ownerDefault = "default"
)

var credentials = []gate.Credential{
	{ID: "cobrofacil-sandbox", Secret: "sandbox-cobrofacil-token", Owner: ownerSandbox, Use: "the demo owner, environment sandbox"},
	{ID: "cobrofacil-default", Secret: "sandbox-cobrofacil-default-token", Owner: ownerDefault, Use: "environment default, with one client"},
	{ID: "cobrofacil-other", Secret: "sandbox-cobrofacil-other-token", Owner: ownerDefault, Use: "another owner: the demo owner's clients are not found"},
	{ID: "cobrofacil-expired", Secret: "sandbox-cobrofacil-expired-token", Owner: ownerSandbox, Expired: true, Use: "answered with 401"},
}

// authenticate takes the bearer token, and an X-Environment that agrees with it.
func authenticate(x *gate.Exchange) (gate.Credential, error) {
	credential, err := x.CredentialOf("Authorization", gate.Bearer(x.Request))
	if err != nil {
		return gate.Credential{}, err
	}
	for _, environment := range x.Request.Header.Values("X-Environment") {
		if environment == credential.Owner {
			continue
		}
		return gate.Credential{}, web.Refuse(web.ErrUnauthorized, web.Violation{
			Member: "X-Environment", Rule: "COB-4", Value: environment,
			Message: "is not the environment of the token", Passes: credential.Owner,
		})
	}
	return credential, nil
}

// productionToken is the shape of Laravel's own API tokens, which the partner may be presumed to give out.
var productionToken = web.Pattern(`^[0-9]+\|[A-Za-z0-9]{40,}$`)

func looksLikeProduction(secret string) bool { return productionToken(secret) }
