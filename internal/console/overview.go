package console

import (
	"slices"

	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/control/client"
	"github.com/seed-0f456478/sandbox/internal/gate"
)

// overview is what the first page shows.
type overview struct {
	APIs   []shownAPI
	Limits control.Limits
	Faults []gate.Armed
	Latest *gate.Entry // nil if there is none, or no journal
}

// shownAPI is an API as a user is told of it.
type shownAPI struct {
	control.API
	First       []control.PublishedCredential // what a first request needs
	Others      []control.PublishedCredential
	Collections []collection
}

// collection is one of an API's, and how many records it holds.
type collection struct {
	API, Name string
	Count     int
}

func (c *console) overview(v *visit) (any, error) {
	all, err := v.collections()
	if err != nil {
		return nil, err
	}
	var o overview
	for _, shown := range all {
		for _, one := range shown.Credentials {
			if slices.ContainsFunc(shown.First, func(c control.PublishedCredential) bool { return c.In == one.In }) {
				shown.Others = append(shown.Others, one)
			} else {
				shown.First = append(shown.First, one)
			}
		}
		o.APIs = append(o.APIs, shown)
	}
	if o.Limits, err = v.API.Limits(v, v.Workspace); err != nil {
		return nil, err
	}
	if o.Faults, err = v.API.Faults(v, v.Workspace); err != nil {
		return nil, err
	}
	latest, err := v.API.Requests(v, v.Workspace, "", client.List{Limit: 1})
	if err == nil && len(latest) > 0 {
		o.Latest = latest[0]
	}
	return o, nil
}

// createWorkspace makes the workspace that the address names.
func createWorkspace(v *visit) (next string, err error) {
	_, err = v.API.CreateWorkspace(v, control.NewWorkspace{Name: v.Workspace})
	return v.At(), err
}
