package wire

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
)

// Files are the files in the body of a request.
type Files struct {
	form  *multipart.Reader // nil: the body is one file without a name
	body  io.Reader
	first *multipart.Part // has been read from the form
	bare  bool            // the body has been opened
}

// Next opens the next file, which must have that name.
func (f *Files) Next(name string) (io.Reader, error) {
	if f.form == nil {
		if name != "-" || f.bare {
			return nil, fmt.Errorf("%s was not sent with the request", name)
		}
		f.bare = true
		return f.body, nil
	}
	part, err := f.first, error(nil)
	f.first = nil
	if part == nil {
		part, err = f.form.NextRawPart()
	}
	switch {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%s was not sent with the request", name)
	case err != nil:
		return nil, fmt.Errorf("body of the request: %w", err)
	case partFile(part) != name:
		return nil, fmt.Errorf("%s was sent with the request where %s is read", partFile(part), name)
	}
	return &lastPart{f: f, part: part}, nil
}

// lastPart reads a file of a form, and at its end the rest of the body when no other file
// follows: only when the server has read all of it does it notice that its client leaves.
type lastPart struct {
	f     *Files
	part  io.Reader
	ended bool
}

// Read implements io.Reader.
func (p *lastPart) Read(b []byte) (int, error) {
	n, err := p.part.Read(b)
	if !errors.Is(err, io.EOF) || p.ended {
		return n, err
	}
	p.ended = true
	next, ahead := p.f.form.NextRawPart()
	switch {
	case ahead == nil:
		p.f.first = next
	case errors.Is(ahead, io.EOF):
		ahead = p.f.drain()
	}
	if ahead != nil {
		return n, fmt.Errorf("body of the request: %w", ahead)
	}
	return n, err
}

// maxEpilogue bounds what may follow a form.
const maxEpilogue = 64 << 10

// drain reads what follows the form in the body.
func (f *Files) drain() error {
	n, err := io.CopyN(io.Discard, f.body, maxEpilogue)
	if n == maxEpilogue {
		return errors.New("there is something after the end of the form")
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// partFile returns the name of the file in a part of a form, with its path; "" when the
// part is a parameter.
func partFile(p *multipart.Part) string {
	_, params, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
	if err != nil {
		return ""
	}
	return params["filename"]
}

// Unnamed returns the file that a client sent without saying which argument it is.
func (f *Files) Unnamed(r *http.Request) []string {
	switch {
	case f.first != nil:
		return []string{partFile(f.first)}
	case f.form == nil && r.ContentLength != 0:
		return []string{"-"}
	}
	return nil
}

// maxField bounds a parameter in the body of a request, such as the text of a query.
const maxField = 16 << 20

// Receive reads the parameters of a request, and prepares reading the files in its body.
func Receive(r *http.Request) (url.Values, *Files, error) {
	params := r.URL.Query()
	files := &Files{body: r.Body}
	kind, ct, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return params, files, nil
	}
	files.form = multipart.NewReader(r.Body, ct["boundary"])
	left := maxField
	for {
		part, err := files.form.NextRawPart()
		if errors.Is(err, io.EOF) {
			if err = files.drain(); err == nil {
				return params, files, nil
			}
		}
		if err != nil {
			return nil, nil, fmt.Errorf("body of the request: %w", err)
		}
		if partFile(part) != "" {
			files.first = part
			return params, files, nil
		}
		value, err := io.ReadAll(io.LimitReader(part, int64(left)+1))
		if err != nil {
			return nil, nil, fmt.Errorf("body of the request: %w", err)
		}
		if left -= len(value); left < 0 {
			return nil, nil, fmt.Errorf("the parameters take more than %d MiB", maxField>>20)
		}
		params.Add(part.FormName(), string(value))
	}
}
