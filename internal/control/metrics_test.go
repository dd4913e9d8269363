package control_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-0f456478/sandbox/internal/app"
)

func TestMetrics(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	s.Do(t, "POST", clients, `{"phone_number":"+1"}`, token+"@run")
	a := s.call(t, "GET", "/metrics", "")
	assert.Equal(t, 200, a.Status)
	assert.True(t, strings.HasPrefix(a.Header.Get("Content-Type"), "text/plain; version=0.0.4"), a.Header.Get("Content-Type"))
	for _, line := range []string{
		`sandbox_requests_total{api="cobrofacil",operation="createClient",status="422"} 1`,
		`sandbox_request_duration_seconds_count{api="cobrofacil"} 1`,
		`sandbox_refusals_total{rule="COB-22"} 1`,
		`sandbox_refusals_total{rule="COM-6"} 0`,
		"sandbox_workspaces 2",
		"sandbox_journal_entries 1",
		"go_goroutines ",
		"process_start_time_seconds ",
	} {
		assert.Contains(t, a.Body, "\n"+line)
	}
	assert.Equal(t, a.Header.Get("Content-Type"), s.Do(t, "HEAD", "http://localhost/_sandbox/metrics", "").Header.Get("Content-Type"))
}
