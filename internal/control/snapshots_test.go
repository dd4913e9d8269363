package control_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// snapshotNames are those of a workspace's snapshots.
func (s *sandbox) snapshotNames(t *testing.T, of string) []string {
	t.Helper()
	all := []string{}
	for _, one := range read[[]struct{ Name string }](t, s.call(t, "GET", "/workspaces/"+of+"/snapshots", "")) {
		all = append(all, one.Name)
	}
	return all
}

// A snapshot brings back everything: in its own workspace or in another, before and after a restart.
func TestSnapshots(t *testing.T) {
	t.Parallel()
	var real realTime
	o := app.Options{DB: filepath.Join(t.TempDir(), "sandbox.db"), Now: real.now}
	s := newSandbox(t, o)
	s.do(t, "PUT", "/workspaces/run/fixture", wholeState("first"))
	s.do(t, "PATCH", "/workspaces/run/fixture", `{"workspace":{"credentials":[{"id":"eve","api":"cobrofacil","in":"Authorization","digest":"`+workspace.Digest("eve-secret")+`","owner":"sandbox","expires_at":"2028-03-01T00:00:00Z"}]}}`)
	kept, next := s.export(t, "run"), ""
	a := s.call(t, "POST", "/workspaces/run/snapshots", `{"name":"one"}`)
	assert.Equal(t, 201, a.Status)
	assert.JSONEq(t, `{"name":"one","created_at":"2026-03-01T06:07:08Z"}`, a.Body)
	assert.Equal(t, kept, s.export(t, "run"))
	next = s.add(t, "run", "next")
	s.change(t, "run")
	s.do(t, "DELETE", "/workspaces/run/credentials/alice", "")
	changed := s.export(t, "run")
	real.pass(time.Minute)
	s.do(t, "POST", "/workspaces/run/snapshots", `{"name":"another"}`)
	assert.Equal(t, []string{"another", "one"}, s.snapshotNames(t, "run"))

	restore := func() {
		t.Helper()
		for _, test := range []struct{ query, into, want string }{
			{"another/restore", "run", changed},
			{"one/restore", "run", kept},
			{"one/restore?into=fork", "fork", kept},
			{"another/restore?into=fork", "fork", changed},
			{"one/restore?into=fork", "fork", kept},
			{"one/restore?into=run", "run", kept},
		} {
			assert.Empty(t, s.do(t, "POST", "/workspaces/run/snapshots/"+test.query, ""))
			assert.Equal(t, test.want, s.export(t, test.into), test.query)
			assert.Equal(t, "[]\n", s.do(t, "GET", "/workspaces/"+test.into+"/requests", ""), "the journal went too")
		}
		assert.Equal(t, next, s.add(t, "run", "next"), "ids, times and CLABEs go on where they stood")
		assert.Equal(t, next, s.add(t, "fork", "next"))
		for secret, status := range map[string]int{"alice-secret": 404, "eve-secret": 200} { // of another owner, and of this one
			assert.Equal(t, status, s.Do(t, "GET", clients+"/next", "", "Authorization: Bearer "+secret+"@fork").Status, secret)
		}
		assert.Equal(t, "201", s.value(t, "fork", "cobrofacil.create_status"))
	}
	restore()
	require.NoError(t, s.Close(t.Context()))
	s = newSandbox(t, o)
	restore()

	s.do(t, "POST", "/workspaces/fork/reset", "")
	assert.Equal(t, s.export(t, "default"), s.export(t, "fork"), "a restored workspace starts as it did")
	assert.Empty(t, s.snapshotNames(t, "fork"), "they stay with the workspace they were taken in")
	s.add(t, "run", "kept")
	s.do(t, "POST", "/workspaces/run/snapshots/one/restore?keep=journal", "")
	assert.Len(t, read[[]any](t, s.call(t, "GET", "/workspaces/run/requests", "")), 2)

	assert.Empty(t, s.do(t, "DELETE", "/workspaces/run/snapshots/one", ""))
	assert.Equal(t, []string{"another"}, s.snapshotNames(t, "run"))
	assert.Equal(t, 404, s.call(t, "POST", "/workspaces/run/snapshots/one/restore", "").Status)
	s.do(t, "POST", "/workspaces/run/snapshots", `{"name":"one"}`)
}

// A running clock goes on from where it was ahead, and a restore takes it back.
func TestSnapshotsOfRunningClocks(t *testing.T) {
	t.Parallel()
	var real realTime
	s := newSandbox(t, app.Options{Now: real.now})
	s.do(t, "PUT", clock, `{"offset":"1h"}`)
	s.do(t, "POST", "/workspaces/default/snapshots", `{"name":"one"}`)
	s.do(t, "PUT", clock, `{"offset":"500h","frozen":true}`)
	real.pass(time.Minute)
	s.do(t, "POST", "/workspaces/default/snapshots/one/restore", "")
	assert.Equal(t, shown{"2026-03-01T07:08:08Z", "1h0m0s", false}, read[shown](t, s.call(t, "GET", clock, "")))
}

func TestSnapshotsOutliveTheirWorkspace(t *testing.T) {
	t.Parallel()
	var real realTime
	s := newSandbox(t, app.Options{MaxWorkspaces: 2, Now: real.now})
	s.add(t, "first", "kept")
	kept := s.export(t, "first")
	s.do(t, "POST", "/workspaces/first/snapshots", `{"name":"one"}`)
	for i := range 3 {
		real.pass(longer)
		s.add(t, fmt.Sprint("w", i), "r")
	}
	require.NotContains(t, s.names(t), "first")
	assert.Equal(t, []string{"one"}, s.snapshotNames(t, "first"))
	assert.NotContains(t, s.names(t), "first")
	s.do(t, "POST", "/workspaces/first/snapshots/one/restore", "")
	assert.Equal(t, kept, s.export(t, "first"))
	assert.Empty(t, s.snapshotNames(t, "nobody"))
}

// A request under way when a state is put in the place of another is answered, and leaves nothing in it.
func TestNewStatesDropWritesUnderWay(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	s.do(t, "POST", "/workspaces/run/reset", "")
	s.do(t, "POST", "/workspaces/run/snapshots", `{"name":"one"}`)
	for _, c := range [][3]string{
		{"POST", "/workspaces/run/reset?keep=journal", ""},
		{"POST", "/workspaces/run/snapshots/one/restore?keep=journal", ""},
		{"PUT", "/workspaces/run/fixture", oneClient("put")},
		{"PUT", "/workspaces/run/fixture", wholeState("put")},
	} {
		finish := s.underWay(t, "run", "late")
		s.do(t, c[0], c[1], c[2])
		after := s.export(t, "run")
		assert.Equal(t, 201, finish())
		assert.Equal(t, after, s.export(t, "run"), c)
		newest := read[[]struct{ Dropped bool }](t, s.call(t, "GET", "/workspaces/run/requests?limit=1", ""))
		assert.True(t, newest[0].Dropped)
	}
	finish := s.underWay(t, "run", "in-time")
	s.do(t, "PATCH", "/workspaces/run/fixture", oneClient("patched"))
	assert.Equal(t, 201, finish())
	assert.True(t, s.has(t, "run", "in-time"), "what only adds ends no life")
}

func TestSnapshotRefusals(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	s.do(t, "POST", "/workspaces/default/snapshots", `{"name":"one"}`)
	s.do(t, "POST", "/workspaces/default/snapshots", `{"name":"`+strings.Repeat("a", 63)+`"}`)
	const path = "/workspaces/default/snapshots"
	for _, test := range []struct {
		method, path, body string
		status             int
		reason             string
	}{
		{"POST", path, `{"name":"one"}`, 409, "There is a snapshot one of default already: delete it first"},
		{"POST", path, `{"name":""}`, 422, " is not 1 to 63 of a-z"},
		{"POST", path, `{"name":"One"}`, 422, `name: "One" is not 1 to 63 of a-z`},
		{"POST", path, `{"name":"a/b"}`, 422, " is not 1 to 63 of a-z"},
		{"POST", path, `{"name":"%"}`, 422, " is not 1 to 63 of a-z"},
		{"POST", path, `{"name":"` + strings.Repeat("a", 64) + `"}`, 422, " is not 1 to 63 of a-z"},
		{"POST", path, `{"name":null}`, 422, "body.name"},
		{"POST", path, `{}`, 422, "expected required property name"},
		{"POST", path, `{"name":"a","x":1}`, 422, "body.x: unexpected property"},
		{"POST", path, ``, 400, "required"},
		{"POST", "/workspaces/nobody/snapshots", `{"name":"a"}`, 404, "No workspace is called nobody"},
		{"POST", path + "/two/restore", "", 404, "There is no snapshot two of default"},
		{"POST", path + "/On%65/restore", "", 404, "There is no snapshot One of default"},
		{"POST", path + "/%25/restore", "", 404, "There is no snapshot % of default"},
		{"POST", path + "/o_e/restore", "", 404, "There is no snapshot o_e of default"},
		{"POST", path + "/one%2F..%2Fone/restore", "", 404, "There is no snapshot"},
		{"POST", path + "/one/restore?into=No", "", 404, "No workspace can be called \""},
		{"POST", path + "/one/restore?into=%23template", "", 404, "No workspace can be called \""},
		{"POST", path + "/one/restore?keep=all", "", 422, "query.keep"},
		{"POST", "/workspaces/nobody/snapshots/one/restore?into=default", "", 404, "There is no snapshot one of nobody"},
		{"DELETE", path + "/two", "", 404, "There is no snapshot two of default"},
		{"DELETE", path + "/%25", "", 404, "There is no snapshot % of default"},
		{"DELETE", "/workspaces/nobody/snapshots/one", "", 404, "There is no snapshot one of nobody"},
	} {
		a := s.call(t, test.method, test.path, test.body)
		assert.Equal(t, test.status, a.Status, "%s %s", test.path, test.body)
		assert.Contains(t, reason(t, a), test.reason, "%s %s", test.path, test.body)
	}
	assert.Equal(t, []string{strings.Repeat("a", 63), "one"}, s.snapshotNames(t, "default"))
	assert.Equal(t, []string{"default"}, s.names(t), "a refused restore makes no workspace")
}

func TestSnapshotsAreBounded(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for i := range workspace.MostSnapshots {
		s.do(t, "POST", "/workspaces/default/snapshots", fmt.Sprintf(`{"name":"s%d"}`, i))
	}
	a := s.call(t, "POST", "/workspaces/default/snapshots", `{"name":"more"}`)
	assert.Equal(t, 409, a.Status)
	assert.Contains(t, reason(t, a), "default has 100 snapshots, which is the most; delete some")
	s.do(t, "DELETE", "/workspaces/default/snapshots/s7", "")
	s.do(t, "POST", "/workspaces/default/snapshots", `{"name":"more"}`)

	// Those of all workspaces together too, also of such as have gone.
	s = newSandbox(t, app.Options{MaxWorkspaces: 3})
	for i := range 3 {
		s.add(t, fmt.Sprint("w", i), "r")
		s.do(t, "POST", fmt.Sprint("/workspaces/w", i, "/snapshots"), `{"name":"one"}`)
	}
	a = s.call(t, "POST", "/workspaces/default/snapshots", `{"name":"one"}`)
	assert.Equal(t, 409, a.Status)
	assert.Contains(t, reason(t, a), "the sandbox has 3 snapshots, which is the most; delete some, or raise --max-workspaces")
	s.do(t, "DELETE", "/workspaces/w0", "")
	s.do(t, "POST", "/workspaces/default/snapshots", `{"name":"one"}`)
}
