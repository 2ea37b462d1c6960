package source

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
	"fincat/harvest/mapping"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Options say how a source is gathered this time.
type Options struct {
	Client    *fetch.Client
	Base      dcat.Base       // of the catalogue's own IRIs
	Directory *dcat.Directory // default: the one that comes with the program

	// Since is from when on changes are wanted: some time before the last gathering
	// that left nothing out. It is zero when everything is wanted.
	Since   time.Time
	Mark    string    // how far that gathering came, as its [Findings] told
	Again   []string  // what earlier gatherings could not read, as [Record.Again] named it
	Listing Listing   // of the pages that the source lists; nil remembers none
	Full    bool      // asks for everything, whether or not it changed
	Offline bool      // takes every document from the cache
	Resume  time.Time // documents that were received since then come from the cache; zero takes none
}

// Session is what a kind needs to gather one source, and where it leaves what
// it finds besides records.
type Session struct {
	*mapping.Mapper // of this source
	Config          Config
	Since           time.Time // from when on changes are wanted, zero when everything is
	Again           []string  // what is asked for again besides what changed since then
	Found           Findings

	listing Listing

	fetcher  *fetch.Session
	miscoded bool // a Content-Encoding that is none was reported
	client   *fetch.Client
	pages    document.Pages
	contexts map[string]jsonContext

	columns mapping.FieldUse     // of a table
	told    map[term.Triple]bool // what Found.Catalog holds
}

// Listing remembers which date a source's list of pages gave each page.
type Listing interface {
	Was(page string) (date string, ok bool, err error) // before this gathering
	Note(page, date string) error                      // in this one
}

// Findings are what a gathering tells besides its records.
type Findings struct {
	// Service is the data service that the source describes, for the kinds
	// that know one. It is complete once the first record was yielded.
	Service *dcat.DataService
	// Title and Description are those that the source gives itself.
	Title, Description []dcat.Text
	// Catalog is what else the source says of itself, about the catalogue's IRI.
	Catalog []term.Triple
	// Problems are those of the source as a whole.
	Problems []Problem
	// Partial says that the source offers changes only: a record that does not
	// come is not missing.
	Partial bool
	// Mark is how far the gathering came in the source's own terms, such as the
	// time of the newest member of a stream. It begins as that of the last one.
	Mark string
}

// NewSession prepares the gathering of a source.
func NewSession(cfg Config, o Options) (*Session, error) {
	cfg = cfg.WithDefaults()
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if o.Directory == nil {
		d, err := dcat.NewDirectory()
		if err != nil {
			return nil, err
		}
		o.Directory = d
	}
	fetcher, err := o.Client.Session(fetch.SessionOptions{
		Policy: cfg.Policy, Origin: cfg.URL, Scope: cfg.ID, Full: o.Full, Offline: o.Offline, Resume: o.Resume,
	})
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", cfg.ID, err)
	}
	return &Session{
		Mapper: &mapping.Mapper{Base: o.Base, Directory: o.Directory, Source: cfg.ID, Kind: cfg.Kind,
			Language: cfg.Language, Filter: cfg.Filter},
		Config: cfg, Since: o.Since, Again: o.Again,
		Found: Findings{Mark: o.Mark}, listing: o.Listing,
		fetcher: fetcher, client: o.Client, pages: document.NewPages(),
	}, nil
}

// Close lets go of the session's connections and documents.
func (s *Session) Close() { s.fetcher.Close() }

// Fetched returns the addresses of the documents that came, in order.
func (s *Session) Fetched() []string { return s.fetcher.Fetched() }

// Get fetches a document. An answer other than 2xx is an error.
func (s *Session) Get(ctx context.Context, address, accept string) (*fetch.Response, error) {
	r, err := s.noticed(s.fetcher.Get(ctx, address, fetch.Request{Accept: accept}))
	s.coding(r)
	return r, err
}

// coding reports a Content-Encoding that names no coding.
func (s *Session) coding(r *fetch.Response) {
	if r == nil || r.Coding == "" || s.miscoded {
		return
	}
	s.miscoded = true
	s.Found.Problems = append(s.Found.Problems, Problem{Severity: Warning, Place: Place{URL: r.URL},
		Rule: "content-encoding", Value: r.Coding,
		Message: "the header Content-Encoding names no coding; the answer was read as it came",
		Remedy:  "ask the source's owner to name a charset in Content-Type and to leave Content-Encoding out"})
}

// noticed has the response tell the session what is wrong with its encoding.
func (s *Session) noticed(r *fetch.Response, err error) (*fetch.Response, error) {
	if r != nil {
		r.Notice = s.notice
	}
	return r, err
}

// notice adds a problem of the source as a whole, once.
func (s *Session) notice(p Problem) {
	if len(s.Found.Problems) < maxDocumentProblems && !slices.Contains(s.Found.Problems, p) {
		s.Found.Problems = append(s.Found.Problems, p)
	}
}

// Post sends a document and fetches the answer.
func (s *Session) Post(
	ctx context.Context, address, contentType, accept string, body []byte,
) (*fetch.Response, error) {
	return s.noticed(s.fetcher.Post(ctx, address,
		fetch.Request{Accept: accept, ContentType: contentType, Body: body}))
}

// Page fetches a page of a sequence; coming back to a page's content is an
// error, because such a sequence would have no end.
func (s *Session) Page(ctx context.Context, address, accept string) (*fetch.Response, error) {
	r, err := s.Get(ctx, address, accept)
	if err != nil {
		return nil, err
	}
	return r, s.pages.Fresh(address, r.Body)
}

// document is [Session.Get] for documents that are read as a stream.
func (s *Session) document(ctx context.Context, address, accept string) (*document.Document, error) {
	d, err := s.fetcher.Stream(ctx, address, fetch.Request{Accept: accept})
	if err != nil {
		return nil, err
	}
	s.coding(d.Response)
	d.Notice = s.notice
	return &document.Document{Document: d}, nil
}

// crawl prepares the visiting of pages.
func (s *Session) crawl(ctx context.Context, o fetch.CrawlOptions) *fetch.Crawl {
	return s.fetcher.Crawl(ctx, o)
}
