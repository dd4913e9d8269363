package subclients_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

// table is the page's, for the members of strings: what each takes, and how its refusal reads.
var table = []struct {
	name        string
	required    bool
	kind        string // characters, digits, code, email or state
	least, most int
}{
	{"name", true, "characters", 5, 30},
	{"alias", true, "characters", 3, 10},
	{"email", true, "email", 0, 0},
	{"phone", true, "digits", 10, 10},
	{"mobile_phone", true, "digits", 10, 10},
	{"rfc", true, "characters", 10, 13},
	{"street", true, "characters", 1, 20},
	{"ext_street_number", true, "characters", 1, 5},
	{"int_street_number", false, "characters", 1, 5},
	{"suburb", true, "characters", 1, 25},
	{"township", true, "characters", 1, 25},
	{"city", true, "characters", 1, 25},
	{"state", true, "state", 0, 0},
	{"postal_code", true, "digits", 5, 5},
	{"contact_name", true, "characters", 1, 12},
	{"contact_second_name", false, "characters", 1, 12},
	{"contact_surname", true, "characters", 1, 12},
	{"contact_second_surname", false, "characters", 1, 12},
	{"contact_email", true, "email", 0, 0},
	{"contact_telephone_country_code", true, "code", 2, 3},
	{"contact_telephone", true, "digits", 10, 10},
	{"contact_mobile_phone_country_code", true, "code", 2, 3},
	{"contact_mobile_phone", true, "digits", 10, 10},
	{"legal_representative_name", false, "characters", 1, 12},
	{"legal_representative_second_name", false, "characters", 1, 12},
	{"legal_representative_surname", false, "characters", 1, 12},
	{"legal_representative_second_surname", false, "characters", 1, 12},
	{"legal_representative_email", false, "email", 0, 0},
	{"legal_representative_telephone_country_code", false, "code", 2, 3},
	{"legal_representative_telephone", false, "digits", 10, 10},
	{"legal_representative_mobile_phone_country_code", false, "code", 2, 3},
	{"legal_representative_mobile_phone", false, "digits", 10, 10},
	{"api_key_name", true, "characters", 5, 30},
	{"api_key_description", false, "characters", 1, 30},
	{"api_key_password", true, "characters", 1, 30},
}

// Every member at both sides of each of its bounds.
func TestEveryMember(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-10", "SUB-11", "SUB-12", "SUB-41", "SUB-50", "COM-23")
	s := apptest.New(t, app.Options{})
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			space := 0
			// try sends the documented request with another value, each time in a workspace of its own.
			try := func(value, sentence string) {
				space++
				auth := fmt.Sprintf("%s@%s-%d", token, strings.ReplaceAll(row.name, "_", "-"), space)
				a := s.Do(t, "POST", clients, with(t, row.name, value), auth)
				if sentence == "" {
					assert.Equal(t, 200, a.Status, "%s: %s", value, a.Body)
				} else {
					assert.Equal(t, 422, a.Status, value)
					assert.Equal(t, invalid(row.name+": "+sentence), a.Body, value)
				}
			}
			nothing := ""
			if row.required {
				nothing = "is required"
			}
			for _, value := range []string{"-", "null", `""`} {
				try(value, nothing)
			}
			for _, value := range []string{"true", "[]", "{}", `["a"]`} {
				try(value, "must be a string")
			}
			quoted := func(c string, n int) string { return `"` + strings.Repeat(c, n) + `"` }
			switch row.kind {
			case "characters":
				try("12345", "must be a string")
				wrong := fmt.Sprintf("must have between %d and %d characters", row.least, row.most)
				try(quoted("😀", row.least), "")
				try(quoted("ñ", row.most), "")
				try(quoted("ñ", row.most+1), wrong)
				try(quoted(" ", row.least), "")
				if row.least > 1 {
					try(quoted("😀", row.least-1), wrong)
				}
			case "digits":
				try(strings.Repeat("5", row.least), "must be a string")
				wrong := fmt.Sprintf("must have exactly %d digits", row.least)
				try(quoted("0", row.least), "")
				for _, value := range []string{quoted("5", row.least-1), quoted("5", row.least+1), quoted("５", row.least), quoted("a", row.least), `"+` + quoted("5", row.least-1)[1:], quoted(" ", row.least)} {
					try(value, wrong)
				}
			case "code":
				for _, value := range []string{`"52"`, `"052"`, "52", "521"} {
					try(value, "")
				}
				for _, value := range []string{`"5"`, `"5210"`, `"+52"`, `"５２"`, "5", "5210", "-52", "5.2", "5e1"} {
					try(value, "must have between 2 and 3 digits")
				}
			case "email":
				try("5", "must be a string")
				for _, value := range []string{`"juan.perez+1@sub.example.com"`, `"ñandú@example.com"`} {
					try(value, "")
				}
				for _, value := range []string{`"a"`, `"a@"`, `"@example.com"`, `"a b@example.com"`, `"[email protected]"`, `" a@example.com"`} {
					try(value, "must be a valid email address")
				}
			case "state":
				try("5", "must be a string")
				for _, value := range []string{`"YUCATAN"`, `"ESTADO DE MEXICO"`} {
					try(value, "")
				}
				for _, value := range []string{`"Yucatan"`, `"YUCATÁN"`, `"MEXICO"`, `" CDMX"`, `"Ciudad de México"`} {
					try(value, "is not in the states catalog")
				}
			}
		})
	}
}

func TestAvailableIsAnExactNumber(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-10", "SUB-16", "SUB-42")
	s := apptest.New(t, app.Options{Settings: map[string]string{"subclients.minimum_available": "0"}})
	for i, test := range []struct{ sent, shown, sentence string }{
		{"-", "", "is required"},
		{"null", "", "is required"},
		{`"1000"`, "", "must be a number"},
		{`""`, "", "must be a number"},
		{"true", "", "must be a number"},
		{"[1000]", "", "must be a number"},
		{"-1", "", "must not be negative"},
		{"-0.001", "", "must not be negative"},
		{"-1e400", "", "must not be negative"},
		{"0.001", "", "must have at most two decimals"},
		{"1000.005", "", "must have at most two decimals"},
		{"1e-3", "", "must have at most two decimals"},
		{"1e-400", "", "must have at most two decimals"},
		{"1e-99999999999999999999", "", "must have at most two decimals"},
		{"0.30000000000000004", "", "must have at most two decimals"},
		{"0", "0", ""},
		{"-0", "0", ""},
		{"-0.00e5", "0", ""},
		{"0e99999999999999999999", "0", ""},
		{"0.01", "0.01", ""},
		{"0.3", "0.3", ""},
		{"1e2", "100", ""},
		{"1E+2", "100", ""},
		{"100000e-3", "100", ""},
		{"1000.50", "1000.5", ""},
		{"1000.5000", "1000.5", ""},
		{"1200.5", "1200.5", ""},
		{"10.05", "10.05", ""},
		{"1000000.51", "1000000.51", ""},
		{"1000000.52", "", "Insufficient balance"},
		{"1e400", "", "Insufficient balance"},
		{"1e99999999999999999999", "", "Insufficient balance"},
		{"92233720368547758.08", "", "Insufficient balance"},
		{"18446744073709551617", "", "Insufficient balance"},
	} {
		auth := fmt.Sprintf("%s@available-%d", token, i)
		a := s.Do(t, "POST", clients, with(t, "available", test.sent), auth)
		switch test.sentence {
		case "":
			assert.Equal(t, test.shown, readSubclient(t, a).Available.String(), test.sent)
		case "Insufficient balance":
			assert.Equal(t, refusal(422, "Insufficient balance"), a.Body, test.sent)
		default:
			assert.Equal(t, invalid("available: "+test.sentence), a.Body, test.sent)
		}
	}
	// Tenths that a float cannot hold.
	create(t, s, token, "alias", `"TENTH"`, "available", "0.1")
	create(t, s, token, "alias", `"FIFTH"`, "available", "0.2")
	assert.Equal(t, "1000000.21", read(t, s, token).Available.String())
}

// All that is wrong is told at once, in the table's order, whatever the order of the body.
func TestAllViolationsInTheTablesOrder(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-41", "COM-25")
	s := apptest.New(t, app.Options{})
	var missing, wrong, body []string
	for i, m := range membersOf(t) {
		kind := "string"
		if m.name == "available" {
			kind = "number"
		}
		wrong = append(wrong, m.name+": must be a "+kind)
		body = append([]string{fmt.Sprintf("%q:[%d]", m.name, i)}, body...)
		for _, row := range table {
			if row.name == m.name && row.required || m.name == "available" {
				missing = append(missing, m.name+": is required")
				break
			}
		}
	}
	assert.Len(t, missing, 23)
	assert.Equal(t, invalid(missing...), s.Do(t, "POST", clients, "{}", token).Body)
	a := s.Do(t, "POST", clients, "{"+strings.Join(body, ",")+"}", token)
	assert.Equal(t, invalid(wrong...), a.Body)

	told := explain(t, s, a)
	assert.Len(t, told, 36)
	assert.Equal(t, explained{"name", "[0]", "SUB-10", "must be a string", "a string"}, told[0])
	assert.Equal(t, explained{"api_key_password", `"[redacted]"`, "SUB-10", "must be a string", "a string"}, told[35])
	assert.Equal(t, []explained{
		{"available", "-5", "SUB-10", "must not be negative", "0 or more"},
		{"contact_telephone_country_code", `"5"`, "SUB-10", "must have between 2 and 3 digits", "a string of between 2 and 3 digits"},
	}, explain(t, s, s.Do(t, "POST", clients, with(t, "available", "-5", "contact_telephone_country_code", "5"), token)))
	assert.Equal(t, []explained{{"available", "1e400", "SUB-42", "is more than the client has available", "at most 1000000.51"}},
		explain(t, s, s.Do(t, "POST", clients, with(t, "available", "1e400"), token)))
}

// explained is a violation as the journal shows it.
type explained struct{ Member, Value, Rule, Message, Passes string }

// explain follows the X-Sandbox-Explain of a refusal.
func explain(t *testing.T, s *apptest.Sandbox, a apptest.Answer) (all []explained) {
	t.Helper()
	var entry struct {
		Violations []struct {
			Member, Rule, Message, Passes string
			Value                         json.RawMessage
		}
	}
	shown := s.Do(t, "GET", a.Header.Get("X-Sandbox-Explain"), "", local).Body
	require.NoError(t, json.Unmarshal([]byte(shown), &entry), shown)
	for _, v := range entry.Violations {
		all = append(all, explained{v.Member, string(v.Value), v.Rule, v.Message, v.Passes})
	}
	return all
}

func TestUnknownMembersAreIgnored(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-24")
	s := apptest.New(t, app.Options{})
	made := create(t, s, token, "id", `"mine"`, "Name", `"Else"`, "code", `"MINE"`)
	assert.NotEqual(t, "mine", made.ID)
	assert.Equal(t, []string{"NOENT", "Noentiendo"}, []string{made.Code, made.Name})
	assert.NotContains(t, export(t, s, "default"), "Else")
}

func TestStatesCatalog(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-50")
	s := apptest.New(t, app.Options{})
	a := s.Do(t, "GET", "/subclients/catalogs/states", "", token)
	assert.Equal(t, 200, a.Status)
	assert.True(t, strings.HasPrefix(a.Body, `{"success":true,"code":0,"message":"OK","data":{"states":[{"key":"AGUASCALIENTES","value":"Aguascalientes"},{"key":"BAJA CALIFORNIA","value":"Baja California"},`), a.Body)
	keys := []string{
		"AGUASCALIENTES", "BAJA CALIFORNIA", "BAJA CALIFORNIA SUR", "CAMPECHE", "CDMX", "CHIAPAS", "CHIHUAHUA", "COAHUILA", "COLIMA", "DURANGO",
		"ESTADO DE MEXICO", "GUANAJUATO", "GUERRERO", "HIDALGO", "JALISCO", "MICHOACAN", "MORELOS", "NAYARIT", "NUEVO LEON", "OAXACA", "PUEBLA",
		"QUERETARO", "QUINTANA ROO", "SAN LUIS POTOSI", "SINALOA", "SONORA", "TABASCO", "TAMAULIPAS", "TLAXCALA", "VERACRUZ", "YUCATAN", "ZACATECAS",
	}
	for i, key := range keys {
		assert.Contains(t, a.Body, fmt.Sprintf(`{"key":%q,`, key))
		create(t, s, token, "state", `"`+key+`"`, "alias", fmt.Sprintf(`"S-%d"`, i+10))
	}
	assert.Contains(t, a.Body, `{"key":"CDMX","value":"Ciudad de México"}`)
	assert.Equal(t, len(keys), strings.Count(a.Body, `"key"`))
}
