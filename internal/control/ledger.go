package control

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/seed-0f456478/sandbox/internal/fidelity"
	"github.com/seed-0f456478/sandbox/internal/gate"
)

// Ledger is every rule that an API follows, and where each comes from.
type Ledger struct {
	Name   string                      `json:"name" doc:"an API, or common for what all of them share"`
	Counts map[fidelity.Provenance]int `json:"counts" doc:"how many rules are founded how"`
	Rules  []fidelity.Rule             `json:"rules"`
}

func newLedger(name string, rules []fidelity.Rule, claims []byte) Ledger {
	l := Ledger{name, map[fidelity.Provenance]int{}, fidelity.WithTests(rules, claims)}
	for _, r := range rules {
		l.Counts[r.Provenance]++
	}
	return l
}

// ledger registers the call that shows every rule and where it comes from.
func (c *control) ledger(api huma.API) {
	all := []Ledger{newLedger("common", gate.Rules, gate.Claims)}
	for _, a := range c.APIs {
		all = append(all, newLedger(a.Name, a.Rules, a.Claims))
	}
	huma.Register(api, huma.Operation{OperationID: "getFidelity", Method: http.MethodGet, Path: Root + "/fidelity", Summary: "The ledger: every rule, and whether it is documented or a guess"},
		func(context.Context, *none) (*body[[]Ledger], error) { return ok(all) })
}
