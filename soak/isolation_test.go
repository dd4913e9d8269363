package soak

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
)

// account is who writes: in a workspace, with the credentials of one owner of each API.
type account struct {
	s         *apptest.Sandbox
	workspace string
	mark      string // in every value that it writes, and in no other's
	headers   map[string][]string
	asked     *atomic.Int64
	seen      *atomic.Int64     // marks, its own
	last      map[string]string // of each API, the id of the record made last
}

// marks finds them all: the workspace's number, then the account's letter.
var marks = regexp.MustCompile(`zq[0-9]{3}[ab]`)

// What one account writes is in no answer of another account, and in nothing that is told of another workspace: journal,
// explanation, archive, export, snapshot, kept answer.
func TestIsolation(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{Settings: map[string]string{"limits": "off"}, Journal: 50})
	spaces, steps := pick(5, 100), pick(15, 300)
	var wait sync.WaitGroup
	var asked, seen atomic.Int64
	for i := range spaces {
		workspace := fmt.Sprintf("space-%d", i)
		for j, headers := range []map[string][]string{
			{"cobrofacil": {cobrofacilToken}, "subclients": {subclientsToken}, "complycube": {complycubeToken}, "kobra": {kobraToken}, "apidev": apidevHeaders},
			{"cobrofacil": {"Authorization: Bearer sandbox-cobrofacil-default-token"}, "subclients": {"Authorization: Bearer sandbox-subclients-other-token"}, "complycube": {"Authorization: live_sandbox"}},
		} {
			a := account{s, workspace, fmt.Sprintf("zq%03d%c", i, 'a'+j), headers, &asked, &seen, map[string]string{}}
			wait.Go(func() {
				r := rand.New(rand.NewPCG(*seed, uint64(i*2+j)))
				for range steps {
					a.step(t, r)
				}
			})
		}
	}
	wait.Wait()
	assert.NotContains(t, s.Log.String(), "level=ERROR")
	assert.Greater(t, seen.Load(), asked.Load()/10, "they hardly saw their own")
	t.Logf("seed %d: %d accounts in %d workspaces made %d requests, and saw %d values of their own and none of another's",
		*seed, spaces*2, spaces, asked.Load(), seen.Load())
}

func (a account) step(t *testing.T, r *rand.Rand) {
	t.Helper()
	n := fmt.Sprint(r.IntN(1000))
	text := a.mark + n
	switch r.IntN(20) {
	case 0, 1:
		a.ask(t, "cobrofacil", "POST", "/api/v1/clients", fmt.Sprintf(`{"first_name":"%s","last_name":"Sosa","phone_number":"+526640000000","external_reference":"%s"}`, text, text))
	case 2:
		a.ask(t, "cobrofacil", "GET", "/api/v1/clients/"+text, "")
		a.ask(t, "cobrofacil", "PATCH", "/api/v1/clients/"+text, `{"mm_name":"`+text+`"}`)
	case 3: // the same reference in all workspaces
		a.ask(t, "cobrofacil", "POST", "/api/v1/clients", `{"first_name":"`+text+`","last_name":"Sosa","phone_number":"+526640000000","external_reference":"shared"}`)
		a.ask(t, "cobrofacil", "GET", "/api/v1/clients/shared", "")
	case 4:
		a.ask(t, "cobrofacil", "POST", "/api/v1/clients", `{"first_name":7,"last_name":"`+text+`","phone_number":"`+text+`"}`)
	case 5, 6:
		answer := a.ask(t, "complycube", "POST", "/v1/clients", fmt.Sprintf(`{"type":"person","email":"%s@example.com","externalId":"%s","personDetails":{"firstName":"%s","lastName":"S"},"metadata":{"k":"%s"}}`, text, text, text, text))
		a.remember("complycube", answer)
	case 7:
		a.ask(t, "complycube", "GET", "/v1/clients?pageSize=1000", "")
		a.ask(t, "complycube", "GET", "/v1/clients?metadata.k="+text, "")
	case 8:
		a.ask(t, "complycube", "POST", "/v1/clients/"+a.last["complycube"], `{"mobile":"`+text+`"}`)
		a.ask(t, "complycube", "DELETE", "/v1/clients/"+a.last["complycube"], "")
	case 9, 10:
		a.ask(t, "apidev", "POST", "/apidev/v1/clients", `{"name":"`+text+`","external_code":"shared"}`)
		a.ask(t, "apidev", "GET", "/apidev/v1/clients?search=shared&limit=100", "") // the same question in all, and kept
	case 11:
		a.ask(t, "apidev", "GET", "/apidev/v1/clients?search=zq&limit=100", "")
		a.ask(t, "apidev", "POST", "/apidev/v1/accounts", `{"name":"`+text+`","notes":"`+text+`"}`)
		a.ask(t, "apidev", "GET", "/apidev/v1/accounts?limit=100", "")
	case 12:
		a.ask(t, "kobra", "POST", "/api/import", fmt.Sprintf(`{"importTypeID":1,"accounts":[{"externalID":"%s","productID":1,"currencyCode":"MX","name":"%s","firstSurname":"S"}]}`, text, text))
		a.ask(t, "kobra", "POST", "/api/import", `{"importTypeID":2,"accounts":[{"externalID":"`+text+`?"}]}`)
	case 13:
		a.ask(t, "subclients", "POST", "/clients", marked(text))
		a.ask(t, "subclients", "GET", "/clients", "")
	case 14:
		a.tell(t, "GET", "/fixture?format=json", "")
		a.tell(t, "GET", "/records/cobrofacil/clients?limit=1000", "")
	case 15:
		a.tell(t, "GET", "/requests?limit=100", "")
		a.tell(t, "GET", "/requests.har", "")
		a.tell(t, "GET", "/requests.sh", "")
	case 16:
		a.tell(t, "POST", "/snapshots", `{"name":"`+a.mark+`"}`)
		a.tell(t, "GET", "/snapshots", "")
	case 17:
		a.tell(t, "POST", "/snapshots/"+a.mark+"/restore", "")
		a.tell(t, "GET", "/limits", "")
		a.tell(t, "GET", "/cache", "")
	case 18:
		a.tell(t, "POST", "/credentials", `{"api":"cobrofacil","id":"`+text+`"}`)
		a.tell(t, "GET", "/credentials", "")
		a.tell(t, "POST", "/faults", `{"on":"kobra","kind":"delay","delay":"1ms","id":"`+text+`","times":1}`)
		a.tell(t, "GET", "/faults", "")
	case 19:
		if r.IntN(4) == 0 {
			a.tell(t, "POST", "/reset", "")
		}
	}
}

func marked(text string) string {
	return strings.ReplaceAll(`{"name":"MARK","alias":"MARK","email":"a@example.com","available":100,"phone":"5555555555","mobile_phone":"5555555555","rfc":"AAA010101AAA",
"street":"MARK","ext_street_number":"1","suburb":"MARK","township":"x","city":"x","state":"CDMX","postal_code":"01000","contact_name":"x","contact_surname":"x",
"contact_email":"a@example.com","contact_telephone_country_code":"52","contact_telephone":"5555555555","contact_mobile_phone_country_code":"52",
"contact_mobile_phone":"5555555555","api_key_name":"MARK","api_key_description":"MARK","api_key_password":"x"}`, "MARK", text)
}

// ask calls an API, in the account's workspace, by its URL. The answer and its explanation hold no other account's mark.
func (a account) ask(t *testing.T, api, method, path, body string) string {
	t.Helper()
	base := "/" + api
	if api == "apidev" {
		base = ""
	}
	headers := a.headers[api]
	if headers == nil {
		return "" // it has one owner
	}
	answer := a.s.Send(t, method, "/w/"+a.workspace+base+path, body, headers...)
	a.asked.Add(1)
	require.Less(t, answer.Status, 500, answer.Body)
	a.seen.Add(int64(strings.Count(answer.Body, a.mark)))
	for _, mark := range marks.FindAllString(answer.Body+fmt.Sprint(answer.Header), -1) {
		assert.Equal(t, a.mark, a.own(mark, api), "%s %s: %s", method, path, answer.Body)
	}
	if where := answer.Header.Get("X-Sandbox-Explain"); where != "" {
		a.holds(t, a.s.Send(t, "GET", where, "", "Host: localhost"), where)
	}
	return answer.Body
}

// own is the account's mark if another's may show too: an API with one owner shows what both accounts have written.
func (a account) own(mark, api string) string {
	if mark[:5] == a.mark[:5] && (api == "apidev" || api == "kobra") {
		return a.mark
	}
	return mark
}

// tell calls the control API, whose answers about a workspace hold the marks of its accounts alone.
func (a account) tell(t *testing.T, method, path, body string) {
	t.Helper()
	where := "/_sandbox/workspaces/" + a.workspace + path
	a.holds(t, a.s.Send(t, method, where, body, "Host: localhost"), where)
}

func (a account) holds(t *testing.T, answer apptest.Answer, where string) {
	t.Helper()
	a.asked.Add(1)
	require.Less(t, answer.Status, 500, "%s: %s", where, answer.Body)
	for _, mark := range marks.FindAllString(answer.Body, -1) {
		assert.Equal(t, a.mark[:5], mark[:5], where)
	}
}

func (a account) remember(api, answer string) {
	if _, id, ok := strings.Cut(answer, `"id":"`); ok {
		a.last[api], _, _ = strings.Cut(id, `"`)
	}
}
