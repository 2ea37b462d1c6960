package inspect

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// sheetXML inspects a workbook of Excel 2003 that is written as XML (SpreadsheetML): its
// cells are what a table has, while the names of its elements say nothing.
func (in *inspector) sheetXML(text []byte, r *Report) {
	x := newXML(text)
	var all sheets
	var s *sheet
	var cells []string
	var cell strings.Builder
	row, data := 0, false
	for n := 0; n%4096 != 0 || in.ctx.Err() == nil; n++ {
		tok, err := x.token()
		if err != nil {
			break
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			switch tok.Name.Local {
			case "Worksheet":
				s, row = in.newSheet(), 0
			case "Row":
				for at := index(tok, row+1); s != nil && row+1 < at; row++ {
					s.next(nil)
				}
				cells = nil
			case "Cell":
				for at := index(tok, len(cells)+1); len(cells)+1 < at; {
					cells = append(cells, "")
				}
			case "Data":
				data = true
				cell.Reset()
			}
		case xml.CharData:
			if data {
				cell.Write(tok)
			}
		case xml.EndElement:
			switch tok.Name.Local {
			case "Data":
				data = false
			case "Cell":
				cells = append(cells, cell.String())
				cell.Reset()
			case "Row":
				if row++; s != nil {
					s.next(cells)
				}
			case "Worksheet":
				if s != nil {
					all.add(s)
				}
				s = nil
			}
		}
	}
	all.into(in, r)
}

// index is where a row or a cell stands, from 1, which is written where some were left out.
func index(tok xml.StartElement, next int) int {
	n, err := strconv.Atoi(attribute(tok, "Index"))
	if err != nil || n < next || n > maxCells {
		return next
	}
	return n
}
