package app

import (
	"context"
	"io"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"
)

const (
	smallBody  = 1 << 20  // most calls take no more, and it waits for nothing
	mostBodies = 32 << 20 // of larger ones at once: the largest that an API takes, and one that is larger still is alone
)

// line is where requests with large bodies wait, first come, first served: what bodies take while they are read and
// decoded, which is several times their size, has a bound however many come.
type line struct{ room *semaphore.Weighted }

func newLine() line { return line{semaphore.NewWeighted(mostBodies)} }

// before lets requests to a handler wait in the line.
func (l line) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		size := r.ContentLength
		if size < 0 || size > mostBodies { // -1 is a body that does not say
			size = mostBodies
		}
		if size <= smallBody {
			next.ServeHTTP(w, r)
			return
		}
		b := &largeBody{ReadCloser: r.Body, ctx: r.Context(), control: http.NewResponseController(w), room: l.room, size: size}
		defer b.leave()
		r.Body = b
		next.ServeHTTP(w, r)
	})
}

// largeBody is a body that waits for its turn when it turns out to be large. It keeps its place until its request has been
// answered.
type largeBody struct {
	io.ReadCloser
	ctx     context.Context
	control *http.ResponseController
	room    *semaphore.Weighted
	size    int64
	read    int64
	in      bool
}

func (b *largeBody) Read(p []byte) (int, error) {
	if b.read >= smallBody && !b.in {
		if err := b.enter(); err != nil {
			return 0, err
		}
	}
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	return n, err
}

func (b *largeBody) enter() error {
	if b.in = b.room.TryAcquire(b.size); b.in {
		return nil
	}
	// The wait is not the client's, whose deadlines begin behind it.
	b.deadlines(time.Time{}, time.Time{})
	if err := b.room.Acquire(b.ctx, b.size); err != nil {
		return err
	}
	b.in = true
	b.deadlines(time.Now().Add(time.Minute), time.Now().Add(5*time.Minute))
	return nil
}

func (b *largeBody) deadlines(read, write time.Time) {
	_ = b.control.SetReadDeadline(read) // a test's recorder has none, and needs none
	_ = b.control.SetWriteDeadline(write)
}

func (b *largeBody) leave() {
	if b.in {
		b.room.Release(b.size)
	}
}
