package sandboxtest

import (
	"encoding/json"
	"errors"
	"maps"
	"time"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// Option changes what [Start] and [Workspace] give.
type Option func(*options)

type options struct {
	settings   map[string]string
	fixture    []byte // nil for the demo seed
	clock      time.Time
	frozen     bool
	randomSeed string
	noListener bool
}

func chosen(all []Option) options {
	o := options{settings: map[string]string{}}
	for _, option := range all {
		option(&o)
	}
	return o
}

// WithSettings chooses other readings of the contracts, like "cobrofacil.create_status": "200". They hold after a reset
// too.
func WithSettings(switches map[string]string) Option {
	return func(o *options) { maps.Copy(o.settings, switches) }
}

// WithoutLimits keeps no rate limits.
func WithoutLimits() Option {
	return WithSettings(map[string]string{gate.LimitsSwitch: "off"})
}

// WithFixture begins with the records of a fixture, in YAML or JSON, in the place of the demo seed; an empty one is for
// none.
func WithFixture(content []byte) Option {
	return func(o *options) { o.fixture = append([]byte{}, content...) }
}

// WithClock begins at a time, and runs from there.
func WithClock(at time.Time) Option {
	return func(o *options) { o.clock, o.frozen = at, false }
}

// WithFrozenClock begins at a time, and stands there.
func WithFrozenClock(at time.Time) Option {
	return func(o *options) { o.clock, o.frozen = at, true }
}

// WithRandomSeed makes ids repeat: the same calls in the same order get the same ones. With a frozen clock whole
// answers repeat, but for the tokens of logins, which name their workspace.
func WithRandomSeed(seed string) Option {
	return func(o *options) { o.randomSeed = seed }
}

// WithoutListener opens no port: only [Sandbox.Client] reaches the sandbox. It is for Start, since workspaces have no port
// of their own. Such a sandbox also runs in a bubble of testing/synctest, where a timeout of minutes passes at once: start it in
// the bubble itself, and give it a clock, since bubbles begin in a year before the partners' documents.
func WithoutListener() Option {
	return func(o *options) { o.noListener = true }
}

// sandbox is the sandbox that the options ask for.
func (o options) sandbox() (app.Options, error) {
	to := app.Options{Settings: o.settings, RandomSeed: o.randomSeed, Journal: journal}
	if !o.clock.IsZero() {
		to.Clock = o.clock.Format(time.RFC3339Nano)
		if o.frozen {
			to.Clock += "!"
		}
	}
	if o.fixture != nil {
		to.Seed = &workspace.Fixture{}
		if err := to.Seed.Add("fixture", o.fixture); err != nil {
			return to, err
		}
	}
	return to, nil
}

// workspace is the workspace that they ask for, but for its settings.
func (o options) workspace(name string) (control.NewWorkspace, error) {
	to := control.NewWorkspace{Name: name, RandomSeed: o.randomSeed}
	if o.noListener {
		return to, errors.New("WithoutListener is for Start: a workspace has no port of its own")
	}
	if !o.clock.IsZero() {
		to.Clock = &control.ClockChange{Now: &o.clock, Frozen: &o.frozen}
	}
	if o.fixture == nil {
		return to, nil
	}
	text, err := json.Marshal(string(o.fixture)) // YAML goes as a string
	to.Fixture = text
	return to, err
}
