package bench

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A new workspace, which copies the whole seed, costs no more than ten single creations, both durable and measured in the
// same run. It is the program as users have it: under the race detector the database, which is Go too, counts for more.
func TestANewWorkspaceCostsAtMostTenCreations(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program")
	}
	clients := "http://" + sandbox(t) + "/cobrofacil/api/v1/clients"
	send := func(method, url, body, workspace string, status int) time.Duration {
		r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer sandbox-cobrofacil-token"+workspace)
		r.Header.Set("Content-Type", "application/json")
		begun := time.Now()
		answer, err := http.DefaultClient.Do(r)
		took := time.Since(begun)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, status, answer.StatusCode)
		return took
	}
	var single, fresh time.Duration
	for i := range 50 { // alternating, one at a time, so that each pays for its own flush
		single += send("POST", clients, `{"first_name":"Eva","last_name":"Sosa","phone_number":"+59899123456"}`, "", 201)
		fresh += send("GET", clients+"/client-200", "", fmt.Sprint("@fresh-", i), 200)
	}
	t.Logf("a new workspace costs %.1f creations", float64(fresh)/float64(single))
	assert.Less(t, fresh, 10*single)
}
