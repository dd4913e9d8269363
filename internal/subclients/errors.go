package subclients

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
)

// The refusals of money (SUB-42).
var (
	errInsufficient = errors.New("the balance is not enough")
	errBelowMinimum = errors.New("the amount is below the minimum")
)

// failure is an error of the catalogue, none of which the partner documents (SUB-40).
type failure struct {
	name    string
	kind    error // of the kernel or this package, which is answered with it
	status  int
	message string
}

// The error catalogue. A message with %s is completed by answer.
var catalogue = []failure{
	{"unauthorized", web.ErrUnauthorized, http.StatusUnauthorized, "Unauthorized"},
	wrongLogin,
	{"invalid", web.ErrInvalid, http.StatusUnprocessableEntity, "Validation failed"},
	{"insufficient_balance", errInsufficient, http.StatusUnprocessableEntity, "Insufficient balance"},
	{"below_minimum", errBelowMinimum, http.StatusUnprocessableEntity, "The minimum available is %s"},
	{"client_not_found", web.ErrNotFound, http.StatusNotFound, "Client not found"},
	{"route_not_found", web.ErrNoRoute, http.StatusNotFound, "Not found"},
	{"method_not_allowed", web.ErrMethod, http.StatusMethodNotAllowed, "Method not allowed"},
	{"not_json", web.ErrMalformed, http.StatusBadRequest, "The body is not valid JSON"},
	{"not_an_object", web.ErrTopLevel, http.StatusBadRequest, "The body must be a JSON object"},
	{"content_type", web.ErrContentType, http.StatusBadRequest, "The Content-Type must be application/json"},
	{"too_large", web.ErrTooLarge, http.StatusRequestEntityTooLarge, "The body is too large"},
	{"too_many_requests", gate.ErrLimited, http.StatusTooManyRequests, "Too many requests"},
	serverError,
}

var (
	wrongLogin  = failure{"wrong_login", nil, http.StatusUnauthorized, "Invalid api key or password."}
	serverError = failure{"server_error", nil, http.StatusInternalServerError, "Internal server error"}
)

func errorNames() []string {
	names := make([]string, len(catalogue))
	for i, f := range catalogue {
		names[i] = f.name
	}
	return names
}

// envelope is what every answer but a login's looks like; Data is null in most errors.
type envelope[T any] struct {
	Success bool   `json:"success"`
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    T      `json:"data"`
}

// ok is the answer of a success, whose code is 0 (SUB-15).
func ok[T any](data T) web.Response {
	return web.Response{Status: http.StatusOK, Body: envelope[T]{true, 0, "OK", data}}
}

// problems is what an invalid body has for data.
type problems struct {
	Errors sentences `json:"errors"`
}

// sentences are the violations of a body, one for each failing member (SUB-41).
type sentences []web.Violation

// MarshalJSONTo implements json.MarshalerTo: an object with an array of one sentence a member.
func (s sentences) MarshalJSONTo(out *jsontext.Encoder) error {
	err := out.WriteToken(jsontext.BeginObject)
	for _, v := range s {
		err = errors.Join(err, out.WriteToken(jsontext.String(v.Member)),
			out.WriteToken(jsontext.BeginArray), out.WriteToken(jsontext.String(v.Message)), out.WriteToken(jsontext.EndArray))
	}
	return errors.Join(err, out.WriteToken(jsontext.EndObject))
}

// answer words an error.
func answer(x *gate.Exchange, err error) web.Response {
	f := serverError
	for _, known := range catalogue {
		if gate.Answers(err, known.name, known.kind) {
			f = known
		}
	}
	if errors.Is(err, web.ErrUnauthorized) && x.Operation == operationLogin {
		f = wrongLogin
	}
	body := envelope[*problems]{Code: f.status, Message: f.message}
	refusal, _ := errors.AsType[*web.Refusal](err)
	switch {
	case f == wrongLogin:
		return web.Response{Status: f.status, Body: wrongLoginAnswer{loginStatus{f.status, f.message}}}
	case errors.Is(f.kind, web.ErrInvalid) && refusal != nil:
		body.Data = &problems{refusal.Violations}
	case errors.Is(f.kind, errBelowMinimum):
		body.Message = fmt.Sprintf(f.message, minimum(x).fixed())
	}
	return web.Response{Status: f.status, Body: body}
}

// wrongLoginAnswer is what a wrong login is answered with (SUB-4).
type wrongLoginAnswer struct {
	Status loginStatus `json:"status"`
}
