package kobra

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"

	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// An account is one row: its owner, its external ID, and its members as JSON, in the order of the page's table and without
// those that are absent. So an import of 10,000 accounts is as many short statements, numbers stay as they were sent
// (KOB-14, KOB-19), an export is the text itself, and nothing ever looks for an account by another member. Columns would
// be 65, all but one of them nullable.

// insertAccount adds an account, unless there is one of this ID.
func insertAccount(tx *workspace.Tx, owner string, a account) (added bool, err error) {
	rows, err := tx.Count(`
		INSERT INTO kobra_accounts (workspace, owner, external_id, members) VALUES ($1, $2, $3, $4)
		ON CONFLICT (workspace, owner, external_id) DO NOTHING`,
		tx.Workspace, owner, a.externalID, a.members)
	if err != nil {
		return false, fmt.Errorf("insert account: %w", err)
	}
	return rows > 0, nil
}

func updateAccount(tx *workspace.Tx, owner string, a account) error {
	err := tx.Exec("UPDATE kobra_accounts SET members = $4 WHERE workspace = $1 AND owner = $2 AND external_id = $3", tx.Workspace, owner, a.externalID, a.members)
	if err != nil {
		return fmt.Errorf("update account: %w", err)
	}
	return nil
}

// findAccount returns the members of an account.
func findAccount(v store.View, workspace, owner, externalID string) (members string, ok bool, err error) {
	err = v.QueryRow("SELECT members FROM kobra_accounts WHERE workspace = $1 AND owner = $2 AND external_id = $3", workspace, owner, externalID).Scan(&members)
	ok, err = found("find account", err)
	return members, ok, err
}

func deleteAccount(tx *workspace.Tx, owner, externalID string) (bool, error) {
	err := tx.QueryRow("DELETE FROM kobra_accounts WHERE workspace = $1 AND owner = $2 AND external_id = $3 RETURNING 1",
		tx.Workspace, cmp.Or(owner, ownerLender), externalID).Scan(new(int))
	return found("delete account", err)
}

// storedAccount is a row of kobra_accounts.
type storedAccount struct{ owner, members string }

func allAccounts(v store.View, workspace string) (all []storedAccount, err error) {
	rows, err := v.Query("SELECT owner, members FROM kobra_accounts WHERE workspace = $1 ORDER BY owner, external_id", workspace)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var a storedAccount
		if err := rows.Scan(&a.owner, &a.members); err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, rows.Err()
}

// findPromise returns the status of a visit's payment promise.
func findPromise(tx *workspace.Tx, owner string, visitID int64) (status int64, ok bool, err error) {
	err = tx.QueryRow("SELECT payment_promise_status FROM kobra_promises WHERE workspace = $1 AND owner = $2 AND visit_id = $3",
		tx.Workspace, owner, visitID).Scan(&status)
	ok, err = found("find promise", err)
	return status, ok, err
}

// storePromise adds a payment promise or changes its status, and says which (KOB-32).
func storePromise(tx *workspace.Tx, owner string, p promise) (effect string, err error) {
	status, known, err := findPromise(tx, owner, p.visitID)
	switch {
	case err != nil:
		return "", err
	case known && status == p.status:
		return "unchanged", nil
	case known:
		effect = "updated"
	default:
		effect = "created"
	}
	err = tx.Exec(`
		INSERT INTO kobra_promises (workspace, owner, visit_id, payment_promise_status) VALUES ($1, $2, $3, $4)
		ON CONFLICT (workspace, owner, visit_id) DO UPDATE SET payment_promise_status = excluded.payment_promise_status`,
		tx.Workspace, owner, p.visitID, p.status)
	if err != nil {
		return "", fmt.Errorf("store promise: %w", err)
	}
	return effect, nil
}

func deletePromise(tx *workspace.Tx, owner string, visitID int64) (bool, error) {
	err := tx.QueryRow("DELETE FROM kobra_promises WHERE workspace = $1 AND owner = $2 AND visit_id = $3 RETURNING 1",
		tx.Workspace, cmp.Or(owner, ownerLender), visitID).Scan(new(int))
	return found("delete promise", err)
}

// storedPromise is a row of kobra_promises.
type storedPromise struct {
	owner string
	promise
}

func allPromises(v store.View, workspace string) (all []storedPromise, err error) {
	rows, err := v.Query("SELECT owner, visit_id, payment_promise_status FROM kobra_promises WHERE workspace = $1 ORDER BY owner, visit_id", workspace)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var p storedPromise
		if err := rows.Scan(&p.owner, &p.visitID, &p.status); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

// idKind says of what an id is that the partner has given out.
type idKind string

const (
	visit  idKind = "visit"
	branch idKind = "branch"
	agent  idKind = "agent"
)

// collection is what fixtures call them.
func (k idKind) collection() string {
	return map[idKind]string{visit: "visits", branch: "branches", agent: "agents"}[k]
}

// isKnown says that the partner has given out the id.
func isKnown(v store.View, workspace, owner string, to reference) (known bool, err error) {
	err = v.QueryRow("SELECT EXISTS (SELECT 1 FROM kobra_ids WHERE workspace = $1 AND owner = $2 AND kind = $3 AND id = $4)",
		workspace, owner, string(to.kind), to.id).Scan(&known)
	return known, err
}

// insertID adds an id, unless it is there.
func insertID(tx *workspace.Tx, owner string, kind idKind, id int64) (added bool, err error) {
	err = tx.QueryRow(`
		INSERT INTO kobra_ids (workspace, owner, kind, id) VALUES ($1, $2, $3, $4)
		ON CONFLICT (workspace, owner, kind, id) DO NOTHING RETURNING 1`, tx.Workspace, owner, string(kind), id).Scan(new(int))
	return found("insert id", err)
}

func deleteID(tx *workspace.Tx, owner string, kind idKind, id int64) (bool, error) {
	err := tx.QueryRow("DELETE FROM kobra_ids WHERE workspace = $1 AND owner = $2 AND kind = $3 AND id = $4 RETURNING 1",
		tx.Workspace, cmp.Or(owner, ownerLender), string(kind), id).Scan(new(int))
	return found("delete id", err)
}

// storedID is a row of kobra_ids, without its kind.
type storedID struct {
	owner string
	id    int64
}

func allIDs(v store.View, workspace string, kind idKind) (all []storedID, err error) {
	rows, err := v.Query("SELECT owner, id FROM kobra_ids WHERE workspace = $1 AND kind = $2 ORDER BY owner, id", workspace, string(kind))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var one storedID
		if err := rows.Scan(&one.owner, &one.id); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// found tells no row from an error.
func found(doing string, err error) (bool, error) {
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("%s: %w", doing, err)
	}
	return true, nil
}
