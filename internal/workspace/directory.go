package workspace

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/seed-0f456478/sandbox/internal/clock"
	"github.com/seed-0f456478/sandbox/internal/store"
)

// Options says how workspaces are made and how long they stay.
type Options struct {
	Collections []Collection
	Switches    []Switch
	Settings    map[string]string // of the switches, those that are not at their default
	Seed        *Fixture          // what a workspace starts with
	RandomSeed  string            // makes ids repeat, if set
	Clock       string            // what clock.Parse takes
	Most        int               // self-made workspaces; beyond it the longest idle one goes
	Idle        time.Duration     // after which an unused self-made workspace goes
	Now         func() time.Time  // real time
	Log         *slog.Logger
}

// Directory knows the workspaces that there are.
type Directory struct {
	store    *store.Store
	options  Options
	settings map[string]string // every switch's value, where a workspace has no other
	secret   []byte

	mu     sync.RWMutex
	spaces map[string]*entry

	stop, stopped chan struct{}
}

// entry is a workspace that exists, or is being made.
type entry struct {
	*Workspace
	made chan struct{} // closed when it exists or err says why not
	err  error
}

// sweepEvery is how often the directory saves the times of last use and lets idle workspaces go.
const sweepEvery = time.Minute

// Open seeds the database, finds the workspaces in it, and makes the default one. It fails on a seed that a collection
// refuses, and on unknown settings.
func Open(ctx context.Context, s *store.Store, options Options) (*Directory, error) {
	d := &Directory{store: s, options: options, spaces: map[string]*entry{}, stop: make(chan struct{}), stopped: make(chan struct{})}
	if err := checkSettings(options.Switches, options.Settings); err != nil {
		return nil, err
	}
	d.settings = map[string]string{}
	for _, s := range options.Switches {
		d.settings[s.Name] = s.Default
	}
	maps.Copy(d.settings, options.Settings)
	if _, err := clock.Parse(options.Clock, options.Now()); err != nil {
		return nil, err
	}
	err := s.Write(ctx, func(tx store.Tx) (err error) {
		d.secret, err = installationSecret(tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the installation's secret: %w", err)
	}
	if err := d.seed(ctx); err != nil {
		return nil, err
	}
	if err := d.load(ctx); err != nil {
		return nil, err
	}
	if d.spaces[Default] == nil {
		if _, err := d.make(ctx, Default, false); err != nil {
			return nil, err
		}
	} else if options.Clock != "" || options.RandomSeed != "" {
		options.Log.Warn("workspaces of an earlier run keep their clock and ids until they are reset", "workspaces", len(d.spaces))
	}
	go d.sweepUntilClosed()
	return d, nil
}

// Close saves the times of last use.
func (d *Directory) Close(ctx context.Context) error {
	close(d.stop)
	<-d.stopped
	return d.sweep(ctx)
}

// Find returns a workspace that exists.
func (d *Directory) Find(name string) (*Workspace, bool) {
	d.mu.RLock()
	e := d.spaces[name]
	d.mu.RUnlock()
	if e == nil {
		return nil, false
	}
	select {
	case <-e.made:
		return e.Workspace, e.err == nil
	default:
		return nil, false
	}
}

// Prospect is the workspace of a valid name as a request would find it, and whose records those are: the workspace's own
// or, while it does not exist, the seed's. It makes none.
func (d *Directory) Prospect(name string) (w *Workspace, records string) {
	if w, ok := d.Find(name); ok {
		return w, w.Name
	}
	return d.workspace(d.newRow(name, true)), Template
}

// Acquire returns the workspace of a valid name and makes it if there is none: once, however many ask at once. The
// caller releases it; until then it does not go.
func (d *Directory) Acquire(ctx context.Context, name string) (*Workspace, error) {
	d.mu.RLock()
	e := d.spaces[name]
	if e != nil {
		e.active.Add(1)
	}
	d.mu.RUnlock()
	if e == nil {
		// Others may be waiting for it too, so that this caller's going away must not end it.
		return d.make(context.WithoutCancel(ctx), name, true)
	}
	<-e.made
	return e.Workspace, e.err
}

// make makes a workspace, or joins those who wait for it, and returns it acquired.
func (d *Directory) make(ctx context.Context, name string, selfMade bool) (*Workspace, error) {
	d.mu.Lock()
	if e := d.spaces[name]; e != nil {
		e.active.Add(1)
		d.mu.Unlock()
		<-e.made
		return e.Workspace, e.err
	}
	row := d.newRow(name, selfMade)
	e := &entry{Workspace: d.workspace(row), made: make(chan struct{})}
	e.active.Add(1)
	d.spaces[name] = e
	evicted := d.evict()
	d.mu.Unlock()

	e.err = d.store.Write(ctx, func(tx store.Tx) error {
		if err := remove(tx, evicted); err != nil {
			return err
		}
		return d.fill(tx, row)
	})
	if e.err != nil {
		e.err = fmt.Errorf("make workspace %s: %w", name, e.err)
		d.mu.Lock()
		delete(d.spaces, name)
		d.putBack(evicted)
		d.mu.Unlock()
	} else {
		d.options.Log.Info("workspace created", "workspace", name)
		for _, old := range evicted {
			d.options.Log.Info("workspace evicted: it was idle the longest", "workspace", old.Name, "most", d.options.Most)
		}
	}
	close(e.made)
	return e.Workspace, e.err
}

// evict takes self-made workspaces out of the directory while there are too many, the longest idle ones first. Those in
// use stay, even beyond the bound, until the next one is made. The caller holds the lock, and removes them from the
// database.
func (d *Directory) evict() []*entry {
	var idle []*entry
	selfMade := 0
	for _, e := range d.spaces {
		if e.selfMade {
			selfMade++
			if e.active.Load() == 0 {
				idle = append(idle, e)
			}
		}
	}
	slices.SortFunc(idle, func(a, b *entry) int { return cmp.Compare(a.used.Load(), b.used.Load()) })
	evicted := idle[:min(len(idle), max(0, selfMade-d.options.Most))]
	for _, e := range evicted {
		delete(d.spaces, e.Name)
	}
	return evicted
}

// putBack undoes the leaving of workspaces that could not be removed, so that their next use finds their records. The
// caller holds the lock.
func (d *Directory) putBack(left []*entry) {
	for _, e := range left {
		if d.spaces[e.Name] == nil {
			d.spaces[e.Name] = e
		}
	}
}

// remove deletes workspaces that have left the directory, unless others have been made in their names since.
func remove(tx store.Tx, left []*entry) error {
	for _, e := range left {
		if err := tx.Exec("DELETE FROM workspaces WHERE workspace = $1 AND created_at = $2", e.Name, e.createdAt); err != nil {
			return err
		}
	}
	return nil
}

// row is a row of the table workspaces.
type row struct {
	name      string
	selfMade  bool
	life      *Life
	clock     clock.Setting
	createdAt string
	usedAt    string
}

func (d *Directory) newRow(name string, selfMade bool) row {
	real := d.options.Now()
	setting, err := clock.Parse(d.options.Clock, real)
	if err != nil {
		panic(err) // Open has parsed it
	}
	return row{
		name: name, selfMade: selfMade, clock: setting,
		life:      &Life{generation: 1, randomSeed: sql.NullString{String: d.options.RandomSeed, Valid: d.options.RandomSeed != ""}},
		createdAt: clock.Text(real), usedAt: clock.Text(real),
	}
}

// workspace is the row in memory.
func (d *Directory) workspace(r row) *Workspace {
	w := &Workspace{Name: r.name, dir: d, selfMade: r.selfMade, createdAt: r.createdAt}
	w.clock.Store(&r.clock)
	w.settings.Store(&map[string]string{})
	w.life.Store(r.life)
	if used, err := clock.FromText(r.usedAt); err == nil {
		w.used.Store(used.UnixNano())
		w.saved = used.UnixNano()
	}
	return w
}

// fill puts the seed in the place of whatever there is of a workspace.
func (d *Directory) fill(tx store.Tx, r row) error {
	if err := tx.Exec("DELETE FROM workspaces WHERE workspace = $1", r.name); err != nil {
		return err
	}
	if err := d.insert(tx, r); err != nil {
		return err
	}
	return d.store.CopyRecords(tx, Template, r.name)
}

func (d *Directory) insert(tx store.Tx, r row) error {
	offset, frozen := clockColumns(r.clock)
	return tx.Exec(`
		INSERT INTO workspaces (workspace, self_made, seed, generation, random_seed, clock_offset, clock_frozen, created_at, used_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		r.name, r.selfMade, d.options.Seed.fingerprint(), r.life.generation, r.life.randomSeed, offset, frozen, r.createdAt, r.usedAt)
}

func clockColumns(s clock.Setting) (offset int64, frozen sql.NullString) {
	if !s.Frozen.IsZero() {
		frozen = sql.NullString{String: clock.Text(s.Frozen), Valid: true}
	}
	return int64(s.Offset), frozen
}

// load finds the workspaces of earlier runs.
func (d *Directory) load(ctx context.Context) error {
	made := make(chan struct{})
	close(made)
	return d.store.Read(ctx, func(v store.View) error {
		rows, err := v.Query(`
			SELECT workspace, self_made, generation, random_seed, clock_offset, clock_frozen, created_at, used_at
			FROM workspaces WHERE workspace NOT LIKE '#%' ORDER BY workspace`)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			r := row{life: &Life{}}
			var offset int64
			var frozen sql.NullString
			if err := rows.Scan(&r.name, &r.selfMade, &r.life.generation, &r.life.randomSeed, &offset, &frozen, &r.createdAt, &r.usedAt); err != nil {
				return err
			}
			r.clock.Offset = time.Duration(offset)
			if frozen.Valid {
				if r.clock.Frozen, err = clock.FromText(frozen.String); err != nil {
					return fmt.Errorf("clock of workspace %s: %w", r.name, err)
				}
			}
			d.spaces[r.name] = &entry{Workspace: d.workspace(r), made: made}
		}
		if err := rows.Err(); err != nil {
			return err
		}
		return d.loadSettings(v)
	})
}

func (d *Directory) sweepUntilClosed() {
	defer close(d.stopped)
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-d.stop:
			return
		case <-ticker.C:
			if err := d.sweep(context.Background()); err != nil {
				d.options.Log.Error("cannot save when workspaces were used", "error", err)
			}
		}
	}
}

// sweep saves the times of last use and lets go the self-made workspaces that nobody has used for long.
func (d *Directory) sweep(ctx context.Context) error {
	before := d.options.Now().Add(-d.options.Idle).UnixNano()
	used := map[*entry]int64{}
	var expired []*entry
	d.mu.Lock()
	for name, e := range d.spaces {
		switch last := e.used.Load(); {
		case e.selfMade && e.active.Load() == 0 && last < before:
			delete(d.spaces, name)
			expired = append(expired, e)
		case last != e.saved:
			used[e] = last
		}
	}
	d.mu.Unlock()
	if len(used)+len(expired) == 0 {
		return nil
	}
	err := d.store.Write(ctx, func(tx store.Tx) error {
		for e, last := range used {
			if err := tx.Exec("UPDATE workspaces SET used_at = $2 WHERE workspace = $1", e.Name, clock.Text(time.Unix(0, last))); err != nil {
				return err
			}
		}
		return remove(tx, expired)
	})
	if err != nil {
		d.mu.Lock()
		d.putBack(expired)
		d.mu.Unlock()
		return err
	}
	for e, last := range used {
		e.saved = last
	}
	for _, e := range expired {
		d.options.Log.Info("workspace expired: nobody used it", "workspace", e.Name, "idle", d.options.Idle)
	}
	return nil
}
