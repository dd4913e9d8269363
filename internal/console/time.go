package console

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/gate"
)

// times is what the page of time, limits and faults shows.
type times struct {
	Enabled bool // limits are kept
	Limits  []gate.NamedLimit
	Gauges  []gauge
	Kept    []kept
	Faults  []gate.Armed
	APIs    []control.API
	On      string // where a fault is to be armed, as the address says
}

// gauge is a counter of a limit, or a limit that has counted nobody yet.
type gauge struct {
	gate.Standing
	Rule string
	In   time.Duration // until it opens
}

// High is how many requests are many.
func (g gauge) High() int { return g.Requests * 3 / 4 }

// kept is an answer that is kept.
type kept struct {
	What      string
	Size      int
	Age, Left time.Duration
}

// Lifetime is how many seconds it is kept in all, and Seconds how many of them have gone.
func (k kept) Lifetime() float64 { return (k.Age + k.Left).Seconds() }

// Seconds is its age.
func (k kept) Seconds() float64 { return k.Age.Seconds() }

func (c *console) time(v *visit) (any, error) {
	t := times{On: v.Request.URL.Query().Get("on")}
	now, err := v.API.Clock(v, v.Workspace)
	if err != nil {
		return nil, err
	}
	v.Clock = &now
	limits, err := v.API.Limits(v, v.Workspace)
	if err != nil {
		return nil, err
	}
	t.Enabled, t.Limits = limits.Enabled, limits.Limits
	for _, l := range limits.Limits {
		counted := false
		for _, s := range limits.Counters {
			if s.Limit == l.Limit {
				counted = true
				t.Gauges = append(t.Gauges, gauge{s, l.Rule, max(0, s.Opens.Sub(v.Clock.Now))})
			}
		}
		if !counted {
			t.Gauges = append(t.Gauges, gauge{Standing: gate.Standing{Limit: l.Limit, Requests: l.Requests, Window: l.Window}, Rule: l.Rule})
		}
	}
	answers, err := v.API.KeptAnswers(v, v.Workspace)
	if err != nil {
		return nil, err
	}
	for _, a := range answers {
		age, err := time.ParseDuration(a.Age)
		if err != nil {
			return nil, err
		}
		t.Kept = append(t.Kept, kept{words(a.Key), a.Size, age, max(0, a.Goes.Sub(v.Clock.Now))})
	}
	if t.Faults, err = v.API.Faults(v, v.Workspace); err != nil {
		return nil, err
	}
	t.APIs, err = v.API.APIs(v, v.Workspace)
	return t, err
}

// words are the parts of an answer's key, which is a list of quoted ones.
func words(key string) string {
	var parts []string
	if json.Unmarshal([]byte(strings.ReplaceAll(key, `" "`, `","`)), &parts) != nil {
		return key
	}
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), " · ")
}

var timeActions = map[string]action{
	"advance": advance, "set": setClock, "freeze": freeze(true), "thaw": freeze(false),
	"switch": switchLimits, "limit": setLimit, "count": setCounter, "empty": emptyCounters, "forget": emptyCache,
	"arm": arm, "release": release, "disarm": disarm, "clear": clearFaults,
}

func advance(v *visit) (next string, err error) {
	by, err := time.ParseDuration(v.Form.Get("by"))
	if err != nil {
		return "", fmt.Errorf("%q is no duration like 61s or 1h30m", v.Form.Get("by"))
	}
	_, err = v.API.AdvanceClock(v, v.Workspace, by)
	return v.At("time"), err
}

// setClock moves the clock to a time. It runs on then, or stands still as before.
func setClock(v *visit) (next string, err error) {
	now, err := v.instant("now")
	if err != nil {
		return "", err
	}
	if now == nil {
		return "", errors.New("choose a time")
	}
	present, err := v.API.Clock(v, v.Workspace)
	if err != nil {
		return "", err
	}
	_, err = v.API.SetClock(v, v.Workspace, control.ClockChange{Now: now, Frozen: &present.Frozen})
	return v.At("time"), err
}

func freeze(frozen bool) action {
	return func(v *visit) (string, error) {
		_, err := v.API.SetClock(v, v.Workspace, control.ClockChange{Frozen: &frozen})
		return v.At("time"), err
	}
}

func switchLimits(v *visit) (next string, err error) {
	on := v.Form.Get("on") == "yes"
	_, err = v.API.SetLimits(v, v.Workspace, control.LimitsChange{Enabled: &on})
	return v.At("time") + "#limits", err
}

func setLimit(v *visit) (next string, err error) {
	requests, err := v.number("requests")
	if err != nil {
		return "", err
	}
	change := control.LimitChange{Limit: v.Form.Get("limit"), Requests: requests, Window: v.Form.Get("window")}
	_, err = v.API.SetLimits(v, v.Workspace, control.LimitsChange{Limits: []control.LimitChange{change}})
	return v.At("time") + "#limits", err
}

func setCounter(v *visit) (next string, err error) {
	used, err := v.number("used")
	if err != nil {
		return "", err
	}
	change := control.CounterChange{Limit: v.Form.Get("limit"), Subject: v.Form.Get("subject"), Used: used}
	_, err = v.API.SetLimits(v, v.Workspace, control.LimitsChange{Counters: []control.CounterChange{change}})
	return v.At("time") + "#limits", err
}

// number is the number in a field, 0 if that is empty.
func (v *visit) number(field string) (int, error) {
	n, err := strconv.Atoi(cmp.Or(v.Form.Get(field), "0"))
	if err != nil {
		return 0, fmt.Errorf("%s: %q is no whole number", field, v.Form.Get(field))
	}
	return n, nil
}

func emptyCounters(v *visit) (next string, err error) {
	return v.At("time") + "#limits", v.API.EmptyCounters(v, v.Workspace)
}

func emptyCache(v *visit) (next string, err error) {
	return v.At("time") + "#kept", v.API.EmptyCache(v, v.Workspace)
}

func arm(v *visit) (next string, err error) {
	f, err := v.fault()
	if err == nil {
		_, err = v.API.ArmFault(v, v.Workspace, f)
	}
	return v.At("time") + "#faults", err
}

// fault is the fault that a form describes. What belongs to another kind is left out.
func (v *visit) fault() (f control.NewFault, err error) {
	f.ID, f.On, f.Kind, f.Owner = v.Form.Get("fault"), v.Form.Get("on"), v.Form.Get("kind"), v.Form.Get("owner")
	switch f.Kind {
	case gate.FaultError:
		f.Error = v.Form.Get("error")
	case gate.FaultDelay:
		f.Delay = v.Form.Get("delay")
	}
	if f.Times, err = v.number("times"); err != nil {
		return f, err
	}
	if f.After, err = v.number("after"); err != nil {
		return f, err
	}
	if f.Probability, err = strconv.ParseFloat(cmp.Or(v.Form.Get("probability"), "0"), 64); err != nil {
		return f, fmt.Errorf("probability: %q is no number from 0 to 1", v.Form.Get("probability"))
	}
	if f.Parameters, err = v.pairs("parameters"); err != nil {
		return f, err
	}
	f.Headers, err = v.pairs("headers")
	return f, err
}

// pairs are the lines of a field, each a name and a value.
func (v *visit) pairs(field string) (map[string]string, error) {
	var all map[string]string
	for line := range strings.Lines(v.Form.Get(field)) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, both := strings.Cut(line, ":")
		if !both {
			return nil, fmt.Errorf("%s: %q is no name, colon and value", field, line)
		}
		if all == nil {
			all = map[string]string{}
		}
		all[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	return all, nil
}

func release(v *visit) (next string, err error) {
	_, err = v.API.ReleaseFault(v, v.Workspace, v.Form.Get("fault"))
	return v.At("time") + "#faults", err
}

func disarm(v *visit) (next string, err error) {
	return v.At("time") + "#faults", v.API.RemoveFault(v, v.Workspace, v.Form.Get("fault"))
}

func clearFaults(v *visit) (next string, err error) {
	return v.At("time") + "#faults", v.API.ClearFaults(v, v.Workspace)
}

// faultKind is a way in which a request can go wrong.
type faultKind struct{ Name, Means string }

var faultKinds = []faultKind{
	{gate.FaultError, "one of the partner's errors"},
	{gate.FaultDelay, "the operation begins later"},
	{gate.FaultClose, "the connection is closed before the operation"},
	{gate.FaultLost, "done, but the answer is lost"},
	{gate.FaultTruncate, "half of the answer arrives"},
	{gate.FaultHold, "waits until it is released"},
}
