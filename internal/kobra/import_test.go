package kobra_test

import (
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

// many is an import of n new accounts, x0 and up, with members in front of the last one's.
func many(n int, last ...string) string {
	accounts := make([]string, n)
	for i := range accounts {
		accounts[i] = fresh(fmt.Sprint("x", i))
	}
	accounts[n-1] = fresh(fmt.Sprint("x", n-1), last...)
	return body(1, accounts...)
}

func TestTopOfTheBody(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	for _, test := range []struct{ id, body, message string }{
		{"KOB-10", `{"accounts":[{"externalID":"a","importTypeID":1}]}`, "importTypeID is required"},
		{"KOB-10", `{"importTypeID":null,"accounts":[]}`, "importTypeID is required"},
		{"KOB-10", `{"importTypeID":"","accounts":[]}`, "importTypeID is required"},
		{"KOB-10", `{"importTypeID":4,"accounts":[]}`, "importTypeID must be one of 1, 2, 3"},
		{"KOB-10", `{"importTypeID":0,"accounts":[]}`, "importTypeID must be one of 1, 2, 3"},
		{"KOB-10", `{"accounts":[],"importTypeID":"1"}`, "importTypeID must be one of 1, 2, 3"},
		{"KOB-10", `{"accounts":[],"importTypeID":1.5}`, "importTypeID must be one of 1, 2, 3"},
		{"KOB-10", `{"accounts":[` + fresh("a", `"importTypeID":7`) + `],"importTypeID":1.0}`, ""},
		{"KOB-10", `{"importTypeID":1,"accounts":[` + fresh("a", `"importTypeID":"no"`) + `]}`, ""},
		{"KOB-11", `{"importTypeID":1}`, "accounts is required"},
		{"KOB-11", `{"importTypeID":1,"accounts":null}`, "accounts is required"},
		{"KOB-11", `{"importTypeID":1,"accounts":{}}`, "accounts must be an array"},
		{"KOB-11", `{"accounts":{},"importTypeID":1}`, "accounts must be an array"},
		{"KOB-11", `{"importTypeID":1,"accounts":[]}`, "accounts must hold 1 to 10000 accounts"},
		{"KOB-11", `{"accounts":[],"importTypeID":1}`, "accounts must hold 1 to 10000 accounts"},
		{"KOB-11", `{"importTypeID":1,"accounts":[null]}`, "accounts[0] must be an object"},
		{"KOB-11", `{"importTypeID":1,"accounts":["a"]}`, "accounts[0] must be an object"},
		{"KOB-11", many(10_001), "accounts must hold 1 to 10000 accounts"},
		{"KOB-11", many(10_001, `"iva":"x"`), "accounts must hold 1 to 10000 accounts"},
		{"KOB-11", strings.Replace(many(10_001), `"name":"Eva"`, `"name":7`, 1), "accounts must hold 1 to 10000 accounts"},
		{"KOB-17", body(1, fresh("a"), fresh("b"), fresh("a")), "accounts[2].externalID is the ID of accounts[0] too"},
		{"KOB-17", body(1, fresh("a"), fresh(`\u0061`)), "accounts[1].externalID is the ID of accounts[0] too"},
		{"KOB-17", body(1, fresh("a"), fresh("A")), ""},
		{"COM-24", `{"importTypeID":1,"Accounts":[` + fresh("a") + `]}`, "accounts is required"},
		{"COM-24", body(1, fresh("a", `"IVA":"x"`)), ""},
	} {
		a := s.Do(t, "POST", imports, test.body, token+"@"+"top")
		if test.message == "" {
			assert.Equal(t, imported, a.Body, test.id)
			continue
		}
		assert.Equal(t, 400, a.Status)
		assert.Equal(t, refused("ValidationError", test.message), a.Body, test.id)
		if rule := journalled(t, s, a).Violations[0].Rule; test.id != "COM-24" {
			assert.Equal(t, test.id, rule)
		}
	}
}

// What an import does to each account stands in the journal, since the answer cannot say it.
func TestEffects(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "KOB-16", "KOB-47", "KOB-32", "COM-31")
	s := apptest.New(t, app.Options{})
	effects := func(sent string) (all []string) {
		a := s.Do(t, "POST", imports, sent, token)
		require.Equal(t, imported, a.Body)
		for _, e := range journalled(t, s, a).Effects {
			all = append(all, e.Record+" "+e.Effect)
		}
		return all
	}
	both := body(1, fresh("ana-munoz"), fresh("new"))
	assert.Equal(t, []string{"kobra.accounts/ana-munoz updated", "kobra.accounts/new created"}, effects(both))
	assert.Equal(t, []string{"kobra.accounts/ana-munoz unchanged", "kobra.accounts/new unchanged"}, effects(both), "sent twice, it is the same state")
	assert.Equal(t, []string{"kobra.accounts/new updated"}, effects(body(2, `{"externalID":"new","iva":1}`)))
	assert.Equal(t, []string{"kobra.accounts/new unchanged"}, effects(body(3, `{"externalID":"new","iva":2}`)))
	assert.Equal(t, []string{"kobra.accounts/new updated"}, effects(body(2, `{"externalID":"new","inactive":true}`)))
	assert.JSONEq(t, `{"externalID":"new","productID":1,"currencyCode":"MX","name":"Eva","firstSurname":"Sosa","iva":1,"inactive":true}`, account(t, s, "default", "new"))
	assert.Equal(t, []string{"kobra.promises/7 created", "kobra.promises/7 updated", "kobra.promises/1045638 unchanged"},
		effects(`[{"visitID":7,"paymentPromiseStatus":2},{"visitlID":7,"paymentPromiseStatus":5},{"visitID":1045638,"paymentPromiseStatus":2}]`))
	assert.JSONEq(t, `{"visitID":7,"paymentPromiseStatus":5}`, string(exported(t, s, "default")["promises"][0]), "the last one counts")
}

// Members that a type does not read are neither looked at nor stored, and stand in the journal; each name once.
func TestUnreadMembers(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "KOB-16", "COM-24")
	s := apptest.New(t, app.Options{})
	before := account(t, s, "default", "ana-munoz")
	a := s.Do(t, "POST", imports, `{"importTypeID":2,"note":1,"accounts":[{"externalID":"ana-munoz","name":7,"nickname":{},"iva":36.0},{"externalID":"rodrigo-pena","name":8,"rfc":[],"iva":""}]}`, token)
	require.Equal(t, imported, a.Body)
	assert.Equal(t, []string{"note", "accounts[0].name", "accounts[0].nickname", "accounts[1].rfc"}, journalled(t, s, a).Unread)
	assert.Equal(t, before, account(t, s, "default", "ana-munoz"))
	a = s.Do(t, "POST", imports, body(3, `{"externalID":"ana-munoz","iva":"x","productID":9,"gender":"X"}`), token)
	assert.Equal(t, refused("ValidationError", "accounts[0].gender must be one of F, M"), a.Body)

	// There is a bound to what is noted, and to what is found.
	var strange, wrong strings.Builder
	for i := range 300 {
		fmt.Fprintf(&strange, `"m%d":0,`, i)
		fmt.Fprintf(&wrong, `%s,`, fresh(fmt.Sprint(i), `"iva":"`+strings.Repeat("x", 1000)+`"`))
	}
	a = s.Do(t, "POST", imports, body(1, `{`+strange.String()+strings.TrimPrefix(fresh("s"), "{")), token)
	assert.Len(t, journalled(t, s, a).Unread, 100)
	a = s.Do(t, "POST", imports, body(1, strings.TrimSuffix(wrong.String(), ",")), token)
	e := journalled(t, s, a)
	assert.Len(t, e.Violations, 100)
	assert.Less(t, len(e.Violations[0].Value), 300)
}

func TestUnknownAccounts(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "KOB-16", "KOB-17", "KOB-41")
	s := apptest.New(t, app.Options{})
	before := exported(t, s, "default")
	for _, as := range []int{2, 3} {
		a := s.Do(t, "POST", imports, body(as, `{"externalID":"ana-munoz","iva":1,"city":"X"}`, `{"externalID":"no-1"}`, `{"externalID":"no-2"}`), token)
		assert.Equal(t, 404, a.Status)
		assert.Equal(t, refused("NotFound", "accounts[1].externalID is not the ID of an account"), a.Body)
		e := journalled(t, s, a)
		assert.Equal(t, []string{`"no-1"`, `"no-2"`}, []string{string(e.Violations[0].Value), string(e.Violations[1].Value)})
		assert.Empty(t, e.Effects)
		assert.Equal(t, before, exported(t, s, "default"), "nothing of it is stored")
	}
}

func TestReferencesAreASwitch(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "KOB-12")
	accept := apptest.New(t, app.Options{})
	assert.Equal(t, imported, accept.Do(t, "POST", imports, body(1, fresh("a", `"kobraID":1`, `"branchID":-9`)), token).Body)
	s := apptest.New(t, app.Options{Settings: map[string]string{"kobra.unknown_reference": "reject"}})
	assert.Equal(t, imported, s.Do(t, "POST", imports, body(1, fresh("a", `"kobraID":4563.0`, `"branchID":2`), fresh("b", `"kobraID":""`)), token).Body)
	a := s.Do(t, "POST", imports, body(2, `{"externalID":"a","branchID":1}`, `{"externalID":"b","kobraID":1,"branchID":4563}`), token)
	assert.Equal(t, 404, a.Status)
	assert.Equal(t, refused("NotFound", "accounts[1].kobraID is not known"), a.Body)
	assert.Len(t, journalled(t, s, a).Violations, 2)
	assert.Contains(t, account(t, s, "default", "a"), `"branchID":2`, "nothing of it is stored")
	foreign := s.Do(t, "POST", imports, body(1, fresh("a", `"kobraID":4563`)), other)
	assert.Equal(t, 404, foreign.Status, "the agent is another owner's")
}

// All or nothing, and the same for an import that shares its commit and for one that is too large to.
func TestImportsAreAtomic(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "KOB-17", "KOB-11", "KOB-32")
	s := apptest.New(t, app.Options{Settings: map[string]string{"kobra.unknown_reference": "reject", "kobra.unknown_visit": "reject"}})
	fresh := exported(t, s, "default")
	promises := func(n int, last string) string {
		return "[" + strings.Repeat(`{"visitID":1045637,"paymentPromiseStatus":4},`, n-1) + last + "]"
	}
	for _, n := range []int{2, 100, 101, 10_000} {
		for _, sent := range []string{
			many(n, `"iva":"x"`), many(n, `"branchID":9`),
			promises(n, `{"visitID":1045637,"paymentPromiseStatus":9}`), promises(n, `{"visitID":9,"paymentPromiseStatus":2}`),
		} {
			a := s.Send(t, "POST", imports, sent, token)
			assert.Contains(t, []int{400, 404}, a.Status)
			assert.Equal(t, fresh, exported(t, s, "default"))
		}
		a := s.Send(t, "POST", imports, many(n), fmt.Sprint(token, "@n", n))
		require.Equal(t, imported, a.Body)
		assert.Len(t, exported(t, s, fmt.Sprint("n", n))["accounts"], len(fresh["accounts"])+n)
		assert.Len(t, journalled(t, s, a).Effects, n)
		assert.Equal(t, imported, s.Send(t, "POST", imports, promises(n, `{"visitID":1045638,"paymentPromiseStatus":3}`), token+"@promises").Body)
	}
	for _, n := range []int{0, 10_001} {
		sent := "[]"
		if n > 0 {
			sent = promises(n, `7`)
		}
		assert.Equal(t, refused("ValidationError", "the body must hold 1 to 10000 payment promises"), s.Send(t, "POST", imports, sent, token).Body)
	}
}

func TestPromises(t *testing.T) {
	t.Parallel()
	accept := apptest.New(t, app.Options{})
	reject := apptest.New(t, app.Options{Settings: map[string]string{"kobra.unknown_visit": "reject"}})
	for _, test := range []struct {
		id, body string
		on       *apptest.Sandbox
		message  string
	}{
		{"KOB-30", `[{"visitID":1,"paymentPromiseStatus":2}]`, accept, ""},
		{"KOB-30", `[{"visitlID":1,"paymentPromiseStatus":3.0}]`, accept, ""},
		{"KOB-30", `[{"visitID":"","visitlID":-1,"paymentPromiseStatus":4}]`, accept, ""},
		{"KOB-30", `[{"visitID":2,"visitlID":"x","paymentPromiseStatus":5}]`, accept, ""},
		{"KOB-30", `[{"paymentPromiseStatus":2}]`, accept, "[0].visitID is required"},
		{"KOB-30", `[{"VisitID":1,"paymentPromiseStatus":2}]`, accept, "[0].visitID is required"},
		{"KOB-30", `[{"visitID":"1","paymentPromiseStatus":2}]`, accept, "[0].visitID must be a whole number"},
		{"KOB-30", `[{"visitlID":1.5,"paymentPromiseStatus":2}]`, accept, "[0].visitlID must be a whole number"},
		{"KOB-30", `[{"visitID":1,"paymentPromiseStatus":2},{"visitID":1}]`, accept, "[1].paymentPromiseStatus is required"},
		{"KOB-30", `[{"visitID":1,"paymentPromiseStatus":1}]`, accept, "[0].paymentPromiseStatus must be one of 2, 3, 4, 5"},
		{"KOB-30", `[{"visitID":1,"paymentPromiseStatus":6}]`, accept, "[0].paymentPromiseStatus must be one of 2, 3, 4, 5"},
		{"KOB-30", `[{"visitID":1,"paymentPromiseStatus":"2"}]`, accept, "[0].paymentPromiseStatus must be one of 2, 3, 4, 5"},
		{"KOB-30", `[7]`, accept, "[0] must be an object"},
		{"KOB-31", `[{"visitID":1045637.0,"paymentPromiseStatus":2}]`, reject, ""},
		{"KOB-31", `[{"visitID":1045637,"paymentPromiseStatus":2},{"visitlID":1,"paymentPromiseStatus":2}]`, reject, "[1].visitlID is not the ID of a visit"},
	} {
		a := test.on.Do(t, "POST", imports, test.body, token)
		switch {
		case test.message == "":
			assert.Equal(t, imported, a.Body, test.body)
		case test.id == "KOB-31":
			assert.Equal(t, 404, a.Status)
			assert.Equal(t, refused("NotFound", test.message), a.Body)
		default:
			assert.Equal(t, 400, a.Status)
			assert.Equal(t, refused("ValidationError", test.message), a.Body)
		}
	}
	a := accept.Do(t, "POST", imports, `[{"visitID":2,"visitlID":"x","paymentPromiseStatus":5,"note":1}]`, token)
	assert.Equal(t, []string{"[0].note", "[0].visitlID"}, journalled(t, accept, a).Unread)
}

func TestOwnersAndWorkspacesAreApart(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-12", "COM-15", "KOB-S2", "COM-10")
	s := apptest.New(t, app.Options{})
	assert.Equal(t, 404, s.Do(t, "POST", imports, body(2, `{"externalID":"rodrigo-pena","iva":1}`), other).Status)
	before := account(t, s, "default", "ana-munoz")
	require.Equal(t, imported, s.Do(t, "POST", imports, body(2, `{"externalID":"ana-munoz","iva":1}`), other).Body, "it has one under the same ID")
	require.Equal(t, imported, s.Do(t, "POST", imports, `[{"visitID":1045638,"paymentPromiseStatus":5}]`, other).Body)
	require.Equal(t, imported, s.Do(t, "POST", imports, body(2, `{"externalID":"ana-munoz","iva":2}`), token+"@elsewhere").Body)
	assert.Equal(t, before, account(t, s, "default", "ana-munoz"))
	var foreign []string
	for _, records := range exported(t, s, "default") {
		for _, record := range records {
			if text := compact(string(record)); strings.Contains(text, "_owner") {
				foreign = append(foreign, text)
			}
		}
	}
	assert.ElementsMatch(t, []string{
		`{"externalID":"ana-munoz","productID":1,"currencyCode":"MX","name":"Carolina","firstSurname":"Beltrán","iva":1,"_owner":"other-lender"}`,
		`{"visitID":1045638,"paymentPromiseStatus":5,"_owner":"other-lender"}`,
	}, foreign)

	require.Equal(t, 204, s.Do(t, "POST", "/_sandbox/workspaces/elsewhere/reset", "", local).Status)
	assert.Equal(t, before, account(t, s, "elsewhere", "ana-munoz"), "a reset takes it back")
}

// Imports that overlap leave one state: each account is whole, and each was created once.
func TestImportsRace(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-30")
	s := apptest.New(t, app.Options{})
	var wait sync.WaitGroup
	answers := make([]apptest.Answer, 16)
	for i := range answers {
		wait.Go(func() {
			n := []int{50, 200}[i%2] // those that share a commit and those that do not
			answers[i] = s.Send(t, "POST", imports, strings.ReplaceAll(many(n), `"Eva"`, fmt.Sprintf(`"Eva %d"`, i)), token+"@race")
		})
	}
	wait.Wait()
	effects := map[string]int{}
	for _, a := range answers {
		require.Equal(t, imported, a.Body)
		for _, e := range journalled(t, s, a).Effects {
			effects[e.Effect]++
		}
	}
	assert.Equal(t, map[string]int{"created": 200, "updated": 8*50 + 8*200 - 200}, effects)
	names := map[string]bool{}
	for i := range 50 {
		_, rest, _ := strings.Cut(account(t, s, "race", fmt.Sprint("x", i)), `"name":"`)
		name, _, _ := strings.Cut(rest, `"`)
		names[name] = true
	}
	assert.Len(t, names, 1, "the last import's")
}

// An import that began before a reset is answered as if it had come before it, and leaves nothing, be it small or large.
func TestResetDropsImportsUnderWay(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	before := exported(t, s, "default")
	for _, n := range []int{1, 101} {
		text := many(n)
		in, out := io.Pipe()
		r := httptest.NewRequestWithContext(t.Context(), "POST", imports, in)
		r.Header.Set("Authorization", "sandbox-kobra-token")
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		done := make(chan struct{})
		go func() { s.ServeHTTP(w, r); close(done) }()
		_, err := io.WriteString(out, text[:10]) // returns once the request is past its credentials
		require.NoError(t, err)
		require.Equal(t, 204, s.Do(t, "POST", "/_sandbox/workspaces/default/reset", "", local).Status)
		_, err = io.WriteString(out, text[10:])
		require.NoError(t, err)
		require.NoError(t, out.Close())
		<-done
		assert.Equal(t, imported, w.Body.String())
		assert.Equal(t, before, exported(t, s, "default"))
		assert.True(t, journalled(t, s, apptest.Answer{Header: w.Header()}).Dropped)
	}
}
