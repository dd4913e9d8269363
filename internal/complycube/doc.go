// Package complycube emulates the clients of ComplyCube: update, as the partner's page "Update a client" has it, and create,
// get, delete and list around it.
//
// Start at routes.go, the whole surface. client.go is the resource, list.go its pages and filters, store.go its rows,
// validate.go and errors.go what is refused and how it is worded, auth.go who calls, limits.go how often, fixture.go how
// records come in and out, and contract.go the rules.
//
// Deviations, each a rule of the ledger: an entity's name is only in lists (CC-12), a client is never updated before it was
// created, except in the seed (CC-13), and the details of a person are required in a creation only (CC-29).
package complycube
