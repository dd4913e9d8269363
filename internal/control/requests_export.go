package control

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
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
	PostData    *harPost  `json:"postData,omitempty"`
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
	Comment     string    `json:"comment,omitempty"`
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
	Comment  string `json:"comment,omitempty"`
}

// harPost is a request's body, for which the format knows no encoding.
type harPost struct {
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
	Encoding string `json:"_encoding,omitempty"`
	Comment  string `json:"comment,omitempty"`
}

// exports registers the calls that write requests for other tools.
func (c *control) exports(api huma.API) {
	const path = Root + "/workspaces/{workspace}/requests"
	huma.Register(api, huma.Operation{OperationID: "exportHAR", Method: http.MethodGet, Path: path + ".har", Summary: "Requests of a workspace as an HTTP archive, oldest first, without secrets"},
		func(ctx context.Context, in *SearchInput) (*body[har], error) {
			all, err := c.found(ctx, *in)
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
	}, func(ctx context.Context, in *SearchInput) (*text, error) {
		all, err := c.found(ctx, *in)
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
func (c *control) found(ctx context.Context, in SearchInput) ([]*gate.Entry, error) {
	s, err := in.search()
	if err != nil {
		return nil, err
	}
	w, err := c.journalled(in.Workspace)
	if err != nil {
		return nil, err
	}
	entries, err := c.Journal.Entries(ctx, w)
	if err != nil {
		return nil, unavailable(err)
	}
	all := slices.DeleteFunc(s.Among(entries), func(e *gate.Entry) bool { return e.State != gate.Answered })
	slices.Reverse(all)
	return all, nil
}

func whole(e *gate.Entry) string {
	if strings.HasPrefix(e.Request.URL, "/") {
		return e.Scheme + "://" + e.Host + e.Request.URL
	}
	return e.Request.URL
}

func harOf(e *gate.Entry) harEntry {
	entry := harEntry{
		StartedDateTime: e.Arrived, Time: e.Took, Timings: harTimings{Wait: e.Took}, Comment: e.API + "." + e.Operation + " " + e.ID,
		Request: harRequest{
			Method: e.Request.Method, URL: whole(e), HTTPVersion: e.Protocol, Cookies: []harPair{}, Headers: pairsOf(e.Request.Headers),
			QueryString: []harPair{}, HeadersSize: -1, BodySize: e.Request.Size,
		},
		Response: harResponse{
			Status: e.Response.Status, StatusText: http.StatusText(e.Response.Status), HTTPVersion: e.Protocol, Cookies: []harPair{},
			Headers: pairsOf(e.Response.Headers), Content: harBodyOf(e.Response), HeadersSize: -1, BodySize: e.Response.Size,
		},
	}
	if u, err := url.Parse(e.Request.URL); err == nil {
		entry.Request.QueryString = pairsOf(http.Header(u.Query()))
	}
	if e.Request.Body != "" {
		text, encoding := harText(e.Request.Body)
		entry.Request.PostData = &harPost{e.Request.Headers.Get("Content-Type"), text, encoding, e.Lacks()}
	}
	if e.Response.Lost {
		entry.Response.Comment = "a fault has closed the connection instead of answering so"
	}
	return entry
}

func harBodyOf(m gate.Message) harBody {
	b := harBody{Size: m.Size, MimeType: m.Headers.Get("Content-Type")}
	b.Text, b.Encoding = harText(m.Body)
	if len(m.Body) < m.Size {
		b.Comment = "the journal keeps a part"
	}
	return b
}

// harText is a body as JSON can hold it.
func harText(body string) (text, encoding string) {
	if utf8.ValidString(body) {
		return body, ""
	}
	return base64.StdEncoding.EncodeToString([]byte(body)), "base64"
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

// curl is the request as a curl command. Nothing in it but a variable is read by the shell or by curl.
func curl(e *gate.Entry) string {
	line := []string{"curl"}
	address := whole(e)
	if strings.ContainsAny(address, "[]{}") {
		line = append(line, "--globoff")
	}
	if strings.Contains(address, "/.") {
		line = append(line, "--path-as-is")
	}
	switch e.Request.Method {
	case http.MethodGet:
	case http.MethodHead:
		line = append(line, "--head")
	default:
		line = append(line, "-X", quote(e.Request.Method))
	}
	line = append(line, quote(address))
	for _, h := range pairsOf(e.Request.Headers) {
		if !slices.Contains([]string{"Accept-Encoding", "Connection", "Content-Length", "Expect", "User-Agent"}, h.Name) {
			line = append(line, "-H", headerOf(h))
		}
	}
	if e.Request.Body != "" {
		if e.Request.Headers.Get("Content-Type") == "" {
			line = append(line, "-H", "'Content-Type:'") // else curl makes one up
		}
		line = append(line, "--data-raw", quote(e.Request.Body))
	}
	text := strings.Join(line, " ")
	if lacks := e.Lacks(); lacks != "" {
		return "# not the whole request: " + lacks + "\n" + text
	} else if strings.ContainsRune(e.Request.Body, 0) {
		return "# not the whole request: no command line holds the NUL in its body\n" + text
	}
	return text
}

// headerOf is a header as curl takes it, with a variable where a secret was.
func headerOf(h harPair) string {
	if h.Value == "" {
		return quote(h.Name + ";")
	}
	shown, hidden := strings.CutSuffix(h.Value, gate.Redacted)
	if !hidden {
		return quote(h.Name + ": " + h.Value)
	}
	return quote(h.Name+": "+shown) + `"` + cmp.Or(variables[h.Name], "$SECRET") + `"`
}

// quote is a text as one word of a POSIX shell, and safe to be shown on a terminal: control characters are left to printf.
// A NUL, which no word can hold, is lost.
func quote(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	var word strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		piece := text[:size]
		text = text[size:]
		switch {
		case piece == "'":
			word.WriteString(`'\''`)
		case r == utf8.RuneError && size == 1, unicode.IsControl(r) && r != '\n' && r != '\t':
			word.WriteString(`'"$(printf '`)
			for _, b := range []byte(piece) {
				fmt.Fprintf(&word, `\%03o`, b)
			}
			word.WriteString(`')"'`)
		default:
			word.WriteString(piece)
		}
	}
	return "'" + word.String() + "'"
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9]+$`)
