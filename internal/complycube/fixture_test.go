package complycube_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// fixtureOf reads a fixture as --seed does.
func fixtureOf(t testing.TB, content string) *workspace.Fixture {
	t.Helper()
	file := filepath.Join(t.TempDir(), "mine.yaml")
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	seed, err := app.LoadSeed([]string{file})
	require.NoError(t, err)
	return seed
}

// exported are a workspace's clients of all owners, as a fixture shows them.
func exported(t *testing.T, s *apptest.Sandbox) string {
	t.Helper()
	a := s.Do(t, "GET", "/_sandbox/workspaces/default/fixture?format=json", "", local)
	require.Equal(t, 200, a.Status)
	var fixture struct{ Complycube json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(a.Body), &fixture))
	return `{"complycube":` + string(fixture.Complycube) + "}"
}

// What was exported makes a sandbox that exports the same, and lists the same in the same order.
func TestExportedClientsAreASeed(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-24", "CC-13")
	s := apptest.New(t, app.Options{Clock: "2027-03-01T00:00:00.5Z!", Settings: map[string]string{"limits": "off", "complycube.metadata_keys": "50"}})
	odd := []string{"", "ñandú 😀", "null", "~", "007", "1e3", "2025-01-01", "# no", "a: b", "{}", "a\nb\tc", `"'\`, "a\u0085b"}
	for i, text := range odd {
		quoted, err := json.Marshal(text)
		require.NoError(t, err)
		body := fmt.Sprintf(`{"type":"person","email":"e@example.com","mobile":%[1]s,"personDetails":{"firstName":"A%[2]d","middleName":%[1]s,"lastName":"B"},"metadata":{%[1]s:%[1]s,"z":"1","a%[2]d":%[1]s}}`, quoted, i)
		require.Equal(t, 200, s.Do(t, "POST", clients, body, key).Status)
	}
	keys := make([]string, 50)
	for i := range keys {
		keys[i] = fmt.Sprintf(`"%d":""`, 50-i)
	}
	for _, body := range []string{wholePerson, wholeCompany, with(eva, `"metadata":{`+strings.Join(keys, ",")+`}`)} {
		require.Equal(t, 200, s.Do(t, "POST", clients, body, key).Status)
	}
	require.Equal(t, 200, s.Do(t, "POST", clients, eva, live).Status)
	require.Equal(t, 200, s.Do(t, "POST", "/_sandbox/workspaces/default/clock/advance", `{"by":"1h"}`, local).Status)
	require.Equal(t, 200, s.Do(t, "POST", clients+"/"+jane, `{"mobile":"1"}`, key).Status)

	clientsOf := exported(t, s)
	again := apptest.New(t, app.Options{Clock: "2027-03-01T00:00:00.5Z!", Seed: fixtureOf(t, clientsOf), Settings: map[string]string{"limits": "off"}})
	assert.Equal(t, clientsOf, exported(t, again))
	for _, owner := range []string{key, live} {
		assert.Equal(t, s.Do(t, "GET", clients, "", owner).Body, again.Do(t, "GET", clients, "", owner).Body)
	}
	// New clients come before those that were there, of the same time too.
	made := read(t, again.Do(t, "POST", clients, eva, key)).ID
	assert.Equal(t, made, readList(t, again.Do(t, "GET", clients+"?pageSize=1", "", key)).Items[0].ID)
}

// A fixture leaves out what the sandbox makes, and may say it.
func TestImport(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{Settings: map[string]string{"limits": "off"}, Seed: fixtureOf(t, `
complycube:
  clients:
    - {type: person, email: a@example.com, personDetails: {firstName: A, lastName: B}, entityName: A B}
    - {type: company, email: b@example.com, companyDetails: {name: N}, createdAt: 2020-01-01T01:00:00.0019+01:00}
    - {type: company, email: c@example.com, companyDetails: {name: N}, createdAt: "2021-01-01T00:00:00Z", updatedAt: "2020-12-31T00:00:00Z", id: aaaaaaaaaaaaaaaaaaaaaaaa}
    - {type: company, email: d@example.com, companyDetails: {name: N}, id: aaaaaaaaaaaaaaaaaaaaaaaa, _owner: live}
`)})
	all := readList(t, s.Do(t, "GET", clients, "", key)).Items
	require.Len(t, all, 3)
	assert.Equal(t, []string{"2025-01-01T12:00:00.000Z", "2021-01-01T00:00:00.000Z", "2020-01-01T00:00:00.001Z"}, []string{all[0].CreatedAt, all[1].CreatedAt, all[2].CreatedAt})
	assert.Equal(t, []string{"2025-01-01T12:00:00.000Z", "2020-12-31T00:00:00.000Z", "2020-01-01T00:00:00.001Z"}, []string{all[0].UpdatedAt, all[1].UpdatedAt, all[2].UpdatedAt})
	assert.Regexp(t, "^67752e40[0-9a-f]{16}$", all[0].ID)
	assert.Equal(t, "d@example.com", read(t, s.Do(t, "GET", clients+"/aaaaaaaaaaaaaaaaaaaaaaaa", "", live)).Email)
}

func TestBrokenFixtures(t *testing.T) {
	t.Parallel()
	const person = "type: person, email: a@example.com, personDetails: {firstName: A, lastName: B}"
	for record, reason := range map[string]string{
		"email: a@example.com":                                   ".type: 'type' must be provided",
		"type: person, email: a@example.com":                     ".personDetails: 'personDetails' must be provided when client type is `person`",
		person + ", mobile: 5":                                   ".mobile: 'mobile' should be string; what passes is a string",
		person + ", joinedDate: 2020-13-01":                      ".joinedDate: 'joinedDate' should match format \"date\"",
		person + ", metadata: {a: 1}":                            ".metadata.a: 'a' should be string",
		person + ", companyDetails: {name: N}":                   ".companyDetails: does not fit the type person",
		person + ", nope: 1":                                     ".nope: is no member of a client",
		strings.Replace(person, "lastName: B", "lastname: B", 1): ".personDetails.lastname: is no member of a client",
		person + ", id: mine":                                    ".id: 'id' is no id; what passes is 5eb04fcd0f3e360008035eb1",
		person + ", id: 5":                                       ".id: 'id' should be string",
		person + ", createdAt: yesterday":                        ".createdAt: 'createdAt' is no time",
		person + ", updatedAt: 1969-12-31T23:59:59Z":             ".updatedAt: 'updatedAt' is no time",
		person + ", createdAt: 9999-12-31T23:59:59-01:00":        ".createdAt: 'createdAt' is no time",
		person + ", _owner: " + strings.Repeat("a", 64):          "._owner: '_owner' should NOT be longer than 63 characters",
		person + ", entityName: B A":                             `.entityName: follows from the names, and is "A B"`,
		person + ", id: aaaaaaaaaaaaaaaaaaaaaaaa":                ".id: aaaaaaaaaaaaaaaaaaaaaaaa is another client's",
	} {
		content := "complycube:\n  clients:\n    - {" + person + ", id: aaaaaaaaaaaaaaaaaaaaaaaa}\n    - {" + record + "}\n"
		_, err := app.New(t.Context(), app.Options{Seed: fixtureOf(t, content)})
		assert.ErrorContains(t, err, "mine.yaml:4: complycube.clients[1]"+reason, record)
	}
}

// A record that comes again takes the place of the one with its id, its metadata too.
func TestReplacedRecords(t *testing.T) {
	t.Parallel()
	s := unlimited(t)
	require.Equal(t, 200, s.Do(t, "POST", clients+"/"+jane, `{"mobile":"1","metadata":{"a":"1","b":"2"}}`, key).Status)
	own := readList(t, s.Do(t, "GET", clients, "", live)).Items[0].ID
	again := fmt.Sprintf(`{"complycube":{"clients":[
		{"id":%q,"type":"company","email":"j@example.com","companyDetails":{"name":"J"},"metadata":{"a":"3"}},
		{"id":%q,"type":"company","email":"l@example.com","companyDetails":{"name":"L"},"_owner":"live"}]}}`, jane, own)
	a := s.Do(t, "PATCH", "/_sandbox/workspaces/default/fixture", again, local)
	require.Equal(t, 200, a.Status, a.Body)
	assert.Contains(t, a.Body, `"replaced":2`)
	c := s.Do(t, "GET", clients+"/"+jane, "", key)
	assert.Equal(t, shownBy(t, `{"type":"company","email":"j@example.com","companyDetails":{"name":"J"},"metadata":{"a":"3"}}`, read(t, c)), c.Body)
	assert.Equal(t, 45, readList(t, s.Do(t, "GET", clients, "", key)).TotalItems)
	assert.Equal(t, "L", readList(t, s.Do(t, "GET", clients, "", live)).Items[0].EntityName)
}
