package soak

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"
)

// letters are what drawn texts are made of, and edges what they begin and end with: some partners cut blanks off.
const (
	letters = "aZ09 -_.'\"\\/%<>&ñÑé\u0301😀\u2028\u0001\t"
	edges   = "aZ09ñ😀%<'"
)

// drawValue makes a value that a schema describes: every bound is met exactly now and then.
func drawValue(r *rapid.T, s *openapi3.Schema) any {
	switch {
	case s.Extensions[drawn] != nil:
		return rapid.SampledFrom(s.Extensions[drawn].([]any)).Draw(r, "value")
	case len(s.AllOf) > 0:
		return drawValue(r, s.AllOf[0].Value)
	case len(s.OneOf) > 0:
		return drawValue(r, rapid.SampledFrom(s.OneOf).Draw(r, "branch").Value)
	case len(s.Enum) > 0:
		return rapid.SampledFrom(s.Enum).Draw(r, "enum")
	}
	kind := rapid.SampledFrom(s.Type.Slice()).Draw(r, "type")
	switch kind {
	case "object":
		return drawObject(r, s)
	case "array":
		all := []any{}
		most := 2
		if s.MaxItems != nil {
			most = min(most, int(*s.MaxItems))
		}
		for range rapid.IntRange(1, most).Draw(r, "items") {
			all = append(all, drawValue(r, s.Items.Value))
		}
		return all
	case "string":
		return drawText(r, s)
	case "integer":
		return float64(rapid.IntRange(bound(s.Min, 0), bound(s.Max, 1<<31)).Draw(r, "integer"))
	case "number":
		return rapid.SampledFrom([]float64{0, -0.01, 1.5, 1200.25, 1e15, -34.52}).Draw(r, "number")
	case "null":
		return nil
	default:
		panic("a schema of type " + kind)
	}
}

func bound(b *float64, otherwise int) int {
	if b == nil {
		return otherwise
	}
	return int(*b)
}

func drawObject(r *rapid.T, s *openapi3.Schema) map[string]any {
	o := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if slices.Contains(s.Required, name) || rapid.Bool().Draw(r, "has "+name) {
			o[name] = drawValue(r, s.Properties[name].Value)
		}
	}
	if of := s.AdditionalProperties.Schema; of != nil {
		for range rapid.IntRange(0, 3).Draw(r, "more") {
			o[rapid.StringMatching(`[a-zA-Z_ñ]{1,20}`).Draw(r, "key")] = drawValue(r, of.Value)
		}
	}
	return o
}

func drawText(r *rapid.T, s *openapi3.Schema) string {
	if s.Pattern != "" {
		return rapid.StringMatching(s.Pattern).Draw(r, "text")
	}
	most := 40
	if s.MaxLength != nil {
		most = int(*s.MaxLength)
	}
	length := rapid.OneOf(rapid.IntRange(int(s.MinLength), most), rapid.Just(int(s.MinLength)), rapid.Just(most)).Draw(r, "length")
	var text strings.Builder
	for i := range length {
		set := letters
		if i == 0 || i == length-1 {
			set = edges
		}
		text.WriteRune(rapid.SampledFrom([]rune(set)).Draw(r, "rune"))
	}
	return text.String()
}

// variants are a value's, with something else in one place.
func variants(s *openapi3.Schema, value any) []any {
	if len(s.AllOf) > 0 {
		s = s.AllOf[0].Value
	}
	all := []any{
		nil, true, 0.0, -1.0, 1.5, 1e308, 99999999999999999.0, json.RawMessage("1e400"), json.RawMessage("-0"), json.RawMessage("0.005"),
		"", " ", "nope", "\u0007", "2024-02-30", "😀",
		[]any{},
		[]any{[]any{}},
		map[string]any{},
		map[string]any{"a": 1.0},
	}
	if s.MaxLength != nil {
		all = append(all, strings.Repeat("é", int(*s.MaxLength)+1))
	}
	if s.MinLength > 1 {
		all = append(all, strings.Repeat("é", int(s.MinLength)-1))
	}
	if text, ok := value.(string); ok {
		all = append(all, text+"é", text+"\n"+text, strings.ToLower(text), "x"+text)
	}
	for _, b := range []*float64{s.Min, s.Max} {
		if b != nil {
			all = append(all, *b-1, *b+1)
		}
	}
	switch v := value.(type) {
	case map[string]any:
		all = append(all, memberVariants(s, v)...)
	case []any:
		for i := range v {
			for _, other := range variants(s.Items.Value, v[i]) {
				changed := slices.Clone(v)
				changed[i] = other
				all = append(all, changed)
			}
		}
	}
	return all
}

func memberVariants(s *openapi3.Schema, object map[string]any) []any {
	var all []any
	with := func(name string, value any) {
		changed := maps.Clone(object)
		changed[name] = value
		all = append(all, changed)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		for _, other := range variants(s.Properties[name].Value, object[name]) {
			with(name, other)
		}
		changed := maps.Clone(object)
		delete(changed, name)
		all = append(all, changed)
	}
	if of := s.AdditionalProperties.Schema; of != nil {
		for _, other := range variants(of.Value, nil) {
			with("key", other)
		}
		with(strings.Repeat("k", 41), "long")
	}
	with("id", "1")
	return all
}

// broken makes bodies of a good one that are no JSON to the partners.
func broken(body string) map[string]string {
	inside := func(member string) string { return strings.Replace(body, "{", "{"+member+",", 1) }
	if !strings.Contains(body, `":`) {
		inside = func(member string) string { return "[{" + member + "}]" }
	}
	return map[string]string{
		"nothing":               "",
		"blanks":                " \n",
		"a comma behind it":     body + ",",
		"a second value":        body + "{}",
		"cut":                   body[:len(body)-1],
		"a byte order mark":     "\ufeff" + body,
		"UTF-16":                utf16(body),
		"a member twice":        inside(`"zz":1,"zz":2`),
		"a member twice, by \\": inside(`"zz":1,"\u007az":2`),
		"a lone surrogate":      inside(`"zz":"\ud800"`),
		"surrogates reversed":   inside(`"zz":"\udc00\ud800"`),
		"NUL":                   inside(`"zz":"\u0000"`),
		"NUL in a name":         inside(`"z\u0000":1`),
		"a bare NUL":            inside("\"zz\":\"\x00\""),
		"a bare control":        inside("\"zz\":\"\x1f\""),
		"invalid UTF-8":         inside("\"zz\":\"\xc3\x28\""),
		"overlong UTF-8":        inside("\"zz\":\"\xc0\xaf\""),
		"a UTF-8 surrogate":     inside("\"zz\":\"\xed\xa0\x80\""),
		"too deep":              inside(`"zz":` + strings.Repeat("[", 40) + strings.Repeat("]", 40)),
		"much too deep":         inside(`"zz":` + strings.Repeat(`{"a":`, 20_000)),
		"deep and open":         strings.Repeat("[", 100_000),
		"a leading zero":        inside(`"zz":01`),
		"a plus":                inside(`"zz":+1`),
		"hexadecimal":           inside(`"zz":0x1`),
		"NaN":                   inside(`"zz":NaN`),
		"Infinity":              inside(`"zz":-Infinity`),
		"a half number":         inside(`"zz":1.`),
		"quotes of another":     strings.ReplaceAll(body, `"`, "'"),
		"a comment":             inside(`/* "a":1 */ "zz":1`),
		"a comma too many":      inside(`"zz":[1,]`),
		"a bad escape":          inside(`"zz":"\x41"`),
		"a name without quotes": inside(`zz:1`),
		"a word":                "undefined",
	}
}

func utf16(text string) string {
	var wide strings.Builder
	for _, r := range text {
		wide.WriteByte(byte(r))
		wide.WriteByte(byte(r >> 8))
	}
	return wide.String()
}

func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("%v: %v", v, err))
	}
	return string(text)
}
