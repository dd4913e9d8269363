package gate

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
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

// counters are those of a workspace's life.
type counters struct {
	mu   sync.Mutex
	used map[counter]*window
}

type counter struct{ limit, subject string }

// window is a limit, as it was at the last request, and when the requests came that it counts.
type window struct {
	limit Limit
	came  []time.Time
}

type countersKey struct{}

func countersOf(life *workspace.Life) *counters {
	return life.Memory(countersKey{}, func() any { return &counters{used: map[counter]*window{}} }).(*counters)
}

// mostCounters bounds a workspace's counters; there are more subjects than a handful only where every secret is taken.
const mostCounters = 1000

// take counts a request in, unless the limit is used up.
func (c *counters) take(key counter, l Limit, now time.Time) (s Standing, taken bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := c.window(key)
	w.limit = l
	w.slide(now)
	if taken = len(w.came) < l.Requests; taken {
		w.came = append(w.came, now)
	}
	return w.standing(key), taken
}

// window is that of a counter, which is made if there is none. The caller holds the lock.
func (c *counters) window(key counter) *window {
	w := c.used[key]
	if w == nil {
		if len(c.used) >= mostCounters {
			clear(c.used)
		}
		w = &window{}
		c.used[key] = w
	}
	return w
}

// slide leaves out the requests that are in the window no more.
func (w *window) slide(now time.Time) {
	w.came = slices.DeleteFunc(w.came, func(at time.Time) bool { return !at.After(now.Add(-w.limit.Window)) })
}

func (w *window) standing(key counter) Standing {
	s := Standing{Limit: key.limit, Subject: key.subject, Used: len(w.came), Requests: w.limit.Requests, Window: w.limit.Window.String()}
	if len(w.came) > 0 {
		slices.SortFunc(w.came, time.Time.Compare)
		leaves := max(0, min(len(w.came)-w.limit.Requests, len(w.came)-1))
		s.Opens = w.came[leaves].Add(w.limit.Window)
	}
	return s
}

// Standings lists how far each limit of a workspace is used up, by limit and subject.
func Standings(w *workspace.Workspace) []Standing {
	c, now := countersOf(w.Life()), w.Clock().Now(w.RealNow())
	c.mu.Lock()
	defer c.mu.Unlock()
	all := []Standing{}
	for key, window := range c.used {
		window.slide(now)
		all = append(all, window.standing(key))
	}
	slices.SortFunc(all, func(a, b Standing) int {
		return cmp.Or(strings.Compare(a.Limit, b.Limit), strings.Compare(a.Subject, b.Subject))
	})
	return all
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
func SetCounter(w *workspace.Workspace, l NamedLimit, subject string, used int) {
	c, now := countersOf(w.Life()), w.Clock().Now(w.RealNow())
	c.mu.Lock()
	defer c.mu.Unlock()
	*c.window(counter{l.Limit, subject}) = window{l.now, slices.Repeat([]time.Time{now}, used)}
}

// EmptyCounters forgets the requests that a workspace's limits have counted.
func EmptyCounters(w *workspace.Workspace) {
	c := countersOf(w.Life())
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.used)
}

// count counts an admitted request against the API's limit for it, or refuses it.
func (x *Exchange) count(c Credential) error {
	at := slices.IndexFunc(x.API.Limits, func(l Limit) bool {
		return (l.Operation == "" || l.Operation == x.Operation) && (l.Owner == "" || l.Owner == x.Owner)
	})
	if at < 0 || x.Workspace.Setting(LimitsSwitch) == "off" {
		return nil
	}
	key := counter{x.API.Limits[at].name(x.API), cmp.Or(c.Subject, c.ID)}
	l := x.API.Limits[at].in(x.Workspace, key.limit)
	standing, taken := countersOf(x.life).take(key, l, x.Now)
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
		Member: "limit", Value: key.subject, Rule: l.Rule,
		Message: fmt.Sprintf("has made %d requests within %s, and %s allows no more", standing.Used, l.Window, key.limit),
		Passes:  passes,
	})}
}
