package gate

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// keptEntry is an entry as a table has it: all that the process knows of it, where the journal's answers leave something
// out.
type keptEntry struct {
	Entry      *Entry                `json:"entry"`
	Violations []keptViolation       `json:"violations,omitempty"`
	Presented  map[string]Credential `json:"presented,omitempty"`
	Unread     bool                  `json:"unread,omitempty"`
	Sent       []byte                `json:"sent,omitempty"` // the bodies where they are no UTF-8, which JSON does not hold
	Answered   []byte                `json:"answered,omitempty"`
}

// keptViolation keeps the value as it was written: JSON of the wrong type stays as it is, and a number keeps its digits.
type keptViolation struct {
	web.Violation
	Value      jsontext.Value `json:"value,omitempty"`
	Collection string         `json:"collection,omitempty"`
}

func encodeEntry(e *Entry) (string, error) {
	shown := *e
	shown.Violations = nil
	kept := keptEntry{Entry: &shown, Unread: e.unread}
	for _, p := range e.presented {
		if kept.Presented == nil {
			kept.Presented = map[string]Credential{}
		}
		kept.Presented[p.in] = p.credential
	}
	if !utf8.ValidString(e.Request.Body) {
		kept.Sent, shown.Request.Body = []byte(e.Request.Body), ""
	}
	if !utf8.ValidString(e.Response.Body) {
		kept.Answered, shown.Response.Body = []byte(e.Response.Body), ""
	}
	for _, v := range e.Violations {
		one := keptViolation{Violation: v, Collection: v.Collection}
		if v.Value != nil {
			value, err := json.Marshal(v.Value)
			if err != nil {
				return "", err
			}
			one.Value = value
		}
		kept.Violations = append(kept.Violations, one)
	}
	text, err := json.Marshal(kept)
	return string(text), err
}

func decodeEntry(text string, w *workspace.Workspace, state string, position int64) (*Entry, error) {
	var kept keptEntry
	if err := json.Unmarshal([]byte(text), &kept); err != nil {
		return nil, err
	}
	e := kept.Entry
	e.of, e.unread, e.State = w, kept.Unread, state
	for in, credential := range kept.Presented {
		e.presented = append(e.presented, presented{in, credential})
	}
	if state == Answered {
		e.Sequence = uint64(position) //nolint:gosec // positions begin with 1
	}
	if kept.Sent != nil {
		e.Request.Body = string(kept.Sent)
	}
	if kept.Answered != nil {
		e.Response.Body = string(kept.Answered)
	}
	for _, one := range kept.Violations {
		v := one.Violation
		v.Collection = one.Collection
		if v.Value = any(one.Value); one.Value == nil {
			v.Value = nil
		} else if one.Value.Kind() == '"' {
			var text string
			if err := json.Unmarshal(one.Value, &text); err != nil {
				return nil, err
			}
			v.Value = text
		}
		e.Violations = append(e.Violations, v)
	}
	return e, nil
}
