package client

import (
	"context"
	"net/http"

	"github.com/seed-0f456478/sandbox/internal/control"
)

// Ready fails unless the sandbox is migrated, seeded and serving.
func (c *Client) Ready(ctx context.Context) error {
	return c.do(ctx, http.MethodGet, path("readyz"), nil, nil)
}

// APIs lists the emulated APIs: operations, demo credentials, and base URLs of a workspace, or if that is "" of the default
// one.
func (c *Client) APIs(ctx context.Context, workspace string) ([]control.API, error) {
	return ask[[]control.API](ctx, c, http.MethodGet, with(path("apis"), map[string]string{"workspace": workspace}), nil)
}

// OpenAPI is the description of an emulated API in YAML; "" is the control API itself.
func (c *Client) OpenAPI(ctx context.Context, api string) ([]byte, error) {
	if api == "" {
		return ask[[]byte](ctx, c, http.MethodGet, path("openapi.yaml"), nil)
	}
	return ask[[]byte](ctx, c, http.MethodGet, path("openapi", api+".yaml"), nil)
}

// CA is the certificate that clients have to trust to call the sandbox over HTTPS, in PEM.
func (c *Client) CA(ctx context.Context) ([]byte, error) {
	return ask[[]byte](ctx, c, http.MethodGet, path("ca.pem"), nil)
}

// Fidelity is the ledger of every API: its rules, and where each comes from.
func (c *Client) Fidelity(ctx context.Context) ([]control.Ledger, error) {
	return ask[[]control.Ledger](ctx, c, http.MethodGet, path("fidelity"), nil)
}
