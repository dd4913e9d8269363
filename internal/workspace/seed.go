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
	var present string
	err := d.store.Write(ctx, Template, func(tx store.Tx) error { // see load
		return tx.QueryRow("SELECT seed FROM workspaces WHERE workspace = $1", Template).Scan(&present)
	})
	if err == nil && present == d.fingerprint {
		return nil
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read the seed: %w", err)
	}
	row := d.newRow(Template, false, start{})
	row.clock = clock.Setting{}
	err = d.store.WriteAlone(ctx, Template, func(tx store.Tx) error {
		made, err := d.insert(tx, row)
		if err == nil && !made {
			// Another process may have brought the same seed since.
			if err = tx.QueryRow("SELECT seed FROM workspaces WHERE workspace = $1", Template).Scan(&present); err == nil && present == d.fingerprint {
				return nil
			}
			err = errors.Join(err, d.replace(tx, row))
		}
		if err != nil {
			return err
		}
		_, err = d.bring(tx, Template, sql.NullString{String: d.fingerprint, Valid: true}, d.options.Seed, seedTime, false)
		return err
	})
	if err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	if len(d.spaces) > 0 {
		d.options.Log.Warn("the seed has changed: workspaces that exist keep their records until they are reset")
	}
	return nil
}
