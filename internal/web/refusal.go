package web

import (
	"errors"
	"fmt"
	"strings"
)

// The kinds of refusal that the kernel knows. Each API words them in its own envelope.
var (
	ErrNoRoute      = errors.New("no such route")
	ErrMethod       = errors.New("the route does not take this method")
	ErrUnauthorized = errors.New("the credential is missing or not valid")
	ErrContentType  = errors.New("the body is not sent as application/json")
	ErrTooLarge     = errors.New("the body is too large")
	ErrMalformed    = errors.New("the body is not JSON")
	ErrTopLevel     = errors.New("the body is JSON of another type than the operation takes")
	ErrInvalid      = errors.New("members of the body are not valid")
	ErrNotFound     = errors.New("no such record")
)

// Violation is one reason for a refusal, as the journal shows it.
type Violation struct {
	Member  string `json:"member,omitempty"` // the member, header or parameter at fault
	Value   any    `json:"value,omitzero"`   // what was sent, unless it is a secret
	Rule    string `json:"rule"`             // the id in the ledger
	Message string `json:"message"`          // what is wrong
	Passes  string `json:"passes,omitempty"` // what would have passed

	Collection string `json:"-"` // in which there is no record with the value as its key, where that is what is wrong
}

// Refusal is an error that the partner would answer: one of the kinds above or an API's own, and all the reasons.
type Refusal struct {
	Kind       error
	Violations []Violation
}

// Refuse makes a refusal of one kind.
func Refuse(kind error, violations ...Violation) *Refusal {
	return &Refusal{kind, violations}
}

func (r *Refusal) Error() string {
	reasons := make([]string, len(r.Violations))
	for i, v := range r.Violations {
		reasons[i] = strings.TrimSpace(v.Member + " " + v.Message)
	}
	return fmt.Sprintf("%v: %s", r.Kind, strings.Join(reasons, "; "))
}

func (r *Refusal) Unwrap() error { return r.Kind }
