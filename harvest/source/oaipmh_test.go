package source

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fincat/harvest/fetch"
)

// TestOAIFaults checks which rule an answer to ListRecords breaks, and how
// many records came before.
func TestOAIFaults(t *testing.T) {
	const head, tail = `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">`, `</OAI-PMH>`
	const record = `<record><header><identifier>i</identifier></header><metadata><dc><title>t</title></dc></metadata></record>`
	tests := []struct {
		name, answer, rule string
		records            int
	}{
		{"good", head + `<ListRecords>` + record + `</ListRecords>` + tail, "", 1},
		{"no records", head + `<error code="noRecordsMatch"/>` + tail, "", 0},
		{"refused", head + `<error code="cannotDisseminateFormat">no</error>` + tail, "oai-cannotDisseminateFormat",
			0},
		{"empty", ``, "empty", 0},
		{"no XML", `broken xml`, "xml", 0},
		{"a page", `<!DOCTYPE html><html></html>`, "html", 0},
		{"other XML", `<rss/>`, "xml", 0},
		{"cut in a record", head + `<ListRecords>` + record + `<record><header><iden`, "cut", 1},
		{"cut between records", head + `<ListRecords>` + record, "cut", 1},
		{"unknown entity", head + `<ListRecords>` + record + `<record>&boom;</record></ListRecords>` + tail, "", 1},
		{"entity declarations are not followed", `<!DOCTYPE x [<!ENTITY boom "&boom;&boom;">]>` + head +
			`<ListRecords><record>&boom;</record></ListRecords>` + tail, "xml", 0},
		{"endless", head + `<ListRecords>` + record + `<resumptionToken>again</resumptionToken></ListRecords>` + tail,
			"repeated-page", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Query().Get("verb") {
				case "Identify":
					_, _ = w.Write([]byte(head + `<Identify><repositoryName>r</repositoryName></Identify>` + tail))
				case "ListRecords":
					_, _ = w.Write([]byte(tt.answer))
				default:
					http.NotFound(w, r)
				}
			}))
			defer srv.Close()
			client := fetch.Options{AllowPrivate: true}
			s := newSession(t, Config{ID: "o", Kind: "oaipmh", URL: srv.URL + "?metadataPrefix=oai_dc",
				Policy: fetch.Policy{Rate: fetch.Rate{Every: 1}}}, client, time.Time{})
			records, rule := 0, ""
			for rec, err := range gatherOAI(context.Background(), s) {
				var e *Error
				switch {
				case errors.As(err, &e):
					rule = e.Rule
				case err != nil:
					t.Errorf("%v is no *Error", err)
				case rec.Dataset != nil:
					records++
				}
			}
			if rule != tt.rule || records != tt.records {
				t.Errorf("rule %q after %d records, want %q after %d", rule, records, tt.rule, tt.records)
			}
		})
	}
}

// TestOAISets checks that several sets are read, a record in two of them comes
// once, and a repository that forgets its token is asked from the beginning.
func TestOAISets(t *testing.T) {
	const head, tail = `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">`, `</OAI-PMH>`
	record := func(id string) string {
		return `<record><header><identifier>` + id +
			`</identifier></header><metadata><dc><title>t</title></dc></metadata></record>`
	}
	list := func(token string, ids ...string) string {
		var b strings.Builder
		for _, id := range ids {
			b.WriteString(record(id))
		}
		return head + `<ListRecords>` + b.String() + `<resumptionToken>` + token + `</resumptionToken></ListRecords>` +
			tail
	}
	const expired = head + `<error code="badResumptionToken">expired</error>` + tail
	tests := []struct {
		name, query string
		answers     map[string][]string // by set or token, one after the other
		want, rule  string
	}{
		{"two sets", "&set=a&set=b", map[string][]string{"a": {list("", "1", "2")}, "b": {list("", "2", "3")}},
			"1 2 3", ""},
		{"a set is empty", "&set=a&set=b", map[string][]string{"a": {head + `<error code="noRecordsMatch"/>` + tail},
			"b": {list("", "3")}}, "3", ""},
		{"token expires once", "", map[string][]string{"": {list("x", "1", "2"), list("y", "1", "2")}, "x": {expired},
			"y": {list("", "3")}}, "1 2 3", ""},
		{"token expires always", "", map[string][]string{"": {list("x", "1"), list("x", "1")},
			"x": {expired, expired}}, "1", "oai-badResumptionToken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asked := map[string]int{}
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				q := r.URL.Query()
				if q.Get("verb") == "Identify" {
					_, _ = w.Write([]byte(head + `<Identify/>` + tail))
					return
				}
				key := q.Get("set") + q.Get("resumptionToken")
				if n := asked[key]; n < len(tt.answers[key]) {
					asked[key]++
					_, _ = w.Write([]byte(tt.answers[key][n]))
					return
				}
				http.NotFound(w, r)
			}))
			defer srv.Close()
			s := testSession(t, Config{URL: srv.URL + "?metadataPrefix=oai_dc" + tt.query,
				Policy: fetch.Policy{Robots: "ignore"}}, fetch.Options{AllowPrivate: true})
			var got []string
			rule := ""
			for rec, err := range gatherOAI(t.Context(), s) {
				var e *Error
				if errors.As(err, &e) {
					rule = e.Rule
					continue
				}
				got = append(got, rec.ID)
			}
			if strings.Join(got, " ") != tt.want || rule != tt.rule {
				t.Errorf("records %q, rule %q, want %q and %q", got, rule, tt.want, tt.rule)
			}
		})
	}
}
