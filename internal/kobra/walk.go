package kobra

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// walker goes through JSON that web.Check has taken, and gives its values out as parts of it: a body of 32 MiB is not
// copied.
type walker struct {
	*jsontext.Decoder
	body []byte
}

func walk(body []byte) walker {
	// What has been looked at once is not looked at again.
	return walker{jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)), body}
}

// value reads the next value.
func (w walker) value() (jsontext.Value, error) {
	read, err := w.ReadValue()
	end := w.InputOffset()
	return w.body[end-int64(len(read)) : end], err
}

// object reads an object. For each member it calls read, which reads the value.
func (w walker) object(read func(name []byte) error) error {
	_, err := w.ReadToken()
	for err == nil && w.PeekKind() != '}' {
		var quoted jsontext.Value
		if quoted, err = w.value(); err == nil {
			err = read(unquote(quoted))
		}
	}
	if err == nil {
		_, err = w.ReadToken()
	}
	return err
}

// array reads an array. For each element it calls read, which reads it.
func (w walker) array(read func(i int) error) error {
	_, err := w.ReadToken()
	for i := 0; err == nil && w.PeekKind() != ']'; i++ {
		err = read(i)
	}
	if err == nil {
		_, err = w.ReadToken()
	}
	return err
}

// unquote is the text of a JSON string, which is part of the string where nothing in it is escaped.
func unquote(quoted jsontext.Value) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1]
	}
	plain, _ := jsontext.AppendUnquote(nil, quoted) // it is a string
	return plain
}
