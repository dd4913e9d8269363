//go:build linux

// Package image_test builds the image as the Dockerfile says and runs it, and reads the compose file, without a
// container engine: buildah does both from a folder of the test's own.
package image_test

import (
	"bufio"
	"bytes"
	"context"
	"debug/elf"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	imageName = "sandbox-test"
	// mostSize is what the image may have at most, in bytes.
	mostSize = 30_000_000
	// patience bounds every wait. It is only used up when something is broken.
	patience = time.Minute
)

// TestImage builds the image and runs it as a user id that it has never heard of.
func TestImage(t *testing.T) {
	t.Parallel()
	needBuildah(t)
	b := newBuildah(t)
	stage := buildStage(t, b.context(t))
	checkStatic(t, filepath.Join(stage, "out", "sandbox"))
	b.run(t, "bud", "--format", "docker", "--target", "runtime", "--build-context", "build="+stage, "--tag", imageName, root)
	checkConfig(t, b.inspect(t))

	c := b.newContainer(t)
	assert.Contains(t, b.run(t, "run", c.name, "--", "/sandbox", "version"), "sandbox v1.2.3-test ")
	address := c.start(t)
	require.Eventually(t, func() bool { return c.healthcheck(t, address) == nil }, patience, 100*time.Millisecond)
	const client = `{"first_name":"Eva","last_name":"Sosa","phone_number":"+59899123456","external_reference":"kept"}`
	assert.Equal(t, http.StatusCreated, call(t, http.MethodPost, "http://"+address+"/cobrofacil/api/v1/clients", client))
	c.stop(t)
	require.Error(t, c.healthcheck(t, address), "nobody listens any more")

	// The same container once more: what was written to /data is still there.
	address = c.start(t)
	require.NoError(t, c.healthcheck(t, address))
	assert.Equal(t, http.StatusOK, call(t, http.MethodGet, "http://"+address+"/cobrofacil/api/v1/clients/kept", ""))
	c.stop(t)

	// A database in memory keeps its files in /tmp, which any user may write to as well.
	address = c.start(t, "SANDBOX_DB=:memory:")
	assert.Equal(t, http.StatusNotFound, call(t, http.MethodGet, "http://"+address+"/cobrofacil/api/v1/clients/kept", ""))
	c.stop(t)

	// A volume keeps what was written for the next container.
	volume := t.TempDir()
	require.NoError(t, os.Chmod(volume, fs.ModeSticky|0o777)) // an engine gives a new one the mode of the image's folder
	for _, want := range []int{http.StatusCreated, http.StatusUnprocessableEntity} {
		c = b.newContainer(t, "--volume", volume+":/data")
		b.run(t, "config", "--volume", "/data-", c.name) // buildah would mount the one that the image declares over it
		address = c.start(t)
		assert.Equal(t, want, call(t, http.MethodPost, "http://"+address+"/cobrofacil/api/v1/clients", client), "its reference is taken the second time")
		c.stop(t)
	}
	assert.FileExists(t, filepath.Join(volume, "sandbox.db"))

	b.run(t, "bud", "--format", "docker", "--target", "runtime", "--platform", "linux/arm64", "--build-context", "build="+stage, "--tag", imageName+"-arm64", root)
	assert.Equal(t, "arm64", b.run(t, "inspect", "--type", "image", "--format", "{{.OCIv1.Architecture}}", imageName+"-arm64"))
}

// needBuildah skips the test where it cannot run, unless everything is required.
func needBuildah(t *testing.T) {
	t.Helper()
	missing := ""
	if _, err := exec.LookPath("buildah"); err != nil {
		missing = "buildah (Debian's package buildah)"
	} else if os.Geteuid() != 0 {
		missing = "to be root, since it runs the image as another user"
	}
	switch {
	case missing == "":
	case os.Getenv("SANDBOX_REQUIRE") == "all":
		t.Fatal("this test needs " + missing)
	default:
		t.Skip("this test needs " + missing)
	}
}

// buildStage runs what the Dockerfile's build stage does, in a copy of its build context, and returns the folder that
// stands for that stage's file system.
func buildStage(t *testing.T, source string) string {
	t.Helper()
	stage := t.TempDir()
	dockerfile := readFile(t, root+"/Dockerfile")
	build, _, found := strings.Cut(dockerfile, "\nFROM scratch AS runtime\n")
	require.True(t, found, "the runtime stage begins from scratch")

	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(readFile(t, root+"/go.mod"))
	require.Len(t, version, 2)
	assert.Contains(t, build, "FROM --platform=$BUILDPLATFORM golang:"+version[1]+" AS build\n", "the version that go.mod asks for")

	assert.Contains(t, build, "\nARG VERSION=devel TARGETOS TARGETARCH\n", "what the step of the program takes")
	steps := regexp.MustCompile(`(?m)^RUN (.* /out/.*)$`).FindAllStringSubmatch(build, -1)
	require.Len(t, steps, 2, "one makes the folders, one the program")
	assert.Contains(t, steps[1][1], " GOOS=$TARGETOS GOARCH=$TARGETARCH go build ", "for the platform of the image, not the builder's")
	for _, step := range steps {
		// The build container's umask; a developer's may be stricter.
		cmd := exec.CommandContext(t.Context(), "sh", "-c", "umask 022 && "+strings.ReplaceAll(step[1], "/out/", stage+"/out/"))
		cmd.Dir = source
		// The tests may run with -race, which needs cgo. The rest is what the builder gives.
		cmd.Env = append(os.Environ(), "GOFLAGS=", "VERSION=v1.2.3-test", "TARGETOS=linux", "TARGETARCH="+runtime.GOARCH)
		output, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s\n%s", step[1], output)
	}
	for _, folder := range []string{"data", "tmp"} {
		info, err := os.Stat(filepath.Join(stage, "out", folder))
		require.NoError(t, err)
		assert.Equal(t, fs.ModeDir|fs.ModeSticky|0o777, info.Mode(), "anybody may write to /%s", folder)
	}
	return stage
}

// checkStatic fails if the program asks for an interpreter or a shared library: the image has neither.
func checkStatic(t *testing.T, program string) {
	t.Helper()
	file, err := elf.Open(program)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	for _, part := range file.Progs {
		assert.NotEqual(t, elf.PT_INTERP, part.Type)
		assert.NotEqual(t, elf.PT_DYNAMIC, part.Type)
	}
	assert.Nil(t, file.Section(".dynamic"))
}

// image is what buildah tells about an image.
type image struct {
	Docker struct {
		Config struct {
			User         string
			Env          []string
			Volumes      map[string]any
			ExposedPorts map[string]any
			Entrypoint   []string
			Cmd          []string
			Healthcheck  struct {
				Test                           []string
				Interval, Timeout, StartPeriod time.Duration
			}
		} `json:"config"`
	}
	Manifest string
}

func checkConfig(t *testing.T, i image) {
	t.Helper()
	config := i.Docker.Config
	assert.Equal(t, "65532:65532", config.User, "a number, so that an engine can see that it is not root")
	assert.Subset(t, config.Env, []string{"SANDBOX_ADDR=0.0.0.0:8080", "SANDBOX_DB=/data/sandbox.db"})
	assert.Contains(t, config.Volumes, "/data")
	assert.Contains(t, config.ExposedPorts, "8080/tcp")
	assert.Equal(t, []string{"/sandbox"}, config.Entrypoint)
	assert.Empty(t, config.Cmd)
	assert.Equal(t, []string{"CMD", "/sandbox", "healthcheck"}, config.Healthcheck.Test, "there is no shell, and no curl")
	assert.Positive(t, config.Healthcheck.Interval)
	assert.Positive(t, config.Healthcheck.Timeout)

	var manifest struct{ Layers []struct{ Size int } }
	require.NoError(t, json.Unmarshal([]byte(i.Manifest), &manifest))
	size := 0
	for _, layer := range manifest.Layers {
		size += layer.Size
	}
	assert.Positive(t, size)
	assert.Less(t, size, mostSize, "bytes")
}

// buildah keeps its images and containers in a folder of the test's own.
type buildah struct {
	folder string
}

func newBuildah(t *testing.T) *buildah {
	t.Helper()
	b := &buildah{t.TempDir()}
	require.NoError(t, os.Mkdir(filepath.Join(b.folder, "tmp"), 0o700))
	t.Cleanup(func() { // what is mounted cannot be removed
		for _, args := range [][]string{{"umount", "--all"}, {"rm", "--all"}, {"rmi", "--all", "--force"}} {
			output, err := b.command(context.Background(), args...).CombinedOutput()
			assert.NoError(t, err, "buildah %v\n%s", args, output)
		}
	})
	return b
}

func (b *buildah) command(ctx context.Context, args ...string) *exec.Cmd {
	// vfs and chroot need nothing of the machine but root: no overlay file system, no namespaces of the user's.
	storage := []string{"--storage-driver", "vfs", "--root", filepath.Join(b.folder, "root"), "--runroot", filepath.Join(b.folder, "run")}
	cmd := exec.CommandContext(ctx, "buildah", append(storage, args...)...)
	cmd.Env = append(os.Environ(), "BUILDAH_ISOLATION=chroot", "TMPDIR="+filepath.Join(b.folder, "tmp"))
	return cmd
}

func (b *buildah) run(t *testing.T, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := b.command(t.Context(), args...)
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	require.NoError(t, err, "buildah %v\n%s", args, stderr.String())
	return strings.TrimSpace(string(stdout))
}

// context returns a folder with what `COPY . .` copies: .dockerignore leaves much out, and is to leave in what the
// program is built from.
func (b *buildah) context(t *testing.T) string {
	t.Helper()
	dockerfile := filepath.Join(b.folder, "context")
	require.NoError(t, os.WriteFile(dockerfile, []byte("FROM scratch\nCOPY . /src\n"), 0o600))
	b.run(t, "bud", "--file", dockerfile, "--tag", "context", root)
	source := filepath.Join(b.run(t, "mount", b.run(t, "from", "--pull-never", "context")), "src")
	assert.NoFileExists(t, filepath.Join(source, "README.md"), "a change of it must not build the program again")
	return source
}

func (b *buildah) inspect(t *testing.T) (i image) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(b.run(t, "inspect", "--type", "image", imageName)), &i))
	return i
}

// container runs the image, again and again on the same files.
type container struct {
	*buildah
	name string
	user int
	with []string  // flags
	cmd  *exec.Cmd // while it runs
	log  *bytes.Buffer
}

func (b *buildah) newContainer(t *testing.T, with ...string) *container {
	t.Helper()
	// A user id that nothing else on the machine has, by which the server is found.
	c := &container{buildah: b, name: b.run(t, "from", "--pull-never", imageName), user: 100_000 + os.Getpid(), with: with}
	t.Cleanup(func() {
		if c.cmd != nil {
			_ = syscall.Kill(c.server(t), syscall.SIGKILL)
			_ = c.cmd.Wait()
		}
	})
	return c
}

func (c *container) command(ctx context.Context, environment []string, args ...string) *exec.Cmd {
	all := append([]string{"run", "--user", strconv.Itoa(c.user) + ":54321"}, c.with...)
	for _, variable := range environment {
		all = append(all, "--env", variable)
	}
	return c.buildah.command(ctx, append(append(all, c.name, "--", "/sandbox"), args...)...)
}

// start starts the sandbox on a free port, the machine's network being the container's, and returns its address when it
// says that it is ready.
func (c *container) start(t *testing.T, environment ...string) (address string) {
	t.Helper()
	c.log = &bytes.Buffer{}
	cmd := c.command(context.Background(), append(environment, "SANDBOX_ADDR=127.0.0.1:0"))
	cmd.Stderr = c.log
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	c.cmd = cmd

	found := make(chan string, 1)
	go func() {
		defer close(found)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			if at, ok := strings.CutPrefix(lines.Text(), "sandbox ready on http://"); ok {
				found <- at
			}
		}
	}()
	select {
	case address, ok := <-found:
		require.True(t, ok, "it ended before it was ready")
		return address
	case <-time.After(patience):
		require.Fail(t, "it is not ready yet")
		return ""
	}
}

// stop asks the server to end, and fails unless it does so in good order. buildah passes no signal on to it.
func (c *container) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, syscall.Kill(c.server(t), syscall.SIGTERM))
	late := time.AfterFunc(patience, func() { _ = c.cmd.Process.Kill() })
	defer late.Stop()
	err := c.cmd.Wait()
	c.cmd = nil
	require.NoError(t, err, c.log)
	assert.Contains(t, c.log.String(), "shutting down")
}

// server is the process id of the server: the container's user runs it, and its name tells it from buildah's own helper.
func (c *container) server(t *testing.T) int {
	t.Helper()
	processes, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(t, err)
	for _, process := range processes {
		info, err := os.Stat(process)
		if err != nil || int(info.Sys().(*syscall.Stat_t).Uid) != c.user {
			continue
		}
		if line, err := os.ReadFile(process + "/cmdline"); err == nil && string(line) == "/sandbox\x00" {
			id, err := strconv.Atoi(filepath.Base(process))
			require.NoError(t, err)
			return id
		}
	}
	require.Fail(t, "the server does not run", c.log)
	return 0
}

// healthcheck runs the command of the image's HEALTHCHECK against a sandbox at the address.
func (c *container) healthcheck(t *testing.T, address string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return c.command(ctx, []string{"SANDBOX_ADDR=" + address}, "healthcheck").Run()
}

// call is the status that the sandbox answers.
func call(t *testing.T, method, url, body string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer sandbox-cobrofacil-token")
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}
