package web_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/web"
)

type body struct {
	Name web.Opt[string]   `json:"name"`
	Age  web.Opt[int]      `json:"age"`
	Tags web.Opt[[]string] `json:"tags"`
	web.Unread
}

// nested is an object of so many levels.
func nested(levels int) string {
	return strings.Repeat(`{"x":`, levels-1) + "{}" + strings.Repeat("}", levels-1)
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body string
		kind       error
		message    string
	}{
		{"empty", "", web.ErrMalformed, "the body is empty"},
		{"white space", " \t\r\n", web.ErrMalformed, "the body is empty"},
		{"not closed", "{\n", web.ErrMalformed, "line 2, column 1: unexpected EOF"},
		{"a string not closed", `{"name":"`, web.ErrMalformed, "line 1, column 10: unexpected EOF"},
		{"no value", `{"name"}`, web.ErrMalformed, "line 1, column 8: invalid character '}' after object name"},
		{"a comma too many", `{"age":1,}`, web.ErrMalformed, "line 1, column 9: invalid character ','"},
		{"single quotes", `{'name':1}`, web.ErrMalformed, `line 1, column 2: invalid character '\''`},
		{"a bare name", `{age:1}`, web.ErrMalformed, "line 1, column 2: invalid character 'a'"},
		{"a comment", "{\n  // no\n}", web.ErrMalformed, "line 2, column 3: invalid character '/'"},
		{"a leading zero", `{"age":01}`, web.ErrMalformed, "line 1, column 9: invalid character '1'"},
		{"not a number", `{"age":NaN}`, web.ErrMalformed, "line 1, column 8: invalid character 'N'"},
		{"a line break in a string", "{\"name\":\"a\nb\"}", web.ErrMalformed, `line 1, column 11: invalid character '\n'`},
		{"columns count bytes", "{\"name\":\"ñ\",\n\"age\":\"ñ\"x}", web.ErrMalformed, "line 2, column 11: invalid character 'x'"},
		{"another white space", "{}\v", web.ErrMalformed, `line 1, column 3: invalid character '\v'`},
		{"trailing garbage", "{}\nx", web.ErrMalformed, "line 2, column 1: invalid character 'x'"},
		{"a second value", `{}{}`, web.ErrMalformed, "line 1, column 4: there is more behind the value"},
		{"a second value behind a string", `"a" 1`, web.ErrMalformed, "there is more behind the value"},
		{"a member twice", "{\"name\":\"a\",\n \"name\":\"a\"}", web.ErrMalformed, "line 2, column 2: duplicate object member name"},
		{"a member twice, escaped", `{"name":"a","n\u0061me":"b"}`, web.ErrMalformed, "line 1, column 13: duplicate object member name"},
		{"an unknown member twice", `{"x":1,"x":1}`, web.ErrMalformed, "line 1, column 8: duplicate object member name"},
		{"a member twice, deep", `{"x":[{"y":1,"y":2}]}`, web.ErrMalformed, "line 1, column 14: duplicate object member name"},
		{"an empty name twice", `{"":1,"":2}`, web.ErrMalformed, "line 1, column 7: duplicate object member name"},
		{"invalid UTF-8", "{\"name\":\"\xff\"}", web.ErrMalformed, "line 1, column 10: invalid UTF-8"},
		{"invalid UTF-8 in a name", "{\"\xff\":1}", web.ErrMalformed, "line 1, column 3: invalid UTF-8"},
		{"an overlong NUL", "{\"name\":\"\xc0\x80\"}", web.ErrMalformed, "line 1, column 10: invalid UTF-8"},
		{"a surrogate in UTF-8", "{\"name\":\"\xed\xa0\x80\"}", web.ErrMalformed, "line 1, column 10: invalid UTF-8"},
		{"a character cut off", "{\"name\":\"\xc3\"}", web.ErrMalformed, "line 1, column 10: invalid UTF-8"},
		{"NUL as it is", "{\"name\":\"a\x00\"}", web.ErrMalformed, `line 1, column 11: invalid character '\x00'`},
		{"NUL", `{"name":"a\u0000b"}`, web.ErrMalformed, "line 1, column 19: a string holds a NUL character"},
		{"NUL in a name", `{"x\u0000":1}`, web.ErrMalformed, "a string holds a NUL character"},
		{"NUL deep in an unknown member", `{"x":[{"y":"\u0000"}]}`, web.ErrMalformed, "a string holds a NUL character"},
		{"NUL behind a backslash", `{"name":"\\\u0000"}`, web.ErrMalformed, "a string holds a NUL character"},
		{"a lone high surrogate", `{"name":"\ud800"}`, web.ErrMalformed, "line 1, column 10: invalid surrogate pair"},
		{"a lone low surrogate", `{"name":"\udc00"}`, web.ErrMalformed, "line 1, column 10: invalid surrogate pair"},
		{"surrogates the wrong way round", `{"name":"\ude00\ud83d"}`, web.ErrMalformed, "line 1, column 10: invalid surrogate pair"},
		{"a lone surrogate in a name", `{"\ud800":1}`, web.ErrMalformed, "line 1, column 3: invalid surrogate pair"},
		{"a byte order mark", "\uFEFF{}", web.ErrMalformed, `line 1, column 1: invalid character '\ufeff'`},
		{"UTF-16", "{\x00}\x00", web.ErrMalformed, `line 1, column 2: invalid character '\x00'`},
		{"33 levels", nested(33), web.ErrMalformed, "values nest deeper than 32 levels"},
		{"33 levels of arrays, not closed", strings.Repeat("[", 33), web.ErrMalformed, "values nest deeper than 32 levels"},
		{"very many levels", strings.Repeat("[", 1<<20), web.ErrMalformed, "values nest deeper than 32 levels"},
		{"an array", `[{}]`, web.ErrTopLevel, "the body is a JSON array"},
		{"null", `null`, web.ErrTopLevel, "the body is a JSON null"},
		{"a string", `"{}"`, web.ErrTopLevel, "the body is a JSON string"},
		{"a number", ` 1 `, web.ErrTopLevel, "the body is a JSON number"},
		{"true", `true`, web.ErrTopLevel, "the body is a JSON boolean"},
		{"false", `false`, web.ErrTopLevel, "the body is a JSON boolean"},
		{"a broken array", `[1,`, web.ErrMalformed, "line 1, column 4: unexpected EOF"},
		{"a broken null", `nul`, web.ErrMalformed, "line 1, column 4: unexpected EOF"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var b body
			err := web.Decode([]byte(test.body), &b)
			require.ErrorIs(t, err, test.kind)
			assert.Contains(t, err.Error(), test.message)
			refusal, ok := errors.AsType[*web.Refusal](err)
			require.True(t, ok)
			require.Len(t, refusal.Violations, 1)
			assert.Equal(t, "COM-22", refusal.Violations[0].Rule)
		})
	}
}

func TestDecodeAccepts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, body, value string }{
		{"white space around it", " \t\r\n{\"name\" : \"a\"}\n", "a"},
		{"an empty string", `{"name":""}`, ""},
		{"escapes", `{"name":"\"\\\/\b\f\n\r\t\u00f1"}`, "\"\\/\b\f\n\r\tñ"},
		{"an escaped name", `{"n\u0061me":"a"}`, "a"},
		{"a surrogate pair", `{"name":"\ud83d\ude00"}`, "😀"},
		{"the last of the characters", `{"name":"` + "\U0010FFFF\uFFFF" + `"}`, "\U0010FFFF\uFFFF"},
		{"what only looks like NUL", `{"name":"\\u0000"}`, `\u0000`},
		{"a byte order mark in a string", "{\"name\":\"\uFEFF\"}", "\uFEFF"},
		{"DEL and line separators", "{\"name\":\"\u007f\u0085\u2028\"}", "\u007f\u0085\u2028"},
		{"32 levels", `{"name":"a","x":` + nested(31) + `}`, "a"},
		{"a number beyond all types", `{"name":"a","x":1e999}`, "a"},
		{"names that differ in case", `{"name":"a","Name":"b","NAME":"c"}`, "a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var b body
			require.NoError(t, web.Decode([]byte(test.body), &b))
			assert.Equal(t, web.Opt[string]{Sent: true, Value: test.value}, b.Name)
		})
	}
}

func TestOpt(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		body string
		name web.Opt[string]
		age  web.Opt[int]
		tags web.Opt[[]string]
	}{
		{`{}`, web.Opt[string]{}, web.Opt[int]{}, web.Opt[[]string]{}},
		{`{"name":null,"age":null,"tags":null}`, web.Opt[string]{Sent: true, Null: true}, web.Opt[int]{Sent: true, Null: true}, web.Opt[[]string]{Sent: true, Null: true}},
		{`{"name":"","age":0,"tags":[]}`, web.Opt[string]{Sent: true}, web.Opt[int]{Sent: true}, web.Opt[[]string]{Sent: true, Value: []string{}}},
		{`{"name":"a","age":-7,"tags":["a","b"]}`, web.Opt[string]{Sent: true, Value: "a"}, web.Opt[int]{Sent: true, Value: -7}, web.Opt[[]string]{Sent: true, Value: []string{"a", "b"}}},
		{`{"name":1,"age":"1","tags":{"a":1}}`, web.Opt[string]{Sent: true, Wrong: jsontext.Value(`1`)}, web.Opt[int]{Sent: true, Wrong: jsontext.Value(`"1"`)}, web.Opt[[]string]{Sent: true, Wrong: jsontext.Value(`{"a":1}`)}},
		{`{"name":[ "a" ],"age":1.5,"tags":["a",1]}`, web.Opt[string]{Sent: true, Wrong: jsontext.Value(`[ "a" ]`)}, web.Opt[int]{Sent: true, Wrong: jsontext.Value(`1.5`)}, web.Opt[[]string]{Sent: true, Wrong: jsontext.Value(`["a",1]`)}},
		{`{"name":true,"age":99999999999999999999,"tags":""}`, web.Opt[string]{Sent: true, Wrong: jsontext.Value(`true`)}, web.Opt[int]{Sent: true, Wrong: jsontext.Value(`99999999999999999999`)}, web.Opt[[]string]{Sent: true, Wrong: jsontext.Value(`""`)}},
	} {
		text := []byte(test.body)
		var b body
		require.NoError(t, web.Decode(text, &b), test.body)
		clear(text) // what was decoded does not live in the body
		assert.Equal(t, test.name, b.Name, test.body)
		assert.Equal(t, test.age, b.Age, test.body)
		assert.Equal(t, test.tags, b.Tags, test.body)
		isValue := test.name.Sent && !test.name.Null && test.name.Wrong == nil
		assert.Equal(t, isValue, b.Name.Ptr() != nil, test.body)
		if isValue {
			assert.Equal(t, test.name.Value, *b.Name.Ptr())
		}
	}
}

// An Opt is written as it was read, apart from what is of another type.
func TestOptIsWritten(t *testing.T) {
	t.Parallel()
	var b body
	require.NoError(t, web.Decode([]byte(`{"name":"ñ","age":"1","x":2}`), &b))
	written, err := web.Encode(b)
	require.NoError(t, err)
	assert.Equal(t, `{"name":"ñ","age":null,"tags":null,"x":2}`, string(written))
}

func TestUnreadMembers(t *testing.T) {
	t.Parallel()
	text := []byte(`{"z":{"deep":[1, 2]},"name":"a","Name":"b","age ":1,"":null,"<b>":"ñ"}`)
	var b body
	require.NoError(t, web.Decode(text, &b))
	clear(text)
	assert.Equal(t, []string{"", "<b>", "Name", "age ", "z"}, b.UnreadMembers())
	assert.Equal(t, jsontext.Value(`{"deep":[1, 2]}`), b.Members["z"])
	assert.Equal(t, jsontext.Value(`"ñ"`), b.Members["<b>"])

	var known body
	require.NoError(t, web.Decode([]byte(`{"name":"a","age":1,"tags":[]}`), &known))
	assert.Empty(t, known.UnreadMembers())
}

// A member without Opt cannot be of another type: that is a mistake in the code, and no refusal.
func TestDecodeIntoAPlainField(t *testing.T) {
	t.Parallel()
	var plain struct {
		Age int `json:"age"`
	}
	require.NoError(t, web.Decode([]byte(`{"age":7,"x":1}`), &plain))
	assert.Equal(t, 7, plain.Age)
	err := web.Decode([]byte(`{"age":"7"}`), &plain)
	require.Error(t, err)
	_, refused := errors.AsType[*web.Refusal](err)
	assert.False(t, refused)
}

func TestEncode(t *testing.T) {
	t.Parallel()
	type inner struct {
		B *string `json:"b"`
		A []int   `json:"a"`
	}
	for _, test := range []struct {
		name  string
		value any
		want  string
	}{
		{"members in the order of the fields", inner{}, `{"b":null,"a":[]}`},
		{"a nil slice", []string(nil), `[]`},
		{"a nil map", map[string]int(nil), `{}`},
		{"no HTML escaping", "<a href='x'>&amp;</a>", `"<a href='x'>&amp;</a>"`},
		{"non-ASCII as it is", "ñ 日本 😀 \u2028\u2029 \u0085\u007f", "\"ñ 日本 😀 \u2028\u2029 \u0085\u007f\""},
		{"what must be escaped", "\"\\/\b\f\n\r\t\x00\x1f", `"\"\\/\b\f\n\r\t\u0000\u001f"`},
		{"what is not UTF-8", "a\xff\xfeb\xed\xa0\x80", "\"a\uFFFD\uFFFDb\uFFFD\uFFFD\uFFFD\""},
		{"no white space", map[string]any{"a": []any{1, "b", nil, true}}, `{"a":[1,"b",null,true]}`},
		{"JSON inside", jsontext.Value(` { "a" : 1e999 } `), `{"a":1e999}`},
	} {
		got, err := web.Encode(test.value)
		require.NoError(t, err, test.name)
		assert.Equal(t, test.want, string(got), test.name)
	}
	for _, value := range []any{math.NaN(), make(chan int), jsontext.Value(`{`)} {
		_, err := web.Encode(value)
		assert.Error(t, err)
	}
}

func TestRefusalSaysAll(t *testing.T) {
	t.Parallel()
	err := error(web.Refuse(web.ErrInvalid, web.Violation{Member: "name", Message: "is required"}, web.Violation{Message: "and more"}))
	require.ErrorIs(t, err, web.ErrInvalid)
	require.NotErrorIs(t, err, web.ErrMalformed)
	assert.EqualError(t, err, "members of the body are not valid: name is required; and more")
}

// Whatever comes, Decode does not panic, and refuses what encoding/json refuses. What it accepts, encoding/json reads as
// the same members with the same values.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `null`, `[]`, `{"a":"x"}`, `{"a":null,"b":[1,{"c":2}]}`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"A":"x","a":"y"}`, `{"a":"\ud83d\ude00"}`,
		`{"a":"\ud800"}`, `{"a":"\u0000"}`, `{"a":"\\u0000"}`, `{"a":1e999}`, `{} x`, "\uFEFF{}", "{\"a\":\"\xff\"}", nested(32), nested(33), ` { "a" : [ ] , "" : "" } `,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var got struct {
			A web.Opt[string] `json:"a"`
			web.Unread
		}
		if err := web.Decode(text, &got); err != nil {
			require.True(t, errors.Is(err, web.ErrMalformed) || errors.Is(err, web.ErrTopLevel), err)
			return
		}
		var want map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(text, &want))
		a, sent := want["a"]
		delete(want, "a")
		require.Equal(t, sent, got.A.Sent)
		var value *string
		switch err := json.Unmarshal(a, &value); {
		case !sent:
		case err != nil:
			require.Equal(t, compact(t, a), compact(t, got.A.Wrong))
		default:
			require.Equal(t, value, got.A.Ptr())
			require.Equal(t, value == nil, got.A.Null)
		}
		require.Len(t, got.Members, len(want))
		for name, value := range want {
			require.Equal(t, compact(t, value), compact(t, got.Members[name]), name)
		}
	})
}

// compact is JSON without white space.
func compact(t *testing.T, text []byte) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, json.Compact(&b, text))
	return b.String()
}

// What was expected is told where a value or a mark is wrong as such; a mistake within one is named as it is.
func TestCheckSaysWhatWasExpected(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		body         string
		line, column int
		problem      string
	}{
		{"", 0, 0, "unexpected EOF"},
		{"{\n  \"a\": 1\n  \"b\": 2\n}", 3, 3, "expected a comma"},
		{`[1 "b"]`, 1, 4, "expected a comma"},
		{`[1 2]`, 1, 4, "expected a comma or ]"},
		{`{"a":1]`, 1, 7, "expected a comma or }"},
		{`{"a":{"b":1`, 1, 12, "expected a comma or }"},
		{`[1`, 1, 3, "expected a comma or ]"},
		{`{"a" 1}`, 1, 6, "expected a colon"},
		{`{"a"`, 1, 5, "expected a colon"},
		{`{"a":}`, 1, 6, "expected a value"},
		{`{"a": `, 1, 7, "expected a value"},
		{`[1,]`, 1, 3, "expected ]"},
		{`[,1]`, 1, 2, "expected a value or ]"},
		{`[`, 1, 2, "expected a value or ]"},
		{`{"a":1,}`, 1, 7, "expected }"},
		{`{"a":1,b}`, 1, 8, "expected a member's name"},
		{`[1,x]`, 1, 4, "expected a value"},
		{`[1,,2]`, 1, 4, "expected a value"},
		{`{a:1}`, 1, 2, "expected a member's name or }"},
		{`{1:1}`, 1, 2, "expected a member's name or }"},
		{`x`, 1, 1, "expected a value"},
		{"{}\nx", 2, 1, "expected the end of the body"},
		{`{} {}`, 1, 5, "there is more behind the value"},
		{`{"a":1,"a":2}`, 1, 8, "duplicate object member name"},
		{`{"a":tru}`, 1, 9, "invalid character '}' in literal true (expecting 'e')"},
		{"[\"a\n\"]", 1, 4, `invalid character '\n' in string (expecting non-control character)`},
		{`["\u0000"]`, 1, 10, "a string holds a NUL character"},
	} {
		_, err := web.Check([]byte(test.body))
		e, ok := errors.AsType[*web.SyntaxError](err)
		require.True(t, ok, test.body)
		require.ErrorIs(t, err, web.ErrMalformed)
		assert.Equal(t, []any{test.line, test.column, test.problem}, []any{e.Line, e.Column, e.Problem}, test.body)
	}
	for body, kind := range map[string]byte{`{"a":[]}`: '{', `[1]`: '[', `null`: 'n', `"x"`: '"', `-1`: '0', `true`: 't'} {
		got, err := web.Check([]byte(body))
		require.NoError(t, err, body)
		assert.Equal(t, jsontext.Kind(kind), got, body)
	}
}
