package kobra

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// kind is the type of a member.
type kind int

const (
	text kind = iota
	date
	integer
	number
	boolean
	letterOrNumber // one of the letters, or which of them it is, counted from 1 (KOB-14)
)

// importType says what an import is for.
type importType int

const (
	newAccounts importType = 1 << iota
	balances
	personal

	always = newAccounts | balances | personal
)

// member is a row of the page's table of what an account holds.
type member struct {
	name   string
	kind   kind
	most   int        // characters of a text
	values []string   // the only ones, where there are such
	read   importType // by which types of import; new accounts read all
}

// members is that table, in its order (KOB-12). The rows of requiredPayment and requiredPaymentMaxDate are mended (KOB-13).
var members = [...]member{
	{"externalID", text, 20, nil, always},
	{"kobraID", integer, 0, nil, always},
	{"branchID", integer, 0, nil, always},
	{"productID", integer, 0, []string{"1", "2", "3"}, newAccounts},
	{"currencyCode", text, 2, []string{"MX", "US"}, newAccounts},
	{"name", text, 100, nil, newAccounts | personal},
	{"firstSurname", text, 50, nil, newAccounts | personal},
	{"secondSurname", text, 50, nil, newAccounts | personal},
	{"additionalSurname", text, 50, nil, newAccounts | personal},
	{"email", text, 100, nil, newAccounts | personal},
	{"birthdate", date, 10, nil, newAccounts | personal},
	{"rfc", text, 14, nil, newAccounts | personal},
	{"curp", text, 18, nil, newAccounts | personal},
	{"nationality", text, 2, []string{"MX", "US"}, newAccounts | personal},
	{"residenceTypeID", integer, 0, []string{"1", "2", "3", "4"}, newAccounts | personal},
	{"civilStatus", letterOrNumber, 1, []string{"D", "L", "C", "S"}, newAccounts | personal},
	{"gender", text, 1, []string{"F", "M"}, newAccounts | personal},
	{"ife", text, 20, nil, newAccounts | personal},
	{"dependants", integer, 0, nil, newAccounts | personal},
	{"street", text, 200, nil, newAccounts | personal},
	{"crossStreets", text, 255, nil, newAccounts | personal},
	{"outdoorNumber", text, 50, nil, newAccounts | personal},
	{"indoorNumber", text, 50, nil, newAccounts | personal},
	{"suburb", text, 50, nil, newAccounts | personal},
	{"city", text, 50, nil, newAccounts | personal},
	{"state", text, 50, nil, newAccounts | personal},
	{"postalCode", text, 6, nil, newAccounts | personal},
	{"lat", text, 20, nil, newAccounts | personal},
	{"lng", text, 20, nil, newAccounts | personal},
	{"addressDate", date, 10, nil, newAccounts | personal},
	{"phoneNumber", text, 12, nil, newAccounts | personal},
	{"cellphoneNumber", text, 12, nil, newAccounts | personal},
	{"addressTypeID", text, 1, []string{"N", "O", "C", "P", "E"}, newAccounts | personal},
	{"initialCapital", number, 0, nil, newAccounts | balances},
	{"pendingCapital", number, 0, nil, newAccounts | balances},
	{"pendingOrdinaryInterests", number, 0, nil, newAccounts | balances},
	{"pendingOverdueInterest", number, 0, nil, newAccounts | balances},
	{"iva", number, 0, nil, newAccounts | balances},
	{"totalPending", number, 0, nil, newAccounts | balances},
	{"paidCapital", number, 0, nil, newAccounts | balances},
	{"paidOrdinaryInterest", number, 0, nil, newAccounts | balances},
	{"paidOverdueInterest", number, 0, nil, newAccounts | balances},
	{"totalPaid", number, 0, nil, newAccounts | balances},
	{"pendingPayments", integer, 0, nil, newAccounts | balances},
	{"paymentsDone", integer, 0, nil, newAccounts | balances},
	{"amountPaymentPeriodicity", number, 0, nil, newAccounts | balances},
	{"lastPaymentDate", date, 10, nil, newAccounts | balances},
	{"overdueDays", integer, 0, nil, newAccounts | balances},
	{"lastPaymentAmount", number, 0, nil, newAccounts | balances},
	{"loanDate", date, 10, nil, newAccounts | balances},
	{"paymentInformationBankName", text, 20, nil, newAccounts | balances},
	{"paymentInformationAcountHolder", text, 200, nil, newAccounts | balances},
	{"paymentInformationAccountReference", text, 200, nil, newAccounts | balances},
	{"paymentInformationAccountNumber", text, 20, nil, newAccounts | balances},
	{"paymentInformationAccountCLABE", text, 20, nil, newAccounts | balances},
	{"requiredPayment", number, 0, nil, newAccounts | balances},
	{"requiredPaymentMaxDate", date, 10, nil, newAccounts | balances},
	{"internalAgentsNetwork", boolean, 0, nil, always},
	{"inactive", boolean, 0, nil, always},
	{"lenderIDcdc", text, 10, nil, newAccounts},
	{"contractType", text, 2, nil, newAccounts},
	{"accountType", text, 1, nil, newAccounts},
	{"productoType", text, 1, nil, newAccounts},
	{"periodicity", text, 1, nil, newAccounts},
	{"overduePeriods", integer, 0, nil, newAccounts | balances},
}

// memberCount is how many there are.
const memberCount = len(members)

// The places in the table of members that mean something to the code.
var (
	placeOf    = places()
	externalID = placeOf["externalID"]
)

func places() map[string]int {
	all := make(map[string]int, memberCount)
	for i, m := range members {
		all[m.name] = i
	}
	return all
}

// problem says what is wrong with a value that was sent: "" if nothing is.
func (m *member) problem(value jsontext.Value) string {
	switch {
	case m.fits(value):
		return ""
	case m.kind == text && m.values == nil && value.Kind() == '"':
		return "must have at most " + strconv.Itoa(m.most) + " characters"
	default:
		return "must be " + m.passes()
	}
}

// fits says that a value is of the member's type, length and values.
func (m *member) fits(value jsontext.Value) bool {
	switch m.kind {
	case text:
		sent, isText := textOf(value)
		return isText && m.holds(string(sent)) && utf8.RuneCount(sent) <= m.most
	case date:
		sent, isText := textOf(value)
		_, err := time.Parse(time.DateOnly, string(sent))
		return isText && err == nil
	case integer:
		whole, isWhole := wholeOf(value)
		return isWhole && m.holds(strconv.FormatInt(whole, 10))
	case number:
		return isNumber(value)
	case boolean:
		return value.Kind() == 't' || value.Kind() == 'f'
	default: // letterOrNumber
		sent, isText := textOf(value)
		whole, isWhole := wholeOf(value)
		return isText && m.holds(string(sent)) || isWhole && 1 <= whole && whole <= int64(len(m.values))
	}
}

// holds says that a text is among the values, or that there are none to be among.
func (m *member) holds(text string) bool { return m.values == nil || slices.Contains(m.values, text) }

// passes is what passes.
func (m *member) passes() string {
	switch {
	case m.kind == letterOrNumber:
		return "one of " + strings.Join(m.values, ", ") + ", or a number from 1 to " + strconv.Itoa(len(m.values))
	case m.values != nil:
		return "one of " + strings.Join(m.values, ", ")
	}
	return map[kind]string{
		text: "a string", date: "a date in the format YYYY-MM-DD", integer: "a whole number", number: "a number", boolean: "true or false",
	}[m.kind]
}

// isAbsent says that a value counts as not sent (KOB-18).
func isAbsent(value jsontext.Value) bool {
	return len(value) == 0 || string(value) == "null" || string(value) == `""`
}

// textOf is the text of a JSON string.
func textOf(value jsontext.Value) (sent []byte, ok bool) {
	if value.Kind() != '"' {
		return nil, false
	}
	return unquote(value), true
}

// isNumber takes what a double can hold: 1e400 is no number.
func isNumber(value jsontext.Value) bool {
	if value[0] != '-' && (value[0] < '0' || value[0] > '9') {
		return false
	}
	_, err := strconv.ParseFloat(string(value), 64)
	return err == nil
}

// mostExact is up to where a double holds every whole number.
const mostExact = 1 << 53

// wholeOf is the whole number that a value is: 5, 5.0 or 5e0, of at most 64 bits, or 53 where it is not all digits.
func wholeOf(value jsontext.Value) (whole int64, ok bool) {
	if value[0] != '-' && (value[0] < '0' || value[0] > '9') {
		return 0, false
	}
	whole, err := strconv.ParseInt(string(value), 10, 64)
	if err == nil {
		return whole, true
	}
	f, err := strconv.ParseFloat(string(value), 64)
	whole = int64(f)
	return whole, err == nil && -mostExact <= f && f <= mostExact && float64(whole) == f
}
