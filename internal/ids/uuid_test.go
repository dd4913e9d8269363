package ids_test

import (
	"bytes"
	"errors"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/ids"
)

func TestUUIDv4(t *testing.T) {
	t.Parallel()
	for random, want := range map[byte]string{
		0x00: "00000000-0000-4000-8000-000000000000",
		0xff: "ffffffff-ffff-4fff-bfff-ffffffffffff",
	} {
		id, err := ids.UUIDv4(bytes.NewReader(bytes.Repeat([]byte{random}, 16)))
		require.NoError(t, err)
		assert.Equal(t, want, id)
	}
	counting, err := ids.UUIDv4(bytes.NewReader([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}))
	require.NoError(t, err)
	assert.Equal(t, "00010203-0405-4607-8809-0a0b0c0d0e0f", counting)

	repeated := map[string]bool{}
	for n := range int64(1000) {
		id, err := ids.UUIDv4(ids.Repeatable("seed", n))
		require.NoError(t, err)
		repeated[id] = true
		again, err := ids.UUIDv4(ids.Repeatable("seed", n))
		require.NoError(t, err)
		assert.Equal(t, id, again)
	}
	assert.Len(t, repeated, 1000)

	gone := errors.New("gone")
	_, err = ids.UUIDv4(iotest.ErrReader(gone))
	require.ErrorIs(t, err, gone)
}
