package control_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/control"
)

const (
	kobraToken      = "Authorization: sandbox-kobra-token"
	complycubeToken = "Authorization: test_sandbox"
	subclientsToken = "Authorization: Bearer sandbox-subclients-token"
	apidevToken     = "Authorization: Bearer sandbox-apidev-token"
	apidevKey       = "X-API-Key: gtk_sandbox"
)

func (s *sandbox) people(t *testing.T, workspace string) (all []control.Person) {
	t.Helper()
	a := s.call(t, "GET", "/workspaces/"+workspace+"/people", "")
	require.Equal(t, 200, a.Status, a.Body)
	require.NoError(t, json.Unmarshal([]byte(a.Body), &all))
	return all
}

func (s *sandbox) journey(t *testing.T, of string) (j control.Journey) {
	t.Helper()
	a := s.call(t, "GET", "/workspaces/default/journey?of="+url.QueryEscape(of), "")
	require.Equal(t, 200, a.Status, a.Body)
	require.NoError(t, json.Unmarshal([]byte(a.Body), &j))
	return j
}

// One customer's onboarding, each partner knowing another part of who it is.
func TestJourney(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	assert.Empty(t, s.people(t, "default"))
	rosa := s.Do(t, "POST", "/complycube/v1/clients", `{"type":"person","email":"Rosa.Luna@example.com","personDetails":{"firstName":"Rosa","lastName":"Luna"}}`, complycubeToken)
	require.Equal(t, 200, rosa.Status, rosa.Body)
	var made struct{ ID string }
	require.NoError(t, json.Unmarshal([]byte(rosa.Body), &made))
	s.Do(t, "GET", "/complycube/v1/clients/"+made.ID, "", complycubeToken)
	s.Do(t, "POST", clients, `{"first_name":"Rosa","last_name":"Luna","phone_number":"+526645559911","email":"rosa.luna@example.com","external_reference":"rosa luna/1"}`, token)
	s.Do(t, "POST", "/kobra/api/import", `{"importTypeID":1,"accounts":[
		{"externalID":"r-9","productID":1,"currencyCode":"MX","name":"Rosa","firstSurname":"Luna","cellphoneNumber":"6645559911","rfc":"luro8001019a1"},
		{"externalID":"t-1","productID":1,"currencyCode":"MX","name":"Tomás","firstSurname":"Gil","cellphoneNumber":"6645559922"}]}`, kobraToken)
	s.Do(t, "POST", "/subclients/clients", `{"name":"Rosa","rfc":"LURO8001019A1"}`, subclientsToken)
	s.Do(t, "POST", "/apidev/v1/clients", `{"name":"Rosa Luna","mobile":"664 555 99 11"}`, apidevToken, apidevKey)
	s.Do(t, "GET", clients+"/rosa%20luna%2F1", "", token)
	s.Do(t, "POST", "/apidev/v1/login", `{"email":"rosa.luna@example.com","password":"x"}`, apidevKey)

	all := s.people(t, "default")
	require.Len(t, all, 2, "and not those who log in")
	assert.Equal(t, "reference:rosa luna/1", all[0].Of)
	assert.Equal(t, "Rosa Luna", all[0].Name)
	assert.Equal(t, []string{"complycube", "cobrofacil", "kobra", "subclients", "apidev"}, all[0].APIs)
	assert.Equal(t, 7, all[0].Calls)
	assert.Equal(t, []string{"kobra"}, all[1].APIs, "of the same import, and nothing else in common")
	assert.Equal(t, "Tomás Gil", all[1].Name)

	for _, of := range []string{"reference:rosa luna/1", "r-9", "rfc:luro8001019a1", "+52 664 555 9911", "ROSA.LUNA@example.com", "id:complycube/" + made.ID} {
		assert.Equal(t, "reference:rosa luna/1", s.journey(t, of).Person.Of, of)
	}
	j := s.journey(t, "r-9")
	require.Len(t, j.Calls, 7)
	assert.Equal(t, []any{"complycube", "createClient", "POST", 200, 0.0}, []any{j.Calls[0].API, j.Calls[0].Operation, j.Calls[0].Method, j.Calls[0].Status, j.Calls[0].Since})
	assert.Equal(t, []any{"subclients", "createClient", 422}, []any{j.Calls[4].API, j.Calls[4].Operation, j.Calls[4].Status}, "refused, and about her all the same")
	for i := range j.Calls[1:] {
		assert.LessOrEqual(t, j.Calls[i].Since, j.Calls[i+1].Since)
	}
	assert.Len(t, s.journey(t, "t-1").Calls, 1)

	missed := s.call(t, "GET", "/workspaces/default/journey?of=reference:rosa", "")
	assert.Equal(t, 404, missed.Status)
	assert.Contains(t, missed.Body, "reference:rosa luna/1")
	assert.Equal(t, 404, s.call(t, "GET", "/workspaces/nobody/people", "").Status)
	assert.Equal(t, 422, s.call(t, "GET", "/workspaces/default/journey?of=", "").Status)
}

// Two who were apart become one with the first call that knows both.
func TestJourneysMeet(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	s.Do(t, "POST", clients, `{"first_name":"A","last_name":"A","phone_number":"+526645550001"}`, token)
	s.Do(t, "POST", clients, `{"first_name":"B","last_name":"B","phone_number":"+526645550002","email":"b@example.com"}`, token)
	s.Do(t, "POST", "/subclients/clients", `{"name":"C","rfc":"XAXX010101000"}`, subclientsToken)
	s.Do(t, "POST", "/subclients/clients", `{"name":"D","rfc":"XAXX010101000","phone":"1"}`, subclientsToken)
	require.Len(t, s.people(t, "default"), 2, "what everybody may have is nobody's")
	s.Do(t, "POST", "/kobra/api/import", `{"importTypeID":3,"accounts":[{"externalID":"ab","cellphoneNumber":"6645550001","email":"b@example.com"}]}`, kobraToken)
	all := s.people(t, "default")
	require.Len(t, all, 1)
	assert.Equal(t, 3, all[0].Calls)
}

// A large import is about those whom the journal still shows, and at most a hundred.
func TestJourneyOfAnImport(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	var accounts []string
	for i := range 10_000 {
		accounts = append(accounts, fmt.Sprintf(`{"externalID":"%d"}`, i))
	}
	a := s.Do(t, "POST", "/kobra/api/import", `{"importTypeID":3,"accounts":[`+strings.Join(accounts, ",")+`]}`, kobraToken)
	require.Equal(t, 404, a.Status, "none of them is known")
	assert.Len(t, s.people(t, "default"), 100)
	assert.Len(t, s.journey(t, "99").Calls, 1)
	few := s.call(t, "GET", "/workspaces/default/people?limit=2", "")
	assert.Equal(t, 2, strings.Count(few.Body, `"of":`))
}
