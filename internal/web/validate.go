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
// Beside the library's tags there are "string" and "float", which a member of another type fails. They stand behind
// required or omitempty, so that a null or absent member fails or skips there.
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

// NewValidator makes a validator of structs whose members are strings, numbers, or of the given further [Opt] types.
func NewValidator(further ...any) Validator {
	v := Validator{validator.New(validator.WithRequiredStructEnabled())}
	v.RegisterTagNameFunc(member)
	v.RegisterCustomTypeFunc(func(field reflect.Value) any {
		return field.Interface().(interface{ given() any }).given()
	}, append(further, Opt[string]{}, Opt[float64]{})...)
	v.registerKind("string", reflect.String)
	v.registerKind("float", reflect.Float64)
	return v
}

// registerKind adds a tag that takes values of one kind alone.
func (v Validator) registerKind(tag string, kind reflect.Kind) {
	err := v.RegisterValidation(tag, func(field validator.FieldLevel) bool { return field.Field().Kind() == kind })
	if err != nil {
		panic(err) // the tag is empty or taken: a mistake in the code
	}
}

// member is the JSON name of a field.
func member(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
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

// Whole checks every member of the struct. Findings come in the order of the fields: all tags that a member fails, but
// only the first where that is about its presence or type.
func (v Validator) Whole(s any) []Finding { return v.findings(s, v.Struct(s)) }

// Sent checks the members that were sent: what required asks of them is not to be null.
func (v Validator) Sent(s any) []Finding {
	value := reflect.ValueOf(s)
	var sent []string
	for i := range value.NumField() {
		if opt, ok := value.Field(i).Interface().(interface{ sent() bool }); ok && opt.sent() {
			sent = append(sent, value.Type().Field(i).Name)
		}
	}
	if len(sent) == 0 {
		return nil
	}
	return v.findings(s, v.StructPartial(s, sent...))
}

func (v Validator) findings(s any, err error) []Finding {
	var failed validator.ValidationErrors
	if !errors.As(err, &failed) {
		if err != nil {
			panic(err) // not a struct: a mistake in the code
		}
		return nil
	}
	all := make([]Finding, 0, len(failed))
	for _, f := range failed {
		all = append(all, Finding{Member: f.Field(), Tag: f.Tag(), Param: f.Param(), Value: f.Value()})
		field, _ := reflect.TypeOf(s).FieldByName(f.StructField())
		all = append(all, v.further(field, f)...)
	}
	return all
}

// further lists the tags that a member fails behind the one at which the library has stopped.
func (v Validator) further(field reflect.StructField, at validator.FieldError) []Finding {
	text, ok := at.Value().(string)
	_, behind, found := strings.Cut(field.Tag.Get("validate")+",", ","+at.Tag())
	if !ok || !found {
		return nil
	}
	var all []Finding
	_, behind, _ = strings.Cut(behind, ",") // its parameter
	for tag := range strings.SplitSeq(strings.TrimSuffix(behind, ","), ",") {
		if tag != "" && v.Var(text, tag) != nil {
			name, param, _ := strings.Cut(tag, "=")
			all = append(all, Finding{Member: at.Field(), Tag: name, Param: param, Value: text})
		}
	}
	return all
}
