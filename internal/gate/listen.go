package gate

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// The bounds of who listens to the journal.
const (
	mostListeners = 1000
	mostBehind    = 256 // entries that a listener may be behind; who falls further behind is dropped, never waited for
)

// Why nobody listens, or no more.
var (
	ErrTooManyListeners = errors.New("too many waits and streams are open: end some")
	ErrStopped          = errors.New("the sandbox is about to end")
	ErrForgotten        = errors.New("the workspace was deleted")
)

// Listener gets the entries of a workspace as they come.
type Listener struct {
	// C brings an entry when its request arrives in the workspace and again when it is answered, and nil when the
	// journal is cleared. It is closed when the listener has fallen behind, the workspace was deleted, or the sandbox is
	// about to end.
	C <-chan *Entry

	send    chan *Entry
	journal *Journal
	of      *workspace.Workspace
	watches bool  // what C has no room for is left out
	ended   error // why C was closed, unless it has fallen behind; to be read once it is
}

// Listen begins to listen to a workspace's entries, and returns those that there are, newest first: what comes behind them
// is what C brings. The caller closes the listener. It fails with [ErrTooManyListeners] and [ErrStopped]; where processes
// share a database, also with [ErrForgotten] and the database's errors.
func (j *Journal) Listen(ctx context.Context, w *workspace.Workspace) (*Listener, []*Entry, error) {
	if j.shared != nil {
		return j.shared.listen(ctx, w, mostBehind+2*mostPolled, true)
	}
	j.mu.Lock()
	l, err := j.listen(w, mostBehind)
	underWay, answered := j.records(w, math.MaxInt)
	j.mu.Unlock()
	if err != nil {
		return nil, nil, err
	}
	return l, j.shown(underWay, answered), nil
}

// Watch is Listen for who only wants to know that something has come: C brings an entry, or nil, and what comes until that
// is taken is left out. Nobody who watches falls behind.
func (j *Journal) Watch(ctx context.Context, w *workspace.Workspace) (*Listener, error) {
	if j.shared != nil {
		l, _, err := j.shared.listen(ctx, w, 1, false)
		return l, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.listen(w, 1)
}

// listen adds a listener. The caller holds the lock, like that of drop, tell and silence.
func (j *Journal) listen(w *workspace.Workspace, room int) (*Listener, error) {
	switch {
	case j.stopped:
		return nil, ErrStopped
	case j.listening >= mostListeners:
		return nil, ErrTooManyListeners
	}
	j.listening++
	c := make(chan *Entry, room)
	l := &Listener{C: c, send: c, journal: j, of: w, watches: room == 1}
	if j.listeners[w] == nil {
		j.listeners[w] = map[*Listener]bool{}
	}
	j.listeners[w][l] = true
	return l, nil
}

// Close ends the listening. A second call does nothing.
func (l *Listener) Close() {
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	l.journal.drop(l, nil)
}

// drop takes a listener out.
func (j *Journal) drop(l *Listener, why error) {
	if !j.listeners[l.of][l] {
		return
	}
	delete(j.listeners[l.of], l)
	if len(j.listeners[l.of]) == 0 {
		delete(j.listeners, l.of)
	}
	j.listening--
	l.ended = why
	close(l.send)
}

// tell gives an entry to those who listen to a workspace.
func (j *Journal) tell(w *workspace.Workspace, e *Entry) {
	for l := range j.listeners[w] {
		select {
		case l.send <- e:
		default:
			if !l.watches {
				j.drop(l, nil)
			}
		}
	}
}

// silence drops those who listen to a workspace.
func (j *Journal) silence(w *workspace.Workspace, why error) {
	for l := range j.listeners[w] {
		j.drop(l, why)
	}
}

// Forget clears a workspace's entries, and ends what listens to them: it was deleted.
func (j *Journal) Forget(w *workspace.Workspace) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.clear(w)
	j.silence(w, ErrForgotten)
}

// stop ends all that listens, for good.
func (j *Journal) stop() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.shared != nil && !j.stopped {
		close(j.shared.stopped)
	}
	j.stopped = true
	for w := range j.listeners {
		j.silence(w, ErrStopped)
	}
}

// Miss is an entry that a search did not fit, and why.
type Miss struct {
	Entry *Entry
	Why   []string
}

// Wait waits until so many entries fit a search, of those that are there and those that come, and returns them, newest
// first. If they do not come within the time, it returns those that there are, and the nearest misses. It fails like
// Listen, and with [ErrForgotten].
func (j *Journal) Wait(ctx context.Context, w *workspace.Workspace, s Search, count int, most time.Duration) (found []*Entry, misses []Miss, err error) {
	timeout := time.NewTimer(most)
	defer timeout.Stop()
	for late := false; ; {
		l, all, err := j.Listen(ctx, w)
		if err != nil {
			return nil, nil, err
		}
		if found = s.Among(all); len(found) < count && !late {
			late, err = l.await(ctx, s, timeout.C)
			l.Close()
			if err != nil {
				return nil, nil, err
			}
			continue
		}
		l.Close()
		if len(found) < count {
			misses = s.Nearest(all)
		}
		return found, misses, nil
	}
}

// await waits until it is worth to look again: an entry fits, the journal was cleared, or the listener has fallen behind.
func (l *Listener) await(ctx context.Context, s Search, timeout <-chan time.Time) (late bool, err error) {
	for {
		select {
		case e, ok := <-l.C:
			if !ok {
				return false, l.ended
			}
			if e == nil || s.Fits(e) {
				return false, nil
			}
		case <-timeout:
			return true, nil
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// mostMisses is how many misses are told.
const mostMisses = 5

// Nearest lists the up to five entries, of some that are newest first, that the fewest terms do not fit, newer ones first.
func (s Search) Nearest(all []*Entry) []Miss {
	var misses []Miss
	for _, e := range all {
		if why := s.Misses(e); why != nil {
			misses = append(misses, Miss{e, why})
		}
	}
	slices.SortStableFunc(misses, func(a, b Miss) int { return cmp.Compare(len(a.Why), len(b.Why)) })
	return misses[:min(len(misses), mostMisses)]
}
