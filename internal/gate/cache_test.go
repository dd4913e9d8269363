package gate_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
)

// unlimited is a stand whose limits are off in the default workspace.
func unlimited(t *testing.T) *stand {
	t.Helper()
	s := newStand(t)
	s.set(t, s.space(t, "default"), "limits", "off")
	return s
}

func TestAnswersAreKept(t *testing.T) {
	t.Parallel()
	s := unlimited(t)
	w := s.space(t, "default")
	s.fill = func() (web.Response, error) {
		return web.Response{Status: 200, Body: fmt.Sprint("<ñ> ", s.filled.Load())}, nil
	}
	list := func(path, secret string) string {
		a := s.send("GET", path, "", secret)
		return a.Header().Get("X-Sandbox-Cache") + " " + a.Body.String()
	}
	assert.Equal(t, `miss "<ñ> 1"`, list("/list", alice))
	assert.Equal(t, `hit "<ñ> 1"`, list("/list", alice))
	assert.Equal(t, `hit "<ñ> 1"`, list("/list", bob), "of the same owner")
	assert.Equal(t, `miss "<ñ> 2"`, list("/list", trial), "another owner")
	assert.Equal(t, `miss "<ñ> 3"`, list("/list?q=1", alice), "another question")
	assert.Equal(t, `miss "<ñ> 4"`, list("/list?q=1&q=2", alice))
	assert.Equal(t, `miss "<ñ> 5"`, list("/list?q=1%22%20%222", alice), "keys cannot run into each other")
	assert.Equal(t, `miss "<ñ> 6"`, list("/list", alice+"@run"), "another workspace")
	assert.Empty(t, s.send("GET", "/get", "", alice).Header().Get("X-Sandbox-Cache"))

	advance(t, w, time.Minute-1)
	hit := s.send("GET", "/list", "", alice)
	assert.Equal(t, &gate.CacheUse{Hit: true, Age: "59.999999999s"}, s.entry(t, hit).Cache)
	kept := keptAnswers(t, w)
	require.Len(t, kept, 5)
	assert.Equal(t, gate.KeptAnswer{Key: `["shop" "list" "main"]`, Size: len(`"<ñ> 1"`), Age: "59.999999999s", Goes: begin.Add(time.Minute)}, kept[0])
	advance(t, w, 1)
	assert.Empty(t, keptAnswers(t, w))
	assert.Equal(t, `miss "<ñ> 7"`, list("/list", alice), "too old")
	assert.Len(t, keptAnswers(t, w), 1)
	require.NoError(t, gate.ForgetAnswers(t.Context(), w))
	assert.Empty(t, keptAnswers(t, w))
	assert.Equal(t, `miss "<ñ> 8"`, list("/list", alice))
}

func TestOnlyGoodAnswersAreKept(t *testing.T) {
	t.Parallel()
	s := unlimited(t)
	for _, fill := range []func() (web.Response, error){
		func() (web.Response, error) { return web.Response{Status: 206, Body: "part"}, nil },
		func() (web.Response, error) { return web.Response{}, web.Refuse(web.ErrInvalid) },
		func() (web.Response, error) { return web.Response{}, errors.New("broken") },
		func() (web.Response, error) { return web.Response{Status: 200, Body: func() {}}, nil }, // no JSON
		func() (web.Response, error) { panic("broken") },
		func() (web.Response, error) { return web.Response{Status: 200, Body: strings.Repeat("x", 1<<20)}, nil }, // too large
	} {
		s.fill = fill
		before := s.filled.Load()
		first, second := s.get("/list", alice), s.get("/list", alice)
		assert.Equal(t, first[:3], second[:3])
		assert.Equal(t, before+2, s.filled.Load())
		assert.Empty(t, keptAnswers(t, s.space(t, "default")))
	}
}

func TestKeptAnswersAreBounded(t *testing.T) {
	t.Parallel()
	s := unlimited(t)
	w := s.space(t, "default")
	for i := range 150 {
		s.get(fmt.Sprint("/list?q=", i), alice)
	}
	kept := keptAnswers(t, w)
	require.Len(t, kept, 100)
	assert.Contains(t, kept[0].Key, `"50"`, "the oldest went")
	s.fill = func() (web.Response, error) {
		return web.Response{Status: 200, Body: strings.Repeat("x", 300<<10)}, nil
	}
	for i := range 10 {
		s.get(fmt.Sprint("/list?q=large", i), alice)
		size := 0
		for _, a := range keptAnswers(t, w) {
			size += a.Size
		}
		assert.LessOrEqual(t, size, 1<<20)
	}
	kept = keptAnswers(t, w)
	require.Len(t, kept, 3)
	assert.Contains(t, kept[0].Key, "large7")
}

// An answer whose fill began before the cache was emptied, or the workspace got another state, is given and not kept.
func TestLateFillsAreNotKept(t *testing.T) {
	t.Parallel()
	s := unlimited(t)
	w := s.space(t, "default")
	_, err := w.TakeSnapshot(t.Context(), "one")
	require.NoError(t, err)
	for name, change := range map[string]func() error{
		"emptied": func() error { return gate.ForgetAnswers(t.Context(), w) },
		"reset":   func() error { return w.Reset(t.Context()) },
		"restore": func() error { return w.Restore(t.Context(), "default", "one") },
	} {
		begun, go_ := make(chan struct{}), make(chan struct{})
		s.fill = func() (web.Response, error) {
			close(begun)
			<-go_
			return web.Response{Status: 200, Body: "old"}, nil
		}
		done := make(chan string)
		go func() { done <- s.get("/list", alice) }()
		<-begun
		require.NoError(t, change(), name)
		close(go_)
		assert.Equal(t, `200 "old"`, <-done, name)
		assert.Empty(t, keptAnswers(t, w), name)
		s.fill = func() (web.Response, error) { return web.Response{Status: 200, Body: "new"}, nil }
		assert.Equal(t, `200 "new"`, s.get("/list", alice), name)
		require.NoError(t, gate.ForgetAnswers(t.Context(), w))
	}
}
