package apidev

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
)

// Every error of the catalogue can be asked for by its name, and has a sentence then too. The codes are the document's,
// with the status that it gives each, and two more.
func TestErrorsByName(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-40", "API-41")
	statuses := map[string]int{
		"BAD_REQUEST": 400, "VALIDATION_ERROR": 400, "UNAUTHORIZED": 401, "FORBIDDEN": 403, "NOT_FOUND": 404, "RATE_LIMITED": 429, "INTERNAL_ERROR": 500,
		"METHOD_NOT_ALLOWED": 405, "PAYLOAD_TOO_LARGE": 413,
	}
	seen := map[string]int{}
	for _, f := range catalogue {
		a := answer(nil, &gate.NamedError{Name: f.name})
		assert.Equal(t, f.status, a.Status, f.name)
		body, err := web.Encode(a.Body)
		require.NoError(t, err)
		assert.Equal(t, `{"success":false,"data":null,"error":{"code":"`+f.code+`","message":"`+f.message+`"}}`, string(body))
		assert.NotEmpty(t, f.message, f.name)
		seen[f.code] = a.Status
	}
	assert.Equal(t, statuses, seen)
}
