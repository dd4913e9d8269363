package control

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// CollectionPath is the input of a call about a collection.
type CollectionPath struct {
	WorkspacePath
	API        string `path:"api" example:"cobrofacil"`
	Collection string `path:"collection" example:"clients"`
}

// RecordPath is the input of a call about one record.
type RecordPath struct {
	CollectionPath
	Key   string `path:"key" doc:"what tells the records of an owner apart"`
	Owner string `query:"owner" doc:"the API's first if left out"`
}

// Records is a page of a collection.
type Records struct {
	Total   int               `json:"total" doc:"how many there are that match"`
	Key     string            `json:"key" doc:"the member that tells the records of an owner apart"`
	Alias   string            `json:"alias,omitempty" doc:"another member by which callers may name a record"`
	Records []json.RawMessage `json:"records" doc:"as fixtures show them"`
}

// records registers the calls about single stored records.
func (c *control) records(api huma.API) {
	const path = Root + "/workspaces/{workspace}/records/{api}/{collection}"
	type listInput struct {
		CollectionPath
		Search string `query:"search" maxLength:"200" doc:"what must stand somewhere in a record, letter case aside"`
		Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
		Offset int    `query:"offset" minimum:"0"`
	}
	huma.Register(api, huma.Operation{OperationID: "listRecords", Method: http.MethodGet, Path: path, Summary: "The stored records of a collection, in the partner's own member names"},
		func(ctx context.Context, in *listInput) (*body[Records], error) {
			w, err := c.find(in.Workspace)
			if err != nil {
				return nil, err
			}
			collection, all, err := w.Export(ctx, in.API, in.Collection)
			if err != nil {
				return nil, notFoundOr(err)
			}
			page, err := pageOf(all, strings.ToLower(in.Search), in.Offset, in.Limit)
			if err != nil {
				return nil, err
			}
			page.Key, page.Alias = collection.Key, collection.Alias
			return ok(page)
		})

	huma.Register(api, huma.Operation{OperationID: "getRecord", Method: http.MethodGet, Path: path + "/{key}", Summary: "A stored record"},
		func(ctx context.Context, in *RecordPath) (*body[json.RawMessage], error) {
			all, err := c.recordsOf(ctx, in.CollectionPath)
			if err != nil {
				return nil, err
			}
			for _, r := range all {
				if r.Key == in.Key && (r.Owner == in.Owner || r.Owner == "" && in.Owner == c.firstOwner(in.API)) {
					return ok(json.RawMessage(r.JSON))
				}
			}
			return nil, huma.Error404NotFound("No record of " + in.API + "." + in.Collection + " has this key and owner.")
		})

	type putInput struct {
		CollectionPath
		Key  string          `path:"key" doc:"what tells the records of an owner apart"`
		Body json.RawMessage `doc:"the record, as a fixture sets it"`
	}
	huma.Register(api, huma.Operation{OperationID: "putRecord", Method: http.MethodPut, Path: path + "/{key}", Summary: "Set a stored record as a fixture does, in the place of the one with this key if there is one"},
		func(ctx context.Context, in *putInput) (*body[workspace.Loaded], error) {
			fixture, err := c.Workspaces.FixtureOf(in.API, in.Collection, in.Key, []byte(in.Body))
			if err != nil {
				return nil, notFoundOr(err)
			}
			var loaded []workspace.Loaded
			err = c.change(ctx, in.Workspace, func(w *workspace.Workspace) (err error) {
				if loaded, err = w.Add(ctx, fixture); err != nil {
					return refused(err)
				}
				return unavailable(gate.ForgetAnswers(ctx, w))
			})
			if err != nil {
				return nil, err
			}
			return ok(loaded[0])
		})

	huma.Register(api, huma.Operation{OperationID: "deleteRecord", Method: http.MethodDelete, Path: path + "/{key}", Summary: "Remove a stored record", DefaultStatus: http.StatusNoContent},
		func(ctx context.Context, in *RecordPath) (*none, error) {
			return nil, c.hold(in.Workspace, func(w *workspace.Workspace) error {
				if err := w.DeleteRecord(ctx, in.API, in.Collection, in.Owner, in.Key); err != nil {
					return notFoundOr(err)
				}
				return unavailable(gate.ForgetAnswers(ctx, w))
			})
		})
}

// pageOf is a page of the records that hold a text in lower case. Of many only those become JSON that somebody looks at.
func pageOf(all []any, text string, offset, limit int) (Records, error) {
	page := Records{Records: []json.RawMessage{}}
	for _, one := range all {
		shown := page.Total >= offset && len(page.Records) < limit
		if shown || text != "" {
			record, err := workspace.RecordJSON(one)
			if err != nil {
				return page, err
			}
			if !strings.Contains(strings.ToLower(string(record)), text) {
				continue
			}
			if shown {
				page.Records = append(page.Records, json.RawMessage(record))
			}
		}
		page.Total++
	}
	return page, nil
}

func (c *control) recordsOf(ctx context.Context, at CollectionPath) ([]workspace.Record, error) {
	w, err := c.find(at.Workspace)
	if err != nil {
		return nil, err
	}
	all, err := w.Records(ctx, at.API, at.Collection)
	if err != nil {
		return nil, notFoundOr(err)
	}
	return all, nil
}
