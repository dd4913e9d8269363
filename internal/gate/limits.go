package gate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// Limit is a documented rate limit: so many requests in a sliding window, of each subject. It applies to one operation or
// to one owner, all of whose operations count together.
type Limit struct {
	Operation, Owner string // one of them, or neither
	Requests         int
	Window           time.Duration
	Rule             string // in the ledger
}

// LimitsSwitch turns all limits of a workspace on or off; behind it, a dot and a limit's name is the switch of that one.
const LimitsSwitch = "limits"

// Switches are the settings that the gate itself reads: whether there are limits, and how many requests each allows.
func Switches(apis []*API) []workspace.Switch {
	all := []workspace.Switch{{Name: LimitsSwitch, Rule: "COM-20", Values: []string{"on", "off"}, Default: "on"}}
	for _, api := range apis {
		for _, l := range api.Limits {
			all = append(all, workspace.Switch{
				Name: LimitsSwitch + "." + l.name(api), Rule: l.Rule, Default: l.value(),
				Takes: "requests per window, like " + l.value(),
				Check: func(value string) error { return new(Limit).set(value) },
			})
		}
	}
	return all
}

// name is apidev.listClients, complycube.live or complycube.
func (l Limit) name(api *API) string {
	return strings.TrimSuffix(api.Name+"."+cmp.Or(l.Operation, l.Owner), ".")
}

func (l Limit) value() string { return fmt.Sprintf("%d/%s", l.Requests, l.Window) }

// The bounds of what a limit can be changed to.
const (
	mostRequests = 10_000
	mostWindow   = 24 * time.Hour
)

// set changes the limit to a text like 10/1m0s.
func (l *Limit) set(value string) error {
	requests, window, _ := strings.Cut(value, "/")
	n, err := strconv.Atoi(requests)
	if err != nil || n < 0 || n > mostRequests {
		return fmt.Errorf("%q is no number from 0 to %d", requests, mostRequests)
	}
	w, err := time.ParseDuration(window)
	if err != nil || w <= 0 || w > mostWindow {
		return fmt.Errorf("%q is no duration up to %s", window, mostWindow)
	}
	l.Requests, l.Window = n, w
	return nil
}

// LimitError is the refusal of a request beyond a limit.
type LimitError struct {
	Limit
	Opens time.Time // when the window has room again, on the workspace's clock
	*web.Refusal
}

func (e *LimitError) Unwrap() error { return e.Refusal }

// Standing is how far a subject has used a limit up.
type Standing struct {
	Limit    string    `json:"limit" doc:"the API, and its operation or owner"`
	Subject  string    `json:"subject" doc:"who is counted"`
	Used     int       `json:"used"`
	Requests int       `json:"requests" doc:"how many may be used in a window"`
	Window   string    `json:"window" example:"1m0s"`
	Opens    time.Time `json:"opens,omitzero" doc:"when a request leaves the window and makes room for one more, on the workspace's clock"`
}

// The kind of what counters keep, and the bound of a workspace's counters: there are more subjects than a handful only
// where every secret is taken.
const (
	counterKind  = "counter"
	mostCounters = 1000
)

// counter is a limit, as it was at the last request, and when a subject's requests came that it counts.
type counter struct {
	Name, Subject string // of the limit, and of whom it counts
	Limit         Limit
	Came          []time.Time
}

func (c *counter) key() string { return c.Name + " " + c.Subject }

// take counts a request in, unless the limit is used up.
func take(k *workspace.Kept, name, subject string, l Limit, now time.Time) (s Standing, taken bool, err error) {
	c := &counter{Name: name, Subject: subject}
	if known, err := workspace.Get[counter](k, counterKind, c.key()); err != nil {
		return s, false, err
	} else if known != nil {
		c = known
	} else if err := makeRoom(k); err != nil {
		return s, false, err
	}
	c.Limit = l
	c.slide(now)
	if taken = len(c.Came) < l.Requests; taken {
		c.Came = append(c.Came, now)
	}
	return c.standing(), taken, k.Put(counterKind, c.key(), c)
}

// makeRoom makes room for a counter more.
func makeRoom(k *workspace.Kept) error {
	if n, err := k.Count(counterKind); err != nil || n < mostCounters {
		return err
	}
	return k.Clear(counterKind)
}

// slide leaves out the requests that are in the window no more.
func (c *counter) slide(now time.Time) {
	c.Came = slices.DeleteFunc(c.Came, func(at time.Time) bool { return !at.After(now.Add(-c.Limit.Window)) })
}

func (c *counter) standing() Standing {
	s := Standing{Limit: c.Name, Subject: c.Subject, Used: len(c.Came), Requests: c.Limit.Requests, Window: c.Limit.Window.String()}
	if len(c.Came) > 0 {
		slices.SortFunc(c.Came, time.Time.Compare)
		leaves := max(0, min(len(c.Came)-c.Limit.Requests, len(c.Came)-1))
		s.Opens = c.Came[leaves].Add(c.Limit.Window)
	}
	return s
}

// Standings lists how far each limit of a workspace is used up, by limit and subject.
func Standings(ctx context.Context, w *workspace.Workspace) ([]Standing, error) {
	now, all := w.Clock().Now(w.RealNow()), []Standing{}
	err := w.Life().Look(ctx, func(k *workspace.Kept) error {
		counters, err := workspace.All[counter](k, counterKind)
		for _, c := range counters {
			c.slide(now)
			all = append(all, c.standing())
		}
		return err
	})
	slices.SortFunc(all, func(a, b Standing) int {
		return cmp.Or(strings.Compare(a.Limit, b.Limit), strings.Compare(a.Subject, b.Subject))
	})
	return all, err
}

// NamedLimit is a limit as it is in a workspace.
type NamedLimit struct {
	Limit    string `json:"limit" doc:"the API, and its operation or owner"`
	Rule     string `json:"rule" doc:"in the ledger"`
	Requests int    `json:"requests" doc:"how many may come in a window"`
	Window   string `json:"window" example:"1m0s"`

	now Limit
}

// Limits lists the limits of some APIs, as they are in a workspace.
func Limits(apis []*API, w *workspace.Workspace) []NamedLimit {
	all := []NamedLimit{}
	for _, api := range apis {
		for _, l := range api.Limits {
			now := l.in(w, l.name(api))
			all = append(all, NamedLimit{l.name(api), l.Rule, now.Requests, now.Window.String(), now})
		}
	}
	return all
}

// in is the limit as it is in a workspace.
func (l Limit) in(w *workspace.Workspace, name string) Limit {
	if err := l.set(w.Setting(LimitsSwitch + "." + name)); err != nil {
		panic(err) // the switch has checked it
	}
	return l
}

// SetCounter makes a subject's counter show so many requests, as if they had come just now.
func SetCounter(ctx context.Context, w *workspace.Workspace, l NamedLimit, subject string, used int) error {
	now := w.Clock().Now(w.RealNow())
	return w.Life().Keep(ctx, func(k *workspace.Kept) error {
		if err := makeRoom(k); err != nil {
			return err
		}
		c := &counter{l.Limit, subject, l.now, slices.Repeat([]time.Time{now}, used)}
		return k.Put(counterKind, c.key(), c)
	})
}

// EmptyCounters forgets the requests that a workspace's limits have counted.
func EmptyCounters(ctx context.Context, w *workspace.Workspace) error {
	return w.Life().Keep(ctx, func(k *workspace.Kept) error { return k.Clear(counterKind) })
}

// count counts an admitted request against the API's limit for it, or refuses it.
func (x *Exchange) count(c Credential) error {
	at := slices.IndexFunc(x.API.Limits, func(l Limit) bool {
		return (l.Operation == "" || l.Operation == x.Operation) && (l.Owner == "" || l.Owner == x.Owner)
	})
	if at < 0 || x.Workspace.Setting(LimitsSwitch) == "off" {
		return nil
	}
	name, subject := x.API.Limits[at].name(x.API), cmp.Or(c.Subject, c.ID)
	l := x.API.Limits[at].in(x.Workspace, name)
	var standing Standing
	var taken bool
	err := x.life.Keep(x.Request.Context(), func(k *workspace.Kept) (err error) {
		standing, taken, err = take(k, name, subject, l, x.Now)
		return err
	})
	if err != nil {
		return err
	}
	x.limit = &standing
	if taken {
		return nil
	}
	x.limited = true
	opens, passes := standing.Opens, "the same request from "+standing.Opens.UTC().Format(time.RFC3339Nano)+" on, on the workspace's clock: advance it, or turn limits off"
	if l.Requests == 0 {
		opens, passes = x.Now.Add(l.Window), "no request, since the limit was set to none: change it, or turn limits off"
	}
	return &LimitError{l, opens, web.Refuse(ErrLimited, web.Violation{
		Member: "limit", Value: subject, Rule: l.Rule,
		Message: fmt.Sprintf("has made %d requests within %s, and %s allows no more", standing.Used, l.Window, name),
		Passes:  passes,
	})}
}
