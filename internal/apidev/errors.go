package apidev

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
)

// The kinds of refusal that only this API knows.
var (
	errHeader    = errors.New("a header is missing")
	errForbidden = errors.New("the user lacks the permission")
	errLocked    = errors.New("too many logins have failed")
)

// failure is an error of the partner's catalogue.
type failure struct {
	name    string
	kind    error
	status  int
	code    string
	message string
}

// The error catalogue (API-40, API-41).
var catalogue = []failure{
	{"header_missing", errHeader, http.StatusBadRequest, "BAD_REQUEST", "The tenant header is required."},
	{"invalid", web.ErrInvalid, http.StatusBadRequest, "VALIDATION_ERROR", "Invalid parameters."},
	{"not_json", web.ErrMalformed, http.StatusBadRequest, "VALIDATION_ERROR", "The request body is not valid JSON."},
	{"not_an_object", web.ErrTopLevel, http.StatusBadRequest, "VALIDATION_ERROR", "The request body must be a JSON object."},
	{"content_type", web.ErrContentType, http.StatusBadRequest, "VALIDATION_ERROR", "The request must be sent as application/json."},
	{"unauthorized", web.ErrUnauthorized, http.StatusUnauthorized, "UNAUTHORIZED", "Invalid or expired token."},
	{"forbidden", errForbidden, http.StatusForbidden, "FORBIDDEN", "You do not have permission to access this resource."},
	{"not_found", web.ErrNotFound, http.StatusNotFound, "NOT_FOUND", "Resource not found."},
	{"route_not_found", web.ErrNoRoute, http.StatusNotFound, "NOT_FOUND", "Route not found."},
	{"method_not_allowed", web.ErrMethod, http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "Method not allowed."},
	{"too_large", web.ErrTooLarge, http.StatusRequestEntityTooLarge, "PAYLOAD_TOO_LARGE", "Payload too large."},
	{"rate_limited", gate.ErrLimited, http.StatusTooManyRequests, "RATE_LIMITED", "Rate limit exceeded: 10 requests per minute."},
	{"login_locked", errLocked, http.StatusTooManyRequests, "RATE_LIMITED", "Too many failed login attempts. Try again later."},
	internalError,
}

var internalError = failure{"internal_error", nil, http.StatusInternalServerError, "INTERNAL_ERROR", "Internal server error."}

func errorNames() []string {
	names := make([]string, len(catalogue))
	for i, f := range catalogue {
		names[i] = f.name
	}
	return names
}

// envelope is what every error looks like.
type envelope struct {
	Success bool      `json:"success"`
	Data    *none     `json:"data"`
	Error   wireError `json:"error"`
}

type none struct{}

type wireError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// answer words an error.
func answer(_ *gate.Exchange, err error) web.Response {
	f := internalError
	for _, known := range catalogue {
		if gate.Answers(err, known.name, known.kind) {
			f = known
		}
	}
	message := f.message
	if refusal, ok := errors.AsType[*web.Refusal](err); ok && len(refusal.Violations) > 0 {
		switch first := refusal.Violations[0]; {
		case slices.Contains([]error{errHeader, web.ErrInvalid, web.ErrNotFound}, f.kind):
			message = first.Message
		case errors.Is(f.kind, web.ErrUnauthorized):
			message = unauthorized(first.Member)
		}
	}
	if limited, ok := errors.AsType[*gate.LimitError](err); ok {
		message = "Rate limit exceeded: " + rate(limited.Limit) + "."
	}
	return web.Response{Status: f.status, Body: envelope{Error: wireError{f.code, message}}}
}

// unauthorized says which of a caller's secrets was refused (API-3, API-5).
func unauthorized(carrier string) string {
	switch carrier {
	case apiKey:
		return "Invalid API key."
	case gate.Password:
		return "Invalid email or password."
	default:
		return "Invalid or expired token."
	}
}

// rate words a limit, which may have been set to another than the documented one.
func rate(l gate.Limit) string {
	if l.Window == time.Minute {
		return fmt.Sprintf("%d requests per minute", l.Requests)
	}
	return fmt.Sprintf("%d requests per %s", l.Requests, l.Window)
}
