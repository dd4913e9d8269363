package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The delay makes a demo's answers slow, and not the control API's: an hour of it would be seen.
func TestDelay(t *testing.T) {
	t.Parallel()
	const delay = 50 * time.Millisecond
	p := start(t, "--db=:memory:", "--delay="+delay.String())
	begun := time.Now()
	status, body, err := p.do(t, "GET", "/cobrofacil/api/v1/clients/client-200", "")
	require.NoError(t, err)
	assert.Equal(t, 200, status, body)
	assert.GreaterOrEqual(t, time.Since(begun), delay)

	p = start(t, "--db=:memory:", "--delay=1h")
	status, body, err = p.do(t, "GET", "/_sandbox/apis", "")
	require.NoError(t, err)
	assert.Equal(t, 200, status, body)
}
