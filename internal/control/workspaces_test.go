package control_test

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/store/storetest"
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

// workspaceAt is a workspace as the control API shows it.
type workspaceAt struct {
	Name     string
	SelfMade bool   `json:"self_made"`
	StartsAs string `json:"starts_as"`
	Idle     string
	Clock    shown
	Records  map[string]int
}

// get shows a workspace that exists.
func (s *sandbox) get(t *testing.T, name string) workspaceAt {
	t.Helper()
	return read[workspaceAt](t, s.call(t, "GET", "/workspaces/"+name, ""))
}

// create makes a workspace.
func (s *sandbox) create(t *testing.T, body string) workspaceAt {
	t.Helper()
	a := s.call(t, "POST", "/workspaces", body)
	require.Equal(t, 201, a.Status, a.Body)
	return read[workspaceAt](t, a)
}

// export is all of a workspace but its journal, counters and caches.
func (s *sandbox) export(t *testing.T, name string) string {
	t.Helper()
	a := s.call(t, "GET", "/workspaces/"+name+"/fixture?format=json", "")
	require.Equal(t, 200, a.Status, a.Body)
	return a.Body
}

// names are those of the workspaces that there are.
func (s *sandbox) names(t *testing.T) (all []string) {
	t.Helper()
	for _, w := range read[[]workspaceAt](t, s.call(t, "GET", "/workspaces", "")) {
		all = append(all, w.Name)
	}
	return all
}

// do sends a call that succeeds, and returns its body.
func (s *sandbox) do(t *testing.T, method, path, body string) string {
	t.Helper()
	a := s.call(t, method, path, body)
	require.Less(t, a.Status, 300, "%s %s %s: %s", method, path, body, a.Body)
	return a.Body
}

// add creates a client with a reference, and returns the answer's body.
func (s *sandbox) add(t *testing.T, workspace, reference string) string {
	t.Helper()
	a := s.Do(t, "POST", clients, `{"external_reference":"`+reference+`",`+eva[1:], token+"@"+workspace)
	require.Equal(t, 201, a.Status, a.Body)
	return a.Body
}

// has says whether a workspace has a client with this reference. It makes none.
func (s *sandbox) has(t *testing.T, workspace, reference string) bool {
	t.Helper()
	return strings.Contains(s.export(t, workspace), `"external_reference": "`+reference+`"`)
}

// change changes everything of a workspace that can be changed, and returns what it answered.
func (s *sandbox) change(t *testing.T, name string) (answers []string) {
	t.Helper()
	path := "/workspaces/" + name
	answers = append(answers, s.add(t, name, "changed-1"), s.add(t, name, "changed-2"))
	answers = append(answers, s.do(t, "POST", path+"/clock/advance", `{"by":"1h"}`), s.add(t, name, "changed-3"))
	s.do(t, "PUT", path+"/settings", `{"cobrofacil.create_status":"200","limits":"off"}`)
	s.do(t, "POST", path+"/credentials", `{"api":"cobrofacil","id":"changed"}`)
	return answers
}

// oneClient is a fixture of one client.
func oneClient(reference string) string {
	return `{"cobrofacil":{"clients":[{"first_name":"Ana","external_reference":"` + reference + `"}]}}`
}

// wholeState is oneClient and a state in which ids and time repeat.
func wholeState(reference string) string {
	return strings.TrimSuffix(oneClient(reference), "}") + `,"workspace":{"clock":{"now":"2028-02-29T00:00:00.5Z","frozen":true},"random_seed":"whole",` +
		`"sequences":{"random":7},"settings":{"cobrofacil.create_status":"201"},` +
		`"credentials":[{"id":"alice","api":"cobrofacil","in":"Authorization","digest":"` + workspace.Digest("alice-secret") + `","owner":"default"}]}}`
}

func TestCreateWorkspaces(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Now: func() time.Time { return begin }})
	seeded := s.get(t, "default").Records["cobrofacil.clients"]
	s.do(t, "PUT", "/workspaces/origin/fixture", wholeState("kept"))
	s.do(t, "POST", "/workspaces/origin/snapshots", `{"name":"one"}`)
	for _, test := range []struct {
		name, body string
		want       workspaceAt
		clients    int
	}{
		{"bare", `{"name":"bare"}`, workspaceAt{StartsAs: "seed", Clock: shown{"2026-03-01T06:07:08Z", "0s", false}}, seeded},
		{"idle", `{"name":"idle","idle":"90m"}`, workspaceAt{StartsAs: "seed", Idle: "1h30m0s", Clock: shown{"2026-03-01T06:07:08Z", "0s", false}}, seeded},
		{"seed", `{"name":"seed","random_seed":"x"}`, workspaceAt{StartsAs: "seed", Clock: shown{"2026-03-01T06:07:08Z", "0s", false}}, seeded},
		{"offset", `{"name":"offset","clock":{"offset":"-1h"}}`, workspaceAt{StartsAs: "seed", Clock: shown{"2026-03-01T05:07:08Z", "-1h0m0s", false}}, seeded},
		{"now", `{"name":"now","clock":{"now":"2024-01-02T00:00:00Z","frozen":true}}`, workspaceAt{StartsAs: "seed", Clock: shown{"2024-01-02T00:00:00Z", "-18942h7m8s", true}}, seeded},
		{"frozen", `{"name":"frozen","clock":{"frozen":true}}`, workspaceAt{StartsAs: "seed", Clock: shown{"2026-03-01T06:07:08Z", "0s", true}}, seeded},
		{"empty", `{"name":"empty","fixture":{}}`, workspaceAt{StartsAs: "own", Clock: shown{"2026-03-01T06:07:08Z", "0s", false}}, 0},
		{"fixture", `{"name":"fixture","fixture":` + oneClient("a") + `}`, workspaceAt{StartsAs: "own", Clock: shown{"2026-03-01T06:07:08Z", "0s", false}}, 1},
		{"state", `{"name":"state","fixture":` + wholeState("a") + `}`, workspaceAt{StartsAs: "own", Clock: shown{"2028-02-29T00:00:00.5Z", "17513h52m52.5s", true}}, 1},
		{"state-later", `{"name":"state-later","clock":{"now":"2029-01-01T00:00:00Z"},"fixture":` + wholeState("a") + `}`, workspaceAt{StartsAs: "own", Clock: shown{"2029-01-01T00:00:00Z", "24881h52m52s", false}}, 1},
		{"fork", `{"name":"fork","idle":"1h","snapshot":{"workspace":"origin","name":"one"}}`, workspaceAt{StartsAs: "own", Idle: "1h0m0s", Clock: shown{"2028-02-29T00:00:00.5Z", "17513h52m52.5s", true}}, 1},
		{"fork-later", `{"name":"fork-later","clock":{"offset":"0"},"snapshot":{"workspace":"origin","name":"one"}}`, workspaceAt{StartsAs: "own", Clock: shown{"2026-03-01T06:07:08Z", "0s", false}}, 1},
	} {
		test.want.Name = test.name
		for _, got := range []workspaceAt{s.create(t, test.body), s.get(t, test.name)} {
			assert.Equal(t, test.clients, got.Records["cobrofacil.clients"], test.name)
			got.Records = nil
			assert.Equal(t, test.want, got)
		}
	}
	assert.Equal(t, []string{"bare", "default", "empty", "fixture", "fork", "fork-later", "frozen", "idle", "now", "offset", "origin", "seed", "state", "state-later"}, s.names(t))
	origin := s.get(t, "origin")
	assert.True(t, origin.SelfMade, "it was made by being named")
	idle := "24h0m0s"
	if storetest.Server() != "" { // where nothing is in memory alone
		idle = "720h0m0s"
	}
	assert.Equal(t, idle, origin.Idle)
	assert.Equal(t, s.add(t, "state", "next"), s.add(t, "fork", "next"), "ids go on where they stood")

	made := s.create(t, `{}`).Name
	assert.Regexp(t, "^[a-z0-9]{26}$", made)
	assert.NotEqual(t, made, s.create(t, `{}`).Name)
	s.add(t, made, "usable")
}

// A reset takes a created workspace to how it began: not to the seed where that was not its own, and not to other times.
func TestCreatedWorkspacesGoBackToTheirStart(t *testing.T) {
	t.Parallel()
	o := app.Options{DB: filepath.Join(t.TempDir(), "sandbox.db"), Now: func() time.Time { return begin }, RandomSeed: "sandbox", Clock: "2027-01-01T00:00:00Z!"}
	s := newSandbox(t, o)
	s.do(t, "PUT", "/workspaces/origin/fixture", wholeState("kept"))
	s.add(t, "origin", "snapped")
	s.do(t, "POST", "/workspaces/origin/snapshots", `{"name":"one"}`)
	bodies := map[string]string{
		"bare":     `{"name":"bare"}`,
		"told":     `{"name":"told","random_seed":"x","clock":{"now":"2028-01-01T00:00:00Z","frozen":true}}`,
		"records":  `{"name":"records","fixture":` + oneClient("a") + `}`,
		"whole":    `{"name":"whole","fixture":` + wholeState("a") + `}`,
		"fork":     `{"name":"fork","snapshot":{"workspace":"origin","name":"one"}}`,
		"told-too": `{"name":"told-too","random_seed":"x","clock":{"frozen":true},"fixture":` + oneClient("a") + `}`,
	}
	type first struct {
		export string
		clock  shown
		change []string
	}
	firsts := map[string]first{}
	for name, body := range bodies {
		at := s.create(t, body)
		firsts[name] = first{s.export(t, name), at.Clock, s.change(t, name)}
	}
	assert.Contains(t, firsts["records"].export, `"random_seed": "sandbox"`, "what a fixture does not say is as the sandbox has it")
	assert.NotContains(t, firsts["records"].export, `"random":`, "what the fixture drew does not count")
	assert.Equal(t, "2027-01-01T00:00:00Z", firsts["records"].clock.Now)
	assert.Contains(t, firsts["told-too"].export, `"random_seed": "x"`)
	s.do(t, "DELETE", "/workspaces/origin", "") // with the snapshot

	again := func() {
		t.Helper()
		for name, first := range firsts {
			require.NotEqual(t, first.export, s.export(t, name))
			s.do(t, "POST", "/workspaces/"+name+"/reset", "")
			assert.Equal(t, first.export, s.export(t, name), name)
			assert.Equal(t, first.clock, s.get(t, name).Clock, name)
			assert.Equal(t, first.change, s.change(t, name), name)
		}
	}
	again()
	require.NoError(t, s.Close(t.Context()))
	s = newSandbox(t, o)
	again()
	// Another state does not become its start.
	s.do(t, "PUT", "/workspaces/whole/fixture", wholeState("other"))
	again()
}

func TestRefusedCreations(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Now: func() time.Time { return begin }})
	s.do(t, "POST", "/workspaces/default/snapshots", `{"name":"one"}`)
	for _, test := range []struct {
		body   string
		status int
		reason string
	}{
		{`{"name":"default"}`, 409, "There is a workspace default already"},
		{`{"name":"Big"}`, 422, `name: "Big" is not 1 to 63 of a-z`},
		{`{"name":"` + strings.Repeat("a", 64) + `"}`, 422, " is not 1 to 63 of a-z"},
		{`{"name":"#template"}`, 422, " is not 1 to 63 of a-z"},
		{`{"name":"a/b"}`, 422, " is not 1 to 63 of a-z"},
		{`{"name":7}`, 422, "body.name: expected string"},
		{`{"nome":"a"}`, 422, "body.nome: unexpected property"},
		{`{"name":"x","idle":"0s"}`, 422, `idle: "0s" is no positive duration`},
		{`{"name":"x","idle":"-1h"}`, 422, `idle: "-1h" is no positive duration`},
		{`{"name":"x","idle":"1d"}`, 422, `idle: "1d" is no positive duration`},
		{`{"name":"x","random_seed":"` + strings.Repeat("a", 201) + `"}`, 422, "body.random_seed: expected length <= 200"},
		{`{"name":"x","clock":{"now":"2026-01-01"}}`, 422, "expected string to be RFC 3339 date-time"},
		{`{"name":"x","clock":{"now":"2031-07-01T00:00:01Z"}}`, 422, "2031-07-01T00:00:01Z is outside"},
		{`{"name":"x","clock":{"offset":"-20000h"}}`, 422, "is outside 2024-01-02T00:00:00Z"},
		{`{"name":"x","clock":{"offset":"1d"}}`, 422, `clock: offset: "1d" is no duration`},
		{`{"name":"x","clock":{"offset":"1h","now":"2027-01-01T00:00:00Z"}}`, 422, "clock: now and offset are two ways"},
		{`{"name":"x","snapshot":{"workspace":"default","name":"two"}}`, 404, "There is no snapshot two of default"},
		{`{"name":"x","snapshot":{"workspace":"nobody","name":"one"}}`, 404, "There is no snapshot one of nobody"},
		{`{"name":"x","snapshot":{"workspace":"default","name":""}}`, 404, "There is no snapshot  of default"},
		{`{"name":"x","snapshot":{"workspace":"","name":"default/one"}}`, 404, "There is no snapshot"},
		{`{"name":"x","snapshot":{"workspace":"default"}}`, 422, "expected required property name"},
		{`{"name":"x","fixture":{},"snapshot":{"workspace":"default","name":"one"}}`, 422, "fixture and snapshot are two ways"},
		{`{"name":"x","fixture":[]}`, 422, "fixture:1: fixture: must be an object"},
		{`{"name":"x","fixture":null}`, 422, "fixture:1: fixture: must be an object"},
		{`{"name":"x","fixture":{"cobrofacil":{"clients":[{}]}}}`, 422, "fixture:1: cobrofacil.clients[0].first_name: must pass required"},
		{`{"name":"x","fixture":{` + "\n" + `"cobrofacil":` + "\n" + `{"customers":[]}}}`, 422, "fixture:3: cobrofacil.customers: is no API and no collection"},
		{`{"name":"x","fixture":{"workspace":{"settings":{"x":"y"}}}}`, 422, `fixture:1: workspace.settings: no switch is called "x"`},
		{``, 400, "required"},
		{`[]`, 422, "expected object"},
	} {
		a := s.call(t, "POST", "/workspaces", test.body)
		assert.Equal(t, test.status, a.Status, test.body)
		assert.Contains(t, reason(t, a), test.reason, test.body)
	}
	assert.Equal(t, []string{"default"}, s.names(t))
	assert.False(t, s.create(t, `{"name":"x"}`).SelfMade, "a name stays free that a refused creation asked for")
}

// Of those who create a workspace at once one does, and who uses it at once uses the one that there is in the end.
func TestCreationsRace(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for round := range 20 {
		name := fmt.Sprint("race-", round)
		var wait sync.WaitGroup
		var created, used atomic.Int32
		for i := range 4 {
			wait.Go(func() {
				switch a := s.call(t, "POST", "/workspaces", `{"name":"`+name+`","fixture":`+oneClient("own")+`}`); a.Status {
				case 201:
					created.Add(1)
				default:
					assert.Equal(t, 409, a.Status, a.Body)
				}
			})
			wait.Go(func() { // the second record is refused only once the first has been written
				a := s.call(t, "POST", "/workspaces", `{"name":"`+name+`","fixture":{"cobrofacil":{"clients":[{"first_name":"Ana"},{"first_name":7}]}}}`)
				assert.Contains(t, []int{409, 422}, a.Status, a.Body)
			})
			wait.Go(func() {
				s.add(t, name, fmt.Sprint("use-", i))
				used.Add(1)
			})
		}
		wait.Wait()
		assert.LessOrEqual(t, created.Load(), int32(1))
		assert.Equal(t, created.Load() == 0, s.get(t, name).SelfMade)
		assert.Equal(t, created.Load() == 1, s.has(t, name, "own"))
		assert.Equal(t, int(used.Load()), strings.Count(s.export(t, name), `"external_reference": "use-`))
	}
}

// longer is longer than another process may use a workspace without this one knowing, where they share a database.
const longer = 3 * time.Minute

func TestCreatedWorkspacesAreBounded(t *testing.T) {
	t.Parallel()
	var real realTime
	s := newSandbox(t, app.Options{MaxWorkspaces: 3, Now: real.now})
	for i := range 5 {
		s.add(t, fmt.Sprint("self-", i), "r") // these go when there are too many
		real.pass(longer)
	}
	var wait sync.WaitGroup
	var created atomic.Int32
	for range 16 {
		wait.Go(func() {
			a := s.call(t, "POST", "/workspaces", `{}`)
			if a.Status == 201 {
				created.Add(1)
				return
			}
			assert.Equal(t, 409, a.Status, a.Body)
			assert.Contains(t, reason(t, a), "3 workspaces were created, which is the most; delete some, or raise --max-workspaces")
		})
	}
	wait.Wait()
	assert.Equal(t, int32(3), created.Load())
	all := s.names(t)
	assert.Len(t, all, 1+3+3, "default, created, self-made")
	s.add(t, "another", "r")
	for _, name := range all {
		if len(name) == 26 {
			s.do(t, "DELETE", "/workspaces/"+name, "")
			break
		}
	}
	s.create(t, `{"name":"room"}`)
}

func TestDeleteWorkspaces(t *testing.T) {
	t.Parallel()
	o := app.Options{DB: filepath.Join(t.TempDir(), "sandbox.db")}
	s := newSandbox(t, o)
	s.create(t, `{"name":"a_b","fixture":`+oneClient("own")+`}`)
	for _, name := range []string{"a_b", "axb", "self"} {
		s.change(t, name)
		s.do(t, "POST", "/workspaces/"+name+"/snapshots", `{"name":"one"}`)
	}
	left := s.export(t, "axb")
	for _, name := range []string{"a_b", "self"} {
		path := "/workspaces/" + name
		assert.Empty(t, s.do(t, "DELETE", path, ""))
		assert.Equal(t, 404, s.call(t, "GET", path, "").Status)
		assert.Equal(t, "[]\n", s.do(t, "GET", path+"/snapshots", ""))
		a := s.call(t, "DELETE", path, "")
		assert.Equal(t, 404, a.Status)
		assert.Contains(t, reason(t, a), "No workspace is called "+name)
	}
	assert.Equal(t, []string{"axb", "default"}, s.names(t))
	assert.Equal(t, left, s.export(t, "axb"))
	assert.Len(t, read[[]any](t, s.call(t, "GET", "/workspaces/axb/snapshots", "")), 1)

	a := s.call(t, "DELETE", "/workspaces/default", "")
	assert.Equal(t, 409, a.Status)
	assert.Contains(t, reason(t, a), "default always exists; reset it instead")

	s.add(t, "self", "changed-1") // as in a workspace that never was
	assert.Len(t, read[[]any](t, s.call(t, "GET", "/workspaces/self/requests", "")), 1)
	require.NoError(t, s.Close(t.Context()))
	assert.Equal(t, []string{"#snap/axb/one", "#template", "axb", "default", "self"}, rowsOf(t, o.DB))
}

// rowsOf are the workspaces in a database file, those too that no client can name.
func rowsOf(t *testing.T, file string) (all []string) {
	t.Helper()
	db, err := store.Open(t.Context(), file)
	require.NoError(t, err)
	require.NoError(t, db.Read(t.Context(), func(v store.View) error {
		rows, err := v.Query("SELECT workspace FROM workspaces ORDER BY workspace")
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			all = append(all, name)
		}
		return rows.Err()
	}))
	require.NoError(t, db.Close())
	return all
}

// underWay is a creation that is past its credentials and waits for its body. Finish lets it end.
func (s *sandbox) underWay(t *testing.T, workspace, reference string) (finish func() (status int)) {
	t.Helper()
	body, send := io.Pipe()
	r := httptest.NewRequestWithContext(context.WithoutCancel(t.Context()), "POST", clients, body)
	r.Header.Set("Authorization", "Bearer sandbox-cobrofacil-token@"+workspace)
	r.Header.Set("Content-Type", "application/json")
	w, done := httptest.NewRecorder(), make(chan struct{})
	go func() { s.ServeHTTP(w, r); close(done) }()
	_, err := io.WriteString(send, `{"external_reference":"`+reference+`",`) // returns once it is being read
	require.NoError(t, err)
	return func() int {
		_, err := io.WriteString(send, eva[1:])
		assert.NoError(t, err)
		assert.NoError(t, send.Close())
		<-done
		return w.Code
	}
}

// A deletion waits for the requests under way, and a request that comes meanwhile for the deletion: it finds a workspace in
// which nothing of the other one is.
func TestDeletionsWait(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	finish := s.underWay(t, "busy", "old")
	var wait sync.WaitGroup
	wait.Go(func() { assert.Equal(t, 204, s.call(t, "DELETE", "/workspaces/busy", "").Status) })
	require.Eventually(t, func() bool {
		return s.Send(t, "GET", "http://localhost/_sandbox/workspaces/busy", "").Status == 404
	}, 4*time.Second, time.Millisecond, "it is on its way out")
	assert.Equal(t, 404, s.call(t, "DELETE", "/workspaces/busy", "").Status, "it goes once")
	wait.Go(func() { s.add(t, "busy", "new") })
	wait.Go(func() { s.do(t, "POST", "/workspaces/busy/clock/advance", `{"by":"1h"}`) })
	assert.Equal(t, 201, finish())
	wait.Wait()
	assert.False(t, s.has(t, "busy", "old"))
	assert.True(t, s.has(t, "busy", "new"))
	assert.Equal(t, 1, strings.Count(s.Log.String(), "workspace deleted"))
}

func TestDeletionsGiveUp(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	s.add(t, "busy", "old")
	s.do(t, "POST", "/workspaces/busy/snapshots", `{"name":"one"}`)
	finish := s.underWay(t, "busy", "late")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, "DELETE", "http://localhost/_sandbox/workspaces/busy", nil)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	assert.Equal(t, 409, w.Code)
	assert.Contains(t, w.Body.String(), "it is in use: requests in it do not end")
	s.add(t, "busy", "new")
	assert.Equal(t, 201, finish())
	for _, reference := range []string{"old", "late", "new"} {
		assert.True(t, s.has(t, "busy", reference), reference)
	}
	assert.Len(t, read[[]any](t, s.call(t, "GET", "/workspaces/busy/snapshots", "")), 1)
	s.do(t, "DELETE", "/workspaces/busy", "")
}

// Deletions, uses, creations and snapshots of one workspace at once leave nothing half done.
func TestDeletionsRace(t *testing.T) {
	t.Parallel()
	o := app.Options{DB: filepath.Join(t.TempDir(), "sandbox.db")}
	s := newSandbox(t, o)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for j := range 10 {
				s.add(t, "busy", fmt.Sprint(i, "-", j))
			}
		})
		wait.Go(func() {
			for range 5 {
				assert.Contains(t, []int{204, 404}, s.call(t, "DELETE", "/workspaces/busy", "").Status)
				assert.Contains(t, []int{201, 409}, s.call(t, "POST", "/workspaces", `{"name":"busy","fixture":`+oneClient("own")+`}`).Status)
				assert.Contains(t, []int{201, 404, 409}, s.call(t, "POST", "/workspaces/busy/snapshots", `{"name":"one"}`).Status)
			}
		})
	}
	wait.Wait()
	for s.call(t, "DELETE", "/workspaces/busy", "").Status != 404 {
	}
	require.NoError(t, s.Close(t.Context()))
	assert.Equal(t, []string{"#template", "default"}, rowsOf(t, o.DB))
}

// Created workspaces expire only where that was asked for, and then whole; a snapshot never does.
func TestCreatedWorkspacesExpire(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "sandbox.db")
	at := func(days int) *sandbox {
		return newSandbox(t, app.Options{DB: db, Now: func() time.Time { return begin.AddDate(0, 0, days) }})
	}
	s := at(0)
	s.create(t, `{"name":"lasts","fixture":`+oneClient("a")+`}`)
	s.create(t, `{"name":"goes","idle":"48h","fixture":`+oneClient("a")+`}`)
	s.create(t, `{"name":"used","idle":"48h"}`)
	s.add(t, "self", "a")
	for _, name := range []string{"goes", "self"} {
		s.do(t, "POST", "/workspaces/"+name+"/snapshots", `{"name":"one"}`)
	}
	require.NoError(t, s.Close(t.Context()))
	s = at(2)
	s.add(t, "used", "b")
	require.NoError(t, s.Close(t.Context()))
	assert.Contains(t, rowsOf(t, db), "#origin/goes", "exactly at its time it stays")
	s = at(3)
	assert.Equal(t, "48h0m0s", s.get(t, "goes").Idle)
	require.NoError(t, s.Close(t.Context()))
	assert.Equal(t, []string{"#origin/lasts", "#snap/goes/one", "#snap/self/one", "#template", "default", "lasts", "self", "used"}, rowsOf(t, db))
	require.NoError(t, at(4000).Close(t.Context()))
	s = at(4000)
	assert.Equal(t, []string{"default", "lasts"}, s.names(t))
	assert.True(t, s.has(t, "lasts", "a"))
	s.do(t, "POST", "/workspaces/goes/snapshots/one/restore", "")
	s.do(t, "POST", "/workspaces/self/snapshots/one/restore", "")
	assert.True(t, s.has(t, "goes", "a") && s.has(t, "self", "a"))
	assert.Empty(t, s.get(t, "lasts").Idle)
}

// A clock that was to start ahead of real time stands at the bound once real time has brought it there.
func TestStartsBeyondTheBounds(t *testing.T) {
	t.Parallel()
	var real realTime
	s := newSandbox(t, app.Options{Now: real.now, Clock: "+40000h"})
	s.create(t, `{"name":"ahead","clock":{"offset":"40000h","frozen":true}}`)
	s.do(t, "POST", "/workspaces/ahead/snapshots", `{"name":"one"}`)
	real.pass(2 * 365 * 24 * time.Hour)
	latest := "2031-07-01T00:00:00Z"
	for _, name := range []string{"default", "ahead"} {
		s.do(t, "POST", "/workspaces/"+name+"/reset", "")
		assert.Equal(t, latest, s.get(t, name).Clock.Now)
		s.add(t, name, "r")
	}
	s.add(t, "new", "r")
	assert.Equal(t, latest, s.get(t, "new").Clock.Now)
}

func TestResetKeepsTheJournalIfAsked(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	entries := func() int { return len(read[[]any](t, s.call(t, "GET", "/workspaces/run/requests", ""))) }
	s.change(t, "run")
	s.do(t, "POST", "/workspaces/run/reset?keep=journal", "")
	assert.Equal(t, 3, entries())
	assert.Equal(t, s.export(t, "default"), s.export(t, "run"))
	s.do(t, "POST", "/workspaces/run/reset", "")
	assert.Equal(t, 0, entries())
	a := s.call(t, "POST", "/workspaces/run/reset?keep=records", "")
	assert.Equal(t, 422, a.Status)
	assert.Contains(t, reason(t, a), "query.keep: expected value to be one of")
}

// A hundred workspaces at once, each through all of its life, see nothing of each other.
func TestAHundredWorkspacesAtOnce(t *testing.T) {
	t.Parallel()
	s := &sandbox{Sandbox: apptest.New(t, app.Options{Now: func() time.Time { return begin }})}
	bystander := s.export(t, "default")
	var wait sync.WaitGroup
	for i := range 100 {
		wait.Go(func() {
			name := fmt.Sprint("p", i)
			path := "/workspaces/" + name
			s.create(t, `{"name":"`+name+`","random_seed":"`+name+`","clock":{"now":"2028-01-01T00:00:00Z","frozen":true},"fixture":`+oneClient("own-"+name)+`}`)
			fresh := s.export(t, name)
			first := s.change(t, name)
			s.do(t, "POST", path+"/snapshots", `{"name":"one"}`)
			changed := s.export(t, name)
			s.do(t, "PUT", path+"/fixture", wholeState("put-"+name))
			s.do(t, "PATCH", path+"/fixture", oneClient("patched-"+name))
			assert.True(t, s.has(t, name, "put-"+name) && s.has(t, name, "patched-"+name))
			s.do(t, "POST", path+"/snapshots/one/restore", "")
			assert.Equal(t, changed, s.export(t, name))
			s.do(t, "POST", path+"/reset", "")
			assert.Equal(t, fresh, s.export(t, name))
			assert.Equal(t, first, s.change(t, name))
			if i%2 == 0 {
				s.do(t, "DELETE", path, "")
			}
		})
	}
	wait.Wait()
	assert.Equal(t, bystander, s.export(t, "default"))
	assert.Len(t, s.names(t), 51)
}
