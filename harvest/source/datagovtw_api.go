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

	"fincat/harvest/document"
	"fincat/harvest/mapping"
	"fincat/harvest/problem"
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
func gatherAPI(ctx context.Context, s *Session, yield func(*mapping.Record, error) bool) (done bool, err error) {
	u, err := url.Parse(s.Config.URL)
	if err != nil {
		return false, err
	}
	switch {
	case strings.HasSuffix(u.Path, frontList):
		return true, gatherFront(ctx, s, yield)
	case strings.HasSuffix(u.Path, restList):
		return true, gatherRest(ctx, s, u, yield)
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
func gatherFront(ctx context.Context, s *Session, yield func(*mapping.Record, error) bool) error {
	seen := 0
	for page := 1; ; page++ {
		body, err := json.Marshal(frontRequest{Filter: []any{}, Bool: []any{}, Page: page, Limit: frontLimit,
			TIDs: []any{}, Sort: "_score_desc"})
		if err != nil {
			return err
		}
		r, err := s.Post(ctx, s.Config.URL, "application/json", "*/*", body)
		if err != nil {
			return err
		}
		at := fmt.Sprintf("%s (page %d)", s.Config.URL, page)
		if err := s.pages.Fresh(at, r.Body); err != nil {
			return err
		}
		text, err := document.JSONText(r)
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
			return document.JSONError(r, text, err)
		}
		n, stopped := 0, false
		err = document.ArrayItems(r, answer.Payload.Result, "/payload/search_result",
			func(it document.Entry, err error) bool {
				n++
				rec := fromItem(s, item(it), at)
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
			return fail(Place{URL: at}, "short-list",
				"harvest again; the list changed meanwhile or the API has a limit",
				"the API promised %s and gave %d", problem.Count(answer.Payload.Count, "dataset"), seen)
		}
	}
}

// gatherRest reads the identifiers, in pages, and then each dataset. After a
// complete gathering only what changed since is asked for.
func gatherRest(ctx context.Context, s *Session, list *url.URL, yield func(*mapping.Record, error) bool) error {
	seen, waiting := map[string]bool{}, newWaiting(s)
	q := list.Query()
	if !s.Since.IsZero() {
		s.Found.Partial = true
		q.Set("modified", s.Since.UTC().Format(time.RFC3339))
	}
	for {
		q.Set("limit", fmt.Sprint(restLimit))
		q.Set("offset", fmt.Sprint(len(seen)))
		page := *list
		page.RawQuery = q.Encode()
		r, err := s.Get(ctx, page.String(), "application/json")
		if err != nil {
			return err
		}
		text, err := document.JSONText(r)
		if err != nil {
			return err
		}
		var answer struct {
			Success *bool
			Result  []document.LooseText
		}
		if err := json.Unmarshal(text, &answer); err != nil {
			return document.JSONError(r, text, err)
		}
		if answer.Success != nil && !*answer.Success {
			return fail(Place{URL: page.String()}, "api", "read the answer's message",
				"the API answers success: false")
		}
		before := len(seen)
		for _, id := range answer.Result {
			if id == "" || seen[string(id)] {
				continue
			}
			seen[string(id)] = true
			waiting.came(string(id))
			if more, err := restDetail(ctx, s, list, string(id), yield); err != nil || !more {
				return err
			}
		}
		if len(seen) == before { // nothing, or nothing new, on this page
			break
		}
	}
	err := waiting.ask(func(id string) error { return restAgain(ctx, s, list, id, yield) })
	if errors.Is(err, errStopped) {
		err = nil
	}
	return err
}

// restAgain asks for a dataset that could not be taken over before. One that is
// gone is passed over.
func restAgain(
	ctx context.Context, s *Session, list *url.URL, id string, yield func(*mapping.Record, error) bool,
) error {
	more, err := restDetail(ctx, s, list, id, func(rec *mapping.Record, err error) bool {
		return rec.Gone || yield(rec, err)
	})
	if err == nil && !more {
		return errStopped
	}
	return err
}

// restDetail reads one dataset; false means that no more is wanted. A dataset
// that cannot be read is a broken record.
func restDetail(
	ctx context.Context, s *Session, list *url.URL, id string, yield func(*mapping.Record, error) bool,
) (bool, error) {
	at := list.JoinPath(id)
	at.RawQuery = ""
	place := Place{URL: at.String()}
	r, err := s.Get(ctx, at.String(), "application/json")
	if err == nil {
		var rec *mapping.Record
		var d *document.Document
		if d, err = document.New(r, s.Config.MaxBytes); err == nil {
			err = readItems(d, func(it document.Entry, e error) bool {
				if rec = fromItem(s, item(it), at.String()); rec != nil {
					rec.ID = id
				}
				return e == nil
			})
		}
		if err == nil && rec != nil {
			rec.Again = id
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
	rec := mapping.Broken(id, place, e.Rule, "", e.Err.Error(), e.Remedy)
	rec.Again, rec.Gone = id, goneAs(e, id) != ""
	return yield(rec, nil), nil
}

// xmlItems reads the XML export: each child of the root is an entry, whose
// children are named like the columns of the other exports.
func xmlItems(doc *document.Document, yield func(document.Entry, error) bool) error {
	in, err := doc.OpenText("")
	if err != nil {
		return err
	}
	defer in.Close()
	d := document.XMLReader(document.RepairXML(doc.Response, in))
	depth, name := 0, ""
	var it document.Entry
	var text strings.Builder
	for {
		tok, err := d.Token()
		line, _ := d.InputPos()
		if errors.Is(err, io.EOF) && depth == 0 {
			return nil
		}
		if err != nil {
			return doc.XMLError(err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if depth++; depth == 2 {
				it = document.Entry{Values: map[string]any{}, Locator: problem.Line(line)}
			} else if depth == 3 {
				name = tok.Name.Local
				text.Reset()
			} else if depth > document.MaxXMLDepth {
				return fail(placeAt(doc.URL, problem.Line(line)), "depth",
					"ask the source's owner for a flatter document", "more than %d levels of elements",
					document.MaxXMLDepth)
			}
		case xml.CharData:
			if depth >= 3 {
				text.Write(tok)
			}
		case xml.EndElement:
			if depth == 3 {
				it.Values[name] = strings.TrimSpace(text.String())
			} else if depth == 2 && !yield(it, nil) {
				return nil
			}
			depth--
		}
	}
}
