package client

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// Collection names one of an API's.
type Collection struct{ API, Name string }

func (c Collection) in(workspace string, segments ...string) string {
	return in(workspace, append([]string{"records", c.API, c.Name}, segments...)...)
}

// Records lists the stored records of a collection that hold a text, letter case aside: so many from an offset on.
func (c *Client) Records(ctx context.Context, workspace string, of Collection, search string, offset, limit int) (control.Records, error) {
	return ask[control.Records](ctx, c, http.MethodGet, with(of.in(workspace), map[string]string{
		"search": search, "offset": strconv.Itoa(offset), "limit": strconv.Itoa(limit),
	}), nil)
}

// Record is a stored record of an owner, or if that is "" of the API's first.
func (c *Client) Record(ctx context.Context, workspace string, of Collection, owner, key string) (json.RawMessage, error) {
	return ask[json.RawMessage](ctx, c, http.MethodGet, with(of.in(workspace, key), map[string]string{"owner": owner}), nil)
}

// PutRecord sets a stored record as a fixture does, in the place of the one with this key if there is one.
func (c *Client) PutRecord(ctx context.Context, into string, of Collection, key string, record []byte) (workspace.Loaded, error) {
	return ask[workspace.Loaded](ctx, c, http.MethodPut, of.in(into, key), content{"application/json", record})
}

// DeleteRecord removes a stored record of an owner, or if that is "" of the API's first.
func (c *Client) DeleteRecord(ctx context.Context, workspace string, of Collection, owner, key string) error {
	return c.do(ctx, http.MethodDelete, with(of.in(workspace, key), map[string]string{"owner": owner}), nil, nil)
}
