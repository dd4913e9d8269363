package sandboxtest_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/sandboxtest"
)

func TestRequests(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Workspace(t)
	api := sb.API("cobrofacil")
	for _, body := range []string{eva, eva, `{"nickname":"Eva"}`} {
		_, _, err := do(t, sb.Client(), "POST", api.URL+"/api/v1/clients", body, "Authorization: Bearer "+api.Token)
		require.NoError(t, err)
	}
	_, _, err := do(t, sb.Client(), "GET", api.URL+"/api/v1/clients/eva", "", "Authorization: Bearer "+api.Token)
	require.NoError(t, err)

	all := sb.Requests()
	all.Count(4)
	creations := all.Operation("cobrofacil.createClient")
	creations.Count(3)
	refused := creations.Status(">=400")
	refused.Count(2)
	refused.Rule("COB-22").Count(0)
	creations.Status("201").Count(1)
	all.API("kobra").Count(0)
	all.API("cobrofacil").Method("GET").Path("/clients/eva").Count(1)
	all.Holding("nickname").Status("422").Count(1)
	assert.Len(t, all.Wait(4, time.Minute), 4)

	first := all.All()[0]
	assert.Equal(t, 201, first.Status)
	assert.Equal(t, eva, first.Body)
	assert.Equal(t, "createClient", first.Operation)
	assert.NotContains(t, first.Headers.Get("Authorization"), "sandbox-cobrofacil-token")
	last := all.Holding("nickname").One()
	assert.Equal(t, []string{"nickname"}, last.Unread)
	require.NotEmpty(t, last.Violations)
	assert.Equal(t, "first_name", last.Violations[0].Member)
	assert.NotEmpty(t, last.Violations[0].Passes)
}

var requestID = regexp.MustCompile(`[0-9a-f]{8}-\d+`)

// What fails says what came in its place, and why it did not fit.
func TestMessages(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ask  func(*sandboxtest.Sandbox)
		want string
	}{
		"too few": {
			func(sb *sandboxtest.Sandbox) {
				sb.Requests().Operation("cobrofacil.createClient").Status("201").Count(2)
			},
			`sandboxtest: 1 of the 2 requests to workspace NAME fit, and not 2: api:"cobrofacil" operation:"createClient" status:"201"
  POST /w/NAME/cobrofacil/api/v1/clients (cobrofacil.createClient) -> 422
    COB-23 external_reference The external reference has already been taken.
    does not fit: status:201: it is 422`,
		},
		"too many": {
			func(sb *sandboxtest.Sandbox) { sb.Requests().One() },
			`sandboxtest: 2 of the 2 requests to workspace NAME fit, and not 1: any
  fits: POST /w/NAME/cobrofacil/api/v1/clients (cobrofacil.createClient) -> 422
    COB-23 external_reference The external reference has already been taken.
  fits: POST /w/NAME/cobrofacil/api/v1/clients (cobrofacil.createClient) -> 201`,
		},
		"none in time": {
			func(sb *sandboxtest.Sandbox) { sb.Requests().API("kobra").Wait(1, time.Millisecond) },
			`sandboxtest: workspace NAME: 0 of 1 requests came within 1ms that fit; the nearest misses follow.
ID cobrofacil.createClient: api:kobra: it is cobrofacil
ID cobrofacil.createClient: api:kobra: it is cobrofacil`,
		},
		"no status": {
			func(sb *sandboxtest.Sandbox) { sb.Requests().Status("fine").Count(1) },
			`sandboxtest: workspace NAME: status: "fine" is no status like 404, 4xx or >=400`,
		},
		"no API": {
			func(sb *sandboxtest.Sandbox) { sb.Requests().API("kobro").Count(0) },
			`sandboxtest: no API is called "kobro"; there are cobrofacil, subclients, complycube, kobra, apidev`,
		},
		"no operation": {
			func(sb *sandboxtest.Sandbox) { sb.Requests().Operation("kobra.imports").Count(0) },
			`sandboxtest: no operation is called "kobra.imports"; the nearest are kobra.import, kobra.login, apidev.login`,
		},
		"quotes": {
			func(sb *sandboxtest.Sandbox) { sb.Requests().Holding(`"name"`).Count(0) },
			`sandboxtest: text cannot hold double quotes: "name"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			workspace := ""
			ended := run(func(fake *test) {
				sb := sandboxtest.Workspace(fake)
				workspace = sb.Name
				for range 2 {
					_, _, err := create(t, sb)
					assert.NoError(t, err)
				}
				c.ask(sb)
			})
			require.Len(t, ended.said, 2)
			said := requestID.ReplaceAllString(strings.ReplaceAll(ended.said[0], workspace, "NAME"), "ID")
			assert.Equal(t, c.want, said)
			assert.Contains(t, ended.said[1], "sandboxtest: the latest requests to workspace "+workspace+":\n  POST ", "what a failed test logs")
		})
	}
}

func TestMessageWhenNothingCame(t *testing.T) {
	t.Parallel()
	ended := run(func(fake *test) { sandboxtest.Workspace(fake).Requests().API("kobra").Count(1) })
	require.Len(t, ended.said, 2)
	assert.Contains(t, ended.said[0], "0 of the 0 requests")
	assert.Contains(t, ended.said[0], "Does the client have the URL, or a secret, that API returns?")
	assert.Contains(t, ended.said[1], "no request came to workspace testof-something-nlike-")
}
