package console

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/control/client"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// spaces is what the page of all workspaces shows: those on one page of a search.
type spaces struct {
	Search string
	Total  int
	Page   int // from 1
	Pages  int
	All    []space
}

// space is a workspace, and how many records it holds.
type space struct {
	workspace.About
	Records int
}

var workspacesActions = map[string]action{"make": makeWorkspace, "remove": removeWorkspace}

func (c *console) workspaces(v *visit) (any, error) {
	asked := v.Request.URL.Query()
	s := spaces{Search: asked.Get("q"), Page: 1}
	all, err := v.API.Workspaces(v)
	if err != nil {
		return nil, err
	}
	var found []workspace.About
	for _, w := range all {
		if strings.Contains(w.Name, s.Search) {
			found = append(found, w)
		}
	}
	s.Total, s.Pages = len(found), max(1, (len(found)+rowsShown-1)/rowsShown)
	if n, err := strconv.Atoi(asked.Get("page")); err == nil {
		s.Page = min(max(n, 1), s.Pages)
	}
	for _, w := range found[(s.Page-1)*rowsShown : min(s.Page*rowsShown, len(found))] {
		whole, err := v.API.Workspace(v, w.Name)
		if refusal, ok := errors.AsType[*client.Error](err); ok && refusal.Status == 404 {
			continue // it has gone meanwhile
		} else if err != nil {
			return nil, err
		}
		shown := space{About: w}
		for _, n := range whole.Records {
			shown.Records += n
		}
		s.All = append(s.All, shown)
	}
	return s, nil
}

func makeWorkspace(v *visit) (next string, err error) {
	asked := control.NewWorkspace{
		Name: v.Form.Get("name"), RandomSeed: v.Form.Get("random_seed"), Idle: v.Form.Get("idle"),
	}
	fixture, err := v.file("fixture")
	if err != nil {
		return "", err
	}
	if len(fixture) > 0 {
		if asked.Fixture, err = json.Marshal(string(fixture)); err != nil {
			return "", err
		}
	}
	if name := v.Form.Get("snapshot"); name != "" {
		asked.Snapshot = &control.SnapshotRef{Workspace: v.Workspace, Name: name}
		if of, name, both := strings.Cut(name, "/"); both {
			asked.Snapshot = &control.SnapshotRef{Workspace: of, Name: name}
		}
	}
	if asked.Clock, err = v.startingClock(); err != nil {
		return "", err
	}
	made, err := v.API.CreateWorkspace(v, asked)
	return at(made.Name), err
}

// startingClock is what the form says of a new workspace's clock, or nil.
func (v *visit) startingClock() (*control.ClockChange, error) {
	now, err := v.instant("clock")
	frozen := v.Form.Get("frozen") != ""
	if err != nil || now == nil && !frozen {
		return nil, err
	}
	return &control.ClockChange{Now: now, Frozen: &frozen}, nil
}

// instant is the time in a field, or nil if that is empty.
func (v *visit) instant(field string) (*time.Time, error) {
	text := v.Form.Get(field)
	if text == "" {
		return nil, nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339Nano} {
		if at, err := time.Parse(layout, text); err == nil {
			return &at, nil
		}
	}
	return nil, errors.New(strconv.Quote(text) + " is no time like 2027-03-01T09:00:00 in UTC")
}

func removeWorkspace(v *visit) (next string, err error) {
	return v.At("workspaces"), v.API.DeleteWorkspace(v, v.Form.Get("name"))
}
