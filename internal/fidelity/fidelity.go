// Package fidelity is the ledger: every rule that the sandbox follows, where it comes from, and the tests that hold it.
// Users read it, since a sandbox that hides its guesses is worse than none.
package fidelity

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
	ID         string     `json:"id"`               // COB-12
	Text       string     `json:"text"`             // one line
	Provenance Provenance `json:"provenance"`       //
	Assumption string     `json:"assumption"`       // the part of a documented or published rule that is a guess, if any
	Source     string     `json:"source"`           // the place in the document
	Switch     string     `json:"switch,omitempty"` // the setting that chooses the other reading
	Tests      []string   `json:"tests"`            // the tests that claim it
}
