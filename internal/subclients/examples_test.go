package subclients_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
	"github.com/seed-0f456478/sandbox/internal/golden"
)

// The page's example, on a fresh workspace, with the clock and the ids held still.
func TestDocumentedExample(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-1", "SUB-11", "SUB-15", "SUB-16", "SUB-17", "SUB-S2", "COM-1", "COM-21")
	for reading, change := range map[string]*strings.Replacer{
		"documented": strings.NewReplacer(),
		"corrected":  strings.NewReplacer(`"id":"","name":"54321abc-abc5-56d8-6987-9875672a6587"`, `"id":"54321abc-abc5-56d8-6987-9875672a6587","name":"SUB_CLIENT_ACCESS"`),
	} {
		s := apptest.New(t, app.Options{RandomSeed: "golden", Clock: "2026-01-31T12:00:00Z!", Settings: map[string]string{"subclients.api_client": reading}})
		a := s.Do(t, "POST", clients, documented(t, "request.json"), token)
		require.Equal(t, 200, a.Status, a.Body)
		golden.Equal(t, "testdata/"+reading+".json", a.Body)
		// Only what the partner makes up differs from the page.
		made := readSubclient(t, a)
		printed := change.Replace(compact(documented(t, "answer.json")))
		assert.Equal(t, strings.NewReplacer("12345abc-ebb5-56d8-3256-9875672a3455", made.ID, "54321abc-abc5-56d8-6987-9875672a6587", made.apiKey()).Replace(printed), a.Body)
		for _, id := range []string{made.ID, made.apiKey()} {
			assert.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, id)
		}
	}
}

// With a random seed and a clock that stands, the same calls in the same order get the same bytes, tokens and hashes too.
func TestGoldenRunsRepeat(t *testing.T) {
	t.Parallel()
	run := func(s *apptest.Sandbox) (said []string) {
		for _, alias := range []string{`"ONE"`, `"TWO"`, `"ONE"`} {
			said = append(said, s.Do(t, "POST", clients, with(t, "alias", alias), token).Body)
		}
		a := s.Do(t, "POST", login, credentials("sandbox-subclients-key", "sandbox"), "")
		return append(said, a.Body, a.Header.Get("Authorization"), export(t, s, "default"))
	}
	options := app.Options{RandomSeed: "again", Clock: "2027-03-01T00:00:00Z!"}
	s := apptest.New(t, options)
	said := run(s)
	assert.Equal(t, said, run(apptest.New(t, options)))
	assert.Equal(t, 204, s.Do(t, "POST", "/_sandbox/workspaces/default/reset", "", local).Status)
	assert.Equal(t, said, run(s), "after a reset")
}

func TestEveryRouteAnswersUnderV1AndAtTheHosts(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-1", "COM-2", "COM-4")
	s := apptest.New(t, app.Options{})
	for _, r := range api(t, s).Routes {
		for _, at := range []struct{ path, host string }{
			{"/subclients" + r.Path, ""},
			{"/subclients/v1" + r.Path, ""},
			{"/subclients/v1" + r.Path + "/", ""},
			{r.Path, "Host: api.nueve09.io"},
			{"/v1" + r.Path, "Host: api.nueve09.io"},
			{"/v1" + r.Path, "Host: sandbox-api.nueve09.io"},
			{"/w/run-1/v1" + r.Path, "Host: subclients.localhost"},
		} {
			body := ""
			if r.Method == "POST" {
				body = `{}`
			}
			a := s.Do(t, r.Method, at.path, body, token, at.host)
			assert.NotContains(t, []int{404, 405}, a.Status, "%s %s", at.path, at.host)
			assert.Equal(t, s.Do(t, r.Method, "/subclients"+r.Path, body, token).Body, a.Body, "%s %s", at.path, at.host)
		}
	}
}
