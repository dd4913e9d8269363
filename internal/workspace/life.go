package workspace

import (
	"database/sql"
	"sync"
)

// Life is the time from one reset of a workspace to the next.
type Life struct {
	of         *Workspace
	generation int64 // one more with every reset
	randomSeed sql.NullString
	ended      chan struct{}
	endOnce    sync.Once

	mu      sync.Mutex
	kept    map[keptName]any // see Keep
	peeked  map[keptName]peeked
	changed chan struct{} // nil while nobody waits
}

func newLife(generation int64, randomSeed sql.NullString) *Life {
	return &Life{
		generation: generation, randomSeed: randomSeed, ended: make(chan struct{}),
		kept: map[keptName]any{},
	}
}

// Ended is closed when the life has ended.
func (l *Life) Ended() <-chan struct{} { return l.ended }

func (l *Life) end() { l.endOnce.Do(func() { close(l.ended) }) }

// Changed is closed at the next change that was announced: see [Kept.Announce]. Where other processes change it too, that
// takes a Watch.
func (l *Life) Changed() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed == nil {
		l.changed = make(chan struct{})
	}
	return l.changed
}

// announce tells those who wait for a change. The caller holds the lock.
func (l *Life) announce() {
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
}

// present is what is in memory of a workspace's rows, to be read without a query.
type present struct {
	row
	settings map[string]string
}

// show has the workspace show what its rows say, unless it shows something newer. If it was renewed, that is another
// life though the generation be the same.
func (w *Workspace) show(now present, renewed bool) {
	w.showing.Lock()
	defer w.showing.Unlock()
	if now.revision <= w.revision.Load() {
		return
	}
	w.revision.Store(now.revision)
	w.clock.Store(new(now.clock))
	w.settings.Store(new(now.settings))
	life := w.Life()
	if !renewed && life.generation == now.life.generation {
		life.mu.Lock()
		life.announce()
		life.mu.Unlock()
		return
	}
	now.life.of = w
	w.life.Store(now.life)
	life.end()
}
