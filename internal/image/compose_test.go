package image_test

import (
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// root is the project's folder.
const root = "../.."

// compose loads the compose file as `docker compose` does, with nothing in the environment but the given variables.
func compose(t *testing.T, environment ...string) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{root + "/docker-compose.yml"}, cli.WithName("sandbox"), cli.WithEnv(environment))
	require.NoError(t, err)
	project, err := options.LoadProject(t.Context())
	require.NoError(t, err)
	return project
}

func TestComposeFile(t *testing.T) {
	t.Parallel()
	project := compose(t)
	require.Len(t, project.Services, 1)
	service := project.Services["sandbox"]

	require.NotNil(t, service.Build)
	assert.Empty(t, service.Build.Target, "the Dockerfile's last stage")
	require.Len(t, service.Ports, 1)
	assert.Equal(t, "127.0.0.1", service.Ports[0].HostIP, "published credentials must not be reachable from outside")
	assert.Equal(t, "8080", service.Ports[0].Published)
	assert.EqualValues(t, 8080, service.Ports[0].Target)
	assert.Equal(t, map[string]string{"SANDBOX_CONTROL_TOKEN": ""}, environment(service), "no token that all the world knows: one is made at start")

	require.Len(t, service.Volumes, 1)
	assert.Equal(t, "volume", service.Volumes[0].Type)
	assert.Equal(t, "/data", service.Volumes[0].Target)
	assert.False(t, service.Volumes[0].ReadOnly)
	assert.Contains(t, project.Volumes, service.Volumes[0].Source)

	assert.True(t, service.ReadOnly)
	assert.Equal(t, types.StringList{"/tmp"}, service.Tmpfs, "a read-only container needs a place for scratch files")
	assert.Equal(t, []string{"ALL"}, service.CapDrop)
	require.NotNil(t, service.StopGracePeriod)
	assert.Greater(t, time.Duration(*service.StopGracePeriod), 10*time.Second, "the sandbox drains for up to 10 s")
}

func TestComposeFileTakesPortAndTokenFromTheEnvironment(t *testing.T) {
	t.Parallel()
	service := compose(t, "SANDBOX_PORT=9999", "SANDBOX_CONTROL_TOKEN=a-token-of-mine").Services["sandbox"]
	require.Len(t, service.Ports, 1)
	assert.Equal(t, "9999", service.Ports[0].Published)
	assert.Equal(t, "127.0.0.1", service.Ports[0].HostIP)
	assert.EqualValues(t, 8080, service.Ports[0].Target, "the port inside stays")
	assert.Equal(t, map[string]string{"SANDBOX_CONTROL_TOKEN": "a-token-of-mine"}, environment(service))
}

// environment is what the compose file sets: the listener and the database stay where the Dockerfile has them.
func environment(service types.ServiceConfig) map[string]string {
	all := map[string]string{}
	for name, value := range service.Environment {
		all[name] = *value
	}
	return all
}
