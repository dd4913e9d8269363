package control

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/seed-0f456478/sandbox/internal/gate"
)

// har is an HTTP archive 1.2, as browsers and proxies read it.
type har struct {
	Log harLog `json:"log"`
}

type harLog struct {
	Version string     `json:"version"`
	Creator harCreator `json:"creator"`
	Entries []harEntry `json:"entries"`
}

type harCreator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type harEntry struct {
	StartedDateTime time.Time   `json:"startedDateTime"`
	Time            float64     `json:"time"`
	Request         harRequest  `json:"request"`
	Response        harResponse `json:"response"`
	Cache           struct{}    `json:"cache"`
	Timings         harTimings  `json:"timings"`
	Comment         string      `json:"comment"`
}

type harTimings struct {
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

type harRequest struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	HTTPVersion string    `json:"httpVersion"`
	Cookies     []harPair `json:"cookies"`
	Headers     []harPair `json:"headers"`
	QueryString []harPair `json:"queryString"`
	PostData    *harBody  `json:"postData,omitempty"`
	HeadersSize int       `json:"headersSize"`
	BodySize    int       `json:"bodySize"`
}

type harResponse struct {
	Status      int       `json:"status"`
	StatusText  string    `json:"statusText"`
	HTTPVersion string    `json:"httpVersion"`
	Cookies     []harPair `json:"cookies"`
	Headers     []harPair `json:"headers"`
	Content     harBody   `json:"content"`
	RedirectURL string    `json:"redirectURL"`
	HeadersSize int       `json:"headersSize"`
	BodySize    int       `json:"bodySize"`
}

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type harBody struct {
	Size     int    `json:"size"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
	Encoding string `json:"encoding,omitempty"`
}

// exports registers the calls that write requests for other tools.
func (c *control) exports(api huma.API) {
	const path = Root + "/workspaces/{workspace}/requests"
	huma.Register(api, huma.Operation{OperationID: "exportHAR", Method: http.MethodGet, Path: path + ".har", Summary: "Requests of a workspace as an HTTP archive, oldest first, without secrets"},
		func(_ context.Context, in *SearchInput) (*body[har], error) {
			all, err := c.found(*in)
			if err != nil {
				return nil, err
			}
			log := harLog{Version: "1.2", Creator: harCreator{"sandbox", c.Build.Version}, Entries: []harEntry{}}
			for _, e := range all {
				log.Entries = append(log.Entries, harOf(e))
			}
			return ok(har{log})
		})

	type text struct {
		ContentType string `header:"Content-Type"`
		Body        []byte
	}
	huma.Register(api, huma.Operation{
		OperationID: "exportCurl", Method: http.MethodGet, Path: path + ".sh", Summary: "Requests of a workspace as curl commands, oldest first, with variables in the place of secrets",
		Responses: map[string]*huma.Response{"200": {Description: "shell commands", Content: map[string]*huma.MediaType{"text/x-shellscript": {Schema: &huma.Schema{Type: huma.TypeString}}}}},
	}, func(_ context.Context, in *SearchInput) (*text, error) {
		all, err := c.found(*in)
		if err != nil {
			return nil, err
		}
		var script strings.Builder
		for _, e := range all {
			script.WriteString(curl(e) + "\n")
		}
		return &text{"text/x-shellscript; charset=utf-8", []byte(script.String())}, nil
	})
}

// found are the answered requests that a search fits, oldest first.
func (c *control) found(in SearchInput) ([]*gate.Entry, error) {
	s, err := in.search()
	if err != nil {
		return nil, err
	}
	w, err := c.find(in.Workspace)
	if err != nil {
		return nil, err
	}
	all := slices.DeleteFunc(c.Journal.Entries(w), func(e *gate.Entry) bool { return e.State != gate.Answered || !s.Fits(e) })
	slices.Reverse(all)
	return all, nil
}

func whole(e *gate.Entry) string {
	if strings.HasPrefix(e.Request.URL, "/") {
		return "http://" + e.Host + e.Request.URL
	}
	return e.Request.URL
}

func harOf(e *gate.Entry) harEntry {
	const version = "HTTP/1.1"
	entry := harEntry{
		StartedDateTime: e.Arrived, Time: e.Took, Timings: harTimings{Wait: e.Took}, Comment: e.API + "." + e.Operation + " " + e.ID,
		Request: harRequest{
			Method: e.Request.Method, URL: whole(e), HTTPVersion: version, Cookies: []harPair{}, Headers: pairsOf(e.Request.Headers),
			QueryString: []harPair{}, HeadersSize: -1, BodySize: e.Request.Size,
		},
		Response: harResponse{
			Status: e.Response.Status, StatusText: http.StatusText(e.Response.Status), HTTPVersion: version, Cookies: []harPair{},
			Headers: pairsOf(e.Response.Headers), Content: harBodyOf(e.Response), HeadersSize: -1, BodySize: e.Response.Size,
		},
	}
	if u, err := url.Parse(e.Request.URL); err == nil {
		entry.Request.QueryString = pairsOf(http.Header(u.Query()))
	}
	if e.Request.Body != "" {
		body := harBodyOf(e.Request)
		entry.Request.PostData = &body
	}
	return entry
}

func harBodyOf(m gate.Message) harBody {
	b := harBody{Size: m.Size, MimeType: m.Headers.Get("Content-Type"), Text: m.Body}
	if !utf8.ValidString(m.Body) {
		b.Text, b.Encoding = base64.StdEncoding.EncodeToString([]byte(m.Body)), "base64"
	}
	return b
}

// pairsOf lists a header's lines by name.
func pairsOf(h http.Header) []harPair {
	all := []harPair{}
	for name, values := range h {
		for _, value := range values {
			all = append(all, harPair{name, value})
		}
	}
	slices.SortFunc(all, func(a, b harPair) int { return strings.Compare(a.Name+"\x00"+a.Value, b.Name+"\x00"+b.Value) })
	return all
}

// variables stand for the secrets of well-known headers.
var variables = map[string]string{"Authorization": "$TOKEN", "X-Api-Key": "$API_KEY"}

// curl is the request as a curl command. Nothing in it but a variable is read by the shell.
func curl(e *gate.Entry) string {
	line := []string{"curl"}
	if e.Request.Method != http.MethodGet {
		line = append(line, "-X", e.Request.Method)
	}
	line = append(line, quote(whole(e)))
	for _, h := range pairsOf(e.Request.Headers) {
		if slices.Contains([]string{"Accept-Encoding", "Content-Length", "User-Agent", "Connection"}, h.Name) {
			continue
		}
		value := quote(h.Name + ": " + h.Value)
		if hidden := strings.TrimSuffix(h.Value, gate.Redacted); hidden != h.Value {
			variable, known := variables[h.Name]
			if !known {
				variable = "$SECRET"
			}
			value = quote(h.Name+": "+hidden) + `"` + variable + `"`
		}
		line = append(line, "-H", value)
	}
	if e.Request.Body != "" {
		line = append(line, "--data-raw", quote(e.Request.Body))
	}
	return strings.Join(line, " ")
}

// quote is a text as one word of a POSIX shell.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
