package vocab

import (
	"net/url"
	"strings"
	"testing"
)

func TestPrefixes(t *testing.T) {
	seen := map[string]string{}
	for p, ns := range Prefixes() {
		if u, err := url.Parse(ns); err != nil || !u.IsAbs() || !strings.ContainsAny(ns[len(ns)-1:], "#/") {
			t.Errorf("prefix %s stands for %q, which is no namespace", p, ns)
		}
		if other, ok := seen[ns]; ok {
			t.Errorf("prefixes %s and %s stand for the same namespace", p, other)
		}
		seen[ns] = p
	}
	Prefixes()["dcat"] = "changed"
	if got := Prefixes()["dcat"]; got != DCATNS {
		t.Errorf("a caller has changed the table: dcat is %q", got)
	}
	if DCATDataset != "http://www.w3.org/ns/dcat#Dataset" ||
		DCATDatasetProperty != "http://www.w3.org/ns/dcat#dataset" ||
		DCTTitle != "http://purl.org/dc/terms/title" {
		t.Errorf("constants are %s, %s, %s", DCATDataset, DCATDatasetProperty, DCTTitle)
	}
}
