// Package web turns bytes into values and values into bytes: strict JSON in (contract rule COM-22), members that know
// whether they were sent, validation from struct tags, and compact JSON out (COM-21). It knows no partner.
package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MostNesting is how deep JSON in a request may nest.
const MostNesting = 32

// Unread collects the members of an object that its struct does not know, when that embeds it.
type Unread struct {
	Members map[string]jsontext.Value `json:",embed"`
}

// UnreadMembers lists their names, sorted.
func (u Unread) UnreadMembers() []string { return slices.Sorted(maps.Keys(u.Members)) }

// Decode reads a JSON object into the struct dst points to, which may be half filled when it refuses. Names match
// exactly. It refuses, as [ErrMalformed], bad
// syntax, a second member of one name, nesting beyond [MostNesting], anything behind the value, invalid UTF-8, and lone
// surrogates and NUL in strings; and as [ErrTopLevel] another type than an object. Members of the wrong type are no
// error where the field is an [Opt].
func Decode(body []byte, dst any) error {
	if plain(body) && json.Unmarshal(body, dst) == nil {
		return nil
	}
	kind, err := Check(body)
	if err != nil {
		return err
	}
	if kind != '{' {
		return Refuse(ErrTopLevel, Violation{Rule: "COM-22", Message: fmt.Sprintf("the body is a JSON %s", name(kind)), Passes: "a JSON object"})
	}
	if err := json.Unmarshal(body, dst); err != nil {
		return fmt.Errorf("decode into %T: %w", dst, err)
	}
	return nil
}

var (
	errTrailing = errors.New("there is more behind the value")
	errNesting  = fmt.Errorf("values nest deeper than %d levels", MostNesting)
	errNUL      = errors.New("a string holds a NUL character")
)

// plain says that a body begins like an object, cannot nest too deep and cannot hold a NUL, which is all that Unmarshal
// would let pass. Nearly every body is plain, and then it is read once.
func plain(body []byte) bool {
	return bytes.HasPrefix(body, []byte("{")) && bytes.Count(body, []byte("["))+bytes.Count(body, []byte("{")) <= MostNesting && !bytes.Contains(body, []byte(`\u0000`))
}

// Check reads a body to its end, and returns the type of its one value. What [Decode] refuses as [ErrMalformed] it
// refuses too, with a [SyntaxError].
func Check(body []byte) (kind jsontext.Kind, err error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(body))
	kind = d.PeekKind()
	// Escaped, since a NUL as it is cannot stand in JSON. The text may occur behind a backslash that is data.
	escapedNUL := bytes.Contains(body, []byte(`\u0000`))
	for done := false; ; done = d.StackDepth() == 0 {
		token, err := d.ReadToken()
		switch {
		case errors.Is(err, io.EOF) && done:
			return kind, nil
		case errors.Is(err, io.EOF):
			return 0, malformed(body, d, io.ErrUnexpectedEOF)
		case err != nil:
			return 0, malformed(body, d, err)
		case done:
			return 0, malformed(body, d, at(d, errTrailing))
		case d.StackDepth() > MostNesting:
			return 0, malformed(body, d, at(d, errNesting))
		case escapedNUL && token.Kind() == '"' && strings.ContainsRune(token.String(), 0):
			return 0, malformed(body, d, at(d, errNUL))
		}
	}
}

// SyntaxError is the refusal of malformed JSON.
type SyntaxError struct {
	Line, Column int    // counted from 1, columns in bytes; 0 for an empty body
	Problem      string // expected a comma
	*Refusal
}

func (e *SyntaxError) Unwrap() error { return e.Refusal }

// malformed says what is wrong with the body at which the decoder has stopped.
func malformed(body []byte, d *jsontext.Decoder, err error) error {
	e := &SyntaxError{Problem: err.Error()}
	message := "the body is empty"
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok && len(bytes.TrimSpace(body)) > 0 {
		e.Line, e.Column = position(body, syntax.ByteOffset)
		e.Problem = syntax.Err.Error()
		message = fmt.Sprintf("line %d, column %d: %v", e.Line, e.Column, syntax.Err)
		if what := expected(body, d, syntax); what != "" {
			e.Problem = "expected " + what
		}
	}
	e.Refusal = Refuse(ErrMalformed, Violation{Rule: "COM-22", Message: message, Passes: "one JSON value"})
	return e
}

// expected is what would have been right where a value or punctuation mark is wrong as such: "" where the mistake lies
// within one, or is none of syntax.
func expected(body []byte, d *jsontext.Decoder, err *jsontext.SyntacticError) string {
	for _, other := range []error{jsontext.ErrDuplicateName, errTrailing, errNesting, errNUL} {
		if errors.Is(err.Err, other) {
			return ""
		}
	}
	// Between the last good value or name and the mistake there is a mark at most.
	mark := string(bytes.TrimSpace(body[d.InputOffset():err.ByteOffset]))
	next := bytes.TrimLeft(body[err.ByteOffset:], " \t\r\n")
	kind, length := d.StackIndex(d.StackDepth())
	switch {
	case mark == ":", mark == "," && kind == '[', kind == 0 && d.InputOffset() == 0 && mark == "":
		return "a value"
	case mark == "," && kind == '{':
		return "a member's name"
	case mark != "":
		return ""
	case kind == 0:
		return "the end of the body"
	case kind == '{' && length%2 == 1:
		return "a colon"
	case kind == '{' && length == 0:
		return "a member's name or }"
	case kind == '[' && length == 0:
		return "a value or ]"
	case bytes.HasPrefix(next, []byte(`"`)):
		return "a comma"
	case bytes.HasPrefix(next, []byte(",")) && kind == '{': // with nothing behind it
		return "}"
	case bytes.HasPrefix(next, []byte(",")):
		return "]"
	case kind == '{':
		return "a comma or }"
	default:
		return "a comma or ]"
	}
}

// at places an error of ours where the decoder is.
func at(d *jsontext.Decoder, err error) error {
	return &jsontext.SyntacticError{ByteOffset: d.InputOffset(), Err: err}
}

// position is where a byte offset is, both counted from 1 and columns in bytes.
func position(body []byte, offset int64) (line, column int) {
	before := body[:min(int(offset), len(body))]
	return 1 + bytes.Count(before, []byte("\n")), len(before) - bytes.LastIndexByte(before, '\n')
}

func name(kind jsontext.Kind) string {
	switch kind {
	case '"':
		return "string"
	case '0':
		return "number"
	case '[':
		return "array"
	case 'n':
		return "null"
	default:
		return "boolean"
	}
}

// Opt is a member of an object that may be absent, null, of another type than T, or a T.
type Opt[T any] struct {
	Sent  bool // it was there
	Null  bool // and null
	Wrong jsontext.Value
	Value T // the zero T unless it was there as one
}

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (o *Opt[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if text, ok := any(&o.Value).(*string); ok && d.PeekKind() == '"' { // nearly always, and then it is read once
		*o = Opt[T]{Sent: true}
		return json.UnmarshalDecode(d, text)
	}
	raw, err := d.ReadValue()
	if err != nil {
		return err
	}
	*o = Opt[T]{Sent: true, Null: raw.Kind() == 'n'}
	if !o.Null && json.Unmarshal(raw, &o.Value) != nil {
		*o = Opt[T]{Sent: true, Wrong: raw.Clone()}
	}
	return nil
}

// MarshalJSONTo implements json.MarshalerTo: the value, or null if it is null, absent or of another type.
func (o *Opt[T]) MarshalJSONTo(out *jsontext.Encoder) error { return json.MarshalEncode(out, o.Ptr()) }

// Ptr is the value, or nil if it is null, absent or of another type.
func (o *Opt[T]) Ptr() *T {
	if !o.Sent || o.Null || o.Wrong != nil {
		return nil
	}
	return &o.Value
}

// given is what the validator looks at: nil, a T, or the JSON of the wrong type.
func (o Opt[T]) given() any {
	switch {
	case o.Wrong != nil:
		return o.Wrong
	case !o.Sent || o.Null:
		return nil
	default:
		return o.Value
	}
}

func (o Opt[T]) sent() bool { return o.Sent }

// Encode writes a value as compact JSON: members in the order of their fields, nothing escaped that need not be, an
// empty array for a nil slice, and U+FFFD for what is not UTF-8.
func Encode(v any) ([]byte, error) {
	if text, ok := v.(JSON); ok {
		return text, nil
	}
	return json.Marshal(v, jsontext.AllowInvalidUTF8(true))
}

// JSON is what Encode has written before, and writes again as it is. It may be shared, and is not to be changed.
type JSON []byte

// Response is what a handler answers.
type Response struct {
	Status int
	Header http.Header // beside what every answer has; may be nil
	Body   any         // written by Encode; nil for none
}
