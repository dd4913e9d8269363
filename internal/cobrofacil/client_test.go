package cobrofacil_test

import (
	"fmt"
	"net/http"
	"net/url"
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

func TestCreateMakesWhatTheSandboxOwns(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COB-11", "COB-12", "COB-13", "COB-34", "COM-24", "COM-29")
	s := apptest.New(t, app.Options{Clock: "2027-03-01T06:07:08.123Z!"})

	a := read(t, s.Do(t, "POST", clients, with("middle_name", `"Inés"`, "mm_name", `"Ruiz"`, "id", `"mine"`, "display", `"Mine"`, "spei_clabe", `"1"`, "First_Name", `"X"`), token))
	b := read(t, s.Do(t, "POST", clients, with(), token))
	assert.Equal(t, "Eva Sosa", a.Display, "without middle and maternal name")
	assert.Equal(t, "Eva", a.FirstName, "names match exactly")

	at := time.Date(2027, 3, 1, 6, 7, 8, 123e6, time.UTC).UnixMilli()
	for _, c := range []client{a, b} {
		assert.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, c.ID)
		assert.Equal(t, fmt.Sprintf("%012x", at), strings.ReplaceAll(c.ID, "-", "")[:12])
		require.Regexp(t, `^6461806307[0-9]{8}$`, *c.SPEICLABE)
		assert.Equal(t, checkDigit((*c.SPEICLABE)[:17]), (*c.SPEICLABE)[17:])
	}
	assert.NotEqual(t, a.ID, b.ID)
	assert.Equal(t, []string{"0000014", "0000015"}, []string{(*a.SPEICLABE)[10:17], (*b.SPEICLABE)[10:17]}, "behind the seed's")

	// The CLABE is unique for all owners, and lasts.
	foreign := read(t, s.Do(t, "POST", clients, with(), other))
	assert.Equal(t, "0000016", (*foreign.SPEICLABE)[10:17])
	updated := read(t, s.Do(t, "PATCH", clients+"/"+a.ID, `{"last_name":"Paz","id":"x","display":"y","spei_clabe":"z"}`, token))
	assert.Equal(t, "Eva Paz", updated.Display)
	assert.Equal(t, []any{a.ID, a.SPEICLABE}, []any{updated.ID, updated.SPEICLABE})
}

// checkDigit is the CLABE's as the Mexican banks define it: weights 3, 7, 1, each product modulo ten.
func checkDigit(digits string) string {
	sum := 0
	for i, weight := range strings.Repeat("371", 6)[:17] {
		sum += int(digits[i]-'0') * int(weight-'0') % 10
	}
	return fmt.Sprint((10 - sum%10) % 10)
}

func TestCreateStatusIsASwitch(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COB-21")
	assert.Equal(t, 201, apptest.New(t, app.Options{}).Do(t, "POST", clients, with(), token).Status)
	s := apptest.New(t, app.Options{Settings: map[string]string{"cobrofacil.create_status": "200"}})
	assert.Equal(t, 200, s.Do(t, "POST", clients, with(), token).Status)
}

func TestNoRateLimit(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COB-5")
	s := apptest.New(t, app.Options{Clock: "2027-03-01T00:00:00Z!"})
	for range 200 {
		require.Equal(t, 200, s.Send(t, "GET", clients+"/client-200", "", token).Status)
	}
}

func TestExternalReferenceIdentifies(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	taken := onlyErrors("external_reference: The external reference has already been taken.")
	for _, test := range []struct {
		id, name, method, path, body, header string
		status                               int
		answer                               string
	}{
		{"COB-23", "taken", "POST", clients, with("external_reference", `"client-200"`), token, 422, taken},
		{"COB-23", "taken, with white space around it", "POST", clients, with("external_reference", `" client-200 "`), token, 422, taken},
		{"COB-23", "letter case counts", "POST", clients, with("external_reference", `"Client-200"`), token, 201, ""},
		{"COB-23", "another client's id", "POST", clients, with("external_reference", `"`+juan+`"`), token, 422, taken},
		{"COB-23", "another owner's", "POST", clients, with("external_reference", `"ana-munoz"`), other, 201, ""},
		{"COB-23", "another owner's client's id", "POST", clients, with("external_reference", `"`+juan+`"`), other, 201, ""},
		{"COM-20", "looked for only when all else passes", "POST", clients, with("external_reference", `"client-200"`, "email", `"x"`), token, 422, onlyErrors("email: The email field must be a valid email address.")},
		{"COB-35", "an update to another's", "PATCH", clients + "/ana-munoz", `{"external_reference":"client-200"}`, token, 422, taken},
		{"COB-35", "an update to another's id", "PATCH", clients + "/ana-munoz", `{"external_reference":"` + juan + `"}`, token, 422, taken},
		{"COB-35", "an update to its own", "PATCH", clients + "/client-200", `{"external_reference":"client-200"}`, token, 200, ""},
		{"COB-35", "an update to its own id", "PATCH", clients + "/client-200", `{"external_reference":"` + juan + `"}`, token, 200, ""},
	} {
		t.Run(test.id+" "+test.name, func(t *testing.T) {
			t.Parallel()
			a := s.Do(t, test.method, test.path, test.body, test.header+"@"+workspaceOf(t))
			assert.Equal(t, test.status, a.Status, a.Body)
			if test.answer != "" {
				assert.Equal(t, test.answer, a.Body)
			}
		})
	}
}

// workspaceOf is a workspace of the test's own.
func workspaceOf(t *testing.T) string {
	t.Helper()
	name := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(t.Name()))
	return name[max(0, len(name)-50):] // a table's rows differ at their end
}

func TestGetByIDOrReference(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COB-30", "COM-33", "COM-27")
	s := apptest.New(t, app.Options{})
	for _, reference := range []string{"plain", "with space", "a/b", "a%2Fb", "ñandú", "?&#=", "..", ".", "😀", `"<>&'`, "a+b", strings.Repeat("ñ", 255)} {
		body := fmt.Sprintf(`{"external_reference":%q,"first_name":"A","last_name":"B","phone_number":"+526640000000"}`, reference)
		created := read(t, s.Do(t, "POST", clients, body, token))
		require.NotNil(t, created.ExternalReference, reference)
		path := clients + "/" + url.PathEscape(reference)
		if strings.Trim(reference, ".") == "" {
			path = clients + "/" + strings.ReplaceAll(reference, ".", "%2E")
		}
		for _, path := range []string{path, path + "/", clients + "/" + created.ID} {
			a := s.Do(t, "GET", path, "", token)
			require.Equal(t, 200, a.Status, path)
			assert.Equal(t, created, read(t, a), path)
		}
	}

	head := s.Do(t, "HEAD", clients+"/client-200", "", token)
	get := s.Do(t, "GET", clients+"/client-200", "", token)
	assert.Equal(t, 200, head.Status)
	assert.Empty(t, head.Body)
	assert.Equal(t, get.Header.Get("Content-Length"), head.Header.Get("Content-Length"))

	// Within an owner no reference reads like another client's id (COB-23); across owners each finds its own.
	mine := read(t, s.Do(t, "POST", clients, with("external_reference", `"`+juan+`"`), other))
	assert.Equal(t, mine.ID, read(t, s.Do(t, "GET", clients+"/"+juan, "", other)).ID)
	assert.Equal(t, juan, read(t, s.Do(t, "GET", clients+"/"+juan, "", token)).ID)
}

func TestUpdateChangesWhatWasSent(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	for _, test := range []struct {
		id, name, body string
		change         func(*client)
	}{
		{"COB-31", "one member", `{"middle_name":"José"}`, func(c *client) { c.MiddleName = new("José") }},
		{"COB-31", "all members", `{"first_name":"A","middle_name":"B","last_name":"C","mm_name":"D","email":"e@example.com","phone_number":"+16195550100","external_reference":"f"}`, func(c *client) {
			*c = client{c.ID, "A C", new("f"), "A", new("B"), new("C"), new("D"), new("e@example.com"), new("+16195550100"), c.SPEICLABE}
		}},
		{"COB-31", "null clears", `{"email":null,"middle_name":null,"mm_name":null,"external_reference":null}`, func(c *client) {
			c.Email, c.MiddleName, c.MMName, c.ExternalReference = nil, nil, nil, nil
		}},
		{"COB-24", "blank clears", `{"email":"","middle_name":"  "}`, func(c *client) { c.Email, c.MiddleName = nil, nil }},
		{"COB-24", "trimmed", `{"first_name":"\t Ana María \n"}`, func(c *client) { c.FirstName, c.Display = "Ana María", "Ana María Mejía" }},
		{"COB-33", "an empty object", `{}`, func(*client) {}},
		{"COB-33", "unknown members alone", `{"nickname":"x","FIRST_NAME":"y"}`, func(*client) {}},
		{"COB-34", "what the partner makes up", `{"id":"x","display":"y","spei_clabe":"z"}`, func(*client) {}},
	} {
		t.Run(test.id+" "+test.name, func(t *testing.T) {
			t.Parallel()
			auth := token + "@" + workspaceOf(t)
			want := read(t, s.Do(t, "GET", clients+"/"+juan, "", auth))
			test.change(&want)
			a := s.Do(t, "PATCH", clients+"/"+juan, test.body, auth)
			assert.Equal(t, 200, a.Status, a.Body)
			assert.Equal(t, want, read(t, a))
			assert.Equal(t, want, read(t, s.Do(t, "GET", clients+"/"+juan, "", auth)))
		})
	}
}

// A client whose nullable members are all null can be read, and updated in one member alone.
func TestNullsOfTheSeed(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-32", "COB-S1", "COB-12")
	s := apptest.New(t, app.Options{})
	path := clients + "/019740d4-19b3-7d48-b533-b669c04436be"
	a := s.Do(t, "GET", path, "", token)
	assert.Equal(t, `{"data":{"id":"019740d4-19b3-7d48-b533-b669c04436be","display":"Guadalupe","external_reference":null,"first_name":"Guadalupe","middle_name":null,"last_name":null,"mm_name":null,"email":null,"phone_number":null,"spei_clabe":null}}`, a.Body)
	updated := read(t, s.Do(t, "PATCH", path, `{"email":"g@example.com"}`, token))
	assert.Equal(t, "g@example.com", *updated.Email)
	assert.Nil(t, updated.LastName)
}

func TestOwnersAreApart(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-12", "COM-15", "COB-3", "COB-S2")
	s := apptest.New(t, app.Options{})
	assert.Equal(t, 404, s.Do(t, "GET", clients+"/"+juan, "", other).Status)
	assert.Equal(t, 404, s.Do(t, "PATCH", clients+"/ana-munoz", `{}`, other).Status)
	// The owner default has one client, under a reference that the other owner uses too.
	own := read(t, s.Do(t, "GET", clients+"/client-200", "", other))
	assert.Equal(t, "Carolina Beltrán", own.Display)
	assert.Equal(t, own, read(t, s.Do(t, "GET", clients+"/client-200", "", "Authorization: Bearer sandbox-cobrofacil-default-token", "X-Environment: default")))
	fixture := s.Do(t, "GET", "/_sandbox/workspaces/default/fixture?format=json", "", "Host: localhost")
	assert.Equal(t, 1, strings.Count(fixture.Body, `"_owner": "default"`))
}

func TestCreationsRaceForAReference(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-30", "COB-23")
	s := apptest.New(t, app.Options{})
	var wait sync.WaitGroup
	answers := make([]apptest.Answer, 32)
	for i := range answers {
		wait.Go(func() { answers[i] = s.Do(t, "POST", clients, with("external_reference", `"race"`), token+"@race") })
	}
	wait.Wait()
	count := map[int]int{}
	var winner client
	for _, a := range answers {
		count[a.Status]++
		if a.Status == http.StatusCreated {
			winner = read(t, a)
		} else {
			assert.Equal(t, onlyErrors("external_reference: The external reference has already been taken."), a.Body)
		}
	}
	assert.Equal(t, map[int]int{201: 1, 422: 31}, count)
	assert.Equal(t, winner, read(t, s.Do(t, "GET", clients+"/race", "", token+"@race")))
}

func TestTheSameCreationTwice(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-31")
	s := apptest.New(t, app.Options{})
	key := "Idempotency-Key: 1"
	a, b := s.Do(t, "POST", clients, with(), token, key), s.Do(t, "POST", clients, with(), token, key)
	assert.Equal(t, []int{201, 201}, []int{a.Status, b.Status})
	assert.NotEqual(t, read(t, a).ID, read(t, b).ID)

	first := s.Do(t, "POST", clients, with("external_reference", `"once"`), token, key)
	second := s.Do(t, "POST", clients, with("external_reference", `"once"`), token, key)
	assert.Equal(t, []int{201, 422}, []int{first.Status, second.Status})
	assert.Equal(t, first.Body, s.Do(t, "GET", clients+"/once", "", token).Body)

	patch := `{"first_name":"Twice"}`
	updated := s.Do(t, "PATCH", clients+"/once", patch, token)
	assert.Equal(t, updated.Body, s.Do(t, "PATCH", clients+"/once", patch, token).Body)
}

// Who has the answer to an update finds what it says, however many read beside, and remember what they read.
func TestNobodyGetsWhatWasBeforeAnAnsweredUpdate(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	var all sync.WaitGroup
	for range 4 {
		client := clients + "/" + read(t, s.Do(t, "POST", clients, with(), token)).ID
		all.Go(func() {
			for i := range 20 {
				now := fmt.Sprintf(`"first_name":"%d"`, i)
				assert.Equal(t, 200, s.Send(t, "PATCH", client, "{"+now+"}", token).Status)
				for range 4 {
					assert.Contains(t, s.Send(t, "GET", client, "", token).Body, now)
				}
			}
		})
	}
	all.Wait()
}
