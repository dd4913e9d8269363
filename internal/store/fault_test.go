package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/store"
)

// pages lets the database grow to so many pages and no further, as a disk does.
func pages(t *testing.T, s *store.Store, most string) {
	t.Helper()
	require.NoError(t, s.Write(t.Context(), "", func(tx store.Tx) error { return tx.Exec("PRAGMA max_page_count = " + most) }))
}

func TestAFullDiskIsAFault(t *testing.T) {
	t.Parallel()
	for kind, path := range files(t) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := openStore(t, path)
				require.NoError(t, s.Ready(t.Context()))
				require.NoError(t, s.Write(t.Context(), "", note("before")))
				pages(t, s, "1") // as many as there are

				large := note(strings.Repeat("x", 100_000))
				err := s.Write(t.Context(), "", large)
				require.ErrorIs(t, err, store.ErrFault)
				assert.ErrorContains(t, err, "make room on it: database or disk is full (13)")
				assert.ErrorIs(t, s.WriteAlone(t.Context(), "", large), store.ErrFault)
				q := hold(s)
				small, tooLarge := q.write(note("small")), q.write(large)
				q.release()
				assert.ErrorIs(t, <-tooLarge, store.ErrFault)
				assert.NoError(t, <-small, "a neighbour for which there is room")
				assert.Equal(t, []string{"before", "small"}, notes(t, s), "reads go on")

				pages(t, s, "1000000")
				assert.NoError(t, s.Write(t.Context(), "", large))
				assert.NoError(t, s.Ready(t.Context()))
			})
		})
	}
}

// fillUp writes until nothing fits in.
func fillUp(t *testing.T, s *store.Store) {
	t.Helper()
	for size := 100_000; size > 1; {
		if err := s.Write(t.Context(), "", func(tx store.Tx) error {
			return tx.Exec("INSERT INTO installation (name, value) VALUES (lower(hex(randomblob(16))), $1)", strings.Repeat("x", size))
		}); err != nil {
			require.ErrorIs(t, err, store.ErrFault)
			size /= 2
		}
	}
}

func TestItIsNotReadyWhileItsDiskIsFull(t *testing.T) {
	t.Parallel()
	s := openMigrated(t, store.Memory)
	pages(t, s, "1")
	fillUp(t, s)
	assert.ErrorIs(t, s.Ready(t.Context()), store.ErrFault)
	assert.ErrorIs(t, s.Write(t.Context(), "", func(store.Tx) error { return errRefused }), errRefused)
	assert.ErrorIs(t, s.Ready(t.Context()), store.ErrFault, "a refusal says nothing of the disk")
	pages(t, s, "1000000")
	assert.NoError(t, s.Ready(t.Context()))
}

func TestALongLogIsCut(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sandbox.db")
	s := openStore(t, path)
	size := func() int64 {
		log, err := os.Stat(path + "-wal")
		require.NoError(t, err)
		return log.Size()
	}
	require.NoError(t, s.WriteAlone(t.Context(), "", note(strings.Repeat("x", 24<<20))))
	assert.Greater(t, size(), int64(24<<20))
	require.NoError(t, s.Write(t.Context(), "", note("next")))
	assert.Equal(t, int64(16<<20), size())
}
