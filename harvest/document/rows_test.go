package document

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fincat/harvest/fetch"
	"fincat/harvest/problem"
)

// TestRows reads the same two entries from tables of every format of text.
func TestRows(t *testing.T) {
	tests := []struct{ name, mediaType, in, want string }{
		{"CSV", "text/csv", "id,name\n1,a\n2,b\n", "1=a@line 2 2=b@line 3"},
		{"CSV of a Macintosh", "text/csv", "id,name\r1,a\r2,b\r", "1=a@line 2 2=b@line 3"},
		{"TSV", "text/tab-separated-values", "id\tname\n1\ta\n2\tb", "1=a@line 2 2=b@line 3"},
		{"JSON", "application/json", `[{"id":1,"name":"a"},{"id":2,"name":"b"}]`, "1=a@/0 2=b@/1"},
		{"JSON Lines", "application/x-ndjson", "{\"id\":1,\"name\":\"a\"}\n\n{\"id\":2,\"name\":\"b\"}",
			"1=a@line 1 2=b@line 3"},
		{"a broken line", "application/x-ndjson", "{\"id\":1,\"name\":\"a\"}\n{\"id\":\n", "1=a@line 1 broken@line 2"},
		{"XML", "text/xml", "<l>\n<e><id>1</id><name>a</name></e>\n<e><id>2</id><name>b</name></e></l>",
			"1=a@line 2 2=b@line 3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			o := RowOptions{Columns: []string{"id", "name"}}
			err := rows(t, tt.mediaType, tt.in, o, func(e Entry, _ error) bool {
				text := fmt.Sprintf("%s=%s", ValueText(e.Values["id"]), ValueText(e.Values["name"]))
				if e.Err != nil {
					text = "broken"
				}
				got = append(got, text+"@"+e.Locator)
				return true
			})
			if strings.Join(got, " ") != tt.want || err != nil {
				t.Errorf("Rows = %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func rows(t *testing.T, mediaType, body string, o RowOptions, yield func(Entry, error) bool) error {
	t.Helper()
	d, err := New(&fetch.Response{URL: "u", ContentType: mediaType, Body: []byte(body)}, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	return d.Rows(o, yield)
}

// TestRowErrors checks that a table that cannot be read names the place and the
// remedy.
func TestRowErrors(t *testing.T) {
	tests := []struct{ name, mediaType, in, rule, remedy string }{
		{"column", "text/csv", "id,title\n1,a\n", "column", "table.columns"},
		{"separator", "text/csv", "id;name\n1;a\n", "column", `set table.separator to ';'`},
		{"open quotation mark", "text/csv", "id,name\n1,\"a\n2,b\n", "csv-quote", "close the quotation mark"},
		{"page", "application/json", "<!doctype html><html></html>", "html", "open the address"},
		{"empty", "text/csv", " \n", "empty", "harvest again"},
		{"cut off", "application/json", `[{"id":1,"name":"a"},{"id"`, "cut", "harvest again"},
		{"object", "application/json", `{"id":1}`, "form", "check url"},
		{"XML", "text/xml", "<l><e></l>", "xml", "valid XML"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := RowOptions{Format: map[string]string{"page": "json"}[tt.name], Columns: []string{"id", "name"}}
			err := rows(t, tt.mediaType, tt.in, o, func(Entry, error) bool { return true })
			var e *problem.Error
			if !errors.As(err, &e) || e.Rule != tt.rule || !strings.Contains(e.Remedy, tt.remedy) ||
				e.Place.URL != "u" {
				t.Errorf("Rows = %v, want rule %s and remedy %q", err, tt.rule, tt.remedy)
			}
		})
	}
}

func TestPages(t *testing.T) {
	p := NewPages()
	if p.Fresh("a", []byte("x")) != nil || p.Fresh("b", []byte("y")) != nil {
		t.Error("pages that differ are not fresh")
	}
	if p.Fresh("c", []byte("x")) == nil {
		t.Error("a page with the text of another is fresh")
	}
	p.Forget()
	if p.Fresh("c", []byte("x")) != nil {
		t.Error("a page is not fresh after Forget")
	}
	var c, other Contents
	for _, record := range []string{"1", "2"} {
		c.Add(record)
	}
	for _, record := range []string{"2", "1"} {
		other.Add(record)
	}
	var errs []bool
	for range maxSameContents {
		errs = append(errs, p.FreshContents("a", c) != nil)
	}
	errs = append(errs, p.FreshContents("a", other) != nil, p.FreshContents("a", Contents{}) != nil)
	if want := []bool{false, false, false, true, false}; !slices.Equal(errs, want) {
		t.Errorf("FreshContents fails %v, want %v", errs, want)
	}
}
