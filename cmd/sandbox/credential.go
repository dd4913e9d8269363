package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/seed-0f456478/sandbox/internal/control"
)

type credentialCommand struct {
	Mint   credentialMintCommand   `cmd:"" help:"Make a credential in a workspace, and show its secret this once."`
	List   credentialListCommand   `cmd:"" help:"List the credentials minted in a workspace."`
	Revoke credentialRevokeCommand `cmd:"" help:"Revoke a credential minted in a workspace."`
}

type credentialMintCommand struct {
	inWorkspace
	output
	API         string    `arg:"" help:"The API that takes it, like cobrofacil."`
	ID          string    `env:"-" help:"What names it in the journal; made up if left out."`
	In          string    `env:"-" placeholder:"HEADER" help:"The header that carries the secret, if not the API's first."`
	Secret      string    `env:"-" help:"The secret; made up if left out."`
	Owner       string    `env:"-" help:"Whose records it sees; the demo owner's if left out."`
	Permissions []string  `env:"-" help:"All that the API knows if left out; none for none."`
	ExpiresAt   time.Time `env:"-" placeholder:"TIME" help:"When it expires, in RFC 3339, on the workspace's clock."`
}

func (c *credentialMintCommand) Run(ctx context.Context, s streams) error {
	in := control.NewCredential{API: c.API, ID: c.ID, In: c.In, Secret: c.Secret, Owner: c.Owner, Permissions: c.Permissions}
	if slices.Equal(c.Permissions, []string{"none"}) {
		in.Permissions = []string{}
	}
	if !c.ExpiresAt.IsZero() {
		in.ExpiresAt = &c.ExpiresAt
	}
	return show(s, c.output, func(m control.MintedCredential) [][]string {
		return [][]string{
			{"id", m.ID},
			{"api", m.API},
			{"in", m.In},
			{"secret", m.Secret},
			{"owner", m.Owner},
			{"permissions", permissions(m)},
			{"expires", expires(m)},
		}
	})(c.client().MintCredential(ctx, c.Workspace, in))
}

func permissions(m control.MintedCredential) string {
	if len(m.Permissions) == 0 {
		return "none"
	}
	return strings.Join(m.Permissions, ", ")
}

func expires(m control.MintedCredential) string {
	if m.ExpiresAt == nil {
		return "never"
	}
	return moment(*m.ExpiresAt)
}

type credentialListCommand struct {
	inWorkspace
	output
}

func (c *credentialListCommand) Run(ctx context.Context, s streams) error {
	return show(s, c.output, func(all []control.MintedCredential) [][]string {
		rows := [][]string{{"ID", "API", "IN", "OWNER", "PERMISSIONS", "EXPIRES"}}
		for _, m := range all {
			rows = append(rows, []string{m.ID, m.API, m.In, m.Owner, permissions(m), expires(m)})
		}
		return rows
	})(c.client().Credentials(ctx, c.Workspace))
}

type credentialRevokeCommand struct {
	inWorkspace
	ID string `arg:"" help:"Its id."`
}

func (c *credentialRevokeCommand) Run(ctx context.Context) error {
	return c.client().RevokeCredential(ctx, c.Workspace, c.ID)
}
