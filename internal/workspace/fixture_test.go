package workspace_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

const (
	clients = "/cobrofacil/api/v1/clients"
	token   = "Authorization: Bearer sandbox-cobrofacil-token"
	other   = "Authorization: Bearer sandbox-cobrofacil-other-token"
	eva     = `{"first_name":"Eva","last_name":"Sosa","phone_number":"+59899123456"}`
)

// load reads a fixture as --seed does.
func load(t *testing.T, name, content string) (*workspace.Fixture, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	return app.LoadSeed([]string{file})
}

// start makes a sandbox with a fixture.
func start(t *testing.T, name, content string) *apptest.Sandbox {
	t.Helper()
	seed, err := load(t, name, content)
	require.NoError(t, err)
	return apptest.New(t, app.Options{Seed: seed})
}

// refusal is why a sandbox does not start with a fixture.
func refusal(t *testing.T, name, content string) string {
	t.Helper()
	seed, err := load(t, name, content)
	if err == nil {
		_, err = app.New(t.Context(), app.Options{Seed: seed})
	}
	require.Error(t, err)
	return err.Error()
}

// record is a client as a fixture shows it.
type record map[string]any

// exported are the clients of a workspace.
func exported(t *testing.T, s *apptest.Sandbox, name string) []record {
	t.Helper()
	a := s.Do(t, "GET", "http://localhost/_sandbox/workspaces/"+name+"/fixture?format=json", "")
	require.Equal(t, 200, a.Status, a.Body)
	var fixture struct{ Cobrofacil struct{ Clients []record } }
	require.NoError(t, json.Unmarshal([]byte(a.Body), &fixture))
	return fixture.Cobrofacil.Clients
}

// Whatever is wrong with a file, the sandbox does not start, and says where.
func TestBrokenFiles(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, content, reason string }{
		{"not YAML", "cobrofacil:\n  clients:\n    - first_name: a: b\n", "broken.yaml: yaml: line 3: mapping values are not allowed in this context"},
		{"not closed", "cobrofacil: {clients: [", "broken.yaml: yaml: line 1: did not find expected node content"},
		{"not UTF-8", "cobrofacil: \xff", "broken.yaml: yaml: invalid leading UTF-8 octet"},
		{"an unknown anchor", "cobrofacil: *nobody", "broken.yaml: yaml: unknown anchor 'nobody' referenced"},
		{"several documents", "cobrofacil: {clients: []}\n---\ncobrofacil: {clients: []}\n", "broken.yaml: a fixture is one YAML document"},
		{"something behind the document", "{}\n---\n[", "broken.yaml: a fixture is one YAML document"},
		{"null", "null", "broken.yaml:1: fixture: must be an object"},
		{"a string", "\ncobrofacil", "broken.yaml:2: fixture: must be an object"},
		{"an array", "# clients\n- first_name: Ana", "broken.yaml:2: fixture: must be an object"},
		{"an API that is null", "cobrofacil:", "broken.yaml:1: cobrofacil: must be an object"},
		{"an API that is an array", "cobrofacil:\n  - clients: []", "broken.yaml:2: cobrofacil: must be an object"},
		{"a collection that is null", "cobrofacil:\n  clients:", "broken.yaml:2: cobrofacil.clients: must be an array"},
		{"a collection that is an object", "cobrofacil:\n  clients:\n    first_name: Ana", "broken.yaml:3: cobrofacil.clients: must be an array"},
		{"an unknown API", "cobrofacil:\n  clients: []\ncobrofast:\n  clients: []", "broken.yaml:4: cobrofast: is no API and no collection; there are [cobrofacil.clients"},
		{"an unknown collection", "cobrofacil:\n  customers: []", "broken.yaml:2: cobrofacil.customers: is no API and no collection"},
		{"letter case", "Cobrofacil:\n  clients: []", "broken.yaml:2: Cobrofacil: is no API and no collection"},
		{"an unknown API without collections", "cobrofast: {}", "broken.yaml:1: cobrofast: is no API and no collection"},
		{"an API twice", "cobrofacil: {}\ncobrofacil: {}", "broken.yaml:2: cobrofacil: is there twice"},
		{"a collection twice", "cobrofacil:\n  clients: []\n  clients: []", "broken.yaml:3: cobrofacil.clients: is there twice"},
		{"a record that is null", "cobrofacil:\n  clients:\n    - first_name: Ana\n    -", "broken.yaml:4: cobrofacil.clients[1]: must be an object"},
		{"a record that is a string", "cobrofacil:\n  clients:\n    - Ana", "broken.yaml:3: cobrofacil.clients[0]: must be an object"},
		{"a record that is an alias", "cobrofacil:\n  clients:\n    - &ana {first_name: Ana}\n    - *ana", "broken.yaml:4: cobrofacil.clients[1]: must be an object"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assert.Contains(t, refusal(t, "broken.yaml", test.content), test.reason)
		})
	}
	_, err := app.LoadSeed([]string{"demo", filepath.Join(t.TempDir(), "nowhere.yaml")})
	assert.ErrorContains(t, err, "nowhere.yaml")
}

// Each row is what stands in a record below its first_name.
func TestBrokenRecords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ñ", 256)
	for _, test := range []struct{ lines, reason string }{
		{`first_name: Eva`, "broken.yaml:4: cobrofacil.clients[0].first_name: is there twice"},
		{`"first\u005fname": Eva`, "broken.yaml:4: cobrofacil.clients[0].first_name: is there twice"},
		{"email: &mail a@example.com\nmiddle_name: *mail", "broken.yaml:5: cobrofacil.clients[0].middle_name: YAML aliases are not read here"},
		{`<<: {last_name: Sosa}`, "broken.yaml:4: cobrofacil.clients[0].<<: is no member"},
		{`email: !!binary YUBleGFtcGxlLmNvbQ==`, "broken.yaml:4: cobrofacil.clients[0].email: the tag !!binary is not read here"},
		{`email: !secret a@example.com`, "broken.yaml:4: cobrofacil.clients[0].email: the tag !secret is not read here"},
		{`email: !!int a`, "broken.yaml:4: cobrofacil.clients[0].email: yaml: cannot decode"},
		{`email: .nan`, `broken.yaml:4: cobrofacil.clients[0].email: ".nan" cannot be written as JSON`},
		{`x: [{y: [a, .inf]}]`, `broken.yaml:4: cobrofacil.clients[0].x[0].y[1]: ".inf" cannot be written as JSON`},
		{`email: "a\0b"`, "broken.yaml:3: cobrofacil.clients[0]: "},
		{"x: " + strings.Repeat("[", 33) + strings.Repeat("]", 33), "broken.yaml:3: cobrofacil.clients[0]: "},
		{"email: null\nnickname: Evita", "broken.yaml:5: cobrofacil.clients[0].nickname: is no member of a client"},
		{`First_name: Eva`, "broken.yaml:4: cobrofacil.clients[0].First_name: is no member of a client"},
		{`_password: x`, "broken.yaml:4: cobrofacil.clients[0]._password: is no member of a client"},

		{`id: 7`, "broken.yaml:4: cobrofacil.clients[0].id: must pass string"},
		{`id: client-1`, "broken.yaml:4: cobrofacil.clients[0].id: must pass uuid_v7"},
		{`id: 2f1b8a34-1f46-43bb-95d0-62e98a2f6247`, "broken.yaml:4: cobrofacil.clients[0].id: must pass uuid_v7"},
		{`id: 019734BB-1F46-73BB-95D0-62E98A2F6247`, "broken.yaml:4: cobrofacil.clients[0].id: must pass uuid_v7"},
		{`display: [Ana]`, "broken.yaml:4: cobrofacil.clients[0].display: must pass string"},
		{"last_name: Paz\ndisplay: Ana", `broken.yaml:5: cobrofacil.clients[0].display: follows from the names, and is "Ana Paz"`},
		{`external_reference: 200`, "broken.yaml:4: cobrofacil.clients[0].external_reference: must pass string"},
		{`external_reference: ` + long, "broken.yaml:4: cobrofacil.clients[0].external_reference: must pass max 255"},
		{`middle_name: true`, "broken.yaml:4: cobrofacil.clients[0].middle_name: must pass string"},
		{`middle_name: ` + long, "broken.yaml:4: cobrofacil.clients[0].middle_name: must pass max 255"},
		{`last_name: {}`, "broken.yaml:4: cobrofacil.clients[0].last_name: must pass string"},
		{`last_name: ` + long, "broken.yaml:4: cobrofacil.clients[0].last_name: must pass max 255"},
		{`mm_name: 1.5`, "broken.yaml:4: cobrofacil.clients[0].mm_name: must pass string"},
		{`mm_name: ` + long, "broken.yaml:4: cobrofacil.clients[0].mm_name: must pass max 255"},
		{`email: [a@example.com]`, "broken.yaml:4: cobrofacil.clients[0].email: must pass string"},
		{`email: juan@`, "broken.yaml:4: cobrofacil.clients[0].email: must pass email"},
		{`email: ` + long + `@example.com`, "broken.yaml:4: cobrofacil.clients[0].email: must pass max 255"},
		{`phone_number: +526640000000`, "broken.yaml:4: cobrofacil.clients[0].phone_number: must pass string"}, // a number, without quotes
		{`phone_number: "526640000000"`, "broken.yaml:4: cobrofacil.clients[0].phone_number: must pass e164_strict"},
		{`phone_number: "+52664000"`, "broken.yaml:4: cobrofacil.clients[0].phone_number: must pass e164_strict"},
		{`_created_at: 9999-12-31T23:59:59-10:00`, "broken.yaml:4: cobrofacil.clients[0]._created_at: must be from 1970 to 9999"},
		{`_created_at: 1969-12-31T23:59:59Z`, "broken.yaml:4: cobrofacil.clients[0]._created_at: must be from 1970 to 9999"},
		{`spei_clabe: 646180630700000001`, "broken.yaml:4: cobrofacil.clients[0].spei_clabe: must pass string"},
		{`spei_clabe: "64618063070000001"`, "broken.yaml:4: cobrofacil.clients[0].spei_clabe: must pass clabe"},
		{`spei_clabe: "64618063070000000x"`, "broken.yaml:4: cobrofacil.clients[0].spei_clabe: must pass clabe"},
		{`_owner: 1`, "broken.yaml:4: cobrofacil.clients[0]._owner: must pass string"},
		{`_owner: ` + strings.Repeat("a", 64), "broken.yaml:4: cobrofacil.clients[0]._owner: must pass max 63"},
		{`_created_at: 2025`, "broken.yaml:4: cobrofacil.clients[0]._created_at: must pass string"},
		{`_created_at: 2025-06-03`, "broken.yaml:4: cobrofacil.clients[0]._created_at: must pass datetime"},
		{`_created_at: 2025-06-03 07:39:27Z`, "broken.yaml:4: cobrofacil.clients[0]._created_at: must pass datetime"},
		{`_created_at: 2025-06-03T07:39:27`, "broken.yaml:4: cobrofacil.clients[0]._created_at: must pass datetime"},
		{`_created_at: 2025-02-29T07:39:27Z`, "broken.yaml:4: cobrofacil.clients[0]._created_at: must pass datetime"},
		{`_created_at: yesterday`, "broken.yaml:4: cobrofacil.clients[0]._created_at: must pass datetime"},
	} {
		t.Run(test.lines[:min(len(test.lines), 60)], func(t *testing.T) {
			t.Parallel()
			content := "cobrofacil:\n  clients:\n    - first_name: Ana\n      " + strings.ReplaceAll(test.lines, "\n", "\n      ")
			assert.Contains(t, refusal(t, "broken.yaml", content), test.reason)
		})
	}
	for value, rule := range map[string]string{"null": "required", `"  "`: "required", "[]": "string", "7": "string", long: "max 255"} {
		assert.Contains(t, refusal(t, "broken.yaml", "cobrofacil:\n  clients:\n    - last_name: Paz\n      first_name: "+value),
			"broken.yaml:4: cobrofacil.clients[0].first_name: must pass "+rule)
	}
	assert.Contains(t, refusal(t, "broken.yaml", "cobrofacil:\n  clients:\n    - last_name: Paz\n"), "broken.yaml:3: cobrofacil.clients[0].first_name: must pass required")
	assert.Contains(t, refusal(t, "broken.json", "{\"cobrofacil\": {\n\t\"clients\": [\n\t\t{\"first_name\": 7}\n]}}"), "broken.json:3: cobrofacil.clients[0].first_name: must pass string")
}

// What two records may not share. Owners are apart, but for the CLABE.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	const (
		id     = "019734bb-1f46-73bb-95d0-62e98a2f6247"
		clabe  = `spei_clabe: "646180630700000001"`
		others = "_owner: default, "
	)
	for _, test := range []struct{ name, first, second, reason string }{
		{"an id", "id: " + id, "id: " + id, "cobrofacil.clients[1].id: " + id + " is another client's id or reference"},
		{"an id that is a reference", "external_reference: " + id, "id: " + id, "cobrofacil.clients[1].id: " + id + " is another client's id or reference"},
		{"a reference", "external_reference: r", "external_reference: ' r '", "cobrofacil.clients[1].external_reference: r is another client's reference or id"},
		{"a reference that is an id", "id: " + id, "external_reference: " + id, "cobrofacil.clients[1].external_reference: " + id + " is another client's reference or id"},
		{"a CLABE", clabe, clabe, "cobrofacil.clients[1].spei_clabe: 646180630700000001 is another client's"},
		{"another owner's CLABE", clabe, others + clabe, "cobrofacil.clients[1].spei_clabe: 646180630700000001 is another client's"},
		{"a CLABE that was made", "email: null", `spei_clabe: "646180630700000012"`, "cobrofacil.clients[1].spei_clabe: 646180630700000012 is another client's"},
		{"another owner's id", "id: " + id, others + "id: " + id, ""},
		{"another owner's reference", "external_reference: r", others + "external_reference: r", ""},
		{"a reference in another letter case", "external_reference: r", "external_reference: R", ""},
		{"its own id as reference", "id: " + id + ", external_reference: " + id, "email: null", ""},
		{"no CLABE", "spei_clabe: null", "spei_clabe: null", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			content := "cobrofacil:\n  clients:\n    - {first_name: Ana, " + test.first + "}\n    - {first_name: Eva, " + test.second + "}\n"
			if test.reason == "" {
				assert.Len(t, exported(t, start(t, "good.yaml", content), "default"), 2)
				return
			}
			assert.Contains(t, refusal(t, "broken.yaml", content), "broken.yaml:4: "+test.reason)
		})
	}
}

// A seed that is refused leaves what there was.
func TestBrokenSeedChangesNothing(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "sandbox.db")
	s := apptest.New(t, app.Options{DB: db})
	s.Do(t, "POST", clients, eva, token)
	before := exported(t, s, "default")
	require.NoError(t, s.Close(t.Context()))

	seed, err := load(t, "broken.yaml", "cobrofacil:\n  clients:\n    - first_name: Ana\n    - first_name: 7\n")
	require.NoError(t, err)
	_, err = app.New(t.Context(), app.Options{DB: db, Seed: seed})
	require.ErrorContains(t, err, "cobrofacil.clients[1].first_name")

	s = apptest.New(t, app.Options{DB: db})
	assert.Equal(t, before, exported(t, s, "default"))
	s.Do(t, "GET", clients+"/client-200", "", token+"@new")
	assert.Len(t, exported(t, s, "new"), len(before)-1, "still the demo seed")
}

func TestFixturesThatLoad(t *testing.T) {
	t.Parallel()
	whole := record{
		"id": "019734bb-1f46-73bb-95d0-62e98a2f6247", "display": "Ana Paz", "external_reference": "ana", "first_name": "Ana", "middle_name": "Inés", "last_name": "Paz",
		"mm_name": "Ruiz", "email": "ana@example.com", "phone_number": "+59899123456", "spei_clabe": "646180630700000012", "_owner": "default", "_created_at": "2025-06-03T07:39:27.942Z",
	}
	bare := record{
		"display": "Ana", "external_reference": nil, "first_name": "Ana", "middle_name": nil, "last_name": nil, "mm_name": nil, "email": nil, "phone_number": nil, "spei_clabe": nil,
		"_created_at": "2025-01-01T12:00:00Z",
	}
	text, err := json.MarshalIndent(map[string]any{"cobrofacil": map[string]any{"clients": []record{whole}}}, "", "\t")
	require.NoError(t, err)
	for _, test := range []struct {
		name, file, content string
		want                []record
	}{
		{"an empty file", "seed.yaml", "", nil},
		{"comments alone", "seed.yaml", "# nothing\n", nil},
		{"no API", "seed.yaml", "{}", nil},
		{"no collection", "seed.yaml", "cobrofacil: {}", nil},
		{"no record", "seed.yaml", "cobrofacil:\n  clients: []", nil},
		{"JSON, whole, with tabs", "seed.json", string(text), []record{whole}},
		{"YAML, whole", "seed.yaml", `
cobrofacil:
  clients:
    - {id: 019734bb-1f46-73bb-95d0-62e98a2f6247, display: Ana Paz, external_reference: ana, first_name: Ana, middle_name: Inés, last_name: Paz, mm_name: Ruiz,
       email: ana@example.com, phone_number: "+59899123456", spei_clabe: "646180630700000012", _owner: default, _created_at: 2025-06-03T07:39:27.942Z}`, []record{whole}},
		{"all null", "seed.yaml", `
cobrofacil:
  clients:
    - {id: null, display: null, external_reference: null, first_name: Ana, middle_name: null, last_name: ~, mm_name: , email: null, phone_number: null, spei_clabe: null,
       _owner: null, _created_at: null}`, []record{bare}},
		{"blank is null, and the rest is trimmed", "seed.yaml", `{cobrofacil: {clients: [{id: "", first_name: " Ana ", last_name: "", email: " ", external_reference: "\t", spei_clabe: "", _owner: "", _created_at: " "}]}}`, []record{bare}},
		{"JSON's own escapes", "seed.json", `{"cobrofacil":{"clients":[{"first_name":"\u0041n\u0061","spei_clabe":null}]}}`, []record{bare}},
		{"a byte order mark and CRLF", "seed.yaml", "\uFEFFcobrofacil:\r\n  clients:\r\n    - first_name: Ana\r\n      spei_clabe: null\r\n", []record{bare}},
		{
			"in the order of their creation", "seed.yaml", `{cobrofacil: {clients: [{first_name: Zoe, spei_clabe: null, _created_at: 2025-01-01T12:00:01Z}, {first_name: Ana, spei_clabe: null, _created_at: 2025-01-01T12:00:00Z}]}}`,
			[]record{bare, {
				"display": "Zoe", "external_reference": nil, "first_name": "Zoe", "middle_name": nil, "last_name": nil, "mm_name": nil, "email": nil, "phone_number": nil, "spei_clabe": nil,
				"_created_at": "2025-01-01T12:00:01Z",
			}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := exported(t, start(t, test.file, test.content), "default")
			require.Len(t, got, len(test.want))
			for i, want := range test.want {
				if want["id"] == nil {
					assert.Regexp(t, "^[0-9a-f]{8}-[0-9a-f]{4}-7", got[i]["id"])
					delete(got[i], "id")
				}
				assert.Equal(t, want, got[i])
			}
		})
	}
}

func TestCreatedAtOfFixtures(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2025-06-03T07:39:27Z":             "2025-06-03T07:39:27Z",
		`"2025-06-03T07:39:27.942Z"`:       "2025-06-03T07:39:27.942Z",
		"2025-06-03T07:39:27.123456789Z":   "2025-06-03T07:39:27.123456789Z",
		"2025-06-03T09:39:27.5+02:00":      "2025-06-03T07:39:27.5Z",
		`"2025-06-02T23:39:27-08:00"`:      "2025-06-03T07:39:27Z",
		"2019-06-03T07:39:27Z":             "2019-06-03T07:39:27Z", // records may be older than any clock
		`'2024-02-29T23:59:59.999999999Z'`: "2024-02-29T23:59:59.999999999Z",
	} {
		s := start(t, "seed.yaml", "cobrofacil: {clients: [{first_name: Ana, _created_at: "+text+"}]}")
		assert.Equal(t, want, exported(t, s, "default")[0]["_created_at"], text)
	}
}

func TestOwnersOfFixtures(t *testing.T) {
	t.Parallel()
	s := start(t, "seed.yaml", "cobrofacil: {clients: [{first_name: Ana, external_reference: r}, {first_name: Eva, external_reference: r, _owner: default}, {first_name: Zoe, external_reference: z, _owner: sandbox}]}")
	assert.Contains(t, s.Do(t, "GET", clients+"/r", "", token).Body, `"first_name":"Ana"`)
	assert.Contains(t, s.Do(t, "GET", clients+"/r", "", other).Body, `"first_name":"Eva"`)
	assert.Equal(t, 200, s.Do(t, "GET", clients+"/z", "", token).Status)
	assert.Equal(t, 404, s.Do(t, "GET", clients+"/z", "", other).Status)
	var owners []any
	for _, r := range exported(t, s, "default") {
		owners = append(owners, r["_owner"])
	}
	assert.Equal(t, []any{nil, "default", nil}, owners, "the first owner is left out")
}

// What a seed does not say is the same in every workspace and every sandbox.
func TestSeedsRepeat(t *testing.T) {
	t.Parallel()
	const content = "cobrofacil: {clients: [{first_name: Ana}, {first_name: Eva}, {first_name: Zoe, _owner: default}]}"
	first, second := start(t, "one.yaml", content), start(t, "two.yaml", content)
	records := exported(t, first, "default")
	assert.Equal(t, records, exported(t, second, "default"))
	first.Do(t, "GET", clients+"/nobody", "", token+"@run")
	assert.Equal(t, records, exported(t, first, "run"))
	ids := map[any]bool{}
	for i, r := range records {
		ids[r["id"]] = true
		assert.Equal(t, []any{"Ana", "Eva", "Zoe"}[i], r["first_name"], "in the order of the file")
	}
	assert.Len(t, ids, 3)

	// Ids that are made later do not repeat, unless asked to.
	assert.NotEqual(t, first.Do(t, "POST", clients, eva, token).Body, second.Do(t, "POST", clients, eva, token).Body)
}

func TestCLABEsGoOnBehindTheSeed(t *testing.T) {
	t.Parallel()
	s := start(t, "seed.yaml", `
cobrofacil:
  clients:
    - {first_name: A, spei_clabe: "646180630700000410"}
    - {first_name: B}
    - {first_name: C, spei_clabe: "646180630700000025"}
    - {first_name: D, spei_clabe: null}
    - {first_name: E, spei_clabe: "012180630799999990"}
    - {first_name: F, _owner: default}
`)
	var numbers []any
	for _, r := range exported(t, s, "default") {
		clabe, _ := r["spei_clabe"].(string)
		numbers = append(numbers, clabe[:max(0, len(clabe)-1)])
	}
	assert.Equal(t, []any{"64618063070000041", "64618063070000042", "64618063070000002", "", "01218063079999999", "64618063070000043"}, numbers)
	for _, next := range []string{"64618063070000044", "64618063070000045"} {
		assert.Contains(t, s.Do(t, "POST", clients, eva, token).Body, `"spei_clabe":"`+next)
	}
	assert.Contains(t, s.Do(t, "POST", clients, eva, token+"@run").Body, `"spei_clabe":"64618063070000044`, "in every workspace")

	full := start(t, "seed.yaml", `cobrofacil: {clients: [{first_name: A, spei_clabe: "646180630799999993"}]}`)
	assert.Contains(t, full.Do(t, "POST", clients, eva, token).Body, `"spei_clabe":null`, "the numbers are used up")
}

// Several files add up, in their order.
func TestSeedOfSeveralFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
		return file
	}
	files := []string{
		"demo",
		write("a.yaml", "cobrofacil: {clients: [{first_name: Ana, external_reference: a}]}"),
		write("b.json", `{"cobrofacil": {"clients": [{"first_name": "Eva", "external_reference": "b"}]}}`),
	}
	seed, err := app.LoadSeed(files)
	require.NoError(t, err)
	s := apptest.New(t, app.Options{Seed: seed})
	for _, reference := range []string{"client-200", "a", "b"} {
		assert.Equal(t, 200, s.Do(t, "GET", clients+"/"+reference, "", token).Status, reference)
	}
	files = append(files, write("broken.yaml", "cobrofacil:\n  clients:\n    - {first_name: Zoe, external_reference: a}"))
	seed, err = app.LoadSeed(files)
	require.NoError(t, err)
	_, err = app.New(t.Context(), app.Options{Seed: seed})
	require.ErrorContains(t, err, "broken.yaml:3: cobrofacil.clients[0].external_reference")

	none, err := app.LoadSeed([]string{"none"})
	require.NoError(t, err)
	assert.Empty(t, exported(t, apptest.New(t, app.Options{Seed: none}), "default"))
	_, err = app.LoadSeed([]string{"none", "demo"})
	assert.ErrorContains(t, err, "contradiction")
}
