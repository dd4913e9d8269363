package sandbox

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

func TestRequest(t *testing.T) {
	t.Parallel()
	request, err := newRequest("sandbox:v1", nil)
	require.NoError(t, err)
	assert.Equal(t, "sandbox:v1", request.Image)
	assert.True(t, request.Started)
	assert.Equal(t, []string{"8080/tcp"}, request.ExposedPorts)
	ready, ok := request.WaitingFor.(*wait.HTTPStrategy)
	require.True(t, ok)
	assert.Equal(t, "/_sandbox/readyz", ready.Path)
	assert.Equal(t, "8080/tcp", ready.Port.String())
	assert.Equal(t, ":memory:", request.Env["SANDBOX_DB"])

	other, err := newRequest("sandbox:v1", nil)
	require.NoError(t, err)
	assert.NotEqual(t, request.Env[tokenEnv], other.Env[tokenEnv], "each has a token of its own")

	request, err = newRequest("sandbox:v1", []testcontainers.ContainerCustomizer{
		testcontainers.WithEnv(map[string]string{tokenEnv: "a-token-of-mine", "SANDBOX_LIMITS": "off"}),
	})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"SANDBOX_DB": ":memory:", tokenEnv: "a-token-of-mine", "SANDBOX_LIMITS": "off"}, request.Env, "options come last")
}

// The program takes the request's environment, is ready where the request looks, and has the bases and the token that a
// Container tells.
func TestProgram(t *testing.T) {
	t.Parallel()
	request, err := newRequest("", nil)
	require.NoError(t, err)
	c := &Container{url: start(t, request.Env), token: request.Env[tokenEnv]}

	assert.Equal(t, 200, get(t, c.URL()+request.WaitingFor.(*wait.HTTPStrategy).Path, "", nil))
	assert.Equal(t, 200, get(t, c.Cobrofacil()+"/api/v1/clients/client-200", "Bearer sandbox-cobrofacil-token@"+strings.ToLower(t.Name()), nil), "as the package comment has it")
	assert.Equal(t, 401, get(t, c.ControlURL()+"/apis", "", nil))
	var apis []struct{ Name, Base string }
	require.Equal(t, 200, get(t, c.ControlURL()+"/apis", "Bearer "+c.ControlToken(), &apis))
	bases := map[string]string{}
	for _, api := range apis {
		bases[api.Name] = api.Base
	}
	assert.Equal(t, map[string]string{
		"cobrofacil": c.Cobrofacil(), "subclients": c.Subclients(), "complycube": c.ComplyCube(), "kobra": c.Kobra(), "apidev": c.Apidev(),
	}, bases)
}

// With a container engine, an image that `make image` has built runs.
func TestRun(t *testing.T) {
	t.Parallel()
	testcontainers.SkipIfProviderIsNotHealthy(t)
	c, err := Run(t.Context(), "sandbox")
	testcontainers.CleanupContainer(t, c)
	require.NoError(t, err)
	assert.Equal(t, 200, get(t, c.Cobrofacil()+"/api/v1/clients/client-200", "Bearer sandbox-cobrofacil-token", nil))
	assert.Equal(t, 200, get(t, c.ControlURL()+"/apis", "Bearer "+c.ControlToken(), nil))
}

// start builds the program as the image does, runs it with an environment, and returns where it listens.
func start(t *testing.T, environment map[string]string) (url string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "sandbox")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "./cmd/sandbox")
	build.Dir, build.Env = "..", append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))

	ctx, cancel := context.WithCancel(context.Background())
	server := exec.CommandContext(ctx, program)
	server.Env = append(os.Environ(), "SANDBOX_ADDR=127.0.0.1:0")
	for name, value := range environment {
		server.Env = append(server.Env, name+"="+value)
	}
	out, err := server.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		cancel()
		_ = server.Wait() // it was killed
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if url, ok := strings.CutPrefix(lines.Text(), "sandbox ready on "); ok {
			return url
		}
	}
	require.Fail(t, "it never got ready")
	return ""
}

// get is the status that a URL answers with; its JSON goes into the value.
func get(t *testing.T, url, authorization string, into any) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	request.Header.Set("Authorization", authorization)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	if into != nil {
		require.NoError(t, json.NewDecoder(response.Body).Decode(into))
	}
	return response.StatusCode
}
