package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/seed-0f456478/sandbox/internal/control"
)

type healthcheckCommand struct {
	URL         string `help:"The sandbox to ask; by default the one that SANDBOX_ADDR describes, on this machine."`
	Addr        string `default:"127.0.0.1:8080" hidden:""`
	ControlAddr string `hidden:""`
}

func (c *healthcheckCommand) Run(ctx context.Context) error {
	url := c.URL
	if url == "" {
		url = urlOf(cmp.Or(c.ControlAddr, c.Addr))
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+control.Root+"/readyz", http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("the sandbox does not answer: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the sandbox at %s is not ready: %s", url, response.Status)
	}
	return nil
}

// urlOf is where a sandbox that listens on addr is reached from its own machine.
func urlOf(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "http://" + addr
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
