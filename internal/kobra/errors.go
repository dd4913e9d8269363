package kobra

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
)

// failure is an error of the catalogue.
type failure struct {
	name    string
	kind    error // of the kernel, which this API answers with it
	status  int
	class   string // what the partner calls the type
	message string
}

// The error catalogue. A message with %s is completed by answer.
var catalogue = []failure{
	{"unauthorized", web.ErrUnauthorized, http.StatusUnauthorized, "Unauthorized", "The token is missing or not valid."},
	wrongLogin,
	{"invalid", web.ErrInvalid, http.StatusBadRequest, "ValidationError", "%s"},
	{"not_json", web.ErrMalformed, http.StatusBadRequest, "ValidationError", "The body is not valid JSON: %s."},
	{"wrong_top_level", web.ErrTopLevel, http.StatusBadRequest, "ValidationError", "The body must be %s."},
	{"content_type", web.ErrContentType, http.StatusBadRequest, "ValidationError", "The request must be sent as application/json."},
	{"not_found", web.ErrNotFound, http.StatusNotFound, "NotFound", "%s"},
	{"route_not_found", web.ErrNoRoute, http.StatusNotFound, "NotFound", "The path %s does not exist."},
	{"method_not_allowed", web.ErrMethod, http.StatusMethodNotAllowed, "MethodNotAllowed", "The method %s is not allowed here; allowed: %s."},
	{"too_large", web.ErrTooLarge, http.StatusRequestEntityTooLarge, "PayloadTooLarge", "The body must have at most 32 MiB."},
	{"too_many_requests", gate.ErrLimited, http.StatusTooManyRequests, "TooManyRequests", "There were too many requests."},
	internalError,
}

var (
	wrongLogin    = failure{"wrong_login", nil, http.StatusUnauthorized, "Unauthorized", "The user or the password is not valid."}
	internalError = failure{"internal_error", nil, http.StatusInternalServerError, "InternalError", "Something went wrong."}
)

func errorNames() []string {
	names := make([]string, len(catalogue))
	for i, f := range catalogue {
		names[i] = f.name
	}
	return names
}

// envelope is what every answer but a login's looks like (KOB-40).
type envelope struct {
	Data  *struct{} `json:"data"`
	Error *failed   `json:"error"`
}

type failed struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

// answer words an error.
func answer(x *gate.Exchange, err error) web.Response {
	f := internalError
	for _, known := range catalogue {
		if known.kind != nil && errors.Is(err, known.kind) {
			f = known
		}
	}
	first := web.Violation{}
	if refusal, ok := errors.AsType[*web.Refusal](err); ok {
		first = refusal.Violations[0]
	}
	message := f.message
	switch {
	case errors.Is(f.kind, web.ErrUnauthorized) && x.Operation == "login":
		message = wrongLogin.message
	case errors.Is(f.kind, web.ErrInvalid), errors.Is(f.kind, web.ErrNotFound):
		message = first.Member + " " + first.Message
	case errors.Is(f.kind, web.ErrMalformed):
		message = fmt.Sprintf(f.message, first.Message)
		if syntax, ok := errors.AsType[*web.SyntaxError](err); ok && syntax.Line > 0 {
			message = fmt.Sprintf("The body is not valid JSON at line %d, column %d: %s", syntax.Line, syntax.Column, syntax.Problem)
		}
	case errors.Is(f.kind, web.ErrTopLevel):
		message = fmt.Sprintf(f.message, first.Passes)
	case errors.Is(f.kind, web.ErrNoRoute):
		message = fmt.Sprintf(f.message, cmp.Or(x.Request.URL.Path, "/"))
	case errors.Is(f.kind, web.ErrMethod):
		if wrong, ok := errors.AsType[*gate.MethodError](err); ok {
			message = fmt.Sprintf(f.message, x.Request.Method, strings.Join(wrong.Allow, ", "))
		}
	}
	return web.Response{Status: f.status, Body: envelope{Error: &failed{f.class, message}}}
}
