package feed

import (
	"bufio"
	"context"
	"io"
	"os"
	"sync"
	"time"

	"fincat/harvest/feed/listing"
	"fincat/sparql/gate"
)

// prepared is a document that is made once per state and is too long for memory. It is
// whole before any of it is sent.
type prepared struct {
	h     *Handler
	write func(rd *reader, w io.Writer) error

	turn sync.Mutex // of whoever makes it
	mu   sync.Mutex
	made *madeDocument
}

// madeDocument is a document of one state. Its file has no name: the space is free when
// nobody reads it any more.
type madeDocument struct {
	seq  uint64 // of the listing
	time time.Time
	file *os.File
	size int64
}

// prepareLimit is how long the making may take.
const prepareLimit = 10 * time.Minute

// get returns the document of a listing, or of a later one. One that is begun is finished,
// so that it is there when its client comes again.
func (p *prepared) get(ctx context.Context, l *listing.Listing) (*madeDocument, error) {
	type result struct {
		d   *madeDocument
		err error
	}
	if d := p.there(l.Seq); d != nil {
		return d, nil
	}
	done := make(chan result, 1)
	go func() {
		p.turn.Lock()
		defer p.turn.Unlock()
		d, err := p.there(l.Seq), error(nil)
		if d == nil {
			ctx, cancel := context.WithTimeout(context.Background(), prepareLimit) // it is not one request's alone
			defer cancel()
			d, err = p.make(ctx)
		}
		done <- result{d, err}
	}()
	var r result
	gate.From(ctx).Idle(func() {
		select {
		case r = <-done:
		case <-ctx.Done():
			r.err = context.Cause(ctx)
		}
	})
	return r.d, r.err
}

func (p *prepared) there(seq uint64) *madeDocument {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.made == nil || p.made.seq < seq {
		return nil
	}
	return p.made
}

// make makes the document of the newest state.
func (p *prepared) make(ctx context.Context) (*madeDocument, error) {
	sn, list, err := p.h.Listing.Current(ctx)
	if err != nil {
		return nil, err
	}
	defer sn.Close()
	file, err := os.CreateTemp("", "fincat-feed-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name()) // it stays as long as it is open
	d := &madeDocument{seq: list.Seq, time: sn.Time(), file: file}
	b := bufio.NewWriterSize(file, 256<<10)
	if err = p.write(p.h.reader(ctx, sn, list), b); err == nil {
		err = b.Flush()
	}
	if err == nil {
		d.size, err = file.Seek(0, io.SeekCurrent)
	}
	if err != nil {
		_ = file.Close() // what was written is of no use
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.made = d
	return d, nil
}
