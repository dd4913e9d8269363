package cobrofacil

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-0f456478/sandbox/internal/fidelity"
)

// Every tag that a member can fail has a wording, whose rule stands in a ledger.
func TestEveryTagIsWorded(t *testing.T) {
	t.Parallel()
	rules := map[string]bool{}
	for _, r := range Rules {
		rules[r.ID] = r.Provenance != fidelity.NotEmulated
	}
	for _, body := range []any{createRequest{}, updateRequest{}, fixtureRequest{}} {
		for _, field := range reflect.VisibleFields(reflect.TypeOf(body)) {
			for _, tag := range strings.Split(field.Tag.Get("validate"), ",") {
				if tag, _, _ = strings.Cut(tag, "="); tag == "" || tag == "omitempty" {
					continue
				}
				w, ok := wordings[tag]
				assert.True(t, ok, "%s of %s has no wording", tag, field.Name)
				assert.NotEmpty(t, w.passes, tag)
				assert.True(t, rules[w.rule], "%s of %s", w.rule, tag)
			}
		}
	}
}
