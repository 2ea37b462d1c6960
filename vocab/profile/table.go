package profile

import (
	"bytes"
	"strconv"
	"strings"

	"fincat/vocab/sheet"
)

// Columns are the headings of [Field.Row], in Chinese and English.
var Columns = [][2]string{
	{"項次", "No."}, {"欄位名稱", "Field (Chinese)"}, {"英文欄位名稱", "Field"}, {"類別", "Class"}, {"選填", "Condition"},
	{"次數", "Occurrence"}, {"DCAT 屬性", "Path of properties"}, {"代碼表", "Code list"}, {"匯出欄位", "Column of the export"},
	{"介接 v2", "Interface v2"}, {"DCAT-AP", "DCAT-AP"}, {"schema.org", "schema.org"}, {"範例", "Example"},
	{"說明", "Note (Chinese)"}, {"英文說明", "Note"},
}

// Row returns the field as a row of a table.
func (f Field) Row() []string {
	no := ""
	if f.No > 0 {
		no = strconv.Itoa(f.No)
	}
	return []string{no, f.ZH, f.EN, "dcat:" + f.Class, f.Condition, f.Occurrence(),
		strings.Join(f.Paths, " | "), f.Codes,
		strings.Join(f.Columns, " "), strings.Join(f.V2, " "), f.DCATAP, f.Schema, f.Example, f.NoteZH, f.NoteEN}
}

// Table returns all fields as CSV.
func Table() []byte {
	var b bytes.Buffer
	var head []string
	for _, c := range Columns {
		head = append(head, c[1])
	}
	w := sheet.NewWriter(&b, head...)
	for _, f := range Fields() {
		_ = w.Write(f.Row()...) // a buffer does not fail
	}
	_ = w.Close()
	return b.Bytes()
}
