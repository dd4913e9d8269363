package complycube

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
)

// failure is an error of the partner's catalogue.
type failure struct {
	name    string
	kind    error // of the kernel, which this API answers with it
	status  int
	code    string // the partner's type
	message string
}

// The error catalogue. A violation has a message of its own, and one with %s is completed by answer.
var catalogue = []failure{
	{"unauthorized", web.ErrUnauthorized, http.StatusUnauthorized, "unauthorized", "The 'Authorization' header is invalid"},
	{"no_access", nil, http.StatusForbidden, "unauthorized", "Your current plan does not include access to this service"},
	{"rate_limit_exceeded", gate.ErrLimited, http.StatusTooManyRequests, "rate_limit_exceeded", "You have exceeded the rate limit prescribed to your plan"},
	{"invalid_request", web.ErrInvalid, http.StatusBadRequest, "invalid_request", "The request is invalid"},
	{"not_json", web.ErrMalformed, http.StatusBadRequest, "invalid_request", "The request body is not valid JSON"},
	{"not_an_object", web.ErrTopLevel, http.StatusBadRequest, "invalid_request", "The request body must be a JSON object"},
	{"content_type", web.ErrContentType, http.StatusBadRequest, "invalid_request", "The 'Content-Type' header must be application/json"},
	{"request_too_large", web.ErrTooLarge, http.StatusRequestEntityTooLarge, "request_too_large", "The request body is too large"},
	{"client_not_found", web.ErrNotFound, http.StatusNotFound, "resource_not_found", "Invalid client id '%s'"},
	{"route_not_found", web.ErrNoRoute, http.StatusNotFound, "resource_not_found", "The requested resource does not exist"},
	{"method_not_allowed", web.ErrMethod, http.StatusMethodNotAllowed, "method_not_allowed", "The requested resource does not support this method"},
	internalServerError,
}

var internalServerError = failure{
	"internal_server_error", nil, http.StatusInternalServerError, "internal_server_error",
	"An error has occurred, try your request again. If you still keep getting this error, please get in touch with Support.",
}

func errorNames() []string {
	names := make([]string, len(catalogue))
	for i, f := range catalogue {
		names[i] = f.name
	}
	return names
}

// envelope is what every error looks like (CC-40).
type envelope struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	Param   string `json:"param,omitzero"`
}

// answer words an error.
func answer(x *gate.Exchange, err error) web.Response {
	f := internalServerError
	for _, known := range catalogue {
		if gate.Answers(err, known.name, known.kind) {
			f = known
		}
	}
	body := envelope{Type: f.code, Message: f.message}
	switch {
	case errors.Is(f.kind, web.ErrInvalid):
		if refusal, ok := errors.AsType[*web.Refusal](err); ok {
			body.Message, body.Param = refusal.Violations[0].Message, refusal.Violations[0].Member
		}
	case errors.Is(f.kind, web.ErrNotFound):
		body.Message = fmt.Sprintf(f.message, x.Param("id"))
	}
	return web.Response{Status: f.status, Body: body}
}
