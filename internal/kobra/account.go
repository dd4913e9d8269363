package kobra

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// mostRecords is how many accounts or promises one import takes (KOB-11, KOB-32).
const mostRecords = 10_000

// The switches of KOB-15 and KOB-12.
var (
	requiredMembers = workspace.Switch{
		Name: "kobra.required_members", Rule: "KOB-15", Default: "productID,currencyCode,name,firstSurname",
		Takes: "names of account members with commas between them, or nothing", Check: checkRequired,
	}
	unknownReference = workspace.Switch{Name: "kobra.unknown_reference", Rule: "KOB-12", Values: []string{"accept", "reject"}, Default: "accept"}
)

// account is one account of an import, ready to be stored.
type account struct {
	externalID string
	members    string      // those that were sent: see store.go
	refers     []reference // to look up
}

// reference is a member that holds an id which the partner has given out.
type reference struct {
	member string
	kind   idKind
	id     int64
}

// importBody imports what the body's top level says: an object holds accounts, an array payment promises.
func importBody(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	body, err := x.Body()
	if err != nil {
		return web.Response{}, err
	}
	kind, err := web.Check(body)
	if err != nil {
		return web.Response{}, err
	}
	switch kind {
	case '{':
		err = importAccounts(x, body)
	case '[':
		err = importPromises(x, body)
	default:
		err = web.Refuse(web.ErrTopLevel, web.Violation{
			Rule: "KOB-42", Message: "the body is neither an object nor an array", Passes: "a JSON object with accounts or a JSON array of payment promises",
		})
	}
	return web.Response{Status: http.StatusOK, Body: envelope{}}, err
}

// importAccounts stores the accounts of a body, all or none (KOB-17).
func importAccounts(x *gate.Exchange, body []byte) error {
	read, err := readAccounts(body, x.Workspace.Setting(requiredMembers.Name), x.Workspace.Setting(unknownReference.Name) == "reject")
	if err != nil {
		return err
	}
	x.Ignored(append(read.top, read.unread.paths...)...)
	if err := read.wrong.refusal(web.ErrInvalid); err != nil {
		return err
	}
	var effects []gate.Effect
	err = write(x, len(read.accounts), func(tx *workspace.Tx) (err error) {
		effects, err = storeAccounts(tx, x.Owner, read)
		return err
	})
	if err == nil {
		x.Did(effects...)
	}
	return err
}

// storeAccounts stores the accounts of an import, and says what it did to each.
func storeAccounts(tx *workspace.Tx, owner string, read *accountsBody) ([]gate.Effect, error) {
	effects := make([]gate.Effect, 0, len(read.accounts))
	var wrong violations
	for i, a := range read.accounts {
		effect, err := storeAccount(tx, owner, a, read.as == newAccounts)
		if err != nil {
			return nil, err
		}
		if effect == "" {
			wrong.unknown("KOB-16", place("accounts", i, "externalID"), "accounts", a.externalID, "is not the ID of an account", "the ID of an account, or importTypeID 1")
		}
		for _, to := range a.refers {
			known, err := isKnown(tx.View, tx.Workspace, owner, to)
			if err != nil {
				return nil, err
			}
			if !known {
				wrong.unknown("KOB-12", place("accounts", i, to.member), to.kind.collection(), strconv.FormatInt(to.id, 10), "is not known", "an id from the workspace's fixture, or kobra.unknown_reference=accept")
			}
		}
		effects = append(effects, gate.Effect{Record: "kobra.accounts/" + a.externalID, Effect: effect})
	}
	return effects, wrong.refusal(web.ErrNotFound)
}

// mostShared is how many records an import may write in a commit that it shares. More would keep others waiting who share
// it, and have them run again if it breaks.
const mostShared = 100

func write(x *gate.Exchange, records int, fn func(*workspace.Tx) error) error {
	do := x.Write
	if records > mostShared {
		do = x.WriteAlone
	}
	return do(x.Request.Context(), fn)
}

// storeAccount adds an account, or sets the members that were sent of the one that there is, and says what it did: "" if
// there is none and it is not to be added (KOB-16).
func storeAccount(tx *workspace.Tx, owner string, a account, add bool) (effect string, err error) {
	if add {
		if added, err := insertAccount(tx, owner, a); err != nil || added {
			return "created", err
		}
	}
	stored, found, err := findAccount(tx.View, tx.Workspace, owner, a.externalID)
	if err != nil || !found {
		return "", err
	}
	merged, err := merge(stored, a.members)
	if err != nil || merged == stored {
		return "unchanged", err
	}
	a.members = merged
	return "updated", updateAccount(tx, owner, a)
}

// merge is the stored members with those that were sent in their place (KOB-16).
func merge(stored, sent string) (string, error) {
	if stored == sent {
		return stored, nil
	}
	var all [memberCount]jsontext.Value
	for _, object := range []string{stored, sent} {
		w := walk([]byte(object))
		err := w.object(func(name []byte) (err error) {
			all[placeOf[string(name)]], err = w.value()
			return err
		})
		if err != nil {
			return "", fmt.Errorf("read the members of an account: %w", err)
		}
	}
	return string(appendMembers(nil, &all)), nil
}

// appendMembers writes the members that there are as a JSON object, in the order of the table.
func appendMembers(to []byte, all *[memberCount]jsontext.Value) []byte {
	to = append(to, '{')
	for i, value := range all {
		if isAbsent(value) {
			continue
		}
		if len(to) > 1 {
			to = append(to, ',')
		}
		to = append(append(append(to, '"'), members[i].name...), '"', ':')
		if value.Kind() == '"' && slices.Contains(value, '\\') {
			to, _ = jsontext.AppendQuote(to, unquote(value)) // web.Check has taken its characters
		} else {
			to = append(to, value...)
		}
	}
	return append(to, '}')
}

// accountsBody is the body of an import of accounts, as far as it was read.
type accountsBody struct {
	as       importType
	required [memberCount]bool
	look     bool // for the ids that accounts refer to
	accounts []account
	at       map[string]int // where each external ID stands
	wrong    violations
	top      []string // members beside the array that are not read
	unread   unread
	scratch  []byte
}

// readAccounts reads the body of an import of accounts, which web.Check has taken.
func readAccounts(body []byte, required string, look bool) (*accountsBody, error) {
	b := &accountsBody{look: look, at: map[string]int{}}
	var accounts jsontext.Value // those that stand before importTypeID, or are no array
	found := false
	top := walk(body)
	err := top.object(func(name []byte) (err error) {
		switch string(name) {
		case "importTypeID":
			err = b.readType(top, required)
		case "accounts":
			if found = b.as != 0 && top.PeekKind() == '['; found {
				return b.readAll(top)
			}
			accounts, err = top.value()
		default:
			if len(b.top) < mostFindings {
				b.top = append(b.top, string(name))
			}
			err = top.SkipValue()
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case b.as == 0 && len(b.wrong) == 0:
		b.wrong.add("KOB-10", "importTypeID", nil, "is required", "1, 2, 3")
	}
	switch {
	case found:
	case isAbsent(accounts):
		b.wrong.add("KOB-11", "accounts", nil, "is required", "an array of 1 to 10000 accounts")
	case accounts.Kind() != '[':
		b.wrong.add("KOB-11", "accounts", accounts, "must be an array", "an array of 1 to 10000 accounts")
	case b.as != 0:
		return b, b.readAll(walk(accounts))
	}
	return b, nil
}

// readType reads the type of the import, from which follows what is required.
func (b *accountsBody) readType(w walker, required string) error {
	sent, err := w.value()
	if err != nil || isAbsent(sent) {
		return err
	}
	which, isWhole := wholeOf(sent)
	if !isWhole || which < 1 || which > 3 {
		b.wrong.add("KOB-10", "importTypeID", sent, "must be one of 1, 2, 3", "1, 2, 3")
		return nil
	}
	b.as = []importType{newAccounts, balances, personal}[which-1]
	b.required[externalID] = true
	if b.as == newAccounts {
		for name := range strings.SplitSeq(required, ",") {
			if at, ok := placeOf[name]; ok {
				b.required[at] = true
			}
		}
	}
	return nil
}

func (b *accountsBody) readAll(w walker) error {
	count := 0
	err := w.array(func(i int) error {
		count++
		switch {
		case count > mostRecords || b.wrong.full():
			return w.SkipValue()
		case w.PeekKind() != '{':
			value, err := w.value()
			b.wrong.add("KOB-11", place("accounts", i, ""), value, "must be an object", "an account")
			return err
		}
		return b.read(w, i)
	})
	if count == 0 || count > mostRecords {
		b.wrong = nil // its size comes before what is in it
		b.wrong.add("KOB-11", "accounts", nil, "must hold 1 to 10000 accounts", "an array of 1 to 10000 accounts")
	}
	return err
}

// read reads the next account, the i-th.
func (b *accountsBody) read(w walker, i int) error {
	var sent [memberCount]jsontext.Value
	err := w.object(func(name []byte) (err error) {
		at, ok := placeOf[string(name)]
		if !ok || members[at].read&b.as == 0 {
			b.unread.add("accounts", i, name)
			return w.SkipValue()
		}
		sent[at], err = w.value()
		return err
	})
	if err != nil {
		return err
	}
	before := len(b.wrong)
	for at, value := range sent {
		m := &members[at]
		switch {
		case !isAbsent(value):
			if problem := m.problem(value); problem != "" {
				b.wrong.add("KOB-12", place("accounts", i, m.name), value, problem, m.passes())
			}
		case b.required[at]:
			b.wrong.add("KOB-15", place("accounts", i, m.name), nil, "is required", m.passes())
		}
	}
	if len(b.wrong) > before {
		return nil
	}
	a := account{externalID: string(unquote(sent[externalID]))}
	if first, twice := b.at[a.externalID]; twice {
		b.wrong.add("KOB-17", place("accounts", i, "externalID"), sent[externalID], "is the ID of "+place("accounts", first, "")+" too", "an ID that stands in the import once")
		return nil
	}
	b.at[a.externalID] = i
	b.scratch = appendMembers(b.scratch[:0], &sent)
	a.members = string(b.scratch)
	if b.look {
		a.refers = references(&sent)
	}
	b.accounts = append(b.accounts, a)
	return nil
}

func references(sent *[memberCount]jsontext.Value) (all []reference) {
	for _, to := range []reference{{"kobraID", agent, 0}, {"branchID", branch, 0}} {
		if value := sent[placeOf[to.member]]; !isAbsent(value) {
			to.id, _ = wholeOf(value) // it has been looked at
			all = append(all, to)
		}
	}
	return all
}

// checkRequired says what is wrong with a list of members.
func checkRequired(list string) error {
	if list == "" {
		return nil
	}
	for name := range strings.SplitSeq(list, ",") {
		if _, ok := placeOf[name]; !ok {
			return fmt.Errorf("%q is no member of an account", name)
		}
	}
	return nil
}
