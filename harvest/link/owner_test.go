package link

import (
	"slices"
	"strings"
	"testing"

	"fincat/vocab/dcat"
)

// TestOwners compares owners with those that people found.
func TestOwners(t *testing.T) {
	l, _ := linked(t)
	for _, r := range portalRecords(t) {
		if r.Publisher != "" {
			l.Put(r)
		}
	}
	certain, right, all, allRight := 0, 0, 0, 0
	for _, r := range rows(t, "owners.tsv") {
		w := l.Owner("portal/" + r[0])
		ok := w.Org == r[3] || slices.Contains(strings.Split(r[6], ";"), w.Org)
		all++
		if ok {
			allRight++
		}
		if r[5] == "uncertain" {
			continue
		}
		certain++
		if ok {
			right++
		} else {
			t.Logf("%s %s: owner %q by %s (%s), want %s", r[0], r[2], w.Org, w.Rule, w.Detail, r[3])
		}
	}
	t.Logf("owners: %d of %d certain rows right, %d of all %d", right, certain, allRight, all)
	if 100*right < 95*certain {
		t.Errorf("owners: %d of %d certain rows right, want 95 %%", right, certain)
	}
}

func TestOwnersOf(t *testing.T) {
	at := func(title, address string) Record {
		return Record{Titles: []string{title}, Publisher: "securities-futures-bureau", Addresses: []string{address}}
	}
	tests := []struct {
		name      string
		record    Record
		org, rule string
	}{
		{"host", at("特約商店分佈比例", "https://www.nccc.com.tw/dataDownload/08_Network_of NCCC.csv"), "nccc", "host"},
		{"brackets", at("期貨從業人員(證基會)", "https://stat.fsc.gov.tw/x"), "sfi", "title"},
		{"beginning", at("臺灣證券交易所股份有限公司年報", "https://unknown.tw/"), "twse", "title"},
		{"other spelling", Record{Titles: []string{"台灣證券交易所年報"}}, "twse", "title"},
		{"another host of the domain", at("x", "https://new.tpex.org.tw/a"), "tpex", "host"},
		{"letter of the code", at("二十九大類股", "https://mopsfin.twse.com.tw/opendata/t187ap05_O.csv"), "tpex", "code"},
		{"platform", at("證券業家數", "https://stat.fsc.gov.tw/x"), "securities-futures-bureau", "platform"},
		{"its own source", Record{Titles: []string{"x"}, Publisher: "taifex"}, "taifex", "publisher"},
		{"a bureau stands for many", Record{Titles: []string{"x"}, Publisher: "banking-bureau"}, "", ""},
		{"declared", Record{Titles: []string{"x"}, Creator: "jcic"}, "jcic", "declared"},
		{"unknown host", at("別的", "https://unknown.tw/"), "securities-futures-bureau", "publisher"},
	}
	orgs := newOrganisations(directory(t))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var addresses []address
			for _, s := range tt.record.Addresses {
				if a, ok := readAddress(s, orgs); ok {
					addresses = append(addresses, a)
				}
			}
			title := readTitle(tt.record.Titles[0])
			if w := orgs.ownerOf(&tt.record, &title, addresses); w.Org != tt.org || w.Rule != tt.rule {
				t.Errorf("owner = %+v, want %s by %s", w, tt.org, tt.rule)
			}
		})
	}
}

// TestOnlyRecordsMatter checks that what the catalogue states itself beside a record
// is no record, and changes no links.
func TestOnlyRecordsMatter(t *testing.T) {
	graph := testBase.Graph("twse", "a/b")
	if d, source, ok := testBase.DatasetOf(graph); !ok || source != "twse" || d != testBase.Dataset("twse", "a/b") {
		t.Errorf("DatasetOf(%s) = %s, %s, %v", graph, d, source, ok)
	}
	own := dcat.OwnGraph(graph)
	if d, _, ok := testBase.DatasetOf(own); ok || matters(testBase, own) {
		t.Errorf("%s is taken for the graph of %q", own, d)
	}
}
