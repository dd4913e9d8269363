package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/seed-0f456478/sandbox/internal/postgrestest"
)

// The parts of Kubernetes' objects that the example uses, and no others, so that a misspelt one is refused.
type (
	object struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Metadata   struct {
			Name   string
			Labels map[string]string
		}
		StringData map[string]string `yaml:"stringData"`
		Spec       struct {
			Replicas int
			Selector yaml.Node // of a Service it is the labels themselves
			Strategy struct {
				RollingUpdate struct {
					MaxUnavailable int `yaml:"maxUnavailable"`
					MaxSurge       int `yaml:"maxSurge"`
				} `yaml:"rollingUpdate"`
			}
			MaxUnavailable int `yaml:"maxUnavailable"`
			Template       struct {
				Metadata struct{ Labels map[string]string }
				Spec     pod
			}
			Ports []struct {
				Name       string
				Port       int
				TargetPort string `yaml:"targetPort"`
			}
		}
	}
	pod struct {
		AutomountServiceAccountToken  *bool `yaml:"automountServiceAccountToken"`
		EnableServiceLinks            *bool `yaml:"enableServiceLinks"`
		TerminationGracePeriodSeconds int   `yaml:"terminationGracePeriodSeconds"`
		TopologySpreadConstraints     []struct {
			MaxSkew           int    `yaml:"maxSkew"`
			TopologyKey       string `yaml:"topologyKey"`
			WhenUnsatisfiable string `yaml:"whenUnsatisfiable"`
			LabelSelector     struct {
				MatchLabels map[string]string `yaml:"matchLabels"`
			} `yaml:"labelSelector"`
		} `yaml:"topologySpreadConstraints"`
		SecurityContext struct {
			RunAsNonRoot   bool                  `yaml:"runAsNonRoot"`
			RunAsUser      int                   `yaml:"runAsUser"`
			RunAsGroup     int                   `yaml:"runAsGroup"`
			SeccompProfile struct{ Type string } `yaml:"seccompProfile"`
		} `yaml:"securityContext"`
		Containers []container
	}
	container struct {
		Name, Image string
		Env         []struct {
			Name, Value string
			ValueFrom   struct {
				SecretKeyRef struct{ Name, Key string } `yaml:"secretKeyRef"`
			} `yaml:"valueFrom"`
		}
		Ports []struct {
			Name          string
			ContainerPort int `yaml:"containerPort"`
		}
		StartupProbe   probe `yaml:"startupProbe"`
		LivenessProbe  probe `yaml:"livenessProbe"`
		ReadinessProbe probe `yaml:"readinessProbe"`
		Lifecycle      struct {
			PreStop struct{ Sleep struct{ Seconds int } } `yaml:"preStop"`
		}
		Resources       struct{ Requests, Limits map[string]string }
		SecurityContext struct {
			AllowPrivilegeEscalation *bool `yaml:"allowPrivilegeEscalation"`
			ReadOnlyRootFilesystem   bool  `yaml:"readOnlyRootFilesystem"`
			Capabilities             struct{ Drop []string }
		} `yaml:"securityContext"`
	}
	probe struct {
		HTTPGet          struct{ Path, Port string } `yaml:"httpGet"`
		PeriodSeconds    int                         `yaml:"periodSeconds"`
		TimeoutSeconds   int                         `yaml:"timeoutSeconds"`
		FailureThreshold int                         `yaml:"failureThreshold"`
	}
)

// objects reads the example, by kind.
func objects(t *testing.T) map[string]object {
	t.Helper()
	all := map[string]object{}
	for _, file := range []string{"secret.yaml", "sandbox.yaml"} {
		documents := yaml.NewDecoder(strings.NewReader(readFile(t, "examples/kubernetes/"+file)))
		documents.KnownFields(true)
		for {
			var o object
			err := documents.Decode(&o)
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err, file)
			assert.Equal(t, "sandbox", o.Metadata.Name)
			all[o.Kind] = o
		}
	}
	return all
}

func TestKubernetesExample(t *testing.T) {
	t.Parallel()
	all := objects(t)
	deployment, service, secret, budget := all["Deployment"], all["Service"], all["Secret"], all["PodDisruptionBudget"]
	assert.Equal(t, []string{"apps/v1", "v1", "v1", "policy/v1"}, []string{deployment.APIVersion, service.APIVersion, secret.APIVersion, budget.APIVersion})
	spec := deployment.Spec.Template.Spec
	require.Len(t, spec.Containers, 1)
	c := spec.Containers[0]

	labels := deployment.Spec.Template.Metadata.Labels
	var selector struct {
		MatchLabels map[string]string `yaml:"matchLabels"`
	}
	for _, o := range []object{deployment, budget} {
		require.NoError(t, o.Spec.Selector.Decode(&selector))
		assert.Equal(t, labels, selector.MatchLabels, o.Kind)
	}
	var selected map[string]string
	require.NoError(t, service.Spec.Selector.Decode(&selected))
	assert.Equal(t, labels, selected)
	assert.Equal(t, labels, spec.TopologySpreadConstraints[0].LabelSelector.MatchLabels)
	assert.Greater(t, deployment.Spec.Replicas, budget.Spec.MaxUnavailable)
	assert.Positive(t, deployment.Spec.Strategy.RollingUpdate.MaxSurge)

	dockerfile := readFile(t, "Dockerfile")
	assert.Contains(t, dockerfile, "USER 65532:65532\n")
	assert.Equal(t, []int{65532, 65532}, []int{spec.SecurityContext.RunAsUser, spec.SecurityContext.RunAsGroup}, "the image's user")
	assert.True(t, spec.SecurityContext.RunAsNonRoot && c.SecurityContext.ReadOnlyRootFilesystem)
	assert.Equal(t, []string{"ALL"}, c.SecurityContext.Capabilities.Drop)
	for _, off := range []*bool{spec.AutomountServiceAccountToken, spec.EnableServiceLinks, c.SecurityContext.AllowPrivilegeEscalation} {
		require.NotNil(t, off)
		assert.False(t, *off)
	}
	assert.Greater(t, spec.TerminationGracePeriodSeconds, c.Lifecycle.PreStop.Sleep.Seconds+int(drain.Seconds()))
	assert.NotEmpty(t, c.Resources.Requests)
	assert.Contains(t, c.Resources.Limits, "memory")
	assert.Regexp(t, `^ghcr\.io/`+strings.TrimPrefix(modulePath(t), "github.com/")+":", c.Image, "what a release publishes")

	require.Len(t, c.Ports, 1)
	port := c.Ports[0]
	assert.Contains(t, dockerfile, "SANDBOX_ADDR=0.0.0.0:8080 ")
	assert.Equal(t, 8080, port.ContainerPort)
	require.Len(t, service.Spec.Ports, 1)
	assert.Equal(t, port.Name, service.Spec.Ports[0].TargetPort)
	p := start(t, "--db=:memory:")
	for _, probe := range []probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
		assert.Equal(t, port.Name, probe.HTTPGet.Port)
		status, body, err := p.do(t, "GET", probe.HTTPGet.Path, "", "Authorization: ")
		require.NoError(t, err)
		assert.Equal(t, 200, status, body)
	}
}

// A replica runs with what the Deployment gives it, and needs no folder of its own; with a Secret that nobody has filled in
// it says what is missing.
func TestKubernetesEnvironment(t *testing.T) {
	t.Parallel()
	all := objects(t)
	secret := all["Secret"].StringData
	replica := func(db, token string) []string {
		var environment []string
		for _, variable := range all["Deployment"].Spec.Template.Spec.Containers[0].Env {
			value := variable.Value
			if ref := variable.ValueFrom.SecretKeyRef; ref.Name != "" {
				assert.Equal(t, all["Secret"].Metadata.Name, ref.Name)
				require.Contains(t, secret, ref.Key)
				value = map[string]string{"db": db, "control-token": token}[ref.Key]
			}
			environment = append(environment, variable.Name+"="+value)
		}
		return append(environment, "TMPDIR=/nowhere")
	}
	unfilled := command(t.Context(), t, "--addr=0.0.0.0:0")
	unfilled.Env = append(unfilled.Env, replica(secret["db"], secret["control-token"])...)
	var stderr bytes.Buffer
	unfilled.Stderr = &stderr
	require.Error(t, unfilled.Run())
	assert.Contains(t, stderr.String(), "choose one with --control-token, the same for all")

	p := startWith(t, replica(postgrestest.Start(t).DB(t), "control-token-of-mine"), "--addr=0.0.0.0:0")
	status, body, err := p.do(t, "GET", "/_sandbox/readyz", "", "Authorization: ")
	require.NoError(t, err)
	assert.Equal(t, 200, status, body)
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	assert.Equal(t, 0, p.end(t), p.stderr.String())
}

// modulePath is the module's name, which is the repository's.
func modulePath(t *testing.T) string {
	t.Helper()
	return strings.Fields(readFile(t, "go.mod"))[1]
}
