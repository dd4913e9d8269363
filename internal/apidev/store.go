package apidev

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-0f456478/sandbox/internal/clock"
	"github.com/seed-0f456478/sandbox/internal/ids"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// The tables, and a letter for each in statements.
const (
	clientTable  = "apidev_clients"
	accountTable = "apidev_accounts"
)

const profileColumns = `created_at, position, id, name, external_code, status, document, business_name, tax_id, phone, mobile, email, image_url,
	street, door_number, apartment, corner, zip_code, country_id, department_id, notes, document_type, latitude, longitude`

const accountColumns = "client_id, qr_code, start_date, end_date, birth_date, provider_id, city_id"

// A page counts the accounts of its own clients only.
const selectClient = `
	SELECT owner, ` + profileColumns + `,
		(SELECT COUNT(*) FROM apidev_accounts AS a WHERE a.workspace = c.workspace AND a.owner = c.owner AND a.client_id = c.id)
	FROM apidev_clients AS c`

const selectAccount = `
	SELECT owner, ` + profileColumns + ", " + accountColumns + `,
		(SELECT c.name FROM apidev_clients AS c WHERE c.workspace = a.workspace AND c.owner = a.owner AND c.id = a.client_id)
	FROM apidev_accounts AS a`

// columns are where a row's owner and profileColumns go; the first is its time.
func (p *profile) columns(createdAt *string) []any {
	return []any{
		&p.owner, createdAt, &p.position, &p.id, &p.name, &p.externalCode, &p.status, &p.document, &p.businessName, &p.taxID, &p.phone, &p.mobile, &p.email, &p.imageURL,
		&p.street, &p.doorNumber, &p.apartment, &p.corner, &p.zipCode, &p.countryID, &p.departmentID, &p.notes, &p.documentType, &p.latitude, &p.longitude,
	}
}

func (a *account) columns() []any {
	return []any{&a.clientID, &a.qrCode, &a.startDate, &a.endDate, &a.birthDate, &a.providerID, &a.cityID}
}

func scanClient(scan func(...any) error) (c client, err error) {
	var createdAt string
	if err := scan(append(c.columns(&createdAt), &c.accounts)...); err != nil {
		return client{}, err
	}
	c.createdAt, err = clock.FromText(createdAt)
	return c, err
}

func scanAccount(scan func(...any) error) (a account, err error) {
	var createdAt string
	if err := scan(append(append(a.profile.columns(&createdAt), a.columns()...), &a.clientName)...); err != nil {
		return account{}, err
	}
	a.createdAt, err = clock.FromText(createdAt)
	return a, err
}

func findClient(v store.View, workspace, owner, id string) (client, error) {
	c, err := scanClient(v.QueryRow(selectClient+" WHERE workspace = $1 AND owner = $2 AND id = $3", workspace, owner, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return client{}, notFound("Client not found.", "API-22", id)
	}
	return c, err
}

func findAccount(v store.View, workspace, owner, id string) (account, error) {
	a, err := scanAccount(v.QueryRow(selectAccount+" WHERE workspace = $1 AND owner = $2 AND id = $3", workspace, owner, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return account{}, notFound("Account not found.", "API-52", id)
	}
	return a, err
}

func notFound(message, rule, id string) error {
	return web.Refuse(web.ErrNotFound, web.Violation{Member: "id", Value: id, Rule: rule, Message: message, Passes: "an id from the list"})
}

// accountsOf lists the accounts that are tied to a client.
func accountsOf(v store.View, workspace, owner, client string) ([]clientAccount, error) {
	return collect(v, func(scan func(...any) error) (a clientAccount, err error) {
		return a, scan(&a.ID, &a.Name, &a.ExternalCode, &a.Status)
	}, `
		SELECT id, name, external_code, status FROM apidev_accounts
		WHERE workspace = $1 AND owner = $2 AND client_id = $3 ORDER BY created_at, position`, workspace, owner, client)
}

// pageOfClients is a page, and how many clients the filters leave. Without a filter it is read along the primary key; a
// search looks at each of the owner's rows.
func pageOfClients(v store.View, workspace, owner string, asked list) ([]client, int64, error) {
	where, args := asked.condition(workspace, owner)
	total, err := count(v, clientTable, where, args)
	if err != nil {
		return nil, 0, err
	}
	found, err := collect(v, scanClient, selectClient+where+onPage(len(args)), append(args, asked.limit, asked.offset)...)
	return found, total, err
}

func pageOfAccounts(v store.View, workspace, owner string, asked list) ([]account, int64, error) {
	where, args := asked.condition(workspace, owner)
	total, err := count(v, accountTable, where, args)
	if err != nil {
		return nil, 0, err
	}
	found, err := collect(v, scanAccount, selectAccount+where+onPage(len(args)), append(args, asked.limit, asked.offset)...)
	return found, total, err
}

// condition is the WHERE clause of a list, and its arguments: a search looks for part of what is searched, the other
// filters for the whole value of a column.
func (l list) condition(workspace, owner string) (where string, args []any) {
	where, args = " WHERE workspace = $1 AND owner = $2", []any{workspace, owner}
	for _, f := range l.filters {
		switch {
		case f.value == "":
			continue
		case f.name == "search":
			args = append(args, like(f.value))
			where += fmt.Sprintf(` AND search LIKE $%d ESCAPE '\'`, len(args))
		default:
			args = append(args, f.value)
			where += fmt.Sprintf(" AND %s = $%d", f.name, len(args))
		}
	}
	return where, args
}

// onPage is the order, oldest first (API-13), and the page, whose limit and offset are the arguments behind the others.
func onPage(others int) string {
	return fmt.Sprintf(" ORDER BY created_at, position LIMIT CAST($%d AS BIGINT) OFFSET CAST($%d AS BIGINT)", others+1, others+2)
}

func count(v store.View, table, where string, args []any) (total int64, err error) {
	err = v.QueryRow("SELECT COUNT(*) FROM "+table+where, args...).Scan(&total)
	return total, err
}

// collect reads all rows of a query.
func collect[T any](v store.View, scan func(func(...any) error) (T, error), query string, args ...any) (all []T, err error) {
	rows, err := v.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		one, err := scan(rows.Scan)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// identify gives a new record its place in the order of creation and, unless it has one, an id.
func identify(tx *workspace.Tx, table string, p *profile) (err error) {
	if p.position, err = tx.Next("apidev"); err != nil || p.id != "" {
		return err
	}
	for n := p.position; ; {
		p.id = ids.Snowflake(p.createdAt, n)
		taken, err := isTaken(tx.View, table, tx.Workspace, p.owner, p.id)
		if err != nil || !taken {
			return err
		}
		if n, err = tx.Next("apidev"); err != nil { // a fixture has chosen this very id
			return err
		}
	}
}

func isTaken(v store.View, table, workspace, owner, id string) (taken bool, err error) {
	err = v.QueryRow("SELECT EXISTS (SELECT 1 FROM "+table+" WHERE workspace = $1 AND owner = $2 AND id = $3)", workspace, owner, id).Scan(&taken)
	return taken, err
}

func insertClient(tx *workspace.Tx, c client) error {
	return insert(tx, clientTable, profileColumns, c.columns(new(clock.Text(c.createdAt))), c.profile)
}

func insertAccount(tx *workspace.Tx, a account) error {
	return insert(tx, accountTable, profileColumns+", "+accountColumns, append(a.profile.columns(new(clock.Text(a.createdAt))), a.columns()...), a.profile)
}

// insert stores a record. The values are those of the owner and the columns, as pointers: the list that rows are scanned
// into.
func insert(tx *workspace.Tx, table, columns string, values []any, p profile) error {
	values = append(values, tx.Workspace, searched(p.name, p.businessName, p.email, p.phone, p.document, p.taxID, p.externalCode))
	marks := make([]string, len(values))
	for i := range values {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	err := tx.Exec("INSERT INTO "+table+" (owner, "+columns+", workspace, search) VALUES ("+strings.Join(marks, ", ")+")", values...)
	if err != nil {
		return fmt.Errorf("insert into %s: %w", table, err)
	}
	return nil
}

// allClients lists the clients of every owner, oldest first.
func allClients(v store.View, workspace string) ([]client, error) {
	return collect(v, scanClient, selectClient+" WHERE workspace = $1 ORDER BY created_at, position", workspace)
}

func allAccounts(v store.View, workspace string) ([]account, error) {
	return collect(v, scanAccount, selectAccount+" WHERE workspace = $1 ORDER BY created_at, position", workspace)
}

// deleteClient removes the client with this id, and deleteAccount the account. The partner has no such call: updates and
// fixtures put another record in its place.
func deleteClient(tx *workspace.Tx, owner, id string) (found bool, err error) {
	return remove(tx, clientTable, owner, id)
}

func deleteAccount(tx *workspace.Tx, owner, id string) (found bool, err error) {
	return remove(tx, accountTable, owner, id)
}

func remove(tx *workspace.Tx, table, owner, id string) (found bool, err error) {
	err = tx.QueryRow("DELETE FROM "+table+" WHERE workspace = $1 AND owner = $2 AND id = $3 RETURNING 1", tx.Workspace, cmp.Or(owner, ownerDemo), id).Scan(new(int))
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
