package control

import (
	"context"
	"slices"

	"github.com/seed-0f456478/sandbox/internal/fidelity"
	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/nearest"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// Explained is an entry whose violations tell their rules.
type Explained struct {
	*gate.Entry
	Violations []ExplainedViolation `json:"violations,omitempty" doc:"every reason for a refusal, also those that the answer has no room for"`
}

// ExplainedViolation is a reason for a refusal with what the ledger says of its rule.
type ExplainedViolation struct {
	web.Violation
	Text       string              `json:"text,omitempty" doc:"of the rule"`
	Provenance fidelity.Provenance `json:"provenance,omitempty" doc:"whether the rule is documented or a guess"`
	Source     string              `json:"source,omitempty" doc:"the place in the partner's document, or in the house rules"`
	Assumption string              `json:"assumption,omitempty" doc:"the part of the rule that is a guess"`
	Switch     string              `json:"switch,omitempty" doc:"the setting that chooses the other reading"`
	Nearest    []string            `json:"nearest,omitempty" doc:"keys of records that there are, nearest to the one that there is not"`
}

// explain adds to an entry what the ledger and the workspace's records say of its violations.
func (c *control) explain(ctx context.Context, w *workspace.Workspace, e *gate.Entry) (Explained, error) {
	whole := Explained{Entry: e}
	for _, v := range e.Violations {
		one := ExplainedViolation{Violation: v}
		if rule, found := c.rule(v.Rule); found {
			one.Text, one.Provenance, one.Source, one.Assumption, one.Switch = rule.Text, rule.Provenance, rule.Source, rule.Assumption, rule.Switch
		}
		if asked, isText := v.Value.(string); isText && v.Collection != "" {
			records, err := w.Records(ctx, e.API, v.Collection)
			if err != nil {
				return whole, err
			}
			var keys []string
			for _, r := range records {
				if r.Owner == e.Owner || r.Owner == "" && e.Owner == c.firstOwner(e.API) {
					keys = append(keys, r.Key, r.Alias)
				}
			}
			one.Nearest = nearest.Of(asked, slices.DeleteFunc(keys, func(key string) bool { return key == "" }))
		}
		whole.Violations = append(whole.Violations, one)
	}
	return whole, nil
}

// rule finds a rule in the ledgers.
func (c *control) rule(id string) (fidelity.Rule, bool) {
	ledgers := [][]fidelity.Rule{gate.Rules}
	for _, api := range c.APIs {
		ledgers = append(ledgers, api.Rules)
	}
	for _, rules := range ledgers {
		if at := slices.IndexFunc(rules, func(r fidelity.Rule) bool { return r.ID == id }); at >= 0 {
			return rules[at], true
		}
	}
	return fidelity.Rule{}, false
}

// firstOwner is the owner whom fixtures leave out.
func (c *control) firstOwner(name string) string {
	for _, api := range c.APIs {
		if api.Name == name {
			return api.Credentials[0].Owner
		}
	}
	return ""
}
