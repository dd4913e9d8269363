package cobrofacil_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
	"github.com/seed-0f456478/sandbox/internal/golden"
)

// The page's three examples, each on a fresh workspace, with the clock and the ids held still.
func TestDocumentedExamples(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COB-1", "COB-10", "COB-36", "COB-37", "COB-S1", "COM-1", "COM-21")
	s := apptest.New(t, app.Options{RandomSeed: "golden", Clock: "2026-01-31T12:00:00Z!"})
	printed := compact(t, documented(t, "answer.json"))

	created := s.Do(t, "POST", clients, documented(t, "create_request.json"), token+"@create")
	assert.Equal(t, 201, created.Status)
	golden.Equal(t, "testdata/create.json", created.Body)
	// Only what the partner makes up differs from the page.
	made := read(t, created)
	assert.Equal(t, printed, strings.NewReplacer(made.ID, juan, *made.SPEICLABE, "646180630700000001").Replace(created.Body))

	found := s.Do(t, "GET", clients+"/client-200", "", token+"@get")
	assert.Equal(t, 200, found.Status)
	golden.Equal(t, "testdata/get.json", found.Body)
	assert.Equal(t, strings.Replace(printed, "client-300", "client-200", 1), found.Body)

	for method, workspace := range map[string]string{"PATCH": "patch", "POST": "post"} {
		updated := s.Do(t, method, clients+"/client-200", documented(t, "update_request.json"), token+"@"+workspace)
		assert.Equal(t, 200, updated.Status, method)
		golden.Equal(t, "testdata/update.json", updated.Body)
		assert.Equal(t, printed, updated.Body, method)
	}
}

// With a random seed and a clock that stands, the same calls in the same order get the same bytes, in every workspace
// and every run.
func TestGoldenRunsRepeat(t *testing.T) {
	t.Parallel()
	run := func(s *apptest.Sandbox, workspace string) (bodies []string) {
		for _, body := range []string{with(), with("external_reference", `"a"`), with("first_name", "7"), with("external_reference", `"a"`), with()} {
			bodies = append(bodies, s.Do(t, "POST", clients, body, token+"@"+workspace).Body)
		}
		return bodies
	}
	options := app.Options{RandomSeed: "again", Clock: "2027-03-01T00:00:00Z!"}
	first, second := apptest.New(t, options), apptest.New(t, options)
	bodies := run(first, "one")
	assert.Equal(t, bodies, run(first, "two"))
	assert.Equal(t, bodies, run(second, "one"))
	assert.Equal(t, 204, first.Do(t, "POST", "/_sandbox/workspaces/one/reset", "", "Host: localhost").Status)
	assert.Equal(t, bodies, run(first, "one"), "after a reset")
	assert.NotEqual(t, read(t, apptest.Answer{Body: bodies[0]}).ID, read(t, apptest.Answer{Body: bodies[4]}).ID)
}
