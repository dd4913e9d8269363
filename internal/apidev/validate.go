package apidev

import (
	"slices"
	"strings"
	"time"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
)

// profileRequest is what the bodies of clients and accounts have in common, in the order in which it is checked (API-50).
type profileRequest struct {
	Name         web.Opt[string]  `json:"name"          validate:"required,string,max=200"`
	ExternalCode web.Opt[string]  `json:"external_code" validate:"omitempty,string,max=120"`
	Status       web.Opt[string]  `json:"status"        validate:"omitempty,string,max=10"`
	Document     web.Opt[string]  `json:"document"      validate:"omitempty,string,max=60"`
	BusinessName web.Opt[string]  `json:"business_name" validate:"omitempty,string,max=200"`
	TaxID        web.Opt[string]  `json:"tax_id"        validate:"omitempty,string,max=60"`
	Phone        web.Opt[string]  `json:"phone"         validate:"omitempty,string,max=60"`
	Mobile       web.Opt[string]  `json:"mobile"        validate:"omitempty,string,max=60"`
	Email        web.Opt[string]  `json:"email"         validate:"omitempty,string,max=200"`
	ImageURL     web.Opt[string]  `json:"image_url"     validate:"omitempty,string,max=500"`
	Street       web.Opt[string]  `json:"street"        validate:"omitempty,string,max=200"`
	DoorNumber   web.Opt[string]  `json:"door_number"   validate:"omitempty,string,max=20"`
	Apartment    web.Opt[string]  `json:"apartment"     validate:"omitempty,string,max=20"`
	Corner       web.Opt[string]  `json:"corner"        validate:"omitempty,string,max=200"`
	ZipCode      web.Opt[string]  `json:"zip_code"      validate:"omitempty,string,max=20"`
	CountryID    web.Opt[string]  `json:"country_id"    validate:"omitempty,string,max=30"`
	DepartmentID web.Opt[string]  `json:"department_id" validate:"omitempty,string,max=30"`
	Notes        web.Opt[string]  `json:"notes"         validate:"omitempty,string,max=1000"`
	DocumentType web.Opt[float64] `json:"document_type" validate:"omitempty,float"`
	Latitude     web.Opt[float64] `json:"latitude"      validate:"omitempty,float"`
	Longitude    web.Opt[float64] `json:"longitude"     validate:"omitempty,float"`
	web.Unread
}

// accountRequest is what the body of an account has beside that (API-52).
type accountRequest struct {
	ClientID  web.Opt[string] `json:"client_id"  validate:"omitempty,string,max=30"`
	QRCode    web.Opt[string] `json:"qr_code"    validate:"omitempty,string,max=30"`
	StartDate web.Opt[string] `json:"start_date" validate:"omitempty,string,max=30,iso8601"`
	EndDate   web.Opt[string] `json:"end_date"   validate:"omitempty,string,max=30,iso8601"`
	BirthDate web.Opt[string] `json:"birth_date" validate:"omitempty,string,max=30,iso8601"`
	web.Unread
}

// part is one of the structs that share a body.
type part interface{ UnreadMembers() []string }

// decode reads a body into the structs that share it, and returns the members that none of them knows.
func decode(body []byte, parts ...part) (unread []string, err error) {
	for i, p := range parts {
		if err := web.Decode(body, p); err != nil {
			return nil, err
		}
		if i == 0 {
			unread = p.UnreadMembers()
			continue
		}
		unread = slices.DeleteFunc(unread, func(name string) bool { return !slices.Contains(p.UnreadMembers(), name) })
	}
	return unread, nil
}

// decodeBody is decode for the body of a request.
func decodeBody(x *gate.Exchange, parts ...part) error {
	body, err := x.Body()
	if err != nil {
		return err
	}
	unread, err := decode(body, parts...)
	x.Ignored(unread...)
	return err
}

// wording says how a failed tag reads, and what would have passed.
type wording struct{ sentence, passes string }

var wordings = map[string]wording{
	"required": {`"%s" is required`, "a string that is not empty"},
	"string":   {`"%s" must be a string`, "a string"},
	"float":    {`"%s" must be a number`, "a number"},
	"max":      {`"%s" must be at most %d characters long`, "a shorter string"},
	"email":    {`"%s" must be a valid email`, "dev@sandbox.test"},
	"iso8601":  {`"%s" must be an ISO 8601 date`, "2026-01-31, or 2026-01-31T12:00:00Z"},
	"unknown":  {`"%s" is not allowed`, "no such member"},
	"client":   {`"%s" must be the id of a client`, "the id of a client of this company"},
	// Only a fixture fails these.
	"decimal":  {"", "1 to 19 decimal digits, in quotes"},
	"datetime": {"", "2025-06-03T07:39:27.942Z"},
}

// violation words a failed tag of a member.
func violation(f web.Finding, rule string) web.Violation {
	w := wordings[f.Tag]
	return web.Violation{
		Member: f.Member, Value: f.Value, Rule: rule, Passes: w.passes,
		Message: strings.NewReplacer("%s", f.Member, "%d", f.Param).Replace(w.sentence),
	}
}

// invalid is the refusal that findings amount to: nil for none. The first is answered (API-53).
func invalid(findings []web.Finding, rule string) error {
	if len(findings) == 0 {
		return nil
	}
	violations := make([]web.Violation, len(findings))
	for i, f := range findings {
		violations[i] = violation(f, rule)
	}
	return web.Refuse(web.ErrInvalid, violations...)
}

func newValidator() web.Validator {
	v := web.NewValidator()
	v.Register("iso8601", isDate)
	v.Register("decimal", web.Pattern(`^[0-9]{1,19}$`))
	return v
}

// isDate takes the calendar dates and times of ISO 8601, in its extended format.
func isDate(s string) bool {
	return slices.ContainsFunc([]string{time.DateOnly, "2006-01-02T15:04:05", time.RFC3339, "2006-01-02T15:04", "2006-01-02T15:04Z07:00"}, func(layout string) bool {
		_, err := time.Parse(layout, s)
		return err == nil
	})
}
