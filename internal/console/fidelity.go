package console

import (
	"slices"
	"strings"

	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/fidelity"
)

// ledgers is what the page of the ledger shows: how well each API's rules are founded, and the rules that a filter fits.
type ledgers struct {
	All         []control.Ledger
	Provenances []provenance
	API         string // of the filter: one, or "" for all; likewise
	Provenance  string
	Text        string
	Rules       []fidelity.Rule
	Settings    map[string]string // where the switches stand
}

// provenance is a way in which a rule is founded, and what that means.
type provenance struct {
	Name  fidelity.Provenance
	Means string
}

var provenances = []provenance{
	{fidelity.Documented, "stated or shown in the partner's document"},
	{fidelity.Published, "on another public page of the partner, or in its client library"},
	{fidelity.Assumed, "nobody says; the sandbox chose"},
	{fidelity.Deviation, "the document contradicts itself or cannot be followed"},
	{fidelity.NotEmulated, "known, and left out for now"},
	{fidelity.House, "the sandbox's own way, the same for all partners"},
}

func (c *console) fidelity(v *visit) (any, error) {
	asked := v.Request.URL.Query()
	l := ledgers{Provenances: provenances, API: asked.Get("api"), Provenance: asked.Get("provenance"), Text: asked.Get("text"), Settings: map[string]string{}}
	var err error
	if l.All, err = v.API.Fidelity(v); err != nil {
		return nil, err
	}
	settings, err := v.API.Settings(v, v.Workspace)
	if err != nil {
		return nil, err
	}
	for _, s := range settings {
		l.Settings[s.Name] = s.Value
	}
	for _, ledger := range l.All {
		if l.API == "" || l.API == ledger.Name {
			l.Rules = append(l.Rules, slices.DeleteFunc(slices.Clone(ledger.Rules), func(r fidelity.Rule) bool { return !l.fits(r) })...)
		}
	}
	return l, nil
}

func (l ledgers) fits(r fidelity.Rule) bool {
	whole := strings.Join(append([]string{r.ID, r.Text, r.Assumption, r.Source, r.Switch}, r.Tests...), "\n")
	return (l.Provenance == "" || l.Provenance == string(r.Provenance)) && strings.Contains(strings.ToLower(whole), strings.ToLower(l.Text))
}
