// Package sandbox starts the sandbox's image for a test, by testcontainers-go. It is a module of its own, so that who uses
// the sandbox without containers downloads nothing of them.
//
//	c, err := sandbox.Run(ctx, "ghcr.io/seed-0f456478/sandbox:latest")
//	testcontainers.CleanupContainer(t, c)
//	require.NoError(t, err)
//	client := cobrofacil.New(c.Cobrofacil(), "sandbox-cobrofacil-token@"+strings.ToLower(t.Name()))
//
// One container serves all tests of a package: each names a workspace of its own behind the token, of a-z, 0-9, _ and -.
package sandbox

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

const (
	port     = "8080/tcp"
	tokenEnv = "SANDBOX_CONTROL_TOKEN"
)

// Container is a running sandbox.
type Container struct {
	testcontainers.Container
	url   string
	token string
}

// Run starts a container of the image and returns when the sandbox is ready. Its database is in memory, and its control
// token is made for it. Options come last: testcontainers.WithEnv sets what the sandbox's flags are named in the
// environment. With an error there may be a container all the same, for CleanupContainer to remove.
func Run(ctx context.Context, image string, options ...testcontainers.ContainerCustomizer) (*Container, error) {
	request, err := newRequest(image, options)
	if err != nil {
		return nil, err
	}
	started, err := testcontainers.GenericContainer(ctx, request)
	if started == nil {
		return nil, fmt.Errorf("start the sandbox: %w", err)
	}
	c := &Container{Container: started, token: request.Env[tokenEnv]}
	if err != nil {
		return c, fmt.Errorf("start the sandbox: %w", err)
	}
	if c.url, err = started.PortEndpoint(ctx, port, "http"); err != nil {
		return c, fmt.Errorf("find the sandbox's port: %w", err)
	}
	return c, nil
}

func newRequest(image string, options []testcontainers.ContainerCustomizer) (testcontainers.GenericContainerRequest, error) {
	request := testcontainers.GenericContainerRequest{
		ContainerRequest: testcontainers.ContainerRequest{
			Image:        image,
			ExposedPorts: []string{port},
			Env:          map[string]string{"SANDBOX_DB": ":memory:", tokenEnv: rand.Text()},
			WaitingFor:   wait.ForHTTP("/_sandbox/readyz").WithPort(port),
		},
		Started: true,
	}
	for _, option := range options {
		if err := option.Customize(&request); err != nil {
			return request, fmt.Errorf("an option of the sandbox: %w", err)
		}
	}
	return request, nil
}

// URL is where the sandbox is, like http://localhost:32768. With /w/NAME behind it, and then an API's base, it names a
// workspace without a token.
func (c *Container) URL() string { return c.url }

// Cobrofacil stands in the place of https://host in the partner's URLs, like the following.
func (c *Container) Cobrofacil() string { return c.url + "/cobrofacil" }

// Subclients is the base of Nueve09's subclients.
func (c *Container) Subclients() string { return c.url + "/subclients" }

// ComplyCube is ComplyCube's base.
func (c *Container) ComplyCube() string { return c.url + "/complycube" }

// Kobra is Kobra's base.
func (c *Container) Kobra() string { return c.url + "/kobra" }

// Apidev is GeoTareas' base. Its own paths begin with /apidev.
func (c *Container) Apidev() string { return c.url }

// ControlURL is the control API, whose calls take ControlToken behind Authorization: Bearer.
func (c *Container) ControlURL() string { return c.url + "/_sandbox" }

// ControlToken opens the control API.
func (c *Container) ControlToken() string { return c.token }
