package apidev_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

func export(t *testing.T, s *apptest.Sandbox, format string) string {
	t.Helper()
	a := s.Do(t, "GET", "/_sandbox/workspaces/default/fixture?format="+format, "", local)
	require.Equal(t, 200, a.Status)
	return a.Body
}

func seeded(t *testing.T, file, content string) (*workspace.Fixture, error) {
	t.Helper()
	seed := &workspace.Fixture{}
	return seed, seed.Add(file, []byte(content))
}

// What is exported is imported to the same, in both formats, and behaves the same.
func TestExportAndImport(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-13", "API-23", "API-S1", "COM-10")
	s := newQuiet(t)
	made := idOf(t, s.Do(t, "POST", clients, `{"name":"Ñandú 😀","latitude":-34.5,"document_type":3,"notes":"a\nb","external_code":"007"}`, dev...))
	idOf(t, s.Do(t, "POST", accounts, `{"name":"Mine","client_id":"`+made+`","start_date":"2026-01-31","qr_code":"1e5"}`, dev...))
	idOf(t, s.Do(t, "POST", clients, `{"name":"Of the other company"}`, other...))
	for _, format := range []string{"json", "yaml"} {
		content := export(t, s, format)
		seed, err := seeded(t, "export."+format, content)
		require.NoError(t, err)
		again := apptest.New(t, app.Options{Seed: seed, Clock: still, Settings: map[string]string{"limits": "off", "apidev.cache": "off"}})
		assert.Equal(t, content, export(t, again, format))
		for _, path := range []string{clients + "?limit=100", clients + "?search=nandu", clients + "/" + made, accounts + "?limit=100"} {
			assert.Equal(t, s.Do(t, "GET", path, "", dev...).Body, again.Do(t, "GET", path, "", dev...).Body, path)
			assert.Equal(t, s.Do(t, "GET", path, "", other...).Body, again.Do(t, "GET", path, "", other...).Body, path)
		}
		assert.NotEqual(t, made, idOf(t, again.Do(t, "POST", clients, `{"name":"New"}`, dev...)))
	}
	assert.NotContains(t, export(t, s, "json"), `"_owner": "demo"`, "the first owner is left out")
	// A reset takes all of it back.
	fresh := export(t, newQuiet(t), "json")
	require.Equal(t, 204, s.Do(t, "POST", "/_sandbox/workspaces/default/reset", "", local).Status)
	assert.Equal(t, fresh, export(t, s, "json"))
}

// An id that a new record would get may be taken by a fixture's: then it gets the next one.
func TestIDsOfAFixtureStay(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-23")
	none, err := seeded(t, "none.yaml", "apidev: {clients: [{name: One}]}")
	require.NoError(t, err)
	first := idOf(t, apptest.New(t, app.Options{Seed: none, Clock: still}).Do(t, "POST", clients, `{"name":"Two"}`, dev...))
	taken, err := seeded(t, "taken.yaml", `apidev: {clients: [{name: One, id: "`+first+`"}]}`)
	require.NoError(t, err)
	s := apptest.New(t, app.Options{Seed: taken, Clock: still})
	second := idOf(t, s.Do(t, "POST", clients, `{"name":"Two"}`, dev...))
	assert.NotEqual(t, first, second)
	assert.Equal(t, []string{"One", "Two"}, list(t, s.Do(t, "GET", clients, "", dev...)).names())
}

// Records of one instant and ids of any length stay in the order in which a fixture has them, unless it says when they
// were created.
func TestOrderOfAFixture(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-13", "API-23")
	seed, err := seeded(t, "order.yaml", `
apidev:
  accounts:
    - {name: Early, client_id: "9", id: "1"}
  clients:
    - {name: B, id: "10", _created_at: "2025-05-01T00:00:00Z"}
    - {name: C, id: "9", _created_at: "2025-05-01T00:00:00Z"}
    - {name: A, id: "1000000000000000000", _created_at: "2025-04-30T21:00:00-02:00"}
    - {name: D, id: "8", _created_at: "2025-05-01T00:00:00.001Z"}
    - {name: Z, id: "9", _owner: other}
`)
	require.NoError(t, err)
	s := apptest.New(t, app.Options{Seed: seed})
	l := list(t, s.Do(t, "GET", clients, "", dev...))
	assert.Equal(t, []string{"A", "B", "C", "D"}, l.names())
	assert.InDelta(t, 1, l.Data[2]["associated_accounts"], 0, "an account may come before its client")
	assert.Equal(t, []string{"Z"}, list(t, s.Do(t, "GET", clients, "", other...)).names(), "an owner's ids are its own")
}

func TestWrongFixtures(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("a", n) }
	for _, test := range []struct{ id, collection, record, problem string }{
		{"API-23", "clients", `id: 5`, "id: must pass string"},
		{"API-23", "clients", `id: x`, "id: must pass decimal: 1 to 19 decimal digits"},
		{"API-23", "clients", `id: "12345678901234567890"`, "id: must pass decimal"},
		{"API-23", "accounts", `id: "-1"`, "id: must pass decimal"},
		{"API-50", "clients", `name: 5`, "name: must pass string"},
		{"API-50", "clients", `name: ` + long(201), "name: must pass max 200"},
		{"API-50", "clients", `latitude: "1"`, "latitude: must pass float"},
		{"API-50", "clients", `client_id: "1"`, "client_id: is no member of a client"},
		{"API-50", "clients", `address: {street: x}`, "address: is no member of a client"},
		{"API-52", "accounts", `associated_accounts: 1`, "associated_accounts: is no member of an account"},
		{"API-52", "accounts", `notes: ` + long(1001), "notes: must pass max 1000"},
		{"API-52", "accounts", `start_date: 2026-02-30`, "start_date: must pass iso8601"},
		{"API-52", "accounts", `city_id: "` + long(31) + `"`, "city_id: must pass max 30"},
		{"API-52", "accounts", `provider_id: 5`, "provider_id: must pass string"},
		{"API-52", "accounts", `qr_code: 5`, "qr_code: must pass string"},
		{"API-S2", "clients", `_owner: ` + long(64), "_owner: must pass max 63"},
		{"API-13", "clients", `_created_at: yesterday`, "_created_at: must pass datetime"},
		{"API-13", "accounts", `_created_at: 1969-12-31T00:00:00Z`, "_created_at: must be from 1970 to 9999"},
	} {
		seed, err := seeded(t, "broken.yaml", "apidev:\n  "+test.collection+":\n    - external_code: x\n      "+test.record+"\n")
		require.NoError(t, err)
		_, err = app.New(t.Context(), app.Options{Seed: seed})
		assert.ErrorContains(t, err, "broken.yaml:4: apidev."+test.collection+"[0]."+test.problem, test.record)
	}
	twice, err := seeded(t, "broken.yaml", "apidev:\n  clients:\n    - id: \"1\"\n    - id: \"1\"\n")
	require.NoError(t, err)
	_, err = app.New(t.Context(), app.Options{Seed: twice})
	assert.ErrorContains(t, err, "broken.yaml:4: apidev.clients[1].id: 1 is another record's")
}
