package client

import (
	"context"
	"net/http"

	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/gate"
)

// Faults lists the faults armed in a workspace, and what they have hit.
func (c *Client) Faults(ctx context.Context, workspace string) ([]gate.Armed, error) {
	return ask[[]gate.Armed](ctx, c, http.MethodGet, in(workspace, "faults"), nil)
}

// ArmFault makes requests to a workspace go wrong, until its reset.
func (c *Client) ArmFault(ctx context.Context, workspace string, f control.NewFault) (gate.Armed, error) {
	return ask[gate.Armed](ctx, c, http.MethodPost, in(workspace, "faults"), f)
}

// ClearFaults removes all faults of a workspace, and releases what they hold.
func (c *Client) ClearFaults(ctx context.Context, workspace string) error {
	return c.do(ctx, http.MethodDelete, in(workspace, "faults"), nil, nil)
}

// RemoveFault removes a fault, and releases what it holds.
func (c *Client) RemoveFault(ctx context.Context, workspace, id string) error {
	return c.do(ctx, http.MethodDelete, in(workspace, "faults", id), nil, nil)
}

// ReleaseFault lets the requests go on that a fault holds. It stays armed.
func (c *Client) ReleaseFault(ctx context.Context, workspace, id string) (control.Released, error) {
	return ask[control.Released](ctx, c, http.MethodPost, in(workspace, "faults", id, "release"), nil)
}
