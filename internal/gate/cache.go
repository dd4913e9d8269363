package gate

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// The bounds of a workspace's cache. The oldest answers go first.
const (
	mostAnswers     = 100
	mostAnswerBytes = 1 << 20
)

// cache keeps answers of a workspace's life.
type cache struct {
	mu      sync.Mutex
	answers []cached // oldest first
	bytes   int
	cleared int // how often
}

// cached is an answer that was kept.
type cached struct {
	key  string
	at   time.Time // on the workspace's clock
	goes time.Time
	body jsontext.Value
}

type cacheKey struct{}

func cacheOf(life *workspace.Life) *cache {
	return life.Memory(cacheKey{}, func() any { return &cache{} }).(*cache)
}

// Cached is the answer that fill gave to the same owner and operation with the same key less than lifetime ago on the
// workspace's clock, or else fill's present one. Only 200s are kept. What is kept goes with a reset, and by
// [ForgetAnswers]; an answer whose fill began before that is not kept.
func (x *Exchange) Cached(lifetime time.Duration, key []string, fill func() (web.Response, error)) (web.Response, error) {
	c := cacheOf(x.life)
	whole := fmt.Sprintf("%q", append([]string{x.API.Name, x.Operation, x.Owner}, key...))
	answer, cleared, ok := c.find(whole, x.Now)
	if ok {
		age := max(0, x.Now.Sub(answer.at)) // who arrived before the one that filled it sees it new
		x.cache = &CacheUse{Hit: true, Age: age.String()}
		return web.Response{Status: http.StatusOK, Body: answer.body}, nil
	}
	x.cache = &CacheUse{}
	response, err := fill()
	if err != nil || response.Status != http.StatusOK {
		return response, err
	}
	body, err := web.Encode(response.Body)
	if err != nil {
		return response, err
	}
	response.Body = jsontext.Value(body)
	c.keep(cached{whole, x.Now, x.Now.Add(lifetime), body}, cleared)
	return response, nil
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

func (c *cache) find(key string, now time.Time) (answer cached, cleared int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := slices.IndexFunc(c.answers, func(a cached) bool { return a.key == key && now.Before(a.goes) })
	if at < 0 {
		return cached{}, c.cleared, false
	}
	return c.answers[at], c.cleared, true
}

// keep adds an answer whose fill began when the cache had been cleared so often.
func (c *cache) keep(answer cached, cleared int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cleared != c.cleared || len(answer.body) > mostAnswerBytes {
		return
	}
	c.drop(func(a cached) bool { return a.key == answer.key || !answer.at.Before(a.goes) })
	c.answers = append(c.answers, answer)
	c.bytes += len(answer.body)
	for len(c.answers) > mostAnswers || c.bytes > mostAnswerBytes {
		oldest := c.answers[0].key
		c.drop(func(a cached) bool { return a.key == oldest })
	}
}

func (c *cache) drop(which func(cached) bool) {
	c.answers = slices.DeleteFunc(c.answers, func(a cached) bool {
		if !which(a) {
			return false
		}
		c.bytes -= len(a.body)
		return true
	})
}

// KeptAnswer is an answer in a workspace's cache.
type KeptAnswer struct {
	Key  string    `json:"key" doc:"the API, operation and owner, and what was asked for"`
	Size int       `json:"size" doc:"bytes"`
	Age  string    `json:"age" doc:"on the workspace's clock" example:"12.5s"`
	Goes time.Time `json:"goes" doc:"when it is too old, on the workspace's clock"`
}

// KeptAnswers lists what a workspace's cache would answer with, oldest first.
func KeptAnswers(w *workspace.Workspace) []KeptAnswer {
	c, now := cacheOf(w.Life()), w.Clock().Now(w.RealNow())
	c.mu.Lock()
	defer c.mu.Unlock()
	all := []KeptAnswer{}
	for _, a := range c.answers {
		if now.Before(a.goes) {
			all = append(all, KeptAnswer{a.key, len(a.body), now.Sub(a.at).String(), a.goes})
		}
	}
	return all
}

// ForgetAnswers empties a workspace's cache.
func ForgetAnswers(w *workspace.Workspace) {
	c := cacheOf(w.Life())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers, c.bytes = nil, 0
	c.cleared++
}
