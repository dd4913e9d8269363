package store

import (
	"context"
	"fmt"
	"time"
)

// pool hands out connections, and makes them when they are needed.
type pool struct {
	idle    chan *conn
	further chan struct{} // as many as may be connected beside them
	connect func(context.Context) (*conn, error)
	// patience bounds the wait for a connection, since those who wait for a server that does not answer would become ever
	// more. 0 is for ever.
	patience time.Duration
}

func newPool(most int, connect func(context.Context) (*conn, error)) *pool {
	p := &pool{idle: make(chan *conn, most), further: make(chan struct{}, most), connect: connect}
	for range most {
		p.further <- struct{}{}
	}
	return p
}

// get returns an idle connection, or another one while there may be more. The context is looked at while it waits.
func (p *pool) get(ctx context.Context) (*conn, error) {
	select {
	case c := <-p.idle:
		return c, nil
	default:
	}
	select {
	case c := <-p.idle:
		return c, nil
	case <-p.further:
		c, err := p.connect(ctx)
		if err != nil {
			p.further <- struct{}{}
			return nil, fmt.Errorf("connect: %w", err)
		}
		return c, nil
	case <-p.tooLong():
		return nil, fmt.Errorf("%w: no connection was free within %s", ErrFault, p.patience)
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a connection: %w", ctx.Err())
	}
}

func (p *pool) tooLong() <-chan time.Time {
	if p.patience == 0 {
		return nil
	}
	return time.After(p.patience)
}

func (p *pool) put(c *conn) { p.idle <- c }
