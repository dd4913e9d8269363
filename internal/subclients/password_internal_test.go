package subclients

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPasswords(t *testing.T) {
	t.Parallel()
	p := newPasswords()
	long := strings.Repeat("😀", 30)
	hashed, err := p.hash(t.Context(), long, saltOf("a"))
	require.NoError(t, err)
	assert.Regexp(t, hashForm(), hashed)
	for password, want := range map[string]bool{long: true, long[:116]: false, long + "x": false, "": false} {
		match, err := p.match(t.Context(), password, &hashed)
		require.NoError(t, err)
		assert.Equal(t, want, match)
	}
	other, err := p.hash(t.Context(), long, saltOf("b"))
	require.NoError(t, err)
	assert.NotEqual(t, hashed, other, "another salt")
	_, err = p.match(t.Context(), "x", new("$2a$04$abc"))
	require.ErrorContains(t, err, "another form or cost")
	assert.Equal(t, capsuleHash, hash(capsulePassword, saltOf(capsule)))
	// An unknown client's password never fits, not even the one that it is held against.
	match, err := p.match(t.Context(), capsulePassword, nil)
	require.NoError(t, err)
	assert.False(t, match)
}

// Whoever hashes waits for a turn, also for a client that does not exist, and no longer than its request.
func TestHashesTakeTurns(t *testing.T) {
	t.Parallel()
	p := newPasswords()
	for range cap(p.turns) {
		p.turns <- struct{}{}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.match(gone, "x", nil)
	require.ErrorIs(t, err, context.Canceled)
	_, err = p.match(gone, "x", new(hash("x", saltOf("a"))))
	require.ErrorIs(t, err, context.Canceled)
	<-p.turns
	_, err = p.hash(t.Context(), "x", saltOf("a"))
	require.NoError(t, err)
	assert.Len(t, p.turns, cap(p.turns)-1, "the turn is given back")
}
