package inspect

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// big5 counts how bytes read as Big5.
type big5 struct {
	pairs    int // characters of two bytes
	frequent int // of these, characters in everyday use and punctuation
	low      int // whose second byte is below 0x80, which GB 2312 never has
	wrong    int // bytes that Big5 does not have
	lone     int // bytes beyond ASCII that stand between two of ASCII
}

func (e *big5) add(data []byte) {
	for i := 0; i < len(data); i++ {
		b := data[i]
		if b < utf8.RuneSelf {
			continue
		}
		next := byte(0)
		if i+1 < len(data) {
			next = data[i+1]
		}
		if next < utf8.RuneSelf && (i == 0 || data[i-1] < utf8.RuneSelf) {
			e.lone++
		}
		if !leads(b) || !trails(next) {
			e.wrong++
			continue
		}
		e.pairs++
		if b >= 0xA1 && b <= 0xC6 {
			e.frequent++
		}
		if next < utf8.RuneSelf {
			e.low++
		}
		i++
	}
}

// good reports whether nearly all reads as Big5, most of it as what is in everyday use.
func (e *big5) good() bool {
	return e.pairs > 0 && e.wrong*20 <= e.pairs && e.frequent*2 >= e.pairs
}

// possible reports whether all of a text reads as Big5, although most of it may be characters
// that are rare, as a list of names can be.
func (e *big5) possible(data []byte) bool {
	if e.pairs == 0 || e.wrong > 0 {
		return false
	}
	text, own := big5Text(data)
	return own.count*2 <= e.pairs && !bytes.Contains(text, []byte("\uFFFD"))
}

// simplified reports whether the bytes are rather GB 2312: two of five characters in
// Big5 have a second byte that this never has, and its frequent characters lie
// where those of Big5 do not.
func (e *big5) simplified() bool {
	return e.pairs >= 12 && e.low*25 < e.pairs && e.wrong*20 <= e.pairs
}

// chinese reports whether all of a text that is no good Big5 reads as GB 18030, which has
// characters of four bytes too, and is Chinese then.
func (e *big5) chinese(data []byte) bool {
	if e.pairs < 6 || e.low*5 > e.pairs {
		return false
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	if err != nil || bytes.Contains(text, []byte("\uFFFD")) {
		return false
	}
	letters, others := 0, 0
	for _, r := range string(text) {
		if unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x303F || r >= 0xFF00 {
			letters++
		} else if r >= utf8.RuneSelf {
			others++
		}
	}
	return letters >= 6 && others*10 <= letters
}

// western reports whether single bytes stand among ASCII, as accents do.
func (e *big5) western() bool { return e.lone > 0 && e.pairs <= 4*e.lone }

func leads(b byte) bool { return b >= 0x81 && b <= 0xFE }

func trails(b byte) bool { return b >= 0x40 && b <= 0x7E || b >= 0xA1 && b <= 0xFE }

// userDefined is where characters of one's own stand in a text.
type userDefined struct{ count, at int }

// eudc gives a character of the user-defined areas of code page 950 its place in the
// private use area of Unicode, as Windows does.
func eudc(lead, trail byte) (rune, bool) {
	column := rune(trail - 0x40)
	if trail >= 0xA1 {
		column = rune(trail-0xA1) + 63
	}
	switch {
	case lead >= 0xFA:
		return 0xE000 + rune(lead-0xFA)*157 + column, true
	case lead >= 0x8E && lead <= 0xA0:
		return 0xE311 + rune(lead-0x8E)*157 + column, true
	case lead <= 0x8D:
		return 0xEEB8 + rune(lead-0x81)*157 + column, true
	case lead == 0xC6 && trail >= 0xA1, lead == 0xC7, lead == 0xC8:
		at := rune(lead-0xC6)*157 + column - 63
		return 0xF6B1 + at, true
	}
	return 0, false
}

// big5Text turns code page 950 into UTF-8. Characters of users become those of the
// private use area.
func big5Text(data []byte) ([]byte, userDefined) {
	own := userDefined{}
	out := make([]byte, 0, len(data)*3/2)
	d := traditionalchinese.Big5.NewDecoder()
	for i := 0; i < len(data); {
		b := data[i]
		if b < utf8.RuneSelf {
			out = append(out, b)
			i++
			continue
		}
		if !leads(b) || i+1 >= len(data) || !trails(data[i+1]) {
			out = append(out, "\uFFFD"...)
			i++
			continue
		}
		if r, ok := eudc(b, data[i+1]); ok {
			if own.count++; own.count == 1 {
				own.at = i
			}
			out = utf8.AppendRune(out, r)
			i += 2
			continue
		}
		end := i + 2 // a run of ordinary characters at once
		for end+1 < len(data) && data[end] >= 0xA1 && data[end] <= 0xF9 && trails(data[end+1]) {
			if _, ok := eudc(data[end], data[end+1]); ok {
				break
			}
			end += 2
		}
		text, err := d.Bytes(data[i:end])
		if err != nil {
			text = []byte("\uFFFD")
		}
		out = append(out, text...)
		i = end
	}
	return out, own
}
