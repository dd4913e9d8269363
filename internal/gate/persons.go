package gate

import (
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// The kinds of identity. All but the first two are the same person's wherever they stand.
const (
	PersonName      = "name"      // shown, and joins nothing
	PersonID        = "id"        // the API's own, behind its name
	PersonReference = "reference" // given by who calls the APIs
	PersonRFC       = "rfc"       // a Mexican tax number
	PersonPhone     = "phone"     // its last ten digits
	PersonEmail     = "email"
)

// PersonMark says where requests to an API, and their answers, have something of the person or company that they are about.
type PersonMark struct {
	Kind string
	At   string // a member like data.id, of each element like accounts[].rfc, a path parameter like {id}, or a query parameter like ?email
}

// Identity is what a person is known by.
type Identity struct {
	Kind  string `json:"kind" enum:"id,reference,rfc,phone,email"`
	Value string `json:"value"`
}

// Person is somebody whom a request is about. Two with a common identity are one.
type Person struct {
	Name       string
	Identities []Identity
}

// mostPersons bounds how many persons one request is about.
const mostPersons = 100

// genericRFCs are those that stand for everybody without one of their own.
var genericRFCs = []string{"XAXX010101000", "XEXX010101000"}

// IdentityOf is an identity as it is compared, if the text is one.
func IdentityOf(kind, text string) (Identity, bool) {
	text = strings.TrimSpace(text)
	switch kind {
	case PersonPhone:
		digits := strings.Map(func(r rune) rune {
			if r < '0' || '9' < r {
				return -1
			}
			return r
		}, text)
		text = digits[max(0, len(digits)-10):]
		return Identity{kind, text}, len(text) >= 7
	case PersonRFC:
		text = strings.ToUpper(text)
		return Identity{kind, text}, text != "" && !slices.Contains(genericRFCs, text)
	case PersonEmail:
		text = strings.ToLower(text)
	}
	return Identity{kind, text}, text != "" && len(text) <= mostValue && text != Redacted
}

// Persons are those whom an entry is about: one of what stands at most once in it, and one of each element of an array. A
// login is about nobody, and of a body only what the journal keeps counts.
func (api *API) Persons(e *Entry) []Person {
	at := slices.IndexFunc(api.Routes, func(r Route) bool { return r.Operation == e.Operation })
	if at < 0 || api.Routes[at].Login != nil {
		return nil
	}
	f := &finder{api: api, all: make([]Person, 1)}
	if u, err := url.Parse(e.Request.URL); err == nil {
		for name, values := range u.Query() {
			f.mark("?"+name, values[0], 0)
		}
		for name, value := range api.Routes[at].parametersIn(u.EscapedPath()) {
			f.mark("{"+name+"}", value, 0)
		}
	}
	f.read(e.Request.Body)
	f.read(e.Response.Body)
	return slices.DeleteFunc(f.all, func(p Person) bool { return p.Identities == nil })
}

// parametersIn are the values of the path's parameters in a request's path, whatever stands before it.
func (r Route) parametersIn(path string) map[string]string {
	sent := strings.Split(strings.TrimSuffix(path, "/"), "/")
	for _, pattern := range []string{r.Path, r.Also} {
		wanted := strings.Split(strings.Trim(pattern, "/"), "/")
		if len(sent) < len(wanted) {
			continue
		}
		found := map[string]string{}
		for i, one := range sent[len(sent)-len(wanted):] {
			if name, is := strings.CutPrefix(wanted[i], "{"); is {
				if value, err := url.PathUnescape(one); err == nil {
					found[strings.TrimSuffix(name, "}")] = value
				}
			} else if one != wanted[i] {
				found = nil
				break
			}
		}
		if found != nil {
			return found
		}
	}
	return nil
}

// finder finds persons. The first of all is the one of what is in no array.
type finder struct {
	api *API
	all []Person
}

// mark takes what stands somewhere for a person's, if it is marked so.
func (f *finder) mark(at, value string, of int) {
	p := &f.all[of]
	for _, m := range f.api.PersonMarks {
		switch {
		case m.At != at || value == "":
		case m.Kind == PersonName:
			if !strings.Contains(" "+p.Name+" ", " "+value+" ") { // the answer repeats what was sent
				p.Name = clip(strings.TrimSpace(p.Name+" "+value), mostValue)
			}
		default:
			i, ok := IdentityOf(m.Kind, value)
			if m.Kind == PersonID {
				i.Value = f.api.Name + "/" + i.Value
			}
			if ok && !slices.Contains(p.Identities, i) {
				p.Identities = append(p.Identities, i)
			}
		}
	}
}

// read looks for persons in a body, as far as it is JSON.
func (f *finder) read(body string) {
	if body == "" {
		return
	}
	_ = f.value(jsontext.NewDecoder(strings.NewReader(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)), "", 0) // the journal may have cut it
}

func (f *finder) value(d *jsontext.Decoder, at string, of int) error {
	if !slices.ContainsFunc(f.api.PersonMarks, func(m PersonMark) bool { return strings.HasPrefix(m.At, at) }) {
		return d.SkipValue()
	}
	token, err := d.ReadToken()
	if err != nil {
		return err
	}
	switch token.Kind() {
	case '"', '0':
		f.mark(at, token.String(), of)
	case '{':
		for d.PeekKind() == '"' {
			name, err := d.ReadToken()
			if err != nil {
				return err
			}
			if err := f.value(d, strings.TrimPrefix(at+"."+name.String(), "."), of); err != nil {
				return err
			}
		}
		_, err = d.ReadToken()
	case '[':
		for d.PeekKind() != ']' {
			if len(f.all) > mostPersons {
				return nil
			}
			f.all = append(f.all, Person{})
			if err := f.value(d, at+"[]", len(f.all)-1); err != nil {
				return err
			}
		}
		_, err = d.ReadToken()
	}
	return err
}
