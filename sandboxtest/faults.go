package sandboxtest

import (
	"context"
	"time"

	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/gate"
)

// Kind is a kind of fault.
type Kind string

// The kinds of fault.
const (
	Error    Kind = gate.FaultError    // an error of the partner's own catalogue, named by Fault.Error, in the place of the operation
	Delay    Kind = gate.FaultDelay    // the operation begins later, by Fault.Delay
	Close    Kind = gate.FaultClose    // the connection is closed before the operation
	Lost     Kind = gate.FaultLost     // the operation is done, and its answer lost: the connection is closed
	Truncate Kind = gate.FaultTruncate // half of the answer's body arrives
	Hold     Kind = gate.FaultHold     // the operation waits until the fault is released or removed
)

// Fault is something to go wrong with the requests that it matches.
type Fault struct {
	On          string // an API, like kobra, or one of its operations, like kobra.import
	Kind        Kind
	Error       string            // for Error: a name of the API's catalogue, like server_error
	Delay       time.Duration     // for Delay
	After       int               // how many matching requests to let pass first
	Times       int               // how many requests to hit; 0 for all
	Probability float64           // of hitting a matching request, where there is a random seed; 0 for always
	Owner       string            // only requests of this owner
	Parameters  map[string]string // only requests whose path parameters have these values
	Headers     map[string]string // only requests with these headers
}

// ArmedFault is a fault that was armed.
type ArmedFault struct {
	sb *Sandbox
	id string
}

// Arm makes requests to the workspace go wrong, until the next reset.
func (sb *Sandbox) Arm(f Fault) *ArmedFault {
	sb.t.Helper()
	spec := gate.FaultSpec{
		On: f.On, Kind: string(f.Kind), Error: f.Error, After: f.After, Times: f.Times, Probability: f.Probability,
		Owner: f.Owner, Parameters: f.Parameters, Headers: f.Headers,
	}
	if f.Delay != 0 {
		spec.Delay = f.Delay.String()
	}
	armed := must[gate.Armed](sb)(sb.server.control.ArmFault(context.Background(), sb.Name, control.NewFault{FaultSpec: spec}))
	return &ArmedFault{sb, armed.ID}
}

func (f *ArmedFault) now() gate.Armed {
	f.sb.t.Helper()
	for _, armed := range must[[]gate.Armed](f.sb)(f.sb.server.control.Faults(context.Background(), f.sb.Name)) {
		if armed.ID == f.id {
			return armed
		}
	}
	f.sb.t.Fatalf("sandboxtest: workspace %s: the fault is not armed any more: it was removed, or a reset took it", f.sb.Name)
	return gate.Armed{}
}

// Hits is how many requests it has hit.
func (f *ArmedFault) Hits() int {
	f.sb.t.Helper()
	return f.now().Hits
}

// WaitHeld waits until so many requests are held, for at most as long as said, in real time.
func (f *ArmedFault) WaitHeld(n int, most time.Duration) {
	f.sb.t.Helper()
	for end := time.Now().Add(most); ; time.Sleep(time.Millisecond) {
		held := f.now().Held
		if held >= n {
			return
		}
		if time.Now().After(end) {
			f.sb.t.Fatalf("sandboxtest: workspace %s: %d of %d requests were held within %s\n%s", f.sb.Name, held, n, most, f.sb.log())
			return
		}
	}
}

// Release lets the requests go on that are held, and says how many there were. The fault stays armed.
func (f *ArmedFault) Release() int {
	f.sb.t.Helper()
	return must[control.Released](f.sb)(f.sb.server.control.ReleaseFault(context.Background(), f.sb.Name, f.id)).Released
}

// Remove disarms the fault, and lets the requests go on that are held.
func (f *ArmedFault) Remove() {
	f.sb.t.Helper()
	f.sb.check(f.sb.server.control.RemoveFault(context.Background(), f.sb.Name, f.id))
}
