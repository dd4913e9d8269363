package control_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

func TestReset(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{RandomSeed: "again", Clock: "2027-03-01T00:00:00Z!", Now: func() time.Time { return begin }})
	// see is all that shows of a workspace.
	see := func(name string) (all []string) {
		for _, path := range []string{"/fixture", "/clock", "/requests"} {
			all = append(all, s.call(t, "GET", "/workspaces/"+name+path, "").Body)
		}
		return all
	}
	use := func(name string) (all []string) {
		for _, c := range [][3]string{{"POST", clients, eva}, {"PATCH", clients + "/client-200", `{"first_name":"Otro"}`}, {"POST", clients, eva}} {
			all = append(all, s.Do(t, c[0], c[1], c[2], token+"@"+name).Body)
		}
		require.Equal(t, 200, s.call(t, "POST", "/workspaces/"+name+"/clock/advance", `{"by":"1h"}`).Status)
		return all
	}
	created := see("default")
	first := use("bystander")
	bystander := see("bystander")
	for _, name := range []string{"default", "run"} {
		path := "/workspaces/" + name
		for range 3 {
			assert.Equal(t, first, use(name), "the same ids and CLABEs, at the same time")
			assert.NotEqual(t, created, see(name))
			a := s.call(t, "POST", path+"/reset", "")
			assert.Equal(t, 204, a.Status)
			assert.Empty(t, a.Body)
			assert.Equal(t, created, see(name))
		}
		assert.Equal(t, 204, s.call(t, "POST", path+"/reset", "").Status, "of what is new")
		assert.Equal(t, created, see(name))
	}
	assert.Equal(t, bystander, see("bystander"))
}

func TestResetMakesAWorkspace(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	assert.Equal(t, 404, s.call(t, "GET", "/workspaces/new/fixture", "").Status)
	assert.Equal(t, 204, s.call(t, "POST", "/workspaces/new/reset", "").Status)
	assert.Equal(t, s.call(t, "GET", "/workspaces/default/fixture", "").Body, s.call(t, "GET", "/workspaces/new/fixture", "").Body)
}

// Who is answered while a reset happens is answered as before it or after it, and nothing of before it stays.
func TestResetInUse(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	var wait sync.WaitGroup
	for i := range 32 {
		wait.Go(func() {
			a := s.Do(t, "POST", clients, eva, token+"@busy")
			assert.Equal(t, 201, a.Status, a.Body)
			if i%4 == 0 {
				assert.Equal(t, 204, s.call(t, "POST", "/workspaces/busy/reset", "").Status)
			}
		})
	}
	wait.Wait()
	assert.Equal(t, 204, s.call(t, "POST", "/workspaces/busy/reset", "").Status)
	assert.Equal(t, s.call(t, "GET", "/workspaces/default/fixture", "").Body, s.call(t, "GET", "/workspaces/busy/fixture", "").Body)
	assert.Equal(t, "[]\n", s.call(t, "GET", "/workspaces/busy/requests", "").Body)
}

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
