package web

import (
	"errors"
	"reflect"
	"strings"

	"github.com/go-playground/validator/v10"
)

// Validator checks a struct of [Opt] members by the validate tags of its fields. Each API has one of its own, with its
// own formats registered.
//
// Beside the library's tags there is "string", which a member of another type fails. It stands behind required or
// omitempty, so that a null or absent member fails or skips there.
type Validator struct {
	*validator.Validate
}

// Finding is a tag that a member fails.
type Finding struct {
	Member string // its JSON name
	Tag    string // required
	Param  string // the 255 of max=255
	Value  any    // what was sent; nil for null and absent
}

// NewValidator makes a validator.
func NewValidator() Validator {
	v := Validator{validator.New(validator.WithRequiredStructEnabled())}
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	v.RegisterCustomTypeFunc(func(field reflect.Value) any {
		return field.Interface().(interface{ given() any }).given()
	}, Opt[string]{})
	v.Register("string", func(string) bool { return true })
	return v
}

// Register adds a tag for strings. A value of another type fails it.
func (v Validator) Register(tag string, ok func(string) bool) {
	err := v.RegisterValidation(tag, func(field validator.FieldLevel) bool {
		f := field.Field()
		return f.Kind() == reflect.String && ok(f.String())
	})
	if err != nil {
		panic(err) // the tag is empty or taken: a mistake in the code
	}
}

// Whole checks every member of the struct. Findings come in the order of the fields, one a member: its first.
func (v Validator) Whole(s any) []Finding { return findings(v.Struct(s)) }

// Sent checks the members that were sent: what required asks of them is not to be null.
func (v Validator) Sent(s any) []Finding {
	value := reflect.ValueOf(s)
	var sent []string
	for i := range value.NumField() {
		if member, ok := value.Field(i).Interface().(interface{ sent() bool }); ok && member.sent() {
			sent = append(sent, value.Type().Field(i).Name)
		}
	}
	if len(sent) == 0 {
		return nil
	}
	return findings(v.StructPartial(s, sent...))
}

func findings(err error) []Finding {
	var failed validator.ValidationErrors
	if !errors.As(err, &failed) {
		if err != nil {
			panic(err) // not a struct: a mistake in the code
		}
		return nil
	}
	all := make([]Finding, len(failed))
	for i, f := range failed {
		all[i] = Finding{Member: f.Field(), Tag: f.Tag(), Param: f.Param(), Value: f.Value()}
	}
	return all
}
