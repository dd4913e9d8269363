package kobra_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
	"github.com/seed-0f456478/sandbox/internal/kobra"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// What was exported makes a sandbox that exports the same bytes, in both formats: numbers keep their digits, and texts
// whatever is in them.
func TestExportedFixtureIsASeed(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "KOB-14", "KOB-19", "KOB-S1")
	s := apptest.New(t, app.Options{})
	for _, sent := range []string{
		entire(t), body(1,
			fresh("n-1", `"iva":5.0`, `"totalPaid":-0.10`, `"kobraID":5e2`, `"paidCapital":1E3`, `"totalPending":12345678901234567890.123`, `"civilStatus":1.0`, `"inactive":false`),
			fresh(`\"'\\ 😀`, `"street":"a\nb\t\u0001\u2028 # no: [comment]"`, `"city":"null"`, `"state":"1e3"`, `"suburb":"007"`, `"lat":" "`, `"email":"~"`)),
		`[{"visitID":-9223372036854775808,"paymentPromiseStatus":2}]`,
	} {
		for _, header := range []string{token, other} {
			require.Equal(t, imported, s.Do(t, "POST", imports, sent, header).Body)
		}
	}
	export := func(s *apptest.Sandbox, format string) string {
		return s.Do(t, "GET", "/_sandbox/workspaces/default/fixture?format="+format, "", local).Body
	}
	for _, format := range []string{"yaml", "json"} {
		seed := &workspace.Fixture{}
		require.NoError(t, seed.Add("exported."+format, []byte(export(s, format))))
		second := apptest.New(t, app.Options{Seed: seed})
		for _, again := range []string{"yaml", "json"} {
			assert.Equal(t, export(s, again), export(second, again), "%s by %s", again, format)
		}
	}
}

// records runs fn with the collections in a workspace that holds nothing.
func records(t *testing.T, fn func(tx *workspace.Tx, of func(name string) workspace.Collection)) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Memory)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	all := kobra.New().Collections
	assert.NoError(t, s.Write(t.Context(), "w", func(tx store.Tx) error {
		fn(&workspace.Tx{Tx: tx, Workspace: "w"}, func(name string) workspace.Collection {
			return all[slices.IndexFunc(all, func(c workspace.Collection) bool { return c.String() == name })]
		})
		return errors.Join(tx.Exec("DELETE FROM workspaces"), nil)
	}))
}

func TestRecords(t *testing.T) {
	t.Parallel()
	records(t, func(tx *workspace.Tx, of func(string) workspace.Collection) {
		assert.NoError(t, tx.Exec(`INSERT INTO workspaces (workspace, self_made, seed, generation, clock_offset, created_at, used_at) VALUES ('w', 0, '', 1, 0, '', '')`))
		for _, test := range []struct{ collection, record, wrong string }{
			{"kobra.accounts", `{"externalID":"a","civilStatus":1}`, ""},
			{"kobra.accounts", `{"externalID":"a","_owner":"other-lender","name":""}`, ""},
			{"kobra.accounts", `{"externalID":"a"}`, "externalID a is another account's"},
			{"kobra.accounts", `{"externalID":"b","_owner":"lender","name":null}`, ""},
			{"kobra.accounts", `{"name":"x"}`, "externalID is required"},
			{"kobra.accounts", `{"externalID":"c","iva":"x"}`, "iva must be a number"},
			{"kobra.accounts", `{"externalID":"c","nickname":"x"}`, "nickname is no member of such a record"},
			{"kobra.accounts", `{"externalID":"c","importTypeID":1}`, "importTypeID is no member of such a record"},
			{"kobra.accounts", `{"externalID":"c","_owner":7}`, "_owner must be a string of at most 63 characters"},
			{"kobra.promises", `{"visitID":1,"paymentPromiseStatus":2}`, ""},
			{"kobra.promises", `{"visitID":1,"paymentPromiseStatus":3}`, "visitID 1 has another promise"},
			{"kobra.promises", `{"visitID":1,"paymentPromiseStatus":3,"_owner":"other-lender"}`, ""},
			{"kobra.promises", `{"visitID":2}`, "paymentPromiseStatus is required"},
			{"kobra.promises", `{"visitID":2,"paymentPromiseStatus":6}`, "paymentPromiseStatus must be one of 2, 3, 4, 5"},
			{"kobra.promises", `{"visitlID":2,"paymentPromiseStatus":2}`, "visitlID is no member of such a record"},
			{"kobra.visits", `{"visitID":7}`, ""},
			{"kobra.visits", `{"visitID":7.0}`, "visitID 7 is there twice"},
			{"kobra.visits", `{}`, "visitID is required"},
			{"kobra.branches", `{"branchID":7,"_owner":"other-lender"}`, ""},
			{"kobra.agents", `{"kobraID":"7"}`, "kobraID must be a whole number"},
			{"kobra.agents", `{"kobraID":7}`, ""},
		} {
			err := of(test.collection).Import(tx, jsontext.Value(test.record), time.Time{})
			if test.wrong == "" {
				assert.NoError(t, err, test.record)
				continue
			}
			wrong, ok := errors.AsType[*workspace.RecordError](err)
			if assert.True(t, ok, test.record) {
				assert.Equal(t, test.wrong, wrong.Error(), test.record)
			}
		}
		for _, test := range []struct {
			collection, owner, key string
			found                  bool
			left                   string
		}{
			{"kobra.accounts", "", "a", true, `[{"externalID":"b"},{"externalID":"a","_owner":"other-lender"}]`},
			{"kobra.accounts", "", "a", false, `[{"externalID":"b"},{"externalID":"a","_owner":"other-lender"}]`},
			{"kobra.accounts", "other-lender", "a", true, `[{"externalID":"b"}]`},
			{"kobra.promises", "other-lender", "1", true, `[{"visitID":1,"paymentPromiseStatus":2}]`},
			{"kobra.promises", "", "x", false, `[{"visitID":1,"paymentPromiseStatus":2}]`},
			{"kobra.promises", "", "1", true, `[]`},
			{"kobra.visits", "", "0x7", false, `[{"visitID":7}]`},
			{"kobra.visits", "", "7.0", true, `[]`},
			{"kobra.branches", "", "7", false, `[{"branchID":7,"_owner":"other-lender"}]`},
			{"kobra.agents", "", "", false, `[{"kobraID":7}]`},
		} {
			found, err := of(test.collection).Delete(tx, test.owner, test.key)
			assert.NoError(t, err)
			assert.Equal(t, test.found, found, test)
			left, err := of(test.collection).Export(tx.View, "w")
			assert.NoError(t, err)
			text, err := json.Marshal(left)
			assert.NoError(t, err)
			assert.Equal(t, test.left, string(text))
		}
	})
}
