package control_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
)

// What is exported fits the schema, and what is no fixture does not.
func TestFixtureSchema(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{RandomSeed: "r", Clock: "2027-03-01T00:00:00Z!"})
	a := s.Do(t, "GET", "http://localhost/_sandbox/fixture.schema.json", "")
	require.Equal(t, 200, a.Status)
	assert.Equal(t, "application/schema+json", a.Header.Get("Content-Type"))
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(a.Body))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("fixture.json", document))
	schema, err := compiler.Compile("fixture.json")
	require.NoError(t, err)
	fits := func(text string) error {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		require.NoError(t, err)
		return schema.Validate(value)
	}

	require.Equal(t, 200, s.call(t, "PUT", settings, `{"cobrofacil.create_status":"200"}`).Status)
	require.Equal(t, 201, s.call(t, "POST", "/workspaces/default/credentials", `{"api":"apidev","expires_at":"2028-01-01T00:00:00Z"}`).Status)
	exported := s.call(t, "GET", "/workspaces/default/fixture?format=json", "").Body
	require.NoError(t, fits(exported))
	var apis map[string]map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(exported), &apis))
	for api, collections := range apis {
		for name := range collections {
			if api != "workspace" {
				assert.Error(t, fits(`{"`+api+`":{"`+name+`":[{"nope":1}]}}`), "%s.%s", api, name)
				assert.Error(t, fits(`{"`+api+`":{"`+name+`":{}}}`), "%s.%s", api, name)
			}
		}
		assert.Error(t, fits(`{"`+api+`":{"nope":[]}}`), api)
	}
	for _, text := range []string{
		`[]`, `{"nope":{}}`, `{"workspace":{"settings":{"nope":"1"}}}`, `{"workspace":{"settings":{"cobrofacil.create_status":"202"}}}`, `{"workspace":{"sequences":{"a":-1}}}`,
		`{"cobrofacil":{"clients":[{"first_name":1}]}}`, `{"cobrofacil":{"clients":[{"first_name":"` + strings.Repeat("x", 256) + `"}]}}`,
		`{"complycube":{"clients":[{"type":"robot","email":"a@example.com"}]}}`, `{"kobra":{"accounts":[{"externalID":"1","gender":"X"}]}}`,
		`{"apidev":{"clients":[{"name":"A","latitude":"1"}]}}`,
	} {
		assert.Error(t, fits(text), text)
	}
}
