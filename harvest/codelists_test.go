package harvest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/traditionalchinese"

	"fincat/harvest/history"
	"fincat/store"
	"fincat/vocab/term"
)

// newLists returns a harvester with a list that is served and one that is a file.
func newLists(t *testing.T, s *store.Store) (m *mutable, h *Harvester, file string) {
	t.Helper()
	m = &mutable{}
	srv := httptest.NewServer(m)
	t.Cleanup(srv.Close)
	file = filepath.Join(t.TempDir(), "banks.csv")
	cfg, err := ParseConfig(strings.NewReader(fmt.Sprintf(`
base: %s
harvest: {allow_private_addresses: true}
code_lists:
  - id: companies
    of: company
    title: 上市公司
    publisher: twse
    url: %s/list
    rate: 1000/s
    retries: 0
    schedule: "@daily"
    columns: {stock-code: 公司代號, name: 公司名稱}
  - {id: banks, of: institution, file: %s, columns: {bank-code: code, name: name}}
`, testBase, srv.URL, file)))
	if err != nil {
		t.Fatal(err)
	}
	return m, newHarvester(t, s, cfg), file
}

// listed returns how many entities the store has.
func listed(t *testing.T, s *store.Store, id string) (n int) {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	p, ok, err := sn.PatternOf(term.Term{}, term.NewIRI("http://purl.org/dc/terms/isPartOf"),
		term.NewIRI(testBase+"code-list/"+id), term.Term{})
	if err != nil || !ok {
		return 0
	}
	for _, err := range sn.Match(t.Context(), p, store.OrderFor(p)) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// companiesCSV are companies from one number to another.
func companiesCSV(from, to int, mark string) string {
	b := "公司代號,公司名稱\n"
	for i := from; i < to; i++ {
		b += fmt.Sprintf("%d,公司%d%s股份有限公司\n", i, i, mark)
	}
	return b
}

// TestCodeList reads a list again and again, as its server changes, and undoes a run.
func TestCodeList(t *testing.T) {
	s := openStore(t)
	m, h, _ := newLists(t, s)
	for _, step := range []struct {
		name, body, mediaType string
		status                int
		want                  string // of the report's line
		state                 history.Status
		entities              int
	}{
		{"first", companiesCSV(1101, 1111, ""), "text/csv", 200, "10 new, 0 changed, 0 unchanged", history.Done, 10},
		{"again", companiesCSV(1101, 1111, ""), "text/csv", 200, "0 new, 0 changed, 10 unchanged", history.Done, 10},
		{"one more, one less", companiesCSV(1102, 1112, ""), "text/csv", 200,
			"1 new, 0 changed, 9 unchanged, 0 missing, 1 removed", history.Done, 10},
		{"too many gone", companiesCSV(1102, 1105, ""), "text/csv", 200, "removal_limit", history.Failed, 10},
		{"a page", "<html><body>維護中</body></html>", "text/html", 200, "web page", history.Failed, 10},
		{"gone", "not here", "text/plain", 404, "404", history.Failed, 10},
		{"names change", companiesCSV(1102, 1112, "新"), "text/csv", 200, "0 new, 10 changed, 0 unchanged",
			history.Done, 10},
		{"a bad row", companiesCSV(1102, 1112, "新") + ",沒有代號\n", "text/csv", 200,
			"10 unchanged, 0 missing, 0 removed, 1 failed", history.Done, 10},
	} {
		m.set(step.status, step.mediaType, step.body)
		before := s.Seq()
		dry, err := h.Run(t.Context(), "companies", RunOptions{DryRun: true})
		if err != nil || s.Seq() != before || dry.Status != step.state {
			t.Errorf("%s: a dry run is %v, %v and made %d commits", step.name, dry, err, s.Seq()-before)
		}
		rep := mustRun(t, h, "companies")
		if rep.Status != step.state || !strings.Contains(rep.String(), step.want) {
			t.Errorf("%s: %s (%s), want %s (%s)", step.name, rep, rep.Status, step.want, step.state)
		}
		if n := listed(t, s, "companies"); n != step.entities {
			t.Errorf("%s: %d entities, want %d", step.name, n, step.entities)
		}
	}
	problems := 0
	last, err := h.History().LastRun(t.Context(), "companies")
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range h.History().Problems(t.Context(), last.Run) {
		if err != nil {
			t.Fatal(err)
		}
		problems++
	}
	if problems != 1 {
		t.Errorf("%d problems are open, want that of the row without a code", problems)
	}
}

// TestCodeListUndone takes a list back.
func TestCodeListUndone(t *testing.T) {
	s := openStore(t)
	m, h, _ := newLists(t, s)
	m.set(http.StatusOK, "text/csv", companiesCSV(1101, 1111, ""))
	mustRun(t, h, "companies")
	m.set(http.StatusOK, "text/csv", companiesCSV(1101, 1121, ""))
	rep := mustRun(t, h, "companies")
	if n := listed(t, s, "companies"); n != 20 {
		t.Fatalf("%d entities, want 20", n)
	}
	if _, err := h.Undo(t.Context(), rep.Run); err != nil {
		t.Fatal(err)
	}
	if n := listed(t, s, "companies"); n != 10 {
		t.Errorf("%d entities after undoing, want 10", n)
	}
}

// TestCodeListFile reads a file in Big5, and says which one is missing.
func TestCodeListFile(t *testing.T) {
	s := openStore(t)
	_, h, file := newLists(t, s)
	if rep := mustRun(t, h, "banks"); rep.Status != history.Failed || !strings.Contains(rep.Reason, file) {
		t.Errorf("without the file: %s (%s)", rep, rep.Status)
	}
	text, err := traditionalchinese.Big5.NewEncoder().String("code,name\n004,臺灣銀行\n005,臺灣土地銀行\n")
	if err == nil {
		err = os.WriteFile(file, []byte(text), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if rep := mustRun(t, h, "banks"); rep.Status != history.Done || rep.New != 2 {
		t.Errorf("%s (%s), want 2 new", rep, rep.Status)
	}
	got, err := h.Preview(t.Context(), "banks", 1)
	if err != nil || len(got) != 1 || got[0].ID != "臺灣銀行, bank-code 004" {
		t.Errorf("Preview = %v, %v", got, err)
	}
	config := h.Config()
	if d, ok, err := h.Due(t.Context(), config.Lists()[0]); err != nil || !ok || d.At.IsZero() {
		t.Errorf("the list with a schedule is due at %v, %v, %v", d, ok, err)
	}
}
