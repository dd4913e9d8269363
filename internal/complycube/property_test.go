package complycube_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

// These are the members of a client in the order in which it shows them, those of its details by their path. Each has a
// generator of values that are valid and not empty.
var (
	text    = rapid.StringOfN(rapid.RuneFrom([]rune("aZ0 ñ😀\"\\<&\n+")), 1, 20, -1)
	date    = rapid.SampledFrom([]string{"1970-01-01", "1999-12-31", "2024-02-29"})
	country = rapid.SampledFrom([]string{"MX", "UY", "US"})

	common = []member{
		{"email", rapid.StringMatching(`[a-z]{1,10}@example\.com`)}, {"mobile", text}, {"telephone", text}, {"externalId", text}, {"joinedDate", date},
	}
	details = map[string][]member{
		"person": {
			{"personDetails.firstName", text},
			{"personDetails.middleName", text},
			{"personDetails.lastName", text},
			{"personDetails.dob", date},
			{"personDetails.gender", rapid.SampledFrom([]string{"male", "female", "other"})},
			{"personDetails.nationality", country},
			{"personDetails.birthCountry", country},
			{"personDetails.ssn", text},
			{"personDetails.socialInsuranceNumber", text},
			{"personDetails.nationalIdentityNumber", text},
			{"personDetails.taxIdentificationNumber", text},
		},
		"company": {
			{"companyDetails.name", text},
			{"companyDetails.website", text},
			{"companyDetails.registrationNumber", text},
			{"companyDetails.incorporationCountry", country},
			{"companyDetails.incorporationType", rapid.SampledFrom([]string{"holding_company", "sole_proprietorship"})},
		},
	}
	required = []string{"email", "personDetails.firstName", "personDetails.lastName", "companyDetails.name"}
)

type member struct {
	path   string
	values *rapid.Generator[string]
}

// model is what a client ought to be: its members by path, and its metadata, a key and a value each, in their order.
type model struct {
	kind     string
	members  map[string]string
	metadata [][2]string
}

// shown is the client as it ought to be shown.
func (m model) shown(c client) string {
	parts := []string{fmt.Sprintf(`"id":%q,"type":%q`, c.ID, m.kind)}
	within := []string{}
	for _, member := range slices.Concat(common, details[m.kind]) {
		value, ok := m.members[member.path]
		if !ok {
			continue
		}
		if object, name, nested := strings.Cut(member.path, "."); nested {
			within = append(within, quote(name)+":"+quote(value))
			if len(within) > 1 {
				parts = parts[:len(parts)-1]
			}
			parts = append(parts, quote(object)+":{"+strings.Join(within, ",")+"}")
		} else {
			parts = append(parts, quote(member.path)+":"+quote(value))
		}
	}
	if len(m.metadata) > 0 {
		parts = append(parts, `"metadata":`+object(m.metadata))
	}
	return "{" + strings.Join(parts, ",") + fmt.Sprintf(`,"createdAt":%q,"updatedAt":%q}`, c.CreatedAt, c.UpdatedAt)
}

// quote is a text as JSON, with nothing escaped that need not be.
func quote(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func object(pairs [][2]string) string {
	all := make([]string, len(pairs))
	for i, p := range pairs {
		all[i] = quote(p[0]) + ":" + quote(p[1])
	}
	return "{" + strings.Join(all, ",") + "}"
}

var metadataPairs = rapid.Custom(func(t *rapid.T) (pairs [][2]string) {
	for _, key := range rapid.SliceOfNDistinct(rapid.StringN(0, 40, -1), 0, 20, rapid.ID).Draw(t, "keys") {
		pairs = append(pairs, [2]string{clean(key), clean(rapid.StringN(0, 500, -1).Draw(t, "value"))})
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(pairs, func(p [2]string) bool { twice := seen[p[0]]; seen[p[0]] = true; return twice })
})

// clean takes out what no string of JSON may hold here.
func clean(s string) string {
	return strings.NewReplacer("\x00", "", "\u2028", "", "\u2029", "").Replace(s)
}

// draw is a body with some members, all of the model's details' among the candidates, and what the model is after it.
// Members stand in any order, with unknown ones among them. A member is set, or taken away where it may be.
func draw(t *rapid.T, before model, creating bool) (body string, after model) {
	after = model{before.kind, maps.Clone(before.members), before.metadata}
	objects := map[string][]string{"": {}}
	put := func(path, value string) {
		object, name, nested := strings.Cut(path, ".")
		if !nested {
			object, name = "", path
		}
		objects[object] = append(objects[object], quote(name)+":"+value)
	}
	for _, m := range slices.Concat(common, details[before.kind]) {
		isRequired := slices.Contains(required, m.path)
		switch rapid.IntRange(0, 3).Draw(t, m.path) {
		case 0, 1:
			value := m.values.Draw(t, "value")
			after.members[m.path] = value
			put(m.path, quote(value))
		case 2:
			if !isRequired {
				delete(after.members, m.path)
				put(m.path, rapid.SampledFrom([]string{"null", `""`}).Draw(t, "nothing"))
				continue
			}
			fallthrough
		default:
			if creating && isRequired {
				value := m.values.Draw(t, "value")
				after.members[m.path] = value
				put(m.path, quote(value))
			}
		}
	}
	switch rapid.IntRange(0, 3).Draw(t, "metadata") {
	case 0:
		after.metadata = metadataPairs.Draw(t, "pairs")
		put("metadata", object(after.metadata))
	case 1:
		after.metadata = nil
		put("metadata", rapid.SampledFrom([]string{"null", "{}"}).Draw(t, "nothing"))
	}
	if creating || rapid.Bool().Draw(t, "with type") {
		put("type", quote(before.kind))
	}
	for _, path := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"id", "Email", "createdAt", "entityName", "nope", "details.nope"}), rapid.ID).Draw(t, "unknown") {
		put(path, rapid.SampledFrom([]string{`1`, `"x"`, `null`, `[{}]`}).Draw(t, "anything"))
	}
	own := before.kind + "Details"
	for _, name := range []string{"nope", "FirstName"} {
		if rapid.Bool().Draw(t, name) {
			put(own+"."+name, "7")
		}
	}
	if rapid.Bool().Draw(t, "others") { // the details that do not fit
		put(map[string]string{"person": "companyDetails", "company": "personDetails"}[before.kind]+".dob", "7")
	}
	members := objects[""]
	delete(objects, "")
	for name, inner := range objects {
		members = append(members, quote(name)+":{"+strings.Join(rapid.Permutation(inner).Draw(t, name), ",")+"}")
	}
	slices.Sort(members) // a map has no order, and a draw is to be one that can be drawn again
	return "{" + strings.Join(rapid.Permutation(members).Draw(t, "order"), ",") + "}", after
}

// Whatever is sent: what was not sent stays, what was sent is there, what was emptied is gone, what is unknown passes and
// leaves nothing, and members keep their order. A refused update changes nothing.
func TestUpdatesMerge(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-10", "CC-20", "CC-22", "CC-23", "CC-24", "CC-26", "CC-28")
	s := unlimited(t)
	rapid.Check(t, func(rt *rapid.T) {
		now := model{kind: rapid.SampledFrom([]string{"person", "company"}).Draw(rt, "type"), members: map[string]string{}}
		body, now := draw(rt, now, true)
		a := s.Do(t, "POST", clients, body, key)
		require.Equal(rt, 200, a.Status, "%s: %s", body, a.Body)
		c := read(t, a)
		require.Equal(rt, now.shown(c), a.Body)
		for range rapid.IntRange(1, 5).Draw(rt, "updates") {
			body, after := draw(rt, now, false)
			if wrong := rapid.SampledFrom(append(make([]string, 10), wrongs(now.kind)...)).Draw(rt, "wrong"); wrong != "" {
				// The same update, with one thing wrong beside all that is right.
				name, _, _ := strings.Cut(wrong, ":")
				if strings.Contains(body, name+":") {
					continue // JSON has a member only once
				}
				body = "{" + wrong + strings.TrimPrefix(","+body[1:], ",}")
				if !strings.HasSuffix(body, "}") {
					body += "}"
				}
				require.Equal(rt, 400, s.Do(t, "POST", clients+"/"+c.ID, body, key).Status, body)
				after = now
			} else {
				a := s.Do(t, "POST", clients+"/"+c.ID, body, key)
				require.Equal(rt, 200, a.Status, "%s: %s", body, a.Body)
				c.UpdatedAt = read(t, a).UpdatedAt
				require.Equal(rt, after.shown(c), a.Body, body)
			}
			now = after
			require.Equal(rt, now.shown(c), s.Do(t, "GET", clients+"/"+c.ID, "", key).Body, body)
		}
	})
}

// wrongs are members that an update of such a client is refused for.
func wrongs(kind string) []string {
	other := map[string]string{"person": "company", "company": "person"}[kind]
	return []string{
		`"type":"` + other + `"`, `"type":null`, `"email":null`, `"email":"x"`, `"mobile":1`, `"joinedDate":"x"`, `"metadata":{"a":1}`, `"metadata":[]`,
		`"` + kind + `Details":null`, `"` + kind + `Details":{"` + map[string]string{"person": "lastName", "company": "name"}[kind] + `":""}`, `"` + other + `Details":5`,
	}
}
