package app

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
)

// upload is a request whose body comes when the test sends it, and what became of it.
type upload struct {
	send     *io.PipeWriter
	received int // bytes that its handler has
	answered bool
}

func (l line) upload(t *testing.T, length int64) *upload {
	t.Helper()
	body, send := io.Pipe()
	u := &upload{send: send}
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/", body)
	r.ContentLength = length
	handler := l.before(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		piece := make([]byte, 64<<10)
		for {
			n, err := r.Body.Read(piece)
			if u.received += n; err != nil {
				return
			}
		}
	}))
	go func() {
		handler.ServeHTTP(httptest.NewRecorder(), r)
		u.answered = true
		_ = body.Close() // who still sends is told
	}()
	return u
}

// sends lets the client send so much, as far as it is taken.
func (u *upload) sends(n int) {
	go func() { _, _ = io.WriteString(u.send, strings.Repeat("x", n)) }()
	synctest.Wait()
}

func (u *upload) ends() {
	_ = u.send.Close()
	synctest.Wait()
}

func TestLargeBodiesWaitInLine(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	for _, test := range []struct {
		name          string
		first, second int64 // as announced; -1 for not
		waits         bool
	}{
		{"two that fit", 16 * mib, 16 * mib, false},
		{"two that do not", 17 * mib, 16 * mib, true},
		{"one that does not say", 2 * mib, -1, true},
		{"behind one that does not say", -1, 2 * mib, true},
		{"one that is larger than the line", 2 * mib, 64 * mib, true},
		{"a small one", 64 * mib, mib, false},
		{"a small one behind one that does not say", -1, mib, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := newLine()
				first := l.upload(t, test.first)
				first.sends(2 * mib)
				assert.Equal(t, 2*mib, first.received, "it is alone")
				second := l.upload(t, test.second)
				second.sends(mib)
				assert.Equal(t, mib, second.received, "the beginning of a body waits for nothing")
				second.sends(mib)
				if test.waits {
					assert.Equal(t, mib, second.received)
				} else {
					assert.Equal(t, 2*mib, second.received)
				}
				first.ends()
				assert.True(t, first.answered)
				assert.Equal(t, 2*mib, second.received)
				second.ends()
				assert.True(t, second.answered)
				third := l.upload(t, 64*mib) // nobody has kept a place
				third.sends(2 * mib)
				assert.Equal(t, 2*mib, third.received)
				third.ends()
			})
		})
	}
}

// Otherwise many of some size could keep a larger one waiting for ever.
func TestTheLineIsFair(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const mib = 1 << 20
		l := newLine()
		first, second, third := l.upload(t, 16*mib), l.upload(t, 32*mib), l.upload(t, 16*mib)
		first.sends(2 * mib)
		second.sends(2 * mib)
		third.sends(2 * mib)
		assert.Equal(t, []int{2 * mib, mib, mib}, []int{first.received, second.received, third.received}, "there is room for the third, but the second came before")
		first.ends()
		assert.Equal(t, []int{2 * mib, mib}, []int{second.received, third.received})
		second.ends()
		assert.Equal(t, 2*mib, third.received)
		third.ends()
	})
}
