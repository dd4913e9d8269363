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
	kind, err := check(body)
	if err != nil {
		return Refuse(ErrMalformed, Violation{Rule: "COM-22", Message: describe(body, err), Passes: "one JSON object"})
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

// check reads body to its end, and returns the type of its one value.
func check(body []byte) (kind jsontext.Kind, err error) {
	d := jsontext.NewDecoder(bytes.NewReader(body))
	kind = d.PeekKind()
	// Escaped, since a NUL as it is cannot stand in JSON. The text may occur behind a backslash that is data.
	escapedNUL := bytes.Contains(body, []byte(`\u0000`))
	for done := false; ; done = d.StackDepth() == 0 {
		token, err := d.ReadToken()
		switch {
		case errors.Is(err, io.EOF) && done:
			return kind, nil
		case errors.Is(err, io.EOF):
			return 0, io.ErrUnexpectedEOF
		case err != nil:
			return 0, err
		case done:
			return 0, at(d, errTrailing)
		case d.StackDepth() > MostNesting:
			return 0, at(d, errNesting)
		case escapedNUL && token.Kind() == '"' && strings.ContainsRune(token.String(), 0):
			return 0, at(d, errNUL)
		}
	}
}

// at places an error of ours where the decoder is.
func at(d *jsontext.Decoder, err error) error {
	return &jsontext.SyntacticError{ByteOffset: d.InputOffset(), Err: err}
}

// describe says what is wrong with the body, and where.
func describe(body []byte, err error) string {
	if len(bytes.TrimSpace(body)) == 0 {
		return "the body is empty"
	}
	var syntax *jsontext.SyntacticError
	if !errors.As(err, &syntax) {
		return err.Error()
	}
	line, column := position(body, syntax.ByteOffset)
	return fmt.Sprintf("line %d, column %d: %v", line, column, syntax.Err)
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
	return json.Marshal(v, jsontext.AllowInvalidUTF8(true))
}

// Response is what a handler answers.
type Response struct {
	Status int
	Header http.Header // beside what every answer has; may be nil
	Body   any         // written by Encode; nil for none
}
