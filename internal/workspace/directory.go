package workspace

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
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
	store   *store.Store
	options Options

	fingerprint string            // of the seed
	settings    map[string]string // every switch's value, where a workspace has no other
	secret      []byte
	begin       begin // how a workspace begins that says nothing else

	mu     sync.RWMutex
	spaces map[string]*entry

	stop, stopped chan struct{}
}

// begin is a random seed, if ids repeat, and what clock.Parse takes.
type begin struct {
	seed  sql.NullString
	clock string
}

// entry is a workspace that exists, is being made, or is being deleted.
type entry struct {
	*Workspace
	made chan struct{} // closed when it exists or err says why not
	err  error
}

// exists says that the entry's workspace is there: neither being made nor being deleted.
func (e *entry) exists() bool {
	select {
	case <-e.made:
		return e.err == nil
	default:
		return false
	}
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
	d.fingerprint = options.Seed.fingerprint()
	d.begin = options.Seed.begin()
	if options.RandomSeed != "" {
		d.begin.seed = sql.NullString{String: options.RandomSeed, Valid: true}
	}
	d.begin.clock = cmp.Or(options.Clock, d.begin.clock)
	if _, err := clock.Parse(d.begin.clock, options.Now()); err != nil {
		return nil, err
	}
	if err := d.load(ctx); err != nil {
		return nil, err
	}
	if err := d.seed(ctx); err != nil {
		return nil, err
	}
	secret := func(tx store.Tx) (err error) {
		if d.secret, err = installationSecret(tx); err != nil {
			return fmt.Errorf("read the installation's secret: %w", err)
		}
		return nil
	}
	if d.spaces[Default] == nil {
		w, _, err := d.make(ctx, d.newRow(Default, false, start{origin: Template}), secret)
		if err != nil {
			return nil, err
		}
		w.Release()
	} else if options.Clock != "" || options.RandomSeed != "" {
		options.Log.Warn("workspaces of an earlier run keep their clock and ids until they are reset", "workspaces", len(d.spaces))
	}
	if d.secret == nil || s.Shared() { // another process may have made the default workspace
		if err := s.Write(ctx, "", secret); err != nil {
			return nil, err
		}
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
	if e == nil || !e.exists() {
		return nil, false
	}
	return e.Workspace, true
}

// Prospect is the workspace of a valid name as a request would find it, and whose records those are: the workspace's own
// or, while it does not exist, the seed's. It makes none.
func (d *Directory) Prospect(name string) (w *Workspace, records string) {
	if w, ok := d.Find(name); ok {
		return w, w.Name
	}
	return d.workspace(present{row: d.newRow(name, true, start{origin: Template})}), Template
}

// Hold returns a workspace that exists, as Acquire does, and makes none.
func (d *Directory) Hold(name string) (*Workspace, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	e := d.spaces[name]
	if e == nil || !e.exists() {
		return nil, false
	}
	e.active.Add(1)
	return e.Workspace, true
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
	if e != nil {
		if <-e.made; e.err == nil {
			if err := e.saveUse(ctx); err != nil {
				e.active.Add(-1)
				return nil, err
			}
			return e.Workspace, nil
		}
	}
	// Others may be waiting for it too, so that this caller's going away must not end it.
	w, _, err := d.make(context.WithoutCancel(ctx), d.newRow(name, true, start{origin: Template}), nil)
	return w, err
}

// make makes a workspace as its row says, whose origin prepare has made if it is not nil, and returns it acquired. If there
// is one of this name, or one is being made and that succeeds, it is that one, and made is false.
func (d *Directory) make(ctx context.Context, r row, prepare func(store.Tx) error) (w *Workspace, made bool, err error) {
	if err := d.refreshIfFull(ctx); err != nil {
		return nil, false, err
	}
	d.mu.Lock()
	for e := d.spaces[r.name]; e != nil; e = d.spaces[r.name] {
		e.active.Add(1)
		d.mu.Unlock()
		if <-e.made; e.err == nil {
			return e.Workspace, false, nil
		}
		d.mu.Lock() // what went wrong there is not this caller's, whose turn it may be now
	}
	if !r.selfMade && r.name != Default && d.created() >= d.options.Most {
		d.mu.Unlock()
		return nil, false, fmt.Errorf("%w: %d workspaces were created, which is the most; delete some, or raise --max-workspaces", ErrTooMany, d.options.Most)
	}
	e := &entry{Workspace: d.workspace(present{row: r}), made: make(chan struct{})}
	e.active.Add(1)
	d.spaces[r.name] = e
	evicted := d.evict()
	d.mu.Unlock()

	var now present
	e.err = d.store.Write(ctx, r.name, func(tx store.Tx) (err error) {
		if err := removeIdle(tx, evicted); err != nil {
			return err
		}
		if made, err = d.found(tx, r, prepare); err != nil {
			return err
		}
		if now.row, err = rowOf(tx.View, r.name); err == nil {
			now.settings, err = d.settingsOf(tx.View, r.name)
		}
		return err
	})
	switch {
	case e.err != nil:
		e.err = fmt.Errorf("make workspace %s: %w", r.name, e.err)
		d.mu.Lock()
		delete(d.spaces, r.name)
		d.putBack(evicted)
		d.mu.Unlock()
	case made:
		e.settings.Store(new(now.settings)) // which leaves the rest of now to the collector
		d.options.Log.Info("workspace created", "workspace", r.name)
	default: // another process has made it meanwhile
		d.mu.Lock()
		e.become(now)
		d.mu.Unlock()
	}
	if e.err == nil {
		for _, old := range evicted {
			d.options.Log.Info("workspace evicted: it was idle the longest", "workspace", old.Name, "most", d.options.Most)
		}
	}
	close(e.made)
	return e.Workspace, made, e.err
}

// found makes the row's workspace in the database, whose origin prepare has made if it is not nil, unless there is one of its
// name.
func (d *Directory) found(tx store.Tx, r row, prepare func(store.Tx) error) (made bool, err error) {
	begun := false
	if r.name == Default {
		begun, err = d.beginDefault(tx, r)
	}
	if err == nil && !begun {
		made, err = d.insert(tx, r)
	}
	if err == nil && (begun || made) && prepare != nil {
		err = prepare(tx)
	}
	if err == nil && made {
		err = d.store.CopyRecords(tx, r.start.origin, r.name)
	}
	return begun || made, err
}

// evict takes self-made workspaces out of the directory while there are too many, the longest idle ones first. Those in
// use, and those that another process may use, stay even beyond the bound, until the next one is made. The caller holds
// the lock, and removes them from the database.
func (d *Directory) evict() []*entry {
	var idle []*entry
	selfMade, recent := 0, d.options.Now().Add(-d.unseen()).UnixNano()
	for _, e := range d.spaces {
		if e.selfMade {
			selfMade++
			if e.active.Load() == 0 && e.used.Load() <= recent {
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

// saveUse lets other processes know at once of a use after a pause, since they let go what was idle the longest. Of the
// others they know by the sweeps.
func (w *Workspace) saveUse(ctx context.Context) error {
	now := w.dir.options.Now()
	if !w.dir.store.Shared() || now.UnixNano()-w.used.Load() <= int64(sweepEvery) {
		return nil
	}
	if err := w.dir.store.Write(ctx, w.Name, func(tx store.Tx) error { return used(tx, w.Name, now.UnixNano()) }); err != nil {
		return fmt.Errorf("use workspace %s: %w", w.Name, err)
	}
	w.used.Store(now.UnixNano())
	return nil
}

// used saves when a workspace was used, unless it was used later.
func used(tx store.Tx, name string, at int64) error {
	return tx.Exec("UPDATE workspaces SET used_at = $2 WHERE workspace = $1 AND used_at < $2", name, clock.Text(time.Unix(0, at)))
}

// removeIdle deletes workspaces that have left the directory, unless others have been made in their names since, or another
// process has used them.
func removeIdle(tx store.Tx, left []*entry) error {
	for _, e := range left {
		if err := e.remove(tx, time.Unix(0, e.used.Load())); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes the workspace, if it was not used after a time, and what it began with.
func (w *Workspace) remove(tx store.Tx, usedUntil time.Time) error {
	err := tx.QueryRow("DELETE FROM workspaces WHERE workspace = $1 AND created_at = $2 AND used_at <= $3 RETURNING 1",
		w.Name, w.createdAt, clock.Text(usedUntil)).Scan(new(int))
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil || w.start.origin == Template {
		return err
	}
	return tx.Exec("DELETE FROM workspaces WHERE workspace = $1 AND created_at = $2", w.start.origin, w.createdAt)
}

// load finds the workspaces of earlier runs.
func (d *Directory) load(ctx context.Context) error {
	// Not a Read, which would wait for a reader to connect.
	return d.store.Write(ctx, "", func(tx store.Tx) error {
		clear(d.spaces)
		all, err := rows(tx.View, "workspace NOT LIKE '#%' AND generation > 0") // see beginDefault
		if err != nil {
			return err
		}
		for _, r := range all {
			settings, err := d.settingsOf(tx.View, r.name)
			if err != nil {
				return err
			}
			d.spaces[r.name] = &entry{Workspace: d.workspace(present{r, settings}), made: closed}
		}
		return nil
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
			err := d.RefreshAll(context.Background())
			if err == nil {
				err = d.sweep(context.Background())
			}
			if err != nil {
				d.options.Log.Error("cannot save when workspaces were used", "error", err)
			}
		}
	}
}

// idle is how long the workspace may stay without use: false for as long as it likes.
func (w *Workspace) idle() (time.Duration, bool) {
	if w.start.idle.Valid {
		return time.Duration(w.start.idle.Int64), true
	}
	return w.dir.options.Idle, w.selfMade
}

// sweep saves the times of last use and lets go the workspaces that nobody has used for long.
func (d *Directory) sweep(ctx context.Context) error {
	now := d.options.Now().UnixNano()
	uses := map[*entry]int64{}
	var expired []*entry
	d.mu.Lock()
	for name, e := range d.spaces {
		last := e.used.Load()
		if e.active.Load() > 0 && d.store.Shared() {
			last = now // other processes are to know
		}
		switch idle, goes := e.idle(); {
		case goes && e.active.Load() == 0 && last < now-int64(idle+d.unseen()):
			delete(d.spaces, name)
			expired = append(expired, e)
		case last != e.saved:
			uses[e] = last
		}
	}
	d.mu.Unlock()
	if len(uses)+len(expired) == 0 {
		return nil
	}
	if err := d.save(ctx, uses, expired); err != nil {
		d.mu.Lock()
		d.putBack(expired)
		d.mu.Unlock()
		return err
	}
	for e, last := range uses {
		e.saved = last
	}
	for _, e := range expired {
		idle, _ := e.idle()
		d.options.Log.Info("workspace expired: nobody used it", "workspace", e.Name, "idle", idle)
	}
	return nil
}

// save saves the times of last use, and lets workspaces go. Where other processes wait for the same rows each is a
// transaction of its own, so that none waits for another.
func (d *Directory) save(ctx context.Context, uses map[*entry]int64, expired []*entry) error {
	if !d.store.Shared() {
		return d.store.Write(ctx, "", func(tx store.Tx) error {
			for e, last := range uses {
				if err := used(tx, e.Name, last); err != nil {
					return err
				}
			}
			return removeIdle(tx, expired)
		})
	}
	for e, last := range uses {
		if err := d.store.Write(ctx, e.Name, func(tx store.Tx) error { return used(tx, e.Name, last) }); err != nil {
			return err
		}
	}
	for _, e := range expired {
		if err := d.store.Write(ctx, e.Name, func(tx store.Tx) error { return removeIdle(tx, []*entry{e}) }); err != nil {
			return err
		}
	}
	return nil
}

// unseen is how long another process may have used a workspace without this one knowing.
func (d *Directory) unseen() time.Duration {
	if d.store.Shared() {
		return 2 * sweepEvery
	}
	return 0
}
