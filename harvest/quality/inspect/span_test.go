package inspect

import (
	"fmt"
	"testing"
)

func TestSpan(t *testing.T) {
	for _, x := range []struct {
		name, column string
		cells        []string
		least, most  string
	}{
		{"integers", "件數", []string{"9", "10", "-1"}, "-1", "10"},
		{"thousands", "金額", []string{"1,234", "999", "12,000.5"}, "999", "12,000.5"},
		{"percent", "比率", []string{"5%", "12.5%"}, "5%", "12.5%"},
		{"dates", "起日", []string{"2026-02-01", "2025-12-31", ""}, "2025-12-31", "2026-02-01"},
		{"leading zeros", "件數", []string{"0012", "13"}, "", ""},
		{"codes", "統一編號", []string{"12345678", "22345678"}, "", ""},
		{"texts", "名稱", []string{"a", "b"}, "", ""},
		{"mixed", "件數", []string{"1", "b"}, "", ""},
		{"dates of the Republic", "年月日", []string{"113/01/02", "112/12/31"}, "", ""},
		{"nothing", "件數", []string{"", ""}, "", ""},
	} {
		f := newFacts(&inspector{}, []string{x.column})
		for i, cell := range x.cells {
			f.row([]string{cell}, fmt.Sprint("line ", i+2))
		}
		var r Report
		f.end(&r)
		if c := r.Columns[0]; c.Least != x.least || c.Most != x.most {
			t.Errorf("%s: from %q to %q, want %q to %q", x.name, c.Least, c.Most, x.least, x.most)
		}
	}
	var r Report
	at := map[string]int{}
	for _, c := range []Column{{Name: "n", Type: "integer", Least: "2", Most: "9"},
		{Name: "n", Type: "integer", Least: "10", Most: "30"}} {
		r.join(c, at)
	}
	if c := r.Columns[0]; c.Least != "2" || c.Most != "30" {
		t.Errorf("of two members: %+v", c)
	}
	r.join(Column{Name: "n", Type: "text"}, at)
	if c := r.Columns[0]; c.Least != "" || c.Most != "" {
		t.Errorf("with a text: %+v", c)
	}
}
