package cobrofacil

import (
	_ "embed"

	"github.com/seed-0f456478/sandbox/internal/fidelity"
)

//go:embed claims.json
var claims []byte

// Rules is the ledger of this API. Its source is the partner's page "Clients", unless a rule says otherwise.
var Rules = []fidelity.Rule{
	{ID: "COB-1", Provenance: fidelity.Documented, Source: "every request", Text: "Every request carries Authorization: Bearer and a token. Published here: sandbox-cobrofacil-token."},
	{ID: "COB-2", Provenance: fidelity.Published, Source: "error pages", Text: "A missing, malformed or unknown token is answered with 401, Unauthenticated."},
	{ID: "COB-3", Provenance: fidelity.Published, Source: "environments page", Text: "X-Environment may say default or sandbox. A token belongs to one environment, which is its owner; without the header that one counts."},
	{ID: "COB-4", Provenance: fidelity.Assumed, Source: "environments page", Text: "An X-Environment that is not the token's is answered like an unknown token."},
	{ID: "COB-5", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "There is no rate limit."},
	{ID: "COB-10", Provenance: fidelity.Documented, Source: "every response", Text: "Every success is an object with the client in its one member, data."},
	{ID: "COB-11", Provenance: fidelity.Documented, Source: "properties, id", Text: "The id is a UUID version 7, made from the workspace's clock."},
	{ID: "COB-12", Provenance: fidelity.Deviation, Source: "properties, display", Text: "The full display name leaves out the middle name, as in the example.", Assumption: "It leaves out the maternal name too, and follows an update."},
	{ID: "COB-13", Provenance: fidelity.Documented, Source: "properties, spei_clabe", Text: "spei_clabe has 18 digits, or is null; it is unique, given at creation, and stays (published).", Assumption: "The prefix 6461806307, a sequence of seven digits, and a correct check digit, which the example's own is not."},
	{ID: "COB-20", Provenance: fidelity.Documented, Source: "create, attributes", Text: "first_name, last_name and phone_number are required; email, middle_name, mm_name and external_reference may be absent or null. All are strings."},
	{ID: "COB-21", Provenance: fidelity.Assumed, Source: "create, response", Text: "A creation is answered with 201.", Switch: "cobrofacil.create_status"},
	{ID: "COB-22", Provenance: fidelity.Documented, Source: "create, phone_number", Text: "phone_number is in E.164 format.", Assumption: "A plus sign and 8 to 15 digits, the first not 0; behind +52 and +1 exactly ten. Whether the number is in use is not looked at."},
	{ID: "COB-23", Provenance: fidelity.Assumed, Source: "create, external_reference", Text: "An external reference is unique for its owner, letter case counting, and is no other client's id, since both identify a client."},
	{ID: "COB-24", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "Strings are trimmed, and an empty one counts as null, as is the habit of the framework that the partner uses."},
	{ID: "COB-25", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "Strings have at most 255 characters."},
	{ID: "COB-30", Provenance: fidelity.Documented, Source: "get, client_id", Text: "A client is addressed by its id or its external reference.", Assumption: "The id is tried first."},
	{ID: "COB-31", Provenance: fidelity.Documented, Source: "update, attributes", Text: "An update changes what was sent and leaves the rest. null clears email, middle_name, mm_name and external_reference; the other three cannot be null. The answer is the whole client.", Assumption: "200, and null for one of the three reads like a missing one."},
	{ID: "COB-32", Provenance: fidelity.Documented, Source: "update, phone_number", Text: "In an update phone_number is a number of Mexico or the US.", Assumption: "+52 or +1, Canada included, and ten digits."},
	{ID: "COB-33", Provenance: fidelity.Assumed, Source: "update", Text: "An update that sends no known member is answered with 200 and changes nothing."},
	{ID: "COB-34", Provenance: fidelity.Assumed, Source: "update", Text: "id, display and spei_clabe in a body are ignored."},
	{ID: "COB-35", Provenance: fidelity.Assumed, Source: "update, external_reference", Text: "An update to a reference that another client has is refused like a creation; to the client's own it is fine."},
	{ID: "COB-36", Provenance: fidelity.Deviation, Source: "get and update, examples", Text: "The page asks for client-200 and prints client-300. A fresh workspace has client-200, so that all three examples are answered and the update's answer is the printed one."},
	{ID: "COB-37", Provenance: fidelity.Deviation, Source: "update, example", Text: "The page calls the update PATCH, but its curl line names no method and sends POST: both update."},
	{ID: "COB-40", Provenance: fidelity.Published, Source: "error pages", Text: "An invalid body is answered with 422 and a sentence for every failing member, in the order first_name, last_name, phone_number, email, middle_name, mm_name, external_reference, in an update too."},
	{ID: "COB-41", Provenance: fidelity.Assumed, Source: "error pages", Text: "The sentences are the framework's, one for each check that a member fails; a member that is missing or of the wrong type is told only that."},
	{ID: "COB-42", Provenance: fidelity.Published, Source: "error pages", Text: "An unknown client is answered with 404, with message, model, ids and exception_code.", Assumption: "The values of message, model and ids."},
	{ID: "COB-43", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "Unknown routes and wrong methods are answered with 404 and 405 in the framework's words."},
	{ID: "COB-44", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "A body that is not JSON, no object, or not sent as application/json is answered with 400; one that is too large with 413."},
	{ID: "COB-45", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "The internal error is 500, Server Error; no request brings it about."},
	{ID: "COB-S1", Provenance: fidelity.House, Source: "examples", Text: "The seed holds the documented client under the reference client-200, one whose nullable members are all null, and the twelve personas, both surnames filled."},
	{ID: "COB-S2", Provenance: fidelity.House, Source: "environments page", Text: "The owner default starts with one client of its own."},
	{ID: "COB-C1", Provenance: fidelity.NotEmulated, Source: "published page on balances", Text: "GET /api/v1/stp/balance."},
	{ID: "COB-C2", Provenance: fidelity.NotEmulated, Source: "published page on webhooks", Text: "Webhooks webhook.ping and spei_transfer.reconciled."},
}
