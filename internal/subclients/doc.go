// Package subclients emulates the subclients of Nueve09: create one, as the partner's page "Create a client" has it, and
// what belongs to it: the login, the own client, moving money, a public key, and the catalog of states.
//
// Start at routes.go, the whole surface. validate.go is the page's table; client.go, fund.go, public_key.go and login.go
// are what the operations do, store.go is their rows, money.go and password.go are the two things that must be exact,
// errors.go is what is refused, auth.go who calls, fixture.go how records come in and out, and contract.go the rules.
//
// Every account is a client: a parent, which the partner has opened, or a subclient, which another client has created.
// Both log in, and each is an owner of its own.
//
// Deviations, each a rule of the ledger: country codes are strings in the page's table and numbers in its example
// (SUB-11), the example's api_client has its values in the wrong members (SUB-17), and the sample of a funding names the
// wrong client (SUB-61).
package subclients
