package gate

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// The bounds of who listens to the journal.
const (
	mostListeners = 1000
	mostBehind    = 256 // entries that a listener may be behind; who falls further behind is dropped, never waited for
)

// ErrTooManyListeners refuses a listener beyond the bound.
var ErrTooManyListeners = errors.New("too many waits and streams are open: end some")

// Listener gets the entries of a workspace as they come.
type Listener struct {
	// C brings an entry when its request arrives in the workspace and again when it is answered, and nil when the
	// journal is cleared. It is closed when the listener has fallen behind.
	C <-chan *Entry

	send    chan *Entry
	journal *Journal
	of      *workspace.Workspace
}

// Listen begins to listen to a workspace's entries. The caller closes the listener. It fails with [ErrTooManyListeners].
func (j *Journal) Listen(w *workspace.Workspace) (*Listener, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.listening >= mostListeners {
		return nil, ErrTooManyListeners
	}
	j.listening++
	c := make(chan *Entry, mostBehind)
	l := &Listener{C: c, send: c, journal: j, of: w}
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
	l.journal.drop(l)
}

// drop takes a listener out. The caller holds the lock, like that of tell.
func (j *Journal) drop(l *Listener) {
	if !j.listeners[l.of][l] {
		return
	}
	delete(j.listeners[l.of], l)
	if len(j.listeners[l.of]) == 0 {
		delete(j.listeners, l.of)
	}
	j.listening--
	close(l.send)
}

// tell gives an entry to those who listen to a workspace.
func (j *Journal) tell(w *workspace.Workspace, e *Entry) {
	for l := range j.listeners[w] {
		select {
		case l.send <- e:
		default:
			j.drop(l)
		}
	}
}

// Miss is an entry that a search did not fit, and why.
type Miss struct {
	Entry *Entry   `json:"request"`
	Why   []string `json:"why"`
}

// Wait waits until so many entries fit a search, of those that are there and those that come, and returns them, oldest
// first. If they do not come within the time, it returns those that there are, and the nearest misses.
func (j *Journal) Wait(ctx context.Context, w *workspace.Workspace, s Search, count int, most time.Duration) (found []*Entry, misses []Miss, err error) {
	l, err := j.Listen(w)
	if err != nil {
		return nil, nil, err
	}
	defer func() { l.Close() }()
	timeout := time.NewTimer(most)
	defer timeout.Stop()
	for {
		all := j.Entries(w)
		slices.Reverse(all)
		found = slices.DeleteFunc(slices.Clone(all), func(e *Entry) bool { return !s.Fits(e) })
		if len(found) >= count {
			return found, nil, nil
		}
		fits := false
		for !fits {
			select {
			case e, ok := <-l.C:
				if !ok { // fallen behind
					if l, err = j.Listen(w); err != nil {
						return nil, nil, err
					}
					fits = true
				} else {
					fits = e != nil && s.Fits(e)
				}
			case <-timeout.C:
				return found, nearestMisses(s, all), nil
			case <-ctx.Done():
				return nil, nil, ctx.Err()
			}
		}
	}
}

// mostMisses is how many misses are told.
const mostMisses = 5

// nearestMisses lists the entries that the fewest terms do not fit, later ones first.
func nearestMisses(s Search, all []*Entry) []Miss {
	var misses []Miss
	for _, e := range slices.Backward(all) {
		if why := s.Misses(e); why != nil {
			misses = append(misses, Miss{e, why})
		}
	}
	slices.SortStableFunc(misses, func(a, b Miss) int { return cmp.Compare(len(a.Why), len(b.Why)) })
	return misses[:min(len(misses), mostMisses)]
}
