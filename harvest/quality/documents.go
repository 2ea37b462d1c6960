package quality

import (
	"context"
	"sync"
	"time"

	"fincat/harvest/fetch"
)

// documents keeps descriptions of APIs during a run: many datasets share one.
type documents struct {
	mu    sync.Mutex
	list  map[string]*document
	bytes int // of what is held
}

type document struct {
	once sync.Once
	look *fetch.Look
	same bool // as the conditions say
}

// Bounds of the descriptions that are held.
const (
	maxDocuments     = 32
	maxDocumentBytes = 32 << 20
)

// get returns a description, which c fetches when nobody did. A long one takes a place among
// the long files until release, for who fetched it.
func (d *documents) get(ctx context.Context, c *checker, s *fetch.Session, address string, ask fetch.Request) (
	doc *document, release func()) {
	key, release := address+"\x00"+ask.ETag+"\x00"+ask.Modified, func() {}
	d.mu.Lock()
	if doc = d.list[key]; doc == nil {
		if len(d.list) >= maxDocuments {
			d.clear()
		}
		doc = &document{}
		d.list[key] = doc
	}
	d.mu.Unlock()
	doc.once.Do(func() {
		doc.look, doc.same, release = c.ask(ctx, s, address, ask)
		d.hold(doc)
	})
	return doc, release
}

// hold counts what a description takes, and lets go of all others when it is too much.
func (d *documents) hold(doc *document) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.bytes += len(doc.look.Body); d.bytes > maxDocumentBytes {
		d.clear()
	}
}

func (d *documents) clear() {
	clear(d.list)
	d.bytes = 0
}

// conditions returns the request for a description that comes only if it has changed.
func (o *oasState) conditions(now time.Time) (ask fetch.Request) {
	if !o.At.IsZero() && now.Sub(o.At) <= trustedFor {
		ask.ETag, ask.Modified = o.ETag, o.Modified
	}
	return ask
}
