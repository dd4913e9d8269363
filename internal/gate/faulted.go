package gate

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// FaultHeader arms a fault for the one request that carries it: a name of the API's catalogue, delay=2s, or close, lost,
// truncate.
const FaultHeader = "X-Sandbox-Fault"

// fault finds the fault that hits an admitted request: the one of its header, else the first armed one; nil for none.
func (x *Exchange) fault() (hit *armed, err error) {
	if asked := x.Request.Header.Get(FaultHeader); asked != "" {
		return x.askedFault(asked)
	}
	list, err := workspace.Peek[faults](x.Request.Context(), x.life, faultsKind, "")
	if err != nil || list == nil || !slices.ContainsFunc(list.Armed, func(a armed) bool { return x.matches(a.Fault) }) {
		return nil, err
	}
	if slices.ContainsFunc(list.Armed, func(a armed) bool { return a.lasts() && x.matches(a.Fault) }) {
		x.gate.journal.lasts(x) // who sees that it is held finds its entry
	}
	err = x.life.Keep(x.Request.Context(), func(k *workspace.Kept) error {
		hit = nil
		list, err := faultsIn(k)
		if err != nil {
			return err
		}
		for _, a := range list.Armed {
			if !x.matches(a.Fault) {
				continue
			}
			c, err := countsIn(k, a)
			if err != nil {
				return err
			}
			hits := c.meet(a.Fault, x.Workspace)
			if err := c.put(k, a); err != nil {
				return err
			}
			if hits {
				hit = &a
				return nil
			}
		}
		return nil
	})
	return hit, err
}

// meet counts a request that a fault matches, and says whether it hits it.
func (c *counts) meet(f Fault, w *workspace.Workspace) bool {
	c.Seen++
	if c.Seen <= f.After || f.Times > 0 && c.Hits >= f.Times {
		return false
	}
	if f.Probability > 0 {
		c.Drawn++
		if w.Random(fmt.Sprintf("fault %s %d", f.ID, c.Drawn)).Float64() >= f.Probability {
			return false
		}
	}
	c.Hits++
	if f.Kind == FaultHold {
		c.Held++ // at once with the hit: who sees that can release it
	}
	return true
}

func (x *Exchange) askedFault(asked string) (*armed, error) {
	f := Fault{FaultSpec: FaultSpec{Kind: FaultError, Error: asked}}
	kind, delay, _ := strings.Cut(asked, "=")
	if slices.Contains([]string{FaultDelay, FaultClose, FaultLost, FaultTruncate}, kind) {
		f.Kind, f.Error, f.Delay = kind, "", delay
	}
	if err := f.checkKind(x.API); err != nil {
		return nil, web.Refuse(web.ErrMalformed, web.Violation{
			Member: FaultHeader, Value: asked, Rule: "COM-40", Message: "asks for no fault: " + err.Error(),
			Passes: "delay=2s, close, lost, truncate, or one of " + strings.Join(x.API.Errors, ", "),
		})
	}
	return &armed{Fault: f}, nil
}

func (x *Exchange) matches(f Fault) bool {
	if f.On != x.API.Name && f.On != x.API.Name+"."+x.Operation || f.Owner != "" && f.Owner != x.Owner {
		return false
	}
	for name, value := range f.Parameters {
		if x.Param(name) != value {
			return false
		}
	}
	for name, value := range f.Headers {
		if x.Request.Header.Get(name) != value {
			return false
		}
	}
	return true
}

// handle runs an operation, or what a fault makes of it.
func (g *Gate) handle(x *Exchange, operation func(*http.Request) (web.Response, error)) (web.Response, error) {
	f, err := x.fault()
	if err != nil {
		return web.Response{}, err
	}
	if f == nil {
		return operation(x.Request)
	}
	x.faulted = f.Kind
	switch f.Kind {
	case FaultError:
		x.faulted += " " + f.Error
		return web.Response{}, &NamedError{f.Error}
	case FaultDelay:
		d, err := time.ParseDuration(f.Delay)
		if err != nil {
			return web.Response{}, err // check has parsed it
		}
		x.faulted += " " + f.Delay
		g.linger(x, d)
	case FaultClose:
		x.abort = abortUnanswered
		return web.Response{}, errAborted
	case FaultHold:
		if !g.hold(x, *f) {
			x.abort = abortUnanswered
			return web.Response{}, errAborted
		}
	case FaultLost:
		x.abort = abortUnanswered
	case FaultTruncate:
		x.abort = abortHalfway
	}
	return operation(x.Request)
}

// How an exchange ends that a fault ends.
type abort int

const (
	abortNone       abort = iota
	abortUnanswered       // the connection is closed without an answer
	abortHalfway          // in the middle of the body
)

var errAborted = errors.New("a fault has ended the exchange")

// last lets an exchange wait longer than the server lets an answer take, which over HTTP/2 ends it even if nobody writes.
func (x *Exchange) last() {
	_ = http.NewResponseController(x.connection).SetWriteDeadline(time.Time{})
	x.gate.journal.lasts(x)
}

// linger lets an exchange wait so long, or until the client or the sandbox goes.
func (g *Gate) linger(x *Exchange, d time.Duration) {
	x.last()
	_, _ = x.Body() // while it is unread, net/http does not notice that a client has gone
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-x.gone:
	case <-g.interrupted:
	}
}

// hold waits until the fault is released: false if the client, the workspace's life or the sandbox ends first, or too
// many are held already.
func (g *Gate) hold(x *Exchange, f armed) bool {
	defer x.letGo(f)
	if g.held.Add(1) > mostHeld {
		g.held.Add(-1)
		x.faulted += fmt.Sprintf(": closed, since %d requests are held, which is the most", mostHeld)
		return false
	}
	defer g.held.Add(-1)
	x.last()
	_, _ = x.Body() // as in linger
	defer x.Workspace.Watch()()
	for {
		changed := x.life.Changed()
		released, err := x.released(f)
		if released {
			return true
		}
		var again <-chan time.Time
		if err != nil {
			again = time.After(time.Second)
		}
		select {
		case <-changed:
		case <-again:
		case <-x.gone:
			return false
		case <-x.life.Ended():
			return false
		case <-g.interrupted:
			return false
		}
	}
}

// released says that a fault that holds the exchange has been released or removed since. The list may be from before the
// hit, where another process armed or released the fault a moment ago.
func (x *Exchange) released(f armed) (bool, error) {
	select {
	case <-x.life.Ended():
		return false, nil
	default:
	}
	list, err := workspace.Peek[faults](x.Request.Context(), x.life, faultsKind, "")
	if err != nil || list == nil {
		return false, err
	}
	for _, a := range list.Armed {
		if a.Number == f.Number {
			return a.Released > f.Released, nil
		}
	}
	return list.Last >= f.Number, nil
}

// lasts says that the fault lets a request wait.
func (a armed) lasts() bool { return a.Kind == FaultHold || a.Kind == FaultDelay }

// same says that another is this fault, and not released since.
func (a armed) same(other armed) bool {
	return a.Number == other.Number && a.Released == other.Released
}

// letGo counts an exchange out that a fault has held, unless a release has done that.
func (x *Exchange) letGo(f armed) {
	err := x.life.Keep(x.Request.Context(), func(k *workspace.Kept) error {
		list, err := faultsIn(k)
		if err != nil || !slices.ContainsFunc(list.Armed, f.same) {
			return err
		}
		c, err := countsIn(k, f)
		if err != nil {
			return err
		}
		c.Held--
		return c.put(k, f)
	})
	if err != nil {
		x.gate.log.Error("a fault counts a request as held that has gone", "id", x.id, "fault", f.ID, "error", err)
	}
}
