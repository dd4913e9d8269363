package console

import (
	"slices"

	"github.com/seed-0f456478/sandbox/internal/control"
)

// mostPeople is how many the page lists.
const mostPeople = 100

// journey is what the page of the same name shows.
type journey struct {
	APIs   []control.API
	People []control.Person
	One    *control.Journey // of whom the address names
	Gone   string           // why there is none
	Off    string           // why there is no journal
}

func (c *console) journey(v *visit) (any, error) {
	var j journey
	var err error
	if j.People, err = v.API.People(v, v.Workspace, mostPeople); err != nil {
		if j.Off = journalOff(err); j.Off != "" {
			return j, nil
		}
		return nil, err
	}
	if j.APIs, err = v.API.APIs(v, v.Workspace); err != nil {
		return nil, err
	}
	if of := v.Request.URL.Query().Get("of"); of != "" {
		one, err := v.API.Journey(v, v.Workspace, of)
		if j.Gone, err = v.gone(err); err != nil {
			return nil, err
		}
		if j.Gone == "" {
			j.One = &one
		}
	}
	return j, nil
}

// Called says whether an API was called about a person.
func (journey) Called(p control.Person, api string) bool { return slices.Contains(p.APIs, api) }

// Shows says that a person's journey is the one that is shown.
func (j journey) Shows(p control.Person) bool { return j.One != nil && j.One.Person.Of == p.Of }
