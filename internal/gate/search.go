package gate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/seed-0f456478/sandbox/internal/nearest"
)

// Search is what journal entries are asked for: each term must fit. Its zero value fits every entry.
type Search struct {
	terms []term
}

// term is one condition: word as it was asked for, and why an entry does not fit, "" if it does.
type term struct {
	word   string
	misses func(*Entry) string
}

// searchWords are the words that a search knows, and how an entry is asked.
var searchWords = map[string]func(value string) (misses func(*Entry) string, err error){
	"api":       equals(func(e *Entry) string { return e.API }),
	"operation": equals(func(e *Entry) string { return e.Operation }),
	"method":    equals(func(e *Entry) string { return e.Request.Method }),
	"owner":     equals(func(e *Entry) string { return e.Owner }),
	"id":        equals(func(e *Entry) string { return e.ID }),
	"state":     equals(func(e *Entry) string { return e.State }),
	"path":      holds("path", func(e *Entry) []string { return []string{e.Request.URL} }),
	"fault":     holds("fault", func(e *Entry) []string { return []string{e.Fault} }),
	"rule":      holds("violated rules", rulesOf),
	"status":    status,
	"since":     moment("before", func(e *Entry, at time.Time) bool { return !e.Arrived.Before(at) }),
	"until":     moment("after", func(e *Entry, at time.Time) bool { return !e.Arrived.After(at) }),
	"after":     sequence(func(e *Entry, n uint64) bool { return e.State == Arrived || e.Sequence > n }),
	"before":    sequence(func(e *Entry, n uint64) bool { return e.State == Answered && e.Sequence < n }),
}

// ParseSearch reads words like api:kobra status:>=400, whose values may stand in double quotes, and text that must stand
// in an entry's URL, bodies, violations or names.
func ParseSearch(text string) (Search, error) {
	var s Search
	for _, word := range words(text) {
		name, value, found := strings.Cut(word, ":")
		if !found || strings.HasPrefix(word, `"`) {
			s.terms = append(s.terms, term{word, anywhere(strings.Trim(word, `"`))})
			continue
		}
		if err := s.Require(name, strings.Trim(value, `"`)); err != nil {
			return Search{}, err
		}
	}
	return s, nil
}

// Require adds a word and its value.
func (s *Search) Require(name, value string) error {
	known, ok := searchWords[name]
	if !ok {
		return fmt.Errorf("no search word is called %q; the nearest are %s. Put text with a colon into double quotes",
			name, strings.Join(nearest.Of(name, slices.Sorted(maps.Keys(searchWords))), ", "))
	}
	misses, err := known(value)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	s.terms = append(s.terms, term{name + ":" + value, misses})
	return nil
}

// words splits a text at blanks outside double quotes.
func words(text string) []string {
	quoted := false
	return strings.FieldsFunc(text, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && unicode.IsSpace(r)
	})
}

// Fits says whether every term of the search fits an entry.
func (s Search) Fits(e *Entry) bool {
	return !slices.ContainsFunc(s.terms, func(t term) bool { return t.misses(e) != "" })
}

// Among are those of some entries that the search fits.
func (s Search) Among(all []*Entry) []*Entry {
	found := []*Entry{}
	for _, e := range all {
		if s.Fits(e) {
			found = append(found, e)
		}
	}
	return found
}

// Misses says why an entry does not fit, one sentence a term.
func (s Search) Misses(e *Entry) []string {
	var all []string
	for _, t := range s.terms {
		if why := t.misses(e); why != "" {
			all = append(all, t.word+": "+why)
		}
	}
	return all
}

func equals(of func(*Entry) string) func(string) (func(*Entry) string, error) {
	return func(value string) (func(*Entry) string, error) {
		return func(e *Entry) string {
			if is := of(e); !strings.EqualFold(is, value) {
				return "it is " + cmp.Or(is, "none")
			}
			return ""
		}, nil
	}
}

func holds(what string, of func(*Entry) []string) func(string) (func(*Entry) string, error) {
	return func(value string) (func(*Entry) string, error) {
		return func(e *Entry) string {
			all := of(e)
			if !slices.ContainsFunc(all, func(one string) bool { return one != "" && containsFold(one, value) }) {
				return clip(what+": "+cmp.Or(strings.Join(all, ", "), "none"), mostValue)
			}
			return ""
		}, nil
	}
}

func rulesOf(e *Entry) []string {
	var all []string
	for _, v := range e.Violations {
		all = append(all, v.Rule)
	}
	return all
}

func moment(what string, fits func(*Entry, time.Time) bool) func(string) (func(*Entry) string, error) {
	return func(value string) (func(*Entry) string, error) {
		at, err := time.Parse(time.RFC3339Nano, value)
		if err != nil {
			return nil, fmt.Errorf("%q is no RFC 3339 time like 2026-01-31T12:00:00Z", value)
		}
		return func(e *Entry) string {
			if fits(e, at) {
				return ""
			}
			return "it arrived " + what + " that, at " + e.Arrived.UTC().Format(time.RFC3339Nano)
		}, nil
	}
}

func sequence(fits func(*Entry, uint64) bool) func(string) (func(*Entry) string, error) {
	return func(value string) (func(*Entry) string, error) {
		n, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no sequence of an answer like 17", value)
		}
		return func(e *Entry) string {
			if fits(e, n) {
				return ""
			}
			return fmt.Sprintf("its sequence is %d", e.Sequence)
		}, nil
	}
}

// status is 404, 4xx, or >=400, >400, <=400, <400, !=404.
func status(value string) (func(*Entry) string, error) {
	number := strings.TrimLeft(value, "<>=!")
	sign := cmp.Or(strings.TrimSuffix(value, number), "=")
	low, high := 0, 0
	if class, ok := strings.CutSuffix(strings.ToLower(number), "xx"); ok {
		n, err := strconv.Atoi(class)
		if err != nil || n < 1 || n > 5 {
			return nil, fmt.Errorf("%q is no class of status like 4xx", value)
		}
		low, high = n*100, n*100+99
	} else {
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 || n > 999 {
			return nil, fmt.Errorf("%q is no status like 404, 4xx or >=400", value)
		}
		low, high = n, n
	}
	fits, known := map[string]func(int) bool{
		"=":  func(s int) bool { return low <= s && s <= high },
		"!=": func(s int) bool { return s < low || high < s },
		">=": func(s int) bool { return s >= low },
		"<=": func(s int) bool { return s <= high },
		">":  func(s int) bool { return s > high },
		"<":  func(s int) bool { return s < low },
	}[sign]
	if !known {
		return nil, fmt.Errorf("%q begins with none of =, !=, >, >=, <, <=", value)
	}
	return func(e *Entry) string {
		switch {
		case e.State != Answered:
			return "it is not answered yet"
		case fits(e.Response.Status):
			return ""
		default:
			return fmt.Sprintf("it is %d", e.Response.Status)
		}
	}, nil
}

func anywhere(text string) func(*Entry) string {
	return func(e *Entry) string {
		for _, place := range []string{e.Request.URL, e.Request.Body, e.Response.Body, e.Operation, e.Owner, e.ID, e.Fault} {
			if containsFold(place, text) {
				return ""
			}
		}
		for _, v := range e.Violations {
			if containsFold(v.Member+" "+v.Message, text) {
				return ""
			}
		}
		return "it does not hold the text"
	}
}

func containsFold(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}
