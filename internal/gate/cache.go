package gate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// The bounds of a workspace's cache. The oldest answers go first.
const (
	mostAnswers     = 100
	mostAnswerBytes = 1 << 20
)

// The kinds of what the cache keeps: its index, of which there is one, and the bodies by their answers' keys.
const (
	cacheKind  = "cache"
	answerKind = "answer"
)

// cache is what a life keeps answers by.
type cache struct {
	Answers []cached // oldest first
	Cleared int      // how often
}

// cached is an answer that was kept.
type cached struct {
	Key  string
	At   time.Time // on the workspace's clock
	Goes time.Time
	Size int
}

// answerBody is a cached answer's, as it is sent.
type answerBody struct{ JSON []byte }

func cacheIn(k *workspace.Kept) (*cache, error) {
	c, err := workspace.Get[cache](k, cacheKind, "")
	if c == nil {
		c = &cache{}
	}
	return c, err
}

// Cached is the answer that fill gave to the same owner and operation with the same key less than lifetime ago on the
// workspace's clock, or else fill's present one. Only 200s are kept. What is kept goes with a reset, and by
// [ForgetAnswers]; an answer whose fill began before that is not kept.
func (x *Exchange) Cached(lifetime time.Duration, key []string, fill func() (web.Response, error)) (web.Response, error) {
	ctx := x.Request.Context()
	whole := fmt.Sprintf("%q", append([]string{x.API.Name, x.Operation, x.Owner}, key...))
	var answer cached
	var body *answerBody
	var cleared int
	err := x.life.Look(ctx, func(k *workspace.Kept) error {
		c, err := cacheIn(k)
		cleared = c.Cleared
		at := slices.IndexFunc(c.Answers, func(a cached) bool { return a.Key == whole && x.Now.Before(a.Goes) })
		if at >= 0 && err == nil {
			answer = c.Answers[at]
			body, err = workspace.Get[answerBody](k, answerKind, whole)
		}
		return err
	})
	if err != nil {
		return web.Response{}, err
	}
	if body != nil {
		age := max(0, x.Now.Sub(answer.At)) // who arrived before the one that filled it sees it new
		x.cache = &CacheUse{Hit: true, Age: age.String()}
		return web.Response{Status: http.StatusOK, Body: web.JSON(body.JSON)}, nil
	}
	x.cache = &CacheUse{}
	response, err := fill()
	if err != nil || response.Status != http.StatusOK {
		return response, err
	}
	text, err := web.Encode(response.Body)
	if err != nil {
		return response, err
	}
	response.Body = web.JSON(text)
	answer = cached{whole, x.Now, x.Now.Add(lifetime), len(text)}
	return response, x.life.Keep(ctx, func(k *workspace.Kept) error { return answer.keep(k, text, cleared) })
}

// keep adds an answer whose fill began when the cache had been cleared so often.
func (a cached) keep(k *workspace.Kept, body []byte, cleared int) error {
	c, err := cacheIn(k)
	if err != nil || cleared != c.Cleared || len(body) > mostAnswerBytes {
		return err
	}
	before := slices.Clone(c.Answers)
	c.Answers = append(slices.DeleteFunc(c.Answers, func(other cached) bool { return other.Key == a.Key || !a.At.Before(other.Goes) }), a)
	for len(c.Answers) > mostAnswers || sizeOf(c.Answers) > mostAnswerBytes {
		c.Answers = slices.Delete(c.Answers, 0, 1)
	}
	for _, other := range before {
		if slices.Contains(c.Answers, other) {
			continue
		}
		if err := k.Delete(answerKind, other.Key); err != nil {
			return err
		}
	}
	if err := k.Put(answerKind, a.Key, &answerBody{body}); err != nil {
		return err
	}
	return k.Put(cacheKind, "", c)
}

func sizeOf(answers []cached) int {
	n := 0
	for _, a := range answers {
		n += a.Size
	}
	return n
}

// CacheUse is what an exchange had of the cache.
type CacheUse struct {
	Hit bool   `json:"hit"`
	Age string `json:"age,omitempty" doc:"of the answer, on the workspace's clock" example:"12.5s"`
}

func (u *CacheUse) String() string {
	if u.Hit {
		return "hit"
	}
	return "miss"
}

// KeptAnswer is an answer in a workspace's cache.
type KeptAnswer struct {
	Key  string    `json:"key" doc:"the API, operation and owner, and what was asked for"`
	Size int       `json:"size" doc:"bytes"`
	Age  string    `json:"age" doc:"on the workspace's clock" example:"12.5s"`
	Goes time.Time `json:"goes" doc:"when it is too old, on the workspace's clock"`
}

// KeptAnswers lists what a workspace's cache would answer with, oldest first.
func KeptAnswers(ctx context.Context, w *workspace.Workspace) ([]KeptAnswer, error) {
	now, all := w.Clock().Now(w.RealNow()), []KeptAnswer{}
	err := w.Life().Look(ctx, func(k *workspace.Kept) error {
		c, err := cacheIn(k)
		for _, a := range c.Answers {
			if now.Before(a.Goes) {
				all = append(all, KeptAnswer{a.Key, a.Size, now.Sub(a.At).String(), a.Goes})
			}
		}
		return err
	})
	return all, err
}

// ForgetAnswers empties a workspace's cache.
func ForgetAnswers(ctx context.Context, w *workspace.Workspace) error {
	return w.Life().Keep(ctx, func(k *workspace.Kept) error {
		c, err := cacheIn(k)
		if err != nil {
			return err
		}
		c.Answers = nil
		c.Cleared++
		return errors.Join(k.Clear(answerKind), k.Put(cacheKind, "", c))
	})
}
