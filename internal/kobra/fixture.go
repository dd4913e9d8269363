package kobra

import (
	"cmp"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// accountCollection is kobra.accounts. A fixture's account needs nothing but its external ID, since what is required is a
// setting.
var accountCollection = workspace.Collection{
	API: "kobra", Name: "accounts", Key: "externalID", Schema: schema(members[:]...), Rows: "kobra_accounts WHERE workspace = $1", Export: exportAccounts, Import: importAccount, Delete: deleteAccount,
}

func exportAccounts(v store.View, workspace string) ([]any, error) {
	all, err := allAccounts(v, workspace)
	records := make([]any, len(all))
	for i, a := range all {
		records[i] = ownedBy(a.owner, []byte(a.members))
	}
	return records, err
}

// ownedBy is a record with its owner, who is left out if it is the first one.
func ownedBy(owner string, record []byte) jsontext.Value {
	if owner == ownerLender {
		return record
	}
	quoted, _ := jsontext.AppendQuote(nil, owner) // a stored text is UTF-8
	return append(append(append(record[:len(record)-1], `,"_owner":`...), quoted...), '}')
}

func importAccount(tx *workspace.Tx, record jsontext.Value, _ time.Time) error {
	sent, owner, err := readRecord(record, members[:])
	if err != nil {
		return err
	}
	all := [memberCount]jsontext.Value(sent)
	if isAbsent(all[externalID]) {
		return &workspace.RecordError{Member: "externalID", Problem: "is required"}
	}
	a := account{externalID: string(unquote(all[externalID])), members: string(appendMembers(nil, &all))}
	added, err := insertAccount(tx, owner, a)
	if err == nil && !added {
		err = &workspace.RecordError{Member: "externalID", Problem: a.externalID + " is another account's"}
	}
	return err
}

// promiseCollection is kobra.promises.
var promiseCollection = workspace.Collection{
	API: "kobra", Name: "promises", Key: visitID.name, Schema: schema(visitID, promiseStatus), Rows: "kobra_promises WHERE workspace = $1", Export: exportPromises, Import: importPromise,
	Delete: func(tx *workspace.Tx, owner, key string) (bool, error) {
		id, ok := idOf(key)
		if !ok {
			return false, nil
		}
		return deletePromise(tx, owner, id)
	},
}

func exportPromises(v store.View, workspace string) ([]any, error) {
	all, err := allPromises(v, workspace)
	records := make([]any, len(all))
	for i, p := range all {
		records[i] = ownedBy(p.owner, fmt.Appendf(nil, `{"visitID":%d,"paymentPromiseStatus":%d}`, p.visitID, p.status))
	}
	return records, err
}

func importPromise(tx *workspace.Tx, record jsontext.Value, _ time.Time) error {
	shape := []member{visitID, promiseStatus}
	sent, owner, err := readRecord(record, shape)
	if err != nil {
		return err
	}
	for i, m := range shape {
		if isAbsent(sent[i]) {
			return &workspace.RecordError{Member: m.name, Problem: "is required"}
		}
	}
	p := promise{}
	p.visitID, _ = wholeOf(sent[0])
	p.status, _ = wholeOf(sent[1])
	if _, known, err := findPromise(tx, owner, p.visitID); err != nil {
		return err
	} else if known {
		return &workspace.RecordError{Member: visitID.name, Problem: strconv.FormatInt(p.visitID, 10) + " has another promise"}
	}
	_, err = storePromise(tx, owner, p)
	return err
}

// idCollection is one of kobra.visits, kobra.branches and kobra.agents: the ids that the partner has given out, of which
// its page says nothing more.
func idCollection(kind idKind) workspace.Collection {
	m := member{map[idKind]string{visit: visitID.name, branch: "branchID", agent: "kobraID"}[kind], integer, 0, nil, always}
	return workspace.Collection{
		API: "kobra", Name: kind.collection(), Key: m.name, Schema: schema(m),
		Rows: fmt.Sprintf("kobra_ids WHERE workspace = $1 AND kind = '%s'", kind),
		Export: func(v store.View, workspace string) ([]any, error) {
			all, err := allIDs(v, workspace, kind)
			records := make([]any, len(all))
			for i, one := range all {
				records[i] = ownedBy(one.owner, fmt.Appendf(nil, `{%q:%d}`, m.name, one.id))
			}
			return records, err
		},
		Import: func(tx *workspace.Tx, record jsontext.Value, _ time.Time) error {
			sent, owner, err := readRecord(record, []member{m})
			if err != nil {
				return err
			}
			if isAbsent(sent[0]) {
				return &workspace.RecordError{Member: m.name, Problem: "is required"}
			}
			id, _ := wholeOf(sent[0])
			added, err := insertID(tx, owner, kind, id)
			if err == nil && !added {
				err = &workspace.RecordError{Member: m.name, Problem: strconv.FormatInt(id, 10) + " is there twice"}
			}
			return err
		},
		Delete: func(tx *workspace.Tx, owner, key string) (bool, error) {
			id, ok := idOf(key)
			if !ok {
				return false, nil
			}
			return deleteID(tx, owner, kind, id)
		},
	}
}

// idOf is the id that a record's key spells.
func idOf(key string) (id int64, ok bool) {
	value := jsontext.Value(key)
	if !value.IsValid() {
		return 0, false
	}
	return wholeOf(value)
}

// readRecord reads a fixture's record of the given members, and whose it is. It refuses members that it does not know, and
// values that an import would refuse.
func readRecord(record jsontext.Value, shape []member) (sent []jsontext.Value, owner string, err error) {
	sent = make([]jsontext.Value, len(shape))
	w := walk(record)
	err = w.object(func(name []byte) error {
		value, err := w.value()
		if err != nil {
			return err
		}
		if string(name) == "_owner" {
			text, isText := textOf(value)
			if !isText && !isAbsent(value) || utf8.RuneCount(text) > 63 {
				return &workspace.RecordError{Member: "_owner", Problem: "must be a string of at most 63 characters"}
			}
			owner = string(text)
			return nil
		}
		for i, m := range shape {
			if m.name != string(name) {
				continue
			}
			sent[i] = value
			if isAbsent(value) {
				return nil
			}
			if problem := m.problem(value); problem != "" {
				return &workspace.RecordError{Member: m.name, Problem: problem}
			}
			return nil
		}
		return &workspace.RecordError{Member: string(name), Problem: "is no member of such a record"}
	})
	return sent, cmp.Or(owner, ownerLender), err
}
