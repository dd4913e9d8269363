// Package apidev emulates the clients and accounts of GeoTareas, whose paths begin with /apidev: the partner's page
// "Clients — List & Detail", and the login, writes and accounts that its other pages have.
//
// Start at routes.go, the whole surface. client.go and account.go are the resources, profile.go what both of them have,
// store.go their rows, search.go how they are searched, query.go the parameters of a list, validate.go and errors.go what is
// refused and how it is worded, auth.go and login.go who calls, limits.go the limits and cache lifetimes, fixture.go how
// records come in and out, and contract.go the rules.
//
// Deviations, each a rule of the ledger: a client counts its accounts, where the page prints two counts (API-21), and an id
// in the body of an update is refused, where two pages disagree (API-51).
package apidev
