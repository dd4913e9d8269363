package ids

import (
	"strconv"
	"time"
)

// snowflakeEpoch lies before every clock, and near enough for 18 digits until 2031.
var snowflakeEpoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// snowflakeBits is how many low bits of an identifier tell those of one millisecond apart.
const snowflakeBits = 22

// Snowflake is a decimal identifier: the milliseconds since 2024, then the low 22 bits of n. It is unique where no n comes
// twice, up to four million of them a millisecond.
func Snowflake(now time.Time, n int64) string {
	ms := now.Sub(snowflakeEpoch).Milliseconds()
	return strconv.FormatInt(ms<<snowflakeBits|n&(1<<snowflakeBits-1), 10)
}
