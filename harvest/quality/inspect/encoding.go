package inspect

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// decoded is a text in UTF-8 and what it was.
type decoded struct {
	text     []byte
	name     string // empty when the bytes are no text
	bom      bool
	ascii    bool
	bad      string // why the bytes are in no encoding as a whole
	findings []Finding
}

func (d *decoded) found(rule, place, format string, args ...any) {
	d.findings = append(d.findings, Finding{rule, place, fmt.Sprintf(format, args...)})
}

// mark is the byte order mark in UTF-8.
const mark = "\xEF\xBB\xBF"

// decode finds out the encoding of a text, by all of its bytes, and turns it into UTF-8.
// Of a text that was cut a character at the end may be a part. What was declared decides where
// the bytes leave it open.
func decode(data []byte, cut bool, declared string) decoded {
	var d decoded
	switch {
	case bytes.HasPrefix(data, []byte(mark)):
		d.bom = true
		for bytes.HasPrefix(data, []byte(mark)) { // programs that add one to a file that has one
			data = data[len(mark):]
		}
	case bytes.HasPrefix(data, []byte("\xFF\xFE\x00\x00")) && len(data) > 4: // UTF-16 has no text beginning so
		return wider(data[4:], binary.LittleEndian)
	case bytes.HasPrefix(data, []byte("\x00\x00\xFE\xFF")):
		return wider(data[4:], binary.BigEndian)
	case bytes.HasPrefix(data, []byte("\xFF\xFE")):
		return wide(data[2:], binary.LittleEndian, "UTF-16LE", true)
	case bytes.HasPrefix(data, []byte("\xFE\xFF")):
		return wide(data[2:], binary.BigEndian, "UTF-16BE", true)
	}
	if order, name := widthOf(data); name != "" {
		return wide(data, order, name, false)
	}
	data = bytes.TrimRight(data, "\x1a\x00") // the end of a file as DOS marks it, and padding
	if control(data) {
		return d
	}
	if i := bytes.IndexByte(data, 0); i >= 0 {
		d.found("null-bytes", place(data, i), "the text has %d bytes that are zero, which were left out",
			bytes.Count(data, []byte{0}))
		data = bytes.ReplaceAll(data, []byte{0}, nil)
	}
	if cut {
		data = wholeUTF8(data)
	}
	if utf8.Valid(data) {
		d.text, d.name = data, "UTF-8"
		d.ascii = !bytes.ContainsFunc(data, func(r rune) bool { return r >= utf8.RuneSelf })
		if i := bytes.Index(data, []byte("\uFFFD")); i >= 0 {
			d.found("replacement-characters", place(data, i),
				"the text has %d characters U+FFFD, where others were lost", bytes.Count(data, []byte("\uFFFD")))
		}
		return d
	}
	d.narrow(data, declared)
	return d
}

// wholeUTF8 leaves out a character at the end that is only begun.
func wholeUTF8(data []byte) []byte {
	for i := 1; i <= min(utf8.UTFMax, len(data)); i++ {
		if b := data[len(data)-i]; utf8.RuneStart(b) {
			if !utf8.FullRune(data[len(data)-i:]) {
				return data[:len(data)-i]
			}
			break
		}
	}
	return data
}

// control reports whether bytes are those of no text. Where no other control characters
// stand, some that are zero are what a program filled its cells with.
func control(data []byte) bool {
	n, zeros := 0, 0
	for _, b := range data {
		if b == 0 {
			zeros++
		} else if b < ' ' && b != '\t' && b != '\n' && b != '\r' && b != '\f' && b != 0x1a && b != '\v' && b != 0x1b {
			n++
		}
	}
	return n > 0 && n*200 > len(data) || zeros > 0 && (n > 0 || zeros*10 > len(data))
}

// widthOf recognises UTF-16 that has no mark: every other byte of its ASCII characters
// is zero, and there are many.
func widthOf(data []byte) (binary.ByteOrder, string) {
	var even, odd int
	n := min(len(data), 64<<10) &^ 1
	for i := 0; i < n; i += 2 {
		if data[i] == 0 {
			even++
		}
		if data[i+1] == 0 {
			odd++
		}
	}
	switch {
	case n >= 4 && odd*20 >= n/2 && even == 0 && pairs(data[:n], binary.LittleEndian):
		return binary.LittleEndian, "UTF-16LE"
	case n >= 4 && even*20 >= n/2 && odd == 0 && pairs(data[:n], binary.BigEndian):
		return binary.BigEndian, "UTF-16BE"
	}
	return nil, ""
}

// pairs reports whether the surrogates of UTF-16 come in pairs and no unit is a control
// character that texts do not have, or one of the scripts of India that line ends of bytes make.
func pairs(data []byte, order binary.ByteOrder) bool {
	high := false
	for i := 0; i+1 < len(data); i += 2 {
		u := order.Uint16(data[i:])
		low := u >= 0xDC00 && u <= 0xDFFF
		ends := u>>8 == '\n' || u>>8 == '\r'
		if low != high || ends || u < ' ' && u != '\t' && u != '\n' && u != '\r' {
			return false
		}
		high = u >= 0xD800 && u <= 0xDBFF
	}
	return true
}

// wide decodes UTF-16.
func wide(data []byte, order binary.ByteOrder, name string, bom bool) decoded {
	d := decoded{name: name, bom: bom}
	units := make([]uint16, 0, 4096)
	out := make([]byte, 0, len(data)*3/2)
	for i := 0; i+1 < len(data); i += 2 {
		u := order.Uint16(data[i:])
		units = append(units, u)
		if len(units) >= 4000 && (u < 0xD800 || u > 0xDBFF) {
			out, units = appendUnits(out, units), units[:0]
		}
	}
	d.text = appendUnits(out, units)
	if len(data)%2 == 1 {
		d.bad = fmt.Sprintf("%s with half a character at byte %d", name, len(data)-1)
	}
	return d
}

// wider decodes UTF-32, which nothing but its mark tells.
func wider(data []byte, order binary.ByteOrder) decoded {
	d := decoded{name: "UTF-32", bom: true}
	for i := 0; i+3 < len(data); i += 4 {
		d.text = utf8.AppendRune(d.text, rune(min(order.Uint32(data[i:]), utf8.MaxRune+1))) // U+FFFD for none
	}
	if len(data)%4 > 0 {
		d.bad = fmt.Sprintf("UTF-32 with a part of a character at byte %d", len(data)-len(data)%4)
	}
	return d
}

func appendUnits(out []byte, units []uint16) []byte {
	for _, r := range utf16.Decode(units) {
		out = utf8.AppendRune(out, r)
	}
	return out
}

// narrow decodes a text that is not UTF-8, line by line, because the parts of a file may
// have been put together from several.
func (d *decoded) narrow(data []byte, declared string) {
	e := weigh(data)
	switch {
	case e.wide > 0 && e.badLines > 0 && e.big.good() && e.big.pairs >= 2:
		d.name = "mixed"
		d.bad = fmt.Sprintf("line %d is UTF-8 and line %d is Big5", e.firstWide, e.firstBad)
		d.found("mixed-encoding", fmt.Sprintf("line %d, byte %d", e.firstBad, e.at), "%s", d.bad)
		d.text = byLine(data)
	case e.wide > 0:
		d.name = "UTF-8"
		d.bad = fmt.Sprintf("byte %d (0x%02X) is not UTF-8", e.at, data[e.at])
		d.found("invalid-bytes", fmt.Sprintf("line %d, byte %d", e.firstBad, e.at), "%s", d.bad)
		d.text = bytes.ToValidUTF8(data, []byte("\uFFFD"))
	case e.all.simplified() || !e.all.good() && e.all.chinese(data):
		d.name = "GB18030"
		d.text, _ = simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	case e.all.good() || Encoding(declared) == "big5" && e.all.possible(data):
		d.name = "Big5"
		text, own := big5Text(data)
		d.text = text
		if e.all.wrong > 0 {
			d.bad = fmt.Sprintf("%d bytes are not Big5", e.all.wrong)
			d.found("invalid-bytes", "", "%s", d.bad)
		}
		if own.count > 0 {
			d.found("user-defined-characters", place(data, own.at),
				"%d characters are in the user-defined area of Big5, the first is 0x%X: others do not see them",
				own.count, data[own.at:min(own.at+2, len(data))])
		}
	case e.all.western():
		d.name = "windows-1252"
		d.text, _ = charmap.Windows1252.NewDecoder().Bytes(data)
	default:
		d.name = "unknown"
		d.bad = fmt.Sprintf("byte %d (0x%02X) is neither UTF-8 nor Big5", e.at, data[e.at])
		d.found("invalid-bytes", fmt.Sprintf("line %d, byte %d", e.firstBad, e.at), "%s", d.bad)
		d.text = bytes.ToValidUTF8(data, []byte("\uFFFD"))
	}
}

// weight is what the lines of a text that is not UTF-8 say.
type weight struct {
	wide      int // lines with characters of UTF-8 that have three bytes or more
	firstWide int // number of the first of them
	badLines  int // lines that are not UTF-8
	firstBad  int
	at        int  // first byte that is not UTF-8
	big       big5 // of the lines that are not UTF-8
	all       big5 // of all
}

func weigh(data []byte) weight {
	w := weight{at: -1}
	start := 0
	for n, line := range bytes.SplitAfter(data, []byte("\n")) {
		switch {
		case !utf8.Valid(line):
			if w.badLines++; w.badLines == 1 {
				w.firstBad, w.at = n+1, start+firstInvalid(line)
			}
			w.big.add(line)
			if hasWide(line) { // a part of the line is UTF-8 beyond doubt
				if w.wide++; w.wide == 1 {
					w.firstWide = n + 1
				}
			}
		case bytes.ContainsFunc(line, func(r rune) bool { return r >= 0x2000 }):
			if w.wide++; w.wide == 1 {
				w.firstWide = n + 1
			}
		}
		start += len(line)
	}
	w.all.add(data)
	if w.wide > 0 && w.all.good() && w.all.wrong == 0 && w.wide*20 < w.badLines {
		w.wide = 0 // a line of Big5 may look like UTF-8 by chance
	}
	return w
}

// hasWide reports whether a line that is not UTF-8 holds several characters of it that
// have three bytes each, which texts in Big5 have hardly by chance.
func hasWide(line []byte) bool {
	n := 0
	for len(line) > 0 {
		r, size := utf8.DecodeRune(line)
		if r >= 0x3000 && r <= 0x9FFF || r >= 0xFF00 && r <= 0xFFEF {
			n++
		}
		line = line[size:]
	}
	return n >= 3
}

func firstInvalid(line []byte) int {
	for i := 0; i < len(line); {
		r, size := utf8.DecodeRune(line[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
	return 0
}

// byLine decodes each line by itself.
func byLine(data []byte) []byte {
	out := make([]byte, 0, len(data)*3/2)
	for _, line := range bytes.SplitAfter(data, []byte("\n")) {
		if utf8.Valid(line) {
			out = append(out, line...)
			continue
		}
		text, _ := big5Text(line)
		out = append(out, text...)
	}
	return out
}

// place says where a byte of a text stands.
func place(data []byte, at int) string {
	return fmt.Sprintf("line %d, byte %d", 1+bytes.Count(data[:at], []byte{'\n'}), at)
}
