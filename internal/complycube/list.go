package complycube

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-0f456478/sandbox/internal/clock"
	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/web"
)

// list is a page of clients (CC-32).
type list struct {
	Page       int          `json:"page"`
	PageSize   int          `json:"pageSize"`
	TotalItems int          `json:"totalItems"`
	Pages      int          `json:"pages"`
	Items      []wireClient `json:"items"`
}

func (a *api) listClients(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	page, wrong := number(x, "page", 1, 1<<31-1)
	size, wrongToo := number(x, "pageSize", 100, 1000)
	if err := invalid(append(wrong, wrongToo...)); err != nil {
		return web.Response{}, err
	}
	f := filter{args: []any{x.Workspace.Name, x.Owner}}
	if !f.read(x) {
		return web.Response{Status: http.StatusOK, Body: list{Page: page, PageSize: size, Items: []wireClient{}}}, nil
	}
	var body web.JSON
	err := a.store.Read(r.Context(), func(v store.View) (err error) {
		body, err = v.Remember("complycube.clients"+f.conditions.String(), append(f.args, page, size), func() ([]byte, error) {
			found, err := f.list(v, page, size)
			if err != nil {
				return nil, err
			}
			return web.Encode(found)
		})
		return err
	})
	return web.Response{Status: http.StatusOK, Body: body}, err
}

// list reads the page of those that fit.
func (f *filter) list(v store.View, page, size int) (list, error) {
	body := list{Page: page, PageSize: size, Items: []wireClient{}}
	where := " WHERE c.workspace = $1 AND c.owner = $2" + f.conditions.String()
	if err := v.QueryRow("SELECT COUNT(*) FROM complycube_clients c"+where, f.args...).Scan(&body.TotalItems); err != nil {
		return body, err
	}
	body.Pages = (body.TotalItems + size - 1) / size
	from := (page - 1) * size
	if from >= body.TotalItems {
		return body, nil
	}
	// Cast, since SQLite would prepare a statement anew for each value of a bare limit.
	order := fmt.Sprintf(" ORDER BY c.created_at DESC, c.number DESC LIMIT CAST($%d AS BIGINT) OFFSET CAST($%d AS BIGINT)", len(f.args)+1, len(f.args)+2)
	found, err := queryClients(v, min(size, body.TotalItems-from), where+order, append(f.args, size, from)...)
	body.Items = make([]wireClient, len(found))
	for i, c := range found {
		body.Items[i] = named(c)
	}
	return body, err
}

// number reads a whole number from 1 to most.
func number(x *gate.Exchange, name string, otherwise, most int) (int, []web.Violation) {
	sent := x.Query(name)
	if sent == nil {
		return otherwise, nil
	}
	text := strings.Join(sent, ", ")
	n, err := strconv.Atoi(text)
	tag, param := "", ""
	switch {
	case err != nil:
		tag = "integer"
	case n < 1:
		tag, param = "min", "1"
	case n > most:
		tag, param = "most", strconv.Itoa(most)
	default:
		return n, nil
	}
	return 0, violations("", []web.Finding{{Member: name, Tag: tag, Param: param, Value: text}})
}

// filter is the conditions of a list, as SQL, and their arguments.
type filter struct {
	conditions strings.Builder
	args       []any
}

// columns are where the members are that a list can be filtered by, metadata aside.
var columns = map[string]string{
	"id":                                    "id",
	"type":                                  "type",
	"entityName":                            "entity_name",
	"email":                                 "email",
	"mobile":                                "mobile",
	"telephone":                             "telephone",
	"externalId":                            "external_id",
	"joinedDate":                            "joined_date",
	"personDetails.firstName":               "first_name",
	"personDetails.middleName":              "middle_name",
	"personDetails.lastName":                "last_name",
	"personDetails.dob":                     "dob",
	"personDetails.gender":                  "gender",
	"personDetails.nationality":             "nationality",
	"personDetails.birthCountry":            "birth_country",
	"personDetails.ssn":                     "ssn",
	"personDetails.socialInsuranceNumber":   "social_insurance_number",
	"personDetails.nationalIdentityNumber":  "national_identity_number",
	"personDetails.taxIdentificationNumber": "tax_identification_number",
	"companyDetails.name":                   "company_name",
	"companyDetails.website":                "website",
	"companyDetails.registrationNumber":     "registration_number",
	"companyDetails.incorporationCountry":   "incorporation_country",
	"companyDetails.incorporationType":      "incorporation_type",
}

// bounds are the parameters that leave out what is before or after a time, that time included.
var bounds = map[string]string{
	"createdAfter": "created_at > ", "createdBefore": "created_at < ", "updatedAfter": "updated_at > ", "updatedBefore": "updated_at < ",
}

// times are the members that are kept as times, and so filtered by.
var times = map[string]string{"createdAt": "created_at = ", "updatedAt": "updated_at = "}

// read takes every parameter for a condition. It says whether clients may fit: none does where a member does not exist or a
// value cannot be one of its. The journal lists such a parameter as unread.
func (f *filter) read(x *gate.Exchange) bool {
	keys := 0
	for _, name := range x.QueryNames() {
		if name == "page" || name == "pageSize" {
			continue
		}
		if strings.HasPrefix(name, "metadata.") {
			keys++ // no client has more than so many, and the SQL stays short
		}
		if keys > mostKeys {
			return false
		}
		if !f.readOne(x, name) {
			x.Ignored("?" + name)
			return false
		}
	}
	return true
}

func (f *filter) readOne(x *gate.Exchange, name string) bool {
	values := slices.Compact(slices.Clone(x.Query(name)))
	if len(values) != 1 || !utf8.ValidString(name+values[0]) || strings.ContainsRune(name+values[0], 0) {
		return false
	}
	value := values[0]
	if key, ok := strings.CutPrefix(name, "metadata."); ok {
		f.add(`EXISTS (SELECT 1 FROM complycube_metadata m
			WHERE m.workspace = c.workspace AND m.owner = c.owner AND m.client_id = c.id AND m.key = `, key)
		f.add("m.value = ", value)
		f.conditions.WriteString(")")
		return true
	}
	if column, ok := columns[name]; ok && value != "" { // a member that is not there is no member that is empty
		f.add("c."+column+" = ", value)
		return true
	}
	if condition, ok := bounds[name]; ok {
		at, ok := parseBound(value)
		f.add("c."+condition, clock.Text(at))
		return ok
	}
	if condition, ok := times[name]; ok {
		at, err := time.Parse(timeLayout, value)
		f.add("c."+condition, clock.Text(at))
		return err == nil && at.Format(timeLayout) == value // Parse takes a comma and an hour of one digit too
	}
	return false
}

// add adds a condition that ends before its argument.
func (f *filter) add(condition string, arg any) {
	f.args = append(f.args, arg)
	fmt.Fprintf(&f.conditions, " AND %s$%d", condition, len(f.args))
}

// parseBound reads a time in RFC 3339, or a date, which stands for its first moment in UTC.
func parseBound(value string) (time.Time, bool) {
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		at, err = time.Parse(time.DateOnly, value)
	}
	at = at.UTC()
	return at, err == nil && 0 <= at.Year() && at.Year() <= 9999 // what the store's texts can say
}
