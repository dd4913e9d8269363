package kobra

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-0f456478/sandbox/internal/web"
)

// mostFindings is how many reasons for a refusal are looked for, and how many unread members are noted.
const mostFindings = 100

// violations are the reasons for a refusal, the first ones.
type violations []web.Violation

func (v violations) full() bool { return len(v) >= mostFindings }

// add notes a reason. The value is copied, since the body that it is a part of is not to stay with the journal.
func (v *violations) add(rule, path string, value jsontext.Value, message, passes string) {
	if v.full() {
		return
	}
	found := web.Violation{Member: path, Rule: rule, Message: message, Passes: passes}
	if value != nil {
		found.Value = value.Clone()
	}
	*v = append(*v, found)
}

// unknown notes that no record of a collection has the key.
func (v *violations) unknown(rule, path, collection, key, message, passes string) {
	if !v.full() {
		*v = append(*v, web.Violation{Member: path, Value: key, Rule: rule, Message: message, Passes: passes, Collection: collection})
	}
}

// refusal is what they amount to: nil for none.
func (v violations) refusal(kind error) error {
	if len(v) == 0 {
		return nil
	}
	return web.Refuse(kind, v...)
}

// unread notes members that are not read: of each name the path at which it stands first.
type unread struct {
	paths []string
	names map[string]bool
}

func (u *unread) add(array string, i int, name []byte) {
	if u.names[string(name)] || len(u.paths) >= mostFindings {
		return
	}
	if u.names == nil {
		u.names = map[string]bool{}
	}
	u.names[string(name)] = true
	u.paths = append(u.paths, place(array, i, string(name)))
}

// place is the path of a member, accounts[3].birthdate, or of a whole element.
func place(array string, i int, member string) string {
	path := array + "[" + strconv.Itoa(i) + "]"
	if member != "" {
		path += "." + member
	}
	return path
}
