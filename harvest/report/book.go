package report

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"fincat/vocab/sheet"
)

// table is a list with the names of its columns.
type table struct {
	name   string
	header []string
	widths []float64
	rows   [][]any
}

// The bounds of a sheet: what spreadsheets can hold.
const (
	maxRows = 1_048_575 // below the header
	maxCell = 32_000    // characters
)

// cell is a text that a workbook can hold: without the characters that XML cannot express.
func cell(v any) any {
	text, ok := v.(string)
	if !ok {
		return v
	}
	text = strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\t' || c == 0xFFFE || c == 0xFFFF {
			return '\uFFFD'
		}
		return c
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if r := []rune(text); len(r) > maxCell {
		return string(r[:maxCell]) + "…"
	}
	return text
}

// workbook writes tables as an XLSX workbook. Texts are texts in it, whatever they begin
// with.
func workbook(tables []table) ([]byte, error) {
	book := excelize.NewFile()
	defer book.Close()
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true},
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"EEF1F5"}}})
	if err != nil {
		return nil, err
	}
	for i, t := range tables {
		if i == 0 {
			err = book.SetSheetName("Sheet1", t.name)
		} else {
			_, err = book.NewSheet(t.name)
		}
		if err == nil {
			err = t.write(book, bold)
		}
		if err != nil {
			return nil, fmt.Errorf("sheet %s: %w", t.name, err)
		}
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		return nil, fmt.Errorf("write the workbook: %w", err)
	}
	return b.Bytes(), nil
}

func (t *table) write(book *excelize.File, header int) error {
	w, err := book.NewStreamWriter(t.name)
	if err != nil {
		return err
	}
	for i, width := range t.widths {
		if err := w.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	err = w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	if err != nil {
		return err
	}
	var names []any
	for _, h := range t.header {
		names = append(names, excelize.Cell{StyleID: header, Value: h})
	}
	if err := w.SetRow("A1", names); err != nil {
		return err
	}
	for i, row := range t.rows[:min(len(t.rows), maxRows)] {
		safe := make([]any, len(row))
		for k, v := range row {
			safe[k] = cell(v)
		}
		if err := w.SetRow("A"+strconv.Itoa(i+2), safe); err != nil {
			return err
		}
	}
	return w.Flush()
}

// csv writes a table as CSV, with the mark that has spreadsheets read it as UTF-8.
func (t *table) csv() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := sheet.NewWriter(&b, t.header...)
	for _, row := range t.rows {
		var fields []string
		for _, v := range row {
			fields = append(fields, fmt.Sprint(v))
		}
		if err := w.Write(fields...); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

// summary is the sheet with the figures.
func (r *Report) summary() table {
	t := table{name: "摘要 Summary", widths: []float64{28, 36, 12, 12, 10, 10, 10, 12, 12},
		header: []string{"目標", "Target", "目標值 goal", "現況 now", "達成 met", "總數 of", "尚缺 missing", "年度平均 mean",
			"年底推估 forecast"}}
	optional := func(v *float64) any {
		if v == nil {
			return ""
		}
		return *v
	}
	for _, f := range r.Figures {
		var now any = f.Value
		if f.Now() == noShare {
			now = ""
		}
		t.rows = append(t.rows, []any{f.ZH, f.EN, f.Goal, now, f.Met, f.Of, f.Missing, optional(f.Mean),
			optional(f.Forecast)})
	}
	for _, b := range r.Badges {
		t.rows = append(t.rows, []any{"標章 " + b.What, "badge", "", b.N})
	}
	return t
}

// work is the list to work off.
func (p *printer) work(r *Report) table {
	t := table{name: "待辦 To do", widths: []float64{22, 14, 40, 8, 8, 22, 40, 40, 40, 40},
		header: []string{"提供機關 provider", "識別碼 identifier", "資料集 dataset", "標章 badge", "距金尚缺 left to gold",
			"指標 indicator", "原因 reason", "作法 what to do", "檔案 file", "證據 evidence", "IRI"}}
	for _, i := range r.Work {
		t.rows = append(t.rows, []any{p.org(i.Owner), i.Identifier, i.Title, i.Badge, i.Left, i.ZH + " " + i.EN,
			p.words.Both(i.Why),
			i.ToDoZH + " / " + i.ToDoEN, i.Address, p.words.Both(i.Evidence), i.Dataset})
	}
	return t
}

// list is the sheet of datasets.
func (p *printer) list(r *Report) table {
	t := table{name: "資料集 Datasets", widths: []float64{22, 14, 44, 8, 8, 14, 10, 18},
		header: []string{"提供機關 provider", "識別碼 identifier", "資料集 dataset", "季末標章 badge", "現在標章 badge now",
			"平臺標章 portal's", "OPEN API", "檢測時間 checked", "IRI"}}
	for _, d := range r.Datasets {
		t.rows = append(t.rows, []any{p.org(d.Owner), d.Identifier, d.Title, d.Badge, d.Now, d.Portal,
			map[bool]string{true: "是 yes", false: "否 no"}[d.OpenAPI], d.Checked.In(taipei).Format("2006-01-02 15:04"),
			d.Dataset})
	}
	return t
}

// steps is the sheet with the cheapest way to each goal.
func (p *printer) steps(r *Report) table {
	t := table{name: "達標 Cheapest", widths: []float64{24, 22, 34, 40, 10, 10},
		header: []string{"目標 target", "提供機關 provider", "原因 cause", "說明 why", "資料集 datasets", "達標 reaches", "IRI"}}
	for _, f := range r.Figures {
		for _, s := range f.Cheapest {
			reaches := ""
			if s.Reaches {
				reaches = "是 yes"
			}
			t.rows = append(t.rows, []any{f.ZH, p.org(s.Owner), p.cause(s.Cause), p.words.Both(s.Why),
				len(s.Datasets), reaches,
				strings.Join(s.Datasets, "\n")})
		}
	}
	return t
}

// changeTable is a sheet of changes.
func (p *printer) changeTable(name string, list []Change) table {
	t := table{name: name, widths: []float64{22, 50, 14},
		header: []string{"機關 owner", "資料集 dataset", "日期 date", "IRI"}}
	for _, c := range list {
		t.rows = append(t.rows, []any{p.org(c.Owner), c.Title, c.At.In(taipei).Format(time.DateOnly), c.Dataset})
	}
	return t
}

// meetingTables are the sheets of the pack for the advisory group.
func (p *printer) meetingTables(m *Meeting) []table {
	inventory := table{name: "盤點 Inventory", widths: []float64{24, 40, 12},
		header: []string{"分類 by", "名稱 name", "資料集 datasets"}}
	for _, f := range m.Inventory {
		for _, c := range f.Counts {
			inventory.rows = append(inventory.rows, []any{f.ZH + " " + f.EN, c.What, c.N})
		}
	}
	ranking := table{name: "排名 Ranking", widths: []float64{8, 30, 10},
		header: []string{"名次 place", "提供機關 provider", "資料集 datasets"}}
	for _, a := range m.Rules {
		ranking.header = append(ranking.header, fmt.Sprintf("%s %s (%g)", a.ZH, a.EN, a.Weight))
	}
	ranking.header = append(ranking.header, "總分 score")
	for _, k := range m.Ranking {
		row := []any{k.Place, k.Name, k.Datasets}
		for _, x := range k.Parts {
			row = append(row, x.Points)
		}
		ranking.rows = append(ranking.rows, append(row, k.Score))
	}
	rules := table{name: "評分規則 Rules", widths: []float64{20, 28, 10, 30},
		header: []string{"規則 rule", "rule", "配分 weight", "依據 certainty"}}
	for _, a := range m.Rules {
		rules.rows = append(rules.rows, []any{a.ZH, a.EN, a.Weight, a.Certainty})
	}
	missing := table{name: "平臺尚缺 Missing at portal", widths: []float64{30, 24, 50, 40},
		header: []string{"機關 organisation", "識別碼 identifier", "資料集 dataset", "待判定 candidates", "IRI"}}
	for _, e := range m.Links.Missing {
		missing.rows = append(missing.rows, []any{p.org(e.Organisation), e.Identifier, e.Title,
			strings.Join(e.Candidates, "\n"), e.Dataset})
	}
	requests := table{name: "需求 Requests", widths: []float64{12, 50, 20, 12, 12, 22},
		header: []string{"提出 asked", "內容 about", "資料集 dataset", "期限 due", "回復 answered", "狀態 state"}}
	for _, q := range m.Requests {
		requests.rows = append(requests.rows, []any{q.Asked, q.About, q.Dataset, q.Due, q.Answered,
			requestState(q.State)})
	}
	return []table{m.summary(), inventory, requests, p.changeTable("新增 New", m.New),
		p.changeTable("移除 Removed", m.Removed),
		p.changeTable("修改 Changed", m.Changed), p.list(m.Report), p.steps(m.Report), ranking, rules, missing}
}
