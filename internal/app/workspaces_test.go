package app_test

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

func fixture(t *testing.T, s *apptest.Sandbox, workspace string) string {
	t.Helper()
	a := s.Do(t, "GET", "/_sandbox/workspaces/"+workspace+"/fixture", "", local)
	require.Equal(t, 200, a.Status, a.Body)
	return a.Body
}

func TestWorkspacesAreApart(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-10", "COM-12")
	s := apptest.New(t, app.Options{})
	s.Do(t, "POST", clients, referenced("mine"), token)
	assert.Equal(t, 404, s.Do(t, "GET", clients+"/mine", "", token+"@a").Status, "it starts with the seed, not with what default holds now")
	assert.Equal(t, 201, s.Do(t, "POST", clients, referenced("mine"), token+"@a").Status, "the reference is free there")
	s.Do(t, "PATCH", clients+"/client-200", `{"first_name":"Otro"}`, token+"@a")
	assert.Contains(t, s.Do(t, "GET", clients+"/client-200", "", token).Body, `"Juan Mejía"`)

	s.Do(t, "POST", "/_sandbox/workspaces/a/clock/advance", `{"by":"24h"}`, local)
	one, two := s.Do(t, "POST", clients, eva, token), s.Do(t, "POST", clients, eva, token+"@a")
	assert.Less(t, idOf(t, one), idOf(t, two), "a clock of its own, in the ids")
	assert.NotContains(t, s.Do(t, "GET", "/_sandbox/workspaces/default/requests", "", local).Body, `"workspace":"a"`)
}

func TestFirstUsesRace(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-10")
	s := apptest.New(t, app.Options{})
	var wait sync.WaitGroup
	for i := range 32 {
		wait.Go(func() {
			assert.Equal(t, 201, s.Do(t, "POST", clients, referenced(fmt.Sprint("use-", i)), token+"@new").Status)
		})
	}
	wait.Wait()
	assert.Equal(t, 1, strings.Count(s.Log.String(), `workspace=new`))
	assert.Equal(t, 32, strings.Count(fixture(t, s, "new"), "external_reference: use-"))
}

// A thousand workspaces used at once do not see each other.
func TestAThousandWorkspaces(t *testing.T) {
	fidelitytest.Covers(t, "COM-10")
	const n = 1000
	s := apptest.New(t, app.Options{DB: file(t), Seed: &workspace.Fixture{}}) // what each copies is measured elsewhere
	var wait sync.WaitGroup
	work := make(chan int)
	for range 16 {
		wait.Go(func() {
			for i := range work {
				name := fmt.Sprint("w", i)
				assert.Equal(t, 201, s.Send(t, "POST", clients, referenced("own"), token+"@"+name).Status)
				assert.Equal(t, 200, s.Send(t, "PATCH", clients+"/own", fmt.Sprintf(`{"first_name":"%s"}`, name), token+"@"+name).Status)
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	wait.Wait()
	for i := range n {
		name := fmt.Sprint("w", i)
		require.Contains(t, s.Send(t, "GET", clients+"/own", "", token+"@"+name).Body, `"display":"`+name+` Sosa"`)
	}
}

func TestResetTakesBackEverything(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{RandomSeed: "r", Clock: "2027-01-01T00:00:00Z!"})
	s.Do(t, "GET", clients+"/client-200", "", token+"@a")
	fresh := fixture(t, s, "a")
	first := s.Do(t, "POST", clients, eva, token+"@a")
	s.Do(t, "POST", "/_sandbox/workspaces/a/clock/advance", `{"by":"61s"}`, local)
	s.Do(t, "POST", clients, eva, token+"@a")
	require.NotEqual(t, fresh, fixture(t, s, "a"))

	require.Equal(t, 204, s.Do(t, "POST", "/_sandbox/workspaces/a/reset", "", local).Status)
	assert.Equal(t, fresh, fixture(t, s, "a"))
	assert.Equal(t, "[]\n", s.Do(t, "GET", "/_sandbox/workspaces/a/requests", "", local).Body)
	assert.Contains(t, s.Do(t, "GET", "/_sandbox/workspaces/a/clock", "", local).Body, `"now":"2027-01-01T00:00:00Z"`)
	assert.Equal(t, first.Body, s.Do(t, "POST", clients, eva, token+"@a").Body, "ids and CLABEs begin anew")
}

// A write that began before a reset is answered as if it had come before it, and leaves nothing behind.
func TestResetDropsWritesUnderWay(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	fresh := fixture(t, s, "default")
	body, send := io.Pipe()
	r := httptest.NewRequestWithContext(t.Context(), "POST", clients, body)
	r.Header.Set("Authorization", "Bearer sandbox-cobrofacil-token")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	done := make(chan struct{})
	go func() { s.ServeHTTP(w, r); close(done) }()
	_, err := io.WriteString(send, eva[:10]) // returns once the request is past its credentials
	require.NoError(t, err)
	require.Equal(t, 204, s.Do(t, "POST", "/_sandbox/workspaces/default/reset", "", local).Status)
	_, err = io.WriteString(send, eva[10:])
	require.NoError(t, err)
	require.NoError(t, send.Close())
	<-done
	assert.Equal(t, 201, w.Code)
	assert.Equal(t, fresh, fixture(t, s, "default"))
	assert.Contains(t, s.Do(t, "GET", "/_sandbox/workspaces/default/requests", "", local).Body, `"dropped":true`)
}

// longer is longer than another process may use a workspace without this one knowing, where they share a database.
const longer = int64(3 * time.Minute)

func TestTheLongestIdleWorkspaceGoes(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-10")
	var now atomic.Int64
	now.Store(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC).UnixNano())
	s := apptest.New(t, app.Options{MaxWorkspaces: 3, Now: func() time.Time { return time.Unix(0, now.Add(1e9)) }})
	use := func(name string) int {
		now.Add(longer)
		return s.Do(t, "POST", clients, referenced("mine"), token+"@"+name).Status
	}
	for _, name := range []string{"a", "b", "c"} {
		require.Equal(t, 201, use(name))
	}
	require.Equal(t, 422, use("a"), "still there, and used again")
	require.Equal(t, 201, use("d"))
	assert.Equal(t, 404, s.Do(t, "GET", "/_sandbox/workspaces/b/clock", "", local).Status)
	assert.Contains(t, s.Log.String(), "workspace=b most=3")
	for _, name := range []string{"a", "c", "d", "default"} {
		assert.Equal(t, 200, s.Do(t, "GET", "/_sandbox/workspaces/"+name+"/clock", "", local).Status, name)
	}
	assert.Equal(t, 201, use("b"), "it begins anew")

	// Workspaces that are all in use at once may be too many, until the next one is made.
	var wait sync.WaitGroup
	for i := range 40 {
		wait.Go(func() { s.Send(t, "GET", clients+"/client-200", "", token+"@burst-"+fmt.Sprint(i)) })
	}
	wait.Wait()
	use("last")
	alive := 0
	for i := range 40 {
		if s.Send(t, "GET", "/_sandbox/workspaces/burst-"+fmt.Sprint(i)+"/clock", "", local).Status == 200 {
			alive++
		}
	}
	assert.LessOrEqual(t, alive, 2)
}

func TestIdleWorkspacesExpire(t *testing.T) {
	t.Parallel()
	db := file(t)
	start := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	at := func(days int) *apptest.Sandbox {
		return apptest.New(t, app.Options{DB: db, Now: func() time.Time { return start.AddDate(0, 0, days) }})
	}
	s := at(0)
	s.Do(t, "POST", clients, referenced("kept"), token)
	s.Do(t, "GET", clients+"/client-200", "", token+"@old")
	s.Do(t, "GET", clients+"/client-200", "", token+"@used")
	require.NoError(t, s.Close(context.Background()))
	s = at(20)
	s.Do(t, "GET", clients+"/client-200", "", token+"@used")
	require.NoError(t, s.Close(context.Background()))
	require.NoError(t, at(31).Close(context.Background()))
	s = at(31)
	assert.Equal(t, 404, s.Do(t, "GET", "/_sandbox/workspaces/old/clock", "", local).Status)
	assert.Equal(t, 200, s.Do(t, "GET", "/_sandbox/workspaces/used/clock", "", local).Status)
	assert.Equal(t, 200, s.Do(t, "GET", clients+"/kept", "", token).Status, "default stays")
}

func TestRestart(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-28")
	db := file(t)
	s := apptest.New(t, app.Options{DB: db, RandomSeed: "r"})
	s.Do(t, "POST", clients, referenced("mine"), token+"@a")
	s.Do(t, "PUT", "/_sandbox/workspaces/a/clock", `{"now":"2028-01-01T00:00:00Z","frozen":true}`, local)
	before := fixture(t, s, "a")
	require.NoError(t, s.Close(context.Background()))

	s = apptest.New(t, app.Options{DB: db})
	assert.Equal(t, before, fixture(t, s, "a"))
	assert.Contains(t, s.Do(t, "GET", "/_sandbox/workspaces/a/clock", "", local).Body, `"now":"2028-01-01T00:00:00Z"`)
	assert.Equal(t, 422, s.Do(t, "POST", clients, referenced("mine"), token+"@a").Status)
	assert.NotContains(t, s.Log.String(), "seed has changed")
	require.NoError(t, s.Close(context.Background()))

	// Another seed makes new workspaces, and leaves those that there are.
	none, err := app.LoadSeed([]string{"none"})
	require.NoError(t, err)
	s = apptest.New(t, app.Options{DB: db, Seed: none})
	assert.Contains(t, s.Log.String(), "the seed has changed")
	assert.Equal(t, before, fixture(t, s, "a"))
	assert.Equal(t, 404, s.Do(t, "GET", clients+"/client-200", "", token+"@b").Status)
	s.Do(t, "POST", "/_sandbox/workspaces/a/reset", "", local)
	assert.Equal(t, fixture(t, s, "b"), fixture(t, s, "a"))
}
