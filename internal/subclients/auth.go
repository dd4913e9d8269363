package subclients

import (
	"context"
	"time"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/web"
)

// The ids of the published parents. A client is an owner by its id.
const (
	capsule     = "6d2f2f6e-6c5d-4b57-9a5c-3f0b8f1f7c01"
	otherParent = "6d2f2f6e-6c5d-4b57-9a5c-3f0b8f1f7c02"
	poorParent  = "6d2f2f6e-6c5d-4b57-9a5c-3f0b8f1f7c03"
)

// What the parent Capsule Corp. logs in with.
const (
	capsuleKey      = "sandbox-subclients-key"
	capsulePassword = "sandbox"
	// What that is with the parent's salt, so that no start has to work it out.
	capsuleHash = "$argon2id$v=19$m=256,t=1,p=1$L+iwZEvQMj52Pm/3JiAZxA$0GLjTyzYliRte7ExPqAC9Cc/6P9qOiExh/OMAOwc+cM"
)

var credentials = []gate.Credential{
	{ID: "subclients-sandbox", Secret: "sandbox-subclients-token", Owner: capsule, Use: "the demo owner, Capsule Corp., without a login"},
	{ID: "subclients-login", In: gate.Password, User: capsuleKey, Secret: capsulePassword, Owner: capsule, Use: "the demo owner's login, by POST /auth/login: user is api_client.api_key"},
	{ID: "subclients-other", Secret: "sandbox-subclients-other-token", Owner: otherParent, Use: "another owner, with one subclient of its own"},
	{ID: "subclients-poor", Secret: "sandbox-subclients-poor-token", Owner: poorParent, Use: "a parent with nothing available"},
	{ID: "subclients-expired", Secret: "sandbox-subclients-expired-token", Owner: capsule, Expired: true, Use: "answered with 401"},
}

// parents are whom the published credentials belong to, as they are in a workspace without a row of theirs (SUB-6).
var parents = []client{
	published(client{
		id: capsule, name: "Capsule Corp.", alias: "CAPCORP", code: "CAPSU", email: "contacto@capsule.example.com", rfc: "CCO850620AB1",
		available: 100000051, balance: 16049, apiKey: capsuleKey, passwordHash: new(capsuleHash),
	}),
	published(client{
		id: otherParent, name: "Otra Orilla", alias: "OTRAORILLA", code: "OTRAO", email: "contacto@otra-orilla.example.com", rfc: "OOR910305CD2",
		available: 5000000, apiKey: "6d2f2f6e-6c5d-4b57-9a5c-3f0b8f1f7c12",
	}),
	published(client{
		id: poorParent, name: "Sin Fondos", alias: "SINFONDOS", code: "SINFO", email: "contacto@sin-fondos.example.com", rfc: "SFO020714EF3",
		apiKey: "6d2f2f6e-6c5d-4b57-9a5c-3f0b8f1f7c13",
	}),
}

// published is a parent opened a year before the seed's subclients.
func published(c client) client {
	c.createdAt = time.Date(2024, 6, 3, 15, 0, 0, 0, time.UTC)
	c.updatedAt = c.createdAt
	return c
}

// authenticate takes the bearer token: a published one, or a login's.
func authenticate(x *gate.Exchange) (gate.Credential, error) {
	return x.CredentialOf("Authorization", gate.Bearer(x.Request))
}

// user finds the client that a login's token was given to.
func (a *api) user(ctx context.Context, records, id string) (c gate.Credential, found bool, err error) {
	err = a.store.Read(ctx, func(v store.View) error {
		_, found, err = findClient(v, records, id)
		return err
	})
	return gate.Credential{Owner: id}, found, err
}

// foreignToken is the shape of a JWT. This sandbox's own are told before: another is the partner's.
var foreignToken = web.Pattern(`^eyJ[A-Za-z0-9_-]+\.eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$`)

func looksLikeProduction(secret string) bool { return foreignToken(secret) }
