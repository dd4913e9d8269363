package complycube

import (
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-0f456478/sandbox/internal/web"
)

// clientRequest is the body of a creation, of which all members are checked, and of an update, of which those that were
// sent are. The fields stand in the order in which their errors do (CC-40).
type clientRequest struct {
	Type           web.Opt[string]          `json:"type"           validate:"required,string,oneof=person company"`
	Email          web.Opt[string]          `json:"email"          validate:"required,string,max=200,email"`
	Mobile         web.Opt[string]          `json:"mobile"         validate:"omitempty,string,max=200"`
	Telephone      web.Opt[string]          `json:"telephone"      validate:"omitempty,string,max=200"`
	ExternalID     web.Opt[string]          `json:"externalId"     validate:"omitempty,string,max=200"`
	JoinedDate     web.Opt[string]          `json:"joinedDate"     validate:"omitempty,string,date"`
	PersonDetails  web.Opt[personRequest]   `json:"personDetails"  validate:"-"`
	CompanyDetails web.Opt[companyRequest]  `json:"companyDetails" validate:"-"`
	Metadata       web.Opt[metadataRequest] `json:"metadata"       validate:"-"`
	web.Unread
}

type personRequest struct {
	FirstName               web.Opt[string] `json:"firstName"               validate:"required,string,max=100"`
	MiddleName              web.Opt[string] `json:"middleName"              validate:"omitempty,string,max=100"`
	LastName                web.Opt[string] `json:"lastName"                validate:"required,string,max=100"`
	DOB                     web.Opt[string] `json:"dob"                     validate:"omitempty,string,date"`
	Gender                  web.Opt[string] `json:"gender"                  validate:"omitempty,string,oneof=male female other"`
	Nationality             web.Opt[string] `json:"nationality"             validate:"omitempty,string,country"`
	BirthCountry            web.Opt[string] `json:"birthCountry"            validate:"omitempty,string,country"`
	SSN                     web.Opt[string] `json:"ssn"                     validate:"omitempty,string,max=200"`
	SocialInsuranceNumber   web.Opt[string] `json:"socialInsuranceNumber"   validate:"omitempty,string,max=200"`
	NationalIdentityNumber  web.Opt[string] `json:"nationalIdentityNumber"  validate:"omitempty,string,max=200"`
	TaxIdentificationNumber web.Opt[string] `json:"taxIdentificationNumber" validate:"omitempty,string,max=200"`
	web.Unread
}

type companyRequest struct {
	Name                 web.Opt[string] `json:"name"                 validate:"required,string,max=100"`
	Website              web.Opt[string] `json:"website"              validate:"omitempty,string,max=200"`
	RegistrationNumber   web.Opt[string] `json:"registrationNumber"   validate:"omitempty,string,max=200"`
	IncorporationCountry web.Opt[string] `json:"incorporationCountry" validate:"omitempty,string,country"`
	IncorporationType    web.Opt[string] `json:"incorporationType"    validate:"omitempty,string,oneof=sole_proprietorship private_limited_company public_limited_company limited_partnership holding_company non_government_organisation statutory_company subsidiary_company unlimited_partnership charitable_incorporated_organisation chartered_company"`
	web.Unread
}

// UnreadMembers lists the members that are unknown, those of the details by their path.
func (r clientRequest) UnreadMembers() []string {
	all := r.Unread.UnreadMembers()
	for _, name := range r.PersonDetails.Value.UnreadMembers() {
		all = append(all, "personDetails."+name)
	}
	for _, name := range r.CompanyDetails.Value.UnreadMembers() {
		all = append(all, "companyDetails."+name)
	}
	return all
}

// metadataRequest is key-value pairs as they were sent, in their order.
type metadataRequest []sentPair

type sentPair struct {
	key   string
	value web.Opt[string]
}

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (m *metadataRequest) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != '{' {
		return errors.New("metadata is an object")
	}
	_, err := d.ReadToken()
	for err == nil && d.PeekKind() != '}' {
		name, failed := d.ReadToken()
		if failed != nil {
			return failed
		}
		p := sentPair{key: name.String()}
		err = p.value.UnmarshalJSONFrom(d)
		*m = append(*m, p)
	}
	if err == nil {
		_, err = d.ReadToken()
	}
	return err
}

// The bounds of metadata (CC-24). How many keys there may be is a switch.
const (
	mostKeys     = 50 // at the switch's highest
	longestKey   = 40
	longestValue = 500
)

// wording says how a failed tag reads: the rule, the sentence, and what would have passed. In the last two, NAME is the
// member's and PARAM the tag's parameter.
type wording struct {
	rule, sentence, passes string
}

var wordings = map[string]wording{
	"required":   {"CC-41", "'NAME' must be provided", "a string that is not empty"},
	"string":     {"CC-41", "'NAME' should be string", "a string"},
	"max":        {"CC-27", "'NAME' should NOT be longer than PARAM characters", "at most PARAM characters"},
	"email":      {"CC-41", `'NAME' should match format "email"`, "jane.doe@example.com"},
	"date":       {"CC-41", `'NAME' should match format "date"`, "a date of the calendar, like 1995-12-20"},
	"oneof":      {"CC-25", "'NAME' should be equal to one of the allowed values:PARAM", "one of PARAM"},
	"country":    {"CC-25", `'NAME' should match format "ISO 3166-1 alpha-2"`, "a country's code, like US"},
	"object":     {"CC-26", "'NAME' should be object", "an object"},
	"details":    {"CC-30", "'NAME' must be provided when client type is `PARAM`", "an object"},
	"amended":    {"CC-22", "'NAME' cannot be amended", "PARAM, or no such member"},
	"properties": {"CC-24", "'NAME' should NOT have more than PARAM properties", "at most PARAM keys"},
	"key":        {"CC-24", "'NAME' should NOT have property names longer than PARAM characters", "keys of at most PARAM characters"},
	"value":      {"CC-24", "'NAME' should be string", "a string"},
	"value_max":  {"CC-24", "'NAME' should NOT be longer than PARAM characters", "at most PARAM characters"},
	// Of a list's parameters.
	"integer": {"CC-32", "'NAME' should be integer", "a whole number, once"},
	"min":     {"CC-32", "'NAME' should be >= PARAM", "PARAM or more"},
	"most":    {"CC-32", "'NAME' should be <= PARAM", "PARAM or less"},
	// Only a fixture fails these.
	"object_id": {"CC-11", "'NAME' is no id", "5eb04fcd0f3e360008035eb1"},
	"time":      {"CC-11", "'NAME' is no time from 1970 to 9999", "2020-01-04T17:24:29.146Z"},
}

// violation words a failed tag of a member, which is in an object where within is not "".
func violation(within string, f web.Finding) web.Violation {
	w, param := wordings[f.Tag], f.Param
	if f.Tag == "oneof" {
		param = strings.ReplaceAll(param, " ", ", ")
	}
	fill := strings.NewReplacer("NAME", f.Member, "PARAM", param)
	member := f.Member
	if within != "" {
		member = within + "." + member
	}
	return web.Violation{Member: member, Value: f.Value, Rule: w.rule, Message: fill.Replace(w.sentence), Passes: fill.Replace(w.passes)}
}

func violations(within string, findings []web.Finding) []web.Violation {
	all := make([]web.Violation, len(findings))
	for i, f := range findings {
		all[i] = violation(within, f)
	}
	return all
}

// invalid is the refusal that violations amount to: nil for none.
func invalid(violations []web.Violation) error {
	if len(violations) == 0 {
		return nil
	}
	return web.Refuse(web.ErrInvalid, violations...)
}

// check lists what is wrong with a body, in the order of CC-40. The kind is the client's type, which may be unknown: details
// that do not fit it are only to be an object.
func (a *api) check(body clientRequest, kind string, creating bool, keys int) []web.Violation {
	members := a.valid().Sent
	if creating {
		members = a.valid().Whole
	}
	all := violations("", members(body))
	all = append(all, checkDetails("personDetails", body.PersonDetails, person, kind, creating, members)...)
	all = append(all, checkDetails("companyDetails", body.CompanyDetails, company, kind, creating, members)...)
	return append(all, checkMetadata(body.Metadata, keys)...)
}

// checkDetails is check for the details of clients of one kind.
func checkDetails[T any](name string, details web.Opt[T], of, kind string, creating bool, members func(any) []web.Finding) []web.Violation {
	value := details.Ptr()
	switch {
	case creating && kind == of && (!details.Sent || details.Null):
		return violations("", []web.Finding{{Member: name, Tag: "details", Param: kind}})
	case details.Sent && value == nil:
		return violations("", []web.Finding{{Member: name, Tag: "object", Value: details.Wrong}})
	case value != nil && (kind == of || kind != person && kind != company):
		return violations(name, members(*value))
	}
	return nil
}

func checkMetadata(sent web.Opt[metadataRequest], keys int) []web.Violation {
	if sent.Wrong != nil {
		return violations("", []web.Finding{{Member: "metadata", Tag: "object", Value: sent.Wrong}})
	}
	var whole, values []web.Finding
	if n := len(sent.Value); n > keys {
		whole = append(whole, web.Finding{Member: "metadata", Tag: "properties", Param: strconv.Itoa(keys), Value: n})
	}
	for _, p := range sent.Value {
		value := p.value.Ptr()
		if utf8.RuneCountInString(p.key) > longestKey {
			whole = append(whole, web.Finding{Member: "metadata", Tag: "key", Param: strconv.Itoa(longestKey), Value: p.key})
		}
		if value == nil {
			values = append(values, web.Finding{Member: p.key, Tag: "value", Value: p.value.Wrong})
		} else if utf8.RuneCountInString(*value) > longestValue {
			values = append(values, web.Finding{Member: p.key, Tag: "value_max", Param: strconv.Itoa(longestValue), Value: *value})
		}
	}
	return append(violations("", whole), violations("metadata", values)...)
}

func newValidator() web.Validator {
	v := web.NewValidator()
	v.Register("date", isDate)
	// The library's list has Kosovo's XK too, which the standard only leaves free.
	v.Register("country", func(s string) bool { return s != "XK" && v.Var(s, "iso3166_1_alpha2") == nil })
	v.Register("object_id", objectID)
	v.Register("time", func(s string) bool { _, ok := parseTime(s); return ok })
	return v
}

var objectID = web.Pattern(`^[0-9a-f]{24}$`)

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// parseTime reads a time in RFC 3339, as exactly as the partner shows one, from 1970 to 9999.
func parseTime(s string) (at time.Time, ok bool) {
	at, err := time.Parse(time.RFC3339, s)
	at = at.UTC().Truncate(time.Millisecond)
	return at, err == nil && 1970 <= at.Year() && at.Year() <= 9999
}
