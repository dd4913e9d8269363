package complycube_test

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

func ids(items []client) []string {
	all := make([]string, len(items))
	for i, c := range items {
		all[i] = c.ID
	}
	return all
}

// Pages of every size together are the whole list: none skipped, none twice.
func TestPages(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-32", "CC-S1")
	s := apptest.New(t, app.Options{Clock: "2027-03-01T00:00:00Z!", Settings: map[string]string{"limits": "off"}})
	var created []string // all at the same time
	for i := range 30 {
		body := strings.Replace(eva, "eva@", fmt.Sprintf("eva%d@", i), 1)
		created = append([]string{read(t, s.Do(t, "POST", clients, body, key)).ID}, created...)
		s.Do(t, "POST", clients, body, live) // numbers go to other owners too
	}
	whole := readList(t, s.Do(t, "GET", clients, "", key))
	assert.Equal(t, []int{1, 100, 75, 1}, []int{whole.Page, whole.PageSize, whole.TotalItems, whole.Pages})
	require.Len(t, whole.Items, 75)
	assert.Equal(t, created, ids(whole.Items[:30]), "of equal times the later created first")
	assert.True(t, slices.IsSortedFunc(whole.Items, func(a, b client) int { return strings.Compare(b.CreatedAt, a.CreatedAt) }), "newest first")
	assert.Equal(t, jane, whole.Items[74].ID)

	for _, size := range []int{1, 7, 20, 25, 74, 75, 76, 1000} {
		pages, all := (75+size-1)/size, []string{}
		for page := range pages + 1 {
			l := readList(t, s.Do(t, "GET", fmt.Sprintf("%s/?page=%d&pageSize=%d", clients, page+1, size), "", key))
			assert.Equal(t, []int{page + 1, size, 75, pages}, []int{l.Page, l.PageSize, l.TotalItems, l.Pages})
			all = append(all, ids(l.Items)...)
		}
		assert.Equal(t, ids(whole.Items), all, "pages of %d", size)
	}
	far := s.Do(t, "GET", clients+"?page=2147483647&pageSize=1000", "", key)
	assert.Equal(t, `{"page":2147483647,"pageSize":1000,"totalItems":75,"pages":1,"items":[]}`, far.Body)
	none := s.Do(t, "GET", clients+"?page=3&email=nobody@example.com", "", key)
	assert.Equal(t, `{"page":3,"pageSize":100,"totalItems":0,"pages":0,"items":[]}`, none.Body)
	assert.Equal(t, 3, readList(t, s.Do(t, "GET", clients+"?pageSize=20", "", key+"@seed")).Pages, "the seed has several pages")
	head := s.Do(t, "HEAD", clients, "", key)
	assert.Equal(t, []any{200, ""}, []any{head.Status, head.Body})
}

func TestPageParameters(t *testing.T) {
	t.Parallel()
	s := unlimited(t)
	for _, test := range []struct{ id, query, param, message string }{
		{"CC-32", "page=0", "page", "'page' should be >= 1"},
		{"CC-32", "page=-1", "page", "'page' should be >= 1"},
		{"CC-32", "page=2147483648", "page", "'page' should be <= 2147483647"},
		{"CC-32", "page=99999999999999999999", "page", "'page' should be integer"},
		{"CC-32", "page=", "page", "'page' should be integer"},
		{"CC-32", "page=1.5", "page", "'page' should be integer"},
		{"CC-32", "page=one", "page", "'page' should be integer"},
		{"CC-32", "page=%00", "page", "'page' should be integer"},
		{"CC-32", "page=1&page=2", "page", "'page' should be integer"},
		{"CC-32", "pageSize=0", "pageSize", "'pageSize' should be >= 1"},
		{"CC-32", "pageSize=1001", "pageSize", "'pageSize' should be <= 1000"},
		{"CC-32", "pageSize=0&page=0&nope=1", "page", "'page' should be >= 1"},
	} {
		t.Run(test.id+" "+test.query, func(t *testing.T) {
			t.Parallel()
			a := s.Do(t, "GET", clients+"?"+test.query, "", key)
			assert.Equal(t, 400, a.Status)
			assert.Equal(t, refused(test.param, test.message), a.Body)
			for _, v := range explained(t, s, a).Violations {
				assert.NotEmpty(t, v.Passes)
			}
		})
	}
	assert.Equal(t, 200, s.Do(t, "GET", clients+"?page=1&pageSize=1000", "", key).Status)
}

// scalars are the members of a client that are shown as text, by their dotted path.
func scalars(c client) map[string]string {
	all := map[string]string{
		"id": c.ID, "type": c.Type, "entityName": c.EntityName, "email": c.Email, "mobile": c.Mobile, "telephone": c.Telephone,
		"externalId": c.ExternalID, "joinedDate": c.JoinedDate, "createdAt": c.CreatedAt, "updatedAt": c.UpdatedAt,
	}
	for within, members := range map[string]map[string]string{"personDetails.": c.PersonDetails, "companyDetails.": c.CompanyDetails, "metadata.": c.Metadata} {
		for name, value := range members {
			all[within+name] = value
		}
	}
	maps.DeleteFunc(all, func(name, value string) bool { return value == "" && !strings.HasPrefix(name, "metadata.") })
	return all
}

// Every scalar member that the seed shows filters by every value that it has there, and finds what has it.
func TestEveryMemberFilters(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-32", "CC-25")
	s := unlimited(t)
	for _, body := range []string{wholePerson, wholeCompany, with(eva, `"metadata":{"a.b":"1","k\"":"'","?&=+ñ":" % ","":"e"}`)} {
		require.Equal(t, 200, s.Do(t, "POST", clients, body, key).Status)
	}
	all := readList(t, s.Do(t, "GET", clients, "", key)).Items
	found := map[string]map[string][]string{} // by member and value
	for _, c := range all {
		for name, value := range scalars(c) {
			if found[name] == nil {
				found[name] = map[string][]string{}
			}
			found[name][value] = append(found[name][value], c.ID)
		}
	}
	assert.Len(t, slices.Collect(maps.Keys(found)), 10+11+5+9, "all there are: the client's, a person's, a company's, and keys of metadata")
	for name, values := range found {
		for value, want := range values {
			a := s.Send(t, "GET", clients+"?"+url.Values{name: {value}}.Encode(), "", key)
			l := readList(t, a)
			assert.Equal(t, want, ids(l.Items), "%s=%s", name, value)
			assert.Equal(t, len(want), l.TotalItems)
			assert.Empty(t, explained(t, s, a).Unread)
			if value != strings.ToUpper(value) {
				assert.Empty(t, readList(t, s.Send(t, "GET", clients+"?"+url.Values{name: {strings.ToUpper(value)}}.Encode(), "", key)).Items, "letter case counts")
			}
		}
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	s := unlimited(t)
	all := readList(t, s.Do(t, "GET", clients, "", key)).TotalItems
	many := make([]string, 51)
	for i := range many {
		many[i] = fmt.Sprintf("metadata.k%d=v", i)
	}
	deep := strings.TrimSuffix(strings.Repeat("type=person&email=x&", 3000), "&")
	for _, test := range []struct {
		id, query string
		total     int
		unread    []string
	}{
		{"CC-32", "type=company&metadata.city=Tijuana", 1, nil},
		{"CC-32", "metadata.city=Tijuana&metadata.contact=rodrigo-pena", 1, nil},
		{"CC-32", "metadata.city=Tijuana&metadata.contact=nobody", 0, nil},
		{"CC-32", "metadata.city=Tijuana&metadata.city=Tijuana&type=person", 2, nil},
		{"CC-32", "personDetails.lastName=Doe&personDetails.firstName=Jane", 1, nil},
		{"CC-32", "personDetails.lastName=Doe&personDetails.firstName=Janet", 0, nil},
		{"CC-32", "email=jane.doe@example.com&email=x", 0, []string{"?email"}},
		{"CC-32", "email=jane.doe%", 0, nil},
		{"CC-32", "mobile=", 0, []string{"?mobile"}},
		{"CC-32", "metadata.city=", 0, nil},
		{"CC-32", "nope=1", 0, []string{"?nope"}},
		{"CC-32", "Email=jane.doe@example.com", 0, []string{"?Email"}},
		{"CC-32", "personDetails=Jane", 0, []string{"?personDetails"}},
		{"CC-32", "personDetails.nope=1", 0, []string{"?personDetails.nope"}},
		{"CC-32", "personDetails%5BlastName%5D=Doe", 0, []string{"?personDetails[lastName]"}},
		{"CC-32", "metadata=1", 0, []string{"?metadata"}},
		{"CC-32", "metadata.city.deep=Tijuana", 0, nil},
		{"CC-32", "owner=test", 0, []string{"?owner"}},
		{"CC-32", "number=1", 0, []string{"?number"}},
		{"CC-32", "email='+OR+1=1--", 0, nil},
		{"COM-33", "email=%00", 0, []string{"?email"}},
		{"COM-33", "email=%FF", 0, []string{"?email"}},
		{"COM-33", "metadata.%00=1", 0, []string{"?metadata.\x00"}},
		{"CC-32", strings.Join(many[:50], "&"), 0, nil},
		{"CC-32", deep, 0, nil},
		{"CC-32", "createdAfter=2020-01-04T17:24:29.146Z", all - 1, nil},
		{"CC-32", "createdAfter=2020-01-04T17:24:29.145999999Z", all, nil},
		{"CC-32", "createdBefore=2020-01-04T17:24:29.146Z", 0, nil},
		{"CC-32", "createdBefore=2020-01-04T17:24:29.147Z", 1, nil},
		{"CC-32", "createdBefore=2020-01-04T18:24:29.147%2B01:00", 1, nil},
		{"CC-32", "createdBefore=2020-01-04T16:24:29.147-01:00", 1, nil},
		{"CC-32", "createdAfter=2020-01-04&createdBefore=2020-01-05", 1, nil},
		{"CC-32", "createdAfter=2020-01-05", all - 1, nil},
		{"CC-32", "updatedAfter=2020-01-04T17:13:10.712Z&updatedBefore=2020-01-05", 0, nil},
		{"CC-32", "updatedAfter=2020-01-04T17:13:10.711Z&updatedBefore=2020-01-04T17:13:10.713Z", 1, nil},
		{"CC-32", "updatedBefore=2020-01-04T17:13:10.712Z", 0, nil},
		{"CC-32", "createdAt=2020-01-04T17:24:29.146Z", 1, nil},
		{"CC-32", "createdAt=2020-01-04T17:24:29.1460Z", 0, []string{"?createdAt"}},
		{"CC-32", "createdAt=2020-01-04T18:24:29.146%2B01:00", 0, []string{"?createdAt"}},
		{"CC-32", "createdAt=2020-01-04T17:24:29,146Z", 0, []string{"?createdAt"}},
		{"CC-32", "updatedAt=2020-01-04T17:13:10.712Z", 1, nil},
		{"CC-32", "createdAfter=yesterday", 0, []string{"?createdAfter"}},
		{"CC-32", "createdAfter=", 0, []string{"?createdAfter"}},
		{"CC-32", "createdAfter=2020-02-30", 0, []string{"?createdAfter"}},
		{"CC-32", "createdAfter=1577836800000", 0, []string{"?createdAfter"}},
		{"CC-32", "createdAfter=0000-01-01T00:00:00%2B01:00", 0, []string{"?createdAfter"}},
		{"CC-32", "createdBefore=9999-12-31T23:59:59-01:00", 0, []string{"?createdBefore"}},
		{"CC-32", "createdBefore=9999-12-31", all, nil},
		{"CC-32", "createdAfter=2020-01-01&createdAfter=2021-01-01", 0, []string{"?createdAfter"}},
	} {
		t.Run(test.id+" "+test.query[:min(len(test.query), 80)], func(t *testing.T) {
			t.Parallel()
			a := s.Do(t, "GET", clients+"?"+test.query, "", key)
			l := readList(t, a)
			assert.Equal(t, test.total, l.TotalItems)
			assert.Len(t, l.Items, test.total)
			if len(test.query) < 1000 {
				assert.Equal(t, test.unread, explained(t, s, a).Unread)
			}
		})
	}
	a := s.Do(t, "GET", clients+"?"+strings.Join(many, "&"), "", key)
	assert.Zero(t, readList(t, a).TotalItems)
	assert.NotEmpty(t, explained(t, s, a).Unread, "more keys than a client can have")
	assert.Contains(t, s.Do(t, "GET", clients+"?metadata.city=Tijuana&pageSize=2&page=2", "", key).Body, `{"page":2,"pageSize":2,"totalItems":3,"pages":2,`)
}

// BenchmarkManyClients lists some of ten thousand clients. No filter has an index: each reads all of an owner's clients.
func BenchmarkManyClients(b *testing.B) {
	var seed strings.Builder
	seed.WriteString("complycube:\n  clients:\n")
	for i := range 10_000 {
		fmt.Fprintf(&seed, "    - {type: person, email: c%d@example.com, personDetails: {firstName: A, lastName: \"%d\"}, metadata: {n: \"%d\", group: \"%d\"}}\n", i, i%100, i, i%10)
	}
	s := apptest.New(b, app.Options{Seed: fixtureOf(b, seed.String()), Settings: map[string]string{"limits": "off"}})
	for query, total := range map[string]int{
		"page=1": 10_000, "page=100": 10_000, "pageSize=1000": 10_000, "email=c7@example.com": 1, "personDetails.lastName=7": 100,
		"metadata.n=9999": 1, "metadata.group=3&pageSize=20": 1000, "metadata.n=13&metadata.group=3": 1, "metadata.nope=1": 0,
	} {
		b.Run(query, func(b *testing.B) {
			for b.Loop() {
				require.Equal(b, total, readList(b, s.Send(b, "GET", clients+"?"+query, "", key)).TotalItems)
			}
		})
	}
}
