package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

const (
	clients = "/cobrofacil/api/v1/clients"
	token   = "Authorization: Bearer sandbox-cobrofacil-token"
	local   = "Host: localhost:8080" // the control API takes no other name
	eva     = `{"first_name":"Eva","last_name":"Sosa","phone_number":"+526640000000"}`
)

// referenced is a creation with an external reference.
func referenced(reference string) string {
	return strings.Replace(eva, "{", fmt.Sprintf(`{"external_reference":%q,`, reference), 1)
}

// entry is the part of a journal entry that these tests look at.
type entry struct {
	ID, Workspace, API, Operation, Owner, Credential string
	Dropped                                          bool
	Unread                                           []string
	Violations                                       []struct {
		Member, Rule, Message, Passes string
		Value                         any
	}
	Request, Response struct {
		Body    string
		Headers map[string][]string
	}
}

// explain follows the X-Sandbox-Explain of a refusal.
func explain(t *testing.T, s *apptest.Sandbox, a apptest.Answer) (e entry) {
	t.Helper()
	path := a.Header.Get("X-Sandbox-Explain")
	require.NotEmpty(t, path)
	shown := s.Do(t, "GET", path, "", local)
	require.Equal(t, 200, shown.Status, shown.Body)
	require.NoError(t, json.Unmarshal([]byte(shown.Body), &e), shown.Body)
	return e
}

var uuid = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)

func idOf(t *testing.T, a apptest.Answer) string {
	t.Helper()
	require.Equal(t, 201, a.Status, a.Body)
	return uuid.FindString(a.Body)
}

func TestWrongOptionsAreRefused(t *testing.T) {
	t.Parallel()
	broken := &workspace.Fixture{}
	require.NoError(t, broken.Add("mine.yaml", []byte("cobrofacil:\n  clients:\n    - first_name: 5\n")))
	for message, o := range map[string]app.Options{
		`no switch is called "x"`: {Settings: map[string]string{"x": "y"}},
		`switch cobrofacil.create_status takes one of ["201" "200"], not "204"`: {Settings: map[string]string{"cobrofacil.create_status": "204"}},
		`"noon" is not an RFC 3339 time`:                                        {Clock: "noon"},
		`2023-01-01T00:00:00Z is outside`:                                       {Clock: "2023-01-01T00:00:00Z!"},
		`mine.yaml:3: cobrofacil.clients[0].first_name`:                         {Seed: broken},
		`its folder`: {DB: "/nowhere/sandbox.db"},
	} {
		_, err := app.New(t.Context(), o)
		require.ErrorContains(t, err, message)
	}
}

func TestLoadSeed(t *testing.T) {
	t.Parallel()
	_, err := app.LoadSeed([]string{"none", "demo"})
	require.ErrorContains(t, err, "contradiction")
	_, err = app.LoadSeed([]string{"nowhere.yaml"})
	require.ErrorContains(t, err, "name fixture files, demo or none")
	none, err := app.LoadSeed([]string{"none"})
	require.NoError(t, err)
	s := apptest.New(t, app.Options{Seed: none})
	require.NotContains(t, s.Log.String(), "seed has changed", "nothing was there before")
	require.Equal(t, 404, s.Do(t, "GET", clients+"/client-200", "", token).Status)
	id := idOf(t, s.Do(t, "POST", clients, eva, token))
	require.Equal(t, 200, s.Do(t, "GET", clients+"/"+id, "", token).Status)
}

func TestDelay(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{Delay: 20 * time.Millisecond})
	for _, header := range []string{token, "Authorization:"} {
		begun := time.Now()
		s.Do(t, "GET", clients+"/client-200", "", header)
		require.GreaterOrEqual(t, time.Since(begun), 20*time.Millisecond)
	}
}

func file(t *testing.T) string {
	t.Helper()
	return t.TempDir() + "/sandbox.db"
}

func TestASecondSandboxIsRefused(t *testing.T) {
	t.Parallel()
	db := file(t)
	apptest.New(t, app.Options{DB: db})
	link := file(t)
	require.NoError(t, os.Symlink(db, link))
	for _, path := range []string{db, link} {
		_, err := app.New(t.Context(), app.Options{DB: path})
		require.ErrorIs(t, err, store.ErrInUse)
	}
}

// A client may end its side of the connection once it has asked. To net/http that looks as if it had gone.
func TestWhoOnlyListensIsAnswered(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	ended, end := context.WithCancel(t.Context())
	end()
	for _, auth := range []string{"Bearer sandbox-cobrofacil-token", "Bearer sandbox-cobrofacil-token@new"} {
		r := httptest.NewRequestWithContext(ended, "POST", clients, strings.NewReader(eva))
		r.Header.Set("Authorization", auth)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		assert.Equal(t, 201, w.Code, w.Body)
	}
	assert.NotContains(t, s.Log.String(), "request failed")
}
