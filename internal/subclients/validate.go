package subclients

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/go-playground/validator/v10"

	"github.com/seed-0f456478/sandbox/internal/web"
)

// createRequest is the body of a creation: the table of the partner's page, row by row (SUB-10). Errors come in this
// order (SUB-41).
type createRequest struct {
	Name                                      web.Opt[string]         `json:"name"                                           validate:"required,string,chars=5-30"`
	Alias                                     web.Opt[string]         `json:"alias"                                          validate:"required,string,chars=3-10"`
	Email                                     web.Opt[string]         `json:"email"                                          validate:"required,string,email"`
	Available                                 web.Opt[jsontext.Value] `json:"available"                                      validate:"required,number,not_negative,two_decimals"`
	Phone                                     web.Opt[string]         `json:"phone"                                          validate:"required,string,digits=10"`
	MobilePhone                               web.Opt[string]         `json:"mobile_phone"                                   validate:"required,string,digits=10"`
	RFC                                       web.Opt[string]         `json:"rfc"                                            validate:"required,string,chars=10-13"`
	Street                                    web.Opt[string]         `json:"street"                                         validate:"required,string,chars=1-20"`
	ExtStreetNumber                           web.Opt[string]         `json:"ext_street_number"                              validate:"required,string,chars=1-5"`
	IntStreetNumber                           web.Opt[string]         `json:"int_street_number"                              validate:"omitempty,string,chars=1-5"`
	Suburb                                    web.Opt[string]         `json:"suburb"                                         validate:"required,string,chars=1-25"`
	Township                                  web.Opt[string]         `json:"township"                                       validate:"required,string,chars=1-25"`
	City                                      web.Opt[string]         `json:"city"                                           validate:"required,string,chars=1-25"`
	State                                     web.Opt[string]         `json:"state"                                          validate:"required,string,state"`
	PostalCode                                web.Opt[string]         `json:"postal_code"                                    validate:"required,string,digits=5"`
	ContactName                               web.Opt[string]         `json:"contact_name"                                   validate:"required,string,chars=1-12"`
	ContactSecondName                         web.Opt[string]         `json:"contact_second_name"                            validate:"omitempty,string,chars=1-12"`
	ContactSurname                            web.Opt[string]         `json:"contact_surname"                                validate:"required,string,chars=1-12"`
	ContactSecondSurname                      web.Opt[string]         `json:"contact_second_surname"                         validate:"omitempty,string,chars=1-12"`
	ContactEmail                              web.Opt[string]         `json:"contact_email"                                  validate:"required,string,email"`
	ContactTelephoneCountryCode               web.Opt[countryCode]    `json:"contact_telephone_country_code"                 validate:"required,string,digits=2-3"`
	ContactTelephone                          web.Opt[string]         `json:"contact_telephone"                              validate:"required,string,digits=10"`
	ContactMobilePhoneCountryCode             web.Opt[countryCode]    `json:"contact_mobile_phone_country_code"              validate:"required,string,digits=2-3"`
	ContactMobilePhone                        web.Opt[string]         `json:"contact_mobile_phone"                           validate:"required,string,digits=10"`
	LegalRepresentativeName                   web.Opt[string]         `json:"legal_representative_name"                      validate:"omitempty,string,chars=1-12"`
	LegalRepresentativeSecondName             web.Opt[string]         `json:"legal_representative_second_name"               validate:"omitempty,string,chars=1-12"`
	LegalRepresentativeSurname                web.Opt[string]         `json:"legal_representative_surname"                   validate:"omitempty,string,chars=1-12"`
	LegalRepresentativeSecondSurname          web.Opt[string]         `json:"legal_representative_second_surname"            validate:"omitempty,string,chars=1-12"`
	LegalRepresentativeEmail                  web.Opt[string]         `json:"legal_representative_email"                     validate:"omitempty,string,email"`
	LegalRepresentativeTelephoneCountryCode   web.Opt[countryCode]    `json:"legal_representative_telephone_country_code"    validate:"omitempty,string,digits=2-3"`
	LegalRepresentativeTelephone              web.Opt[string]         `json:"legal_representative_telephone"                 validate:"omitempty,string,digits=10"`
	LegalRepresentativeMobilePhoneCountryCode web.Opt[countryCode]    `json:"legal_representative_mobile_phone_country_code" validate:"omitempty,string,digits=2-3"`
	LegalRepresentativeMobilePhone            web.Opt[string]         `json:"legal_representative_mobile_phone"              validate:"omitempty,string,digits=10"`
	APIKeyName                                web.Opt[string]         `json:"api_key_name"                                   validate:"required,string,chars=5-30"`
	APIKeyDescription                         web.Opt[string]         `json:"api_key_description"                            validate:"omitempty,string,chars=1-30"`
	APIKeyPassword                            web.Opt[string]         `json:"api_key_password,omitzero"                      validate:"required,string,chars=1-30"`
	web.Unread
}

// fundRequest is the body of a funding.
type fundRequest struct {
	ClientID web.Opt[string]         `json:"client_id" validate:"required,string"`
	Amount   web.Opt[jsontext.Value] `json:"amount"    validate:"required,number,not_negative,two_decimals"`
	web.Unread
}

// publicKeyRequest is the body that sets a public key.
type publicKeyRequest struct {
	PublicKey web.Opt[string] `json:"public_key" validate:"required,string,public_key"`
	web.Unread
}

// countryCode is a string in the page's table and a number in its example (SUB-11).
type countryCode string

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (c *countryCode) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	raw, err := d.ReadValue()
	if err != nil {
		return err
	}
	if raw.Kind() == '0' {
		*c = countryCode(raw)
		return nil
	}
	return json.Unmarshal(raw, (*string)(c))
}

// wording says how a failed tag reads: the rule, the sentence, and what would have passed. A %s is the tag's parameter.
type wording struct {
	rule, sentence, passes string
}

var wordings = map[string]wording{
	"required":     {"SUB-12", "is required", "a value that is neither null nor empty"},
	"string":       {"SUB-10", "must be a string", "a string"},
	"chars":        {"SUB-10", "must have %s characters", "%s characters"},
	"digits":       {"SUB-10", "must have %s digits", "a string of %s digits"},
	"email":        {"SUB-10", "must be a valid email address", "a@example.com"},
	"state":        {"SUB-50", "is not in the states catalog", "a key of the states catalog, like CDMX"},
	"number":       {"SUB-10", "must be a number", "1000"},
	"not_negative": {"SUB-10", "must not be negative", "0 or more"},
	"two_decimals": {"SUB-10", "must have at most two decimals", "1000.51"},
	"taken":        {"SUB-14", "has already been taken", "an alias that no other subclient of this client has"},
	"public_key":   {"SUB-64", "must be a public RSA key of 2048 bits in PEM", "-----BEGIN PUBLIC KEY-----…"},
	// Only a fixture fails these.
	"uuid":          {"SUB-16", "must be a UUID in lower case", "12345abc-ebb5-56d8-3256-9875672a3455"},
	"amount":        {"SUB-16", "must be a number of at most two decimals and 15 digits, not negative", "1000.51"},
	"password_hash": {"SUB-19", "must be a hash as an export shows it", "$argon2id$…"},
	"datetime":      {"SUB-2", "must be a time in RFC 3339", "2026-01-31T12:00:00.000Z"},
}

// violation words a failed tag of a member.
func violation(member, tag, param string, value any) web.Violation {
	w := wordings[tag]
	if code, ok := value.(countryCode); ok {
		value = string(code)
	}
	least, most, ranges := strings.Cut(param, "-")
	many := "exactly " + least
	if ranges {
		many = "between " + least + " and " + most
	}
	return web.Violation{
		Member: member, Value: value, Rule: w.rule,
		Message: strings.Replace(w.sentence, "%s", many, 1), Passes: strings.Replace(w.passes, "%s", many, 1),
	}
}

// invalid is the refusal that findings amount to: nil for none.
func invalid(findings []web.Finding) error {
	if len(findings) == 0 {
		return nil
	}
	violations := make([]web.Violation, len(findings))
	for i, f := range findings {
		violations[i] = violation(f.Member, f.Tag, f.Param, f.Value)
	}
	return web.Refuse(web.ErrInvalid, violations...)
}

func newValidator() web.Validator {
	v := web.NewValidator(web.Opt[jsontext.Value]{}, web.Opt[countryCode]{})
	v.Register("state", func(s string) bool {
		return slices.ContainsFunc(statesCatalog, func(c catalogState) bool { return c.Key == s })
	})
	v.Register("public_key", isPublicKey)
	v.Register("uuid", uuidForm)
	v.Register("password_hash", func(s string) bool { return hashForm().MatchString(s) })
	for tag, check := range map[string]validator.Func{
		"chars": func(f validator.FieldLevel) bool {
			return within(f.Param(), utf8.RuneCountInString(f.Field().String()))
		},
		"digits": func(f validator.FieldLevel) bool {
			text := f.Field().String()
			return strings.Trim(text, "0123456789") == "" && within(f.Param(), len(text))
		},
		"number":       func(f validator.FieldLevel) bool { return jsontext.Value(f.Field().Bytes()).Kind() == '0' },
		"not_negative": func(f validator.FieldLevel) bool { return !readNumber(string(f.Field().Bytes())).negative },
		"two_decimals": func(f validator.FieldLevel) bool { return !readNumber(string(f.Field().Bytes())).tooFine },
		"amount": func(f validator.FieldLevel) bool {
			value := jsontext.Value(f.Field().Bytes())
			n := readNumber(string(value))
			return value.Kind() == '0' && !n.negative && !n.tooFine && n.money <= mostMoney
		},
	} {
		if err := v.RegisterValidation(tag, check); err != nil {
			panic(err) // the tag is empty or taken: a mistake in the code
		}
	}
	return v
}

// within says whether so many are allowed by a tag's parameter, 10 or 5-30.
func within(param string, n int) bool {
	least, most, ranges := strings.Cut(param, "-")
	if !ranges {
		most = least
	}
	from, _ := strconv.Atoi(least)
	to, _ := strconv.Atoi(most)
	return from <= n && n <= to
}
