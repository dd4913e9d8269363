package cobrofacil

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
)

// failure is an error of the partner's catalogue.
type failure struct {
	name    string
	kind    error // of the kernel, which this API answers with it
	status  int
	message string
}

// The error catalogue. A message with %s is completed by answer.
var catalogue = []failure{
	{"unauthenticated", web.ErrUnauthorized, http.StatusUnauthorized, "Unauthenticated."},
	{"invalid", web.ErrInvalid, http.StatusUnprocessableEntity, "The given data was invalid."},
	{"client_not_found", web.ErrNotFound, http.StatusNotFound, "No query results for model [Client] %s"},
	{"route_not_found", web.ErrNoRoute, http.StatusNotFound, "The route %s could not be found."},
	{"method_not_allowed", web.ErrMethod, http.StatusMethodNotAllowed, "The %s method is not supported for route %s. Supported methods: %s."},
	{"not_json", web.ErrMalformed, http.StatusBadRequest, "The request body is not valid JSON."},
	{"not_an_object", web.ErrTopLevel, http.StatusBadRequest, "The request body must be a JSON object."},
	{"content_type", web.ErrContentType, http.StatusBadRequest, "The request must be sent as application/json."},
	{"too_large", web.ErrTooLarge, http.StatusRequestEntityTooLarge, "Payload Too Large"},
	{"too_many_requests", nil, http.StatusTooManyRequests, "Too Many Attempts."},
	serverError,
}

var serverError = failure{"server_error", nil, http.StatusInternalServerError, "Server Error"}

func errorNames() []string {
	names := make([]string, len(catalogue))
	for i, f := range catalogue {
		names[i] = f.name
	}
	return names
}

// envelope is what every error looks like.
type envelope struct {
	Message       string    `json:"message"`
	Errors        sentences `json:"errors,omitempty"`
	Model         string    `json:"model,omitempty"`
	IDs           []string  `json:"ids,omitempty"`
	ExceptionCode int       `json:"exception_code"`
}

// sentences are the violations of a body, in their order: those of a member stand together (COB-40).
type sentences []web.Violation

// MarshalJSONTo implements json.MarshalerTo: an object with an array of sentences a member.
func (s sentences) MarshalJSONTo(out *jsontext.Encoder) error {
	err := out.WriteToken(jsontext.BeginObject)
	for i, v := range s {
		if i == 0 || s[i-1].Member != v.Member {
			err = errors.Join(err, out.WriteToken(jsontext.String(v.Member)), out.WriteToken(jsontext.BeginArray))
		}
		err = errors.Join(err, out.WriteToken(jsontext.String(v.Message)))
		if i == len(s)-1 || s[i+1].Member != v.Member {
			err = errors.Join(err, out.WriteToken(jsontext.EndArray))
		}
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
	body := envelope{Message: f.message}
	path := strings.Trim(x.Request.URL.Path, "/")
	switch {
	case errors.Is(f.kind, web.ErrInvalid):
		if refusal, ok := errors.AsType[*web.Refusal](err); ok {
			body.Errors = refusal.Violations
		}
	case errors.Is(f.kind, web.ErrNotFound):
		asked := x.Param("client_id")
		body.Message = fmt.Sprintf(f.message, asked)
		body.Model, body.IDs = "Client", []string{asked}
	case errors.Is(f.kind, web.ErrNoRoute):
		if path == "" {
			path = "/"
		}
		body.Message = fmt.Sprintf(f.message, path)
	case errors.Is(f.kind, web.ErrMethod):
		if wrong, ok := errors.AsType[*gate.MethodError](err); ok {
			body.Message = fmt.Sprintf(f.message, x.Request.Method, path, strings.Join(wrong.Allow, ", "))
		}
	}
	return web.Response{Status: f.status, Body: body}
}
