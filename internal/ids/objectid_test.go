package ids_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/ids"
)

func TestObjectID(t *testing.T) {
	t.Parallel()
	at := time.Date(2020, 5, 4, 17, 24, 29, 146e6, time.UTC)
	id, err := ids.ObjectID(at, bytes.NewReader([]byte{0x0f, 0x3e, 0x36, 0x00, 0x08, 0x03, 0x5e, 0xb1}))
	require.NoError(t, err)
	assert.Equal(t, "5eb04fcd0f3e360008035eb1", id)

	before := ""
	for day := range 3000 {
		at := time.Date(2024, 1, 2+day, 0, 0, day%60, 0, time.UTC)
		id, err := ids.ObjectID(at, ids.Unique)
		require.NoError(t, err)
		require.Regexp(t, `^[0-9a-f]{24}$`, id)
		seconds, err := strconv.ParseInt(id[:8], 16, 64)
		require.NoError(t, err)
		require.Equal(t, at.Unix(), seconds)
		require.Less(t, before, id, "they sort like their times")
		before = id
	}

	one, err := ids.ObjectID(at, ids.Repeatable("seed", 1))
	require.NoError(t, err)
	again, err := ids.ObjectID(at, ids.Repeatable("seed", 1))
	require.NoError(t, err)
	assert.Equal(t, one, again)
	other, err := ids.ObjectID(at, ids.Repeatable("seed", 2))
	require.NoError(t, err)
	assert.NotEqual(t, one[8:], other[8:])

	id, err = ids.ObjectID(at, strings.NewReader("short"))
	assert.Error(t, err)
	assert.Empty(t, id)
}
