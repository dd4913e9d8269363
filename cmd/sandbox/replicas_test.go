package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	composecli "github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/postgrestest"
)

// behindProxy stands for the engine: a network of its own, in which the name of the replicas has three addresses, as it has
// there. $0 is the program, $1 the hosts file, $2 the proxy's configuration.
const behindProxy = `
ip link set lo up
mount --bind "$1" /etc/hosts
for n in 2 3 4; do SANDBOX_ADDR=127.0.0.$n:8080 "$0" >&2 & done
for n in 2 3 4; do until "$0" healthcheck --url "http://127.0.0.$n:8080" 2>/dev/null; do sleep 0.1; done; done
caddy run --config "$2" --adapter caddyfile >&2 || kill $$ &
until "$0" healthcheck --url http://127.0.0.1 2>/dev/null; do sleep 0.1; done
for n in 1 2 3 4 5 6; do
  curl -fsS -D - http://127.0.0.1/cobrofacil/api/v1/clients/client-200 -H "Authorization: Bearer sandbox-cobrofacil-token"
done
curl -fsS http://127.0.0.1/_sandbox/apis -H "Authorization: Bearer $SANDBOX_CONTROL_TOKEN"`

func TestComposeExampleOfReplicas(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(projectRoot, "examples", "compose")
	load := func(environment ...string) (*types.Project, error) {
		options, err := composecli.NewProjectOptions([]string{filepath.Join(folder, "replicas.yml")}, composecli.WithName("example"), composecli.WithEnv(environment))
		require.NoError(t, err)
		return options.LoadProject(t.Context())
	}
	_, err := load()
	require.ErrorContains(t, err, "SANDBOX_CONTROL_TOKEN", "there is none that all the world knows")
	project, err := load("SANDBOX_CONTROL_TOKEN=token-of-mine")
	require.NoError(t, err)
	sandbox, proxy, postgres := project.Services["sandbox"], project.Services["proxy"], project.Services["postgres"]

	require.NotNil(t, sandbox.Build)
	assert.Equal(t, 3, *sandbox.Deploy.Replicas)
	assert.Equal(t, types.ServiceConditionHealthy, sandbox.DependsOn["postgres"].Condition)
	assert.Equal(t, types.ServiceConditionHealthy, proxy.DependsOn["sandbox"].Condition)
	assert.True(t, sandbox.ReadOnly)
	assert.Greater(t, time.Duration(*sandbox.StopGracePeriod), drain)
	assert.Empty(t, append(sandbox.Ports, postgres.Ports...), "the proxy alone is to be reached")
	require.Len(t, proxy.Ports, 1)
	assert.Equal(t, "127.0.0.1", proxy.Ports[0].HostIP, "published credentials must not be reachable from outside")
	require.Len(t, proxy.Volumes, 1)
	caddyfile, err := filepath.Abs(filepath.Join(folder, "Caddyfile"))
	require.NoError(t, err)
	assert.Equal(t, caddyfile, proxy.Volumes[0].Source)
	db, err := url.Parse(*sandbox.Environment["SANDBOX_DB"])
	require.NoError(t, err)
	password, _ := db.User.Password()
	assert.Equal(t, "postgres:5432", db.Host)
	assert.Equal(t, []string{*postgres.Environment["POSTGRES_USER"], *postgres.Environment["POSTGRES_PASSWORD"]}, []string{db.User.Username(), password})
	assert.Equal(t, "/"+db.User.Username(), db.Path, "the database that the image makes for the user")

	needNetwork(t)
	need(t, "caddy")
	server := postgrestest.Start(t)
	server.Exec(t, "CREATE DATABASE sandbox")
	dir := t.TempDir()
	hosts := filepath.Join(dir, "hosts")
	require.NoError(t, os.WriteFile(hosts, []byte("127.0.0.1 localhost\n127.0.0.2 sandbox\n127.0.0.3 sandbox\n127.0.0.4 sandbox\n"), 0o600))
	exe, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", behindProxy, exe, hosts, caddyfile)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "SANDBOX_TEST_MAIN=1", "XDG_DATA_HOME=" + dir, "XDG_CONFIG_HOME=" + dir}
	for name, value := range sandbox.Environment {
		if name == "SANDBOX_DB" { // in that network there is no other way to this machine's server
			*value = strings.Replace(*value, db.Host, "", 1) + "&host=" + server.Socket + fmt.Sprintf("&port=%d", server.Port)
		}
		cmd.Env = append(cmd.Env, name+"="+*value)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	answers, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	assert.Equal(t, 6, strings.Count(string(answers), `"external_reference":"client-200"`))
	assert.Contains(t, string(answers), `"base":"http://127.0.0.1/cobrofacil"`, "where the client asked, and not where the replica is")
	var runs []string
	for _, id := range regexp.MustCompile(`(?m)^X-Sandbox-Request-Id: (\w+)-`).FindAllStringSubmatch(string(answers), -1) {
		runs = append(runs, id[1])
	}
	slices.Sort(runs)
	assert.Len(t, slices.Compact(runs), 3, "each replica answers: %s", answers)
}
