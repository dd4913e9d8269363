package cobrofacil

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/seed-0f456478/sandbox/internal/clock"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// client is a row of cobrofacil_clients, without its workspace.
type client struct {
	owner, id         string
	externalReference *string
	firstName         string
	middleName        *string
	lastName          *string
	mmName            *string
	email             *string
	phoneNumber       *string
	speiCLABE         *string
	createdAt         time.Time
}

const selectClient = `
	SELECT owner, id, external_reference, first_name, middle_name, last_name, mm_name, email, phone_number, spei_clabe, created_at
	FROM cobrofacil_clients`

func scanClient(scan func(...any) error) (c client, err error) {
	var createdAt string
	err = scan(&c.owner, &c.id, &c.externalReference, &c.firstName, &c.middleName, &c.lastName, &c.mmName, &c.email, &c.phoneNumber, &c.speiCLABE, &createdAt)
	if err != nil {
		return client{}, err
	}
	c.createdAt, err = clock.FromText(createdAt)
	return c, err
}

// findClient finds a client by its id, else by its external reference (COB-30).
func findClient(v store.View, workspace, owner, asked string) (client, error) {
	for _, column := range []string{"id", "external_reference"} {
		row := v.QueryRow(selectClient+" WHERE workspace = $1 AND owner = $2 AND "+column+" = $3", workspace, owner, asked)
		if c, err := scanClient(row.Scan); !errors.Is(err, sql.ErrNoRows) {
			return c, err
		}
	}
	return client{}, web.Refuse(web.ErrNotFound, web.Violation{
		Member: "client_id", Value: asked, Rule: "COB-42", Collection: "clients",
		Message: "is neither the id nor the external reference of a client of this owner", Passes: "the id or external reference of a client",
	})
}

// isTaken says whether another client than the one with this id has the reference, or has it as its id.
func isTaken(v store.View, workspace, owner, reference, id string) (bool, error) {
	err := v.QueryRow(`
		SELECT 1 FROM cobrofacil_clients WHERE workspace = $1 AND owner = $2 AND external_reference = $3 AND id <> $4
		UNION ALL
		SELECT 1 FROM cobrofacil_clients WHERE workspace = $1 AND owner = $2 AND id = $3 AND id <> $4`,
		workspace, owner, reference, id).Scan(new(int))
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// insertClient stores a client, unless another one has its reference.
func insertClient(tx store.Tx, workspace string, c client) (inserted bool, err error) {
	rows, err := tx.Count(`
		INSERT INTO cobrofacil_clients (workspace, owner, id, external_reference, first_name, middle_name, last_name, mm_name, email, phone_number, spei_clabe, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (workspace, owner, external_reference) DO NOTHING`,
		workspace, c.owner, c.id, c.externalReference, c.firstName, c.middleName, c.lastName, c.mmName, c.email, c.phoneNumber, c.speiCLABE, clock.Text(c.createdAt))
	if err != nil {
		return false, fmt.Errorf("insert client: %w", err)
	}
	return rows > 0, nil
}

func updateClient(tx store.Tx, workspace string, c client) error {
	err := tx.Exec(`
		UPDATE cobrofacil_clients
		SET external_reference = $4, first_name = $5, middle_name = $6, last_name = $7, mm_name = $8, email = $9, phone_number = $10
		WHERE workspace = $1 AND owner = $2 AND id = $3`,
		workspace, c.owner, c.id, c.externalReference, c.firstName, c.middleName, c.lastName, c.mmName, c.email, c.phoneNumber)
	if err != nil {
		return fmt.Errorf("update client: %w", err)
	}
	return nil
}

// allClients lists the clients of every owner, oldest first.
func allClients(v store.View, workspace string) (all []client, err error) {
	rows, err := v.Query(selectClient+" WHERE workspace = $1 ORDER BY created_at, owner, id", workspace)
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

// isUsed says whether a client of any owner has the CLABE.
func isUsed(v store.View, workspace, clabe string) (used bool, err error) {
	err = v.QueryRow("SELECT EXISTS (SELECT 1 FROM cobrofacil_clients WHERE workspace = $1 AND spei_clabe = $2)", workspace, clabe).Scan(&used)
	return used, err
}

// deleteClient removes the client with this id, for fixtures: the partner has no such call.
func deleteClient(tx *workspace.Tx, owner, id string) (found bool, err error) {
	err = tx.QueryRow("DELETE FROM cobrofacil_clients WHERE workspace = $1 AND owner = $2 AND id = $3 RETURNING 1",
		tx.Workspace, cmp.Or(owner, ownerSandbox), id).Scan(new(int))
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
