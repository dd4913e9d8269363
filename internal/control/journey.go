package control

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/nearest"
)

// Person is somebody whom requests are about, of one API or of several. Requests with a common reference, RFC, phone or
// e-mail are about the same one.
type Person struct {
	Of         string          `json:"of" doc:"asks for the person's journey: one of the identities" example:"reference:ana-munoz"`
	Name       string          `json:"name,omitempty" doc:"as the first request has it that has one"`
	Identities []gate.Identity `json:"identities" doc:"phones by their last ten digits; an id of an API has its name before it"`
	APIs       []string        `json:"apis" doc:"those that were called, in the order in which they were, whatever they answered"`
	Calls      int             `json:"calls"`
	First      time.Time       `json:"first" doc:"real time of the first call"`
	Last       time.Time       `json:"last"`
}

// Journey is a person's way through the APIs.
type Journey struct {
	Person Person `json:"person"`
	Calls  []Call `json:"calls" doc:"oldest first; the latest thousand"`
}

// Call is a request of a journey.
type Call struct {
	ID        string    `json:"id" doc:"of the request"`
	State     string    `json:"state" enum:"arrived,answered"`
	API       string    `json:"api"`
	Operation string    `json:"operation"`
	Method    string    `json:"method"`
	URL       string    `json:"url"`
	Status    int       `json:"status,omitempty"`
	Lost      bool      `json:"lost,omitempty" doc:"a fault has closed the connection instead of answering so"`
	Fault     string    `json:"fault,omitempty" doc:"the fault that hit it"`
	Arrived   time.Time `json:"arrived" doc:"real time"`
	Now       time.Time `json:"now" doc:"the workspace's time"`
	Since     float64   `json:"since_ms" doc:"real time since the first call"`
}

// Failed says that the caller did not get what was asked for.
func (c Call) Failed() bool { return c.Status >= http.StatusBadRequest || c.Lost }

// mostCalls bounds what a journey shows.
const mostCalls = 1000

// journey registers the calls about the people in the journal.
func (c *control) journey(api huma.API) {
	const path = Root + "/workspaces/{workspace}"
	type peopleInput struct {
		WorkspacePath
		Limit int `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"at most so many"`
	}
	huma.Register(api, huma.Operation{OperationID: "listPeople", Method: http.MethodGet, Path: path + "/people", Summary: "The people whom the journal's requests are about, across the APIs; who was last first"},
		func(ctx context.Context, in *peopleInput) (*body[[]Person], error) {
			all, err := c.people(ctx, in.Workspace)
			if err != nil {
				return nil, err
			}
			people := []Person{}
			for _, t := range all[:min(len(all), in.Limit)] {
				people = append(people, t.person())
			}
			return ok(people)
		})

	type journeyInput struct {
		WorkspacePath
		Of string `query:"of" required:"true" minLength:"1" maxLength:"300" doc:"an identity like rfc:MUIA8803144G2, or its value alone" example:"reference:ana-munoz"`
	}
	huma.Register(api, huma.Operation{OperationID: "getJourney", Method: http.MethodGet, Path: path + "/journey", Summary: "The requests about one person, across the APIs"},
		func(ctx context.Context, in *journeyInput) (*body[Journey], error) {
			all, err := c.people(ctx, in.Workspace)
			if err != nil {
				return nil, err
			}
			at := slices.IndexFunc(all, func(t *traveller) bool { return t.is(in.Of) })
			if at < 0 {
				return nil, noPerson(in.Of, all)
			}
			return ok(all[at].journey())
		})
}

func noPerson(of string, all []*traveller) error {
	var known []string
	for _, t := range all[:min(len(all), 1000)] {
		known = append(known, t.person().Of)
	}
	if len(known) == 0 {
		return huma.Error404NotFound("No request in the journal is about anybody yet.")
	}
	return huma.Error404NotFound("No request in the journal is about " + of + "; the nearest are " + strings.Join(nearest.Of(of, known), ", ") + ".")
}

// traveller is a person and the entries about them.
type traveller struct {
	name       string
	identities []gate.Identity
	entries    []*gate.Entry // oldest first
}

// people are those in a workspace's journal, who was last first.
func (c *control) people(ctx context.Context, name string) ([]*traveller, error) {
	w, err := c.journalled(name)
	if err != nil {
		return nil, err
	}
	entries, err := c.Journal.Entries(ctx, w)
	if err != nil {
		return nil, unavailable(err)
	}
	known := map[gate.Identity]*traveller{}
	for _, e := range slices.Backward(entries) {
		api := slices.IndexFunc(c.APIs, func(api *gate.API) bool { return api.Name == e.API })
		if api < 0 {
			continue
		}
		for _, p := range c.APIs[api].Persons(e) {
			meet(known, p, e)
		}
	}
	var all []*traveller
	for i, t := range known {
		if i == t.identities[0] {
			t.order()
			all = append(all, t)
		}
	}
	slices.SortFunc(all, func(a, b *traveller) int {
		return cmp.Or(b.last().Arrived.Compare(a.last().Arrived), cmp.Compare(a.identities[0].Value, b.identities[0].Value))
	})
	return all, nil
}

// meet notes an entry about a person, who may turn out to be one with several that are known.
func meet(known map[gate.Identity]*traveller, p gate.Person, e *gate.Entry) {
	t := &traveller{name: p.Name}
	for _, i := range p.Identities {
		if other := known[i]; other != nil && other != t {
			if len(other.identities) > len(t.identities) {
				t, other = other, t
			}
			t.name = cmp.Or(t.name, other.name)
			t.entries = append(t.entries, other.entries...)
			for _, i := range other.identities {
				known[i] = t
			}
			t.identities = append(t.identities, other.identities...)
		}
		if known[i] == nil {
			known[i] = t
			t.identities = append(t.identities, i)
		}
	}
	t.entries = append(t.entries, e)
}

// order puts in order what came together from several.
func (t *traveller) order() {
	slices.SortStableFunc(t.entries, func(a, b *gate.Entry) int {
		return cmp.Or(a.Arrived.Compare(b.Arrived), strings.Compare(a.ID, b.ID))
	})
	t.entries = slices.CompactFunc(t.entries, func(a, b *gate.Entry) bool { return a.ID == b.ID })
}

func (t *traveller) last() *gate.Entry { return t.entries[len(t.entries)-1] }

// is says whether an identity, or its value alone, is the person's.
func (t *traveller) is(of string) bool {
	kind, value, _ := strings.Cut(of, ":")
	return slices.ContainsFunc(t.identities, func(i gate.Identity) bool {
		whole, _ := gate.IdentityOf(i.Kind, value)
		bare, _ := gate.IdentityOf(i.Kind, of)
		return i.Kind == kind && i == whole || i == bare
	})
}

// kinds is the order in which a person's identities are shown; the first asks for the journey.
var kinds = []string{gate.PersonReference, gate.PersonRFC, gate.PersonEmail, gate.PersonPhone, gate.PersonID}

func (t *traveller) person() Person {
	p := Person{Name: t.name, Identities: slices.Clone(t.identities), APIs: []string{}, Calls: len(t.entries), First: t.entries[0].Arrived, Last: t.last().Arrived}
	slices.SortStableFunc(p.Identities, func(a, b gate.Identity) int {
		return cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind))
	})
	p.Of = p.Identities[0].Kind + ":" + p.Identities[0].Value
	for _, e := range t.entries {
		if !slices.Contains(p.APIs, e.API) {
			p.APIs = append(p.APIs, e.API)
		}
	}
	return p
}

func (t *traveller) journey() Journey {
	j := Journey{t.person(), []Call{}}
	for _, e := range t.entries[max(0, len(t.entries)-mostCalls):] {
		j.Calls = append(j.Calls, Call{
			e.ID, e.State, e.API, e.Operation, e.Request.Method, e.Request.URL, e.Response.Status, e.Response.Lost, e.Fault,
			e.Arrived, e.Now, float64(e.Arrived.Sub(j.Person.First).Microseconds()) / 1000,
		})
	}
	return j
}
