package control_test

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"
	"go.uber.org/goleak"
)

// No test leaves a goroutine behind: not a held request, a wait, or a stream.
func TestMain(m *testing.M) {
	openapi3filter.RegisterBodyDecoder("text/x-shellscript", openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/x-pem-file", openapi3filter.PlainBodyDecoder)
	goleak.VerifyTestMain(m)
}
