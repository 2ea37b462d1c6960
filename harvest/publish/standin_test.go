package publish

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

const standInKey = "k-5f1e"

// standIn behaves as the guide of data.gov.tw and the recorded answers say: errors come with the
// status 200, an address that is not registered gets 401, numbers are given in sequence, fields
// that the portal makes may not be sent, the publisher's number never changes, and a withdrawal
// is final and takes the identifier away. What the guide leaves open is as bad as it may be: a
// second dataset with the same identifier is taken.
type standIn struct {
	*httptest.Server
	t       *testing.T
	answers map[string]json.RawMessage

	mu           sync.Mutex
	next         int
	records      map[string]map[string]any // by number
	withdrawn    map[string]bool
	unregistered bool
	blind        bool // the search does not know new datasets yet
	silent       bool // there is no search
	calls        []string
	// hook may answer a call in the place of the portal, before it does anything; after, once it
	// has done it, may take the answer away.
	hook, after func(w http.ResponseWriter, r *http.Request) (answered bool)
}

func newStandIn(t *testing.T) *standIn {
	t.Helper()
	p := &standIn{t: t, next: 6564, records: map[string]map[string]any{}, withdrawn: map[string]bool{}}
	data, err := os.ReadFile("testdata/answers.json")
	if err == nil {
		err = json.Unmarshal(data, &p.answers)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *standIn) url() string { return p.URL + "/api/v2/rest/dataset" }

// instead lets f answer calls in the place of the portal, and then once it has done them.
func (p *standIn) instead(f func(http.ResponseWriter, *http.Request) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hook = f
}

func (p *standIn) then(f func(http.ResponseWriter, *http.Request) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.after = f
}

// search says whether the search knows what is new.
func (p *standIn) search(knows bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.blind = !knows
}

// record returns the dataset of a number.
func (p *standIn) record(id string) map[string]any {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.records[id]
}

// made returns how many calls there were of a method.
func (p *standIn) made(method string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.calls {
		if strings.HasPrefix(c, method+" ") {
			n++
		}
	}
	return n
}

// with returns the numbers of the datasets that have an identifier.
func (p *standIn) with(identifier string) (ids []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(p.records)) {
		if p.records[id]["identifier"] == identifier {
			ids = append(ids, id)
		}
	}
	return ids
}

func (p *standIn) say(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// recorded answers with a recorded answer, for a number or an identifier.
func (p *standIn) recorded(w http.ResponseWriter, name string, change map[string]any) {
	var a map[string]any
	if err := json.Unmarshal(p.answers[name], &a); err != nil {
		p.t.Errorf("answer %s: %v", name, err)
	}
	for _, part := range []string{"result", "error"} {
		if in, ok := a[part].(map[string]any); ok {
			maps.Copy(in, change)
		}
	}
	p.say(w, a)
}

// ServeHTTP implements [http.Handler].
func (p *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.URL.Path == "/api/front/dataset/list" {
		if p.silent {
			http.NotFound(w, r)
			return
		}
		p.find(w, r)
		return
	}
	rest, ok := strings.CutPrefix(r.URL.Path, "/api/v2/rest/dataset")
	id := strings.TrimPrefix(rest, "/")
	p.calls = append(p.calls, r.Method+" "+id)
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.Method == http.MethodGet {
		p.show(w, id)
		return
	}
	if p.unregistered {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.Header.Get("Authorization") != standInKey {
		p.recorded(w, "v2-no-key", nil)
		return
	}
	if p.hook != nil && p.hook(w, r) {
		return
	}
	answer := httptest.NewRecorder()
	p.change(answer, r, id)
	if p.after != nil && p.after(w, r) {
		return
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func (p *standIn) show(w http.ResponseWriter, id string) {
	if id == "" {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	rec := p.records[id]
	if rec == nil {
		p.say(w, map[string]any{"success": false, "error": map[string]any{"error_type": "ER0020:查無資料",
			"message": "查無資料"}})
		return
	}
	out := maps.Clone(rec)
	out["datasetId"] = json.Number(id) // a number here, a text in the answers to POST and PUT
	p.say(w, map[string]any{"help": "", "success": true, "result": out})
}

// find finds by title, as the front end's full text does; what is not asked for is ignored.
func (p *standIn) find(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Bool []struct {
			Fulltext struct{ Value string }
		} `json:"bool"`
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil || len(q.Bool) != 1 {
		p.t.Errorf("search: %v, %+v", err, q)
		return
	}
	result := []any{}
	for _, id := range slices.Sorted(maps.Keys(p.records)) {
		if title, _ := p.records[id]["title"].(string); !p.blind && strings.Contains(title, q.Bool[0].Fulltext.Value) {
			result = append(result, map[string]any{"nid": json.Number(id), "title": title})
		}
	}
	p.say(w, map[string]any{"success": true, "code": 200, "payload": map[string]any{"search_count": len(result),
		"search_result": result}})
}

func (p *standIn) change(w http.ResponseWriter, r *http.Request, id string) {
	var body map[string]any
	if r.Method != http.MethodDelete {
		media := r.Header.Get("Content-Type")
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || media != "application/json" {
			p.t.Errorf("%s: body: %v, type %q", r.Method, err, media)
		}
		for _, name := range generated {
			if _, ok := body[name]; ok {
				p.t.Errorf("%s sends %s, which the portal makes", r.Method, name)
			}
		}
		if body["categoryService"] == "k00" {
			p.recorded(w, "v2-create-error", map[string]any{"identifier": body["identifier"]})
			return
		}
	}
	switch r.Method {
	case http.MethodPost:
		if id != "" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		id = fmt.Sprint(p.next)
		p.next++
		p.records[id] = body
		p.recorded(w, "v2-create-ok", map[string]any{"identifier": body["identifier"], "datasetId": id})
	case http.MethodPut:
		rec := p.records[id]
		switch {
		case rec == nil:
			p.recorded(w, "v2-update-error", map[string]any{"datasetId": id})
		case rec["publisherOID"] != body["publisherOID"]:
			p.say(w, map[string]any{"success": false, "error": map[string]any{"datasetId": id,
				"error_type": "ER0033:機關錯誤", "message": "publisherOID 不得修改"}})
		default:
			maps.Copy(rec, body) // what is not sent stays
			p.say(w, map[string]any{"success": true, "result": map[string]any{"datasetId": id}})
		}
	case http.MethodDelete:
		if p.records[id] == nil {
			p.recorded(w, "v2-delete-error", map[string]any{"datasetId": id})
			return
		}
		delete(p.records, id)
		p.withdrawn[id] = true
		p.say(w, map[string]any{"success": true, "result": map[string]any{"datasetId": id}})
	}
}
