package control

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// SearchInput is what a call about several requests is asked for. Each parameter but q is a word of q's.
type SearchInput struct {
	WorkspacePath
	Q         string `query:"q" maxLength:"1000" doc:"words like api:kobra status:>=400 path:/clients rule:COB-22 fault:lost owner:x state:arrived since:TIME until:TIME, and text that must stand somewhere" example:"status:>=400"`
	API       string `query:"api" maxLength:"100"`
	Operation string `query:"operation" maxLength:"100" example:"createClient"`
	Status    string `query:"status" maxLength:"100" doc:"like 404, 4xx or >=400"`
	Method    string `query:"method" maxLength:"100"`
	Path      string `query:"path" maxLength:"1000" doc:"a part of the URL"`
	Owner     string `query:"owner" maxLength:"100"`
	Rule      string `query:"rule" maxLength:"100" doc:"of a violation"`
	Fault     string `query:"fault" maxLength:"100"`
	State     string `query:"state" enum:"arrived,answered"`
	Since     string `query:"since" maxLength:"100" doc:"RFC 3339"`
	Until     string `query:"until" maxLength:"100" doc:"RFC 3339"`
	After     string `query:"after" maxLength:"20" pattern:"^[0-9]+$" doc:"only answers with a greater sequence, and what is under way: the next page of the oldest"`
	Before    string `query:"before" maxLength:"20" pattern:"^[0-9]+$" doc:"only answers with a smaller sequence: the next page of the newest"`
}

func (in SearchInput) search() (gate.Search, error) {
	s, err := gate.ParseSearch(in.Q)
	if err != nil {
		return s, huma.Error422UnprocessableEntity("q: " + err.Error())
	}
	for _, p := range []struct{ name, value string }{
		{"api", in.API},
		{"operation", in.Operation},
		{"status", in.Status},
		{"method", in.Method},
		{"path", in.Path},
		{"owner", in.Owner},
		{"rule", in.Rule},
		{"fault", in.Fault},
		{"state", in.State},
		{"since", in.Since},
		{"until", in.Until},
		{"after", in.After},
		{"before", in.Before},
	} {
		if p.value == "" {
			continue
		}
		if err := s.Require(p.name, p.value); err != nil {
			return s, huma.Error422UnprocessableEntity(err.Error())
		}
	}
	return s, nil
}

// mostWait bounds how long a call waits.
const mostWait = time.Minute

// requests registers the calls that read the journal.
func (c *control) requests(api huma.API) {
	const path = Root + "/workspaces/{workspace}/requests"
	type listInput struct {
		SearchInput
		Order string `query:"order" enum:"newest,oldest" default:"newest"`
		Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"at most so many"`
		Wait  string `query:"wait" maxLength:"100" doc:"wait so long, a Go duration up to 1m, until count requests fit; 408 with the nearest misses if they do not come" example:"5s"`
		Count int    `query:"count" minimum:"1" maximum:"1000" default:"1" doc:"with wait: how many must fit"`
	}
	huma.Register(api, huma.Operation{OperationID: "listRequests", Method: http.MethodGet, Path: path, Summary: "The requests of a workspace, of those that the journal keeps; or wait for some"},
		func(ctx context.Context, in *listInput) (*body[[]*gate.Entry], error) {
			s, err := in.search()
			if err != nil {
				return nil, err
			}
			if in.Order == "newest" && in.Wait == "" {
				w, err := c.journalled(in.Workspace)
				if err != nil {
					return nil, err
				}
				latest, err := c.Journal.Latest(ctx, w, s, in.Limit)
				if err != nil {
					return nil, unavailable(err)
				}
				return ok(latest)
			}
			all, err := c.entries(ctx, in.Workspace, in.Wait, in.Count, s)
			if err != nil {
				return nil, err
			}
			if in.Order == "oldest" {
				slices.Reverse(all)
			}
			return ok(all[:min(len(all), in.Limit)])
		})

	huma.Register(api, huma.Operation{OperationID: "clearRequests", Method: http.MethodDelete, Path: path, Summary: "Forget the requests of a workspace", DefaultStatus: http.StatusNoContent},
		c.forget(c.Journal.Clear))

	type entryInput struct {
		WorkspacePath
		ID string `path:"id" maxLength:"64" doc:"the X-Sandbox-Request-Id of an answer"`
	}
	huma.Register(api, huma.Operation{OperationID: "getRequest", Method: http.MethodGet, Path: path + "/{id}", Summary: "One request: what was sent and answered, and for each violation the rule and what would have passed; 410 once it is gone"},
		func(ctx context.Context, in *entryInput) (*body[Explained], error) {
			w, entry, err := c.entry(ctx, in.Workspace, in.ID)
			if err != nil {
				return nil, err
			}
			whole, err := c.explain(ctx, w, entry)
			if err != nil {
				return nil, err
			}
			return ok(whole)
		})

	huma.Register(api, huma.Operation{OperationID: "replayRequest", Method: http.MethodPost, Path: path + "/{id}/replay", Summary: "Send a request again, as the same credential", DefaultStatus: http.StatusOK},
		func(ctx context.Context, in *entryInput) (*body[*gate.Entry], error) {
			w, entry, err := c.entry(ctx, in.Workspace, in.ID)
			if err != nil {
				return nil, err
			}
			header, err := c.Gate.Replay(ctx, entry)
			if errors.Is(err, gate.ErrNoReplay) {
				return nil, huma.Error409Conflict("Request " + in.ID + ": " + err.Error() + ".")
			} else if err != nil {
				return nil, err
			}
			again, _, err := c.Journal.Entry(ctx, w, header.Get("X-Sandbox-Request-Id"))
			if err != nil {
				return nil, unavailable(err)
			}
			if again == nil {
				return nil, huma.Error410Gone("The replay of " + in.ID + " was answered, and its entry is gone already.")
			}
			return ok(again)
		})
}

// entries are the requests of a workspace that a search fits, newest first, waited for if asked to.
func (c *control) entries(ctx context.Context, name, wait string, count int, s gate.Search) ([]*gate.Entry, error) {
	if wait == "" {
		w, err := c.journalled(name)
		if err != nil {
			return nil, err
		}
		all, err := c.Journal.Entries(ctx, w)
		return s.Among(all), unavailable(err)
	}
	most, err := time.ParseDuration(wait)
	if err != nil || most <= 0 || most > mostWait {
		return nil, huma.Error422UnprocessableEntity(fmt.Sprintf("wait: %q is no duration like 5s, up to %s", wait, mostWait))
	}
	if keeps := c.Journal.Keeps(); 0 < keeps && keeps < count {
		return nil, huma.Error422UnprocessableEntity(fmt.Sprintf("count: the journal keeps %d requests of a workspace, so that it never shows %d at once; raise --journal", keeps, count))
	}
	w, err := c.listenable(ctx, name)
	if err != nil {
		return nil, err
	}
	found, misses, err := c.Journal.Wait(ctx, w, s, count, most)
	if err != nil {
		return nil, huma.Error503ServiceUnavailable("The wait has ended: " + err.Error() + ".")
	}
	if len(found) >= count {
		return found, nil
	}
	var nearest []error
	for _, m := range misses {
		at := m.Entry.Request.URL
		if m.Entry.Operation != "" {
			at = m.Entry.API + "." + m.Entry.Operation
		}
		nearest = append(nearest, &huma.ErrorDetail{Message: strings.Join(m.Why, "; "), Location: at, Value: m.Entry.ID})
	}
	follow := "the nearest misses follow."
	if len(nearest) == 0 {
		follow = "no others came."
	}
	return nil, huma.NewError(http.StatusRequestTimeout, fmt.Sprintf("%d of %d requests came within %s that fit; %s", len(found), count, most, follow), nearest...)
}

// errNoJournal refuses what is about requests where none are remembered.
var errNoJournal = huma.Error409Conflict("The journal is off: start the sandbox without --journal 0.")

// journalled returns a workspace that exists, whose requests are remembered.
func (c *control) journalled(name string) (*workspace.Workspace, error) {
	if c.Journal.Keeps() == 0 {
		return nil, errNoJournal
	}
	return c.find(name)
}

// listenable returns a workspace to wait for requests in, and makes it if there is none: a test may wait for its first
// one. Nobody who listens keeps it from going.
func (c *control) listenable(ctx context.Context, name string) (found *workspace.Workspace, err error) {
	if c.Journal.Keeps() == 0 {
		return nil, errNoJournal
	}
	err = c.change(ctx, name, func(w *workspace.Workspace) error {
		found = w
		return nil
	})
	return found, err
}

func (c *control) entry(ctx context.Context, name, id string) (*workspace.Workspace, *gate.Entry, error) {
	w, err := c.journalled(name)
	if err != nil {
		return nil, nil, err
	}
	entry, gone, err := c.Journal.Entry(ctx, w, id)
	switch {
	case err != nil:
		return nil, nil, unavailable(err)
	case entry != nil:
		return w, entry, nil
	case gone:
		return nil, nil, huma.Error410Gone("Request " + id + " is not in the journal of " + name + " any more: it was evicted by newer ones or cleared by a reset, or it belongs to another workspace.")
	default:
		return nil, nil, huma.Error404NotFound("There was no request " + id + " since this sandbox started.")
	}
}
