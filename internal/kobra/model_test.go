package kobra_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

// reads says whether a type of import reads a member, in the contract's words: those from one member to another in the
// table's order, and some by name.
func reads(all []documentedMember, importType int, name string) bool {
	at := func(name string) int {
		return slices.IndexFunc(all, func(m documentedMember) bool { return m.name == name })
	}
	between := func(first, last string) bool { return at(first) <= at(name) && at(name) <= at(last) }
	switch {
	case importType == 1, slices.Contains([]string{"externalID", "kobraID", "branchID", "internalAgentsNetwork", "inactive"}, name):
		return true
	case importType == 2:
		return between("initialCapital", "loanDate") || strings.HasPrefix(name, "paymentInformation") ||
			slices.Contains([]string{"requiredPayment", "requiredPaymentMaxDate", "overduePeriods"}, name)
	default:
		return between("name", "addressTypeID")
	}
}

// Whatever is imported one after the other, the accounts are what a model of them says: each type changes what it is for
// and leaves the rest alone, what is absent erases nothing, and one bad account leaves no trace of the others.
func TestImportsFollowTheModel(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "KOB-16", "KOB-17", "KOB-18")
	seed, err := app.LoadSeed([]string{"../../fixtures/demo/kobra.yaml"}) // every step exports all that there is
	require.NoError(t, err)
	s := apptest.New(t, app.Options{Seed: seed})
	all := table(t)
	names := make([]string, len(all))
	for i, m := range all {
		names[i] = m.name
	}
	var runs atomic.Int64
	rapid.Check(t, func(r *rapid.T) {
		space := fmt.Sprint("model-", runs.Add(1))
		model := accountsOf(t, s, "default")
		for range rapid.IntRange(1, 5).Draw(r, "imports") {
			importType := rapid.IntRange(1, 3).Draw(r, "type")
			next := map[string]map[string]string{}
			for id, members := range model {
				next[id] = maps.Clone(members)
			}
			status := 200
			var sent []string
			for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"ana-munoz", "a", "b", "c", "d"}), 1, 4, rapid.ID).Draw(r, "accounts") {
				if next[id] == nil && importType == 1 {
					next[id] = map[string]string{}
				}
				if next[id] == nil && status == 200 {
					status = 404
				}
				members := []string{fmt.Sprintf(`"externalID":%q`, id)}
				set := map[string]string{"externalID": fmt.Sprintf("%q", id)}
				drawn := rapid.SliceOfNDistinct(rapid.SampledFrom(names[1:]), 0, 20, rapid.ID).Draw(r, "members")
				if importType == 1 {
					for _, required := range []string{"productID", "currencyCode", "name", "firstSurname"} {
						drawn = append(slices.DeleteFunc(drawn, func(name string) bool { return name == required }), required)
					}
				}
				for i, name := range drawn {
					pass, fail := all[slices.Index(names, name)].sides()
					pass = slices.DeleteFunc(pass, func(value string) bool { return strings.Contains(value, `\u`) })
					value := rapid.SampledFrom(pass).Draw(r, "value")
					required := importType == 1 && i >= len(drawn)-4
					switch odd := rapid.IntRange(0, 30).Draw(r, "odd"); {
					case odd == 0:
						value = rapid.SampledFrom(slices.Sorted(maps.Keys(fail))).Draw(r, "wrong")
						if reads(all, importType, name) {
							status = 400
						}
					case odd < 5 && !required:
						value = rapid.SampledFrom([]string{`""`, `null`}).Draw(r, "absent")
					}
					members = append(members, fmt.Sprintf("%q:%s", name, value))
					if reads(all, importType, name) && value != `""` && value != `null` {
						set[name] = value
					}
				}
				if next[id] != nil {
					maps.Copy(next[id], set)
				}
				sent = append(sent, "{"+strings.Join(rapid.Permutation(members).Draw(r, "order"), ",")+"}")
			}
			a := s.Send(t, "POST", imports, body(importType, sent...), token+"@"+space)
			if a.Status != status {
				r.Fatalf("%d instead of %d: %s", a.Status, status, a.Body)
			}
			if status == 200 {
				model = next
			}
			if diff := difference(model, accountsOf(t, s, space)); diff != "" {
				r.Fatal(diff)
			}
		}
	})
}

// accountsOf are the first owner's accounts in a workspace, each a map of its members to their JSON.
func accountsOf(t *testing.T, s *apptest.Sandbox, space string) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	for _, record := range exported(t, s, space)["accounts"] {
		var members map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(record, &members))
		if members["_owner"] != nil {
			continue
		}
		account := map[string]string{}
		for name, value := range members {
			account[name] = string(value)
		}
		var id string
		require.NoError(t, json.Unmarshal(members["externalID"], &id))
		all[id] = account
	}
	return all
}

func difference(want, got map[string]map[string]string) string {
	for id, members := range want {
		if !maps.Equal(members, got[id]) {
			return fmt.Sprintf("%s is %v, not %v", id, got[id], members)
		}
	}
	if len(want) != len(got) {
		return fmt.Sprintf("there are %d accounts, not %d", len(got), len(want))
	}
	return ""
}
