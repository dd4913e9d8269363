package apidev

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// fold is a text without case and accents, in which ñ is n (API-13): what is stored to search through, and what is
// searched for. Control characters become blanks, so that none of them is the end of a member.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, norm.NFD.String(cases.Fold().String(text)))
}

// searched is what a search looks through: the members, each on a line of its own.
func searched(members ...*string) string {
	var lines []string
	for _, member := range members {
		if member != nil {
			lines = append(lines, fold(*member))
		}
	}
	return strings.Join(lines, "\n")
}

var escapeLike = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// like is the pattern of LIKE … ESCAPE '\' that finds what holds the text. What is special in a pattern is data here.
func like(text string) string { return "%" + escapeLike.Replace(fold(text)) + "%" }
