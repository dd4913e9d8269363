// Package cobrofacil emulates the clients of Cobrofácil: create, get and update, as the partner's page "Clients" has them.
//
// Start at routes.go, the whole surface. client.go is the resource, store.go its rows, validate.go and errors.go what is
// refused and how it is worded, auth.go who calls, fixture.go how records come in and out, and contract.go the rules.
//
// Deviations, each a rule of the ledger: the display name leaves names out (COB-12), the page's sample CLABE keeps its
// wrong check digit (COB-13), its examples ask for one client and print another (COB-36), and its example of an update
// sends POST (COB-37).
package cobrofacil
