package control_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/store/storetest"
)

// replicas are two sandboxes that share a database, as two processes do.
func replicas(t *testing.T, o app.Options) (a, b *sandbox) {
	t.Helper()
	storetest.Postgres(t) // or skip
	o.DB = storetest.DB(t)
	return newSandbox(t, o), newSandbox(t, o)
}

// Whatever one replica is asked of the journal, it knows of what the other was sent.
func TestTheJournalOfReplicas(t *testing.T) {
	t.Parallel()
	a, b := replicas(t, app.Options{Journal: 20})
	const requests = "/workspaces/default/requests"
	live := a.follow(t, "default", "")
	first := b.Do(t, "GET", clients+"/client-299", "", token)
	require.Equal(t, 404, first.Status)
	assert.Equal(t, []string{"arrived", "answered"}, []string{(<-live.events).kind, (<-live.events).kind})
	b.call(t, "DELETE", requests, "")
	assert.Equal(t, "cleared", (<-live.events).kind)

	waited := make(chan int)
	go func() { waited <- a.call(t, "GET", requests+"?wait=60s&status=201&count=2", "").Status }()
	var created []string
	for i := range 2 {
		answer := b.Do(t, "POST", clients, eva, token)
		require.Equal(t, 201, answer.Status, i)
		created = append(created, idOf(answer))
	}
	assert.Equal(t, 200, <-waited)
	for i := range created {
		assert.Equal(t, "arrived", (<-live.events).kind)
		assert.Equal(t, created[i], (<-live.events).id)
	}

	refused := a.Do(t, "GET", clients+"/client-299", "", token)
	explained := read[control.Explained](t, b.call(t, "GET", requests+"/"+idOf(refused), ""))
	require.Len(t, explained.Violations, 1)
	assert.Contains(t, explained.Violations[0].Nearest, "client-200")
	assert.NotEmpty(t, explained.Violations[0].Text)
	again := read[entry](t, b.call(t, "POST", requests+"/"+created[0]+"/replay", ""))
	assert.Equal(t, 201, again.Response.Status)
	assert.NotEqual(t, created[0], again.ID)
	read[entry](t, a.call(t, "GET", requests+"/"+again.ID, ""))
	assert.Contains(t, a.call(t, "GET", requests+".sh?status=404", "").Body, "/client-299")
	assert.Contains(t, b.call(t, "GET", requests+".har?status=404", "").Body, "/client-299")
	assert.NotEmpty(t, read[[]control.Person](t, a.call(t, "GET", "/workspaces/default/people", "")))
}

// Who has signed in at one replica is known to the others, and to nobody once signed out.
func TestSignInAtReplicas(t *testing.T) {
	t.Parallel()
	a, b := replicas(t, locked)
	session, other := a.signIn(t), b.signIn(t)
	for _, s := range []*sandbox{a, b} {
		assert.Equal(t, 200, s.call(t, "GET", "/apis", "", session).Status)
		assert.Equal(t, 200, s.call(t, "GET", "/apis", "", other).Status)
	}
	b.Do(t, "POST", "http://localhost:8080/_sandbox/logout", "", session, "Origin: http://localhost:8080")
	assert.Equal(t, 401, a.call(t, "GET", "/apis", "", session).Status)
	assert.Equal(t, 200, a.call(t, "GET", "/apis", "", other).Status)
}

// A session lasts as long as its database and the control token.
func TestSessionsAfterARestart(t *testing.T) {
	t.Parallel()
	o := app.Options{DB: filepath.Join(t.TempDir(), "sandbox.db"), Access: locked.Access}
	s := newSandbox(t, o)
	session := s.signIn(t)
	require.NoError(t, s.Close(t.Context()))
	assert.Equal(t, 503, s.call(t, "GET", "/apis", "", session).Status)
	assert.Equal(t, 503, s.login(t, controlToken, "").Status)
	assert.Equal(t, 503, s.Do(t, "POST", "http://localhost:8080/_sandbox/logout", "", session, "Origin: http://localhost:8080").Status)

	s = newSandbox(t, o)
	assert.Equal(t, 200, s.call(t, "GET", "/apis", "", session).Status)
	require.NoError(t, s.Close(t.Context()))
	o.Access.Token = "another-" + controlToken
	assert.Equal(t, 401, newSandbox(t, o).call(t, "GET", "/apis", "", session).Status)
}

// Nobody makes the database work with a header full of cookies.
func TestManyCookies(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, locked)
	session := s.signIn(t)
	assert.Equal(t, 200, s.call(t, "GET", "/apis", "", "Cookie: sandbox_control=a; sandbox_control=; "+session[len("Cookie: "):]).Status)
	many := "Cookie: "
	for range 10 {
		many += "sandbox_control=a; "
	}
	assert.Equal(t, 401, s.call(t, "GET", "/apis", "", many+session[len("Cookie: "):]).Status)
}
