package sandboxtest

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/control/client"
)

// server is a running sandbox.
type server struct {
	app       *app.App
	url       string
	listening []*httptest.Server
	transport *http.Transport // reaches it without the network
	control   *client.Client
	made      atomic.Int64 // workspaces
}

func newServer(o options) (*server, error) {
	asked, err := o.sandbox()
	if err != nil {
		return nil, err
	}
	a, err := app.New(context.Background(), asked)
	if err != nil {
		return nil, err
	}
	inside := newPipes()
	s := &server{app: a, transport: &http.Transport{
		DialContext: inside.dial,
		// The sandbox is reached by names with https, too: the connection is as good as one on which TLS was agreed upon.
		DialTLSContext: inside.dial,
	}}
	s.serve(inside)
	if !o.noListener {
		port, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		s.serve(port)
	}
	s.control = &client.Client{URL: s.url, HTTP: &http.Client{Transport: s.transport}}
	return s, nil
}

// serve serves at a listener, whose address is the sandbox's from now on. It is a real server, whatever the listener, so
// that answers are lost and cut off as on a network.
func (s *server) serve(at net.Listener) {
	l := &httptest.Server{Listener: at, Config: &http.Server{
		Handler: s.app, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0),
	}}
	l.Start()
	s.listening = append(s.listening, l)
	s.url = l.URL
}

// close returns when nothing of the sandbox runs any more.
func (s *server) close() error {
	s.app.Interrupt()
	s.transport.CloseIdleConnections()
	for _, l := range s.listening {
		l.CloseClientConnections() // also of who reads nothing, or sends no more
		l.Close()
	}
	return s.app.Close(context.Background())
}

// shared is the sandbox of [Workspace]. It is a variable of the package since tests of a process have nothing else in
// common; it serves only while a test uses it.
var shared lease

type lease struct {
	mu     sync.Mutex
	server *server
	users  int
}

func (l *lease) acquire() (*server, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.users == 0 {
		s, err := newServer(options{})
		if err != nil {
			return nil, err
		}
		l.server = s
	}
	l.users++
	return l.server, nil
}

func (l *lease) release() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.users--
	if l.users > 0 {
		return nil
	}
	s := l.server
	l.server = nil
	return s.close()
}

// Main runs a package's tests with the sandbox of [Workspace] held from the first of them to the last, which else ends
// and starts again between tests that do not overlap:
//
//	func TestMain(m *testing.M) { os.Exit(sandboxtest.Main(m)) }
func Main(m interface{ Run() int }) (code int) {
	if _, err := shared.acquire(); err != nil {
		log.Printf("sandboxtest: %v", err)
		return 1
	}
	code = m.Run()
	if err := shared.release(); err != nil {
		log.Printf("sandboxtest: %v", err)
		return 1
	}
	return code
}
