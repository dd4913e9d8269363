package workspace

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seed-0f456478/sandbox/internal/nearest"
	"github.com/seed-0f456478/sandbox/internal/store"
)

// Switch is a setting that chooses between readings of the contract, or bends it for a test.
type Switch struct {
	Name    string   `json:"name"`
	Rule    string   `json:"rule" doc:"the rule in the ledger"`
	Values  []string `json:"values" doc:"what it takes; empty where takes says it"`
	Takes   string   `json:"takes,omitempty" doc:"what it takes, where that is more than a few values"`
	Default string   `json:"default"`
	// Check says what is wrong with a value, where Values does not.
	Check func(value string) error `json:"-"`
}

// refuse says why the switch does not take a value: nil if it does.
func (s Switch) refuse(value string) error {
	switch {
	case s.Check != nil:
		if err := s.Check(value); err != nil {
			return fmt.Errorf("switch %s takes %s, not %q: %w", s.Name, s.Takes, value, err)
		}
	case !slices.Contains(s.Values, value):
		return fmt.Errorf("switch %s takes one of %q, not %q", s.Name, s.Values, value)
	}
	return nil
}

// checkSettings refuses names that no switch has and values that it does not take.
func checkSettings(switches []Switch, set map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(set)) {
		at := slices.IndexFunc(switches, func(s Switch) bool { return s.Name == name })
		if at < 0 {
			all := make([]string, len(switches))
			for i, s := range switches {
				all[i] = s.Name
			}
			return fmt.Errorf("no switch is called %q; the nearest are %s", name, strings.Join(nearest.Of(name, all), ", "))
		}
		if err := switches[at].refuse(set[name]); err != nil {
			return err
		}
	}
	return nil
}

// Switches are all that the workspaces' settings can be.
func (d *Directory) Switches() []Switch { return d.options.Switches }

// Setting is the value of a switch: what was set in this workspace, else for the whole sandbox, else the default. It
// panics on an unknown name.
func (w *Workspace) Setting(name string) string {
	if value, ok := (*w.settings.Load())[name]; ok {
		return value
	}
	value, ok := w.dir.settings[name]
	if !ok {
		panic("no switch is called " + name)
	}
	return value
}

// ChangeSettings sets switches of this workspace, until its reset. It refuses unknown names and values, and then changes
// nothing.
func (w *Workspace) ChangeSettings(ctx context.Context, set map[string]string) error {
	if err := checkSettings(w.dir.options.Switches, set); err != nil {
		return err
	}
	w.changing.Lock()
	defer w.changing.Unlock()
	var now present
	err := w.dir.store.Write(ctx, w.Name, func(tx store.Tx) (err error) {
		if err := putSettings(tx, w.Name, set); err != nil {
			return err
		}
		now, err = w.dir.raise(tx, w.Name)
		return err
	})
	if err != nil {
		return fmt.Errorf("change the settings of %s: %w", w.Name, err)
	}
	w.show(now, false)
	return nil
}

func putSettings(tx store.Tx, workspace string, set map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(set)) {
		err := tx.Exec(`
			INSERT INTO settings (workspace, name, value) VALUES ($1, $2, $3)
			ON CONFLICT (workspace, name) DO UPDATE SET value = excluded.value`, workspace, name, set[name])
		if err != nil {
			return err
		}
	}
	return nil
}

// settingsOf reads the settings of a workspace. One that no switch takes any more, as after a change of the program, is
// left out.
func (d *Directory) settingsOf(v store.View, workspace string) (map[string]string, error) {
	rows, err := v.Query("SELECT name, value FROM settings WHERE workspace = $1 ORDER BY name", workspace)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	all := map[string]string{}
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return nil, err
		}
		if err := checkSettings(d.options.Switches, map[string]string{name: value}); err != nil {
			d.options.Log.Warn("a setting of an earlier run is left out", "workspace", workspace, "error", err)
			continue
		}
		all[name] = value
	}
	return all, rows.Err()
}
