package control

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/nearest"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// NewCredential is a credential to mint.
type NewCredential struct {
	API         string     `json:"api" example:"cobrofacil"`
	ID          string     `json:"id,omitempty" doc:"names it in the journal; made up if left out" example:"alice"`
	In          string     `json:"in,omitempty" doc:"the header that carries the secret; Authorization if left out" example:"X-API-Key"`
	Secret      string     `json:"secret,omitempty" doc:"made up if left out"`
	Owner       string     `json:"owner,omitempty" maxLength:"63" doc:"whose records it sees; the demo owner's if left out"`
	Permissions []string   `json:"permissions,omitzero" doc:"all that the API knows if left out; an empty list for none"`
	ExpiresAt   *time.Time `json:"expires_at,omitempty" doc:"on the workspace's clock"`
}

// MintedCredential is a credential of one workspace.
type MintedCredential struct {
	ID          string     `json:"id"`
	API         string     `json:"api"`
	In          string     `json:"in"`
	Secret      string     `json:"secret,omitempty" doc:"shown this once"`
	Owner       string     `json:"owner"`
	Permissions []string   `json:"permissions"`
	ExpiresAt   *time.Time `json:"expires_at,omitempty"`
}

func minted(m workspace.Minted, secret string) MintedCredential {
	return MintedCredential{m.ID, m.API, m.In, secret, m.Owner, append([]string{}, m.Permissions...), m.ExpiresAt}
}

// credentialSecret is what a secret may be made of: what can stand in a header.
var credentialSecret = regexp.MustCompile(`^[!-~]*$`)

// mint checks what is asked for, and completes it.
func (c *control) mint(in NewCredential) (m workspace.Minted, secret string, err error) {
	var names []string
	for _, api := range c.APIs {
		names = append(names, api.Name)
	}
	at := slices.Index(names, in.API)
	if at < 0 {
		return m, "", fmt.Errorf("no API is called %q; the nearest are %s", in.API, strings.Join(nearest.Of(in.API, names), ", "))
	}
	api := c.APIs[at]
	carriers := carriers(api)
	in.In = cmp.Or(in.In, carriers[0])
	if !slices.Contains(carriers, in.In) {
		return m, "", fmt.Errorf("%s carries its secrets in %s, not in %q", in.API, strings.Join(carriers, " and "), in.In)
	}
	model := modelOf(api, in.In)
	m = workspace.Minted{
		ID: cmp.Or(in.ID, "minted-"+strings.ToLower(rand.Text()[:8])), API: in.API, In: in.In,
		Owner: cmp.Or(in.Owner, model.Owner), Permissions: in.Permissions, ExpiresAt: in.ExpiresAt,
	}
	if slices.ContainsFunc(api.Credentials, func(c gate.Credential) bool { return c.ID == m.ID }) {
		return m, "", fmt.Errorf("id: %q is that of a published credential", m.ID)
	}
	// As long and as well-formed as the published one.
	secret = cmp.Or(in.Secret, strings.TrimRight(model.Secret, "abcdefghijklmnopqrstuvwxyz")+strings.ToLower(rand.Text()))
	switch {
	case len(secret) < 8 || len(secret) > 200 || !credentialSecret.MatchString(secret):
		return m, "", fmt.Errorf("secret: must have 8 to 200 visible ASCII characters")
	case slices.ContainsFunc(api.Credentials, func(c gate.Credential) bool { return c.Secret == secret }):
		return m, "", fmt.Errorf("secret: is that of a published credential")
	case api.Production(secret):
		return m, "", fmt.Errorf("secret: looks like one of the partner's production, which no sandbox should see")
	}
	if m.Permissions == nil {
		m.Permissions = api.Permissions()
	}
	for _, p := range m.Permissions {
		if known := api.Permissions(); !slices.Contains(known, p) {
			return m, "", fmt.Errorf("permissions: %s knows no %q, only %q", in.API, p, known)
		}
	}
	m.Digest = workspace.Digest(secret)
	return m, secret, nil
}

// carriers are the headers in which an API's secrets stand.
func carriers(api *gate.API) []string {
	var all []string
	for _, c := range api.Credentials {
		if in := cmp.Or(c.In, "Authorization"); in != gate.Password && !slices.Contains(all, in) {
			all = append(all, in)
		}
	}
	return all
}

// modelOf is the first published credential of a header.
func modelOf(api *gate.API, in string) gate.Credential {
	return api.Credentials[slices.IndexFunc(api.Credentials, func(c gate.Credential) bool { return cmp.Or(c.In, "Authorization") == in })]
}

// credentials registers the calls about the credentials minted in a workspace.
func (c *control) credentials(api huma.API) {
	const path = Root + "/workspaces/{workspace}/credentials"
	huma.Register(api, huma.Operation{OperationID: "listCredentials", Method: http.MethodGet, Path: path, Summary: "The credentials minted in a workspace, without their secrets"},
		func(ctx context.Context, in *WorkspacePath) (*body[[]MintedCredential], error) {
			w, err := c.find(in.Workspace)
			if err != nil {
				return nil, err
			}
			all, err := w.Credentials(ctx)
			if err != nil {
				return nil, err
			}
			shown := []MintedCredential{}
			for _, m := range all {
				shown = append(shown, minted(m, ""))
			}
			return ok(shown)
		})

	type mintInput struct {
		WorkspacePath
		Body NewCredential
	}
	huma.Register(api, huma.Operation{OperationID: "mintCredential", Method: http.MethodPost, Path: path, Summary: "Make a credential in a workspace, in the place of one with the same id or secret", DefaultStatus: http.StatusCreated},
		func(ctx context.Context, in *mintInput) (*body[MintedCredential], error) {
			m, secret, err := c.mint(in.Body)
			if err != nil {
				return nil, refused(err)
			}
			err = c.change(ctx, in.Workspace, func(w *workspace.Workspace) error {
				return refusedState("credential "+m.ID, w.Mint(ctx, m))
			})
			if err != nil {
				return nil, err
			}
			return ok(minted(m, secret))
		})

	type revokeInput struct {
		WorkspacePath
		ID string `path:"id"`
	}
	huma.Register(api, huma.Operation{OperationID: "revokeCredential", Method: http.MethodDelete, Path: path + "/{id}", Summary: "Revoke a credential minted in a workspace", DefaultStatus: http.StatusNoContent},
		func(ctx context.Context, in *revokeInput) (*none, error) {
			return nil, c.hold(in.Workspace, func(w *workspace.Workspace) error {
				return refusedState("minted credential "+in.ID+" in "+in.Workspace, w.Revoke(ctx, in.ID))
			})
		})
}
