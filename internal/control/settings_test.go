package control_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
)

const settings = "/workspaces/default/settings"

// value is where a switch stands.
func (s *sandbox) value(t *testing.T, workspace, name string) string {
	t.Helper()
	a := s.call(t, "GET", "/workspaces/"+workspace+"/settings", "")
	require.Equal(t, 200, a.Status, a.Body)
	for _, one := range read[[]struct{ Name, Value string }](t, a) {
		if one.Name == name {
			return one.Value
		}
	}
	require.Fail(t, "no such switch", name)
	return ""
}

func TestSettings(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "sandbox.db")
	s := newSandbox(t, app.Options{DB: file})
	const name = "cobrofacil.create_status"
	create := func(workspace string) int { return s.Do(t, "POST", clients, eva, token+"@"+workspace).Status }

	assert.Equal(t, "201", s.value(t, "default", name))
	assert.Equal(t, 404, s.call(t, "GET", "/workspaces/new/settings", "").Status)
	a := s.call(t, "PUT", "/workspaces/new/settings", `{"cobrofacil.create_status":"200"}`)
	require.Equal(t, 200, a.Status, a.Body)
	assert.Contains(t, a.Body, `"value":"200"`)
	assert.Equal(t, []int{200, 201}, []int{create("new"), create("default")}, "of one workspace alone")
	require.Equal(t, 200, s.call(t, "PUT", "/workspaces/new/settings", `{}`).Status)
	assert.Equal(t, "200", s.value(t, "new", name), "what is left out stays")

	require.NoError(t, s.Close(t.Context()))
	s = newSandbox(t, app.Options{DB: file})
	assert.Equal(t, []int{200, 201}, []int{create("new"), create("default")}, "after a restart too")
	require.Equal(t, 204, s.call(t, "POST", "/workspaces/new/reset", "").Status)
	assert.Equal(t, []int{201, 201}, []int{create("new"), create("default")}, "a reset gives the default back")
}

func TestSettingsOfTheWholeSandboxAreDefaults(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Settings: map[string]string{"cobrofacil.create_status": "200"}})
	assert.Equal(t, "200", s.value(t, "default", "cobrofacil.create_status"))
	require.Equal(t, 200, s.call(t, "PUT", settings, `{"cobrofacil.create_status":"201"}`).Status)
	assert.Equal(t, "201", s.value(t, "default", "cobrofacil.create_status"))
	require.Equal(t, 204, s.call(t, "POST", "/workspaces/default/reset", "").Status)
	assert.Equal(t, "200", s.value(t, "default", "cobrofacil.create_status"))
}

func TestPresets(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	require.Equal(t, 200, s.call(t, "PUT", settings+"?preset=alternatives", `{}`).Status)
	assert.Equal(t, "200", s.value(t, "default", "cobrofacil.create_status"))
	assert.Equal(t, "on", s.value(t, "default", "limits"), "no reading of a contract")
	require.Equal(t, 200, s.call(t, "PUT", settings+"?preset=defaults", `{}`).Status)
	assert.Equal(t, "201", s.value(t, "default", "cobrofacil.create_status"))
	require.Equal(t, 200, s.call(t, "PUT", settings+"?preset=alternatives", `{"cobrofacil.create_status":"201"}`).Status)
	assert.Equal(t, "201", s.value(t, "default", "cobrofacil.create_status"), "the body comes second")
}

func TestWrongSettingsAreRefused(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for _, test := range []struct {
		path, body string
		status     int
		reason     string
	}{
		{settings, `{"cobrofacil.create_statu":"200"}`, 422, `no switch is called "cobrofacil.create_statu"; the nearest are cobrofacil.create_status`},
		{settings, `{"cobrofacil.create_status":"202"}`, 422, `takes one of ["201" "200"], not "202"`},
		{settings, `{"cobrofacil.create_status":"200","nope":"1"}`, 422, "no switch is called"},
		{settings, `{"cobrofacil.create_status":200}`, 422, "expected string"},
		{settings, `{"limits":"maybe"}`, 422, `takes one of ["on" "off"]`},
		{settings, `[]`, 422, "expected object"},
		{settings, `{`, 400, "unexpected end"},
		{settings + "?preset=nope", `{}`, 422, "expected value to be one of"},
		{"/workspaces/No/settings", `{}`, 404, `No workspace can be called "No"`},
	} {
		a := s.call(t, "PUT", test.path, test.body)
		assert.Equal(t, test.status, a.Status, test.body)
		assert.Contains(t, reason(t, a), test.reason, test.body)
	}
	assert.Equal(t, "201", s.value(t, "default", "cobrofacil.create_status"), "nothing of them was set")
}
