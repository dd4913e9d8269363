package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
)

// waiting runs fn, and tells a terminal how long it has taken so far if that is more than a moment.
func waiting(to io.Writer, what string, fn func() error) error {
	if file, ok := to.(*os.File); !ok || !isatty.IsTerminal(file.Fd()) {
		return fn()
	}
	return tick(to, what, fn)
}

// tick writes the seconds that fn takes over each other, on one line that it clears in the end.
func tick(to io.Writer, what string, fn func() error) error {
	done := make(chan error, 1)
	go func() { done <- fn() }()
	began, every := time.Now(), time.NewTicker(time.Second)
	defer every.Stop()
	for {
		select {
		case err := <-done:
			fmt.Fprint(to, "\r\033[K")
			return err
		case <-every.C:
			fmt.Fprintf(to, "\r%s … %s", what, time.Since(began).Round(time.Second))
		}
	}
}
