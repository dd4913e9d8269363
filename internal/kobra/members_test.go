package kobra_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

// documentedMembers is the page's table, mended (KOB-13): name, type, longest length, values.
const documentedMembers = `
externalID string 20
kobraID integer
branchID integer
productID integer - 1 2 3
currencyCode string 2 MX US
name string 100
firstSurname string 50
secondSurname string 50
additionalSurname string 50
email string 100
birthdate date
rfc string 14
curp string 18
nationality string 2 MX US
residenceTypeID integer - 1 2 3 4
civilStatus either 1 D L C S
gender string 1 F M
ife string 20
dependants integer
street string 200
crossStreets string 255
outdoorNumber string 50
indoorNumber string 50
suburb string 50
city string 50
state string 50
postalCode string 6
lat string 20
lng string 20
addressDate date
phoneNumber string 12
cellphoneNumber string 12
addressTypeID string 1 N O C P E
initialCapital number
pendingCapital number
pendingOrdinaryInterests number
pendingOverdueInterest number
iva number
totalPending number
paidCapital number
paidOrdinaryInterest number
paidOverdueInterest number
totalPaid number
pendingPayments integer
paymentsDone integer
amountPaymentPeriodicity number
lastPaymentDate date
overdueDays integer
lastPaymentAmount number
loanDate date
paymentInformationBankName string 20
paymentInformationAcountHolder string 200
paymentInformationAccountReference string 200
paymentInformationAccountNumber string 20
paymentInformationAccountCLABE string 20
requiredPayment number
requiredPaymentMaxDate date
internalAgentsNetwork boolean
inactive boolean
lenderIDcdc string 10
contractType string 2
accountType string 1
productoType string 1
periodicity string 1
overduePeriods integer`

// documentedMember is a row of it.
type documentedMember struct {
	name, kind string
	longest    int
	values     []string
}

func table(t testing.TB) (all []documentedMember) {
	t.Helper()
	for line := range strings.SplitSeq(strings.TrimSpace(documentedMembers), "\n") {
		words := strings.Fields(line)
		m := documentedMember{name: words[0], kind: words[1]}
		if len(words) > 2 {
			_, _ = fmt.Sscan(words[2], &m.longest)
			m.values = words[3:]
		}
		all = append(all, m)
	}
	require.Len(t, all, 65)
	return all
}

// sides are values of a member that just pass and that just fail, with what they are told.
func (m documentedMember) sides() (pass []string, fail map[string]string) {
	const (
		aDate    = "must be a date in the format YYYY-MM-DD"
		aNumber  = "must be a number"
		aWhole   = "must be a whole number"
		aBoolean = "must be true or false"
		aString  = "must be a string"
	)
	oneOf := "must be one of " + strings.Join(m.values, ", ")
	text := func(n int) string { return `"` + strings.Repeat("ñ", n) + `"` }
	switch m.kind {
	case "string":
		if len(m.values) > 0 {
			for _, value := range m.values {
				pass = append(pass, `"`+value+`"`)
			}
			return pass, map[string]string{`"X"`: oneOf, `"` + strings.ToLower(m.values[0]) + `"`: oneOf, `"` + m.values[0] + ` "`: oneOf, `1`: oneOf, `true`: oneOf, `["` + m.values[0] + `"]`: oneOf}
		}
		tooLong := fmt.Sprintf("must have at most %d characters", m.longest)
		pass = []string{text(m.longest), text(1), `" "`, `"\u00f1"`}
		if m.longest >= 4 {
			pass = append(pass, `"a\n\"\\"`)
		}
		return pass,
			map[string]string{text(m.longest + 1): tooLong, `"\u00f1` + text(m.longest)[1:]: tooLong, `5`: aString, `true`: aString, `{}`: aString, `[]`: aString}
	case "date":
		return []string{`"1991-01-01"`, `"2024-02-29"`, `"0001-01-01"`, `"9999-12-31"`, `"1991-01-0\u0031"`},
			map[string]string{`"2023-02-29"`: aDate, `"1991-13-01"`: aDate, `"1991-1-1"`: aDate, `"01-01-1991"`: aDate, `"1991-01-01T00:00:00Z"`: aDate, `" "`: aDate, `19910101`: aDate, `{}`: aDate}
	case "integer":
		if len(m.values) > 0 {
			for _, value := range m.values {
				pass = append(pass, value, value+".0", value+"e0")
			}
			return pass, map[string]string{`0`: oneOf, `-1`: oneOf, fmt.Sprint(len(m.values) + 1): oneOf, `1.5`: oneOf, `"1"`: oneOf, `true`: oneOf}
		}
		return []string{`0`, `-7`, `5.0`, `5e2`, `-0`, `9223372036854775807`, `-9223372036854775808`, `9007199254740992.0`},
			map[string]string{`1.5`: aWhole, `5e-1`: aWhole, `9223372036854775808`: aWhole, `9007199254740994.0`: aWhole, `1e400`: aWhole, `"7"`: aWhole, `false`: aWhole, `[1]`: aWhole, `{}`: aWhole}
	case "number":
		return []string{`0`, `-1.50`, `1000.10`, `1E3`, `1.7e308`, `12345678901234567890.123`, `1e-400`},
			map[string]string{`1e400`: aNumber, `-1e309`: aNumber, `"7"`: aNumber, `true`: aNumber, `[]`: aNumber, `{}`: aNumber}
	case "boolean":
		return []string{`true`, `false`}, map[string]string{`1`: aBoolean, `0`: aBoolean, `"true"`: aBoolean, `[]`: aBoolean, `{}`: aBoolean}
	default: // a letter or a number
		either := oneOf + ", or a number from 1 to 4"
		return []string{`"D"`, `"L"`, `"C"`, `"S"`, `1`, `2`, `3`, `4`, `1.0`}, map[string]string{`0`: either, `5`: either, `1.5`: either, `"1"`: either, `"d"`: either, `"DL"`: either, `true`: either}
	}
}

// Every member of the table, at both sides of what it takes. What passes is kept as it was sent.
func TestEveryMember(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "KOB-12", "KOB-13", "KOB-14", "KOB-19", "KOB-41", "COM-23")
	s := apptest.New(t, app.Options{Settings: map[string]string{"kobra.required_members": ""}})
	for _, m := range table(t) {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			as := token + "@" + strings.ToLower(m.name)
			pass, fail := m.sides()
			for _, value := range pass {
				id := `"x"`
				sent := fmt.Sprintf(`{"externalID":"x",%q:%s}`, m.name, value)
				if m.name == "externalID" {
					id, sent = value, fmt.Sprintf(`{%q:%s}`, m.name, value)
				}
				a := s.Do(t, "POST", imports, body(1, sent), as)
				require.Equal(t, imported, a.Body, value)
				plain := strings.NewReplacer(`\u00f1`, "ñ", `\u0031`, "1").Replace
				want := fmt.Sprintf(`%q:%s`, m.name, plain(value))
				found := false
				for _, record := range exported(t, s, strings.ToLower(m.name))["accounts"] {
					found = found || strings.Contains(compact(string(record)), want) && strings.Contains(compact(string(record)), plain(id))
				}
				assert.True(t, found, want)
			}
			for value, message := range fail {
				sent := fmt.Sprintf(`{"externalID":"x",%q:%s}`, m.name, value)
				if m.name == "externalID" {
					sent = fmt.Sprintf(`{%q:%s}`, m.name, value)
				}
				a := s.Do(t, "POST", imports, body(1, `{"externalID":"y"}`, sent), as)
				assert.Equal(t, 400, a.Status, value)
				assert.Equal(t, refused("ValidationError", "accounts[1]."+m.name+" "+message), a.Body, value)
				e := journalled(t, s, a)
				require.Len(t, e.Violations, 1)
				assert.Equal(t, []string{"accounts[1]." + m.name, "KOB-12"}, []string{e.Violations[0].Member, e.Violations[0].Rule})
				assert.NotEmpty(t, e.Violations[0].Passes)
			}
			for _, absent := range []string{`""`, `null`} {
				sent := fmt.Sprintf(`{"externalID":"absent",%q:%s}`, m.name, absent)
				if m.name == "externalID" {
					a := s.Do(t, "POST", imports, body(1, `{"externalID":`+absent+`}`), as)
					assert.Equal(t, refused("ValidationError", "accounts[0].externalID is required"), a.Body)
					continue
				}
				assert.Equal(t, imported, s.Do(t, "POST", imports, body(1, sent), as).Body)
				assert.Equal(t, `{"externalID":"absent"}`, account(t, s, strings.ToLower(m.name), "absent"))
			}
		})
	}
}

// What is wrong is told in the order of the accounts, and of the table's members in them.
func TestOrderOfViolations(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "KOB-41", "KOB-15", "COM-25")
	s := apptest.New(t, app.Options{})
	a := s.Do(t, "POST", imports, body(1, fresh("a"), `{"iva":"x","firstSurname":7,"name":null,"externalID":"b"}`, `[]`, fresh("c", `"gender":"X"`)), token)
	assert.Equal(t, refused("ValidationError", "accounts[1].productID is required"), a.Body)
	var all []string
	for _, v := range journalled(t, s, a).Violations {
		all = append(all, strings.Join([]string{v.Rule, v.Member, v.Message}, " "))
	}
	assert.Equal(t, []string{
		"KOB-15 accounts[1].productID is required", "KOB-15 accounts[1].currencyCode is required", "KOB-15 accounts[1].name is required",
		"KOB-12 accounts[1].firstSurname must be a string", "KOB-12 accounts[1].iva must be a number", "KOB-11 accounts[2] must be an object",
		"KOB-12 accounts[3].gender must be one of F, M",
	}, all)
}

func TestRequiredMembersAreASetting(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "KOB-15")
	only := body(1, `{"externalID":"x"}`)
	for setting, message := range map[string]string{
		"productID,currencyCode,name,firstSurname": "accounts[0].productID is required",
		"rfc":              "accounts[0].rfc is required",
		"inactive,kobraID": "accounts[0].kobraID is required",
		"externalID":       "",
		"":                 "",
	} {
		s := apptest.New(t, app.Options{Settings: map[string]string{"kobra.required_members": setting}})
		a := s.Do(t, "POST", imports, only, token)
		if message == "" {
			assert.Equal(t, imported, a.Body, setting)
		} else {
			assert.Equal(t, refused("ValidationError", message), a.Body, setting)
		}
		// The other types require none of them.
		assert.Equal(t, imported, s.Do(t, "POST", imports, body(2, `{"externalID":"ana-munoz"}`), token).Body)
		assert.Equal(t, imported, s.Do(t, "POST", imports, body(3, `{"externalID":"ana-munoz"}`), token).Body)
	}
	for _, wrong := range []string{"nope", "name,", "name, rfc", "Name", ","} {
		_, err := app.New(t.Context(), app.Options{Settings: map[string]string{"kobra.required_members": wrong}})
		assert.ErrorContains(t, err, "is no member of an account", wrong)
	}
}
