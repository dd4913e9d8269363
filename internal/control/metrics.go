package control

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics registers the call that Prometheus makes.
func (c *control) metrics(api huma.API, router chi.Router) {
	const path = Root + "/metrics"
	router.Method(http.MethodGet, path, promhttp.HandlerFor(c.Gate.Metrics(), promhttp.HandlerOpts{}))
	api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "getMetrics", Method: http.MethodGet, Path: path, Summary: "What was answered how often and how fast, for Prometheus",
		Responses: map[string]*huma.Response{
			"200":     {Description: "Prometheus's text format", Content: map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: huma.TypeString}}}},
			"default": {Description: "Error", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/ErrorModel"}}}},
		},
	})
}
