package complycube_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
	"github.com/seed-0f456478/sandbox/internal/golden"
)

// The page's example, as printed, on a fresh workspace with clock and ids held still; and the calls around it.
func TestDocumentedExample(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-1", "CC-11", "CC-13", "CC-20", "CC-30", "CC-S1", "COM-1", "COM-21")
	s := apptest.New(t, app.Options{RandomSeed: "golden", Clock: "2026-01-31T12:00:00.5009Z!", Settings: map[string]string{"limits": "off"}})
	printed := compact(t, documented(t, "answer.json"))

	found := s.Do(t, "GET", clients+"/"+jane, "", key)
	assert.Equal(t, 200, found.Status)
	assert.Equal(t, printed, found.Body, "before the update the seed is the page's, down to its updatedAt")

	updated := s.Do(t, "POST", clients+"/"+jane, documented(t, "update_request.json"), key)
	assert.Equal(t, 200, updated.Status)
	golden.Equal(t, "testdata/update.json", updated.Body)
	assert.Equal(t, strings.Replace(printed, "2020-01-04T17:13:10.712Z", "2026-01-31T12:00:00.500Z", 1), updated.Body)

	created := s.Do(t, "POST", clients+"/", with(eva, `"mobile":"+12345678910","metadata":{"b":"1","a":"2"}`), key)
	assert.Equal(t, 200, created.Status)
	golden.Equal(t, "testdata/create_person.json", created.Body)
	company := s.Do(t, "POST", clients, acme, key)
	assert.Equal(t, 200, company.Status)
	golden.Equal(t, "testdata/create_company.json", company.Body)
	golden.Equal(t, "testdata/list.json", s.Do(t, "GET", clients+"/?pageSize=3", "", key).Body)
}

// With a random seed and a clock that stands, the same calls in the same order get the same bytes.
func TestGoldenRunsRepeat(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{RandomSeed: "again", Clock: "2027-03-01T00:00:00Z!", Settings: map[string]string{"limits": "off"}})
	run := func(workspace string) (bodies []string) {
		for _, body := range []string{eva, acme, `{`, eva} {
			bodies = append(bodies, s.Do(t, "POST", clients, body, key+"@"+workspace).Body)
		}
		return append(bodies, s.Do(t, "GET", clients+"?pageSize=5", "", key+"@"+workspace).Body)
	}
	bodies := run("one")
	assert.Equal(t, bodies, run("two"))
	assert.Equal(t, 204, s.Do(t, "POST", "/_sandbox/workspaces/one/reset", "", local).Status)
	assert.Equal(t, bodies, run("one"), "after a reset")
	assert.NotEqual(t, bodies[0], bodies[3])
}
