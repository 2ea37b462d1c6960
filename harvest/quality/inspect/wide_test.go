package inspect

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
	"unicode/utf16"
)

// units writes a text in units of two or four bytes.
func units(text string, size int, order binary.AppendByteOrder, mark bool) (out []byte) {
	if mark {
		text = "\uFEFF" + text
	}
	if size == 2 {
		for _, u := range utf16.Encode([]rune(text)) {
			out = order.AppendUint16(out, u)
		}
		return out
	}
	for _, r := range text {
		out = order.AppendUint32(out, uint32(r))
	}
	return out
}

// TestWide tells the encodings with wide units from one another, and from texts with a byte
// that is zero, however short.
func TestWide(t *testing.T) {
	const text = "序號,名稱\r\n1,上海𠮷\r\n"
	tests := []struct {
		name string
		in   []byte
		want string
	}{
		{"UTF-32 little", units(text, 4, binary.LittleEndian, true), "UTF-32"},
		{"UTF-32 big", units(text, 4, binary.BigEndian, true), "UTF-32"},
		{"UTF-16 little", units(text, 2, binary.LittleEndian, true), "UTF-16LE"},
		{"UTF-16 little without mark", units(text, 2, binary.LittleEndian, false), "UTF-16LE"},
		{"UTF-16 big without mark", units(text, 2, binary.BigEndian, false), "UTF-16BE"},
		{"a zero in a short text", []byte("a,b\r\n1,\x002\r\n"), "UTF-8"},
		{"a zero at another place", []byte("a,b\r\n1,2\x00\r\n"), "UTF-8"},
		{"a zero between line feeds", []byte("a,b\n1,\x002\n33,4\n"), "UTF-8"},
	}
	for _, tt := range tests {
		d := decode(tt.in, false, "")
		if d.name != tt.want || d.bad != "" || tt.want != "UTF-8" && string(d.text) != text {
			t.Errorf("%s: %s %q (%s), want %s", tt.name, d.name, d.text, d.bad, tt.want)
		}
	}
	if d := decode(append(units(text, 4, binary.LittleEndian, true), 1, 2), false, ""); d.bad == "" {
		t.Error("a part of a character at the end is no fault")
	}
}

// TestUnseen says how many members of an archive were not looked at.
func TestUnseen(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range 12 {
		w, err := z.Create(fmt.Sprintf("%d.csv", i))
		if err == nil {
			_, err = w.Write([]byte("a,b\n1,2\n"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := Inspect(t.Context(), File{Data: b.Bytes()}, Options{MaxMembers: 10})
	if err != nil || len(r.Members) != 10 || r.Unseen != 2 {
		t.Errorf("%d members, %d unseen, %v", len(r.Members), r.Unseen, err)
	}
}

// TestRareBig5 reads a text of rare characters as what it was declared, where it can be that.
func TestRareBig5(t *testing.T) {
	rare := []byte("1,\xF9\xD6\xF9\xD7\xF9\xD8\xF9\xD9\xF9\xDA\xF9\xDB\xF9\xDC\r\n") // 碁銹裏墻恒粧嫺
	for _, tt := range []struct{ declared, text, want string }{
		{"CP950", string(rare), "Big5"}, {"UTF-8", string(rare), "unknown"},
		{"BIG5", string(rare) + "2,\xFF\r\n", "unknown"},
		{"BIG5", "\x94\xD4\x8D\x86,\x96\xBC\x91\x4F\r\n", "unknown"}, // 番号,名前 in Shift JIS
	} {
		d := decode([]byte(tt.text), false, tt.declared)
		if d.name != tt.want || tt.want == "Big5" && string(d.text) != "1,碁銹裏墻恒粧嫺\r\n" {
			t.Errorf("%q declared %s: %s %q, want %s", tt.text, tt.declared, d.name, d.text, tt.want)
		}
	}
}
