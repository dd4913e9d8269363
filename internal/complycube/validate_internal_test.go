package complycube

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-0f456478/sandbox/internal/fidelity"
)

// Every tag that a member can fail has a wording, and every wording a rule of the ledger.
func TestEveryTagIsWorded(t *testing.T) {
	t.Parallel()
	for _, body := range []any{clientRequest{}, personRequest{}, companyRequest{}, fixtureMembers{}} {
		for _, field := range reflect.VisibleFields(reflect.TypeOf(body)) {
			for _, tag := range strings.Split(field.Tag.Get("validate"), ",") {
				if tag, _, _ = strings.Cut(tag, "="); tag != "" && tag != "omitempty" && tag != "-" {
					assert.Contains(t, wordings, tag, field.Name)
				}
			}
		}
	}
	rules := map[string]bool{}
	for _, r := range Rules {
		rules[r.ID] = r.Provenance != fidelity.NotEmulated
	}
	for tag, w := range wordings {
		assert.True(t, rules[w.rule], tag)
		assert.Contains(t, w.sentence, "'NAME'", tag)
		assert.NotEmpty(t, w.passes, tag)
	}
}

// ISO 3166-1 has 249 codes. XK is in use, but not in it.
func TestCountries(t *testing.T) {
	t.Parallel()
	v, known := newValidator(), 0
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			if v.Var(string(a)+string(b), "country") == nil {
				known++
			}
		}
	}
	assert.Equal(t, 249, known)
	for country, ok := range map[string]bool{"US": true, "MX": true, "XK": false, "UK": false, "us": false, "USA": false, "840": false, "": false} {
		assert.Equal(t, ok, v.Var(country, "country") == nil, country)
	}
}
