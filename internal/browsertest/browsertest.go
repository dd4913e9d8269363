// Package browsertest gives tests a real browser: headless Chromium, one for all the tests that run at a time, and a tab
// for each test in a profile of its own.
package browsertest

import (
	"context"
	"net"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// patience bounds everything that a test does in its tab. It is only used up when something is broken.
const patience = 2 * time.Minute

// New returns a new tab's context, for chromedp.Run and chromedp.Do, and closes the tab when the test ends. The test fails
// if the page asks anybody but this machine for anything, throws what nobody catches, or writes an error to the console
// that contains none of the expected texts. A refused request is such an error: the browser writes its status there.
func New(t testing.TB, expected ...string) context.Context {
	t.Helper()
	browser := acquire(t)
	w := &witness{expected: expected}
	tab, _ := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(w.see))
	t.Cleanup(func() {
		assert.NoError(t, chromedp.Cancel(tab))
		for _, problem := range w.told() {
			t.Errorf("in the browser: %s", problem)
		}
	})
	require.NoError(t, chromedp.Do(tab)) // opens it; its life is that of this call's context
	limited, cancel := context.WithTimeout(tab, patience)
	t.Cleanup(cancel)
	return limited
}

// shared is the browser of the tests that have a tab at the moment.
var shared struct {
	sync.Mutex
	users   int
	browser context.Context
	stop    context.CancelFunc
}

// acquire starts the browser for the first who asks, and stops it when the last one's test has ended.
func acquire(t testing.TB) context.Context {
	t.Helper()
	program := need(t)
	shared.Lock()
	defer shared.Unlock()
	if shared.users == 0 {
		shared.browser, shared.stop = start(t, program)
	}
	shared.users++
	t.Cleanup(func() {
		shared.Lock()
		defer shared.Unlock()
		if shared.users--; shared.users == 0 {
			assert.NoError(t, chromedp.Cancel(shared.browser))
			shared.stop()
		}
	})
	return shared.browser
}

// need skips the test where there is no browser, unless everything is required.
func need(t testing.TB) (program string) {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if program, err := exec.LookPath(name); err == nil {
			return program
		}
	}
	if os.Getenv("SANDBOX_REQUIRE") == "all" {
		t.Fatal("this test needs a browser (Debian's package chromium)")
	}
	t.Skip("this test needs a browser (Debian's package chromium)")
	return ""
}

func start(t testing.TB, program string) (context.Context, context.CancelFunc) {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(program),
		// No other machine is found, whatever a page or the browser itself asks for.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]"),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's own, which root may not use
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	browser, _ := chromedp.NewContext(allocator) // outlives the test that came first
	require.NoError(t, chromedp.Do(browser))
	return browser, stop
}

// witness notes what may not happen in a tab.
type witness struct {
	expected []string

	mu       sync.Mutex
	problems []string
}

func (w *witness) see(event any) {
	switch event := event.(type) {
	case *network.EventRequestWillBeSent:
		if !isLocal(event.Request.URL) {
			w.note("a request to another machine: " + event.Request.URL)
		}
	case *runtime.EventExceptionThrown:
		text := event.ExceptionDetails.Text
		if thrown := event.ExceptionDetails.Exception; thrown != nil {
			text += " " + thrown.Description
		}
		w.complain(text)
	case *log.EventEntryAdded:
		if event.Entry.Level == log.EntryLevelError {
			w.complain(event.Entry.Text + " " + event.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if event.Type == runtime.ConsoleAPICalledTypeError || event.Type == runtime.ConsoleAPICalledTypeAssert {
			var text strings.Builder
			for _, part := range event.Args {
				text.WriteString(part.Description + string(part.Value) + " ")
			}
			w.complain(text.String())
		}
	}
}

// complain notes an error unless it was expected.
func (w *witness) complain(text string) {
	if !slices.ContainsFunc(w.expected, func(part string) bool { return strings.Contains(text, part) }) {
		w.note(text)
	}
}

func (w *witness) note(problem string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.problems = append(w.problems, problem)
}

func (w *witness) told() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.problems)
}

// isLocal tells whether a URL needs no other machine. What has no host at all, like data:, needs none.
func isLocal(text string) bool {
	u, err := url.Parse(text)
	if err != nil {
		return false
	}
	host := u.Hostname()
	return host == "" || host == "localhost" || strings.HasSuffix(host, ".localhost") || net.ParseIP(host).IsLoopback()
}
