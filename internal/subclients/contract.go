package subclients

import (
	_ "embed"

	"github.com/seed-0f456478/sandbox/internal/fidelity"
)

//go:embed claims.json
var claims []byte

// Rules is the ledger of this API. Its source is the partner's page "Create a client", unless a rule says otherwise.
var Rules = []fidelity.Rule{
	{ID: "SUB-1", Provenance: fidelity.Documented, Source: "header parameters", Text: "Every request but a login carries Authorization: Bearer and a token; a body comes as application/json."},
	{ID: "SUB-2", Provenance: fidelity.Published, Source: "page on the authorization token", Text: "POST /auth/login takes api_client with api_key and password. The token comes in the header Authorization, the client in the body, its times with milliseconds and the offset of America/Mexico_City.", Assumption: "The header reads Bearer and a JWT."},
	{ID: "SUB-3", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "Published here: the api key sandbox-subclients-key with the password sandbox, and the token sandbox-subclients-token. A login's token lives 24 hours on the workspace's clock."},
	{ID: "SUB-4", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "A missing, malformed, unknown or expired token is answered with 401 and Unauthorized; a wrong login with 401 and a status of its own. Another JWT than the sandbox's own counts as one of the partner's production."},
	{ID: "SUB-5", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "There is no rate limit."},
	{ID: "SUB-6", Provenance: fidelity.House, Source: "published credentials", Text: "The clients of the published credentials exist in every workspace. Where seed and fixture leave one out, it is as in the demo seed, and becomes a record when something of it first changes."},
	{ID: "SUB-7", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "A login that lacks its api key or password, or has them of another type, is a wrong login."},
	{ID: "SUB-10", Provenance: fidelity.Documented, Source: "body parameters", Text: "The table of body parameters: presence, type, characters and digits of all members. The e-mail pattern of email is published.", Assumption: "The other two addresses follow the same pattern. available is a JSON number, not negative, with at most two decimals."},
	{ID: "SUB-11", Provenance: fidelity.Deviation, Source: "body parameters and example", Text: "Country codes are strings in the table and numbers in the example: both are taken."},
	{ID: "SUB-12", Provenance: fidelity.Assumed, Source: "body parameters", Text: "An optional member may be left out, null or empty; a required one may not. White space counts as characters."},
	{ID: "SUB-13", Provenance: fidelity.Documented, Source: "note", Text: "A creation needs available balance, with a minimum agreed with the partner.", Assumption: "The minimum is 100 and holds for the new subclient's available; it may also hold for what the parent has. available is taken from the parent in the same moment.", Switch: "subclients.minimum_available, subclients.minimum_of"},
	{ID: "SUB-14", Provenance: fidelity.Assumed, Source: "body parameters, alias", Text: "An alias is unique among the subclients of a client, letter case counting."},
	{ID: "SUB-15", Provenance: fidelity.Assumed, Source: "example response", Text: "Every success is answered with 200 and code 0."},
	{ID: "SUB-16", Provenance: fidelity.Documented, Source: "example response", Text: "A creation answers with the subclient and its api client, in the example's order; the id is a UUID, available in its shortest form.", Assumption: "The id is of version 4. code is the first five letters and digits of the name in upper case, without accents.", Switch: "subclients.code"},
	{ID: "SUB-17", Provenance: fidelity.Deviation, Source: "example response", Text: "The example has an empty id and a UUID for a name in api_client. It is answered so; corrected, the UUID is the id and api_key_name the name. description is what was sent, or null.", Switch: "subclients.api_client"},
	{ID: "SUB-18", Provenance: fidelity.Assumed, Source: "example response", Text: "The UUID in api_client is the new subclient's api key. With api_key_password it logs in, and is a client like any other: it sees its own balance, and creates and funds subclients of its own."},
	{ID: "SUB-19", Provenance: fidelity.Assumed, Source: "body parameters, api_key_password", Text: "A password is kept as a hash alone (argon2id, 256 KiB, one pass: a cost for tests), and shown nowhere else than in a fixture, as that hash."},
	{ID: "SUB-20", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "A valid creation is refused for the first of these: its alias is taken, the minimum, the balance. So one that is sent again is told of its alias, whatever the first has left."},
	{ID: "SUB-21", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "A new client's balance is 0, its entity_code its code, its status active; no call changes them."},
	{ID: "SUB-40", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "An error has the members of a success: success false, the HTTP status as code, a message, data null."},
	{ID: "SUB-41", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "An invalid body is answered with 422, Validation failed, and one sentence for every failing member, in the table's order."},
	{ID: "SUB-42", Provenance: fidelity.Assumed, Source: "note", Text: "Too little balance is answered with 422, Insufficient balance; an amount below the minimum with 422 and the minimum."},
	{ID: "SUB-43", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "400 for a body that is not JSON, no object, or not sent as application/json; 404, 405, 413 and 500 likewise in the envelope."},
	{ID: "SUB-50", Provenance: fidelity.Documented, Source: "body parameters, state", Text: "state is a value of the states catalog.", Assumption: "GET /catalogs/states lists the 32 states with key and proper name; state takes a key exactly."},
	{ID: "SUB-60", Provenance: fidelity.Published, Source: "page on the own client", Text: "GET /clients answers with the caller's own client; the time zone is time_zone here, and timezone in a login."},
	{ID: "SUB-61", Provenance: fidelity.Deviation, Source: "published page on funding", Text: "POST /clients/fund moves an amount from the caller to one of its subclients. client_id is the subclient's; the published sample shows the caller's."},
	{ID: "SUB-62", Provenance: fidelity.Published, Source: "published page on public keys", Text: "POST /clients/api_key/public_key keeps a public key and answers with the client and its api key.", Assumption: "The api key's id is the api key itself, its alias the client's. A second key takes the place of the first."},
	{ID: "SUB-63", Provenance: fidelity.Assumed, Source: "published page on funding", Text: "A client_id that is no subclient of the caller, its own id among them, is answered with 404, Client not found. The amount may be 0; no minimum holds. One that would give the subclient more than 15 digits is invalid."},
	{ID: "SUB-64", Provenance: fidelity.Assumed, Source: "published page on public keys", Text: "A public key is one PEM block of type PUBLIC KEY (PKIX) or RSA PUBLIC KEY (PKCS #1), RSA, of exactly 2048 bits."},
	{ID: "SUB-S1", Provenance: fidelity.House, Source: "seed", Text: "The seed has three parents: Capsule Corp., which the demo credentials belong to, another with one subclient, and one with nothing available."},
	{ID: "SUB-S2", Provenance: fidelity.House, Source: "seed", Text: "The Mexican companies of the personas are subclients of Capsule Corp., and log in with their slug as api key and the password sandbox. The documented subclient is not there, so that the example creates it."},
}
