package sandboxtest

import (
	"context"
	"io"
	"net"
	"sync"
)

// pipes listens for connections within the process.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	close  sync.Once
}

func newPipes() *pipes {
	return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.close.Do(func() { close(p.closed) })
	return nil
}

// dial connects, whatever the address.
func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return newBuffered(ours), nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (*pipes) Addr() net.Addr { return insideAddr{} }

// insideAddr is a name under localhost, since the control API answers to no other.
type insideAddr struct{}

func (insideAddr) Network() string { return "pipe" }
func (insideAddr) String() string  { return "sandbox.localhost" }

// buffered is an end of a pipe that takes in what comes before it is read, as a socket does. Without it, a client that
// forgets to read an answer would keep the server from ending the request.
type buffered struct {
	net.Conn
	chunks chan []byte // what has come
	rest   []byte      // of the chunk that is being read
	closed chan struct{}
	close  sync.Once
}

const (
	chunk     = 4 << 10 // bytes
	mostAhead = 256     // chunks
)

func newBuffered(c net.Conn) *buffered {
	b := &buffered{Conn: c, chunks: make(chan []byte, mostAhead), closed: make(chan struct{})}
	go b.take()
	return b
}

func (b *buffered) take() {
	defer close(b.chunks)
	for {
		p := make([]byte, chunk)
		n, err := b.Conn.Read(p)
		if err != nil {
			return // what came with it is nothing
		}
		select {
		case b.chunks <- p[:n]:
		case <-b.closed:
			return
		}
	}
}

// Read knows no deadline, since an HTTP client sets none.
func (b *buffered) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		var open bool
		if b.rest, open = <-b.chunks; !open {
			return 0, io.EOF
		}
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func (b *buffered) Close() error {
	b.close.Do(func() { close(b.closed) })
	return b.Conn.Close()
}
