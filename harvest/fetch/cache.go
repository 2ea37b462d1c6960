package fetch

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fincat/vocab/document"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/zeebo/xxh3"
)

// Cache keeps the responses of sessions in a directory, with a folder for each
// scope: for conditional requests, and so that a run can be repeated from what
// was received.
type Cache struct {
	Dir  string
	Keep time.Duration // after its last use; 0 keeps responses for ever
	Size Size          // bytes of all sources together; 0 sets no limit
}

// kept is a response in the cache.
type kept struct {
	URL         string      `json:"url"`   // asked for
	Final       string      `json:"final"` // after redirects
	Header      http.Header `json:"header"`
	ContentType string      `json:"content_type"`
	Time        time.Time   `json:"time"` // of receipt
}

// dateResolution is how exact the dates of a server are taken to be: a file
// system may know two seconds only.
const dateResolution = 2 * time.Second

// validators returns what a conditional request names. A document that was
// changed just before it was sent may have been changed once more within the
// same second, with the same date, and with the same ETag where that is made of
// the date. Such validators cannot tell the two apart (RFC 9110 §8.8.2.2), so
// that they are not used.
func (k *kept) validators() (etag, modified string) {
	etag, modified = k.Header.Get("Etag"), k.Header.Get("Last-Modified")
	changed, err := http.ParseTime(modified)
	if err != nil {
		return etag, "" // a date that is none says nothing
	}
	sent, err := http.ParseTime(k.Header.Get("Date"))
	if err != nil {
		sent = k.Time
	}
	if sent.Sub(changed) < dateResolution {
		return "", ""
	}
	return etag, modified
}

// paths returns the files of a response: what is known of it, and its body.
// Responses of one address vary with the Accept header, or the document sent.
func (c *Cache) paths(scope, address, variant string) (meta, body string) {
	name := filepath.Join(c.Dir, scope, fmt.Sprintf("%016x", xxh3.HashString(variant+" "+address)))
	return name + ".json", name + ".body.gz"
}

// load returns a kept response, nil when there is none.
func (c *Cache) load(ctx context.Context, scope, address, variant string, limit Size) (*kept, *Response, error) {
	meta, body := c.paths(scope, address, variant)
	text, err := os.ReadFile(meta)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	var k kept
	if err := json.Unmarshal(text, &k); err != nil || k.URL != address {
		return nil, nil, err
	}
	b, err := keptBody(ctx, body, limit)
	if err != nil {
		return nil, nil, err
	}
	return &k, &Response{URL: k.Final, Status: http.StatusOK, Header: k.Header, ContentType: k.ContentType, Length: -1,
		Kept: true, body: b}, nil
}

// keptHeaders are those that matter to a later request, and those that say
// something about the content: the next page, and that an answer is a part.
var keptHeaders = []string{"Etag", "Last-Modified", "Link", "Date", "X-Sql-State", "X-Sql-Message",
	"X-Sparql-Maxrows"}

// store keeps a response. The body is complete before its description appears.
func (c *Cache) store(ctx context.Context, scope, address, variant string, r *Response, now time.Time) error {
	meta, body := c.paths(scope, address, variant)
	if err := os.MkdirAll(filepath.Dir(meta), 0o700); err != nil {
		return err
	}
	header := http.Header{}
	for _, name := range keptHeaders {
		if v := r.Header.Values(name); len(v) > 0 {
			header[name] = v
		}
	}
	text, err := json.Marshal(kept{URL: address, Final: r.URL, Header: header, ContentType: r.ContentType, Time: now})
	if err != nil {
		return err
	}
	err = writeFile(body, func(w io.Writer) error {
		z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
		if err != nil {
			return err
		}
		in, err := r.body.open()
		if err != nil {
			return err
		}
		defer in.Close()
		if _, err := io.Copy(z, document.WithContext(ctx, in)); err != nil {
			return err
		}
		return z.Close()
	})
	if err != nil {
		return err
	}
	err = writeFile(meta, func(w io.Writer) error { _, err := w.Write(text); return err })
	c.touch(scope, address, variant, now)
	return err
}

// writeFile replaces a file at once, readable for its owner only.
func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "new-*")
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), path)
}

// touch marks a response as used now.
func (c *Cache) touch(scope, address, variant string, now time.Time) {
	meta, body := c.paths(scope, address, variant)
	for _, p := range []string{meta, body} {
		_ = os.Chtimes(p, now, now) // an older time only makes it go earlier
	}
}

// confirmed returns when a response was received, or when the source last said
// that it still holds.
func (c *Cache) confirmed(scope, address, variant string) time.Time {
	meta, _ := c.paths(scope, address, variant)
	info, err := os.Stat(meta)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// entry is a kept response as prune sees it.
type entry struct {
	files []string // the description first: without it the body is not there
	used  time.Time
	bytes int64
}

// prune removes the responses that were not used for Keep, whatever their scope,
// and then those whose last use is the longest ago until no more than Size is
// left.
func (c *Cache) prune(now time.Time) error {
	entries, err := c.entries()
	slices.SortFunc(entries, func(a, b entry) int { return a.used.Compare(b.used) })
	var total int64
	for _, e := range entries {
		total += e.bytes
	}
	for _, e := range entries {
		old := c.Keep > 0 && now.Sub(e.used) > c.Keep
		if !old && (c.Size == 0 || total <= int64(c.Size)) {
			continue
		}
		total -= e.bytes
		for _, f := range e.files {
			if e := os.Remove(f); e != nil && !errors.Is(e, fs.ErrNotExist) {
				err = errors.Join(err, e)
			}
		}
	}
	return err
}

// entries lists what is kept. What a killed process left half written is an
// entry too.
func (c *Cache) entries() ([]entry, error) {
	byName := map[string]*entry{}
	err := filepath.WalkDir(c.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if errors.Is(err, fs.ErrNotExist) {
				err = nil // removed meanwhile
			}
			return err
		}
		info, err := d.Info()
		if err != nil {
			return nil // likewise
		}
		name := strings.TrimSuffix(strings.TrimSuffix(path, ".json"), ".body.gz")
		e := byName[name]
		if e == nil {
			e = &entry{}
			byName[name] = e
		}
		if e.bytes += info.Size(); info.ModTime().After(e.used) {
			e.used = info.ModTime()
		}
		if e.files = append(e.files, path); strings.HasSuffix(path, ".json") {
			slices.Reverse(e.files)
		}
		return nil
	})
	out := make([]entry, 0, len(byName))
	for _, e := range byName {
		out = append(out, *e)
	}
	return out, err
}
