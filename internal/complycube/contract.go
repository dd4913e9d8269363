package complycube

import (
	_ "embed"

	"github.com/seed-0f456478/sandbox/internal/fidelity"
)

//go:embed claims.json
var claims []byte

// Rules is the ledger of this API. Its source is the partner's page "Update a client", unless a rule says otherwise.
var Rules = []fidelity.Rule{
	{ID: "CC-1", Provenance: fidelity.Documented, Source: "headers", Text: "Authorization holds the bare API key, without Bearer (published). Published here: test_sandbox and live_sandbox."},
	{ID: "CC-2", Provenance: fidelity.Published, Source: "authentication page", Text: "A test key and a live key never see each other's data."},
	{ID: "CC-3", Provenance: fidelity.Published, Source: "error pages", Text: "A missing or unknown key is answered with 401, unauthorized."},
	{ID: "CC-4", Provenance: fidelity.Published, Source: "page on rate limits", Text: "A test key may make 5 requests a second, a live key 10; beyond that 429, rate_limit_exceeded, without a header about it.", Assumption: "Each key is counted by itself, in a second that slides; requests that are refused for it do not count. A minted key is a test key, unless its owner is live."},
	{ID: "CC-5", Provenance: fidelity.Documented, Source: "headers", Text: "A body is sent as application/json.", Assumption: "Any other type is answered with 400, invalid_request."},
	{ID: "CC-10", Provenance: fidelity.Published, Source: "client object", Text: "Members that are absent, null or empty are left out.", Assumption: "Not so the values within metadata: a key with an empty value is shown."},
	{ID: "CC-11", Provenance: fidelity.Documented, Source: "example response", Text: "id is 24 lower-case hexadecimal digits; times are ISO 8601 in UTC with milliseconds.", Assumption: "The id begins with the second of creation on the workspace's clock."},
	{ID: "CC-12", Provenance: fidelity.Deviation, Source: "example response", Text: "entityName, the full name or the company's, is an attribute of a client on other pages but in none of the examples. It is shown in lists only.", Switch: "complycube.entity_name"},
	{ID: "CC-13", Provenance: fidelity.Deviation, Source: "example response", Text: "updatedAt is the time of the last update. The example's lies before createdAt, which only the seed repeats.", Assumption: "An update that changes nothing is one too."},
	{ID: "CC-14", Provenance: fidelity.Documented, Source: "body", Text: "mobile and telephone are strings of any form.", Assumption: "externalId is called unique, but may repeat. entityName is first, middle and last name, a blank between them."},
	{ID: "CC-20", Provenance: fidelity.Documented, Source: "introduction", Text: "An update is answered with 200 and the whole client; what was not sent stays as it is."},
	{ID: "CC-21", Provenance: fidelity.Documented, Source: "body", Text: "An update takes email, mobile, telephone, externalId, joinedDate (YYYY-MM-DD), personDetails, companyDetails and metadata."},
	{ID: "CC-22", Provenance: fidelity.Documented, Source: "introduction", Text: "The type can never change.", Assumption: "Sent as it is, it is fine; anything else, null too, is refused: 'type' cannot be amended."},
	{ID: "CC-23", Provenance: fidelity.Published, Source: "client object", Text: "personDetails and companyDetails are merged member by member. Those that do not fit the client's type are accepted and ignored.", Assumption: "Nothing in the ones that do not fit is looked at; they are only to be an object."},
	{ID: "CC-24", Provenance: fidelity.Documented, Source: "body, metadata", Text: "metadata has at most 20 keys of at most 40 characters, with strings (published) of at most 500 as values.", Assumption: "It replaces what was there; null and {} take it away. A key and a value may be empty.", Switch: "complycube.metadata_keys"},
	{ID: "CC-25", Provenance: fidelity.Published, Source: "person and company details", Text: "personDetails has firstName, middleName, lastName, dob, gender, nationality, birthCountry and four numbers, companyDetails name, website, registrationNumber, incorporationCountry and incorporationType. firstName, lastName and name are required in a creation and cannot be emptied. Dates, countries, genders and types of incorporation are checked.", Assumption: "A country is one of the 249 of ISO 3166-1, in capitals, and the sentence for another is a format's."},
	{ID: "CC-26", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "null takes an optional member away, and so does an empty string. It is refused for email, firstName, lastName and name, in the words for a missing one, and null for personDetails and companyDetails."},
	{ID: "CC-27", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "Strings have at most 200 characters, the names of persons and companies 100."},
	{ID: "CC-28", Provenance: fidelity.Published, Source: "client object", Text: "Unknown members are accepted.", Assumption: "They are dropped, and listed in the journal."},
	{ID: "CC-29", Provenance: fidelity.Deviation, Source: "body", Text: "The page calls personDetails required for a person, and says that what is not sent stays: it is required in a creation only. joinedDate is called a date and time in the format of a date: it is a date."},
	{ID: "CC-30", Provenance: fidelity.Published, Source: "page on creating a client", Text: "A creation needs type, email, and personDetails for a person or companyDetails for a company. It is answered with 200."},
	{ID: "CC-31", Provenance: fidelity.Published, Source: "pages on getting and deleting a client", Text: "A client is read with GET, 200, and deleted with DELETE, 204 without a body."},
	{ID: "CC-32", Provenance: fidelity.Published, Source: "pages on lists", Text: "A list is a page of clients, newest first, with page, pageSize, totalItems and pages. Filters on every scalar member, dotted where it is nested, and createdAfter, createdBefore, updatedAfter and updatedBefore are all to hold; one that does not exist or parse fits no client. Of equal times the later created comes first.", Assumption: "page and pageSize (1 to 1000) out of range: 400. A page behind the last has no items and the true totals. A date is its first moment in UTC. A filter sent twice with two values fits no client."},
	{ID: "CC-40", Provenance: fidelity.Published, Source: "error pages", Text: "An error is an object with type, message and, for a member, param. It tells one violation, the first in the order type, email, mobile, telephone, externalId, joinedDate, the details in their order, metadata."},
	{ID: "CC-41", Provenance: fidelity.Published, Source: "error pages", Text: "A violation is answered with 400, invalid_request. Sentences name the member, param is its dotted path.", Assumption: "All sentences but that for allowed values."},
	{ID: "CC-42", Provenance: fidelity.Published, Source: "error pages", Text: "An id that does not exist is answered with 404, resource_not_found, of whatever form it is."},
	{ID: "CC-43", Provenance: fidelity.Published, Source: "error pages", Text: "A service that is not in the plan: 403, unauthorized. The internal error: 500, internal_server_error. Only a fault brings them about."},
	{ID: "CC-44", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "A body that is not JSON or no object: 400, invalid_request. Too large: 413, request_too_large. An unknown route: 404, resource_not_found. A wrong method: 405, method_not_allowed."},
	{ID: "CC-S1", Provenance: fidelity.House, Source: "example response", Text: "Under the test key the seed holds the documented client, the personas, persons and companies, and others for lists of several pages. Each optional member is missing in some."},
	{ID: "CC-S2", Provenance: fidelity.House, Source: "authentication page", Text: "The live key starts with one client of its own."},
	{ID: "CC-C1", Provenance: fidelity.NotEmulated, Source: "page on testing", Text: "What the partner's own sandbox does for last names attention and failed, and middle names medium-risk and high-risk."},
	{ID: "CC-C2", Provenance: fidelity.NotEmulated, Source: "client library", Text: "Documents, checks, addresses and everything else about a client; webhooks; lastActionBy."},
}
