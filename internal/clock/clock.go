// Package clock is time that can be moved: a workspace's time follows real time at an offset, or stands still.
package clock

import (
	"fmt"
	"strings"
	"time"
)

// The bounds of a workspace's time: what identifiers made from it can hold.
var (
	Earliest = time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)
	Latest   = time.Date(2031, 7, 1, 0, 0, 0, 0, time.UTC)
)

// Setting says how a time follows real time. The zero value is real time itself. It is a value: changes return another.
type Setting struct {
	Offset time.Duration // added to real time while the clock runs
	Frozen time.Time     // where the clock stands, if it is not zero
}

// Parse reads what --clock takes: an RFC 3339 time at which the clock starts, or a duration with its sign by which it is
// ahead of real time; with a ! behind it to stand there. The empty string is real time.
func Parse(text string, real time.Time) (Setting, error) {
	if text == "" {
		return Setting{}, nil
	}
	frozen := text[len(text)-1] == '!'
	at := text
	if frozen {
		at = text[:len(text)-1]
	}
	now, err := time.Parse(time.RFC3339, at)
	if by, wrong := time.ParseDuration(at); wrong == nil && strings.ContainsAny(at[:1], "+-") {
		now, err = real.Add(by), nil
	}
	if err != nil {
		return Setting{}, fmt.Errorf("%q is not an RFC 3339 time like 2026-01-31T12:00:00Z or a duration like +1h30m, with a ! behind it to stand still", text)
	}
	return Start(now, real, frozen)
}

// Start is a clock that shows now when real time is real.
func Start(now, real time.Time, frozen bool) (Setting, error) {
	if now.Before(Earliest) || now.After(Latest) {
		return Setting{}, fmt.Errorf("%s is outside %s to %s", now.Format(time.RFC3339), Earliest.Format(time.RFC3339), Latest.Format(time.RFC3339))
	}
	s := Setting{Offset: now.Sub(real)}
	if frozen {
		s.Frozen = now.UTC()
	}
	return s, nil
}

// Now is the time that the clock shows when real time is real, in UTC and to the nanosecond. A running clock stops at
// the bounds.
func (s Setting) Now(real time.Time) time.Time {
	if !s.Frozen.IsZero() {
		return s.Frozen
	}
	switch now := real.Add(s.Offset).UTC(); {
	case now.Before(Earliest):
		return Earliest
	case now.After(Latest):
		return Latest
	default:
		return now
	}
}

// Set is the clock moved to now, or an error if that is out of bounds or back in time.
func (s Setting) Set(now, real time.Time, frozen bool) (Setting, error) {
	if shown := s.Now(real); now.Before(shown) {
		return s, fmt.Errorf("%s is before the clock's %s, and a clock goes back only by a reset of its workspace",
			now.Format(time.RFC3339Nano), shown.Format(time.RFC3339Nano))
	}
	return Start(now, real, frozen)
}

// Advance is the clock moved forward by a positive duration; a frozen clock stays frozen.
func (s Setting) Advance(by time.Duration, real time.Time) (Setting, error) {
	if by <= 0 {
		return s, fmt.Errorf("%s is not a positive duration", by)
	}
	return s.Set(s.Now(real).Add(by), real, !s.Frozen.IsZero())
}

// layout is UTC in a fixed width, so that texts sort like the times they stand for.
const layout = "2006-01-02T15:04:05.000000000Z"

// Text is a time as the database keeps it.
func Text(t time.Time) string { return t.UTC().Format(layout) }

// FromText reads what Text wrote.
func FromText(text string) (time.Time, error) {
	// The library reads RFC 3339 several times faster than a layout of one's own, which is narrower.
	if len(text) == len(layout) && text[len("2006-01-02T15:04:05")] == '.' && text[len(text)-1] == 'Z' {
		return time.Parse(time.RFC3339Nano, text)
	}
	return time.Parse(layout, text)
}
