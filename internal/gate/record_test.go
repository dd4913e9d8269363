package gate_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// The journal keeps what it has not shown yet as it was. Whoever looks, and whenever, sees no secret, and every look shows
// the same.
func TestNobodySeesASecretHoweverManyLook(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	w := s.space(t, workspace.Default)
	heard, _, err := s.journal.Listen(t.Context(), w)
	require.NoError(t, err)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 25 {
				s.send("POST", "/login?of=a-password", `{"user":"alice@example.com","password":"a-password","pasword":"b-password"}`, "")
			}
		})
		all.Go(func() {
			for range 25 {
				entries, err := s.journal.Entries(t.Context(), w)
				assert.NoError(t, err)
				noSecret(t, entries...)
			}
		})
	}
	all.Wait()
	heard.Close()
	for e := range heard.C {
		noSecret(t, e)
	}
	first, err := s.journal.Entries(t.Context(), w)
	require.NoError(t, err)
	require.Len(t, first, 100)
	noSecret(t, first...)
	again, err := s.journal.Entries(t.Context(), w)
	require.NoError(t, err)
	assert.Equal(t, first, again)
}

func noSecret(t *testing.T, entries ...*gate.Entry) {
	t.Helper()
	shown, err := json.Marshal(entries)
	assert.NoError(t, err)
	assert.NotContains(t, string(shown), "-password")
}

// What the journal holds is counted before a look and after it, where a secret's place takes more than the secret did.
func TestWhatALookAddsIsCounted(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	w := s.space(t, workspace.Default)
	holds := func() int {
		_, bytes, err := s.journal.Holds(t.Context())
		require.NoError(t, err)
		return bytes
	}
	body := "[" + strings.Repeat(`{"token":1},`, 80) + "0]"
	s.send("POST", "/login", body, "")
	before := holds()
	assert.Greater(t, before, len(body))
	entries, err := s.journal.Entries(t.Context(), w)
	require.NoError(t, err)
	more := len(entries[0].Request.Body) - len(body)
	assert.Greater(t, more, len(body)/2)
	assert.InDelta(t, before+more, holds(), 50)
	for range 600 {
		s.send("POST", "/login", body, "")
	}
	_, err = s.journal.Entries(t.Context(), w)
	require.NoError(t, err)
	assert.LessOrEqual(t, holds(), 1<<20, "the bound")
	assert.Greater(t, holds(), 1<<19)
	require.NoError(t, s.journal.Clear(t.Context(), w))
	assert.Zero(t, holds())
}
