package console

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-0f456478/sandbox/internal/control"
)

// line is one of a body that is indented, with what there is to say of the member that it shows.
type line struct {
	Text       string
	Violations []control.ExplainedViolation
	Unread     bool
	Missing    string // the member's name, if there is none
}

// annotate puts beside a request's body what is wrong with each of its members, and which were not read. What is no JSON,
// or was cut, is one line.
func annotate(e control.Explained) []line {
	text := pretty(e.Request.Body)
	if !json.Valid([]byte(text)) {
		return []line{{Text: text}}
	}
	a := annotator{Explained: e, seen: map[string]bool{}}
	for text := range strings.Lines(text) {
		a.take(strings.TrimSuffix(text, "\n"))
	}
	return a.lines
}

type annotator struct {
	control.Explained
	lines []line
	open  []container // from the outermost
	seen  map[string]bool
}

// container is an object or array whose end has not come.
type container struct {
	path  string
	array bool
	count int
}

// take takes a line of indented JSON, which has one member, element, or end.
func (a *annotator) take(text string) {
	bare := strings.TrimSpace(text)
	if strings.HasPrefix(bare, "}") || strings.HasPrefix(bare, "]") {
		a.end()
		a.lines = append(a.lines, line{Text: text})
		return
	}
	path, value := a.place(bare)
	a.seen[path] = true
	a.lines = append(a.lines, line{Text: text, Violations: a.violationsAt(path), Unread: slices.Contains(a.Unread, path)})
	if value == "{" || value == "[" {
		a.open = append(a.open, container{path: path, array: value == "["})
	}
}

// place is where a line's value stands, as violations name it, and the value's text.
func (a *annotator) place(bare string) (path, value string) {
	if len(a.open) == 0 {
		return "", bare
	}
	in := &a.open[len(a.open)-1]
	if in.array {
		in.count++
		return fmt.Sprintf("%s[%d]", in.path, in.count-1), bare
	}
	d := json.NewDecoder(strings.NewReader(bare))
	var name string
	_ = d.Decode(&name) // it is valid JSON
	return strings.TrimPrefix(in.path+"."+name, "."), strings.TrimPrefix(bare[d.InputOffset():], ": ")
}

// end ends a container, and tells which members it lacks.
func (a *annotator) end() {
	in := a.open[len(a.open)-1]
	a.open = a.open[:len(a.open)-1]
	for _, v := range a.Violations {
		at := strings.LastIndexByte(v.Member, '.')
		parent, name := v.Member[:max(0, at)], v.Member[at+1:]
		if parent == in.path && !in.array && name != "" && v.Value == nil && !a.seen[v.Member] {
			a.seen[v.Member] = true
			a.lines = append(a.lines, line{Missing: name, Violations: a.violationsAt(v.Member)})
		}
	}
}

func (a *annotator) violationsAt(path string) []control.ExplainedViolation {
	var all []control.ExplainedViolation
	for _, v := range a.Violations {
		if v.Member == path && path != "" {
			all = append(all, v)
		}
	}
	return all
}
