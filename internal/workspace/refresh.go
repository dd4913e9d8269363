package workspace

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/seed-0f456478/sandbox/internal/store"
)

// Where other processes have the database too, what is in memory of its workspaces is what they were when somebody looked
// last: Refresh looks. Each request comes after one for its workspace, so that it sees all that was answered before it
// came, whoever answered it.

// Shared says that other processes may have the database too.
func (d *Directory) Shared() bool { return d.store.Shared() }

// Refresh brings a workspace, if there is one of this name, to what the database says of it. It does nothing where this
// process alone has the database.
func (d *Directory) Refresh(ctx context.Context, name string) error {
	if !d.store.Shared() {
		return nil
	}
	d.mu.RLock()
	before := d.spaces[name]
	d.mu.RUnlock()
	if before != nil && !before.exists() {
		return nil // this process makes or removes it
	}
	var now present
	err := d.store.Read(ctx, func(v store.View) (err error) {
		if now.row, err = rowOf(v, name); err != nil {
			return err
		}
		if before == nil || before.createdAt != now.createdAt || before.revision.Load() < now.revision {
			now.settings, err = d.settingsOf(v, name)
		}
		return err
	})
	switch {
	case errors.Is(err, ErrNotFound):
		d.adopt(name, before, nil)
	case err != nil:
		return fmt.Errorf("look for workspace %s: %w", name, err)
	default:
		d.adopt(name, before, &now)
	}
	return nil
}

// RefreshAll is Refresh for all that there are.
func (d *Directory) RefreshAll(ctx context.Context) error {
	if !d.store.Shared() {
		return nil
	}
	d.mu.RLock()
	before := make(map[string]*entry, len(d.spaces))
	for name, e := range d.spaces {
		if e.exists() {
			before[name] = e
		}
	}
	d.mu.RUnlock()
	all := map[string]*present{}
	err := d.store.Read(ctx, func(v store.View) error {
		found, err := rows(v, "workspace NOT LIKE '#%'")
		for _, r := range found {
			now := &present{row: r}
			all[r.name] = now
			if e := before[r.name]; err == nil && (e == nil || e.createdAt != r.createdAt || e.revision.Load() < r.revision) {
				now.settings, err = d.settingsOf(v, r.name)
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("look for workspaces: %w", err)
	}
	for name, now := range all {
		d.adopt(name, before[name], now)
	}
	for name, e := range before {
		if all[name] == nil {
			d.adopt(name, e, nil)
		}
	}
	return nil
}

// refreshIfFull has the directory know all that there are, if there are so many that one may have to go.
func (d *Directory) refreshIfFull(ctx context.Context) error {
	if !d.store.Shared() {
		return nil
	}
	var n int
	err := d.store.Read(ctx, func(v store.View) error {
		return v.QueryRow("SELECT count(*) FROM workspaces WHERE workspace NOT LIKE '#%'").Scan(&n)
	})
	if err != nil || n <= d.options.Most {
		return err
	}
	return d.RefreshAll(ctx)
}

// adopt takes what the database says of a workspace over, nil if it has none, which was looked up when the directory had
// this entry for it. If it has another by now, that is newer.
func (d *Directory) adopt(name string, before *entry, now *present) {
	var gone *entry
	d.mu.Lock()
	if d.spaces[name] != before || before != nil && !before.exists() {
		d.mu.Unlock()
		return
	}
	switch {
	case now == nil && before != nil:
		delete(d.spaces, name)
		gone = before
	case now == nil:
	case before == nil || before.createdAt != now.createdAt:
		gone = before
		d.spaces[name] = &entry{Workspace: d.workspace(*now), made: closed}
	}
	d.mu.Unlock()
	switch {
	case gone != nil:
		gone.Life().end()
	case now != nil && before != nil:
		before.noteUse(now.usedAt)
		before.show(*now, false)
	}
}

// closed is the channel of an entry that exists.
var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// watchEvery is how often a watched workspace is looked at, and so how late those who wait hear of another process.
const watchEvery = 50 * time.Millisecond

// watch counts who watches a workspace.
type watch struct {
	mu       sync.Mutex
	watchers int
	stop     chan struct{}
}

// Watch has [Life.Ended] and [Life.Changed] tell what other processes do too, within 50 ms, until stop is called, once. It
// costs nothing where there are none.
func (w *Workspace) Watch() (stop func()) {
	if !w.dir.store.Shared() {
		return func() {}
	}
	w.watch.mu.Lock()
	defer w.watch.mu.Unlock()
	if w.watch.watchers++; w.watch.watchers == 1 {
		w.watch.stop = make(chan struct{})
		go w.refreshUntil(w.watch.stop)
	}
	return func() {
		w.watch.mu.Lock()
		defer w.watch.mu.Unlock()
		if w.watch.watchers--; w.watch.watchers == 0 {
			close(w.watch.stop)
		}
	}
}

func (w *Workspace) refreshUntil(stop chan struct{}) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
			// What fails is tried again: who waits has a time of its own, or a client that goes.
			_ = w.dir.Refresh(context.Background(), w.Name)
		}
	}
}
