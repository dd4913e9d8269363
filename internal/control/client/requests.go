package client

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/gate"
)

// List says how many requests to list, and whether to wait for them. What is 0 is left to the control API.
type List struct {
	Limit int
	Wait  time.Duration // for so many to come that fit:
	Count int
}

// Requests lists the requests of a workspace that a search fits, newest first.
func (c *Client) Requests(ctx context.Context, workspace, search string, l List) ([]*gate.Entry, error) {
	parameters := map[string]string{"q": search}
	if l.Limit != 0 {
		parameters["limit"] = strconv.Itoa(l.Limit)
	}
	if l.Wait != 0 {
		parameters["wait"] = l.Wait.String()
	}
	if l.Count != 0 {
		parameters["count"] = strconv.Itoa(l.Count)
	}
	return ask[[]*gate.Entry](ctx, c, http.MethodGet, with(in(workspace, "requests"), parameters), nil)
}

// Request is one request, and for each violation the rule and what would have passed.
func (c *Client) Request(ctx context.Context, workspace, id string) (control.Explained, error) {
	return ask[control.Explained](ctx, c, http.MethodGet, in(workspace, "requests", id), nil)
}

// ReplayRequest sends a request again, as the same credential. The answer is the new one.
func (c *Client) ReplayRequest(ctx context.Context, workspace, id string) (*gate.Entry, error) {
	return ask[*gate.Entry](ctx, c, http.MethodPost, in(workspace, "requests", id, "replay"), nil)
}

// ClearRequests forgets the requests of a workspace.
func (c *Client) ClearRequests(ctx context.Context, workspace string) error {
	return c.do(ctx, http.MethodDelete, in(workspace, "requests"), nil, nil)
}

// ExportHAR is an HTTP archive of the requests that a search fits, oldest first.
func (c *Client) ExportHAR(ctx context.Context, workspace, search string) ([]byte, error) {
	return ask[[]byte](ctx, c, http.MethodGet, with(in(workspace, "requests.har"), map[string]string{"q": search}), nil)
}

// ExportCurl are the requests that a search fits as curl commands, oldest first.
func (c *Client) ExportCurl(ctx context.Context, workspace, search string) ([]byte, error) {
	return ask[[]byte](ctx, c, http.MethodGet, with(in(workspace, "requests.sh"), map[string]string{"q": search}), nil)
}

// People lists those whom the requests of a workspace are about, who was last first.
func (c *Client) People(ctx context.Context, workspace string, limit int) ([]control.Person, error) {
	return ask[[]control.Person](ctx, c, http.MethodGet, with(in(workspace, "people"), map[string]string{"limit": strconv.Itoa(limit)}), nil)
}

// Journey is the requests about the person whom an identity names.
func (c *Client) Journey(ctx context.Context, workspace, of string) (control.Journey, error) {
	return ask[control.Journey](ctx, c, http.MethodGet, with(in(workspace, "journey"), map[string]string{"of": of}), nil)
}
