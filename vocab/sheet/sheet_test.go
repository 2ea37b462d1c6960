package sheet_test

import (
	"encoding/csv"
	"errors"
	"strings"
	"testing"

	"fincat/vocab/sheet"
)

func TestHarmless(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", ""}, {"a", "a"}, {"保險", "保險"}, {"a=b", "a=b"}, {" a", " a"}, {"'a", "'a"}, {"12", "12"},
		{"=1+1", "'=1+1"}, {"+1", "'+1"}, {"-1", "'-1"}, {"@SUM(A1)", "'@SUM(A1)"}, {"\t=1", "'\t=1"},
		{"\r=1", "'\r=1"}, {"\n=1", "'\n=1"}, {" =1", "' =1"}, {"\u3000=1", "'\u3000=1"},
		{"\ufeff=1", "'\ufeff=1"},
		{"\x00=1", "'\x00=1"}, {"＝1", "'＝1"}, {"＋1", "'＋1"}, {"－1", "'－1"}, {"＠A", "'＠A"}, {"\ta", "'\ta"},
	} {
		if got := sheet.Harmless(tt.in); got != tt.want {
			t.Errorf("Harmless(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestWriter(t *testing.T) {
	var b strings.Builder
	w := sheet.NewWriter(&b, "a", "b")
	for _, row := range [][]string{{"=1", `x"y`}, {"z"}} {
		if err := w.Write(row...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if want := "a,b\n'=1,\"x\"\"y\"\nz\n"; b.String() != want {
		t.Errorf("the sheet is %q, want %q", b.String(), want)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

var errBroken = errors.New("broken")

func TestWriterError(t *testing.T) {
	w := sheet.NewWriter(broken{}, "a")
	if err := w.Close(); !errors.Is(err, errBroken) {
		t.Errorf("Close = %v, want the error of the writer below", err)
	}
}

// FuzzHarmless: whatever a field holds, it reads back as itself or behind an
// apostrophe, and never begins like a formula.
func FuzzHarmless(f *testing.F) {
	f.Add("=1")
	f.Add(" \t@x")
	f.Fuzz(func(t *testing.T, field string) {
		var b strings.Builder
		w := sheet.NewWriter(&b, "x", "y")
		if err := w.Write(field, ""); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%q reads back as %v, %v", field, rows, err)
		}
		got := rows[1][0]
		if same := strings.ReplaceAll(field, "\r\n", "\n"); got != same && got != "'"+same {
			t.Errorf("%q reads back as %q", field, got)
		}
		if trimmed := strings.TrimSpace(got); trimmed != "" && strings.ContainsAny(trimmed[:1], "=+-@") {
			t.Errorf("%q is written as %q", field, got)
		}
	})
}
