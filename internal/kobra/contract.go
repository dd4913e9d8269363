package kobra

import (
	_ "embed"

	"github.com/seed-0f456478/sandbox/internal/fidelity"
)

//go:embed claims.json
var claims []byte

// Rules is the ledger of this API. Its source is the partner's page on the import, unless a rule says otherwise.
var Rules = []fidelity.Rule{
	{ID: "KOB-1", Provenance: fidelity.Published, Source: "page on authentication", Text: "POST /api/auth takes user and password and answers with a JWT in data.token. Published here: lender@sandbox.test with sandbox, and the standing token sandbox-kobra-token.", Assumption: "The answer's error is null."},
	{ID: "KOB-2", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "The token stands in Authorization, bare or behind Bearer, and lasts 24 hours. One that is missing, unknown or expired is answered with 401, and so is a wrong login, each with its own sentence."},
	{ID: "KOB-10", Provenance: fidelity.Deviation, Source: "accounts, importTypeID", Text: "importTypeID stands among an account's members in the table and at the top in the example: it is read at the top, and required. 1 is new accounts, 2 balances, 3 personal information."},
	{ID: "KOB-11", Provenance: fidelity.Documented, Source: "accounts, example", Text: "accounts is an array.", Assumption: "It holds 1 to 10,000 accounts."},
	{ID: "KOB-12", Provenance: fidelity.Documented, Source: "accounts, table", Text: "Every member has the table's type, longest length and values; dates are YYYY-MM-DD. The row without a name is email's, as in the example.", Assumption: "Of an e-mail only the length is looked at. kobraID and branchID are not looked up; where they are, an unknown one is answered with 404.", Switch: "kobra.unknown_reference"},
	{ID: "KOB-13", Provenance: fidelity.Deviation, Source: "accounts, requiredPayment", Text: "requiredPayment is a number and requiredPaymentMaxDate a date, as in the example: the table's two rows have slipped by one."},
	{ID: "KOB-14", Provenance: fidelity.Deviation, Source: "accounts, civilStatus", Text: "civilStatus is D, L, C or S in the table and 1 in the example: the letters and the numbers 1 to 4 are taken, and kept as they were sent."},
	{ID: "KOB-15", Provenance: fidelity.Assumed, Source: "accounts, required", Text: "The page marks required members by a colour that is lost. externalID is required always; with importTypeID 1 also productID, currencyCode, name and firstSurname.", Switch: "kobra.required_members"},
	{ID: "KOB-16", Provenance: fidelity.Documented, Source: "introduction", Text: "An account that exists is updated: what is sent replaces, the rest stays. inactive true deactivates it.", Assumption: "Type 1 reads every member; 2 those from initialCapital to loanDate, of the payment information, the required payment and overduePeriods; 3 those from name to addressTypeID; all of them kobraID, branchID, internalAgentsNetwork and inactive. Members that a type does not read are not looked at. With 2 and 3 an unknown externalID is answered with 404."},
	{ID: "KOB-17", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "One bad account refuses the whole import. So does an externalID that stands in it twice."},
	{ID: "KOB-18", Provenance: fidelity.Assumed, Source: "accounts, example", Text: "An empty string counts as absent, and so does null. An absent member never erases a stored one."},
	{ID: "KOB-19", Provenance: fidelity.Documented, Source: "accounts, table", Text: "Numbers are JSON numbers, integers whole ones, both kept as they were sent.", Assumption: "5.0 is whole, negative ones are taken, an integer has at most 64 bits (53 where it has a fraction or an exponent), and a number beyond a double's range is none."},
	{ID: "KOB-30", Provenance: fidelity.Deviation, Source: "payment promises", Text: "The visit is visitID in the example and visitlID in the table: either is taken, one is required, and where both are sent the first counts. paymentPromiseStatus is required: 2 active, 3 cover, 4 uncover, 5 partial pay."},
	{ID: "KOB-31", Provenance: fidelity.Assumed, Source: "payment promises", Text: "A promise for a visit that the sandbox does not know is taken; the switch has it answered with 404.", Switch: "kobra.unknown_visit"},
	{ID: "KOB-32", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "1 to 10,000 promises are stored, all or none. Of several for one visit the last one counts."},
	{ID: "KOB-40", Provenance: fidelity.Documented, Source: "response", Text: "An answer has data, which is null, and error with type and message; the page's own lacks a comma.", Assumption: "A success is 200 with an error of null."},
	{ID: "KOB-41", Provenance: fidelity.Assumed, Source: "response", Text: "Types and statuses: ValidationError 400, Unauthorized 401, NotFound 404, MethodNotAllowed 405, PayloadTooLarge 413, TooManyRequests 429, InternalError 500. The message names the first violation with its path, accounts in their order and members in the table's; the first 100 are in the journal."},
	{ID: "KOB-42", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "Malformed JSON is a ValidationError that names the line, the column in bytes and what was expected there. So is another content type, and another top level."},
	{ID: "KOB-43", Provenance: fidelity.Deviation, Source: "accounts, example", Text: "The example lacks seven commas, so that it is refused as malformed; with them it is imported as it is."},
	{ID: "KOB-44", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "A login without user or password, or with one that is no string, is a ValidationError."},
	{ID: "KOB-45", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "There is no rate limit."},
	{ID: "KOB-46", Provenance: fidelity.Assumed, Source: "not mentioned", Text: "The internal error is 500; no request brings it about."},
	{ID: "KOB-47", Provenance: fidelity.House, Source: "response", Text: "What an import did to each record, created, updated or unchanged, is in the journal, since the answer cannot say it."},
	{ID: "KOB-S1", Provenance: fidelity.House, Source: "examples", Text: "The seed holds three visits, 1045637 among them, two branches, two agents, a promise, an account with nothing but what is required, and the twelve personas."},
	{ID: "KOB-S2", Provenance: fidelity.House, Source: "not mentioned", Text: "Another owner starts with one account of its own."},
}
