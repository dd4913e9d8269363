package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	composecli "github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// inNetwork stands for the engine: a network of its own, in which the names are the sandbox's. $0 is the program, $1 the
// hosts file, $2 the application.
const inNetwork = `
ip link set lo up
mount --bind "$1" /etc/hosts
"$0" >&2 &
trap "kill $!" EXIT
until "$0" healthcheck 2>/dev/null; do sleep 0.1; done
sh "$2"`

// The example's application calls the partners by their real names, over HTTPS, and the sandbox answers.
func TestComposeExample(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(projectRoot, "examples", "compose")
	options, err := composecli.NewProjectOptions([]string{filepath.Join(folder, "compose.yaml")}, composecli.WithName("example"))
	require.NoError(t, err)
	project, err := options.LoadProject(t.Context())
	require.NoError(t, err)
	sandbox, application := project.Services["sandbox"], project.Services["app"]

	require.NotNil(t, sandbox.Build)
	assert.Empty(t, sandbox.Ports, "only the application is to reach it")
	assert.Equal(t, "0", sandbox.Sysctls["net.ipv4.ip_unprivileged_port_start"], "the image's user is not root")
	assert.Equal(t, types.ServiceConditionHealthy, application.DependsOn["sandbox"].Condition)
	assert.Equal(t, types.ShellCommand{"sh", "/app.sh"}, application.Command)
	require.Len(t, application.Volumes, 1)
	assert.Equal(t, "/app.sh", application.Volumes[0].Target)
	script, err := filepath.Abs(filepath.Join(folder, "app.sh"))
	require.NoError(t, err)
	assert.Equal(t, script, application.Volumes[0].Source)

	needNetwork(t)
	hosts := filepath.Join(t.TempDir(), "hosts")
	names := append([]string{"127.0.0.1 sandbox"}, sandbox.Networks["default"].Aliases...)
	require.NoError(t, os.WriteFile(hosts, []byte(strings.Join(names, " ")+"\n"), 0o600))
	exe, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", inNetwork, exe, hosts, script)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "SANDBOX_TEST_MAIN=1"}
	for name, value := range sandbox.Environment {
		cmd.Env = append(cmd.Env, name+"="+*value)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	answers, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	for _, part := range []string{`"external_reference":"client-200"`, `"alias":"CAPCORP"`, `"pageSize":1`, `"error":null`, `"id":"982710394857200005"`} {
		assert.Contains(t, string(answers), part)
	}
}

// needNetwork skips the test where it cannot have a network of its own, unless everything is required.
func needNetwork(t *testing.T) {
	t.Helper()
	need(t, "curl", "sh", "unshare", "ip")
	if os.Geteuid() != 0 {
		missing(t, "to be root, since it makes a network of its own")
	}
}
