package control_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
)

// Who is told of changes is told soon, seldom, and never dropped.
func TestChanges(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	begun := time.Now()
	f := s.followAt(t, listen(t, s, 50*time.Millisecond), "/workspaces/default/requests/changes")
	f.next(t, "changed") // whatever was before
	for i := range 1000 {
		s.Send(t, "GET", clients+"/c-"+fmt.Sprint(i), "", token)
	}
	f.next(t, "changed")
	s.call(t, "DELETE", "/workspaces/default/requests", "")
	f.next(t, "changed")
	events := 3 + len(f.events)
	assert.LessOrEqual(t, events, int(time.Since(begun)/(250*time.Millisecond))+1)

	s.Do(t, "GET", juan, "", token+"@gone")
	gone := s.followAt(t, listen(t, s, 50*time.Millisecond), "/workspaces/gone/requests/changes")
	require.Equal(t, 204, s.call(t, "DELETE", "/workspaces/gone", "").Status)
	gone.ends(t)
	assert.Equal(t, 404, s.call(t, "GET", "/workspaces/gone/requests/changes", "").Status, "who looks on does not bring it back")
	assert.Equal(t, 404, s.call(t, "GET", "/workspaces/gone", "").Status)
	s.Interrupt()
	f.ends(t)
	assert.Equal(t, 503, s.call(t, "GET", "/workspaces/default/requests/changes", "").Status)

	off := newSandbox(t, app.Options{Journal: -1})
	assert.Equal(t, 409, off.call(t, "GET", "/workspaces/default/requests/changes", "").Status)
}
