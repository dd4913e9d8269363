package kobra

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// unknownVisit is the switch of KOB-31.
var unknownVisit = workspace.Switch{Name: "kobra.unknown_visit", Rule: "KOB-31", Values: []string{"accept", "reject"}, Default: "accept"}

// promise is a payment promise.
type promise struct {
	visitID int64
	status  int64
	spelled string // the member that held the visit
}

// What a payment promise holds. The page spells its visit in two ways (KOB-30).
var (
	visitID       = member{"visitID", integer, 0, nil, always}
	visitlID      = member{"visitlID", integer, 0, nil, always}
	promiseStatus = member{"paymentPromiseStatus", integer, 0, []string{"2", "3", "4", "5"}, always}
)

// importPromises stores the payment promises of a body, all or none (KOB-32).
func importPromises(x *gate.Exchange, body []byte) error {
	var b promisesBody
	if err := b.readAll(walk(body)); err != nil {
		return err
	}
	x.Ignored(b.unread.paths...)
	if err := b.wrong.refusal(web.ErrInvalid); err != nil {
		return err
	}
	look := x.Workspace.Setting(unknownVisit.Name) == "reject"
	var effects []gate.Effect
	err := write(x, len(b.promises), func(tx *workspace.Tx) error {
		effects = make([]gate.Effect, 0, len(b.promises))
		var wrong violations
		for i, p := range b.promises {
			if look {
				known, err := isKnown(tx.View, tx.Workspace, x.Owner, reference{visitID.name, visit, p.visitID})
				if err != nil {
					return err
				}
				if !known {
					wrong.unknown("KOB-31", place("", i, p.spelled), visit.collection(), strconv.FormatInt(p.visitID, 10), "is not the ID of a visit", "the ID of a visit, or kobra.unknown_visit=accept")
				}
			}
			effect, err := storePromise(tx, x.Owner, p)
			if err != nil {
				return err
			}
			effects = append(effects, gate.Effect{Record: "kobra.promises/" + strconv.FormatInt(p.visitID, 10), Effect: effect})
		}
		return wrong.refusal(web.ErrNotFound)
	})
	if err == nil {
		x.Did(effects...)
	}
	return err
}

// promisesBody is the body of an import of payment promises, as far as it was read.
type promisesBody struct {
	promises []promise
	wrong    violations
	unread   unread
}

func (b *promisesBody) readAll(w walker) error {
	count := 0
	err := w.array(func(i int) error {
		count++
		switch {
		case count > mostRecords || b.wrong.full():
			return w.SkipValue()
		case w.PeekKind() != '{':
			value, err := w.value()
			b.wrong.add("KOB-30", place("", i, ""), value, "must be an object", "a payment promise")
			return err
		}
		return b.read(w, i)
	})
	if count == 0 || count > mostRecords {
		b.wrong = nil // its size comes before what is in it
		b.wrong.add("KOB-32", "the body", nil, "must hold 1 to 10000 payment promises", "an array of 1 to 10000 payment promises")
	}
	return err
}

// read reads the next payment promise, the i-th.
func (b *promisesBody) read(w walker, i int) error {
	var visitSent, otherSent, status jsontext.Value
	err := w.object(func(name []byte) (err error) {
		switch string(name) {
		case visitID.name:
			visitSent, err = w.value()
		case visitlID.name:
			otherSent, err = w.value()
		case promiseStatus.name:
			status, err = w.value()
		default:
			b.unread.add("", i, name)
			err = w.SkipValue()
		}
		return err
	})
	if err != nil {
		return err
	}
	spelled := visitID
	switch {
	case isAbsent(visitSent):
		if !isAbsent(otherSent) {
			spelled, visitSent = visitlID, otherSent
		}
	case !isAbsent(otherSent):
		b.unread.add("", i, []byte(visitlID.name))
	}
	before := len(b.wrong)
	for _, m := range []struct {
		member
		sent jsontext.Value
	}{{spelled, visitSent}, {promiseStatus, status}} {
		if isAbsent(m.sent) {
			b.wrong.add("KOB-30", place("", i, m.name), nil, "is required", m.passes())
		} else if problem := m.problem(m.sent); problem != "" {
			b.wrong.add("KOB-30", place("", i, m.name), m.sent, problem, m.passes())
		}
	}
	if len(b.wrong) == before {
		p := promise{spelled: spelled.name}
		p.visitID, _ = wholeOf(visitSent)
		p.status, _ = wholeOf(status)
		b.promises = append(b.promises, p)
	}
	return nil
}
