//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// unchanged calls ComplyCube with the partner's own client as anybody would write it: nothing says where the sandbox is.
const unchanged = `
const { ComplyCube } = require("@complycube/api");
(async () => {
  const complycube = new ComplyCube({ apiKey: "test_sandbox" });
  const made = await complycube.client.create({ type: "person", email: "eva@example.com", personDetails: { firstName: "Eva", lastName: "Sosa" } });
  const got = await complycube.client.get(made.id);
  console.log(JSON.stringify(got.personDetails));
})();
`

// With the partner's name in /etc/hosts and the CA trusted, clients need no other change: not the partner's own client for
// Node.js, and not the tenants' addresses in GeoTareas' examples.
func TestUnchangedClients(t *testing.T) {
	t.Parallel()
	client := filepath.Join(projectRoot, "internal", "complycube", "testdata", "client")
	need(t, "curl", "node")
	if _, err := os.Stat(filepath.Join(client, "node_modules", "@complycube", "api")); err != nil {
		missing(t, "the partner's client: npm ci in internal/complycube/testdata/client")
	}
	if !withHosts(t, "127.0.0.1 api.complycube.com acme.eu.geotareas.com\n") {
		return
	}
	p := start(t, "--db=:memory:", "--tls-addr=127.0.0.1:443")
	ca := p.ca(t)
	sh := func(variables []string, args ...string) string {
		var stderr bytes.Buffer
		c := exec.CommandContext(t.Context(), args[0], args[1:]...)
		c.Dir, c.Stderr = client, &stderr
		c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, variables...)
		out, err := c.Output()
		require.NoError(t, err, "%s%s", out, stderr.String())
		return string(out)
	}
	assert.JSONEq(t, `{"firstName":"Eva","lastName":"Sosa"}`, sh([]string{"NODE_EXTRA_CA_CERTS=" + ca}, "node", "-e", unchanged))
	o := p.tell(t, "", "requests", "--json")
	var came []struct{ Operation, Scheme, Host string }
	require.NoError(t, json.Unmarshal([]byte(o.out), &came))
	require.Len(t, came, 2) // newest first
	assert.Equal(t, []string{"createClient", "https", "api.complycube.com"}, []string{came[1].Operation, came[1].Scheme, came[1].Host})

	list := readFile(t, "internal/apidev/testdata/documented/list.sh")
	answer := sh([]string{"CURL_CA_BUNDLE=" + ca, "TENANT=acme.eu.geotareas.com", "TOKEN=sandbox-apidev-token", "APIKEY=gtk_sandbox"}, "sh", "-c", list)
	assert.Contains(t, answer, `"name":"Regional Distributors"`)
}

const inNamespace = "SANDBOX_TEST_IN_NAMESPACE"

// withHosts runs the test once more, with hosts of its own and a loopback on which every port is free; nothing outside
// notices. It returns true there, and false once that is done.
func withHosts(t *testing.T, hosts string) (inside bool) {
	t.Helper()
	if os.Getenv(inNamespace) != "" {
		if err := enter(t, hosts); err != nil {
			t.Skip(err)
		}
		return true
	}
	exe, err := os.Executable()
	require.NoError(t, err)
	why := ""
	for _, flags := range []uintptr{syscall.CLONE_NEWUSER, 0} { // as anybody, and as root where that is not allowed
		c := exec.CommandContext(t.Context(), exe, "-test.run=^"+t.Name()+"$", "-test.v")
		c.Env = append(os.Environ(), inNamespace+"=1")
		c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET}
		if flags != 0 {
			c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
			c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
		}
		out, err := c.CombinedOutput()
		switch {
		case err == nil && strings.Contains(string(out), "--- PASS"):
			return false
		case err == nil && strings.Contains(string(out), "--- SKIP"):
			why += string(out)
		case c.ProcessState == nil: // it did not start
			why += err.Error() + "\n"
		default:
			require.NoError(t, err, string(out))
		}
	}
	missing(t, "namespaces for users, mounts and networks, or root's leave to make them:\n"+why)
	return false
}

// enter makes the namespaces that the process is in fit to use.
func enter(t *testing.T, hosts string) error {
	t.Helper()
	file := filepath.Join(t.TempDir(), "hosts")
	require.NoError(t, os.WriteFile(file, []byte(hosts), 0o644))
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return os.NewSyscallError("make mounts private", err)
	}
	if err := unix.Mount(file, "/etc/hosts", "", unix.MS_BIND, ""); err != nil {
		return os.NewSyscallError("mount /etc/hosts", err)
	}
	loopback, err := unix.NewIfreq("lo")
	require.NoError(t, err)
	loopback.SetUint16(unix.IFF_UP)
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer func() { _ = unix.Close(socket) }()
	return os.NewSyscallError("bring loopback up", unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, loopback))
}
