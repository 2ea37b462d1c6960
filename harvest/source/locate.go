package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"fincat/vocab/dcat"
)

func lineLocator(n int) string { return fmt.Sprintf("line %d", n) }

// pointer appends names to a JSON pointer (RFC 6901 §3).
func pointer(at string, names ...string) string {
	for _, n := range names {
		at += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(n)
	}
	return at
}

// jsonError says where a JSON document is broken, and whether it is JSON at all.
func jsonError(r *Response, body []byte, err error) error {
	offset := int64(len(body))
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	}
	line := 1 + bytes.Count(body[:min(int(offset), len(body))], []byte("\n"))
	p := Place{r.URL, lineLocator(line)}
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return fail(p, "empty", "harvest again later; ask the source's owner if it stays empty", "the answer is empty")
	case looksHTML(body):
		return fail(p, "html", "open the address in a browser: it answers with a page, perhaps of an error", "the answer is a web page, not JSON")
	case syntax != nil && offset >= int64(len(body)):
		return fail(p, "cut", "harvest again; the answer was cut off", "the JSON ends after %d bytes: %v", len(body), err)
	}
	return fail(p, "json", "ask the source's owner to send valid JSON", "broken JSON: %v", err)
}

func looksHTML(body []byte) bool {
	head := bytes.ToLower(bytes.TrimSpace(body[:min(len(body), 1024)]))
	return bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html"))
}

// absolute resolves a link against the page it stands on.
func absolute(page, link string) string {
	base, err := url.Parse(page)
	if err != nil {
		return link
	}
	clean := strings.TrimSpace(link)
	u, err := base.Parse(clean)
	if err != nil {
		if iri, ok := dcat.EncodeIRI(clean); ok {
			return iri
		}
		return link
	}
	if u.IsAbs() && strings.Contains(clean, "://") {
		return clean // as written; encoding comes later
	}
	return u.String()
}

// publisher returns the agent for a name a source gives: an organisation of the
// directory when it is one, else an agent of that name.
func (s *Session) publisher(name string) dcat.Agent {
	name = strings.TrimSpace(name)
	if o, ok := s.Directory.ByName(name); ok {
		return o.Agent(s.Base)
	}
	if name == "" {
		return dcat.Agent{}
	}
	return dcat.Agent{Name: []dcat.Text{s.text(name)}}
}

// text gives a string the source's language.
func (s *Session) text(v string) dcat.Text {
	return dcat.Text{Value: strings.TrimSpace(v), Lang: s.Config.Language}
}

// texts is text for several strings, without the empty ones.
func (s *Session) texts(values ...string) []dcat.Text {
	var out []dcat.Text
	for _, v := range values {
		if t := s.text(v); t.Value != "" {
			out = append(out, t)
		}
	}
	return out
}

// wanted applies the configured filter to a record's fields.
func (s *Session) wanted(field func(name string) string) bool {
	for name, want := range s.Config.Filter {
		if !strings.EqualFold(strings.TrimSpace(field(name)), want) {
			return false
		}
	}
	return true
}
