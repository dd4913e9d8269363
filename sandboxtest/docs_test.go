package sandboxtest_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-0f456478/sandbox/sandboxtest"
)

// The pages of docs show these tests. Register and Lookup stand for the code under test.

// Register creates a client at ComplyCube, and tries again when no answer has come.
func Register(ctx context.Context, c *http.Client, url, key, reference string) (int, error) {
	body := `{"type":"person","email":"ada@example.com","externalId":"` + reference + `","personDetails":{"firstName":"Ada","lastName":"Paz"}}`
	for attempt := 1; ; attempt++ {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/clients", bytes.NewReader([]byte(body)))
		if err != nil {
			return 0, err
		}
		request.Header.Set("Authorization", key)
		request.Header.Set("Content-Type", "application/json")
		response, err := c.Do(request)
		if err == nil {
			_ = response.Body.Close()
			return response.StatusCode, nil
		}
		if attempt == 2 {
			return 0, err
		}
	}
}

// Lookup gets a client of Cobrofácil, and gives up after 30 seconds.
func Lookup(ctx context.Context, c *http.Client, url, token, id string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/api/v1/clients/"+id, nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := c.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

func TestRegister(t *testing.T) {
	for _, reference := range []string{"ada", "eva"} {
		t.Run(reference, func(t *testing.T) {
			t.Parallel()
			sb := sandboxtest.Workspace(t)
			partner := sb.API("complycube")
			if _, err := Register(t.Context(), http.DefaultClient, partner.URL, partner.Token, reference); err != nil {
				t.Fatal(err)
			}
			sb.Requests().Operation("complycube.createClient").Count(1)
		})
	}
}

func TestRegisterTwice(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Workspace(t)
	sb.Arm(sandboxtest.Fault{On: "complycube.createClient", Kind: sandboxtest.Lost, Times: 1})
	partner := sb.API("complycube")
	if _, err := Register(t.Context(), http.DefaultClient, partner.URL, partner.Token, "ada"); err != nil {
		t.Fatal(err)
	}
	// There are two clients of that reference now. A client that looks before it tries again would make one.
	sb.Requests().Operation("complycube.createClient").Status("2xx").Count(2)
	sb.Requests().Fault(sandboxtest.Lost).Count(1)
}

func TestLookupGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sb := sandboxtest.Start(t, sandboxtest.WithoutListener(), sandboxtest.WithClock(time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)))
		sb.Arm(sandboxtest.Fault{On: "cobrofacil.getClient", Kind: sandboxtest.Delay, Delay: time.Minute})
		partner := sb.API("cobrofacil")
		begun := time.Now()
		_, err := Lookup(t.Context(), sb.Client(), partner.URL, partner.Token, "client-200")
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != 30*time.Second {
			t.Fatal(err, time.Since(begun))
		}
	})
}

func TestLookupIsCancelled(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Workspace(t)
	slow := sb.Arm(sandboxtest.Fault{On: "cobrofacil.getClient", Kind: sandboxtest.Hold})
	partner := sb.API("cobrofacil")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := Lookup(ctx, http.DefaultClient, partner.URL, partner.Token, "client-200")
		ended <- err
	}()
	slow.WaitHeld(1, 10*time.Second) // it has arrived, and is not answered
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}
