package store

import (
	"strings"
	"unicode/utf8"
)

// PostgreSQL takes no NUL and nothing that is not UTF-8 into a text, where SQLite keeps any bytes. Such a byte is kept there
// as the character escape+byte, at the end of the private use area; and a character that is there already as its bytes, each
// kept that way, so that every text comes back as it was.
const escape = 0x10FF00

// escapeLead is how the UTF-8 of those characters begins; hardly any text has it.
const escapeLead = '\xF4'

// escaped is a text as PostgreSQL keeps it.
func escaped(text string) string {
	if utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 && strings.IndexByte(text, escapeLead) < 0 {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if broken := r == utf8.RuneError && size == 1; broken || r == 0 || r >= escape {
			for _, c := range []byte(text[i : i+size]) {
				b.WriteRune(escape + rune(c))
			}
		} else {
			b.WriteString(text[i : i+size])
		}
		i += size
	}
	return b.String()
}

// unescaped is the text that was escaped.
func unescaped(text string) string {
	if strings.IndexByte(text, escapeLead) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if r >= escape {
			b.WriteByte(byte(r - escape)) //nolint:gosec // the last character is escape+255
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
