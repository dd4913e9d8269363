package main

import (
	"fmt"
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
	h := tiny(t)
	sandbox, err := h.start(t.Context(), h.sandbox("workspaces.db"))
	require.NoError(t, err)
	defer sandbox.stop()
	took := func(e exchange) time.Duration {
		begun := time.Now()
		_, err := ask(t.Context(), sandbox.address, e)
		require.NoError(t, err)
		return time.Since(begun)
	}
	var single, fresh time.Duration
	for i := range 50 { // alternating, one at a time, so that each pays for its own flush
		single += took(createClient)
		fresh += took(getClient.in(fmt.Sprint("fresh-", i)))
	}
	t.Logf("a new workspace costs %.1f creations", float64(fresh)/float64(single))
	assert.Less(t, fresh, 10*single)
}
