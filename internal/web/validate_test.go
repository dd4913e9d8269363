package web_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/web"
)

type form struct {
	Last  web.Opt[string] `json:"last,omitzero" validate:"required,string,max=3"`
	First web.Opt[string] `json:"first"         validate:"omitempty,string,max=3"`
	Code  web.Opt[string] `json:"code"          validate:"omitempty,even"`
	Free  web.Opt[string] `json:"free"`
	web.Unread
}

func newValidator() web.Validator {
	v := web.NewValidator()
	v.Register("even", func(s string) bool { return len(s)%2 == 0 })
	return v
}

func TestValidator(t *testing.T) {
	t.Parallel()
	v := newValidator()
	missing := "last required  <nil>"
	for _, test := range []struct {
		body        string
		whole, sent []string // member, tag, parameter and value
	}{
		{`{}`, []string{missing}, nil},
		{`{"x":1,"free":[]}`, []string{missing}, nil},
		{`{"last":"abc","first":"abc","code":"ab"}`, nil, nil},
		{`{"last":"ñññ","first":null,"code":null}`, nil, nil},
		{`{"last":null}`, []string{missing}, []string{missing}},
		{`{"last":""}`, []string{"last required  "}, []string{"last required  "}},
		{`{"first":""}`, []string{missing}, nil},
		{`{"last":"abcd"}`, []string{"last max 3 abcd"}, []string{"last max 3 abcd"}},
		{`{"last":"ññññ"}`, []string{"last max 3 ññññ"}, []string{"last max 3 ññññ"}},
		{`{"last":5}`, []string{"last string  5"}, []string{"last string  5"}},
		{`{"last":false}`, []string{"last string  false"}, []string{"last string  false"}},
		{`{"last":["abcd"]}`, []string{`last string  ["abcd"]`}, []string{`last string  ["abcd"]`}},
		{`{"first":{}}`, []string{missing, "first string  {}"}, []string{"first string  {}"}},
		{`{"code":"abc"}`, []string{missing, "code even  abc"}, []string{"code even  abc"}},
		{`{"code":12}`, []string{missing, "code even  12"}, []string{"code even  12"}},
		{`{"code":"a","first":1,"last":"abcd"}`, []string{"last max 3 abcd", "first string  1", "code even  a"}, []string{"last max 3 abcd", "first string  1", "code even  a"}},
	} {
		var f form
		require.NoError(t, web.Decode([]byte(test.body), &f))
		assert.Equal(t, test.whole, told(v.Whole(f)), "whole %s", test.body)
		assert.Equal(t, test.sent, told(v.Sent(f)), "sent %s", test.body)
	}
}

func told(findings []web.Finding) (all []string) {
	for _, f := range findings {
		all = append(all, fmt.Sprint(f.Member, " ", f.Tag, " ", f.Param, " ", f.Value))
	}
	return all
}

// What only a mistake in the code can bring about is not answered.
func TestValidatorMistakes(t *testing.T) {
	t.Parallel()
	v := newValidator()
	assert.Panics(t, func() { v.Register("", func(string) bool { return true }) })
	assert.Panics(t, func() { v.Whole("no struct") })
	assert.Panics(t, func() {
		v.Whole(struct {
			A web.Opt[string] `json:"a" validate:"unheard_of"`
		}{web.Opt[string]{Sent: true, Value: "x"}})
	})
}
