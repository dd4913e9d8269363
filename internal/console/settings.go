package console

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/control/client"
	"github.com/seed-0f456478/sandbox/internal/fidelity"
	"github.com/seed-0f456478/sandbox/internal/gate"
)

// settings is what the page of switches and credentials shows.
type settings struct {
	Switches []setting
	APIs     []control.API
	Minted   []control.MintedCredential
}

// setting is a switch, where it stands, and the rule that it bends.
type setting struct {
	control.Setting
	Rule fidelity.Rule
}

var settingsActions = map[string]action{"set": setSwitch, "preset": setPreset, "mint": mintCredential, "revoke": revokeCredential}

func (c *console) settings(v *visit) (any, error) {
	all, err := v.API.Settings(v, v.Workspace)
	if err != nil {
		return nil, err
	}
	ledgers, err := v.API.Fidelity(v)
	if err != nil {
		return nil, err
	}
	rules := map[string]fidelity.Rule{}
	for _, l := range ledgers {
		for _, r := range l.Rules {
			rules[r.ID] = r
		}
	}
	// Those of single limits have a better place beside their gauges: they come last here.
	slices.SortStableFunc(all, func(a, b control.Setting) int {
		return cmp.Compare(strings.Count(a.Name, gate.LimitsSwitch+"."), strings.Count(b.Name, gate.LimitsSwitch+"."))
	})
	var s settings
	for _, one := range all {
		s.Switches = append(s.Switches, setting{one, rules[one.Rule]})
	}
	if s.APIs, err = v.API.APIs(v, v.Workspace); err != nil {
		return nil, err
	}
	s.Minted, err = v.API.Credentials(v, v.Workspace)
	return s, err
}

func setSwitch(v *visit) (next string, err error) {
	name := v.Form.Get("name")
	_, err = v.API.SetSettings(v, v.Workspace, "", map[string]string{name: v.Form.Get("value")})
	return v.At("settings") + "#" + name, err
}

func setPreset(v *visit) (next string, err error) {
	preset := v.Form.Get("preset")
	if preset == "" {
		return "", errors.New("choose a preset")
	}
	_, err = v.API.SetSettings(v, v.Workspace, client.Preset(preset), nil)
	return v.At("settings"), err
}

// mintCredential leaves the secret to be shown this once.
func mintCredential(v *visit) (next string, err error) {
	asked := control.NewCredential{
		API: v.Form.Get("api"), ID: v.Form.Get("credential"), In: v.Form.Get("in"), Secret: v.Form.Get("secret"), Owner: v.Form.Get("owner"),
	}
	if permissions := v.Form.Get("permissions"); permissions != "" {
		asked.Permissions = strings.Fields(permissions)
	}
	if v.Form.Get("nothing") != "" {
		asked.Permissions = []string{}
	}
	if asked.ExpiresAt, err = v.instant("expires_at"); err != nil {
		return "", err
	}
	minted, err := v.API.MintCredential(v, v.Workspace, asked)
	v.Told = minted
	return "", err
}

func revokeCredential(v *visit) (next string, err error) {
	return v.At("settings") + "#credentials", v.API.RevokeCredential(v, v.Workspace, v.Form.Get("credential"))
}
