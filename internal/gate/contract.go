package gate

import (
	_ "embed"

	"github.com/seed-0f456478/sandbox/internal/fidelity"
)

// Claims are the tests of the rules, see fidelity.WithTests.
//
//go:embed claims.json
var Claims []byte

// Rules is the ledger of what all APIs share.
var Rules = []fidelity.Rule{
	{ID: "COM-1", Provenance: fidelity.House, Source: "addressing", Text: "All APIs answer on one port. The sandbox's base of an API stands in the place of https://host in the partner's URL."},
	{ID: "COM-2", Provenance: fidelity.House, Source: "addressing", Text: "The partner's own host name, or the API's name under localhost, selects an API at its native paths."},
	{ID: "COM-3", Provenance: fidelity.House, Source: "addressing", Text: "A URL may start with /w/ and a workspace's name."},
	{ID: "COM-4", Provenance: fidelity.House, Source: "addressing", Text: "Every route answers with and without a trailing slash, never by redirect."},
	{ID: "COM-5", Provenance: fidelity.House, Source: "addressing", Text: "A path outside all APIs is answered with 404 and a JSON body that lists the bases, and the URL that was meant when the path is a documented one without its base."},
	{ID: "COM-6", Provenance: fidelity.House, Source: "addressing", Text: "An unknown path or method inside an API is answered with 404 or 405 in its own envelope; 405 carries Allow."},
	{ID: "COM-10", Provenance: fidelity.House, Source: "workspaces", Text: "A workspace isolates everything, and comes into being with the seed when a request with good credentials on a known route first names it, once however many do so at the same time. Beyond --max-workspaces the one idle the longest goes."},
	{ID: "COM-11", Provenance: fidelity.House, Source: "workspaces", Text: "A request names its workspace by its URL, or by @ and the name behind its secret. The whole secret is tried first. Two names that differ are bad credentials; without any it is default."},
	{ID: "COM-12", Provenance: fidelity.House, Source: "workspaces", Text: "A credential belongs to an owner, and never sees another owner's records."},
	{ID: "COM-13", Provenance: fidelity.House, Source: "credentials", Text: "Published credentials exist in every workspace; any other is answered with the API's 401. With --auth open every well-formed one is taken as the demo owner. What looks like a production secret is refused in both."},
	{ID: "COM-14", Provenance: fidelity.House, Source: "credentials", Text: "The control API mints further credentials in a workspace, with an owner, permissions and an expiry on the workspace's clock, and revokes them. They are part of its state: snapshots and fixtures hold them, and a reset takes them away."},
	{ID: "COM-15", Provenance: fidelity.House, Source: "credentials", Text: "A credential that has expired and one of another owner are published for every API."},
	{ID: "COM-20", Provenance: fidelity.House, Source: "requests", Text: "Checks come in this order: route and method, credentials, permission, rate limit, content type and syntax, validation, state. A value that is taken is looked for last, and is then the only violation."},
	{ID: "COM-21", Provenance: fidelity.House, Source: "requests", Text: "Bodies are JSON in UTF-8 as application/json; answers are compact, escape nothing that need not be, and keep the documented order."},
	{ID: "COM-22", Provenance: fidelity.House, Source: "requests", Text: "A body has at most 1 MiB, where its API does not say more (413). Nesting beyond 32 levels, a member twice, invalid UTF-8, NUL or a lone surrogate in a string, anything behind the value, an empty body, another top level or content type: 400."},
	{ID: "COM-23", Provenance: fidelity.House, Source: "requests", Text: "Lengths count Unicode code points."},
	{ID: "COM-24", Provenance: fidelity.House, Source: "requests", Text: "Member names match exactly. Unknown members and parameters are ignored, and listed in the journal."},
	{ID: "COM-25", Provenance: fidelity.House, Source: "answers", Text: "Every answer carries X-Sandbox-Request-Id, and from 400 on X-Sandbox-Explain with the path of its journal entry, which lists every violation."},
	{ID: "COM-26", Provenance: fidelity.House, Source: "browsers", Text: "Any origin may call the APIs and read every header. A preflight is neither authenticated nor journalled, and carries no X-Sandbox header."},
	{ID: "COM-27", Provenance: fidelity.House, Source: "requests", Text: "HEAD answers like GET, without a body."},
	{ID: "COM-28", Provenance: fidelity.House, Source: "durability", Text: "A write is durable when it is acknowledged."},
	{ID: "COM-29", Provenance: fidelity.House, Source: "time", Text: "Times come from the workspace's clock, read once at arrival."},
	{ID: "COM-30", Provenance: fidelity.House, Source: "concurrency", Text: "Of requests that race for a unique value one wins, and the others get the documented refusal."},
	{ID: "COM-31", Provenance: fidelity.House, Source: "requests", Text: "Idempotency-Key is ignored: a creation sent twice is two creations, or refused where something of it is unique."},
	{ID: "COM-32", Provenance: fidelity.House, Source: "seed", Text: "For every nullable member the seed holds a record in which it is null."},
	{ID: "COM-33", Provenance: fidelity.House, Source: "addressing", Text: "A path parameter is percent-decoded once. NUL and invalid UTF-8 are answered like an unknown record."},
	{ID: "COM-40", Provenance: fidelity.House, Source: "faults", Text: "A fault is armed through the control API for an API or one of its operations, or asked for one request by X-Sandbox-Fault. It strikes after credentials and limits. A preflight is never hit."},
	{ID: "COM-41", Provenance: fidelity.House, Source: "faults", Text: "A fault answers with an error of the partner's own catalogue, delays or holds the operation, closes the connection before it, loses its answer after its write, or cuts the answer's body."},
}
