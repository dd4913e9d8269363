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
	"join": strings.Join,
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
