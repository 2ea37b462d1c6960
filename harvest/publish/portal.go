package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"fincat/harvest/fetch"
)

// A portal is data.gov.tw, or what behaves as it does.
type portal struct {
	url, search string
	write       *fetch.Session // with the key
	read        *fetch.Session // without: what is read needs none
}

// openPortal connects with the portal. Without the key nothing can be written.
func openPortal(client *fetch.Client, c *Config, key bool) (*portal, error) {
	p := &portal{url: c.URL, search: c.Search}
	policy := c.Policy
	policy.TokenEnv, policy.TokenHeader, policy.TokenScheme = "", "", ""
	var err error
	if p.read, err = client.Session(fetch.SessionOptions{Policy: policy, Origin: c.URL}); err != nil || !key {
		return p, err
	}
	if c.TokenEnv == "" {
		p.close()
		return nil, errors.New("nothing can be sent without a key: name the environment variable that holds it as " +
			"publish: token_env")
	}
	if p.write, err = client.Session(fetch.SessionOptions{Policy: c.Policy, Origin: c.URL}); err != nil {
		p.close()
		return nil, fmt.Errorf("publish: %w", err)
	}
	return p, nil
}

func (p *portal) close() {
	for _, s := range []*fetch.Session{p.read, p.write} {
		if s != nil {
			s.Close()
		}
	}
}

// answer is what the interface answers, with the status 200 also when it refuses.
type answer struct {
	Success *bool           `json:"success"`
	Result  json.RawMessage `json:"result"`
	Error   *struct {
		Type    string `json:"error_type"`
		Message string `json:"message"`
	} `json:"error"`
}

// record is a dataset in an answer.
type record struct {
	ID         number `json:"datasetId"`
	Identifier string `json:"identifier"`
}

// number is written as a text or as a number.
type number string

// UnmarshalJSON implements [json.Unmarshaler].
func (n *number) UnmarshalJSON(b []byte) error {
	*n = number(strings.Trim(string(b), `"`))
	if *n == "null" {
		*n = ""
	}
	return nil
}

// understand reads an answer into result.
func understand(address string, status int, body []byte, result any) *Fault {
	var a answer
	err := json.Unmarshal(body, &a)
	if err == nil && a.Success != nil && !*a.Success && status != http.StatusUnauthorized &&
		status != http.StatusForbidden {
		if a.Error == nil {
			return unclear(address, "the answer says that it failed, but not why")
		}
		return told(address, a.Error.Type, a.Error.Message)
	}
	if status/100 != 2 {
		return answered(address, status)
	}
	switch {
	case err != nil:
		return unclear(address, "the answer is no JSON, so that nobody knows what was done: %w", err)
	case a.Success == nil:
		return unclear(address, "the answer does not say whether it succeeded")
	case len(a.Result) == 0:
		return nil
	}
	if err := json.Unmarshal(a.Result, result); err != nil {
		return unclear(address, "the answer's result cannot be read: %w", err)
	}
	return nil
}

// call sends one call that changes something.
func (p *portal) call(ctx context.Context, method, address string, body map[string]any) (record, *Fault) {
	r := fetch.Request{Accept: "application/json"}
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return record{}, &Fault{Error: fetch.Explain(address, err)}
		}
		r.Body, r.ContentType = data, "application/json"
	}
	resp, err := p.write.Send(ctx, method, address, r)
	if err != nil {
		return record{}, failed(err)
	}
	var out record
	fault := understand(address, resp.Status, resp.Body, &out)
	return out, fault
}

// create creates a dataset and returns its number.
func (p *portal) create(ctx context.Context, body map[string]any) (id string, f *Fault) {
	r, f := p.call(ctx, http.MethodPost, p.url, body)
	switch {
	case f != nil:
		return "", f
	case r.ID == "":
		return "", unclear(p.url, "the answer does not say under which number the dataset was created")
	case r.Identifier != "" && r.Identifier != body[fieldIdentifier]:
		return "", unclear(p.url, "the answer is about %.80q, not about %v", r.Identifier, body[fieldIdentifier])
	}
	return string(r.ID), nil
}

// update changes the dataset of a number.
func (p *portal) update(ctx context.Context, id string, body map[string]any) *Fault {
	_, f := p.call(ctx, http.MethodPut, p.of(id), body)
	return f
}

// withdraw withdraws the dataset of a number, for good.
func (p *portal) withdraw(ctx context.Context, id string) *Fault {
	_, f := p.call(ctx, http.MethodDelete, p.of(id), nil)
	return f
}

func (p *portal) of(id string) string { return p.url + "/" + url.PathEscape(id) }

// identifierOf returns the identifier of the dataset of a number; not there when the portal does
// not have it.
func (p *portal) identifierOf(ctx context.Context, id string) (identifier string, there bool, f *Fault) {
	address := p.of(id)
	resp, err := p.read.Send(ctx, http.MethodGet, address, fetch.Request{Accept: "application/json"})
	var r record
	if err != nil {
		f = failed(err)
	} else {
		f = understand(address, resp.Status, resp.Body, &r)
	}
	if f != nil {
		if f.Unsure = false; f.Gone { // nothing was to be done
			f = nil
		}
		return "", false, f
	}
	if r.ID != "" && string(r.ID) != id {
		return "", false, unclear(address, "the answer is about the dataset %s", r.ID)
	}
	return r.Identifier, r.Identifier != "" || r.ID != "", nil
}

// The bounds of a search.
const (
	searchPage  = 100
	searchPages = 5
	maxAlike    = 50 // datasets of one title that are looked at
)

// found is what a search answers.
type found struct {
	Success bool `json:"success"`
	Payload struct {
		Count  int `json:"search_count"`
		Result []struct {
			NID   number `json:"nid"`
			Title string `json:"title"`
		} `json:"search_result"`
	} `json:"payload"`
}

// find looks for the dataset with an identifier among those that have a title; "" for none. The
// interface itself finds datasets by their number only. The fault is Gone where there is no search.
func (p *portal) find(ctx context.Context, identifier, title string) (id string, f *Fault) {
	title, alike, seen := plain(title), 0, 0
	for page := 1; page <= searchPages; page++ {
		var got found
		if f := p.ask(ctx, title, page, &got); f != nil {
			return "", f
		}
		for _, r := range got.Payload.Result {
			seen++
			if plain(r.Title) != title || alike >= maxAlike {
				continue
			}
			alike++
			other, there, f := p.identifierOf(ctx, string(r.NID))
			if f != nil {
				return "", f
			}
			if there && other == identifier {
				return string(r.NID), nil
			}
		}
		if seen >= got.Payload.Count || len(got.Payload.Result) == 0 {
			break
		}
	}
	return "", nil
}

// ask gets one page of a search.
func (p *portal) ask(ctx context.Context, title string, page int, got *found) *Fault {
	query, err := json.Marshal(map[string]any{
		"bool":   []any{map[string]any{"fulltext": map[string]any{"value": title}}},
		"filter": []any{}, "tids": []any{}, "page_num": page, "page_limit": searchPage, "sort": "_score_desc"})
	if err != nil {
		return &Fault{Error: fetch.Explain(p.search, err)}
	}
	resp, err := p.read.Post(ctx, p.search, fetch.Request{Accept: "application/json", Body: query,
		ContentType: "application/json"})
	if err != nil {
		f := failed(err)
		f.Unsure = false // nothing was to be done
		f.Gone = f.Status == http.StatusNotFound || f.Status == http.StatusMethodNotAllowed
		return f
	}
	if err := json.Unmarshal(resp.Body, got); err != nil || !got.Success {
		f := unclear(p.search, "the answer of the search cannot be read")
		f.Unsure = false
		return f
	}
	return nil
}

// plain is a title without what nobody sees in it.
func plain(title string) string { return strings.Join(strings.Fields(title), " ") }
