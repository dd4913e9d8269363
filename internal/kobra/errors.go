package kobra

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"

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

// The error catalogue. Where there is more to say, answer says it in the place of the message.
var catalogue = []failure{
	{"unauthorized", web.ErrUnauthorized, http.StatusUnauthorized, "Unauthorized", "The token is missing or not valid."},
	wrongLogin,
	{"invalid", web.ErrInvalid, http.StatusBadRequest, "ValidationError", "The request is not valid."},
	{"not_json", web.ErrMalformed, http.StatusBadRequest, "ValidationError", "The body is not valid JSON."},
	{"wrong_top_level", web.ErrTopLevel, http.StatusBadRequest, "ValidationError", "The body has another top level."},
	{"content_type", web.ErrContentType, http.StatusBadRequest, "ValidationError", "The request must be sent as application/json."},
	{"not_found", web.ErrNotFound, http.StatusNotFound, "NotFound", "There is no such record."},
	{"route_not_found", web.ErrNoRoute, http.StatusNotFound, "NotFound", "The path does not exist."},
	{"method_not_allowed", web.ErrMethod, http.StatusMethodNotAllowed, "MethodNotAllowed", "The method is not allowed here."},
	{"too_large", web.ErrTooLarge, http.StatusRequestEntityTooLarge, "PayloadTooLarge", "The body is too large."},
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
		if gate.Answers(err, known.name, known.kind) {
			f = known
		}
	}
	message := f.message
	if said := reason(x, err); said != "" {
		message = said
	}
	return web.Response{Status: f.status, Body: envelope{Error: &failed{f.class, message}}}
}

// reason is what a refusal says more than the catalogue does: "" for nothing.
func reason(x *gate.Exchange, err error) string {
	refusal, ok := errors.AsType[*web.Refusal](err)
	if !ok {
		return ""
	}
	first := refusal.Violations[0]
	switch {
	case errors.Is(err, web.ErrUnauthorized) && x.Operation == "login":
		return wrongLogin.message
	case errors.Is(err, web.ErrInvalid), errors.Is(err, web.ErrNotFound):
		return first.Member + " " + first.Message
	case errors.Is(err, web.ErrMalformed):
		if syntax, ok := errors.AsType[*web.SyntaxError](err); ok && syntax.Line > 0 {
			return fmt.Sprintf("The body is not valid JSON at line %d, column %d: %s", syntax.Line, syntax.Column, syntax.Problem)
		}
		return "The body is not valid JSON: " + first.Message + "."
	case errors.Is(err, web.ErrTooLarge):
		return fmt.Sprintf("The body must have at most %d MiB.", x.BodyLimit()>>20)
	case errors.Is(err, web.ErrTopLevel):
		return "The body must be " + first.Passes + "."
	case errors.Is(err, web.ErrNoRoute):
		return "The path " + cmp.Or(x.Request.URL.Path, "/") + " does not exist."
	case errors.Is(err, web.ErrMethod):
		return "The method " + x.Request.Method + " is not allowed here; allowed: " + first.Passes + "."
	}
	return ""
}
