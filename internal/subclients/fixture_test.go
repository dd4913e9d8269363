package subclients_test

import (
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

// load reads a fixture as --seed does.
func load(t *testing.T, content string) *workspace.Fixture {
	t.Helper()
	file := filepath.Join(t.TempDir(), "mine.yaml")
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	seed, err := app.LoadSeed([]string{file})
	require.NoError(t, err)
	return seed
}

// What a workspace exports is a seed that exports the same, and lets the same clients in.
func TestExportsComeBack(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-19", "SUB-18")
	s := apptest.New(t, app.Options{})
	made := create(t, s, token, "available", "1e2", "name", `"Ñandú & <hijos>"`, "contact_telephone_country_code", `"052"`, "int_street_number", "null", "x", "1")
	grandchild := create(t, s, logIn(t, s, made.apiKey(), "12345"), "available", "100", "api_key_password", `"two"`)
	s.Do(t, "POST", clients+"/api_key/public_key", publicKeyBody(t, encodePEM("PUBLIC KEY", pkix(t, rsaKey(2048)))), token)
	exported := export(t, s, "default")
	require.Contains(t, exported, `"_owner": "`+made.ID+`"`)

	for _, format := range []string{"json", "yaml"} {
		fixture := s.Do(t, "GET", "/_sandbox/workspaces/default/fixture?format="+format, "", local).Body
		again := apptest.New(t, app.Options{Seed: load(t, fixture)})
		assert.Equal(t, exported, export(t, again, "default"), format)
		logIn(t, again, made.apiKey(), "12345")
		logIn(t, again, key, "sandbox")
		assert.Equal(t, "100", read(t, again, logIn(t, again, grandchild.apiKey(), "two")).Available.String())
		assert.Equal(t, read(t, s, token), read(t, again, token))
	}
}

// Where no seed has the published parents they are there all the same, as in the demo seed.
func TestPublishedParentsAreInEveryWorkspace(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-6", "SUB-S1", "COM-13")
	demo := apptest.New(t, app.Options{})
	none, err := app.LoadSeed([]string{"none"})
	require.NoError(t, err)
	s := apptest.New(t, app.Options{Seed: none})
	for _, header := range []string{token, other, poor} {
		for _, r := range api(t, s).Routes {
			if r.Method == "GET" {
				path := "/subclients" + r.Path
				assert.Equal(t, demo.Do(t, "GET", path, "", header).Body, s.Do(t, "GET", path, "", header).Body)
			}
		}
	}
	assert.Equal(t, demo.Do(t, "POST", login, credentials(key, "sandbox"), "").Body, s.Do(t, "POST", login, credentials(key, "sandbox"), "").Body)
	assert.JSONEq(t, `{"clients":[],"subclients":[]}`, export(t, s, "default"), "reading makes no record")

	made := create(t, s, logIn(t, s, key, "sandbox"))
	assert.Equal(t, "999000.51", read(t, s, token).Available.String())
	assert.Equal(t, 200, s.Do(t, "POST", clients+"/fund", fund(made.ID, "0.51"), token).Status)
	assert.Equal(t, "999000", read(t, s, logIn(t, s, key, "sandbox")).Available.String())
	assert.Equal(t, 1, strings.Count(export(t, s, "default"), `"id": "`+capsule+`"`))
	require.Equal(t, 204, s.Do(t, "POST", "/_sandbox/workspaces/default/reset", "", local).Status)
	assert.Equal(t, "1000000.51", read(t, s, token).Available.String())

	// A seed may have a published parent otherwise.
	s = apptest.New(t, app.Options{Seed: load(t, `{"subclients":{"clients":[{"id":"`+capsule+`","name":"Mine, all mine","alias":"MINE","email":"a@example.com","rfc":"AAMM9001010A1","available":5,"_api_key":"mine","api_key_password":"sandbox"}]}}`)})
	assert.Equal(t, own{capsule, "Mine, all mine", "MINE", "MINEA", "a@example.com", "5", "0"}, read(t, s, token))
	assert.Equal(t, wrongLogin, s.Do(t, "POST", login, credentials(key, "sandbox"), "").Body)
	assert.Equal(t, capsule, read(t, s, logIn(t, s, "mine", "sandbox")).ID)
}

// parentRecord is a parent as a fixture has it, with one more member.
func parentRecord(name, value string) string {
	return `{"name":"Capsule","alias":"CAP","email":"a@example.com","rfc":"AAMM9001010A1","available":5,"` + name + `":` + value + `}`
}

func TestRefusedRecords(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-10", "SUB-19", "SUB-14")
	const hash = `"$argon2id$v=19$m=256,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"`
	clientsOf := func(records ...string) string {
		return `{"subclients":{"clients":[` + strings.Join(records, ",") + `]}}`
	}
	subclientsOf := func(records ...string) string {
		return `{"subclients":{"subclients":[` + strings.Join(records, ",") + `]}}`
	}
	for _, test := range []struct{ fixture, reason string }{
		{clientsOf(`{}`), "subclients.clients[0].name: is required"},
		{clientsOf(parentRecord("x", "1")), "clients[0].x: is no member of a client"},
		{clientsOf(parentRecord("id", `"1"`)), "clients[0].id: must be a UUID in lower case"},
		{clientsOf(parentRecord("code", `"TOOLONG"`)), "clients[0].code: must have between 1 and 5 characters"},
		{clientsOf(parentRecord("balance", "-1")), "clients[0].balance: must be a number of at most two decimals"},
		{clientsOf(parentRecord("balance", "0.001")), "clients[0].balance: must be a number of at most two decimals"},
		{clientsOf(parentRecord("balance", `"1"`)), "clients[0].balance: must be a number of at most two decimals"},
		{clientsOf(parentRecord("balance", "10000000000000")), "clients[0].balance: must be a number of at most two decimals and 15 digits"},
		{clientsOf(parentRecord("_password_hash", `"sandbox"`)), "clients[0]._password_hash: must be a hash as an export shows it"},
		{clientsOf(parentRecord("_password_hash", strings.Replace(hash, "m=256", "m=1048576", 1))), "clients[0]._password_hash: must be a hash as an export shows it"},
		{clientsOf(parentRecord("_public_key", `"x"`)), "clients[0]._public_key: must be a public RSA key of 2048 bits in PEM"},
		{clientsOf(parentRecord("_created_at", `"yesterday"`)), "clients[0]._created_at: must be a time in RFC 3339"},
		{clientsOf(parentRecord("_updated_at", `"1969-12-31T23:59:59Z"`)), "clients[0]._updated_at: must be from 1970 to 9999"},
		{clientsOf(parentRecord("_api_key", `"`+key+`"`)), "clients[0]._api_key: " + key + " is a published parent's"},
		{clientsOf(parentRecord("_api_key", `"k"`), parentRecord("_api_key", `"k"`)), "clients[1]._api_key: k is another client's"},
		{clientsOf(parentRecord("id", `"`+mayab+`"`), parentRecord("id", `"`+mayab+`"`)), "clients[1].id: " + mayab + " is another client's"},
		{subclientsOf(with(t, "rfc", `"x"`)), "subclients.subclients[0].rfc: must have between 10 and 13 characters"},
		{subclientsOf(with(t, "available", "-5")), "subclients[0].available: must not be negative"},
		{subclientsOf(with(t, "available", "10000000000000")), "subclients[0].available: must be a number of at most two decimals and 15 digits"},
		{subclientsOf(with(t, "api_key_password", "-")), "subclients[0].api_key_password: is required"},
		{subclientsOf(with(t, "_owner", `"me"`)), "subclients[0]._owner: must be a UUID"},
		{subclientsOf(with(t, "_owner", `"`+mayab+`"`, "id", `"`+mayab+`"`)), "subclients[0]._owner: is the record's own id"},
		{subclientsOf(with(t, "id", `"`+capsule+`"`, "_owner", `"`+mayab+`"`)), "subclients[0].id: " + capsule + " is a published parent's"},
		{subclientsOf(with(t), with(t)), "subclients[1].alias: NOENT is another subclient's of the same owner"},
		{subclientsOf(with(t, "x", "1")), "subclients[0].x: is no member of a client"},
	} {
		_, err := app.New(t.Context(), app.Options{Seed: load(t, test.fixture)})
		assert.ErrorContains(t, err, test.reason)
	}
	for _, fixture := range []string{
		clientsOf(parentRecord("_password_hash", hash)),
		clientsOf(parentRecord("balance", "9999999999999.99")),
		subclientsOf(with(t, "available", "9999999999999.99")),
		subclientsOf(with(t), with(t, "_owner", `"`+mayab+`"`)),
		subclientsOf(with(t, "api_key_password", "null", "_password_hash", hash)),
	} {
		s := apptest.New(t, app.Options{Seed: load(t, fixture)})
		assert.Equal(t, 200, s.Do(t, "GET", clients, "", token).Status)
	}
}

// A record may say a password, which then counts more than a hash, and an export shows it as one.
func TestARecordMaySayAPassword(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-19", "SUB-S2")
	s := apptest.New(t, app.Options{})
	for _, slug := range []string{"tecno-frontera", "aceros-cerro-viejo", "papelera-ajolote", "dulces-pinata", "mieles-del-mayab", "velas-del-puerto"} {
		logIn(t, s, slug, "sandbox")
	}
	assert.NotContains(t, export(t, s, "default"), `"sandbox"`)
	assert.Equal(t, 7, strings.Count(export(t, s, "default"), `"_password_hash": "$argon2id$`))
	changed := strings.ReplaceAll(s.Do(t, "GET", "/_sandbox/workspaces/default/fixture", "", local).Body, "_api_key: mieles-del-mayab", "api_key_password: another\n      _api_key: mieles-del-mayab")
	again := apptest.New(t, app.Options{Seed: load(t, changed)})
	logIn(t, again, "mieles-del-mayab", "another")
}
