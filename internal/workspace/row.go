package workspace

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/seed-0f456478/sandbox/internal/clock"
	"github.com/seed-0f456478/sandbox/internal/store"
)

// The hidden workspaces, which hold what others are copied from.
const (
	originPrefix   = "#origin/" // + name: what a workspace that was not made of the seed began with
	snapshotPrefix = "#snap/"   // + name + / + snapshot
)

// row is a row of the table workspaces.
type row struct {
	name      string
	selfMade  bool
	start     start
	life      *Life
	clock     clock.Setting
	createdAt string
	usedAt    string
}

// start is how a workspace begins, at its creation and at every reset.
type start struct {
	origin string         // whose records it has then
	seed   sql.NullString // its random seed, if that is not the sandbox's own
	clock  sql.NullString // what clock.Parse takes, likewise
	idle   sql.NullInt64  // nanoseconds without use after which it goes
}

// newRow is the row of a workspace that begins now.
func (d *Directory) newRow(name string, selfMade bool, s start) row {
	real := d.options.Now()
	startClock, seed := d.begin.clock, d.begin.seed
	if s.clock.Valid {
		startClock = s.clock.String
	}
	if s.seed.Valid {
		seed = s.seed
	}
	seed.Valid = seed.String != ""
	setting, err := clock.Parse(startClock, real)
	if err != nil {
		// It was parsed before, but real time has moved on: it is ahead of that beyond the bounds, where a clock stands.
		setting = clock.Setting{Frozen: clock.Latest}
	}
	return row{
		name: name, selfMade: selfMade, start: s, clock: setting,
		// Later than that of any workspace that had this name before.
		life:      newLife(real.UnixNano(), seed),
		createdAt: clock.Text(real), usedAt: clock.Text(real),
	}
}

// workspace is the row in memory.
func (d *Directory) workspace(r row) *Workspace {
	w := &Workspace{Name: r.name, dir: d, selfMade: r.selfMade, start: r.start, createdAt: r.createdAt}
	w.clock.Store(&r.clock)
	w.settings.Store(&map[string]string{})
	w.life.Store(r.life)
	if used, err := clock.FromText(r.usedAt); err == nil {
		w.used.Store(used.UnixNano())
		w.saved = used.UnixNano()
	}
	return w
}

// fill puts the records of another workspace in the place of whatever there is of the row's.
func (d *Directory) fill(tx store.Tx, r row, from string) error {
	if err := d.replace(tx, r); err != nil {
		return err
	}
	return d.store.CopyRecords(tx, from, r.name)
}

// replace makes the row's workspace, without records, in the place of whatever there is of it.
func (d *Directory) replace(tx store.Tx, r row) error {
	if err := tx.Exec("DELETE FROM workspaces WHERE workspace = $1", r.name); err != nil {
		return err
	}
	offset, frozen := clockColumns(r.clock)
	return tx.Exec(`
		INSERT INTO workspaces (workspace, self_made, seed, generation, random_seed, clock_offset, clock_frozen, created_at, used_at, origin, start_seed, start_clock, idle)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		r.name, r.selfMade, d.fingerprint, r.life.generation, r.life.randomSeed, offset, frozen, r.createdAt, r.usedAt,
		r.start.origin, r.start.seed, r.start.clock, r.start.idle)
}

func clockColumns(s clock.Setting) (offset int64, frozen sql.NullString) {
	if !s.Frozen.IsZero() {
		frozen = sql.NullString{String: clock.Text(s.Frozen), Valid: true}
	}
	return int64(s.Offset), frozen
}

const selectRow = `
	SELECT workspace, self_made, generation, random_seed, clock_offset, clock_frozen, created_at, used_at, origin, start_seed, start_clock, idle
	FROM workspaces`

func scanRow(scan func(...any) error) (row, error) {
	r := row{life: newLife(0, sql.NullString{})}
	var offset int64
	var frozen sql.NullString
	err := scan(&r.name, &r.selfMade, &r.life.generation, &r.life.randomSeed, &offset, &frozen, &r.createdAt, &r.usedAt,
		&r.start.origin, &r.start.seed, &r.start.clock, &r.start.idle)
	if err != nil {
		return row{}, err
	}
	r.clock.Offset = time.Duration(offset)
	if frozen.Valid {
		if r.clock.Frozen, err = clock.FromText(frozen.String); err != nil {
			return row{}, fmt.Errorf("clock of workspace %s: %w", r.name, err)
		}
	}
	return r, nil
}

// rows reads the rows that a condition selects, by name.
func rows(v store.View, condition string, args ...any) (all []row, err error) {
	found, err := v.Query(selectRow+" WHERE "+condition+" ORDER BY workspace", args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		r, err := scanRow(found.Scan)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, found.Err()
}
