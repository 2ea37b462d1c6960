package inspect

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// TestFarSheet reads sheets that begin far below and beside their first cell.
func TestFarSheet(t *testing.T) {
	for _, tt := range []struct {
		cells   map[string]string
		row     int
		columns int
		records int
	}{
		{map[string]string{"XFD1048576": "甲"}, 1048576, 16384, 0},
		{map[string]string{"A3000": "甲", "B3000": "乙", "A3001": "1", "B3001": "2", "A3002": "3", "B3002": "4"}, 3000,
			2, 2},
		{nil, 0, 0, 0},
	} {
		book := excelize.NewFile()
		for at, text := range tt.cells {
			if err := book.SetCellValue("Sheet1", at, text); err != nil {
				t.Fatal(err)
			}
		}
		var b bytes.Buffer
		if err := book.Write(&b); err != nil {
			t.Fatal(err)
		}
		r, err := Inspect(t.Context(), File{Address: "http://x.example/a.xlsx", Data: b.Bytes()}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Empty != (tt.cells == nil) || r.HeaderRow != tt.row || len(r.Fields) != tt.columns ||
			r.Rows != tt.records {
			t.Errorf("%d cells: empty %v, header row %d, %d fields, %d rows; want row %d, %d, %d", len(tt.cells),
				r.Empty, r.HeaderRow, len(r.Fields), r.Rows, tt.row, tt.columns, tt.records)
		}
	}
}

// TestFarText reads a text with many blank lines above its header.
func TestFarText(t *testing.T) {
	text := strings.Repeat("\r\n", 5000) + "甲,乙\r\n1,2\r\n"
	r, err := Inspect(t.Context(), File{Address: "http://x.example/a.csv", Data: []byte(text)}, Options{})
	if err != nil || !slices.Equal(r.Fields, []string{"甲", "乙"}) || r.Rows != 1 || r.Empty {
		t.Errorf("fields %q, %d rows, %v", r.Fields, r.Rows, err)
	}
}

// TestDaysOfSevenDigits finds dates of the Republic that are written as one number.
func TestDaysOfSevenDigits(t *testing.T) {
	days := []string{"1150101", "1150228", "0991231", "1141130", "1150302", "1150303"}
	for _, tt := range []struct {
		name   string
		values []string
		want   bool
	}{
		{"日期", days[:1], true},
		{"資料日", days[:2], true},
		{"a", days, true},
		{"更新", days, true},
		{"a", days[:4], false}, // too few to say so
		{"a", append(days[:5:5], "1151301"), false},
		{"a", append(days[:5:5], "2150101"), false},
		{"會計科目代碼", days, false},
		{"電話號碼", days, false},
		{"a", slices.Repeat(days[:1], 6), false}, // one value
		{"金額", []string{"1234567", "1200000", "980", "1150101", "1150102", "1150103"}, false},
	} {
		text := fmt.Sprintf("%s,乙\n%s,1\n", tt.name, strings.Join(tt.values, ",1\n"))
		r, err := Inspect(t.Context(), File{Address: "http://x.example/a.csv", Data: []byte(text)}, Options{})
		if err != nil || r.Has("minguo-dates") != tt.want {
			t.Errorf("%s %q: %v, %v; want %v", tt.name, tt.values, r.Findings, err, tt.want)
		}
	}
}
