package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// installed is a peer's program: where it is, and its version.
type installed struct{ place, version string }

// npm finds a package that npm has installed.
func npm(folder, name string) (found installed, err error) {
	var described struct {
		Version string `json:"version"`
	}
	found.place = filepath.Join(folder, "node_modules", name)
	text, err := os.ReadFile(filepath.Join(found.place, "package.json"))
	if err != nil {
		return found, fmt.Errorf("%w: run npm ci in %s", err, peersFolder)
	}
	err = json.Unmarshal(text, &described)
	found.version = described.Version
	return found, err
}

// buildStripeMock builds stripe-mock in the version that its module file pins.
func (h *harness) buildStripeMock(ctx context.Context, folder string) (installed, error) {
	const pkg = "github.com/stripe/stripe-mock"
	binary := filepath.Join(h.dir, "stripe-mock")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, pkg)
	build.Dir = folder
	if out, err := build.CombinedOutput(); err != nil {
		return installed{}, fmt.Errorf("build stripe-mock: %w\n%s", err, out)
	}
	list := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Version}}", pkg)
	list.Dir = folder
	version, err := list.Output()
	return installed{binary, strings.TrimPrefix(strings.TrimSpace(string(version)), "v")}, err
}

// findPeers finds or builds the peers, and says which are missing and how to get them. What they hold, or answer if they
// hold nothing, is made of the sandbox's answers: one client, and a page of 25.
func (h *harness) findPeers(ctx context.Context, client, page []byte) ([]peer, error) {
	folder, err := filepath.Abs(filepath.Join(h.root, peersFolder))
	if err != nil {
		return nil, err
	}
	node, noNode := exec.CommandContext(ctx, "node", "--version").Output()
	java, noJava := exec.CommandContext(ctx, "java", "--version").Output()
	if err := errors.Join(noNode, noJava); err != nil {
		return nil, fmt.Errorf("%w: on Debian, apt-get install nodejs npm default-jre-headless", err)
	}
	onNode, onJava := " on Node.js "+strings.TrimSpace(string(node)), " on "+strings.TrimSpace(strings.SplitN(string(java), "\n", 2)[0])
	stripe, noStripe := h.buildStripeMock(ctx, folder)
	wire, noWire := npm(folder, "wiremock")
	mockoon, noMockoon := npm(folder, "@mockoon/cli")
	prism, noPrism := npm(folder, "@stoplight/prism-cli")
	jsonServer, noJSONServer := npm(folder, "json-server")
	if err := errors.Join(noStripe, noWire, noMockoon, noPrism, noJSONServer); err != nil {
		return nil, err
	}
	description := filepath.Join(filepath.Dir(filepath.Dir(folder)), "internal", "cobrofacil", "openapi.yaml")
	all := []peer{h.wireMock(wire, client, page), stripeMock(stripe), prismPeer(prism, description), h.mockoon(mockoon, page), h.jsonServer(jsonServer, page)}
	for i, on := range []string{onJava, "", onNode, onNode, onNode} {
		all[i].version += on
	}
	return all, nil
}

// plain are requests to the peers that can be given any path.
func plain(method, path, body string, status int) script {
	return script{{request(method, path, body, "Accept: application/json"), status}}
}

func (h *harness) wireMock(at installed, client, page []byte) peer {
	folder := filepath.Join(h.dir, "wiremock")
	return peer{
		name: "WireMock", version: at.version, note: "stubs that keep nothing; its own journal and log are off",
		prepare: func() error { return writeWireMock(folder, client, page) },
		command: []string{
			"java", "-jar", filepath.Join(at.place, "build", "wiremock-standalone-"+at.version+".jar"), "--port", "PORT", "--bind-address", "127.0.0.1",
			"--root-dir", folder, "--no-request-journal", "--disable-request-logging", "--disable-banner",
		},
		get: plain("GET", "/clients/1", "", 200), list: plain("GET", "/clients", "", 200), create: plain("POST", "/clients", newBody, 201),
	}
}

func stripeMock(at installed) peer {
	form := func(method, path, body string, status int) script {
		text := request(method, path, body, "Authorization: Bearer sk_test_123")
		return script{{strings.Replace(text, "application/json", "application/x-www-form-urlencoded", 1), status}}
	}
	return peer{
		name: "stripe-mock", version: at.version, note: "Stripe's own API, from its description; keeps nothing",
		command: []string{at.place, "-http-addr", "127.0.0.1:PORT"},
		get:     form("GET", "/v1/customers/cus_123", "", 200),
		refused: form("POST", "/v1/customers", "nonsense=1&email=juan-"+serial+"@example.com", 400),
		create:  form("POST", "/v1/customers", "name=Juan+Mej%C3%ADa&phone=%2B526640000000&email=juan-"+serial+"@example.com&description=Alberto", 200),
	}
}

func prismPeer(at installed, description string) peer {
	partner := func(e exchange, status int) script {
		return script{{strings.Replace(e.request, "/cobrofacil", "", 1), status}}
	}
	return peer{
		name: "Prism", version: at.version, note: "Cobrofácil's description; keeps nothing; its log is off",
		command: []string{"node", filepath.Join(at.place, "dist", "index.js"), "mock", description, "--port", "PORT", "--verboseLevel", "silent"},
		get:     partner(getClient, 200), refused: partner(refused, 422), create: partner(createClient, 200),
	}
}

func (h *harness) mockoon(at installed, page []byte) peer {
	file := filepath.Join(h.dir, "mockoon.json")
	return peer{
		name: "Mockoon", version: at.version, note: "a CRUD route; keeps what is created in memory, and checks nothing; asks for Node.js 24",
		prepare: func() error { return writeMockoon(file, page) },
		command: []string{
			"node", filepath.Join(at.place, "bin", "run.js"), "start", "--data", file, "--port", "PORT", "--hostname", "127.0.0.1",
			"--disable-log-to-file", "--disable-admin-api", "--max-transaction-logs", "1",
		},
		get: plain("GET", "/clients/1", "", 200), list: plain("GET", "/clients?page=1&limit=25", "", 200), create: plain("POST", "/clients", newBody, 201),
	}
}

func (h *harness) jsonServer(at installed, page []byte) peer {
	file := filepath.Join(h.dir, "json-server.json")
	return peer{
		name: "json-server", version: at.version, note: "keeps what is created in a JSON file, and checks nothing",
		prepare: func() error { return writeJSONServer(file, page) },
		command: []string{"node", filepath.Join(at.place, "lib", "cli", "bin.js"), file, "--port", "PORT", "--host", "127.0.0.1", "--quiet"},
		get:     plain("GET", "/clients/1", "", 200), list: plain("GET", "/clients?_page=1&_limit=25", "", 200), create: plain("POST", "/clients", newBody, 201),
	}
}

type object map[string]any

func writeJSON(file string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

// writeWireMock writes stubs that answer the sandbox's bytes.
func writeWireMock(folder string, client, page []byte) error {
	mappings := filepath.Join(folder, "mappings")
	if err := os.MkdirAll(mappings, 0o700); err != nil {
		return err
	}
	stub := func(method, path string, status int, body []byte) object {
		return object{
			"request":  object{"method": method, "urlPath": path},
			"response": object{"status": status, "body": string(body), "headers": object{"Content-Type": "application/json"}},
		}
	}
	return writeJSON(filepath.Join(mappings, "clients.json"), object{"mappings": []object{
		stub("GET", "/clients/1", 200, client), stub("GET", "/clients", 200, page), stub("POST", "/clients", 201, client),
	}})
}

// records are the clients of a page, with ids from 1 on.
func records(page []byte) ([]object, error) {
	var list struct {
		Items []object `json:"items"`
	}
	err := json.Unmarshal(page, &list)
	for i := range list.Items {
		list.Items[i]["id"] = strconv.Itoa(i + 1)
	}
	return list.Items, err
}

func writeJSONServer(file string, page []byte) error {
	all, err := records(page)
	if err != nil {
		return err
	}
	return writeJSON(file, object{"clients": all})
}

// writeMockoon writes an environment with one route, which creates, reads, updates and deletes the records of a bucket.
func writeMockoon(file string, page []byte) error {
	all, err := records(page)
	if err != nil {
		return err
	}
	bucket, err := json.Marshal(all)
	if err != nil {
		return err
	}
	const route, response, data = "5f1a7f0e-0000-4000-8000-000000000001", "5f1a7f0e-0000-4000-8000-000000000002", "5f1a7f0e-0000-4000-8000-000000000003"
	return writeJSON(file, object{
		"uuid": "5f1a7f0e-0000-4000-8000-000000000000", "lastMigration": 33, "name": "clients", "endpointPrefix": "", "latency": 0, "port": 3000, "hostname": "",
		"folders": []any{}, "rootChildren": []object{{"type": "route", "uuid": route}},
		"routes": []object{{
			"uuid": route, "type": "crud", "documentation": "", "method": "", "endpoint": "clients", "responseMode": nil,
			"responses": []object{{
				"uuid": response, "body": "{}", "latency": 0, "statusCode": 200, "label": "", "headers": []any{}, "bodyType": "DATABUCKET", "filePath": "",
				"databucketID": "list", "sendFileAsBody": false, "rules": []any{}, "rulesOperator": "OR", "disableTemplating": true,
				"fallbackTo404": false, "default": true, "crudKey": "id", "callbacks": []any{},
			}},
		}},
		"proxyMode": false, "proxyHost": "", "proxyRemovePrefix": false, "cors": true, "headers": []any{}, "proxyReqHeaders": []any{}, "proxyResHeaders": []any{},
		"data":      []object{{"uuid": data, "id": "list", "name": "clients", "documentation": "", "value": string(bucket)}},
		"callbacks": []any{},
	})
}
