package inspect

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"unicode/utf16"

	"github.com/richardlehane/mscfb"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Records of a workbook in BIFF ([MS-XLS] §2.3).
const (
	biffFormula   = 0x0006
	biffEOF       = 0x000A
	biffFilePass  = 0x002F
	biffContinue  = 0x003C
	biffCodePage  = 0x0042
	biffSheet     = 0x0085
	biffMulRK     = 0x00BD
	biffRichText  = 0x00D6
	biffSST       = 0x00FC
	biffLabelSST  = 0x00FD
	biffNumber    = 0x0203
	biffLabel     = 0x0204
	biffBool      = 0x0205
	biffString    = 0x0207
	biffRK        = 0x027E
	biff8         = 0x0600 // version of Excel 97 and later
	maxSheetCells = 2_000_000
)

// ole inspects a compound file: an old workbook, or another document.
func (in *inspector) ole(f File, r *Report) {
	r.Format = "binary"
	book, err := in.compound(f.Data, r)
	switch {
	case err != nil:
		r.Broken = fmt.Sprintf("the compound file cannot be read: %v", err)
	case book != nil:
		r.Format = "xls"
		if err := in.biff(book, r); err != nil {
			r.Broken = fmt.Sprintf("the workbook cannot be read: %v", err)
		}
	}
}

// compound returns the stream of a workbook in a compound file, and notes what else the
// file is.
func (in *inspector) compound(data []byte, r *Report) (book []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("its parts contradict each other: %v", p)
		}
	}()
	doc, err := mscfb.New(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	for n := 0; n < 10_000; n++ {
		e, err := doc.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		switch e.Name {
		case "Workbook", "Book":
			if e.Size > int64(len(data)) {
				return nil, errors.New("a stream is larger than the file")
			}
			return io.ReadAll(io.LimitReader(doc, e.Size))
		case "WordDocument":
			r.Format = "doc"
		case "PowerPoint Document":
			r.Format = "ppt"
		case "EncryptedPackage":
			r.Format, r.Broken = "xlsx", "the workbook is protected with a password"
			r.found("encrypted", "", "%s", r.Broken)
			return nil, nil
		}
	}
	return nil, nil
}

// biffRecord is one record of a stream.
type biffRecord struct {
	kind int
	data []byte
}

// biffReader goes from record to record.
type biffReader struct {
	stream []byte
	pos    int
}

func (b *biffReader) next() (biffRecord, bool) {
	if b.pos+4 > len(b.stream) {
		return biffRecord{}, false
	}
	kind, size := int(binary.LittleEndian.Uint16(b.stream[b.pos:])),
		int(binary.LittleEndian.Uint16(b.stream[b.pos+2:]))
	start := b.pos + 4
	if start+size > len(b.stream) {
		return biffRecord{}, false
	}
	b.pos = start + size
	return biffRecord{kind, b.stream[start:b.pos]}, true
}

// biff reads a workbook: its texts, and its first sheet that is shown and is a table.
func (in *inspector) biff(stream []byte, r *Report) error {
	var offsets []int
	t := biffTexts{old: len(stream) >= 6 && binary.LittleEndian.Uint16(stream[4:]) < biff8}
	b := &biffReader{stream: stream}
	for {
		rec, ok := b.next()
		if !ok {
			return errors.New("it ends within its list of sheets")
		}
		if rec.kind == biffEOF {
			break
		}
		switch rec.kind {
		case biffCodePage:
			if len(rec.data) >= 2 {
				t.page = int(binary.LittleEndian.Uint16(rec.data))
			}
		case biffFilePass:
			r.found("encrypted", "", "the workbook is protected with a password")
			return errors.New("it is protected with a password")
		case biffSheet:
			if len(rec.data) >= 6 && rec.data[4] == 0 && rec.data[5] == 0 { // shown, and a sheet
				offsets = append(offsets, int(binary.LittleEndian.Uint32(rec.data)))
			}
		case biffSST:
			parts := [][]byte{rec.data}
			for {
				before := b.pos
				more, ok := b.next()
				if !ok || more.kind != biffContinue {
					b.pos = before
					break
				}
				parts = append(parts, more.data)
			}
			t.shared = sharedTexts(parts)
		}
	}
	var sheets sheets
	for _, at := range offsets {
		if at < 0 || at >= len(stream) {
			continue
		}
		s := in.newSheet()
		in.biffSheet(&biffReader{stream: stream, pos: at}, t, s)
		sheets.add(s)
	}
	sheets.into(in, r)
	return nil
}

// biffGrid gathers the cells of a sheet, whose rows come in order.
type biffGrid struct {
	s     *sheet
	row   int
	cells []string
	count int
}

func (g *biffGrid) set(row, col int, text string) {
	if g.count++; g.count > maxSheetCells || col >= maxCells || row < g.row {
		return
	}
	for g.row < row {
		g.s.next(g.cells)
		g.cells, g.row = nil, g.row+1
	}
	for len(g.cells) <= col {
		g.cells = append(g.cells, "")
	}
	g.cells[col] = text
}

// biffSheet reads the cells of one sheet.
func (in *inspector) biffSheet(b *biffReader, t biffTexts, s *sheet) {
	g := &biffGrid{s: s}
	depth, formulaRow, formulaCol := 0, -1, -1
	for in.ctx.Err() == nil {
		rec, ok := b.next()
		if !ok || rec.kind == biffEOF && depth <= 1 {
			break
		}
		d := rec.data
		switch {
		case rec.kind&0xFF == 0x09 && rec.kind >= 0x0809: // BOF: charts stand inside sheets
			depth++
			continue
		case rec.kind == biffEOF:
			depth--
			continue
		case rec.kind == biffString && formulaRow >= 0 && len(d) >= 3:
			text := t.text(d)
			g.set(formulaRow, formulaCol, text)
			formulaRow = -1
			continue
		case depth > 1 || len(d) < 6:
			continue
		}
		row, col := int(binary.LittleEndian.Uint16(d)), int(binary.LittleEndian.Uint16(d[2:]))
		switch {
		case rec.kind == biffLabelSST && len(d) >= 10:
			if i := int(binary.LittleEndian.Uint32(d[6:])); i < len(t.shared) {
				g.set(row, col, t.shared[i])
			}
		case rec.kind == biffNumber && len(d) >= 14:
			g.set(row, col, float(math.Float64frombits(binary.LittleEndian.Uint64(d[6:]))))
		case rec.kind == biffRK && len(d) >= 10:
			g.set(row, col, rk(binary.LittleEndian.Uint32(d[6:])))
		case rec.kind == biffMulRK:
			for i := 4; i+6 <= len(d)-2; i += 6 {
				g.set(row, col, rk(binary.LittleEndian.Uint32(d[i+2:])))
				col++
			}
		case (rec.kind == biffLabel || rec.kind == biffRichText) && len(d) >= 9:
			g.set(row, col, t.text(d[6:]))
		case rec.kind == biffBool && len(d) >= 8 && d[7] == 0:
			g.set(row, col, strconv.FormatBool(d[6] != 0))
		case rec.kind == biffFormula && len(d) >= 14:
			if d[12] != 0xFF || d[13] != 0xFF {
				g.set(row, col, float(math.Float64frombits(binary.LittleEndian.Uint64(d[6:]))))
			} else if d[6] == 0 {
				formulaRow, formulaCol = row, col
			}
		}
	}
	if g.cells != nil {
		s.next(g.cells)
	}
}

func float(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// rk decodes a number in 30 bits ([MS-XLS] §2.5.217).
func rk(v uint32) string {
	var f float64
	if v&2 != 0 {
		f = float64(int32(v) >> 2)
	} else {
		f = math.Float64frombits(uint64(v&^3) << 32)
	}
	if v&1 != 0 {
		f /= 100
	}
	return float(f)
}

// biffTexts is how the texts of a workbook are written.
type biffTexts struct {
	shared []string
	old    bool // before Excel 97: texts are bytes of a code page
	page   int  // of such texts; 0 when none is named
}

// text reads a text after its length of two bytes: in the code page of an old workbook,
// else with a flag for two bytes a character ([MS-XLS] §2.5.294).
func (t biffTexts) text(d []byte) string {
	if len(d) < 3 {
		return ""
	}
	n := int(binary.LittleEndian.Uint16(d))
	switch d = d[2:]; {
	case t.old:
		return t.decode(d[:min(n, len(d))])
	case d[0]&1 == 0:
		return latin(d[1:min(n+1, len(d))])
	}
	return wideText(d[1:min(2*n+1, len(d))])
}

// decode reads the bytes of an old workbook. Where no code page is named, it is taken for
// that of Taiwan.
func (t biffTexts) decode(b []byte) string {
	switch t.page {
	case 936:
		text, _ := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
		return string(text)
	case 0, 950:
		text, _ := big5Text(b)
		return string(text)
	}
	return latin(b)
}

func latin(b []byte) string {
	out := make([]rune, len(b))
	for i, c := range b {
		out[i] = rune(c)
	}
	return string(out)
}

func wideText(b []byte) string {
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		units = append(units, binary.LittleEndian.Uint16(b[i:]))
	}
	return string(utf16.Decode(units))
}

// sst reads the table of shared texts, which goes on from record to record: a text that is
// cut begins again with its flag.
type sst struct {
	parts [][]byte
	part  int
	pos   int
}

func (s *sst) rest() []byte {
	for s.part < len(s.parts) && s.pos >= len(s.parts[s.part]) {
		s.part, s.pos = s.part+1, s.pos-len(s.parts[s.part])
	}
	if s.part >= len(s.parts) {
		return nil
	}
	return s.parts[s.part][s.pos:]
}

// bytes takes n bytes, which may stand in several records.
func (s *sst) bytes(n int) []byte {
	var out []byte
	for n > 0 {
		d := s.rest()
		if d == nil {
			return nil
		}
		k := min(n, len(d))
		out = append(out, d[:k]...)
		s.pos, n = s.pos+k, n-k
	}
	return out
}

// text reads n characters.
func (s *sst) text(n int, wide bool) (string, bool) {
	out := ""
	for n > 0 {
		before := s.part
		d := s.rest()
		if d == nil {
			return out, false
		}
		if s.part != before && s.pos == 0 {
			wide = d[0]&1 != 0
			s.pos++
			continue
		}
		size := 1
		if wide {
			size = 2
		}
		k := min(n, len(d)/size)
		if k == 0 {
			return out, false
		}
		if wide {
			out += wideText(d[:2*k])
		} else {
			out += latin(d[:k])
		}
		s.pos, n = s.pos+size*k, n-k
	}
	return out, true
}

func sharedTexts(parts [][]byte) []string {
	s := &sst{parts: parts, pos: 8}
	var out []string
	for len(out) < maxSheetCells {
		head := s.bytes(3)
		if head == nil {
			return out
		}
		n, flags := int(binary.LittleEndian.Uint16(head)), head[2]
		runs, extra := 0, 0
		if flags&8 != 0 {
			b := s.bytes(2)
			if b == nil {
				return out
			}
			runs = int(binary.LittleEndian.Uint16(b))
		}
		if flags&4 != 0 {
			b := s.bytes(4)
			if b == nil {
				return out
			}
			extra = int(binary.LittleEndian.Uint32(b))
		}
		text, ok := s.text(n, flags&1 != 0)
		out = append(out, text)
		if !ok || extra < 0 || extra > 1<<24 {
			return out
		}
		if skip := runs*4 + extra; skip > 0 {
			s.bytes(skip)
		}
	}
	return out
}
