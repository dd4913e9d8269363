package console

import (
	"bytes"
	"encoding/json"
	"html/template"
	"strconv"
	"strings"
	"time"
)

// texts are what templates turn values into text with.
var texts = template.FuncMap{
	"moment": moment, "clock": func(t time.Time) string { return t.UTC().Format("15:04:05.000") },
	"milliseconds": milliseconds, "pretty": pretty, "tone": tone, "list": func(all ...string) []string { return all },
	"join": strings.Join, "since": since, "asJSON": asJSON, "named": func(name string, of any) named { return named{name, of} },
	"ago": ago, "offset": offset, "short": short, "kinds": func() []faultKind { return faultKinds },
	"instant": func(t time.Time) string { return t.UTC().Format(time.RFC3339) }, "add": func(a, b int) int { return a + b },
}

// moment is a time as pages show it.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") + " UTC" }

func milliseconds(took float64) string {
	precision := 1
	if took >= 100 {
		precision = 0
	}
	return strconv.FormatFloat(took, 'f', precision, 64) + " ms"
}

// since is a time between two requests, of milliseconds.
func since(ms float64) string {
	d := time.Duration(ms * float64(time.Millisecond))
	switch {
	case d < time.Second:
		return strconv.FormatFloat(ms, 'f', 0, 64) + " ms"
	case d < time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	default:
		return strings.TrimSuffix(d.Round(time.Second).String(), "0s")
	}
}

// named is a value with the name that a template's ids begin with.
type named struct {
	Name string
	Of   any
}

// asJSON is what was sent as a value, or "" if nothing was.
func asJSON(value any) string {
	if value == nil {
		return ""
	}
	var text strings.Builder
	to := json.NewEncoder(&text)
	to.SetEscapeHTML(false)
	_ = to.Encode(value) // it was JSON
	return text.String()
}

// offset says how far a clock is from real time, of a duration as the control API writes it.
func offset(text string) string {
	switch by, err := time.ParseDuration(text); {
	case err != nil:
		return text
	case by.Round(time.Second) == 0:
		return "as in reality"
	case by < 0:
		return by.Abs().Round(time.Second).String() + " behind real time"
	default:
		return by.Round(time.Second).String() + " ahead of real time"
	}
}

// pretty indents JSON, and leaves what is none, or was cut, as it is.
func pretty(text string) string {
	var indented bytes.Buffer
	if json.Indent(&indented, []byte(text), "", "  ") != nil {
		return text
	}
	return indented.String()
}

// tone is the class of a status: good, moved, wrong or broken.
func tone(status int) string {
	switch {
	case status >= 500:
		return "broken"
	case status >= 400:
		return "wrong"
	case status >= 300:
		return "moved"
	default:
		return "good"
	}
}

// ago is how long ago a real time is.
func ago(t time.Time) string { return short(time.Since(t)) + " ago" }

// short is a duration in its largest unit, or its two largest.
func short(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return strconv.Itoa(int(d.Hours())/24) + " days"
	case d >= time.Hour:
		return strings.TrimSuffix(d.Truncate(time.Minute).String(), "0s")
	case d >= 10*time.Second:
		return d.Truncate(time.Second).String()
	default:
		return d.Truncate(100 * time.Millisecond).String()
	}
}
