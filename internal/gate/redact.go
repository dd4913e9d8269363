package gate

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-0f456478/sandbox/internal/nearest"
)

// Redacted stands in the journal where a secret stood.
const Redacted = "[redacted]"

// secrets is what of an exchange must not stand in the journal: the headers and members that carry secrets, and secrets
// wherever else they may stand.
type secrets struct {
	headers []string
	members []string
	known   []known // the members, of which misspelt ones are near
	values  []string
}

// known is a member that carries a secret, and the letters of its name.
type known struct{ name, letters string }

// secretsOf lists the secrets of a request's header and further ones, also without a workspace's name behind them. Very
// short ones would take much else with them.
func secretsOf(g *Gate, header http.Header, further []string) secrets {
	s := secrets{headers: g.secretHeaders, members: g.secretMembers, known: g.knownMembers}
	for _, name := range s.headers {
		for _, value := range header[name] {
			// A secret, maybe behind a scheme, or cookies: what is behind the first blank, then all pieces.
			s.add(strings.TrimSpace(value[max(0, strings.IndexAny(value, " \t")):]))
			for piece := range strings.FieldsFuncSeq(value, func(r rune) bool { return strings.ContainsRune(" \t;=,", r) }) {
				s.add(piece)
			}
		}
	}
	for _, secret := range further {
		s.add(secret)
	}
	return s
}

// memberNames are the names of members in a body, which may be no good JSON: up to 40 of A-Z, a-z, _, - and blanks.
func memberNames(body []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			begin := bytes.IndexByte(body, '"') + 1
			if begin == 0 {
				return
			}
			body = body[begin:]
			end := 0
			for end < len(body) && (isLetter(body[end]) || isMark(rune(body[end]))) {
				end++
			}
			if end < 1 || end > 40 || end == len(body) || body[end] != '"' {
				continue
			}
			behind := bytes.TrimLeft(body[end+1:], " \t\r\n\f")
			if bytes.HasPrefix(behind, []byte(":")) && !yield(string(body[:end])) {
				return
			}
		}
	}
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

func isMark(r rune) bool { return r == '_' || r == '-' || r == ' ' }

// mostMisspelt is how much of a body is searched for misspelt names: more than the journal shows.
const mostMisspelt = 4 * mostBody

// misspelt also hides the members of a body that seem to be meant for secret ones: but for case and punctuation a secret
// one's name is in theirs, or within two edits of it.
func (s secrets) misspelt(body []byte) secrets {
	seen := map[string]bool{}
	for name := range memberNames(body[:min(len(body), mostMisspelt)]) {
		if seen[name] {
			continue
		}
		seen[name] = true
		if plain := letters(name); slices.ContainsFunc(s.known, func(secret known) bool { return name != secret.name && near(plain, secret.letters) }) {
			s.members = append(slices.Clip(s.members), name)
		}
	}
	return s
}

func near(name, secret string) bool {
	return strings.Contains(name, secret) || max(len(name)-len(secret), len(secret)-len(name)) <= 2 && nearest.Edits(name, secret) <= 2
}

// letters are a name's, in lower case.
func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if isMark(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

func (s *secrets) add(secret string) {
	for _, value := range []string{secret, secret[:max(0, strings.LastIndexByte(secret, '@'))]} {
		if len(value) >= 8 && !slices.Contains(s.values, value) {
			s.values = append(s.values, value)
		}
	}
}

// fromBody takes them out of a body: the values of the members that carry secrets, whatever they are, and the secrets
// themselves.
func (s secrets) fromBody(body []byte) string {
	if !s.mayHold(body) {
		return s.from(string(body)) // nearly every body
	}
	var shown strings.Builder
	d := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	from := int64(0)
	for {
		token, err := d.ReadToken()
		if err != nil {
			rest := body[from:]
			if !errors.Is(err, io.EOF) && s.named(rest) {
				rest = []byte(Redacted) // nobody can tell where the secret in it ends
			}
			shown.Write(rest)
			return s.from(shown.String())
		}
		if kind, n := d.StackIndex(d.StackDepth()); kind != '{' || n%2 == 0 || !slices.Contains(s.members, token.String()) {
			continue
		}
		shown.Write(body[from:d.InputOffset()])
		shown.WriteString(`:"` + Redacted + `"`)
		if d.SkipValue() != nil {
			return s.from(shown.String())
		}
		from = d.InputOffset()
	}
}

// mayHold says that a body may have a member that carries a secret: it has its name in it, or escapes that may spell it.
func (s secrets) mayHold(body []byte) bool {
	return bytes.Contains(body, []byte(`\u`)) || s.named(body)
}

func (s secrets) named(body []byte) bool {
	return slices.ContainsFunc(s.members, func(name string) bool { return bytes.Contains(body, []byte(name)) })
}

// privateKey is a private key in PEM, its line breaks escaped or not, or the beginning of one. Somebody may send it for
// the public one.
var privateKey = regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)`)

// from takes the secrets out of a text.
func (s secrets) from(text string) string {
	if strings.Contains(text, "PRIVATE KEY-----") {
		text = privateKey.ReplaceAllString(text, Redacted)
	}
	for _, secret := range s.values {
		text = strings.ReplaceAll(text, secret, Redacted)
	}
	return text
}

// fromURL takes them out of a URL, also where they are percent-encoded; such a URL is shown decoded.
func (s secrets) fromURL(raw string) string {
	if strings.Contains(raw, "%") {
		decoded, err := url.PathUnescape(raw)
		if hidden := s.from(decoded); err == nil && hidden != decoded {
			return hidden
		}
	}
	return s.from(raw)
}

// fromHeader is a header without them: the same if it holds none, else a copy.
func (s secrets) fromHeader(h http.Header) http.Header {
	shown, copied := h, false
	for name, values := range h {
		hidden := s.fromValues(name, values)
		if slices.Equal(hidden, values) {
			continue
		}
		if !copied {
			shown, copied = maps.Clone(h), true
		}
		shown[name] = hidden
	}
	return shown
}

func (s secrets) fromValues(name string, values []string) []string {
	if slices.Contains(s.headers, name) {
		return []string{scheme(values) + Redacted}
	}
	shown := values
	for i, value := range values {
		if hidden := s.from(value); hidden != value {
			shown = slices.Clone(shown)
			shown[i] = hidden
		}
	}
	return shown
}

// scheme is the first word of a header with a well-known one, which is no secret.
func scheme(values []string) string {
	for _, known := range []string{"Bearer ", "Basic "} {
		if len(values) == 1 && len(values[0]) > len(known) && strings.EqualFold(values[0][:len(known)], known) {
			return known
		}
	}
	return ""
}

// fromValue is a member's value in a violation without them, cut. JSON of the wrong type stays JSON where nothing is taken
// out.
func (s secrets) fromValue(member string, value any) any {
	if value != nil && slices.Contains(s.members, member[strings.LastIndexByte(member, '.')+1:]) {
		return Redacted
	}
	switch v := value.(type) {
	case string:
		return clip(s.from(v), mostValue)
	case jsontext.Value:
		if hidden := clip(s.from(string(v)), mostValue); hidden != string(v) {
			return hidden
		}
	}
	return value
}
