package cobrofacil

import (
	"strings"

	"github.com/seed-0f456478/sandbox/internal/web"
)

// createRequest is the body of a creation. The fields stand in the order in which their errors do (COB-40).
type createRequest struct {
	FirstName         web.Opt[string] `json:"first_name"         validate:"required,string,max=255"`
	LastName          web.Opt[string] `json:"last_name"          validate:"required,string,max=255"`
	PhoneNumber       web.Opt[string] `json:"phone_number"       validate:"required,string,max=255,e164_strict"`
	Email             web.Opt[string] `json:"email"              validate:"omitempty,string,max=255,email"`
	MiddleName        web.Opt[string] `json:"middle_name"        validate:"omitempty,string,max=255"`
	MMName            web.Opt[string] `json:"mm_name"            validate:"omitempty,string,max=255"`
	ExternalReference web.Opt[string] `json:"external_reference" validate:"omitempty,string,max=255"`
	web.Unread
}

// updateRequest is the body of an update: the same members, of which those that were sent are checked, by other rules.
type updateRequest struct {
	FirstName         web.Opt[string] `json:"first_name"         validate:"filled,string,max=255"`
	LastName          web.Opt[string] `json:"last_name"          validate:"filled,string,max=255"`
	PhoneNumber       web.Opt[string] `json:"phone_number"       validate:"filled,string,max=255,e164_mx_us"`
	Email             web.Opt[string] `json:"email"              validate:"omitempty,string,max=255,email"`
	MiddleName        web.Opt[string] `json:"middle_name"        validate:"omitempty,string,max=255"`
	MMName            web.Opt[string] `json:"mm_name"            validate:"omitempty,string,max=255"`
	ExternalReference web.Opt[string] `json:"external_reference" validate:"omitempty,string,max=255"`
	web.Unread
}

// clean trims the members, and makes an empty one null (COB-24).
func (r *createRequest) clean() {
	for _, member := range []*web.Opt[string]{&r.FirstName, &r.LastName, &r.PhoneNumber, &r.Email, &r.MiddleName, &r.MMName, &r.ExternalReference} {
		clean(member)
	}
}

func clean(member *web.Opt[string]) {
	if member.Ptr() == nil {
		return
	}
	member.Value = strings.TrimSpace(member.Value)
	member.Null = member.Value == ""
}

// wording says how a failed tag reads: the rule, the sentence, and what would have passed.
type wording struct {
	rule, sentence, passes string
}

var wordings = map[string]wording{
	"required":    {"COB-20", "The %s field is required.", "a string that is not blank"},
	"filled":      {"COB-31", "The %s field is required.", "a string that is not blank, or no such member"},
	"string":      {"COB-41", "The %s field must be a string.", "a string"},
	"max":         {"COB-25", "The %s field must not be greater than 255 characters.", "at most 255 characters"},
	"email":       {"COB-41", "The %s field must be a valid email address.", "juan@example.com"},
	"e164_strict": {"COB-22", "The %s field must be a valid phone number.", "+526640000000"},
	"e164_mx_us":  {"COB-32", "The %s field must be a valid phone number.", "+526640000000"},
	"free":        {"COB-23", "The %s has already been taken.", "a reference that no other client has, neither as reference nor as id"},
	// Only a fixture fails these.
	"uuid_v7":  {"COB-11", "", "019734bb-1f46-73bb-95d0-62e98a2f6247"},
	"clabe":    {"COB-13", "", "18 digits in quotes"},
	"datetime": {"COB-11", "", "2025-06-03T07:39:27.942Z"},
}

// violation words a failed tag of a member.
func violation(member, tag string, value any) web.Violation {
	w := wordings[tag]
	return web.Violation{
		Member: member, Value: value, Rule: w.rule, Passes: w.passes,
		Message: strings.Replace(w.sentence, "%s", strings.ReplaceAll(member, "_", " "), 1),
	}
}

// invalid is the refusal that findings amount to: nil for none.
func invalid(findings []web.Finding) error {
	if len(findings) == 0 {
		return nil
	}
	violations := make([]web.Violation, len(findings))
	for i, f := range findings {
		violations[i] = violation(f.Member, f.Tag, f.Value)
	}
	return web.Refuse(web.ErrInvalid, violations...)
}

func newValidator() web.Validator {
	v := web.NewValidator()
	v.RegisterAlias("filled", "required")
	v.Register("e164_strict", isPhoneNumber)
	v.Register("e164_mx_us", national)
	v.Register("uuid_v7", isID)
	v.Register("clabe", web.Pattern(`^[0-9]{18}$`))
	return v
}

var (
	isID     = web.Pattern(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	e164     = web.Pattern(`^\+[1-9][0-9]{7,14}$`)
	mexicoUS = web.Pattern(`^\+(52|1)`)
	national = web.Pattern(`^\+(52|1)[0-9]{10}$`)
)

// isPhoneNumber takes any E.164 number of 8 digits and more, those of +52 and +1 with ten national digits (COB-22).
func isPhoneNumber(s string) bool {
	return e164(s) && (!mexicoUS(s) || national(s))
}
