package browsertest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/browsertest"
)

// told keeps what a test would fail with, and its cleanup until it is asked for.
type told struct {
	testing.TB
	errors   []string
	cleanups []func()
}

func (t *told) Errorf(format string, args ...any) {
	t.errors = append(t.errors, fmt.Sprintf(format, args...))
}
func (t *told) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

func (t *told) end() {
	for i := len(t.cleanups) - 1; i >= 0; i-- {
		t.cleanups[i]()
	}
}

func TestNewTellsWhatGoesWrongInThePage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script   string
		expected []string
		problem  string // none if empty
	}{
		"nothing":            {script: `console.warn("only a warning")`},
		"an error":           {script: `console.error("it is", "broken")`, problem: "broken"},
		"an expected error":  {script: `console.error("it is", "broken")`, expected: []string{"broken"}},
		"an exception":       {script: `setTimeout(() => { null.member })`, problem: "TypeError"},
		"a promise":          {script: `Promise.reject(new Error("not kept"))`, problem: "not kept"},
		"a missing file":     {script: `fetch("/missing").catch(() => {})`, problem: "404"},
		"an expected status": {script: `fetch("/missing").catch(() => {})`, expected: []string{"404"}},
		"another machine":    {script: `fetch("http://example.com/x", {mode: "no-cors"}).catch(() => {})`, expected: []string{"ERR_NAME_NOT_RESOLVED"}, problem: "http://example.com/x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/":
					w.Header().Set("Content-Type", "text/html")
					fmt.Fprintf(w, "<link rel=icon href=data:,><script>%s</script>", c.script)
				case "/missing":
					http.NotFound(w, r)
				}
			}))
			t.Cleanup(server.Close)

			page := &told{TB: t}
			ctx := browsertest.New(page, c.expected...)
			require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(server.URL)))
			// What the script began has happened when the page has gone idle twice.
			_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](
				`fetch("/").then(() => new Promise(done => setTimeout(() => done(true))))`, chromedp.EvalAwaitPromise))
			require.NoError(t, err)
			page.end()

			if c.problem == "" {
				assert.Empty(t, page.errors)
				return
			}
			require.Len(t, page.errors, 1)
			assert.Contains(t, page.errors[0], c.problem)
		})
	}
}

// A tab has a profile of its own.
func TestTabsShareNothing(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<link rel=icon href=data:,>"))
	}))
	t.Cleanup(server.Close)
	for range 2 {
		ctx := browsertest.New(t)
		require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(server.URL)))
		before, err := chromedp.Run(ctx, chromedp.Evaluate[string](`const before = document.cookie; document.cookie = "a=b"; before`))
		require.NoError(t, err)
		assert.Empty(t, before)
	}
}
