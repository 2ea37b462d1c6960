package access

import (
	"net/url"
	"reflect"
	"strings"
	"testing"

	"fincat/vocab/dcat"
)

// TestCheckBase asserts that a base is refused whose path a proxy may take away or leave there
// without anybody being able to tell: one that begins like an address of the catalogue.
func TestCheckBase(t *testing.T) {
	for _, base := range []string{"", "https://e.tw/", "https://e.tw/open/", "https://e.tw/open/data/",
		"https://e.tw/datas/", "https://e.tw/search/"} {
		if err := CheckBase(base); err != nil {
			t.Error(err)
		}
	}
	taken := []string{"data", "feed", "api", "admin", "sparql", ".well-known", "login", "static", "profile"}
	base := reflect.ValueOf(dcat.Base("https://e.tw/"))
	for i := range base.NumMethod() { // every IRI that the catalogue makes
		m := base.Method(i)
		if m.Type().NumOut() != 1 || m.Type().Out(0).Kind() != reflect.String {
			continue
		}
		args := make([]reflect.Value, 0, m.Type().NumIn())
		for range m.Type().NumIn() {
			args = append(args, reflect.ValueOf("x").Convert(m.Type().In(len(args))))
		}
		u, err := url.Parse(m.Call(args)[0].String())
		if err != nil {
			t.Fatal(err)
		}
		if first, _, more := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/"); more {
			taken = append(taken, first)
		}
	}
	if len(taken) < 25 {
		t.Errorf("only %d segments are tried", len(taken))
	}
	for _, first := range taken {
		for _, base := range []string{"https://e.tw/" + first + "/", "https://e.tw/" + first + "/more/"} {
			if err := CheckBase(base); err == nil || !strings.Contains(err.Error(), base) ||
				!strings.Contains(err.Error(), "/open/") {
				t.Errorf("CheckBase(%q) = %v", base, err)
			}
		}
	}
}
