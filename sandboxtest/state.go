package sandboxtest

import (
	"context"
	"maps"
	"time"

	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/control/client"
)

// must ends the test with what went wrong.
func must[T any](sb *Sandbox) func(T, error) T {
	return func(value T, err error) T {
		sb.t.Helper()
		sb.check(err)
		return value
	}
}

func (sb *Sandbox) check(err error) {
	sb.t.Helper()
	if err != nil {
		sb.t.Fatalf("sandboxtest: workspace %s: %v", sb.Name, err)
	}
}

// Reset takes the workspace back to how the test got it: records, clock, ids, settings, limits, faults and journal.
func (sb *Sandbox) Reset() {
	sb.t.Helper()
	sb.check(sb.server.control.Reset(context.Background(), sb.Name, client.KeepNothing))
	sb.set(sb.settings)
}

// Set chooses another reading of a contract, like "cobrofacil.create_status" and "200", until the next reset.
func (sb *Sandbox) Set(name, value string) {
	sb.t.Helper()
	sb.set(map[string]string{name: value})
}

func (sb *Sandbox) set(switches map[string]string) {
	sb.t.Helper()
	if len(switches) > 0 {
		_, err := sb.server.control.SetSettings(context.Background(), sb.Name, "", maps.Clone(switches))
		sb.check(err)
	}
}

// Now is the workspace's time, by which limits, caches, tokens and created-at times go.
func (sb *Sandbox) Now() time.Time {
	sb.t.Helper()
	return must[control.Clock](sb)(sb.server.control.Clock(context.Background(), sb.Name)).Now
}

// Advance moves the workspace's time forward.
func (sb *Sandbox) Advance(by time.Duration) {
	sb.t.Helper()
	_, err := sb.server.control.AdvanceClock(context.Background(), sb.Name, by)
	sb.check(err)
}

// SetClock sets the workspace's time, which runs from there. It goes back only by a reset.
func (sb *Sandbox) SetClock(at time.Time) {
	sb.t.Helper()
	sb.setClock(at, false)
}

// FreezeClock sets the workspace's time, which stands there. It goes back only by a reset.
func (sb *Sandbox) FreezeClock(at time.Time) {
	sb.t.Helper()
	sb.setClock(at, true)
}

func (sb *Sandbox) setClock(at time.Time, frozen bool) {
	sb.t.Helper()
	_, err := sb.server.control.SetClock(context.Background(), sb.Name, control.ClockChange{Now: &at, Frozen: &frozen})
	sb.check(err)
}

// LoadFixture puts a fixture, in YAML or JSON, in the place of the workspace's records.
func (sb *Sandbox) LoadFixture(content []byte) {
	sb.t.Helper()
	_, err := sb.server.control.ReplaceFixture(context.Background(), sb.Name, content)
	sb.check(err)
}

// AddFixture adds the records of a fixture, in YAML or JSON. Those whose key is there are replaced.
func (sb *Sandbox) AddFixture(content []byte) {
	sb.t.Helper()
	_, err := sb.server.control.AddFixture(context.Background(), sb.Name, content)
	sb.check(err)
}

// Fixture is the workspace's records and the rest of its state, in YAML: what [WithFixture] takes.
func (sb *Sandbox) Fixture() []byte {
	sb.t.Helper()
	return must[[]byte](sb)(sb.server.control.ExportFixture(context.Background(), sb.Name, client.YAML))
}
