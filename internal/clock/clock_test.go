package clock_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/clock"
)

// real is real time in these tests, which do not look at any other.
var real = at("2026-03-01T12:00:00.123456789Z")

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return t
}

// assertShows compares what a clock shows at real time, and a minute of real time later.
func assertShows(t *testing.T, s clock.Setting, now, later string) {
	t.Helper()
	assert.Equal(t, now, s.Now(real).Format(time.RFC3339Nano))
	assert.Equal(t, later, s.Now(real.Add(time.Minute)).Format(time.RFC3339Nano))
}

func TestTheZeroSettingIsRealTimeInUTC(t *testing.T) {
	t.Parallel()
	assertShows(t, clock.Setting{}, "2026-03-01T12:00:00.123456789Z", "2026-03-01T12:01:00.123456789Z")
	elsewhere := real.In(time.FixedZone("", -6*60*60))
	assert.Equal(t, real, clock.Setting{}.Now(elsewhere))
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, now, later string }{
		{"", "2026-03-01T12:00:00.123456789Z", "2026-03-01T12:01:00.123456789Z"},
		{"2027-01-31T08:00:00Z", "2027-01-31T08:00:00Z", "2027-01-31T08:01:00Z"},
		{"2027-01-31T08:00:00.5Z", "2027-01-31T08:00:00.5Z", "2027-01-31T08:01:00.5Z"},
		{"2027-01-31T02:00:00-06:00", "2027-01-31T08:00:00Z", "2027-01-31T08:01:00Z"},
		{"2027-01-31T08:00:00Z!", "2027-01-31T08:00:00Z", "2027-01-31T08:00:00Z"},
		{"2027-01-31T02:00:00-06:00!", "2027-01-31T08:00:00Z", "2027-01-31T08:00:00Z"},
		{"2024-01-02T00:00:00Z!", "2024-01-02T00:00:00Z", "2024-01-02T00:00:00Z"},
		{"2031-07-01T00:00:00Z", "2031-07-01T00:00:00Z", "2031-07-01T00:00:00Z"},
	} {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			s, err := clock.Parse(test.text, real)
			require.NoError(t, err)
			assertShows(t, s, test.now, test.later)
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"!":                              `"!" is not an RFC 3339 time like 2026-01-31T12:00:00Z or a duration like +1h30m, with a ! behind it to stand still`,
		"tomorrow":                       `"tomorrow" is not an RFC 3339 time`,
		"2027-01-31":                     "is not an RFC 3339 time",
		"2027-01-31T08:00:00":            "is not an RFC 3339 time",
		"2027-02-29T08:00:00Z":           "is not an RFC 3339 time",
		"2027-01-31T08:00:00Z!!":         "is not an RFC 3339 time",
		"2024-01-01T23:59:59Z":           "2024-01-01T23:59:59Z is outside 2024-01-02T00:00:00Z to 2031-07-01T00:00:00Z",
		"2031-07-01T00:00:00.000000001Z": "is outside",
		"2031-07-01T00:00:01Z!":          "is outside",
		"0001-01-01T00:00:00Z!":          "is outside",
		"9999-12-31T23:59:59Z":           "is outside",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			s, err := clock.Parse(text, real)
			assert.ErrorContains(t, err, says)
			assert.Zero(t, s)
		})
	}
}

func TestARunningClockStopsAtTheBounds(t *testing.T) {
	t.Parallel()
	s, err := clock.Start(clock.Latest.Add(-time.Second), real, false)
	require.NoError(t, err)
	assertShows(t, s, "2031-06-30T23:59:59Z", "2031-07-01T00:00:00Z")
	assert.Equal(t, clock.Latest, s.Now(real.AddDate(100, 0, 0)))
	assert.Equal(t, clock.Earliest, s.Now(real.AddDate(-100, 0, 0)), "real time was set back")
	_, err = s.Advance(time.Nanosecond, real.Add(time.Hour))
	assert.ErrorContains(t, err, "is outside")
}

func TestSet(t *testing.T) {
	t.Parallel()
	running, err := clock.Start(at("2027-01-31T08:00:00Z"), real, false)
	require.NoError(t, err)
	frozen, err := clock.Start(at("2027-01-31T08:00:00Z"), real, true)
	require.NoError(t, err)
	later := real.Add(time.Hour) // when it is set
	for _, test := range []struct {
		name   string
		from   clock.Setting
		now    time.Time
		freeze bool
		shows  string // a minute later, or what is wrong
		fails  bool
	}{
		{name: "a running clock forward", from: running, now: at("2027-02-01T00:00:00Z"), shows: "2027-02-01T00:01:00Z"},
		{name: "a running clock to a standstill", from: running, now: at("2027-02-01T00:00:00Z"), freeze: true, shows: "2027-02-01T00:00:00Z"},
		{name: "a running clock to where it is", from: running, now: at("2027-01-31T09:00:00Z"), freeze: true, shows: "2027-01-31T09:00:00Z"},
		{name: "a frozen clock forward", from: frozen, now: at("2027-02-01T00:00:00Z"), freeze: true, shows: "2027-02-01T00:00:00Z"},
		{name: "a frozen clock to go on from where it is", from: frozen, now: at("2027-01-31T08:00:00Z"), shows: "2027-01-31T08:01:00Z"},
		{name: "to the end", from: running, now: clock.Latest, shows: "2031-07-01T00:00:00Z"},
		{name: "from elsewhere", from: frozen, now: at("2027-01-31T02:00:00-06:00"), freeze: true, shows: "2027-01-31T08:00:00Z"},
		{
			name: "a running clock back", from: running, now: at("2027-01-31T08:59:59.999999999Z"), fails: true,
			shows: "2027-01-31T08:59:59.999999999Z is before the clock's 2027-01-31T09:00:00Z, and a clock goes back only by a reset of its workspace",
		},
		{
			name: "a frozen clock back", from: frozen, now: at("2027-01-31T07:59:59.999999999Z"), freeze: true, fails: true,
			shows: "is before the clock's 2027-01-31T08:00:00Z",
		},
		{name: "beyond the end", from: frozen, now: clock.Latest.Add(1), fails: true, shows: "is outside"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, err := test.from.Set(test.now, later, test.freeze)
			if test.fails {
				assert.ErrorContains(t, err, test.shows)
				return
			}
			require.NoError(t, err)
			assert.True(t, test.now.Equal(s.Now(later)))
			assert.Equal(t, test.shows, s.Now(later.Add(time.Minute)).Format(time.RFC3339Nano))
		})
	}
}

func TestAdvance(t *testing.T) {
	t.Parallel()
	for _, frozen := range []bool{false, true} {
		s, err := clock.Start(at("2027-01-31T08:00:00Z"), real, frozen)
		require.NoError(t, err)
		before := s

		later := real.Add(time.Hour)
		shown := s.Now(later)
		s, err = s.Advance(61*time.Second, later)
		require.NoError(t, err)
		assert.Equal(t, shown.Add(61*time.Second), s.Now(later))
		if frozen {
			assert.Equal(t, s.Now(later), s.Now(later.Add(time.Hour)), "it stands still")
		} else {
			assert.Equal(t, s.Now(later).Add(time.Hour), s.Now(later.Add(time.Hour)), "it runs")
		}
		assert.Equal(t, shown, before.Now(later), "a setting is a value")

		for by, says := range map[time.Duration]string{
			0: "0s is not a positive duration", -time.Second: "-1s is not a positive duration",
			math.MaxInt64: "is outside",
		} {
			_, err := s.Advance(by, later)
			assert.ErrorContains(t, err, says)
		}
	}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-01-31T12:00:00Z":           "2026-01-31T12:00:00.000000000Z",
		"2026-01-31T12:00:00.5Z":         "2026-01-31T12:00:00.500000000Z",
		"2026-01-31T12:00:00.123456789Z": "2026-01-31T12:00:00.123456789Z",
		"2026-01-31T23:30:00-06:00":      "2026-02-01T05:30:00.000000000Z",
		"0001-01-01T00:00:00Z":           "0001-01-01T00:00:00.000000000Z",
	} {
		assert.Equal(t, want, clock.Text(at(text)))
	}
}

// TestTextsAreTimes is about any times: their texts give them back, and sort as they do.
func TestTextsAreTimes(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	first, last := at("0001-01-01T00:00:00Z").Unix(), at("9999-12-31T23:59:59Z").Unix()
	anyTime := func() time.Time {
		zone := time.FixedZone("", random.IntN(24*60*60)-12*60*60)
		return time.Unix(first+random.Int64N(last-first), random.Int64N(1e9)).In(zone)
	}
	for range 10_000 {
		a := anyTime()
		b := anyTime()
		if random.IntN(2) == 0 { // near by
			b = a.Add(time.Duration(random.Int64N(2000) - 1000)).UTC()
		}
		back, err := clock.FromText(clock.Text(a))
		require.NoError(t, err)
		require.Equal(t, a.UTC(), back)
		require.Equal(t, a.Compare(b), cmp.Compare(clock.Text(a), clock.Text(b)), "%s and %s", a, b)
	}
}

func TestFromTextRefusesOtherTexts(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123Z", "2026-01-31T12:00:00.123456789-06:00", "2026-02-30T12:00:00.123456789Z"} {
		_, err := clock.FromText(text)
		assert.Error(t, err, text)
	}
}
