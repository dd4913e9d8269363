package gate

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed-0f456478/sandbox/internal/nearest"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// The kinds of fault.
const (
	FaultError    = "error"    // an error of the partner's own catalogue, in the place of the operation
	FaultDelay    = "delay"    // the operation begins later
	FaultClose    = "close"    // the connection is closed before the operation
	FaultLost     = "lost"     // the operation is done and its answer lost: the connection is closed
	FaultTruncate = "truncate" // half of the answer's body arrives
	FaultHold     = "hold"     // the operation waits until the fault is released or removed
)

var faultKinds = []string{FaultError, FaultDelay, FaultClose, FaultLost, FaultTruncate, FaultHold}

// The bounds of faults.
const (
	mostFaults = 100  // of a workspace
	mostHeld   = 1000 // requests of all workspaces
	mostDelay  = 10 * time.Minute
)

// Fault is something to go wrong with the requests that it matches.
type Fault struct {
	ID string `json:"id"`
	FaultSpec
}

// FaultSpec is a fault but for its id.
type FaultSpec struct {
	On          string            `json:"on" maxLength:"100" doc:"an API, or an API, a dot and one of its operations"`
	Kind        string            `json:"kind" enum:"error,delay,close,lost,truncate,hold"`
	Error       string            `json:"error,omitempty" maxLength:"100" doc:"for error: a name of the API's catalogue" example:"server_error"`
	Delay       string            `json:"delay,omitempty" maxLength:"100" doc:"for delay: a Go duration, up to 10m" example:"2s"`
	After       int               `json:"after,omitempty" doc:"how many matching requests to let pass first"`
	Times       int               `json:"times,omitempty" doc:"how many requests to hit; 0 for all"`
	Probability float64           `json:"probability,omitempty" doc:"of hitting a matching request, in a workspace with a random seed; 0 for always"`
	Owner       string            `json:"owner,omitempty" doc:"only requests of this owner"`
	Parameters  map[string]string `json:"parameters,omitempty" doc:"only requests whose path parameters have these values"`
	Headers     map[string]string `json:"headers,omitempty" doc:"only requests with these headers"`
}

// Armed is a fault and what it has done.
type Armed struct {
	Fault
	Seen int `json:"seen" doc:"requests that it matched"`
	Hits int `json:"hits" doc:"requests that it hit"`
	Held int `json:"held" doc:"requests that wait for its release"`
}

// NamedError is an error of an API's own catalogue that was asked for by its name.
type NamedError struct{ Name string }

func (e *NamedError) Error() string { return "fault: " + e.Name }

// Answers says whether a row of an API's error catalogue is the answer to an error: the row's kind is that of the error, or
// a fault asks for the row by its name. A row that no refusal has as its kind has none.
func Answers(err error, name string, kind error) bool {
	named, ok := errors.AsType[*NamedError](err)
	return ok && named.Name == name || kind != nil && errors.Is(err, kind)
}

// The kinds of what faults keep: the list, of which there is one, and how often each has been there for a request.
const (
	faultsKind = "faults"
	countsKind = "fault"
)

// faults are those of a workspace's life, in the order in which they were armed. The list is only ever replaced.
type faults struct {
	Armed []armed
	Last  int // serial number given out
}

// armed is a fault that is armed. Its number tells it from others that had its id before.
type armed struct {
	Fault
	Number   int
	Released int // how often
}

// counts is what an armed fault has done.
type counts struct {
	Seen, Hits, Held int
	Drawn            int // chances
}

func faultsIn(k *workspace.Kept) (faults, error) {
	list, err := workspace.Get[faults](k, faultsKind, "")
	if list == nil {
		return faults{}, err
	}
	return *list, err
}

func countsIn(k *workspace.Kept, a armed) (*counts, error) {
	c, err := workspace.Get[counts](k, countsKind, strconv.Itoa(a.Number))
	if c == nil {
		c = &counts{}
	}
	return c, err
}

func (c *counts) put(k *workspace.Kept, a armed) error {
	return k.Put(countsKind, strconv.Itoa(a.Number), c)
}

// put puts the list in the place of the one that there is, and tells those whom faults hold.
func (f faults) put(k *workspace.Kept) error {
	k.Announce()
	return k.Put(faultsKind, "", &f)
}

// without is the list without some faults, and how many those were.
func (f faults) without(k *workspace.Kept, which func(armed) bool) (rest faults, n int, err error) {
	rest.Last = f.Last
	for _, a := range f.Armed {
		if !which(a) {
			rest.Armed = append(rest.Armed, a)
			continue
		}
		n++
		if err := k.Delete(countsKind, strconv.Itoa(a.Number)); err != nil {
			return f, 0, err
		}
	}
	return rest, n, nil
}

// The refusals of faults.
var (
	ErrTooManyFaults = fmt.Errorf("a workspace has at most %d faults: remove some", mostFaults)
	ErrNoFault       = errors.New("there is no fault of this id")
)

// Arm adds a fault to a workspace, in the place of one with its id. It refuses unknown APIs, operations, errors and kinds,
// and fails with [ErrTooManyFaults].
func Arm(ctx context.Context, apis []*API, w *workspace.Workspace, f Fault) (Armed, error) {
	if err := f.check(apis, w); err != nil {
		return Armed{}, err
	}
	err := w.Life().Keep(ctx, func(k *workspace.Kept) error {
		list, err := faultsIn(k)
		if err != nil {
			return err
		}
		if list, _, err = list.without(k, func(a armed) bool { return a.ID == f.ID }); err != nil {
			return err
		}
		if len(list.Armed) >= mostFaults {
			return ErrTooManyFaults
		}
		list.Last++
		list.Armed = append(list.Armed, armed{Fault: f, Number: list.Last})
		return list.put(k)
	})
	return Armed{Fault: f}, err
}

// check says what is wrong with a fault.
func (f Fault) check(apis []*API, w *workspace.Workspace) error {
	var places []string
	var api *API
	for _, a := range apis {
		places = append(places, a.Name)
		if f.On == a.Name {
			api = a
		}
		for _, r := range a.Routes {
			places = append(places, a.Name+"."+r.Operation)
			if f.On == a.Name+"."+r.Operation {
				api = a
			}
		}
	}
	switch {
	case api == nil:
		return fmt.Errorf("on: no API or operation is called %q; the nearest are %s", f.On, strings.Join(nearest.Of(f.On, places), ", "))
	case f.After < 0 || f.Times < 0:
		return fmt.Errorf("after and times must not be negative, and are %d and %d", f.After, f.Times)
	case f.Probability < 0 || f.Probability > 1:
		return fmt.Errorf("probability: must be between 0 and 1, and is %g", f.Probability)
	case f.Probability > 0 && !w.Repeats():
		return errors.New("probability: only a workspace with a random seed takes one, so that a run repeats; create it with random_seed, or use after and times")
	}
	known := f.parametersOf(api)
	for name := range f.Parameters {
		if !slices.Contains(known, name) {
			return fmt.Errorf("parameters: no path of %s has %q; there are %v", f.On, name, known)
		}
	}
	return f.checkKind(api)
}

var pathParameter = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\{(\w+)`)
})

// parametersOf lists the path parameters of what the fault is on.
func (f Fault) parametersOf(api *API) []string {
	all := []string{}
	for _, r := range api.Routes {
		if f.On == api.Name || f.On == api.Name+"."+r.Operation {
			for _, match := range pathParameter().FindAllStringSubmatch(r.Path, -1) {
				all = append(all, match[1])
			}
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(all)))
}

func (f Fault) checkKind(api *API) error {
	if !slices.Contains(faultKinds, f.Kind) {
		return fmt.Errorf("kind: must be one of %s, and is %q", strings.Join(faultKinds, ", "), f.Kind)
	}
	if f.Kind != FaultError && f.Error != "" {
		return fmt.Errorf("error: comes with the kind %s and no other", FaultError)
	}
	if f.Kind != FaultDelay && f.Delay != "" {
		return fmt.Errorf("delay: comes with the kind %s and no other", FaultDelay)
	}
	if f.Kind == FaultError && f.Error == "" {
		return fmt.Errorf("error: is missing; %s has %s", api.Name, strings.Join(api.Errors, ", "))
	}
	if f.Kind == FaultError && !slices.Contains(api.Errors, f.Error) {
		return fmt.Errorf("error: %s has no %q; the nearest are %s", api.Name, f.Error, strings.Join(nearest.Of(f.Error, api.Errors), ", "))
	}
	if f.Kind == FaultDelay {
		if d, err := time.ParseDuration(f.Delay); err != nil || d <= 0 || d > mostDelay {
			return fmt.Errorf("delay: %q is no duration like 2s, up to %s", f.Delay, mostDelay)
		}
	}
	return nil
}

// Faults lists the faults of a workspace, in the order in which they were armed.
func Faults(ctx context.Context, w *workspace.Workspace) (all []Armed, err error) {
	err = w.Life().Look(ctx, func(k *workspace.Kept) error {
		all = []Armed{}
		list, err := faultsIn(k)
		for _, a := range list.Armed {
			c, wrong := countsIn(k, a)
			err = errors.Join(err, wrong)
			all = append(all, Armed{a.Fault, c.Seen, c.Hits, c.Held})
		}
		return err
	})
	return all, err
}

// Disarm removes a fault of a workspace, or all for "", and releases the requests that it holds. It fails with
// [ErrNoFault].
func Disarm(ctx context.Context, w *workspace.Workspace, id string) error {
	return w.Life().Keep(ctx, func(k *workspace.Kept) error {
		list, err := faultsIn(k)
		if err != nil {
			return err
		}
		rest, n, err := list.without(k, func(a armed) bool { return id == "" || a.ID == id })
		if err != nil || n == 0 && id == "" {
			return err
		}
		if n == 0 {
			return ErrNoFault
		}
		return rest.put(k)
	})
}

// Release lets the requests go on that a fault holds, and says how many there were. It fails with [ErrNoFault].
func Release(ctx context.Context, w *workspace.Workspace, id string) (held int, err error) {
	err = w.Life().Keep(ctx, func(k *workspace.Kept) error {
		list, err := faultsIn(k)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(list.Armed, func(a armed) bool { return a.ID == id })
		if at < 0 {
			return ErrNoFault
		}
		list.Armed = slices.Clone(list.Armed)
		list.Armed[at].Released++
		c, err := countsIn(k, list.Armed[at])
		if err != nil {
			return err
		}
		held, c.Held = c.Held, 0
		return errors.Join(c.put(k, list.Armed[at]), list.put(k))
	})
	return held, err
}
