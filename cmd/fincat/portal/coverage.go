package portal

import (
	"fmt"
	"net/http"

	"fincat/harvest/coverage"
	"fincat/vocab/sheet"
	"fincat/vocab/term"
)

// coveragePage says how much of what the institutions show data.gov.tw has, quarter by
// quarter.
type coveragePage struct {
	frame
	Quarters []string
	Lines    []coverageLine
	Missing  string // the query for what data.gov.tw lacks
}

// coverageLine is about an institution, a sector or all.
type coverageLine struct {
	Name   value
	Newest *coverage.Row
	Shares []string // by quarter; "" where nothing is known
}

// shownQuarters is how many quarters the page shows; the CSV has all.
const shownQuarters = 8

// coverage answers with the page, with RDF where that is preferred, or with CSV.
func (p *Portal) coverage(w http.ResponseWriter, r *http.Request) {
	asCSV := r.URL.Path == "/coverage.csv"
	if !asCSV && !wantsPage(w, r) {
		p.Feed.Resource(w, r, p.iri(r))
		return
	}
	sn, err := p.Store.Snapshot()
	if err != nil {
		p.fail(w, r, err)
		return
	}
	defer sn.Close()
	rows, err := coverage.Rows(r.Context(), sn, p.Base)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	if asCSV {
		writeCoverage(w, rows)
		return
	}
	f := p.frame(r, sn, "")
	f.Title = f.L.T("coverage")
	rd := p.reader(r.Context(), sn, f)
	page := &coveragePage{frame: f, Missing: f.with("/query", map[string][]string{"example": {"missing-at-portal"}})}
	var lines []coverage.Line
	page.Quarters, lines = coverage.Table(rows, shownQuarters)
	for _, l := range lines {
		if l.Newest.Own == 0 && l.Newest.Quarter == page.Quarters[len(page.Quarters)-1] {
			continue // nothing of its own is known
		}
		line := coverageLine{Name: value{Text: f.L.T("coverage.all")}, Newest: l.Newest}
		switch l.Kind {
		case coverage.Organisation:
			line.Name = rd.value(term.NewIRI(p.Base.Org(l.ID)))
		case coverage.Sector:
			line.Name = rd.value(term.NewIRI(p.Base.Sector(l.ID)))
		}
		for _, q := range l.Rows {
			share := ""
			if q != nil {
				share = fmt.Sprintf("%.0f %%", 100*q.Share)
			}
			line.Shares = append(line.Shares, share)
		}
		page.Lines = append(page.Lines, line)
	}
	p.render(w, r, http.StatusOK, "coverage", page)
}

// writeCoverage answers with the counts of all quarters as CSV.
func writeCoverage(w http.ResponseWriter, rows []coverage.Row) {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	out := sheet.NewWriter(w, coverage.Header...)
	for _, c := range coverage.Cells(rows) {
		_ = out.Write(c...) // the client may have gone
	}
	_ = out.Close()
}
