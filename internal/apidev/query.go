package apidev

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
)

// filter is a parameter that a list is filtered by: what it takes, then what was asked for, "" for all.
type filter struct {
	name  string
	most  int // characters
	value string
}

// list is what a request for a list asks for.
type list struct {
	filters       []filter
	limit, offset int64
}

// key tells lists apart, their defaults filled in (API-31).
func (l list) key() []string {
	key := []string{fmt.Sprint(l.limit), fmt.Sprint(l.offset)}
	for _, f := range l.filters {
		key = append(key, f.value)
	}
	return key
}

const (
	defaultLimit = 25
	mostLimit    = 100
)

// readList reads the parameters of a list, all of them, so that each that is wrong stands in the journal (API-14).
func readList(x *gate.Exchange, filters ...filter) (l list, err error) {
	var wrong []web.Violation
	l.filters = filters
	for i, f := range filters {
		sent, ok := single(x, f.name)
		switch {
		case !ok:
			wrong = append(wrong, parameter(x, f.name, "must be a string", "one value, without NUL and in UTF-8"))
		case utf8.RuneCountInString(sent) > f.most:
			wrong = append(wrong, parameter(x, f.name, fmt.Sprintf("must be at most %d characters long", f.most), "a shorter value"))
		}
		l.filters[i].value = sent
	}
	var ok bool
	if l.limit, ok = number(x, "limit", defaultLimit); !ok || l.limit < 1 || l.limit > mostLimit {
		wrong = append(wrong, parameter(x, "limit", fmt.Sprintf("must be a number between 1 and %d", mostLimit), "10"))
	}
	if l.offset, ok = number(x, "offset", 0); !ok {
		wrong = append(wrong, parameter(x, "offset", "must be a number greater than or equal to 0", "0"))
	}
	if len(wrong) > 0 {
		return list{}, web.Refuse(web.ErrInvalid, wrong...)
	}
	return l, nil
}

func parameter(x *gate.Exchange, name, message, passes string) web.Violation {
	return web.Violation{Member: name, Value: strings.Join(x.Query(name), ", "), Rule: "API-14", Message: fmt.Sprintf("%q %s", name, message), Passes: passes}
}

// single is a parameter's value, "" if it is not there. One that is there twice is refused, and so is what no text can
// hold (COM-33).
func single(x *gate.Exchange, name string) (value string, ok bool) {
	switch all := x.Query(name); len(all) {
	case 0:
		return "", true
	case 1:
		return all[0], utf8.ValidString(all[0]) && !strings.ContainsRune(all[0], 0)
	default:
		return "", false
	}
}

var digits = web.Pattern(`^[0-9]+$`)

// number is a parameter's value, or the default if it is not there.
func number(x *gate.Exchange, name string, standard int64) (n int64, ok bool) {
	if len(x.Query(name)) == 0 {
		return standard, true
	}
	value, ok := single(x, name)
	if !ok || !digits(value) {
		return 0, false
	}
	n, err := strconv.ParseInt(value, 10, 64)
	return n, !errors.Is(err, strconv.ErrRange)
}
