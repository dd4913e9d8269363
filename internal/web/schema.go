package web

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// Schema is a JSON Schema of the objects that structs of [Opt] members read together. It is for editors: it has names,
// types, longest lengths and choices, and leaves what is required, and all finer rules, to the validator. It is made when it
// is asked for.
func Schema(shapes ...any) func() map[string]any {
	return func() map[string]any { return schema(shapes) }
}

func schema(shapes []any) map[string]any {
	properties := map[string]any{}
	for _, shape := range shapes {
		addMembers(properties, reflect.TypeOf(shape))
	}
	return map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
}

func addMembers(properties map[string]any, shape reflect.Type) {
	for i := range shape.NumField() {
		field := shape.Field(i)
		value, isOpt := field.Type.FieldByName("Value")
		switch {
		case field.Type == reflect.TypeFor[Unread]():
		case field.Anonymous:
			addMembers(properties, field.Type)
		case isOpt:
			properties[member(field)] = memberSchema(value.Type, field.Tag.Get("validate"))
		}
	}
}

// memberSchema is that of a member of some type, which may be null too.
func memberSchema(t reflect.Type, tags string) map[string]any {
	rules := map[string]any{}
	switch {
	case reflect.PointerTo(t).Implements(reflect.TypeFor[json.UnmarshalerFrom]()):
		return rules // it reads what it likes
	case t.Kind() == reflect.Struct:
		rules = schema([]any{reflect.Zero(t).Interface()})
		rules["type"] = []string{"object", "null"}
	case t.Kind() == reflect.String:
		rules["type"] = []string{"string", "null"}
	case t.Kind() == reflect.Float64:
		rules["type"] = []string{"number", "null"}
	}
	for tag := range strings.SplitSeq(tags, ",") {
		switch name, param, _ := strings.Cut(tag, "="); name {
		case "max":
			rules["maxLength"], _ = strconv.Atoi(param)
		case "oneof":
			choices := []any{nil}
			for choice := range strings.FieldsSeq(param) {
				choices = append(choices, choice)
			}
			rules["enum"] = choices
		}
	}
	return rules
}
