package ids_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/seed-0f456478/sandbox/internal/clock"
	"github.com/seed-0f456478/sandbox/internal/ids"
)

func TestSnowflake(t *testing.T) {
	t.Parallel()
	epoch := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	assert.Equal(t, "5", ids.Snowflake(epoch, 5))
	assert.Equal(t, "4194305", ids.Snowflake(epoch.Add(time.Millisecond), 1))
	assert.Equal(t, "4194304", ids.Snowflake(epoch.Add(1999*time.Microsecond), 1<<22), "only the low bits of n, and no part of a millisecond")
	assert.Len(t, ids.Snowflake(now, 1), 18)
	assert.Len(t, ids.Snowflake(clock.Latest, 1<<22-1), 18)
	assert.Regexp(t, `^[1-9][0-9]{14}$`, ids.Snowflake(clock.Earliest, 0))
}
