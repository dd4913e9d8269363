package subclients

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-0f456478/sandbox/internal/fidelity"
	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
)

// Every tag that a member can fail has a wording, whose rule stands in the ledger.
func TestEveryTagIsWorded(t *testing.T) {
	t.Parallel()
	rules := map[string]bool{}
	for _, r := range Rules {
		rules[r.ID] = r.Provenance != fidelity.NotEmulated
	}
	for _, body := range []any{createRequest{}, fundRequest{}, publicKeyRequest{}, fixtureParent{}, fixtureSubclient{}} {
		for _, field := range reflect.VisibleFields(reflect.TypeOf(body)) {
			for _, tag := range strings.Split(field.Tag.Get("validate"), ",") {
				if tag, _, _ = strings.Cut(tag, "="); tag == "" || tag == "omitempty" {
					continue
				}
				w, ok := wordings[tag]
				assert.True(t, ok, "%s of %s has no wording", tag, field.Name)
				assert.NotEmpty(t, w.sentence, tag)
				assert.NotEmpty(t, w.passes, tag)
				assert.True(t, rules[w.rule], "%s of %s", w.rule, tag)
			}
		}
	}
}

func TestCodeFrom(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]string{
		"Noentiendo": "NOENT", "Capsule Corp.": "CAPSU", "Ñandú Águila": "NANDU", "a-1 b2, c3": "A1B2C", "Ana y Luis": "ANAYL", "abc": "ABC", "- - - -": "",
	} {
		assert.Equal(t, code, codeFrom(name), name)
	}
}

// Every error of the catalogue can be asked for by its name, as faults do.
func TestErrorsByName(t *testing.T) {
	t.Parallel()
	for _, f := range catalogue {
		if f.name == "below_minimum" {
			continue // its sentence has the workspace's minimum
		}
		a := answer(&gate.Exchange{}, &gate.NamedError{Name: f.name})
		assert.Equal(t, f.status, a.Status, f.name)
		body, err := web.Encode(a.Body)
		assert.NoError(t, err)
		assert.Contains(t, string(body), f.message)
	}
}
