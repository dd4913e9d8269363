package subclients

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seed-0f456478/sandbox/internal/clock"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// client is a row of subclients_clients, without its workspace.
type client struct {
	id                 string
	parent             *string // the client that created it; nil for one that the partner has opened
	name, alias, code  string
	email, rfc         string
	available, balance money
	apiKey             string
	passwordHash       *string // nil where nobody logs in
	publicKey          *string
	details            string // JSON: the members of a creation that no answer shows
	createdAt          time.Time
	updatedAt          time.Time
}

const selectClient = `
	SELECT id, parent, name, alias, code, email, rfc, available, balance, api_key, password_hash, public_key, details, created_at, updated_at
	FROM subclients_clients`

func scanClient(scan func(...any) error) (c client, err error) {
	var createdAt, updatedAt string
	err = scan(&c.id, &c.parent, &c.name, &c.alias, &c.code, &c.email, &c.rfc, (*int64)(&c.available), (*int64)(&c.balance),
		&c.apiKey, &c.passwordHash, &c.publicKey, &c.details, &createdAt, &updatedAt)
	if err != nil {
		return client{}, err
	}
	if c.createdAt, err = clock.FromText(createdAt); err != nil {
		return client{}, err
	}
	c.updatedAt, err = clock.FromText(updatedAt)
	return c, err
}

// findClient finds any client by its id. One of the published parents is there even if no row is (SUB-6).
func findClient(v store.View, workspace, id string) (c client, found bool, err error) {
	c, err = scanClient(v.QueryRow(selectClient+" WHERE workspace = $1 AND id = $2", workspace, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		at := slices.IndexFunc(parents, func(p client) bool { return p.id == id })
		if at < 0 {
			return client{}, false, nil
		}
		return parents[at], true, nil
	}
	return c, err == nil, err
}

// ownClient is the client that calls, whose credential the gate has just looked up.
func ownClient(v store.View, workspace, owner string) (client, error) {
	c, found, err := findClient(v, workspace, owner)
	if err == nil && !found {
		err = web.Refuse(web.ErrUnauthorized, web.Violation{Member: "Authorization", Rule: "SUB-4", Message: "is of a client that does not exist", Passes: "a credential whose owner is a client's id"})
	}
	return c, err
}

// findByAPIKey finds the client that logs in with an api key.
func findByAPIKey(v store.View, workspace, apiKey string) (c client, found bool, err error) {
	c, err = scanClient(v.QueryRow(selectClient+" WHERE workspace = $1 AND api_key = $2", workspace, apiKey).Scan)
	if !errors.Is(err, sql.ErrNoRows) {
		return c, err == nil, err
	}
	at := slices.IndexFunc(parents, func(p client) bool { return p.apiKey == apiKey })
	if at < 0 {
		return client{}, false, nil
	}
	c, found, err = findClient(v, workspace, parents[at].id)
	return c, found && c.apiKey == apiKey, err // a row may have another key
}

// findSubclient finds a subclient of a client by its id.
func findSubclient(v store.View, workspace, parent, id string) (client, error) {
	c, err := scanClient(v.QueryRow(selectClient+" WHERE workspace = $1 AND parent = $2 AND id = $3", workspace, parent, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = web.Refuse(web.ErrNotFound, web.Violation{
			Member: "client_id", Value: id, Rule: "SUB-63",
			Message: "is not the id of a subclient of this client", Passes: "the id of a subclient",
		})
	}
	return c, err
}

// isTaken says whether a subclient of a client has the alias.
func isTaken(v store.View, workspace, parent, alias string) (taken bool, err error) {
	err = v.QueryRow("SELECT EXISTS (SELECT 1 FROM subclients_clients WHERE workspace = $1 AND parent = $2 AND alias = $3)", workspace, parent, alias).Scan(&taken)
	return taken, err
}

// saveClient stores a new client, or what changes of a known one.
func saveClient(tx store.Tx, workspace string, c client) error {
	err := tx.Exec(`
		INSERT INTO subclients_clients (workspace, id, parent, name, alias, code, email, rfc, available, balance, api_key, password_hash, public_key, details, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
		ON CONFLICT (workspace, id) DO UPDATE SET available = excluded.available, public_key = excluded.public_key, updated_at = excluded.updated_at`,
		workspace, c.id, c.parent, c.name, c.alias, c.code, c.email, c.rfc, int64(c.available), int64(c.balance), c.apiKey, c.passwordHash,
		c.publicKey, c.details, clock.Text(c.createdAt), clock.Text(c.updatedAt))
	if err != nil {
		return fmt.Errorf("save client: %w", err)
	}
	return nil
}

// allClients lists parents, or subclients of all owners, oldest first.
func allClients(v store.View, workspace string, subclients bool) (all []client, err error) {
	rows, err := v.Query(selectClient+" WHERE workspace = $1 AND (parent IS NOT NULL) = $2 ORDER BY created_at, id", workspace, subclients)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		c, err := scanClient(rows.Scan)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, rows.Err()
}

// deleteSubclient removes a subclient, for fixtures: the partner has no such call.
func deleteSubclient(tx *workspace.Tx, owner, id string) (found bool, err error) {
	return deleted(tx.QueryRow("DELETE FROM subclients_clients WHERE workspace = $1 AND parent = $2 AND id = $3 RETURNING 1",
		tx.Workspace, cmp.Or(owner, capsule), id))
}

// deleteParent removes a parent, which is its own owner, for fixtures. A published one is then as it is without a row.
func deleteParent(tx *workspace.Tx, _, id string) (found bool, err error) {
	return deleted(tx.QueryRow("DELETE FROM subclients_clients WHERE workspace = $1 AND parent IS NULL AND id = $2 RETURNING 1", tx.Workspace, id))
}

func deleted(row store.Row) (bool, error) {
	err := row.Scan(new(int))
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
