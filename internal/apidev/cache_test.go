package apidev_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

func newCaching(t *testing.T) *apptest.Sandbox {
	t.Helper()
	return apptest.New(t, app.Options{Clock: still, Settings: map[string]string{"limits": "off"}})
}

// The surprise that the cache is there for: what was just written is not read, until the answer is too old.
func TestChangesShowLate(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-31", "COM-29")
	s := newCaching(t)
	for _, test := range []struct {
		path, before, almost, rest, write, to string
	}{
		{clients + "/" + regional, "Regional Distributors", "29s999ms", "1ms", clients + "/" + regional, "First"},
		{clients + "?search=regionaldist&limit=1", "First", "59s999ms", "1ms", clients + "/" + regional, "Second"},
		{accounts + "/982710394857201664", "Acme Corp", "29s999ms", "1ms", accounts + "/982710394857201664", "Third"},
		{accounts + "?client_id=" + regional, "Third", "59s999ms", "1ms", accounts + "/982710394857201664", "Fourth"},
	} {
		read := func(name, cache string) {
			t.Helper()
			a := s.Do(t, "GET", test.path, "", dev...)
			assert.Contains(t, a.Body, `"name":"`+name+`"`, test.path)
			assert.Equal(t, cache, a.Header.Get("X-Sandbox-Cache"), test.path)
		}
		read(test.before, "miss")
		require.Equal(t, 200, s.Do(t, "PUT", test.write, `{"name":"`+test.to+`"}`, dev...).Status)
		read(test.before, "hit")
		advance(t, s, "default", test.almost)
		read(test.before, "hit")
		advance(t, s, "default", test.rest)
		read(test.to, "miss")
		read(test.to, "hit")
		advance(t, s, "default", "60s")
	}
}

// What makes two requests the same: owner, path and parameters with their defaults, not how they are written.
func TestCacheKeys(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-31")
	s := newCaching(t)
	use := func(path string, headers ...string) string {
		t.Helper()
		return s.Do(t, "GET", path, "", headers...).Header.Get("X-Sandbox-Cache")
	}
	require.Equal(t, "miss", use(clients, dev...))
	for _, same := range []string{"/", "?limit=25", "?offset=0&limit=25", "?status=&search=", "?limit=025", "?page=2", "?%6Cimit=25"} {
		assert.Equal(t, "hit", use(clients+same, dev...), same)
	}
	assert.Equal(t, "hit", use(clients, logIn(t, s, login, "sandbox"), key, "tenant: another"), "however its user got in")
	assert.Equal(t, "hit", s.Do(t, "HEAD", clients, "", dev...).Header.Get("X-Sandbox-Cache"))
	for _, differs := range []string{"?limit=24", "?offset=1", "?status=A", "?search=A", "?search=a", "?search=A&status=A"} {
		assert.Equal(t, "miss", use(clients+differs, dev...), differs)
	}
	assert.Equal(t, "miss", use(accounts+"?client_id=1", dev...))
	assert.Equal(t, "miss", use(accounts+"?provider_id=1", dev...), "the same value of another parameter")
	assert.Equal(t, "miss", use(clients+"/"+regional, dev...))
	assert.Equal(t, "hit", use(clients+"/"+regional[:17]+"%35/?x=y", dev...))
	assert.Equal(t, "miss", use(clients, other...), "another company")
	assert.Equal(t, "miss", use(clients, in("run-1")...), "another workspace")
	// Only 200s are kept, and only reads.
	assert.Equal(t, []string{"miss", "miss"}, []string{use(clients+"/1", dev...), use(clients+"/1", dev...)})
	assert.Equal(t, []string{"", ""}, []string{use(clients+"?limit=0", dev...), use(clients+"?limit=0", dev...)})
	assert.Empty(t, s.Do(t, "POST", clients, `{"name":"A"}`, dev...).Header.Get("X-Sandbox-Cache"))
}

// What the control API does to a workspace's records is seen at once.
func TestWhatEmptiesTheCache(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-31")
	s := newCaching(t)
	const root, here = "/_sandbox/workspaces/default", clients + "/" + regional
	fixture := func(name string) string {
		return `{"apidev":{"clients":[{"id":"` + regional + `","name":"` + name + `"}]}}`
	}
	require.Less(t, s.Do(t, "POST", root+"/snapshots", `{"name":"start"}`, local).Status, 300)
	for _, test := range []struct{ name, method, path, body, then string }{
		{"a record that is set", "PUT", "/records/apidev/clients/" + regional, `{"id":"` + regional + `","name":"Set"}`, `"name":"Set"`},
		{"a fixture that is added", "PATCH", "/fixture", fixture("Added"), `"name":"Added"`},
		{"a snapshot", "POST", "/snapshots/start/restore", "", `"name":"Regional Distributors"`},
		{"a record that is removed", "DELETE", "/records/apidev/clients/" + regional, "", "Client not found."},
		{"a fixture in the place of all", "PUT", "/fixture", fixture("Replaced"), `"name":"Replaced"`},
		{"the cache itself", "DELETE", "/cache", "", `"name":"Replaced"`},
		{"a reset", "POST", "/reset", "", `"name":"Regional Distributors"`},
	} {
		s.Do(t, "GET", here, "", dev...)
		kept := s.Do(t, "GET", here, "", dev...)
		require.Equal(t, "hit", kept.Header.Get("X-Sandbox-Cache"), test.name)
		a := s.Do(t, test.method, root+test.path, test.body, local)
		require.Less(t, a.Status, 300, "%s: %s", test.name, a.Body)
		a = s.Do(t, "GET", here, "", dev...)
		assert.Equal(t, "miss", a.Header.Get("X-Sandbox-Cache"), test.name)
		assert.Contains(t, a.Body, test.then, test.name)
		if a.Status == 404 { // which is not kept, and there is nothing more to see
			s.Do(t, "PUT", root+"/records/apidev/clients/"+regional, `{"id":"`+regional+`","name":"Again"}`, local)
		}
	}
}

// Writes through the API do not empty it, nor does another workspace's reset.
func TestWhatDoesNotEmptyTheCache(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-31")
	s := newCaching(t)
	const here = clients + "/" + regional
	before := s.Do(t, "GET", here, "", dev...).Body
	account := `{"name":"New","client_id":"` + regional + `"}`
	idOf(t, s.Do(t, "POST", accounts, account, dev...))
	idOf(t, s.Do(t, "POST", clients, `{"name":"New"}`, dev...))
	require.Equal(t, 200, s.Do(t, "PUT", here, `{"name":"Changed"}`, dev...).Status)
	require.Less(t, s.Do(t, "POST", "/_sandbox/workspaces/run-1/reset", "", local).Status, 300)
	after := s.Do(t, "GET", here, "", dev...)
	assert.Equal(t, "hit", after.Header.Get("X-Sandbox-Cache"))
	assert.Equal(t, before, after.Body)
}

func TestCacheCanBeOff(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-31")
	s := apptest.New(t, app.Options{Settings: map[string]string{"apidev.cache": "off"}})
	for _, name := range []string{"Regional Distributors", "Changed"} {
		a := s.Do(t, "GET", clients+"/"+regional, "", dev...)
		assert.Contains(t, a.Body, name)
		assert.Empty(t, a.Header.Values("X-Sandbox-Cache"))
		require.Equal(t, 200, s.Do(t, "PUT", clients+"/"+regional, `{"name":"Changed"}`, dev...).Status)
	}
}
