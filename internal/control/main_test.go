package control_test

import (
	"testing"

	"go.uber.org/goleak"
)

// No test leaves a goroutine behind: not a held request, a wait, or a stream.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}
