package complycube_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

// A person and a company with every member.
const (
	wholePerson  = `{"type":"person","email":"e@example.com","mobile":"m","telephone":"t","externalId":"x","joinedDate":"2024-02-29","personDetails":{"firstName":"A","middleName":"B","lastName":"C","dob":"1990-01-31","gender":"other","nationality":"MX","birthCountry":"UY","ssn":"1","socialInsuranceNumber":"2","nationalIdentityNumber":"3","taxIdentificationNumber":"4"},"metadata":{"z":"1","a":"2","":""}}`
	wholeCompany = `{"type":"company","email":"e@example.com","mobile":"m","telephone":"t","externalId":"x","joinedDate":"2024-02-29","companyDetails":{"name":"N","website":"w","registrationNumber":"r","incorporationCountry":"GB","incorporationType":"subsidiary_company"},"metadata":{"k":"v"}}`
)

// shownBy is what a client with these members is shown as: members in their order, with what the sandbox makes.
func shownBy(t testing.TB, body string, c client) string {
	t.Helper()
	require.True(t, strings.HasPrefix(body, `{"type":`))
	return fmt.Sprintf(`{"id":%q,%s,"createdAt":%q,"updatedAt":%q}`, c.ID, strings.TrimSuffix(body[1:], "}"), c.CreatedAt, c.UpdatedAt)
}

func TestCreate(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{Clock: "2027-03-01T06:07:08.123456Z!", Settings: map[string]string{"limits": "off"}})
	for _, test := range []struct{ id, name, body, shown string }{
		{"CC-30", "a person", eva, eva},
		{"CC-30", "a company", acme, acme},
		{"CC-25", "a person with everything", wholePerson, wholePerson},
		{"CC-25", "a company with everything", wholeCompany, wholeCompany},
		{"CC-21", "members in any order", `{"metadata":{"k":"v"},"personDetails":{"lastName":"Sosa","firstName":"Eva"},"email":"eva@example.com","type":"person"}`, with(eva, `"metadata":{"k":"v"}`)},
		{"CC-10", "null and empty", with(eva, `"mobile":null,"telephone":"","externalId":null,"joinedDate":"","metadata":{},"companyDetails":{}`), eva},
		{"CC-26", "null and empty details", with(`{"type":"company","email":"acme@example.com"}`, `"companyDetails":{"name":"Acme","website":"","registrationNumber":null,"incorporationCountry":"","incorporationType":null}`), acme},
		{"CC-24", "null for metadata", with(eva, `"metadata":null`), eva},
		{"CC-14", "numbers of any form", with(eva, `"mobile":"call me","telephone":"+12 345678910"`), `{"type":"person","email":"eva@example.com","mobile":"call me","telephone":"+12 345678910","personDetails":{"firstName":"Eva","lastName":"Sosa"}}`},
		{"CC-23", "details that do not fit", with(eva, `"companyDetails":{"name":5,"incorporationCountry":"XX"}`), eva},
		{"CC-28", "unknown members", with(without(t, eva, `,"personDetails":{"firstName":"Eva","lastName":"Sosa"}`), `"personDetails":{"firstName":"Eva","lastName":"Sosa","Dob":1,"nested":{"x":[]}},"id":"mine","createdAt":"x","entityName":"y","EMAIL":2`), eva},
	} {
		t.Run(test.id+" "+test.name, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{clients, clients + "/"} {
				a := s.Do(t, "POST", path, test.body, key)
				c := read(t, a)
				assert.Regexp(t, fmt.Sprintf("^%08x[0-9a-f]{16}$", time.Date(2027, 3, 1, 6, 7, 8, 0, time.UTC).Unix()), c.ID)
				assert.Equal(t, []string{"2027-03-01T06:07:08.123Z", "2027-03-01T06:07:08.123Z"}, []string{c.CreatedAt, c.UpdatedAt})
				assert.Equal(t, shownBy(t, test.shown, c), a.Body)
				assert.Equal(t, a.Body, s.Do(t, "GET", clients+"/"+c.ID, "", key).Body)
			}
		})
	}
}

func TestUnknownMembersAreJournalled(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-28", "CC-23", "COM-24")
	s := unlimited(t)
	body := `{"type":"person","email":"e@example.com","nickname":"x","personDetails":{"firstName":"A","lastName":"B","title":"Dr","a":{"b":1}},"companyDetails":{"size":1}}`
	a := s.Do(t, "POST", clients, body, key)
	c := read(t, a)
	assert.Equal(t, []string{"nickname", "personDetails.a", "personDetails.title", "companyDetails.size", "companyDetails"}, explained(t, s, a).Unread)
	a = s.Do(t, "POST", clients+"/"+c.ID, `{"companyDetails":{"name":"N"},"id":"x"}`, key)
	assert.Equal(t, []string{"id", "companyDetails"}, explained(t, s, a).Unread)
	assert.Empty(t, read(t, a).CompanyDetails)
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ id, name, creation, body, shown string }{
		{"CC-20", "one member", wholePerson, `{"mobile":"n"}`, strings.Replace(wholePerson, `"mobile":"m"`, `"mobile":"n"`, 1)},
		{"CC-20", "nothing", wholePerson, `{}`, wholePerson},
		{"CC-22", "the same type", wholeCompany, `{"type":"company"}`, wholeCompany},
		{"CC-23", "one of the details", wholePerson, `{"personDetails":{"ssn":"9"}}`, strings.Replace(wholePerson, `"ssn":"1"`, `"ssn":"9"`, 1)},
		{"CC-23", "one of a company's", wholeCompany, `{"companyDetails":{"website":"v"}}`, strings.Replace(wholeCompany, `"website":"w"`, `"website":"v"`, 1)},
		{"CC-23", "empty details", wholePerson, `{"personDetails":{}}`, wholePerson},
		{"CC-23", "details that do not fit", wholePerson, `{"companyDetails":{"name":"X"}}`, wholePerson},
		{"CC-23", "a person's for a company", wholeCompany, `{"personDetails":{"firstName":"X","gender":"?"}}`, wholeCompany},
		{"CC-29", "without what a creation requires", wholePerson, `{"personDetails":{"middleName":"Z"}}`, strings.Replace(wholePerson, `"middleName":"B"`, `"middleName":"Z"`, 1)},
		{"CC-26", "null", wholePerson, `{"mobile":null,"telephone":null,"externalId":null,"joinedDate":null,"metadata":null,"personDetails":{"middleName":null,"dob":null,"gender":null,"nationality":null,"birthCountry":null,"ssn":null,"socialInsuranceNumber":null,"nationalIdentityNumber":null,"taxIdentificationNumber":null}}`, `{"type":"person","email":"e@example.com","personDetails":{"firstName":"A","lastName":"C"}}`},
		{"CC-26", "empty", wholePerson, `{"mobile":"","telephone":"","externalId":"","joinedDate":"","metadata":{},"personDetails":{"middleName":"","dob":"","gender":"","nationality":"","birthCountry":"","ssn":"","socialInsuranceNumber":"","nationalIdentityNumber":"","taxIdentificationNumber":""}}`, `{"type":"person","email":"e@example.com","personDetails":{"firstName":"A","lastName":"C"}}`},
		{"CC-26", "a company's", wholeCompany, `{"companyDetails":{"website":null,"registrationNumber":"","incorporationCountry":null,"incorporationType":""}}`, strings.Replace(wholeCompany, `,"website":"w","registrationNumber":"r","incorporationCountry":"GB","incorporationType":"subsidiary_company"`, "", 1)},
		{"CC-28", "unknown members alone", wholePerson, `{"MOBILE":"n","personDetails":{"SSN":"9"}}`, wholePerson},
	} {
		t.Run(test.id+" "+test.name, func(t *testing.T) {
			t.Parallel()
			s := apptest.New(t, app.Options{Clock: "2027-03-01T00:00:00Z!", Settings: map[string]string{"limits": "off"}})
			before := read(t, s.Do(t, "POST", clients, test.creation, key))
			require.Equal(t, 200, s.Do(t, "POST", "/_sandbox/workspaces/default/clock/advance", `{"by":"1500ms"}`, local).Status)
			want := before
			want.UpdatedAt = "2027-03-01T00:00:01.500Z" // CC-13: also where nothing changes
			a := s.Do(t, "POST", clients+"/"+before.ID, test.body, key)
			require.Equal(t, 200, a.Status, a.Body)
			assert.Equal(t, shownBy(t, test.shown, want), a.Body)
			assert.Equal(t, a.Body, s.Do(t, "GET", clients+"/"+before.ID+"/", "", key).Body)
		})
	}
}

func TestTimesOfUpdates(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-13", "COM-29", "COM-31")
	s := apptest.New(t, app.Options{Clock: "2027-03-01T00:00:00.9999Z!", Settings: map[string]string{"limits": "off"}})
	c := read(t, s.Do(t, "POST", clients, eva, key))
	assert.Equal(t, "2027-03-01T00:00:00.999Z", c.CreatedAt)
	require.Equal(t, 200, s.Do(t, "POST", "/_sandbox/workspaces/default/clock/advance", `{"by":"24h"}`, local).Status)
	first := s.Do(t, "POST", clients+"/"+c.ID, `{}`, key, "Idempotency-Key: 1")
	assert.Equal(t, []string{c.CreatedAt, "2027-03-02T00:00:00.999Z"}, []string{read(t, first).CreatedAt, read(t, first).UpdatedAt})
	assert.Equal(t, first.Body, s.Do(t, "POST", clients+"/"+c.ID, `{}`, key, "Idempotency-Key: 1").Body, "sent twice, the same state")
	assert.Equal(t, 400, s.Do(t, "POST", clients+"/"+c.ID, `{"email":"x"}`, key).Status)
	assert.NotEqual(t, c.ID, read(t, s.Do(t, "POST", clients, eva, key, "Idempotency-Key: 1")).ID, "a creation sent twice makes two")
	assert.NotEqual(t, c.ID, read(t, s.Do(t, "POST", clients, eva, key, "Idempotency-Key: 1")).ID)
}

func TestEntityName(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-12", "CC-14")
	for setting, always := range map[string]bool{"lists": false, "always": true} {
		s := unlimited(t, "complycube.entity_name", setting)
		for body, name := range map[string]string{wholePerson: "A B C", eva: "Eva Sosa", wholeCompany: "N"} {
			created := s.Do(t, "POST", clients, body, key)
			id := read(t, created).ID
			for _, a := range []apptest.Answer{created, s.Do(t, "GET", clients+"/"+id, "", key), s.Do(t, "POST", clients+"/"+id, `{}`, key)} {
				assert.Equal(t, always, read(t, a).EntityName == name, a.Body)
				assert.Equal(t, always, strings.Contains(a.Body, `,"entityName":"`+name+`","email":`))
			}
			assert.Equal(t, name, readList(t, s.Do(t, "GET", clients+"?id="+id, "", key)).Items[0].EntityName)
		}
		// It follows an update.
		s.Do(t, "POST", clients+"/"+jane, `{"personDetails":{"middleName":"Q.","lastName":"Roe"}}`, key)
		assert.Equal(t, jane, readList(t, s.Do(t, "GET", clients+"?entityName=Jane+Q.+Roe", "", key)).Items[0].ID)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-31")
	s := unlimited(t)
	c := read(t, s.Do(t, "POST", clients, wholePerson, key))
	total := readList(t, s.Do(t, "GET", clients, "", key)).TotalItems
	assert.Equal(t, 404, s.Do(t, "DELETE", clients+"/"+c.ID, "", live).Status)
	a := s.Do(t, "DELETE", clients+"/"+c.ID, "", key)
	assert.Equal(t, 204, a.Status)
	assert.Empty(t, a.Body)
	assert.Empty(t, a.Header.Get("Content-Type"))
	for _, method := range []string{"GET", "DELETE", "POST"} {
		assert.Equal(t, 404, s.Do(t, method, clients+"/"+c.ID, map[string]string{"POST": "{}"}[method], key).Status)
	}
	assert.Equal(t, total-1, readList(t, s.Do(t, "GET", clients, "", key)).TotalItems)
	assert.Empty(t, readList(t, s.Do(t, "GET", clients+"?metadata.z=1", "", key)).Items)
}

func TestOwnersAreApart(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-2", "CC-S2", "COM-12", "COM-15")
	s := unlimited(t)
	own := readList(t, s.Do(t, "GET", clients, "", live))
	require.Len(t, own.Items, 1)
	assert.Equal(t, "Carolina Elena Beltrán Soto", own.Items[0].EntityName)
	assert.Equal(t, 404, s.Do(t, "GET", clients+"/"+own.Items[0].ID, "", key).Status)
	for method, body := range map[string]string{"GET": "", "POST": `{}`, "DELETE": ""} {
		assert.Equal(t, 404, s.Do(t, method, clients+"/"+jane, body, live).Status, method)
	}
	for _, test := range []struct{ owner, name string }{{key, "mine"}, {live, "theirs"}} {
		s.Do(t, "POST", clients, with(eva, `"externalId":"`+test.name+`","metadata":{"of":"`+test.name+`"}`), test.owner)
		for _, name := range []string{"mine", "theirs"} {
			for _, filter := range []string{"externalId=", "metadata.of="} {
				assert.Equal(t, name == test.name, readList(t, s.Do(t, "GET", clients+"?"+filter+name, "", test.owner)).TotalItems == 1, "%s of %s", filter+name, test.owner)
			}
		}
	}
	// And so are workspaces, which a reset takes back to the seed.
	assert.Equal(t, 45, readList(t, s.Do(t, "GET", clients, "", key+"@fresh")).TotalItems)
	assert.Equal(t, 204, s.Do(t, "POST", "/_sandbox/workspaces/default/reset", "", local).Status)
	assert.Equal(t, 45, readList(t, s.Do(t, "GET", clients, "", key)).TotalItems)
	assert.Empty(t, readList(t, s.Do(t, "GET", clients+"?metadata.of=mine", "", key)).Items)
}

// A fixture may give clients of two owners the same id, as two workspaces have the same seeded ones. Each keeps its metadata.
func TestMetadataIsApart(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-2", "COM-10", "COM-12")
	s := unlimited(t)
	record := fmt.Sprintf(`{"complycube":{"clients":[{"id":%q,"_owner":"live",%s]}}`, jane, with(eva, `"metadata":{"of":"live"}`)[1:])
	require.Equal(t, 200, s.Do(t, "PATCH", "/_sandbox/workspaces/default/fixture", record, local).Status)
	of := map[string]string{key: "test", live: "live", key + "@other": "other"}
	for _, header := range []string{key, key + "@other"} {
		read(t, s.Do(t, "POST", clients+"/"+jane, `{"metadata":{"of":"`+of[header]+`"}}`, header))
	}
	for header, own := range of {
		assert.Equal(t, own, read(t, s.Do(t, "GET", clients+"/"+jane, "", header)).Metadata["of"])
		for _, value := range of {
			l := readList(t, s.Do(t, "GET", clients+"?metadata.of="+value, "", header))
			assert.Equal(t, value == own, l.TotalItems == 1, "%s of %s", value, header)
		}
	}
	require.Equal(t, 204, s.Do(t, "DELETE", clients+"/"+jane, "", live).Status)
	assert.Equal(t, "test", read(t, s.Do(t, "GET", clients+"/"+jane, "", key)).Metadata["of"])
}

// Of updates at the same time none is lost where they change different members.
func TestSimultaneousUpdates(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-20", "CC-23")
	s := unlimited(t)
	bodies := []string{
		`{"mobile":"1"}`, `{"telephone":"2"}`, `{"externalId":"3"}`, `{"joinedDate":"2020-02-02"}`, `{"metadata":{"a":"b"}}`,
		`{"personDetails":{"ssn":"4"}}`, `{"personDetails":{"gender":"other"}}`, `{"personDetails":{"middleName":"5"}}`,
	}
	for range 5 {
		id := read(t, s.Do(t, "POST", clients, eva, key)).ID
		var wait sync.WaitGroup
		for _, body := range bodies {
			wait.Go(func() { assert.Equal(t, 200, s.Do(t, "POST", clients+"/"+id, body, key).Status) })
		}
		wait.Wait()
		c := read(t, s.Do(t, "GET", clients+"/"+id, "", key))
		assert.Equal(t, []string{"1", "2", "3", "2020-02-02", "b"}, []string{c.Mobile, c.Telephone, c.ExternalID, c.JoinedDate, c.Metadata["a"]})
		assert.Equal(t, map[string]string{"firstName": "Eva", "lastName": "Sosa", "ssn": "4", "gender": "other", "middleName": "5"}, c.PersonDetails)
	}
}

// While a fixture puts clients of both types in one another's place, an update is checked as one of the type it meets.
func TestUpdatesOfAClientThatIsReplaced(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-23", "CC-25")
	s := unlimited(t)
	var wait sync.WaitGroup
	done := make(chan struct{})
	wait.Go(func() {
		defer close(done)
		for i := range 100 {
			kind := map[int]string{0: acme, 1: eva}[i%2]
			record := fmt.Sprintf(`{"complycube":{"clients":[{"id":%q,%s]}}`, jane, kind[1:])
			assert.Equal(t, 200, s.Do(t, "PATCH", "/_sandbox/workspaces/default/fixture", record, local).Status)
		}
	})
	for range 4 {
		wait.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				a := s.Send(t, "POST", clients+"/"+jane, `{"companyDetails":{"name":5}}`, key)
				if a.Status == 200 && !assert.Contains(t, a.Body, `"personDetails":`) {
					return
				}
			}
		})
	}
	wait.Wait()
}
