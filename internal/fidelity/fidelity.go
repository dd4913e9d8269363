// Package fidelity is the ledger: every rule that the sandbox follows, where it comes from, and the tests that hold it.
// Users read it, since a sandbox that hides its guesses is worse than none.
package fidelity

import (
	"slices"

	"github.com/go-json-experiment/json"
)

// Provenance says how well a rule is founded.
type Provenance string

// The provenances.
const (
	Documented  Provenance = "documented"   // stated or shown in the partner's document
	Published   Provenance = "published"    // stated on another public page of the partner, or shown by its client library
	Assumed     Provenance = "assumed"      // nobody says; the sandbox chose
	Deviation   Provenance = "deviation"    // the document contradicts itself or cannot be followed; the rule says what is done
	NotEmulated Provenance = "not emulated" // known, and left out for now
	House       Provenance = "house"        // the sandbox's own way, the same for all partners
)

// Rule is one thing that the sandbox answers or keeps to.
type Rule struct {
	ID         string     `json:"id" example:"COB-12"`
	Text       string     `json:"text"`
	Provenance Provenance `json:"provenance"`
	Assumption string     `json:"assumption,omitempty" doc:"the part of a founded rule that is a guess"`
	Source     string     `json:"source" doc:"the place in the document, or in the house rules"`
	Switch     string     `json:"switch,omitempty" doc:"the setting that chooses the other reading"`
	Tests      []string   `json:"tests" doc:"the tests that fail when the rule is broken"`
}

// WithTests is a ledger with the tests of each rule, which claims, a package's claims.json, maps by id.
func WithTests(rules []Rule, claims []byte) []Rule {
	var tests map[string][]string
	if err := json.Unmarshal(claims, &tests); err != nil {
		panic(err) // the tests write the file
	}
	rules = slices.Clone(rules)
	for i := range rules {
		rules[i].Tests = append([]string{}, tests[rules[i].ID]...)
	}
	return rules
}
