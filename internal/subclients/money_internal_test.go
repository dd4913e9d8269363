package subclients

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A number reads as exact arithmetic has it, however it is written.
func TestReadNumberIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "number")
		exact, ok := new(big.Rat).SetString(text)
		require.True(t, ok)
		n := readNumber(text)
		assert.Equal(t, exact.Sign() < 0, n.negative)
		centavos := new(big.Rat).Abs(new(big.Rat).Mul(exact, big.NewRat(100, 1)))
		assert.Equal(t, !centavos.IsInt(), n.tooFine)
		switch {
		case n.tooFine:
		case centavos.Cmp(big.NewRat(1e18, 1)) >= 0:
			assert.Equal(t, money(math.MaxInt64), n.money)
		default:
			assert.Equal(t, centavos.Num().String(), fmt.Sprint(int64(n.money)))
		}
	})
}

// The shortest form reads as the same amount, and nothing can be taken off it.
func TestMoneyIsWrittenShort(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := money(rapid.Int64Range(0, int64(mostMoney)).Draw(t, "centavos"))
		text := m.String()
		assert.Equal(t, number{money: m}, readNumber(text))
		assert.Equal(t, number{money: m}, readNumber(m.fixed()))
		if strings.Contains(text, ".") {
			assert.NotContains(t, "0.", text[len(text)-1:])
		}
	})
}

// Exponents and digits without end cost neither time nor memory.
func TestReadNumberIsBounded(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]number{
		"9999999999999999.99":                    {money: 999_999_999_999_999_999},
		"10000000000000000":                      {money: math.MaxInt64},
		"1e999999999999999999999":                {money: math.MaxInt64},
		"1e-999999999999999999999":               {tooFine: true},
		"-1e2147483648":                          {negative: true, money: math.MaxInt64},
		strings.Repeat("9", 1<<20):               {money: math.MaxInt64},
		"0." + strings.Repeat("0", 1<<20):        {},
		"0." + strings.Repeat("9", 1<<20):        {tooFine: true},
		"1" + strings.Repeat("0", 100) + "e-100": {money: 100},
	} {
		assert.Equal(t, want, readNumber(text), text[:min(len(text), 30)])
	}
}
