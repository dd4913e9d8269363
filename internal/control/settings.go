package control

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// Setting is a switch and where it stands.
type Setting struct {
	workspace.Switch
	Value string `json:"value"`
}

func (c *control) settingsOf(w *workspace.Workspace) []Setting {
	all := []Setting{}
	for _, s := range c.Workspaces.Switches() {
		all = append(all, Setting{s, w.Setting(s.Name)})
	}
	return all
}

// alternatives is the preset that reads the contract otherwise.
const alternatives = "alternatives"

// preset is every switch of the partners at its default, or at the other of its readings.
func (c *control) preset(name string) map[string]string {
	all := map[string]string{}
	for _, api := range c.APIs {
		for _, s := range api.Switches {
			all[s.Name] = s.Default
			if at := slices.IndexFunc(s.Values, func(value string) bool { return value != s.Default }); name == alternatives && at >= 0 {
				all[s.Name] = s.Values[at]
			}
		}
	}
	return all
}

// settings registers the calls about a workspace's switches.
func (c *control) settings(api huma.API) {
	const path = Root + "/workspaces/{workspace}/settings"
	huma.Register(api, huma.Operation{OperationID: "getSettings", Method: http.MethodGet, Path: path, Summary: "The contract's switches, and where they stand in a workspace"},
		func(_ context.Context, in *WorkspacePath) (*body[[]Setting], error) {
			w, err := c.find(in.Workspace)
			if err != nil {
				return nil, err
			}
			return ok(c.settingsOf(w))
		})

	type setInput struct {
		WorkspacePath
		Preset string            `query:"preset" enum:"defaults,alternatives" doc:"sets every switch of the partners first: to its default, or to its other reading where it has one"`
		Body   map[string]string `doc:"switches and their values; those left out stay"`
	}
	huma.Register(api, huma.Operation{OperationID: "putSettings", Method: http.MethodPut, Path: path, Summary: "Set switches in a workspace, until its reset"},
		func(ctx context.Context, in *setInput) (*body[[]Setting], error) {
			set := map[string]string{}
			if in.Preset != "" {
				set = c.preset(in.Preset)
			}
			maps.Copy(set, in.Body)
			var shown []Setting
			err := c.change(ctx, in.Workspace, func(w *workspace.Workspace) error {
				if err := w.ChangeSettings(ctx, set); err != nil {
					return refused(err)
				}
				shown = c.settingsOf(w)
				return nil
			})
			if err != nil {
				return nil, err
			}
			return ok(shown)
		})
}
