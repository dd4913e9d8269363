package control_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

func TestExportFixture(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	require.Equal(t, 201, s.Do(t, "POST", clients, eva, token).Status)
	var fromYAML, fromJSON map[string]any
	for _, test := range []struct {
		query, accept, contentType string
	}{
		{"", "", "application/yaml"},
		{"", "*/*", "application/yaml"},
		{"", "application/yaml", "application/yaml"},
		{"", "application/json", "application/json"},
		{"", "application/json, text/plain, */*", "application/json"},
		{"?format=", "application/json", "application/json"},
		{"?format=yaml", "", "application/yaml"},
		{"?format=yaml", "application/json", "application/yaml"},
		{"?format=json", "", "application/json"},
		{"?format=json", "application/yaml", "application/json"},
	} {
		a := s.call(t, "GET", "/workspaces/default/fixture"+test.query, "", "Accept: "+test.accept)
		assert.Equal(t, 200, a.Status, a.Body)
		assert.Equal(t, test.contentType, a.Header.Get("Content-Type"), test)
		if test.contentType == "application/json" {
			require.NoError(t, json.Unmarshal([]byte(a.Body), &fromJSON))
			assert.True(t, strings.HasPrefix(a.Body, "{\n  \"cobrofacil\": {\n    \"clients\": [\n      {\n        \"id\": \"019734bb-1f46-73bb-95d0-62e98a2f6247\",\n"), a.Body)
		} else {
			require.NoError(t, yaml.Unmarshal([]byte(a.Body), &fromYAML))
			assert.True(t, strings.HasPrefix(a.Body, "cobrofacil:\n  clients:\n    - id: 019734bb-1f46-73bb-95d0-62e98a2f6247\n"), a.Body)
		}
	}
	same, err := json.Marshal(fromYAML)
	require.NoError(t, err)
	whole, err := json.Marshal(fromJSON)
	require.NoError(t, err)
	assert.JSONEq(t, string(whole), string(same))
	records := fromJSON["cobrofacil"].(map[string]any)["clients"].([]any)
	assert.Equal(t, "Eva Sosa", records[len(records)-1].(map[string]any)["display"], "in the order of creation")
	assert.NotContains(t, s.call(t, "POST", "/workspaces/run/reset", "").Body+s.call(t, "GET", "/workspaces/run/fixture", "").Body, "Eva Sosa")

	a := s.call(t, "GET", "/workspaces/nobody/fixture?format=json", "")
	assert.Equal(t, 404, a.Status)
	assert.Contains(t, reason(t, a), "nobody")
	for _, format := range []string{"xml", "JSON", "%FF", "%3Cb%3E"} {
		a := s.call(t, "GET", "/workspaces/default/fixture?format="+format, "", "Accept: application/json")
		assert.Equal(t, 422, a.Status, format)
		assert.Contains(t, reason(t, a), "format is yaml or json")
	}
}

// What was exported makes a sandbox that exports the same bytes, in both formats.
func TestExportedFixtureIsASeed(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	names := []string{
		"ñandú 😀", `"double" 'single' \ / `, "a\nb\n\nc", "a\tb\rc", "\u0001\u001b", "<b>&amp;</b>", "a\u00a0\u200bb",
		"null", "~", "true", "yes", "1", "007", "1e3", "0x1F", "1_000", ".inf", "2025-01-01", "12:30:00", "=", "<<",
		"# no comment", "- no item", "a: b", "{}", "[", "*alias", "&anchor", "!!binary", "!tag", "|", ">", "%", "@", "`", "---", "...", "? key",
	}
	create := func(name, owner string) {
		quoted, err := json.Marshal(name)
		require.NoError(t, err)
		body := fmt.Sprintf(`{"first_name":%[1]s,"last_name":%[1]s,"phone_number":"+526640000000","external_reference":%[1]s}`, quoted)
		a := s.Do(t, "POST", clients, body, owner)
		require.Equal(t, 201, a.Status, a.Body)
	}
	again := func(file string) {
		t.Helper()
		exported := map[string]string{}
		for _, format := range []string{"yaml", "json"} {
			exported[format] = s.call(t, "GET", "/workspaces/default/fixture?format="+format, "").Body
		}
		seed := &workspace.Fixture{}
		require.NoError(t, seed.Add("exported."+file, []byte(exported[file])))
		second := newSandbox(t, app.Options{Seed: seed})
		for format, want := range exported {
			assert.Equal(t, want, second.call(t, "GET", "/workspaces/default/fixture?format="+format, "").Body, "%s by %s", format, file)
		}
	}
	for _, name := range names {
		create(name, token)
	}
	create(names[0], "Authorization: Bearer sandbox-cobrofacil-other-token")
	again("yaml")
	again("json")
	create("a\u0085b\u2028c\u2029d\u007f", token)
	again("yaml")
	again("json")
}

// loaded is what an import says.
type loaded struct {
	Collection      string
	Added, Replaced int
}

func TestReplaceByAFixture(t *testing.T) {
	t.Parallel()
	var real realTime
	s := newSandbox(t, app.Options{Now: real.now})
	s.change(t, "run")
	before := s.get(t, "run").Clock
	a := s.call(t, "PUT", "/workspaces/run/fixture", oneClient("put"))
	assert.Equal(t, []loaded{{"cobrofacil.clients", 1, 0}}, read[[]loaded](t, a))
	assert.Equal(t, 1, s.get(t, "run").Records["cobrofacil.clients"])
	assert.Equal(t, before, s.get(t, "run").Clock, "what it does not speak of stays")
	assert.Equal(t, "200", s.value(t, "run", "cobrofacil.create_status"))
	assert.Len(t, read[[]any](t, s.call(t, "GET", "/workspaces/run/credentials", "")), 1)
	assert.Len(t, read[[]any](t, s.call(t, "GET", "/workspaces/run/requests", "")), 3, "the journal too")
	assert.Contains(t, s.Do(t, "POST", clients, eva, token+"@run").Body, `"spei_clabe":"646180630700000025"`, "numbers begin anew behind its own")

	assert.Equal(t, []loaded{{"cobrofacil.clients", 1, 0}}, read[[]loaded](t, s.call(t, "PUT", "/workspaces/run/fixture", wholeState("whole"))))
	assert.Equal(t, "2028-02-29T00:00:00.5Z", s.get(t, "run").Clock.Now)
	assert.Equal(t, "201", s.value(t, "run", "cobrofacil.create_status"))
	assert.Equal(t, "on", s.value(t, "run", "limits"), "it is as in the fixture, which does not set it")
	assert.Equal(t, []string{"alice"}, s.minted(t, "run"))

	// A clock goes back with a whole state, and real time is what a state without a clock says.
	s.do(t, "PUT", "/workspaces/run/fixture", `{"workspace":{}}`)
	assert.Equal(t, shown{"2026-03-01T06:07:08Z", "0s", false}, s.get(t, "run").Clock)
	assert.NotContains(t, s.export(t, "run"), "random_seed")
	assert.Empty(t, s.minted(t, "run"))
	assert.Equal(t, 0, s.get(t, "run").Records["cobrofacil.clients"])
	for clock, want := range map[string]shown{
		`{"offset":"-1h"}`:               {"2026-03-01T05:07:08Z", "-1h0m0s", false},
		`{"offset":"1h","frozen":true}`:  {"2026-03-01T07:07:08Z", "1h0m0s", true},
		`{"frozen":true}`:                {"2026-03-01T06:07:08Z", "0s", true},
		`{"now":"2027-01-01T00:00:00Z"}`: {"2027-01-01T00:00:00Z", "7337h52m52s", false},
	} {
		s.do(t, "PUT", "/workspaces/run/fixture", `{"workspace":{"clock":`+clock+`}}`)
		assert.Equal(t, want, s.get(t, "run").Clock, clock)
	}
	s.do(t, "POST", "/workspaces/run/reset", "")
	assert.Equal(t, s.export(t, "default"), s.export(t, "run"), "a reset goes back to the seed")
	s.do(t, "PUT", "/workspaces/new/fixture", oneClient("prepared"))
	assert.True(t, s.has(t, "new", "prepared"), "it prepares a workspace before its first use")
}

func TestAddAFixture(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Now: func() time.Time { return begin }})
	s.do(t, "PUT", "/workspaces/run/fixture", wholeState("first"))
	const id = "019734bb-1f46-73bb-95d0-62e98a2f6247"
	record := func(more string) string {
		return `{"cobrofacil":{"clients":[{"id":"` + id + `","first_name":"Ana"` + more + `},{"first_name":"Zoe"}]}}`
	}
	for _, test := range []struct {
		fixture string
		want    loaded
		records int
	}{
		{record(``), loaded{"cobrofacil.clients", 2, 0}, 3},
		{record(`,"last_name":"Paz"`), loaded{"cobrofacil.clients", 1, 1}, 4},
		{record(`,"_owner":"default"`), loaded{"cobrofacil.clients", 2, 0}, 6}, // another owner's is another record
		{record(`,"_owner":"default","last_name":"Ruiz"`), loaded{"cobrofacil.clients", 1, 1}, 7},
		{record(`,"_owner":"sandbox"`), loaded{"cobrofacil.clients", 1, 1}, 8}, // the first owner, by its name
	} {
		assert.Equal(t, []loaded{test.want}, read[[]loaded](t, s.call(t, "PATCH", "/workspaces/run/fixture", test.fixture)), test.fixture)
		assert.Equal(t, test.records, s.get(t, "run").Records["cobrofacil.clients"])
	}
	assert.Contains(t, s.Do(t, "GET", clients+"/"+id, "", token+"@run").Body, `"last_name":null`)
	assert.Equal(t, "2028-02-29T00:00:00.5Z", s.get(t, "run").Clock.Now)
	for range 3 {
		s.do(t, "PATCH", "/workspaces/run/fixture", `{"cobrofacil":{"clients":[{"first_name":"Same"}]}}`) // another id each time, though time stands
	}

	s.do(t, "PATCH", "/workspaces/run/fixture", `{"workspace":{"sequences":{"random":1000,"cobrofacil.clabe":5000},"settings":{"cobrofacil.create_status":"200"},`+
		`"credentials":[{"id":"bob","api":"cobrofacil","in":"Authorization","digest":"`+workspace.Digest("bobs-secret")+`","owner":"default"}]}}`)
	assert.Equal(t, "200", s.value(t, "run", "cobrofacil.create_status"), "at once")
	assert.Equal(t, []string{"alice", "bob"}, s.minted(t, "run"))
	s.do(t, "PATCH", "/workspaces/run/fixture", `{"workspace":{"sequences":{"random":1}}}`)
	assert.Contains(t, s.export(t, "run"), `"random": 1000`, "the higher number")

	for _, state := range []string{`{"clock":{"now":"2029-01-01T00:00:00Z"}}`, `{"clock":{}}`, `{"random_seed":"x"}`} {
		before := s.export(t, "run")
		a := s.call(t, "PATCH", "/workspaces/run/fixture", `{"workspace":`+state+`,`+oneClient("refused")[1:])
		assert.Equal(t, 422, a.Status)
		assert.Contains(t, reason(t, a), "clock and random_seed come with a whole fixture")
		assert.Equal(t, before, s.export(t, "run"))
	}
}

// minted are the ids of a workspace's minted credentials.
func (s *sandbox) minted(t *testing.T, name string) (all []string) {
	t.Helper()
	for _, c := range read[[]struct{ ID string }](t, s.call(t, "GET", "/workspaces/"+name+"/credentials", "")) {
		all = append(all, c.ID)
	}
	return all
}

// A fixture that is refused, is refused as a whole, whatever stood in it before what is wrong.
func TestRefusedFixtures(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Now: func() time.Time { return begin }})
	s.change(t, "run")
	const yaml, json = "Content-Type: application/yaml", "Content-Type: application/json"
	good := "cobrofacil:\n  clients:\n    - first_name: Good\n"
	digest := workspace.Digest("secret")
	credential := func(id, api, in, digest, owner, more string) string {
		return fmt.Sprintf("workspace:\n  settings: {limits: 'off'}\n  credentials:\n    - {id: '%s', api: '%s', in: '%s', digest: '%s', owner: %s%s}\n", id, api, in, digest, owner, more)
	}
	var many strings.Builder
	for i := range workspace.MostCredentials + 1 {
		fmt.Fprintf(&many, "    - {id: c%d, api: cobrofacil, in: Authorization, digest: %s, owner: sandbox}\n", i, workspace.Digest(fmt.Sprint(i)))
	}
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n" +
		"e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n"
	deep := func(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }
	for _, test := range []struct {
		name, content, contentType string
		status                     int
		reason                     string
	}{
		{"no content type", good, "Content-Type:", 415, "application/yaml or application/json"},
		{"a form", good, "Content-Type: text/plain", 415, "application/yaml or application/json"},
		{"an odd content type", good, "Content-Type: application/yaml; =", 415, "application/yaml or application/json"},
		{"not YAML", good + "    - a: b: c", yaml, 422, "fixture: yaml: line 4"},
		{"not UTF-8", good + "    - first_name: \xff", yaml, 422, "fixture: yaml:"},
		{"two documents", good + "---\n" + good, yaml, 422, "one YAML document"},
		{"an array", "- a", yaml, 422, "fixture:1: fixture: must be an object"},
		{"an unknown API", good + "nope: {}\n", yaml, 422, "fixture:4: nope: is no API and no collection"},
		{"an unknown collection", good + "  nope: []\n", yaml, 422, "fixture:4: cobrofacil.nope: is no API and no collection"},
		{"a wrong record", good + "    - first_name: 7\n", yaml, 422, "fixture:4: cobrofacil.clients[1].first_name: must pass string"},
		{"a record of the partner's own rules", good + "    - first_name: Ana\n      email: ana@\n", yaml, 422, "fixture:5: cobrofacil.clients[1].email: must pass email"},
		{"a hidden member", good + "    - {first_name: Ana, workspace: '#template'}\n", yaml, 422, "fixture:4: cobrofacil.clients[1].workspace: is no member of a client"},
		{"JSON", "{\"cobrofacil\":\n{\"clients\":[{\"first_name\":\n7}]}}", json, 422, "fixture:3: cobrofacil.clients[0].first_name: must pass string"},
		{"a member twice", good + "    - {first_name: Ana, first_name: Eva}\n", yaml, 422, "fixture:4: cobrofacil.clients[1].first_name: is there twice"},
		{"an API twice, in JSON", `{"cobrofacil":{"clients":[]},"cobrofacil":{}}`, json, 422, "fixture:1: cobrofacil: is there twice"},
		{"a state twice", "workspace: {}\nworkspace: {}\n", yaml, 422, "fixture:2: workspace: is there twice"},
		{"an alias", "cobrofacil:\n  clients:\n    - &ana {first_name: Ana}\n    - *ana\n", yaml, 422, "fixture:4: cobrofacil.clients[1]: must be an object"},
		{"an alias in a record", "cobrofacil:\n  clients:\n    - {first_name: &a Ana, last_name: *a}\n", yaml, 422, "YAML aliases are not read here"},
		{"a merge", "cobrofacil:\n  clients:\n    - &a {first_name: Ana}\n    - {<<: *a}\n", yaml, 422, "YAML aliases are not read here"},
		{"an alias in the state", "workspace:\n  settings: &s {limits: 'off'}\n  sequences: *s\n", yaml, 422, "YAML aliases are not read here"},
		{"a bomb of aliases", bomb + good, yaml, 422, "fixture:1: a: must be an object"},
		{"a bomb of aliases in a record", "cobrofacil:\n  clients:\n    - {first_name: [" + strings.ReplaceAll(strings.ReplaceAll(strings.TrimSuffix(bomb, "\n"), "\n", "}, {"), "a: &a", "{a: &a") + "}]}\n", yaml, 422, "YAML aliases are not read here"},
		{"nesting as deep as no body", good + "    - {first_name: Ana, x: " + deep(40) + "}\n", yaml, 422, "fixture:4: cobrofacil.clients[1]: "},
		{"deep nesting", good + "    - {first_name: Ana, x: " + deep(1000) + "}\n", yaml, 422, "fixture: line 4: values nest deeper than 64 levels"},
		{"deep nesting in JSON", `{"cobrofacil":{"clients":[{"first_name":` + deep(9000) + `}]}}`, json, 422, "values nest deeper than 64 levels"},
		{"very deep nesting", deep(1 << 20), json, 422, "fixture: "},
		{"very deep nesting in YAML", strings.Repeat("- ", 1<<20), yaml, 422, "fixture: "},
		{"deep nesting of long names", strings.Repeat(`{"`+strings.Repeat("n", 1000)+`":`, 5000) + "1" + strings.Repeat("}", 5000), json, 422, "values nest deeper than 64 levels"},
		{"more than 2,097,152 values", `{"cobrofacil":{"clients":[` + strings.Repeat("1,", 2<<20) + `1]}}`, json, 422, "split it"},
		{"more than 64 MiB", strings.Repeat(" ", 64<<20) + "{}", json, 413, "A fixture has at most 67108864 bytes"},

		{"a state that is null", "workspace:", yaml, 422, "fixture:1: workspace: "},
		{"a state that is an array", "workspace: []", yaml, 422, "fixture:1: workspace: "},
		{"an unknown member of the state", good + "workspace: {journal: []}", yaml, 422, "fixture:4: workspace: "},
		{"a clock without a time zone", good + "workspace:\n  clock: {now: 2027-01-01T00:00:00}", yaml, 422, "workspace: "},
		{"a clock of two minds", good + "workspace:\n  clock:\n    {now: 2027-01-01T00:00:00Z, offset: 1h}", yaml, 422, "fixture:6: workspace.clock: now and offset are two ways"},
		{"a clock out of bounds", good + "workspace:\n  clock: {now: 2040-01-01T00:00:00Z}", yaml, 422, "fixture:5: workspace.clock: 2040-01-01T00:00:00Z is outside"},
		{"an offset in days", good + "workspace:\n  clock: {offset: 1d}", yaml, 422, `fixture:5: workspace.clock: offset: "1d" is no duration`},
		{"a negative sequence", good + "workspace:\n  random_seed: x\n  sequences: {a: -1}", yaml, 422, "fixture:6: workspace.sequences.a: must be from 0 to 9007199254740992, and is -1"},
		{"a sequence of a long name", good + "workspace:\n  sequences: {" + strings.Repeat("a", 201) + ": 1}", yaml, 422, "fixture:5: workspace.sequences: the name \"aaaaaaaaaaaaaaaaaaaa\"… has 201 bytes, and 200 are the most"},
		{"a sequence at its end", good + "workspace:\n  sequences: {random: 9223372036854775807}", yaml, 422, "fixture:5: workspace.sequences.random: must be from 0 to"},
		{"an unknown switch", good + "workspace:\n  settings:\n    {cobrofacil.create_statu: '200'}", yaml, 422, `fixture:6: workspace.settings: no switch is called "cobrofacil.create_statu"`},
		{"a long unknown switch", `{"workspace":{"settings":{"` + strings.Repeat("x", 1<<20) + `":"1"}}}`, json, 422, "no switch is called"},
		{"a wrong setting", good + "workspace: {settings: {cobrofacil.create_status: '204'}}", yaml, 422, `fixture:4: workspace.settings: switch cobrofacil.create_status takes one of`},
		{"a setting that is no text", good + "workspace: {settings: {cobrofacil.create_status: 200}}", yaml, 422, `fixture:4: workspace: `},
		{"a credential of no API", good + credential("a", "nope", "Authorization", digest, "sandbox", ""), yaml, 422, `fixture:7: workspace.credentials[0]: no API is called "nope"`},
		{"a credential without an id", credential("", "cobrofacil", "Authorization", digest, "sandbox", ""), yaml, 422, `workspace.credentials[0]: id: "" is not 1 to 63 letters`},
		{"an odd id", credential("a b", "cobrofacil", "Authorization", digest, "sandbox", ""), yaml, 422, `id: "a b" is not 1 to 63 letters`},
		{"no carrier", credential("a", "cobrofacil", "", digest, "sandbox", ""), yaml, 422, "in: names no header"},
		{"a secret in the place of a digest", credential("a", "cobrofacil", "Authorization", "my-secret", "sandbox", ""), yaml, 422, "digest: must be 64 hexadecimal digits"},
		{"no owner", credential("a", "cobrofacil", "Authorization", digest, "''", ""), yaml, 422, "owner: "},
		{"a long owner", credential("a", "cobrofacil", "Authorization", digest, strings.Repeat("ñ", 64), ""), yaml, 422, "owner: "},
		{"an owner with a NUL", credential("a", "cobrofacil", "Authorization", digest, `"a\0b"`, ""), yaml, 422, "owner: "},
		{"a permission with a blank", credential("a", "cobrofacil", "Authorization", digest, "sandbox", ", permissions: [a b]"), yaml, 422, `permissions: "a b" is empty or has a blank`},
		{"an expiry beyond all times", credential("a", "cobrofacil", "Authorization", digest, "sandbox", ", expires_at: 9999-12-31T23:59:59-10:00"), yaml, 422, "expires_at: must be from 1970 to 9999"},
		{"too many credentials", "workspace:\n  credentials:\n" + many.String(), yaml, 422, "]: there are too many: 1000 credentials were minted, which is the most"},
	} {
		before := []string{s.export(t, "run"), s.do(t, "GET", "/workspaces/run/requests", ""), s.do(t, "GET", "/workspaces/run/settings", "")}
		for _, method := range []string{"PUT", "PATCH"} {
			if method == "PATCH" && strings.Contains(test.name, "clock") || strings.Contains(test.content, "random_seed") && method == "PATCH" {
				continue // refused for another reason
			}
			a := s.call(t, method, "/workspaces/run/fixture", test.content, test.contentType)
			assert.Equal(t, test.status, a.Status, test.name)
			text := reason(t, a)
			assert.Contains(t, text[:min(len(text), 2000)], test.reason, "%s: %s", method, test.name)
		}
		after := []string{s.export(t, "run"), s.do(t, "GET", "/workspaces/run/requests", ""), s.do(t, "GET", "/workspaces/run/settings", "")}
		assert.Equal(t, before, after, test.name)
	}
	a := s.call(t, "PUT", "/workspaces/nobody/fixture", "{", json)
	assert.Equal(t, 422, a.Status)
	assert.Equal(t, 404, s.call(t, "GET", "/workspaces/nobody", "").Status, "what cannot be read makes no workspace")
}

func TestFixtureFormats(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for i, test := range []struct{ contentType, content string }{
		{"application/yaml", "cobrofacil: {clients: [{first_name: Ana}]}"},
		{"application/yaml", `{"cobrofacil":{"clients":[{"first_name":"Ana"}]}}`},
		{"application/x-yaml; charset=utf-8", "cobrofacil: {clients: [{first_name: Ana}]}"},
		{"text/yaml", "cobrofacil: {clients: [{first_name: Ana}]}"},
		{"application/json; charset=utf-8", `{"cobrofacil":{"clients":[{"first_name":"\u0041n\/a"}]}}`},
		{"application/json", oneClient("a") + strings.Repeat(" ", 64<<20-len(oneClient("a")))}, // exactly 64 MiB
	} {
		path := fmt.Sprint("/workspaces/w", i, "/fixture")
		a := s.call(t, "PUT", path, test.content, "Content-Type: "+test.contentType)
		assert.Equal(t, []loaded{{"cobrofacil.clients", 1, 0}}, read[[]loaded](t, a), test.contentType)
	}
	for _, nothing := range []string{"", "# nothing\n", "{}", "cobrofacil: {}"} {
		assert.Equal(t, "[]\n", s.call(t, "PUT", "/workspaces/none/fixture", nothing, "Content-Type: application/yaml").Body)
		assert.Equal(t, 0, s.get(t, "none").Records["cobrofacil.clients"])
	}
}

// What the demo seed makes is the same where its export is put, of every API.
func TestTheSeedsExportIsWhole(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for _, format := range []string{"yaml", "json"} {
		exported := s.do(t, "GET", "/workspaces/default/fixture?format="+format, "")
		for range 2 { // over what there is, too
			a := s.call(t, "PUT", "/workspaces/"+format+"/fixture", exported, "Content-Type: application/"+format)
			require.Equal(t, 200, a.Status, a.Body)
			assert.Equal(t, exported, s.do(t, "GET", "/workspaces/"+format+"/fixture?format="+format, ""))
		}
		for _, c := range read[[]loaded](t, s.call(t, "PATCH", "/workspaces/"+format+"/fixture", exported, "Content-Type: application/"+format)) {
			assert.Zero(t, c.Added, c.Collection)
		}
		assert.Equal(t, recordsIn(exported), recordsIn(s.do(t, "GET", "/workspaces/"+format+"/fixture?format="+format, "")))
	}
}

// recordsIn is an export without what stands behind the records: the numbers given out go on with records that are set anew.
func recordsIn(export string) string {
	records, _, _ := strings.Cut(export, "sequences")
	return records
}

// step does something in a workspace, and returns what was answered.
type step func(workspace string) string

// anyStep draws a step of which nothing depends on the workspace's name or on chance.
func (s *sandbox) anyStep(t *testing.T, r *rapid.T) step {
	t.Helper()
	text := rapid.StringOfN(rapid.RuneFrom([]rune("aZ0 ñ😀'\"\\/%@#:-{}[]&*!|>~<\n\t\u00a0\u0085\u2028")), 1, 12, -1)
	call := func(method, path, body string) step {
		return func(workspace string) string { return s.do(t, method, "/workspaces/"+workspace+path, body) }
	}
	request := func(method, path, body, token string) step {
		return func(workspace string) string {
			a := s.Send(t, method, path, body, token+"@"+workspace)
			return fmt.Sprint(a.Status, a.Body)
		}
	}
	secret := "secret-" + rapid.SampledFrom([]string{"1", "2", "3"}).Draw(r, "secret")
	switch rapid.IntRange(0, 6).Draw(r, "step") {
	case 0:
		by := rapid.Int64Range(1, 1e12).Draw(r, "by")
		return call("POST", "/clock/advance", fmt.Sprintf(`{"by":"%dns"}`, by))
	case 1:
		return call("PUT", "/settings", `{"cobrofacil.create_status":"`+rapid.SampledFrom([]string{"200", "201"}).Draw(r, "status")+`"}`)
	case 2:
		return call("POST", "/credentials", `{"api":"cobrofacil","id":"`+secret+`","secret":"`+secret+`","owner":"default","expires_at":"2028-01-01T00:10:00Z"}`)
	case 3:
		return request("GET", clients+"/nobody", "", "Authorization: Bearer "+secret)
	default:
		body := map[string]string{"first_name": text.Draw(r, "first"), "last_name": text.Draw(r, "last"), "phone_number": "+59899123456"}
		if rapid.Bool().Draw(r, "referenced") {
			body["external_reference"] = text.Draw(r, "reference")
		}
		sent, err := json.Marshal(body)
		require.NoError(r, err)
		return request("POST", clients, string(sent), rapid.SampledFrom([]string{token, "Authorization: Bearer sandbox-cobrofacil-other-token"}).Draw(r, "owner"))
	}
}

// What was exported makes another workspace the same: its export is the same, and so are the answers to the same calls.
func TestExportsAreWhole(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Now: func() time.Time { return begin }})
	rapid.Check(t, func(r *rapid.T) {
		s.do(t, "PUT", "/workspaces/one/fixture", `{"workspace":{"random_seed":"`+rapid.StringMatching(`[a-z]{1,5}`).Draw(r, "seed")+`","clock":{"now":"2028-01-01T00:00:00Z","frozen":true}}}`)
		for range rapid.IntRange(0, 6).Draw(r, "before") {
			s.anyStep(t, r)("one")
		}
		format := rapid.SampledFrom([]string{"yaml", "json"}).Draw(r, "format")
		exported := s.do(t, "GET", "/workspaces/one/fixture?format="+format, "")
		s.do(t, "POST", "/workspaces/two/reset", "")
		a := s.call(t, "PUT", "/workspaces/two/fixture", exported, "Content-Type: application/"+format)
		require.Equal(r, 200, a.Status, a.Body)
		require.Equal(r, exported, s.do(t, "GET", "/workspaces/two/fixture?format="+format, ""))
		for range rapid.IntRange(0, 6).Draw(r, "after") {
			step := s.anyStep(t, r)
			require.Equal(r, step("one"), step("two"))
		}
		require.Equal(r, s.export(t, "one"), s.export(t, "two"))
	})
}
