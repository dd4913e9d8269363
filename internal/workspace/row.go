package workspace

import (
	"database/sql"
	"errors"
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
	revision  int64 // one more with every change of what is in memory of it: see present
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

// workspace is what is in memory of a workspace.
func (d *Directory) workspace(now present) *Workspace {
	w := &Workspace{Name: now.name, dir: d}
	w.become(now)
	return w
}

// become has the workspace be what its rows say.
func (w *Workspace) become(now present) {
	w.selfMade, w.start, w.createdAt = now.selfMade, now.start, now.createdAt
	w.clock.Store(new(now.clock)) // copies, since a pointer into now would keep all of it
	w.settings.Store(new(now.settings))
	now.life.of = w
	w.life.Store(now.life)
	w.revision.Store(now.revision)
	w.noteUse(now.usedAt)
	w.saved = w.used.Load()
}

// noteUse notes when the workspace was used, if that is later than what is known.
func (w *Workspace) noteUse(at string) {
	used, err := clock.FromText(at)
	if err != nil {
		return // not written by clock.Text
	}
	for known := w.used.Load(); known < used.UnixNano() && !w.used.CompareAndSwap(known, used.UnixNano()); known = w.used.Load() {
	}
}

// fill puts the records of another workspace in the place of whatever there is of the row's.
func (d *Directory) fill(tx store.Tx, r row, from string) error {
	if err := d.replace(tx, r); err != nil {
		return err
	}
	return d.store.CopyRecords(tx, from, r.name)
}

// beginDefault begins the default workspace that a new database brings along: one of generation 0, which has its records
// already, since to copy them takes a quarter of a start. It returns false if there is none; one of another seed goes.
func (d *Directory) beginDefault(tx store.Tx, r row) (begun bool, err error) {
	offset, frozen := clockColumns(r.clock)
	err = tx.QueryRow(`
		UPDATE workspaces SET generation = $1, random_seed = $2, clock_offset = $3, clock_frozen = $4, created_at = $5, used_at = $6
		WHERE workspace = $7 AND generation = 0 AND seed = $8
		RETURNING 1`,
		r.life.generation, r.life.randomSeed, offset, frozen, r.createdAt, r.usedAt, r.name, d.fingerprint).Scan(new(int))
	if errors.Is(err, sql.ErrNoRows) {
		return false, tx.Exec("DELETE FROM workspaces WHERE workspace = $1 AND generation = 0", r.name)
	}
	return err == nil, err
}

// replace makes the row's workspace, without records, in the place of whatever there is of it. A row that is there stays,
// with what else refers to it: what waits for its lock finds it, and the journal goes on.
func (d *Directory) replace(tx store.Tx, r row) error {
	made, err := d.insert(tx, r)
	if err != nil || made {
		return err
	}
	if err := d.empty(tx, r.name); err != nil {
		return err
	}
	offset, frozen := clockColumns(r.clock)
	return tx.Exec(`
		UPDATE workspaces
		SET self_made = $2, seed = $3, generation = $4, random_seed = $5, clock_offset = $6, clock_frozen = $7, created_at = $8, used_at = $9,
			origin = $10, start_seed = $11, start_clock = $12, idle = $13, revision = revision + 1
		WHERE workspace = $1`, r.name, r.selfMade, d.fingerprint, r.life.generation, r.life.randomSeed, offset, frozen, r.createdAt, r.usedAt,
		r.start.origin, r.start.seed, r.start.clock, r.start.idle)
}

// empty removes a workspace's records and what is kept for it, but for the named tables.
func (d *Directory) empty(tx store.Tx, name string, except ...string) error {
	if err := d.store.DeleteRecords(tx, name, except...); err != nil || !d.store.Shared() {
		return err
	}
	return tx.Exec("DELETE FROM kept WHERE of_workspace = $1", name)
}

// insert makes the row's workspace, without records, unless there is one of its name.
func (d *Directory) insert(tx store.Tx, r row) (made bool, err error) {
	offset, frozen := clockColumns(r.clock)
	err = tx.QueryRow(`
		INSERT INTO workspaces (workspace, self_made, seed, generation, random_seed, clock_offset, clock_frozen, created_at, used_at, origin, start_seed, start_clock, idle)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (workspace) DO NOTHING
		RETURNING 1`,
		r.name, r.selfMade, d.fingerprint, r.life.generation, r.life.randomSeed, offset, frozen, r.createdAt, r.usedAt,
		r.start.origin, r.start.seed, r.start.clock, r.start.idle).Scan(new(int))
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func clockColumns(s clock.Setting) (offset int64, frozen sql.NullString) {
	if !s.Frozen.IsZero() {
		frozen = sql.NullString{String: clock.Text(s.Frozen), Valid: true}
	}
	return int64(s.Offset), frozen
}

const rowColumns = "workspace, self_made, generation, random_seed, clock_offset, clock_frozen, created_at, used_at, origin, start_seed, start_clock, idle, revision"

func scanRow(scan func(...any) error) (row, error) {
	r := row{life: newLife(0, sql.NullString{})}
	var offset int64
	var frozen sql.NullString
	err := scan(&r.name, &r.selfMade, &r.life.generation, &r.life.randomSeed, &offset, &frozen, &r.createdAt, &r.usedAt,
		&r.start.origin, &r.start.seed, &r.start.clock, &r.start.idle, &r.revision)
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

// rowOf reads the row of a workspace. It fails with [ErrNotFound].
func rowOf(v store.View, name string) (row, error) {
	found := v.QueryRow("SELECT "+rowColumns+" FROM workspaces WHERE workspace = $1", name)
	r, err := scanRow(found.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return r, err
}

// raise makes a workspace's row a newer one than those that are in memory, and returns what it says. It fails with
// [ErrNotFound].
func (d *Directory) raise(tx store.Tx, name string) (now present, err error) {
	found := tx.QueryRow("UPDATE workspaces SET revision = revision + 1 WHERE workspace = $1 RETURNING "+rowColumns, name)
	now.row, err = scanRow(found.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return now, ErrNotFound
	}
	if err == nil {
		now.settings, err = d.settingsOf(tx.View, name)
	}
	return now, err
}

// rows reads the rows that a condition selects, by name.
func rows(v store.View, condition string, args ...any) (all []row, err error) {
	found, err := v.Query("SELECT "+rowColumns+" FROM workspaces WHERE "+condition+" ORDER BY workspace", args...)
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
