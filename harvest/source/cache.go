package source

import (
	"compress/gzip"
	"encoding/json"
	"errors"
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

// Cache keeps the responses of sources in a directory: for conditional
// requests, and so that a run can be repeated from what was received.
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

// paths returns the files of a response: what is known of it, and its body.
// Responses of one address vary with the Accept header, or the document sent.
func (c *Cache) paths(source, address, variant string) (meta, body string) {
	name := filepath.Join(c.Dir, source, fmt.Sprintf("%016x", xxh3.HashString(variant+" "+address)))
	return name + ".json", name + ".body.gz"
}

// load returns a kept response, nil when there is none.
func (c *Cache) load(source, address, variant string, limit Size) (*kept, *Response, error) {
	meta, body := c.paths(source, address, variant)
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
	b, err := keptBody(body, limit)
	if err != nil {
		return nil, nil, err
	}
	return &k, &Response{URL: k.Final, Status: http.StatusOK, Header: k.Header, contentType: k.ContentType, body: b}, nil
}

// store keeps a response. The body is complete before its description appears.
func (c *Cache) store(source, address, variant string, r *Response, now time.Time) error {
	meta, body := c.paths(source, address, variant)
	if err := os.MkdirAll(filepath.Dir(meta), 0o700); err != nil {
		return err
	}
	header := http.Header{}
	for _, name := range []string{"Etag", "Last-Modified", "Link", "Date"} {
		if v := r.Header.Values(name); len(v) > 0 {
			header[name] = v
		}
	}
	text, err := json.Marshal(kept{URL: address, Final: r.URL, Header: header, ContentType: r.contentType, Time: now})
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
		if _, err := io.Copy(z, in); err != nil {
			return err
		}
		return z.Close()
	})
	if err != nil {
		return err
	}
	err = writeFile(meta, func(w io.Writer) error { _, err := w.Write(text); return err })
	c.touch(source, address, variant, now)
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
func (c *Cache) touch(source, address, variant string, now time.Time) {
	meta, body := c.paths(source, address, variant)
	for _, p := range []string{meta, body} {
		_ = os.Chtimes(p, now, now) // an older time only makes it go earlier
	}
}

// confirmed returns when a response was received, or when the source last said
// that it still holds.
func (c *Cache) confirmed(source, address, accept string) time.Time {
	meta, _ := c.paths(source, address, accept)
	info, err := os.Stat(meta)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// entry is a kept response as the garbage collection sees it.
type entry struct {
	files []string // the description first: without it the body is not there
	used  time.Time
	bytes int64
}

// prune removes the responses that were not used for Keep, of every source,
// also of one that is no longer configured, and then those that were not used
// for longest until Size is kept.
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
