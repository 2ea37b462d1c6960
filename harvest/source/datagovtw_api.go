package source

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
)

// The APIs of data.gov.tw and of platforms that follow its cross-platform rule
// of 2015 (政府資料開放跨平臺介接規範).
const (
	frontList  = "/api/front/dataset/list" // POST, what the search page uses
	restList   = "/rest/dataset"           // GET, identifiers; details below it
	frontLimit = 200
	restLimit  = 1000
)

// gatherAPI gathers from an API when the address is one; done is false when it
// is an ordinary document.
func (s *Session) gatherAPI(ctx context.Context, yield func(*Record, error) bool) (done bool, err error) {
	u, err := url.Parse(s.Config.URL)
	if err != nil {
		return false, err
	}
	switch {
	case strings.HasSuffix(u.Path, frontList):
		return true, s.gatherFront(ctx, yield)
	case strings.HasSuffix(u.Path, restList):
		return true, s.gatherRest(ctx, u, yield)
	}
	return false, nil
}

// frontRequest is the body of the list API as the front end sends it.
type frontRequest struct {
	Filter []any  `json:"filter"`
	Bool   []any  `json:"bool"`
	Page   int    `json:"page_num"`
	Limit  int    `json:"page_limit"`
	TIDs   []any  `json:"tids"`
	Sort   string `json:"sort"`
}

// gatherFront asks for page after page of the list API until all it promised
// came. The API ignores fields it does not know, so filtering is done here.
func (s *Session) gatherFront(ctx context.Context, yield func(*Record, error) bool) error {
	seen := 0
	for page := 1; ; page++ {
		body, err := json.Marshal(frontRequest{Filter: []any{}, Bool: []any{}, Page: page, Limit: frontLimit, TIDs: []any{}, Sort: "_score_desc"})
		if err != nil {
			return err
		}
		r, err := s.Post(ctx, s.Config.URL, "application/json", body)
		if err != nil {
			return err
		}
		at := fmt.Sprintf("%s (page %d)", s.Config.URL, page)
		if err := s.fresh(at, r.Body); err != nil {
			return err
		}
		text, err := r.UTF8()
		if err != nil {
			return err
		}
		var answer struct {
			Payload struct {
				Count  int             `json:"search_count"`
				Result json.RawMessage `json:"search_result"`
			}
		}
		if err := json.Unmarshal(text, &answer); err != nil {
			return jsonError(r, text, err)
		}
		n, stopped := 0, false
		err = arrayItems(r, answer.Payload.Result, "/payload/search_result", func(it item, err error) bool {
			n++
			rec := s.fromItem(it, at)
			stopped = rec != nil && !yield(rec, err)
			return !stopped
		})
		if err != nil || stopped {
			return err
		}
		if seen += n; seen >= answer.Payload.Count {
			return nil
		}
		if n == 0 {
			return fail(Place{URL: at}, "short-list", "harvest again; the list changed meanwhile or the API has a limit", "the API promised %d datasets and gave %d", answer.Payload.Count, seen)
		}
	}
}

// gatherRest reads the identifiers, in pages, and then each dataset. After a
// complete gathering only what changed since is asked for.
func (s *Session) gatherRest(ctx context.Context, list *url.URL, yield func(*Record, error) bool) error {
	seen := map[string]bool{}
	q := list.Query()
	if !s.since.IsZero() {
		s.Partial = true
		q.Set("modified", s.since.UTC().Format(time.RFC3339))
	}
	for {
		q.Set("limit", fmt.Sprint(restLimit))
		q.Set("offset", fmt.Sprint(len(seen)))
		page := *list
		page.RawQuery = q.Encode()
		r, err := s.GetAccept(ctx, page.String(), "application/json")
		if err != nil {
			return err
		}
		text, err := r.UTF8()
		if err != nil {
			return err
		}
		var answer struct {
			Success *bool
			Result  []looseText
		}
		if err := json.Unmarshal(text, &answer); err != nil {
			return jsonError(r, text, err)
		}
		if answer.Success != nil && !*answer.Success {
			return fail(Place{URL: page.String()}, "api", "read the answer's message", "the API answers success: false")
		}
		before := len(seen)
		for _, id := range answer.Result {
			if id == "" || seen[string(id)] {
				continue
			}
			seen[string(id)] = true
			if more, err := s.restDetail(ctx, list, string(id), yield); err != nil || !more {
				return err
			}
		}
		if len(seen) == before { // nothing, or nothing new, on this page
			return nil
		}
	}
}

// restDetail reads one dataset; false means that no more is wanted. A dataset
// that cannot be read is a broken record.
func (s *Session) restDetail(ctx context.Context, list *url.URL, id string, yield func(*Record, error) bool) (bool, error) {
	at := list.JoinPath(id)
	at.RawQuery = ""
	place := Place{URL: at.String()}
	r, err := s.GetAccept(ctx, at.String(), "application/json")
	if err == nil {
		var rec *Record
		var d *document
		if d, err = documentOf(r, s.Config.MaxBytes); err == nil {
			err = d.readItems(func(it item, e error) bool {
				if rec = s.fromItem(it, at.String()); rec != nil {
					rec.ID = id
				}
				return e == nil
			})
		}
		if err == nil && rec != nil {
			return yield(rec, nil), nil
		}
	}
	var e *Error
	if err != nil && (!errors.As(err, &e) || ctx.Err() != nil || e.Rule == "max_pages") {
		return false, err
	}
	if err == nil { // the filter leaves it out
		return true, nil
	}
	return yield(broken(id, place, e.Rule, "", e.Err.Error(), e.Remedy), nil), nil
}

// xmlItems reads the XML export: each child of the root is an entry, whose
// children are named like the columns of the other exports.
func xmlItems(doc *document, yield func(item, error) bool) error {
	in, err := doc.text("")
	if err != nil {
		return err
	}
	defer in.Close()
	d := xmlReader(in)
	depth, name := 0, ""
	var it item
	var text strings.Builder
	for {
		tok, err := d.Token()
		line, _ := d.InputPos()
		if err == io.EOF && depth == 0 {
			return nil
		}
		if err != nil {
			return doc.xmlError(err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if depth++; depth == 2 {
				it = item{values: map[string]any{}, locator: lineLocator(line)}
			} else if depth == 3 {
				name = tok.Name.Local
				text.Reset()
			} else if depth > maxXMLDepth {
				return fail(Place{doc.URL, lineLocator(line)}, "depth", "ask the source's owner for a flatter document", "more than %d levels of elements", maxXMLDepth)
			}
		case xml.CharData:
			if depth >= 3 {
				text.Write(tok)
			}
		case xml.EndElement:
			if depth == 3 {
				it.values[name] = strings.TrimSpace(text.String())
			} else if depth == 2 && !yield(it, nil) {
				return nil
			}
			depth--
		}
	}
}

const maxXMLDepth = 100
