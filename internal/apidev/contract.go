package apidev

import (
	_ "embed"

	"github.com/seed-0f456478/sandbox/internal/fidelity"
)

//go:embed claims.json
var claims []byte

// Rules is the ledger of this API. Its source is the partner's page "Clients — List & Detail", unless a rule says otherwise.
var Rules = []fidelity.Rule{
	{ID: "API-1", Provenance: fidelity.Documented, Source: "code examples", Text: "Every request but a login carries three headers: Authorization: Bearer and a JWT, X-API-Key, and tenant."},
	{ID: "API-2", Provenance: fidelity.Documented, Source: "errors, BAD_REQUEST", Text: "A request without one of them is answered with 400 BAD_REQUEST; for the tenant the sentence is published.", Assumption: "The sentences for the other two, and that tenant is looked for first, then X-API-Key, then Authorization."},
	{ID: "API-3", Provenance: fidelity.Documented, Source: "errors, UNAUTHORIZED", Text: "A JWT or key that is not valid or has expired is answered with 401 UNAUTHORIZED.", Assumption: "The sentences, the token's before the key's, and that an Authorization of another form is no valid one."},
	{ID: "API-4", Provenance: fidelity.Documented, Source: "permission, errors, FORBIDDEN", Text: "A user without the operation's permission is answered with 403 FORBIDDEN.", Assumption: "The sentence."},
	{ID: "API-5", Provenance: fidelity.Published, Source: "login page", Text: "POST /apidev/v1/login takes a tenant header, email and password, and answers a JWT (HS256) for one hour. Wrong ones are 401, a wrong body is 400 VALIDATION_ERROR; five failures of an e-mail within 30 s close its logins for 60 s with 429.", Assumption: "The fifth failure is still 401; then the right password is 429 too. A success forgets the failures. Times are the workspace's."},
	{ID: "API-6", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "Published are dev@sandbox.test and noperm@sandbox.test with the password sandbox, their standing tokens, and the key gtk_sandbox. Any tenant is taken. All of them are of one company."},
	{ID: "API-7", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "A key of another company than the token's is an invalid key."},
	{ID: "API-8", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "A key that begins with gtk_live, and a JWT that this API has not issued, look like the partner's production and are refused, with --auth open too."},
	{ID: "API-10", Provenance: fidelity.Documented, Source: "list, query parameters", Text: "A list takes status (10 characters), search (120), limit (1 to 100, 25 if not said) and offset (from 0)."},
	{ID: "API-11", Provenance: fidelity.Documented, Source: "list, example response", Text: "A list is success, data and meta with total, limit and offset: total counts what the filters leave, on all pages, and the other two are as asked for."},
	{ID: "API-12", Provenance: fidelity.Documented, Source: "list, response fields", Text: "An item has the eleven documented members in their order, each there, null where it is empty."},
	{ID: "API-13", Provenance: fidelity.Assumed, Source: "list, search", Text: "A search finds part of name, business_name, email, phone, document, tax_id or external_code, whatever the case and accents; % and _ are plain characters. A status matches whole and exactly. Items come as created, oldest first."},
	{ID: "API-14", Provenance: fidelity.Documented, Source: "errors, VALIDATION_ERROR", Text: "A parameter that is out of range or malformed is answered with 400 VALIDATION_ERROR, never clamped; for the limit the sentence is published.", Assumption: "The other sentences, and that the first one in the table's order wins. A number is decimal digits; an empty one is refused, an empty status or search is no filter."},
	{ID: "API-15", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "A text parameter that is there twice, holds NUL or is not UTF-8 must be a string. An offset beyond 64 bits is refused."},
	{ID: "API-20", Provenance: fidelity.Documented, Source: "detail, example response", Text: "A detail has the list's members and mobile, notes, document_type, address, country_id, department_id and accounts, in the printed order, and an empty meta. Coordinates are strings."},
	{ID: "API-21", Provenance: fidelity.Deviation, Source: "both example responses", Text: "The page counts 12 accounts of a client in the list and 3 in its detail. Both count what accounts holds, 0 without any. address is always there, with nulls."},
	{ID: "API-22", Provenance: fidelity.Documented, Source: "errors, NOT_FOUND", Text: "An unknown client is answered with 404 NOT_FOUND.", Assumption: "The sentence."},
	{ID: "API-23", Provenance: fidelity.Documented, Source: "detail, path parameters", Text: "An id is a string.", Assumption: "Up to 19 decimal digits; new ones are made of the workspace's time and a sequence, and nothing is ordered by them."},
	{ID: "API-30", Provenance: fidelity.Documented, Source: "rate limit, errors, RATE_LIMITED", Text: "Ten requests a minute, then 429 RATE_LIMITED.", Assumption: "Counted by user and operation in a sliding window on the workspace's clock; requests that the limit or an earlier check refuses do not count, 400s and 404s behind it do. The sentence."},
	{ID: "API-31", Provenance: fidelity.Documented, Source: "cache", Text: "A list is kept for 60 s, a detail for 30 s.", Assumption: "By owner, path and parameters, on the workspace's clock, so that a write shows late. Only 200s are kept, and they count against the limit. What the control API does to records empties the cache, writes through the API do not. X-Sandbox-Cache says hit or miss.", Switch: "apidev.cache"},
	{ID: "API-40", Provenance: fidelity.Published, Source: "errors", Text: "An error is success false, data null, and error with code and message, the codes being those of the page's table."},
	{ID: "API-41", Provenance: fidelity.Documented, Source: "errors, INTERNAL_ERROR", Text: "The internal error is 500 INTERNAL_ERROR; no request brings it about.", Assumption: "An unknown route is 404 NOT_FOUND, another method 405 METHOD_NOT_ALLOWED, a body that is too large 413 PAYLOAD_TOO_LARGE, one that is not JSON 400 VALIDATION_ERROR, each with a sentence."},
	{ID: "API-50", Provenance: fidelity.Published, Source: "page on creating clients", Text: "POST /apidev/v1/clients takes a client with a flat address, name alone required, each text up to its length, and answers its id. Ten a minute.", Assumption: "201. Nothing is unique."},
	{ID: "API-51", Provenance: fidelity.Deviation, Source: "pages on updating clients", Text: "PUT /apidev/v1/clients/{id} changes what is sent, null clears, and answers the id and updated_fields. An id in the body, which one page refuses and another ignores, is refused; other unknown members are ignored."},
	{ID: "API-52", Provenance: fidelity.Published, Source: "pages on accounts", Text: "Accounts are listed with more filters, created and updated like clients, with client_id, qr_code and three dates besides. Ten a minute, the list kept for 60 s.", Assumption: "GET /apidev/v1/accounts/{id} answers the list's item, under the limit and for the lifetime of a client's detail."},
	{ID: "API-53", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "A body's member that is not valid is told in the words of API-14: required, a string, a number, its length, an e-mail, an ISO 8601 date. The first one is answered, in the order of the published table."},
	{ID: "API-54", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "An empty text is null. A name cannot be cleared. updated_fields are the known members that were sent, in the order of the published table, changed or not. A creation without a status has none."},
	{ID: "API-55", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "An account's client_id is null or a client's of the company. The names of country, department and city are those of the seed's numbers, null for others; city and provider are set by fixtures alone."},
	{ID: "API-S1", Provenance: fidelity.House, Source: "examples", Text: "The seed begins with the documented client and its three accounts; 23 clients are found by status=A&search=regional, and there are 60 and more, the personas among them, and one whose nullable members are all null."},
	{ID: "API-S2", Provenance: fidelity.House, Source: "not mentioned", Text: "Another company starts with one client of its own."},
	{ID: "API-C1", Provenance: fidelity.House, Source: "code examples", Text: "The page's curl, JavaScript and Python lines run against the sandbox, with http in the place of https."},
}
