package subclients

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-0f456478/sandbox/internal/web"
)

// money is an amount in centavos.
type money int64

// mostMoney is the most that one client has, so that fixtures take what they export: 15 digits, which every reader of
// JSON keeps exact.
const mostMoney money = 999_999_999_999_999

// numberForm is that of a JSON number.
var numberForm = web.Pattern(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// number is a JSON number, read without rounding.
type number struct {
	negative bool
	tooFine  bool // it has more than two decimals
	money    money
}

// readNumber reads a JSON number's text. An amount that money cannot hold is the most that it can, which nobody has.
func readNumber(text string) number {
	text, negative := strings.CutPrefix(text, "-")
	mantissa, power, _ := strings.Cut(strings.ToLower(text), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return number{}
	}
	// The digits times ten to this power are the number.
	exponent := parsePower(power) - len(fraction)
	significant := strings.TrimRight(digits, "0")
	n := number{negative: negative, tooFine: exponent+len(digits)-len(significant) < -2}
	switch {
	case n.tooFine:
	case len(digits)+exponent+2 > 18:
		n.money = math.MaxInt64
	default:
		// At least two decimals, zeros if need be; those beyond are zeros too.
		centavos := (digits + strings.Repeat("0", max(0, exponent+2)))[:len(digits)+exponent+2]
		value, _ := strconv.ParseInt(centavos, 10, 64) // at most 18 digits
		n.money = money(value)
	}
	return n
}

// parsePower reads a number's exponent. Beyond a billion it makes no difference.
func parsePower(text string) int {
	const most = 1_000_000_000
	power, err := strconv.Atoi(text)
	switch {
	case text == "":
		return 0
	case err != nil && text[0] == '-':
		return -most
	case err != nil:
		return most
	default:
		return min(max(power, -most), most)
	}
}

// String is the shortest form: 1000, 1200.5, 160.49 (SUB-16).
func (m money) String() string {
	text := strings.TrimRight(m.fixed(), "0")
	return strings.TrimSuffix(text, ".")
}

// fixed is the form with two decimals: 100.00.
func (m money) fixed() string { return fmt.Sprintf("%d.%02d", m/100, m%100) }

// json is the JSON number.
func (m money) json() jsontext.Value { return jsontext.Value(m.String()) }

// MarshalJSONTo implements json.MarshalerTo.
func (m money) MarshalJSONTo(out *jsontext.Encoder) error { return out.WriteValue(m.json()) }
