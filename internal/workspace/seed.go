package workspace

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/seed-0f456478/sandbox/internal/clock"
	"github.com/seed-0f456478/sandbox/internal/store"
)

// seedTime is when the records of a seed were created that do not say when.
var seedTime = time.Date(2025, 1, 1, 12, 0, 0, 0, time.UTC)

// seed makes the template from the seed, unless it stands already. Identifiers that the seed leaves out are drawn from
// its fingerprint, so that they are the same in every workspace and after every start.
func (d *Directory) seed(ctx context.Context) error {
	fingerprint := d.options.Seed.fingerprint()
	var present string
	err := d.store.Read(ctx, func(v store.View) error {
		return v.QueryRow("SELECT seed FROM workspaces WHERE workspace = $1", Template).Scan(&present)
	})
	if err == nil && present == fingerprint {
		return nil
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read the seed: %w", err)
	}
	row := d.newRow(Template, false)
	row.clock = clock.Setting{}
	err = d.store.WriteAlone(ctx, func(t store.Tx) error {
		if err := t.Exec("DELETE FROM workspaces WHERE workspace = $1", Template); err != nil {
			return err
		}
		if err := d.insert(t, row); err != nil {
			return err
		}
		tx := &Tx{Tx: t, Workspace: Template}
		tx.seed.String, tx.seed.Valid = fingerprint, true
		if err := d.options.Seed.load(tx, d.options.Collections, seedTime); err != nil {
			return err
		}
		// How many identifiers the seed drew is its own matter: a workspace with a random seed begins at its first.
		return t.Exec("DELETE FROM sequences WHERE workspace = $1 AND name = 'random'", Template)
	})
	if err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	if present != "" {
		d.options.Log.Warn("the seed has changed: workspaces that exist keep their records until they are reset")
	}
	return nil
}
