package workspace

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-0f456478/sandbox/internal/clock"
	"github.com/seed-0f456478/sandbox/internal/store"
)

// The refusals of what would make, take or lose a whole state.
var (
	ErrExists   = errors.New("it exists already")
	ErrTooMany  = errors.New("there are too many")
	ErrNotFound = errors.New("there is none of this name")
	ErrInUse    = errors.New("it is in use")
)

// ErrFault is in the errors of a database whose disk or file fails.
var ErrFault = store.ErrFault

// MostSnapshots bounds the snapshots of a workspace. Those of all together, also of workspaces that have gone, are bounded
// like the workspaces.
const MostSnapshots = 100

// Plan says how a workspace is to be created. The zero value but for the name is one that never expires, with the seed.
type Plan struct {
	Name       string
	Fixture    *Fixture      // what it starts with in the place of the seed; nil for the seed
	Of         string        // the workspace whose snapshot it starts with, if Snapshot is not ""
	Snapshot   string        // likewise in the place of the seed
	RandomSeed string        // makes its ids repeat; "" for as the sandbox, the fixture or the snapshot says
	Clock      string        // what clock.Parse takes; "" likewise
	Idle       time.Duration // without use, after which it goes; 0 for never
}

// Create makes a workspace as planned, and returns it acquired. It fails with [ErrExists], [ErrTooMany], or [ErrNotFound]
// for a snapshot that there is not, and on a clock or fixture that is wrong.
func (d *Directory) Create(ctx context.Context, p Plan) (*Workspace, error) {
	if _, exists := d.Find(p.Name); exists {
		return nil, ErrExists
	}
	s := start{origin: Template, idle: sql.NullInt64{Int64: int64(p.Idle), Valid: p.Idle > 0}}
	if p.Fixture != nil || p.Snapshot != "" {
		s.origin = originPrefix + p.Name
	}
	begins := begin{}
	switch {
	case p.Snapshot != "":
		snapshot, err := d.snapshot(ctx, p.Of, p.Snapshot)
		if err != nil {
			return nil, err
		}
		begins = begin{snapshot.life.randomSeed, clockText(snapshot.clock)}
	case p.Fixture != nil:
		begins = p.Fixture.begin()
	}
	if p.RandomSeed != "" {
		begins.seed = sql.NullString{String: p.RandomSeed, Valid: true}
	}
	if p.Clock != "" {
		begins.clock = p.Clock
	}
	if _, err := clock.Parse(begins.clock, d.options.Now()); err != nil {
		return nil, err
	}
	// What begins from a whole state, or was told how, begins so again at every reset.
	whole := p.Snapshot != "" || p.Fixture != nil && p.Fixture.state != nil
	s.seed = begins.seed
	s.seed.Valid = s.seed.Valid || whole
	s.clock = sql.NullString{String: begins.clock, Valid: begins.clock != "" || whole}

	r := d.newRow(p.Name, false, s)
	w, made, err := d.make(ctx, r, func(tx store.Tx) error {
		if s.origin == Template {
			return nil
		}
		hidden := r
		hidden.name, hidden.start.origin = s.origin, ""
		if p.Snapshot != "" {
			return d.fillFromSnapshot(tx, hidden, snapshotPrefix+p.Of+"/"+p.Snapshot)
		}
		if err := d.replace(tx, hidden); err != nil {
			return err
		}
		_, err := d.bring(tx, hidden.name, drawing(hidden.life.randomSeed), p.Fixture, r.clock.Now(d.options.Now()), false)
		return err
	})
	if err == nil && !made {
		w.Release()
		return nil, ErrExists
	}
	return w, err
}

// drawing is the random seed by which a whole fixture draws the identifiers that it leaves out. It is another than the
// workspace's, whose first own identifiers would be the same ones again.
func drawing(seed sql.NullString) sql.NullString {
	seed.String += " fixture"
	return seed
}

// created counts the workspaces that were created, default left out. The caller holds the lock.
func (d *Directory) created() int {
	n := 0
	for name, e := range d.spaces {
		if !e.selfMade && name != Default {
			n++
		}
	}
	return n
}

// fillFromSnapshot is fill from a snapshot, or fails with [ErrNotFound] if that has gone meanwhile.
func (d *Directory) fillFromSnapshot(tx store.Tx, r row, snapshot string) error {
	if err := d.store.Hold(tx, snapshot); err != nil {
		return err
	}
	if _, err := rowOf(tx.View, snapshot); err != nil {
		return err
	}
	return d.fill(tx, r, snapshot)
}

// clockText is a clock as clock.Parse takes it.
func clockText(s clock.Setting) string {
	switch {
	case !s.Frozen.IsZero():
		return s.Frozen.Format(time.RFC3339Nano) + "!"
	case s.Offset != 0:
		return fmt.Sprintf("%+d", int64(s.Offset)) + "ns"
	default:
		return ""
	}
}

// Reset takes the workspace back to how it was created, with the present seed if it was made of the seed.
func (w *Workspace) Reset(ctx context.Context) error {
	err := w.renew(ctx, w.nextRow(), func(tx store.Tx, r row) error { return w.dir.fill(tx, r, r.start.origin) })
	if err != nil {
		return fmt.Errorf("reset %s: %w", w.Name, err)
	}
	return nil
}

// nextRow is the row of the workspace as it begins.
func (w *Workspace) nextRow() row { return w.dir.newRow(w.Name, w.selfMade, w.start) }

// renew ends the workspace's life and begins that of the row, whose records fill brings. If fill fails, all stays.
func (w *Workspace) renew(ctx context.Context, r row, fill func(store.Tx, row) error) error {
	w.changing.Lock()
	defer w.changing.Unlock()
	// Writers of this process are to see that a life has ended before the next one's records are there; who begins now may
	// still read the old ones, so that what is kept of it in memory goes too. Those of other processes look at the row.
	ended := w.Life()
	var now present
	err := w.dir.store.Write(context.WithoutCancel(ctx), w.Name, func(tx store.Tx) (err error) {
		before, err := rowOf(tx.View, w.Name)
		if err == nil && before.createdAt != w.createdAt {
			err = ErrNotFound // another process has deleted it, and made another
		}
		if err != nil {
			return err
		}
		r.life.generation, r.createdAt = max(before.life.generation, ended.generation)+1, before.createdAt
		if err := fill(tx, r); err != nil {
			return err
		}
		if now, err = w.dir.raise(tx, w.Name); err == nil && !w.dir.store.Shared() {
			between := newLife(r.life.generation, r.life.randomSeed)
			between.of = w
			w.life.Store(between)
		}
		return err
	})
	if err != nil {
		return err
	}
	w.show(now, true)
	ended.end()
	return nil
}

// Delete removes a workspace, its journal left out, and its snapshots, once the requests under way in it have ended. It
// fails with [ErrNotFound], with [ErrInUse] if they do not end, and for the default workspace, which always exists.
func (d *Directory) Delete(ctx context.Context, name string) (*Workspace, error) {
	if name == Default {
		return nil, fmt.Errorf("%w: %s always exists; reset it instead", ErrInUse, Default)
	}
	d.mu.Lock()
	e := d.spaces[name]
	if e == nil || !e.exists() {
		d.mu.Unlock()
		return nil, ErrNotFound
	}
	// Who asks for it meanwhile waits, and then finds it still there or makes another.
	going := &entry{Workspace: &Workspace{Name: name, dir: d, selfMade: e.selfMade}, made: make(chan struct{}), err: ErrNotFound}
	going.active.Add(1)
	d.spaces[name] = going
	d.mu.Unlock()
	// What waits in it for its life to end goes on.
	ended, after := e.Life(), newLife(e.Life().generation, e.Life().randomSeed)
	after.of = e.Workspace
	e.life.Store(after)
	ended.end()
	err := e.idleWithin(ctx, patience)
	if err == nil {
		err = d.store.Write(ctx, name, func(tx store.Tx) error {
			if err := e.remove(tx, ever); err != nil {
				return err
			}
			from, to := snapshots(name)
			return tx.Exec("DELETE FROM workspaces WHERE workspace > $1 AND workspace < $2", from, to)
		})
	}
	d.mu.Lock()
	delete(d.spaces, name)
	if err != nil {
		d.spaces[name] = e
	}
	d.mu.Unlock()
	close(going.made)
	if err != nil {
		return nil, fmt.Errorf("delete workspace %s: %w", name, err)
	}
	d.options.Log.Info("workspace deleted", "workspace", name)
	return e.Workspace, nil
}

// ever is later than every use.
var ever = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// patience is how long a deletion waits for the requests under way.
const patience = 5 * time.Second

// idleWithin waits until nobody uses the workspace.
func (w *Workspace) idleWithin(ctx context.Context, most time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for w.active.Load() > 0 {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("%w: requests in it do not end", ErrInUse)
		}
	}
	return nil
}

// List lists the workspaces that exist, by name.
func (d *Directory) List() []*Workspace {
	d.mu.RLock()
	var names []string
	for name := range d.spaces {
		names = append(names, name)
	}
	d.mu.RUnlock()
	var all []*Workspace
	for _, name := range slices.Sorted(slices.Values(names)) {
		if w, ok := d.Find(name); ok {
			all = append(all, w)
		}
	}
	return all
}

// Snapshot is a named state of a workspace, which stays until it is deleted.
type Snapshot struct {
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at" doc:"real time"`
}

// snapshots are the bounds of the names of a workspace's snapshots: the key finds them, where LIKE would look at every
// workspace. The 0 follows the slash.
func snapshots(workspace string) (from, to string) {
	return snapshotPrefix + workspace + "/", snapshotPrefix + workspace + "0"
}

// Snapshots lists the snapshots of a workspace, which may have gone, by name.
func (d *Directory) Snapshots(ctx context.Context, workspace string) (all []Snapshot, err error) {
	err = d.store.Read(ctx, func(v store.View) error {
		from, to := snapshots(workspace)
		found, err := rows(v, "workspace > $1 AND workspace < $2", from, to)
		for _, r := range found {
			created, wrong := clock.FromText(r.createdAt)
			err = errors.Join(err, wrong)
			all = append(all, Snapshot{strings.TrimPrefix(r.name, snapshotPrefix+workspace+"/"), created})
		}
		return err
	})
	return all, err
}

// snapshot reads the row of a snapshot, or fails with [ErrNotFound].
func (d *Directory) snapshot(ctx context.Context, workspace, name string) (r row, err error) {
	err = d.store.Read(ctx, func(v store.View) error {
		found, err := rows(v, "workspace = $1", snapshotPrefix+workspace+"/"+name)
		if err == nil && len(found) == 0 {
			err = ErrNotFound
		}
		if err == nil {
			r = found[0]
		}
		return err
	})
	return r, err
}

// TakeSnapshot keeps the workspace's present state under a name. It fails with [ErrExists] and [ErrTooMany].
func (w *Workspace) TakeSnapshot(ctx context.Context, name string) (Snapshot, error) {
	w.changing.Lock()
	defer w.changing.Unlock()
	taken, err := w.dir.Snapshots(ctx, w.Name)
	if err != nil {
		return Snapshot{}, err
	}
	if len(taken) >= MostSnapshots {
		return Snapshot{}, fmt.Errorf("%w: %s has %d snapshots, which is the most; delete some", ErrTooMany, w.Name, MostSnapshots)
	}
	for _, other := range taken {
		if other.Name == name {
			return Snapshot{}, ErrExists
		}
	}
	real := w.RealNow().UTC()
	err = w.dir.store.WriteAlone(ctx, w.Name, func(tx store.Tx) error {
		all, err := rows(tx.View, "workspace LIKE $1", snapshotPrefix+"%")
		if err != nil {
			return err
		}
		for _, other := range all {
			if other.name == snapshotPrefix+w.Name+"/"+name { // another process has taken it meanwhile
				return ErrExists
			}
		}
		if len(all) >= w.dir.options.Most {
			return fmt.Errorf("%w: the sandbox has %d snapshots, which is the most; delete some, or raise --max-workspaces", ErrTooMany, len(all))
		}
		r, err := rowOf(tx.View, w.Name)
		if err != nil {
			return err
		}
		r.name, r.selfMade, r.start = snapshotPrefix+w.Name+"/"+name, false, start{}
		r.createdAt, r.usedAt = clock.Text(real), clock.Text(real)
		return w.dir.fill(tx, r, w.Name)
	})
	return Snapshot{name, real}, err
}

// DeleteSnapshot removes a snapshot of a workspace, which may have gone. It fails with [ErrNotFound].
func (d *Directory) DeleteSnapshot(ctx context.Context, workspace, name string) error {
	if _, err := d.snapshot(ctx, workspace, name); err != nil {
		return err
	}
	return d.store.Write(ctx, workspace, func(tx store.Tx) error {
		return tx.Exec("DELETE FROM workspaces WHERE workspace = $1", snapshotPrefix+workspace+"/"+name)
	})
}

// Restore takes the workspace to a snapshot, of its own or of another workspace: records, identifiers, settings,
// credentials, clock. It fails with [ErrNotFound].
func (w *Workspace) Restore(ctx context.Context, of, name string) error {
	snapshot, err := w.dir.snapshot(ctx, of, name)
	if err != nil {
		return err
	}
	r := w.nextRow()
	r.clock = snapshot.clock
	r.life.randomSeed = snapshot.life.randomSeed
	err = w.renew(ctx, r, func(tx store.Tx, r row) error { return w.dir.fillFromSnapshot(tx, r, snapshot.name) })
	if err != nil {
		return fmt.Errorf("restore %s: %w", w.Name, err)
	}
	return nil
}

// Replace puts a fixture in the place of the workspace's records; and of its clock, random seed, sequences, settings and
// credentials, if the fixture speaks of those. It refuses what is wrong with the fixture, and then leaves everything.
func (w *Workspace) Replace(ctx context.Context, f *Fixture) (loaded []Loaded, err error) {
	r := w.nextRow()
	r.clock, r.life.randomSeed = w.Clock(), w.Life().randomSeed
	kept := []string{"settings", "credentials"}
	if f.state != nil {
		kept = nil
		begins := f.begin()
		r.life.randomSeed = begins.seed
		if r.clock, err = clock.Parse(begins.clock, w.RealNow()); err != nil {
			return nil, err
		}
	}
	now := r.clock.Now(w.RealNow())
	err = w.renew(ctx, r, func(tx store.Tx, r row) error {
		if err := w.dir.empty(tx, w.Name, kept...); err != nil {
			return err
		}
		offset, frozen := clockColumns(r.clock)
		err := tx.Exec("UPDATE workspaces SET generation = $2, random_seed = $3, clock_offset = $4, clock_frozen = $5 WHERE workspace = $1",
			w.Name, r.life.generation, r.life.randomSeed, offset, frozen)
		if err != nil {
			return err
		}
		loaded, err = w.dir.bring(tx, w.Name, drawing(r.life.randomSeed), f, now, false)
		return err
	})
	return loaded, err
}

// ErrState refuses what only a whole fixture can set.
var ErrState = errors.New("clock and random_seed come with a whole fixture; set the clock by a call of its own")

// Add adds a fixture to what the workspace holds; a record whose key is there is replaced. Its settings and credentials are
// added too, its sequences go on from the higher number; one with a clock or random seed is refused with [ErrState].
func (w *Workspace) Add(ctx context.Context, f *Fixture) (loaded []Loaded, err error) {
	if s := f.state; s != nil && (s.Clock != nil || s.RandomSeed != "") {
		return nil, ErrState
	}
	w.changing.Lock()
	defer w.changing.Unlock()
	now := w.Clock().Now(w.RealNow())
	var after present
	err = w.dir.store.WriteAlone(context.WithoutCancel(ctx), w.Name, func(tx store.Tx) (err error) {
		if loaded, err = w.dir.bring(tx, w.Name, w.Life().randomSeed, f, now, true); err != nil {
			return err
		}
		after, err = w.dir.raise(tx, w.Name)
		return err
	})
	if err == nil {
		w.show(after, false)
	}
	return loaded, err
}
