package control_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
)

const records = "/workspaces/run/records/cobrofacil/clients"

// listed is a page of records.
type listed struct {
	Total   int
	Records []map[string]any
}

func TestListRecords(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	s.do(t, "PUT", "/workspaces/run/fixture", `{"cobrofacil":{"clients":[{"first_name":"Ana","last_name":"Muñoz"},{"first_name":"Eva"},{"first_name":"Zoe","_owner":"default"},{"first_name":"ANA <b>"}]}}`)
	for query, want := range map[string]string{
		"":                             "4 Ana Eva Zoe ANA <b>",
		"?limit=2":                     "4 Ana Eva",
		"?limit=2&offset=1":            "4 Eva Zoe",
		"?offset=3":                    "4 ANA <b>",
		"?offset=4":                    "4",
		"?offset=9223372036854775807":  "4",
		"?search=ana":                  "2 Ana ANA <b>",
		"?search=ANA&limit=1&offset=1": "2 ANA <b>",
		"?search=mu%C3%91oz":           "1 Ana",
		"?search=%3Cb%3E":              "1 ANA <b>",
		"?search=%22_owner%22":         "1 Zoe",
		"?search=nobody":               "0",
		"?search=%25":                  "0",
	} {
		page := read[listed](t, s.call(t, "GET", records+query, ""))
		got := fmt.Sprint(page.Total)
		for _, r := range page.Records {
			got += " " + r["first_name"].(string)
		}
		assert.Equal(t, want, got, query)
	}
	for _, query := range []string{"?limit=0", "?limit=1001", "?offset=-1", "?offset=9223372036854775808", "?offset=x", "?search=" + strings.Repeat("a", 201)} {
		assert.Equal(t, 422, s.call(t, "GET", records+query, "").Status, query)
	}
	assert.Equal(t, 4, strings.Count(s.export(t, "run"), `"first_name"`))
}

// A workspace's counts are those of its lists, whoever owns the records.
func TestCounts(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	s.do(t, "PATCH", "/workspaces/run/fixture", `{"cobrofacil":{"clients":[{"first_name":"Zoe","_owner":"default"}]},"kobra":{"visits":[{"visitID":7,"_owner":"other"}]}}`)
	counts := read[struct{ Records map[string]int }](t, s.call(t, "GET", "/workspaces/run", "")).Records
	assert.Len(t, counts, 11)
	for name, count := range counts {
		page := read[listed](t, s.call(t, "GET", "/workspaces/run/records/"+strings.Replace(name, ".", "/", 1), ""))
		assert.Equal(t, page.Total, count, name)
		assert.Positive(t, count, name)
	}
	assert.Equal(t, read[struct{ Records map[string]int }](t, s.call(t, "GET", "/workspaces/default", "")).Records["kobra.visits"]+1, counts["kobra.visits"])
}

func TestOneRecord(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	const id = "019734bb-1f46-73bb-95d0-62e98a2f6247" // of the seed
	got := s.do(t, "GET", "/workspaces/default/records/cobrofacil/clients/"+id, "")
	assert.Contains(t, got, `"external_reference":"client-200"`)

	assert.Equal(t, loaded{"cobrofacil.clients", 0, 1}, read[loaded](t, s.call(t, "PUT", records+"/"+id, `{"id":"`+id+`","first_name":"Set","_created_at":"2025-01-02T03:04:05Z"}`)))
	answer := s.Do(t, "GET", clients+"/"+id, "", token+"@run").Body
	assert.Contains(t, answer, `"display":"Set"`)
	assert.Contains(t, answer, `"external_reference":null`, "it is another record, not a changed one")
	for _, owner := range []string{"", "?owner=", "?owner=sandbox"} {
		assert.Contains(t, s.do(t, "GET", records+"/"+id+owner, ""), `"_created_at":"2025-01-02T03:04:05Z"`, owner)
	}
	assert.Equal(t, 404, s.call(t, "GET", records+"/"+id+"?owner=default", "").Status)
	assert.Equal(t, loaded{"cobrofacil.clients", 1, 0}, read[loaded](t, s.call(t, "PUT", records+"/"+id, `{"id":"`+id+`","first_name":"Other","_owner":"default"}`)))
	assert.Contains(t, s.do(t, "GET", records+"/"+id+"?owner=default", ""), `"first_name":"Other"`)
	assert.Contains(t, s.do(t, "GET", records+"/"+id, ""), `"first_name":"Set"`)

	assert.Empty(t, s.do(t, "DELETE", records+"/"+id+"?owner=default", ""))
	assert.Equal(t, 404, s.call(t, "DELETE", records+"/"+id+"?owner=default", "").Status)
	assert.Equal(t, 200, s.Do(t, "GET", clients+"/"+id, "", token+"@run").Status)
	assert.Empty(t, s.do(t, "DELETE", records+"/"+id, ""))
	assert.Equal(t, 404, s.Do(t, "GET", clients+"/"+id, "", token+"@run").Status)
	assert.Equal(t, 200, s.Do(t, "GET", clients+"/"+id, "", token).Status, "of one workspace alone")
	s.do(t, "POST", "/workspaces/run/reset", "")
	assert.Equal(t, 200, s.Do(t, "GET", clients+"/"+id, "", token+"@run").Status)
}

func TestRecordRefusals(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	const id = "019734bb-1f46-73bb-95d0-62e98a2f6247"
	s.add(t, "run", "taken")
	before := s.export(t, "run")
	for _, test := range []struct {
		method, path, body string
		status             int
		reason             string
	}{
		{"GET", "/workspaces/run/records/nope/clients", "", 404, "no collection is called nope.clients; there are [cobrofacil.clients"},
		{"GET", "/workspaces/run/records/cobrofacil/Clients", "", 404, "no collection is called cobrofacil.Clients"},
		{"GET", "/workspaces/run/records/cobrofacil/..%2Fclients", "", 404, "no collection is called cobrofacil.../clients"},
		{"GET", records + "/nobody", "", 404, "No record of cobrofacil.clients has this key and owner"},
		{"GET", records + "/client-200", "", 404, "No record of cobrofacil.clients has this key and owner"},
		{"GET", "/workspaces/run/records/nope/clients/a", "", 404, "no collection is called nope.clients"},
		{"GET", "/workspaces/nobody/records/cobrofacil/clients/" + id, "", 404, "No workspace is called nobody"},
		{"PUT", records + "/" + id, `{"first_name":"Ana"}`, 422, "the record's id must be " + id + `, as in the path, and is ""`},
		{"PUT", records + "/a", `{"id":"` + id + `","first_name":"Ana"}`, 422, `must be a, as in the path, and is "` + id + `"`},
		{"PUT", records + "/a", `{"id":"a","first_name":"Ana"}`, 422, "record:1: cobrofacil.clients[0].id: must pass uuid_v7"},
		{"PUT", records + "/" + id, `{"id":"` + id + `"}`, 422, "cobrofacil.clients[0].first_name: must pass required"},
		{"PUT", records + "/" + id, `{"id":"` + id + `","first_name":"Ana","x":1}`, 422, "cobrofacil.clients[0].x: is no member of a client"},
		{"PUT", records + "/" + id, `{"id":"` + id + `","first_name":"Ana","external_reference":"taken"}`, 422, "is another client's reference or id"},
		{"PUT", records + "/" + id, `{"id":"` + id + `","id":"` + id + `","first_name":"Ana"}`, 422, "the record must be a JSON object"},
		{"PUT", records + "/" + id, `[]`, 422, "the record must be a JSON object"},
		{"PUT", records + "/" + id, `null`, 422, ""},
		{"PUT", records + "/" + id, `"a"`, 422, "the record must be a JSON object"},
		{"PUT", records + "/" + id, `{`, 400, ""},
		{"PUT", records + "/" + id, ``, 400, "required"},
		{"PUT", records + "/" + id, `{"id":"` + id + `","first_name":` + strings.Repeat("[", 500) + strings.Repeat("]", 500) + `}`, 422, "nest deeper"},
		{"PUT", "/workspaces/run/records/nope/clients/a", `{"id":"a"}`, 404, "no collection is called nope.clients"},
		{"DELETE", records + "/nobody", "", 404, "no record of cobrofacil.clients has id nobody"},
		{"DELETE", "/workspaces/run/records/nope/clients/a", "", 404, "no collection is called nope.clients"},
		{"DELETE", "/workspaces/nobody/records/cobrofacil/clients/" + id, "", 404, "No workspace is called nobody"},
	} {
		a := s.call(t, test.method, test.path, test.body)
		assert.Equal(t, test.status, a.Status, "%s %s %s", test.method, test.path, test.body)
		assert.Contains(t, reason(t, a), test.reason, "%s %s %s", test.method, test.path, test.body)
	}
	assert.Equal(t, before, s.export(t, "run"))
	assert.Equal(t, 404, s.call(t, "GET", "/workspaces/nobody", "").Status)
}

// A key is percent-decoded once, whatever it is made of.
func TestKeysInPaths(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	s.do(t, "POST", "/workspaces/run/reset", "")
	for _, key := range []string{"a/b", "100%", "%41", "%2F", "a@b.example", "ñandú 😀", "a b+c", "a?b#c", "..", ".", "a//b", "\"<>", "a\u0000b"} {
		for path, want := range map[string]string{url.PathEscape(key): key, url.PathEscape(url.PathEscape(key)): url.PathEscape(key)} {
			if key == "." || key == ".." {
				path = strings.ReplaceAll(path, ".", "%2E")
				want = key
			}
			a := s.call(t, "PUT", records+"/"+path, `{"id":"other","first_name":"Ana"}`)
			require.Equal(t, 422, a.Status, path)
			assert.Contains(t, reason(t, a), "the record's id must be "+want+`, as in the path, and is "other"`)
			a = s.call(t, "DELETE", records+"/"+path, "")
			assert.Equal(t, 404, a.Status, path)
			assert.Contains(t, reason(t, a), "has id "+want)
			assert.Equal(t, 404, s.call(t, "GET", records+"/"+path+"?owner="+url.QueryEscape(key), "").Status)
		}
	}
}

// Every record of every collection is found by its key and owner, and set as it stands it stays what it is.
func TestEveryRecordCanBeReadAndSet(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Now: func() time.Time { return begin }})
	s.do(t, "POST", "/workspaces/run/reset", "")
	before := s.export(t, "run")
	for _, api := range s.APIs {
		for _, c := range api.Collections {
			path := "/workspaces/run/records/" + c.API + "/" + c.Name
			page := read[struct {
				Total   int
				Records []json.RawMessage
			}](t, s.call(t, "GET", path+"?limit=1000", ""))
			assert.Equal(t, s.get(t, "run").Records[c.String()], page.Total)
			for _, record := range page.Records {
				var members map[string]any
				d := json.NewDecoder(strings.NewReader(string(record)))
				d.UseNumber()
				require.NoError(t, d.Decode(&members))
				owner, _ := members["_owner"].(string)
				one := path + "/" + url.PathEscape(fmt.Sprint(members[c.Key]))
				assert.JSONEq(t, string(record), s.do(t, "GET", one+"?owner="+url.QueryEscape(owner), ""))
				assert.Equal(t, loaded{c.String(), 0, 1}, read[loaded](t, s.call(t, "PUT", one, string(record))), one)
			}
		}
	}
	assert.Equal(t, recordsIn(before), recordsIn(s.export(t, "run")))
}
