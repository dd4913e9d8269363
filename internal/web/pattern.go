package web

import (
	"regexp"
	"sync"
)

// Pattern matches texts with a regular expression, which is compiled when the first text comes: there are dozens of them,
// a start waits for none, and most runs use few.
func Pattern(expression string) func(text string) bool {
	compiled := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
	return func(text string) bool { return compiled().MatchString(text) }
}
