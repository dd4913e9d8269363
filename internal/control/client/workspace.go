package client

import (
	"context"
	"net/http"
	"time"

	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// in is a path below a workspace's.
func in(workspace string, segments ...string) string {
	return path(append([]string{"workspaces", workspace}, segments...)...)
}

// Workspaces lists the workspaces that there are, by name.
func (c *Client) Workspaces(ctx context.Context) ([]workspace.About, error) {
	return ask[[]workspace.About](ctx, c, http.MethodGet, path("workspaces"), nil)
}

// CreateWorkspace makes a workspace.
func (c *Client) CreateWorkspace(ctx context.Context, w control.NewWorkspace) (control.Workspace, error) {
	return ask[control.Workspace](ctx, c, http.MethodPost, path("workspaces"), w)
}

// Workspace tells of a workspace.
func (c *Client) Workspace(ctx context.Context, name string) (control.Workspace, error) {
	return ask[control.Workspace](ctx, c, http.MethodGet, in(name), nil)
}

// DeleteWorkspace removes a workspace with its snapshots.
func (c *Client) DeleteWorkspace(ctx context.Context, name string) error {
	return c.do(ctx, http.MethodDelete, in(name), nil, nil)
}

// Keep says what of a workspace outlives a new state.
type Keep string

// What can be kept.
const (
	KeepNothing Keep = ""
	KeepJournal Keep = "journal" // the requests so far
)

// Reset takes a workspace back to how it was created.
func (c *Client) Reset(ctx context.Context, workspace string, keep Keep) error {
	return c.do(ctx, http.MethodPost, with(in(workspace, "reset"), map[string]string{"keep": string(keep)}), nil, nil)
}

// Snapshots lists the snapshots of a workspace, by name.
func (c *Client) Snapshots(ctx context.Context, of string) ([]workspace.Snapshot, error) {
	return ask[[]workspace.Snapshot](ctx, c, http.MethodGet, in(of, "snapshots"), nil)
}

// TakeSnapshot keeps a workspace's present state under a name.
func (c *Client) TakeSnapshot(ctx context.Context, of, name string) (workspace.Snapshot, error) {
	return ask[workspace.Snapshot](ctx, c, http.MethodPost, in(of, "snapshots"), map[string]string{"name": name})
}

// RestoreSnapshot takes a workspace to a snapshot: into, which is made if there is none, or if that is "", the workspace
// that the snapshot is of.
func (c *Client) RestoreSnapshot(ctx context.Context, of, name, into string, keep Keep) error {
	return c.do(ctx, http.MethodPost, with(in(of, "snapshots", name, "restore"), map[string]string{"into": into, "keep": string(keep)}), nil, nil)
}

// DeleteSnapshot removes a snapshot.
func (c *Client) DeleteSnapshot(ctx context.Context, of, name string) error {
	return c.do(ctx, http.MethodDelete, in(of, "snapshots", name), nil, nil)
}

// Format is what a fixture is written in.
type Format string

// The formats of a fixture.
const (
	YAML Format = "yaml"
	JSON Format = "json"
)

// ExportFixture is a workspace's records and the rest of its state.
func (c *Client) ExportFixture(ctx context.Context, workspace string, format Format) ([]byte, error) {
	return ask[[]byte](ctx, c, http.MethodGet, with(in(workspace, "fixture"), map[string]string{"format": string(format)}), nil)
}

// ReplaceFixture puts a fixture, in YAML or JSON, in the place of a workspace's records.
func (c *Client) ReplaceFixture(ctx context.Context, into string, fixture []byte) ([]workspace.Loaded, error) {
	return ask[[]workspace.Loaded](ctx, c, http.MethodPut, in(into, "fixture"), content{"application/yaml", fixture})
}

// AddFixture adds a fixture, in YAML or JSON, to a workspace. Records whose key is there are replaced.
func (c *Client) AddFixture(ctx context.Context, into string, fixture []byte) ([]workspace.Loaded, error) {
	return ask[[]workspace.Loaded](ctx, c, http.MethodPatch, in(into, "fixture"), content{"application/yaml", fixture})
}

// Clock is a workspace's time.
func (c *Client) Clock(ctx context.Context, workspace string) (control.Clock, error) {
	return ask[control.Clock](ctx, c, http.MethodGet, in(workspace, "clock"), nil)
}

// SetClock sets, freezes or thaws a workspace's time, which goes back only by a reset.
func (c *Client) SetClock(ctx context.Context, workspace string, to control.ClockChange) (control.Clock, error) {
	return ask[control.Clock](ctx, c, http.MethodPut, in(workspace, "clock"), to)
}

// AdvanceClock moves a workspace's time forward.
func (c *Client) AdvanceClock(ctx context.Context, workspace string, by time.Duration) (control.Clock, error) {
	return ask[control.Clock](ctx, c, http.MethodPost, in(workspace, "clock", "advance"), map[string]string{"by": by.String()})
}

// Settings are the contract's switches, and where they stand in a workspace.
func (c *Client) Settings(ctx context.Context, workspace string) ([]control.Setting, error) {
	return ask[[]control.Setting](ctx, c, http.MethodGet, in(workspace, "settings"), nil)
}

// Preset is a value for every switch of the partners.
type Preset string

// The presets.
const (
	Defaults     Preset = "defaults"
	Alternatives Preset = "alternatives" // the other reading of each, where there is one
)

// SetSettings sets switches in a workspace until its reset: first all of a preset's, unless that is "", then these.
func (c *Client) SetSettings(ctx context.Context, workspace string, preset Preset, to map[string]string) ([]control.Setting, error) {
	if to == nil {
		to = map[string]string{}
	}
	return ask[[]control.Setting](ctx, c, http.MethodPut, with(in(workspace, "settings"), map[string]string{"preset": string(preset)}), to)
}

// Limits are a workspace's rate limits, and the standing of every counter.
func (c *Client) Limits(ctx context.Context, workspace string) (control.Limits, error) {
	return ask[control.Limits](ctx, c, http.MethodGet, in(workspace, "limits"), nil)
}

// SetLimits changes a workspace's limits and counters until its reset.
func (c *Client) SetLimits(ctx context.Context, workspace string, to control.LimitsChange) (control.Limits, error) {
	return ask[control.Limits](ctx, c, http.MethodPut, in(workspace, "limits"), to)
}

// EmptyCounters forgets the requests that a workspace's limits have counted.
func (c *Client) EmptyCounters(ctx context.Context, workspace string) error {
	return c.do(ctx, http.MethodDelete, in(workspace, "limits", "counters"), nil, nil)
}

// KeptAnswers lists the answers that a workspace keeps, oldest first.
func (c *Client) KeptAnswers(ctx context.Context, workspace string) ([]gate.KeptAnswer, error) {
	return ask[[]gate.KeptAnswer](ctx, c, http.MethodGet, in(workspace, "cache"), nil)
}

// EmptyCache forgets the answers that a workspace keeps.
func (c *Client) EmptyCache(ctx context.Context, workspace string) error {
	return c.do(ctx, http.MethodDelete, in(workspace, "cache"), nil, nil)
}

// Credentials lists the credentials minted in a workspace, without their secrets.
func (c *Client) Credentials(ctx context.Context, workspace string) ([]control.MintedCredential, error) {
	return ask[[]control.MintedCredential](ctx, c, http.MethodGet, in(workspace, "credentials"), nil)
}

// MintCredential makes a credential in a workspace. Its secret is shown this once.
func (c *Client) MintCredential(ctx context.Context, workspace string, m control.NewCredential) (control.MintedCredential, error) {
	return ask[control.MintedCredential](ctx, c, http.MethodPost, in(workspace, "credentials"), m)
}

// RevokeCredential removes a credential that was minted in a workspace.
func (c *Client) RevokeCredential(ctx context.Context, workspace, id string) error {
	return c.do(ctx, http.MethodDelete, in(workspace, "credentials", id), nil, nil)
}
