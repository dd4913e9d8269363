package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// table is rows of cells, of which the first has the headings.
type table [][]string

func (t table) String() string {
	var text strings.Builder
	for i, row := range t {
		text.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			text.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
	return text.String()
}

// report is what was measured: tables by their place in the document.
type report map[string]table

// bound is a ratio, and what it is to reach. Where the aim is below what is reached at least, less is better.
type bound struct {
	what                  string
	measured, least, aims float64
}

func (b bound) verdict() string {
	reaches := func(goal float64) bool {
		if b.aims < b.least {
			return b.measured <= goal
		}
		return b.measured >= goal
	}
	switch {
	case reaches(b.aims):
		return "the aim"
	case reaches(b.least):
		return "the bound"
	default:
		return "**neither**"
	}
}

func boundTable(all []bound) table {
	t := table{{"ratio", "measured", "bound", "aim", "met"}}
	for _, b := range all {
		side := "at least "
		if b.aims < b.least {
			side = "at most "
		}
		t = append(t, []string{b.what, ratio(b.measured), side + ratio(b.least), ratio(b.aims), b.verdict()})
	}
	return t
}

func over(a, b time.Duration) float64 { return float64(a) / float64(b) }

func ratio(r float64) string { return strconv.FormatFloat(r, 'f', 2, 64) }

// number is a large number with its thousands apart.
func number(n float64) string {
	text := strconv.FormatFloat(n, 'f', 0, 64)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// duration is a time with three digits.
func duration(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d < time.Millisecond:
		return strconv.FormatFloat(float64(d)/1e3, 'g', 3, 64) + " µs"
	default:
		return strconv.FormatFloat(float64(d)/1e6, 'f', 2, 64) + " ms"
	}
}

func megabytes(mb float64) string { return strconv.FormatFloat(mb, 'f', 1, 64) + " MiB" }

// document is where the tables stand, each between two comments with its name.
const document = "docs/performance.md"

// update puts a report into the document.
func (h *harness) update(r report, conditions map[string]string) error {
	file := filepath.Join(h.root, document)
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	parts := map[string]string{}
	for name, t := range r {
		parts[name] = t.String()
	}
	for name, sentence := range conditions {
		parts[name] = sentence + "\n"
	}
	for name, part := range parts {
		begin, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
		before, rest, found := strings.Cut(string(text), begin)
		_, after, ended := strings.Cut(rest, end)
		if !found || !ended {
			return fmt.Errorf("%s has no place for %s: add %s%s", document, name, begin, end)
		}
		text = []byte(before + begin + "\n" + part + "\n" + end + after)
	}
	return os.WriteFile(file, text, 0o600)
}
