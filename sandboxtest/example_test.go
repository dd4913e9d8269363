package sandboxtest_test

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/seed-0f456478/sandbox/sandboxtest"
)

// send stands for the code under test: a client of Cobrofácil.
func send(c *http.Client, api sandboxtest.API, method, path, body string) (status string) {
	request, err := http.NewRequest(method, api.URL+path, strings.NewReader(body))
	if err != nil {
		return err.Error()
	}
	request.Header.Set("Authorization", "Bearer "+api.Token)
	request.Header.Set("Content-Type", "application/json")
	response, err := c.Do(request)
	if err != nil {
		return "no answer"
	}
	defer func() { _ = response.Body.Close() }()
	return response.Status
}

// A sandbox for one test, whose port any client reaches.
func ExampleStart() {
	t := &test{} // in a test, its *testing.T
	defer t.end()

	sb := sandboxtest.Start(t)
	status := send(http.DefaultClient, sb.API("cobrofacil"), "GET", "/api/v1/clients/client-200", "")
	fmt.Println(status)
	// Output: 200 OK
}

// No port: the client's Transport leads to the sandbox.
func ExampleWithoutListener() {
	t := &test{}
	defer t.end()

	sb := sandboxtest.Start(t, sandboxtest.WithoutListener())
	fmt.Println(sb.API("cobrofacil").URL)
	fmt.Println(send(sb.Client(), sb.API("cobrofacil"), "GET", "/api/v1/clients/client-200", ""))
	// Output:
	// http://sandbox.localhost/cobrofacil
	// 200 OK
}

// The same reference twice, each in a workspace of its own.
func ExampleWorkspace() {
	t := &test{}
	defer t.end()

	const ada = `{"first_name": "Ada", "last_name": "Paz", "phone_number": "+526640000000", "external_reference": "ada"}`
	one, other := sandboxtest.Workspace(t), sandboxtest.Workspace(t)
	fmt.Println(send(one.Client(), one.API("cobrofacil"), "POST", "/api/v1/clients", ada))
	fmt.Println(send(other.Client(), other.API("cobrofacil"), "POST", "/api/v1/clients", ada))
	fmt.Println(send(other.Client(), other.API("cobrofacil"), "POST", "/api/v1/clients", ada))
	// Output:
	// 201 Created
	// 201 Created
	// 422 Unprocessable Entity
}

// An answer is lost, though the creation was done.
func ExampleSandbox_Arm() {
	t := &test{}
	defer t.end()

	sb := sandboxtest.Workspace(t)
	sb.Arm(sandboxtest.Fault{On: "cobrofacil.createClient", Kind: sandboxtest.Lost, Times: 1})
	const ada = `{"first_name": "Ada", "last_name": "Paz", "phone_number": "+526640000000", "external_reference": "ada"}`
	fmt.Println(send(sb.Client(), sb.API("cobrofacil"), "POST", "/api/v1/clients", ada))
	fmt.Println(send(sb.Client(), sb.API("cobrofacil"), "GET", "/api/v1/clients/ada", ""))
	// Output:
	// no answer
	// 200 OK
}

// What was sent, and why it was refused.
func ExampleRequests() {
	t := &test{}
	defer t.end()

	sb := sandboxtest.Workspace(t)
	send(sb.Client(), sb.API("cobrofacil"), "POST", "/api/v1/clients", `{"first_name": "Ada", "last_name": "Paz", "phone_number": "664"}`)

	creations := sb.Requests().Operation("cobrofacil.createClient")
	creations.Status("201").Count(0)
	refused := creations.Status("422").One()
	for _, v := range refused.Violations {
		fmt.Println(v.Member, "is refused by", v.Rule, "and", v.Passes, "would pass")
	}
	// Output: phone_number is refused by COB-22 and +526640000000 would pass
}

// A day passes at once.
func ExampleSandbox_Advance() {
	t := &test{}
	defer t.end()

	sb := sandboxtest.Workspace(t, sandboxtest.WithFrozenClock(time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)))
	sb.Advance(24 * time.Hour)
	fmt.Println(sb.Now())
	// Output: 2027-03-02 12:00:00 +0000 UTC
}
