// Package kobra emulates Kobra's import of accounts and of payment promises, and the login before it, as the partner's
// page has them.
//
// Start at routes.go, the whole surface. members.go is the page's table of what an account holds. account.go and
// promise.go are what an import does with either body, walk.go how it reads them, store.go the rows, errors.go how a
// refusal is worded, auth.go who calls, fixture.go how records come in and out, and contract.go the rules.
//
// Deviations, each a rule of the ledger: the import's type stands at the top of the body (KOB-10), the table's rows of the
// required payment have slipped (KOB-13), a civil status is a letter or a number (KOB-14), a visit's id has two spellings
// (KOB-30), and the page's example is not JSON (KOB-43).
package kobra
