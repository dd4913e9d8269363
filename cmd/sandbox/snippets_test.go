package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// snippet is what a CI system's file says of the sandbox and of the job that asks it.
type snippet struct {
	image       string
	service     map[string]string // the sandbox's environment
	at          string            // where the job finds it
	environment map[string]string // of the job
	commands    []string
}

func gitHubSnippet(t *testing.T) snippet {
	t.Helper()
	var file struct {
		Jobs struct {
			Test struct {
				Services struct {
					Sandbox struct {
						Image string
						Ports []string
						Env   map[string]string
					}
				}
				Env   map[string]string
				Steps []struct{ Run string }
			}
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(readFile(t, "examples/ci/github-actions.yml")), &file))
	job := file.Jobs.Test
	sandbox := job.Services.Sandbox
	assert.Equal(t, []string{"8080:8080"}, sandbox.Ports)
	s := snippet{sandbox.Image, sandbox.Env, "http://127.0.0.1:8080", job.Env, nil}
	for _, step := range job.Steps {
		if step.Run != "" {
			s.commands = append(s.commands, step.Run)
		}
	}
	return s
}

func gitLabSnippet(t *testing.T) snippet {
	t.Helper()
	var file struct {
		Test struct {
			Services []struct {
				Name, Alias string
				Variables   map[string]string
			}
			Variables   map[string]string
			Script      []string
			AfterScript []string `yaml:"after_script"`
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(readFile(t, "examples/ci/gitlab-ci.yml")), &file))
	job := file.Test
	require.Len(t, job.Services, 1)
	return snippet{
		job.Services[0].Name, job.Services[0].Variables, "http://" + job.Services[0].Alias + ":8080", job.Variables,
		slices.Concat(job.Script, job.AfterScript),
	}
}

// The files for CI systems start the sandbox with flags that it has, and ask it what it answers.
func TestCISnippets(t *testing.T) {
	t.Parallel()
	need(t, "curl", "sh")
	flags := map[string]string{}
	for _, flag := range serveFlags(t) {
		flags[flag.Envs[0]] = flag.Name
	}
	// The CI system's own variables.
	variables := strings.NewReplacer("${{ github.run_id }}", "4711", "$CI_PIPELINE_ID", "4711")
	for name, s := range map[string]snippet{"github-actions.yml": gitHubSnippet(t), "gitlab-ci.yml": gitLabSnippet(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, "ghcr.io/seed-0f456478/sandbox:latest", s.image)
			var args []string
			for variable, value := range s.service {
				require.Contains(t, flags, variable, "no flag of the sandbox")
				args = append(args, "--"+flags[variable]+"="+variables.Replace(value))
			}
			p := start(t, args...)
			dir := t.TempDir()
			require.Len(t, s.commands, 2)
			for _, line := range s.commands {
				cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
				cmd.Dir, cmd.Env = dir, []string{"PATH=" + os.Getenv("PATH")}
				for _, variable := range slices.Sorted(maps.Keys(s.environment)) {
					value := strings.ReplaceAll(variables.Replace(s.environment[variable]), s.at, p.url)
					cmd.Env = append(cmd.Env, variable+"="+value)
				}
				output, err := cmd.CombinedOutput()
				require.NoError(t, err, "%s\n%s", line, output)
			}
			journal, err := os.ReadFile(filepath.Join(dir, "requests.har"))
			require.NoError(t, err)
			assert.Contains(t, string(journal), "client-200")
		})
	}
}

// Actions are pinned by commit: a tag can be moved. A workflow may no more than read, unless a job says why.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	for _, name := range []string{".github/workflows/ci.yml", ".github/workflows/release.yml", "examples/ci/github-actions.yml"} {
		text := readFile(t, name)
		var file struct {
			Permissions map[string]string
			Jobs        map[string]struct{ Permissions map[string]string }
		}
		require.NoError(t, yaml.Unmarshal([]byte(text), &file), name)
		assert.Equal(t, map[string]string{"contents": "read"}, file.Permissions, name)
		for _, uses := range regexp.MustCompile(`uses: (.*)`).FindAllStringSubmatch(text, -1) {
			if !strings.HasPrefix(uses[1], "./") {
				assert.Regexp(t, `^[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`, uses[1], name)
			}
		}
		for job, j := range file.Jobs {
			for what, access := range j.Permissions {
				assert.True(t, access == "read" || strings.Contains(text, "\n      "+what+": write # "), "%s: job %s may write %s without saying why", name, job, what)
			}
		}
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(readFile(t, "go.mod"))[1]
	ci, release := readFile(t, ".github/workflows/ci.yml"), readFile(t, ".github/workflows/release.yml")
	assert.Contains(t, ci, "image: golang:"+version+"-")
	assert.Contains(t, ci, "- run: bash .ci/run\n")
	for _, text := range []string{ci, release} {
		assert.Contains(t, text, `go-version: "`+version+`"`)
	}
	assert.Contains(t, release, "- run: VERSION=$GITHUB_REF_NAME .ci/release\n")
}
