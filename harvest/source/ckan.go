package source

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
	"fincat/harvest/mapping"
	"fincat/harvest/problem"
)

// ckanKind reads portals with the action API of CKAN, version 3, and of DKAN,
// which lacks package_search. Only public, active datasets are taken. After a
// complete gathering it asks for what was changed since.
func ckanKind() Kind { return Kind{Name: "ckan", Gather: gatherCKAN} }

// ckanRows is how many datasets one page asks for. Portals may send fewer.
const ckanRows = 100

// ckanAgain is how many identifiers one search names. Together they have to fit
// into an address.
const ckanAgain = 40

// ckanPage is what package_search answers.
type ckanPage struct {
	Count   document.LooseText `json:"count"`
	Results []json.RawMessage  `json:"results"`
}

// ckan is one gathering from a portal.
type ckan struct {
	mapping.CKAN
	s   *Session
	api string // of actions

	broken int  // datasets in a row that could not be shown
	found  bool // a search was answered
	rows   int  // datasets that a search asks for
	until  int  // where the page ends that is asked for in smaller pieces
}

func gatherCKAN(ctx context.Context, s *Session) iter.Seq2[*mapping.Record, error] {
	return func(yield func(*mapping.Record, error) bool) {
		c := newCKAN(s)
		err := c.search(ctx, yield)
		if isAbsent(err) && len(s.Fetched()) == 0 { // not even a first page
			c.DKAN = true
			err = c.list(ctx, yield)
		}
		if c.Skipped > 0 {
			s.notice(Problem{Severity: Info, Place: Place{URL: s.Config.URL}, Rule: "not-public",
				Value:   c.FirstSkipped,
				Message: "private, drafts or no datasets, and not taken over: " + problem.Count(c.Skipped, "package"),
				Remedy:  "nothing, unless they are for the public"})
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}

// isAbsent reports whether a portal answered that it has no such action.
func isAbsent(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Status == http.StatusNotFound || e.Status == http.StatusBadRequest ||
		e.Rule == "not-kept") // offline: errors are not kept
}

// newCKAN finds the portal's parts: the configured address may be that of the
// portal, of its API or of one action.
func newCKAN(s *Session) *ckan {
	site, _, _ := strings.Cut(s.Config.URL, "?")
	site, _, _ = strings.Cut(strings.TrimSuffix(site, "/"), "/api/")
	site = strings.TrimSuffix(strings.TrimSuffix(site, "/api"), "/")
	return &ckan{s: s, CKAN: mapping.CKAN{Mapper: s.Mapper, Site: site}, api: site + "/api/3/action/"}
}

// search reads page after page in the order of identifiers, so that a dataset
// that changes meanwhile does not move to another page.
func (c *ckan) search(ctx context.Context, yield func(*mapping.Record, error) bool) error {
	q := url.Values{"sort": {"id asc"}}
	if !c.s.Since.IsZero() {
		c.s.Found.Partial = true
		q.Set("fq", "metadata_modified:["+c.s.Since.UTC().Format("2006-01-02T15:04:05Z")+" TO *]")
	}
	waiting := newWaiting(c.s)
	for start := 0; ; {
		var page ckanPage
		r, bad, err := c.searchFrom(ctx, q, start, &page)
		if err != nil {
			return err
		}
		if bad != nil {
			if start++; !yield(bad, nil) {
				return errStopped
			}
			continue
		}
		c.found, c.broken = true, 0
		var seen document.Contents
		for i, raw := range page.Results {
			seen.Add(string(raw))
			rec := c.Record(raw, placeAt(r.URL, document.Pointer("", "result", "results", strconv.Itoa(i))))
			if rec == nil {
				continue
			}
			rec.Again = rec.ID
			if waiting.came(rec.ID); !yield(rec, nil) {
				return errStopped
			}
		}
		if err := c.s.pages.FreshContents(r.URL, seen); err != nil {
			return err
		}
		start += len(page.Results)
		count, err := strconv.Atoi(string(page.Count))
		switch {
		case err != nil && len(page.Results) > 0: // it does not say how many there are
		case start >= count:
			return c.askAgain(ctx, waiting, yield)
		case len(page.Results) == 0:
			return fail(placeAt(r.URL, "/result/count"), "incomplete",
				"harvest again later; the portal's search index may be under repair",
				"the portal counts %s but sends only %d", problem.Count(count, "dataset"), start)
		}
	}
}

// searchFrom asks for the datasets from one on. A portal may fail over one of them
// and with it over the whole page: the page is then asked for in smaller pieces,
// down to that dataset, which is a broken record.
func (c *ckan) searchFrom(ctx context.Context, q url.Values, start int, page *ckanPage) (
	r *fetch.Response, bad *mapping.Record, err error) {
	if start >= c.until {
		c.rows = ckanRows
	}
	q.Set("start", strconv.Itoa(start))
	for {
		q.Set("rows", strconv.Itoa(c.rows))
		r, err = c.call(ctx, "package_search?"+q.Encode(), page)
		if !inTrouble(ctx, err) {
			return r, nil, err
		}
		if c.rows == 1 {
			break
		}
		c.until = max(c.until, start+c.rows)
		c.rows /= 10
	}
	if c.broken == maxBroken || !c.found { // it is the portal that is in trouble
		return r, nil, err
	}
	c.broken++
	var e *Error
	errors.As(err, &e)
	place := placeAt(e.Place.URL, "dataset "+strconv.Itoa(start+1))
	return r, mapping.Broken("", place, e.Rule, "", e.Err.Error(), e.Remedy), nil
}

// askAgain asks for the datasets that could not be taken over before: the search
// for many at once, and then for each that it does not find. Those that are gone
// are passed over.
func (c *ckan) askAgain(ctx context.Context, waiting *waiting, yield func(*mapping.Record, error) bool) error {
	for ids := range slices.Chunk(waiting.rest(), ckanAgain) {
		if err := c.searchFor(ctx, ids, waiting, yield); err != nil {
			return err
		}
	}
	return waiting.ask(func(id string) error {
		rec, err := c.show(ctx, id, Place{URL: c.api + "package_show?id=" + url.QueryEscape(id)})
		if err != nil || rec == nil || rec.Gone {
			return err
		}
		if rec.Again = id; !yield(rec, nil) {
			return errStopped
		}
		return nil
	})
}

// searchFor searches for datasets by their identifiers. A portal that does not
// understand such a search finds none.
func (c *ckan) searchFor(ctx context.Context, ids []string, waiting *waiting,
	yield func(*mapping.Record, error) bool) error {
	quoted := make([]string, len(ids))
	for i, id := range ids {
		quoted[i] = strconv.Quote(id)
	}
	q := url.Values{"rows": {strconv.Itoa(ckanRows)}, "fq": {"id:(" + strings.Join(quoted, " OR ") + ")"}}
	var page ckanPage
	c.s.pages.Forget()
	r, err := c.call(ctx, "package_search?"+q.Encode(), &page)
	var e *Error
	if errors.As(err, &e) && ctx.Err() == nil && e.Rule != "max_pages" {
		return nil
	}
	if err != nil {
		return err
	}
	for i, raw := range page.Results {
		rec := c.Record(raw, placeAt(r.URL, document.Pointer("", "result", "results", strconv.Itoa(i))))
		if rec == nil || !waiting.left[rec.ID] {
			continue
		}
		rec.Again = rec.ID
		if waiting.came(rec.ID); !yield(rec, nil) {
			return errStopped
		}
	}
	return nil
}

// list reads the names of all datasets, then each dataset.
func (c *ckan) list(ctx context.Context, yield func(*mapping.Record, error) bool) error {
	var names []string
	r, err := c.call(ctx, "package_list", &names)
	if err != nil {
		return err
	}
	for i, name := range names {
		place := placeAt(r.URL, document.Pointer("", "result", strconv.Itoa(i)))
		rec, err := c.show(ctx, name, place)
		if err != nil {
			return err
		}
		if rec != nil && !yield(rec, nil) {
			return errStopped
		}
	}
	return nil
}

func (c *ckan) show(ctx context.Context, name string, place Place) (*mapping.Record, error) {
	var found document.LooseList[json.RawMessage] // DKAN wraps the dataset in an array
	r, err := c.call(ctx, "package_show?"+url.Values{"id": {name}}.Encode(), &found)
	var e *Error
	switch {
	case errors.As(err, &e) && ctx.Err() == nil && e.Rule != "max_pages" && c.broken < maxBroken:
		rec := mapping.Broken(goneAs(e, name), place, e.Rule, name, e.Err.Error(), e.Remedy)
		if rec.Gone = rec.ID != ""; !rec.Gone {
			c.broken++
		}
		return rec, nil
	case err != nil:
		return nil, err
	}
	c.broken = 0
	switch {
	case len(found) == 0:
		return mapping.Broken(name, place, "dataset-missing", name,
			"the portal lists the dataset but sends none of this name",
			"ask the portal's owner to repair its list"), nil
	}
	return c.Record(found[0], placeAt(r.URL, "/result")), nil
}

// call asks for an action and decodes its result.
func (c *ckan) call(ctx context.Context, action string, result any) (*fetch.Response, error) {
	r, err := c.s.Page(ctx, c.api+action, "application/json")
	if err != nil {
		return nil, err
	}
	body, err := document.JSONText(r)
	if err != nil {
		return nil, err
	}
	var envelope struct {
		Success bool            `json:"success"`
		Error   json.RawMessage `json:"error"`
		Result  json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return nil, document.JSONError(r, body, err)
	}
	if !envelope.Success {
		return nil, fail(placeAt(r.URL, "/error"), "ckan",
			"set url to the portal's address; look at what it answers there", "the portal refuses the request: %.300s",
			envelope.Error)
	}
	if err := json.Unmarshal(envelope.Result, result); err != nil {
		return nil, fail(placeAt(r.URL, "/result"), "ckan", "set url to the address of a CKAN portal",
			"the answer does not have the form of CKAN's action API: %v", err)
	}
	return r, nil
}
