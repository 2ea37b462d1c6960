package portal

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// quarters are the counts of two quarters.
const quarters = catalogue + `
@prefix qb: <http://purl.org/linked-data/cube#> .
<graph/coverage/2026Q1> {
  <coverage> a qb:DataSet .
  <coverage/2026Q1/org/tii> a qb:Observation ; fincat:quarter "2026Q1" ; fincat:counts <org/tii> ; fincat:ownRecords 4 ;
    fincat:linkedRecords 1 ; fincat:candidateRecords 1 ; fincat:portalRecords 2 ; fincat:unshownRecords 1 ; fincat:share 0.25 .
}
<graph/coverage/2026Q2> {
  <coverage/2026Q2/org/tii> a qb:Observation ; fincat:quarter "2026Q2" ; fincat:counts <org/tii> ; fincat:ownRecords 4 ;
    fincat:linkedRecords 3 ; fincat:candidateRecords 0 ; fincat:portalRecords 4 ; fincat:unshownRecords 1 ; fincat:share 0.75 .
  <coverage/2026Q2/sector/insurance> a qb:Observation ; fincat:quarter "2026Q2" ; fincat:counts <sector/insurance> ;
    fincat:ownRecords 4 ; fincat:linkedRecords 3 ; fincat:candidateRecords 0 ; fincat:portalRecords 4 ;
    fincat:unshownRecords 1 ; fincat:share 0.75 .
  <coverage/2026Q2/all> a qb:Observation ; fincat:quarter "2026Q2" ; fincat:counts <catalog> ; fincat:ownRecords 5 ;
    fincat:linkedRecords 3 ; fincat:candidateRecords 0 ; fincat:portalRecords 4 ; fincat:unshownRecords 1 ; fincat:share 0.6 .
}
`

// TestCoverage asks for the shares of each quarter, by institution, sector and in all.
func TestCoverage(t *testing.T) {
	h, _ := newPortalOf(t, quarters)
	var got []string
	page(t, h, "/coverage?lang=en").Find("#coverage tr").Each(func(_ int, row *goquery.Selection) {
		var cells []string
		row.Find("th, td").Each(func(_ int, c *goquery.Selection) {
			cells = append(cells, strings.TrimSpace(c.Text()))
		})
		got = append(got, strings.Join(cells, " "))
	})
	want := []string{
		"Organisation Own records On data.gov.tw To decide Portal records Shown by no source 2026Q1 2026Q2",
		"Taiwan Insurance Institute 4 3 0 4 1 25 % 75 %", "Insurance 4 3 0 4 1  75 %", "All 5 3 0 4 1  60 %",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the table says\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/coverage.csv", nil))
	if !strings.Contains(w.Body.String(), "2026Q1,organisation,tii,4,1,0.2500,1,2,1") ||
		strings.Count(w.Body.String(), "\n") != 5 {
		t.Errorf("the CSV is\n%s", w.Body.String())
	}
	for _, path := range []string{"/coverage?x=1", "/coverage.csv?quarter=2026Q1", "/coverage?lang=%ZZ"} {
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil)); w.Code != http.StatusBadRequest {
			t.Errorf("GET %s = %d", path, w.Code)
		}
	}
	if page(t, h, "/organisations").Find(`a[href="/coverage"]`).Length() != 1 {
		t.Errorf("the page on organisations does not lead there")
	}
	empty, _ := newPortalOf(t, catalogue)
	if n := page(t, empty, "/coverage").Find("#coverage tbody tr").Length(); n != 1 {
		t.Errorf("without counts there are %d rows, want one that says so", n)
	}
}
