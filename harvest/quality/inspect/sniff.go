package inspect

import (
	"bytes"
	"regexp"
	"strings"
)

// magics are the first bytes of binary formats.
var magics = []struct{ prefix, format string }{
	{"PK\x03\x04", "zip"}, {"PK\x05\x06", "zip"}, {"PK\x07\x08", "zip"},
	{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "ole"}, {"\x1f\x8b", "gzip"}, {"\xff\xd8\xff", "jpg"},
	{"\x89PNG\r\n\x1a\n", "png"}, {"GIF8", "gif"}, {"II*\x00", "tif"}, {"MM\x00*", "tif"}, {"7z\xBC\xAF\x27\x1C",
		"7z"},
	{"Rar!\x1a\x07", "rar"}, {"{\\rtf", "rtf"}, {"\x00\x00\x27\x0a\x00\x00\x00\x00", "shp"}, {"BZh", "bzip2"},
	{"\xFD7zXZ\x00", "xz"}, {"(\xB5/\xFD", "zstd"}, {"PAR1", "parquet"}, {"SQLite format 3\x00", "sqlite"},
}

// magic tells a binary format by the beginning of a file; empty for what may be text.
func magic(data []byte) string {
	for _, m := range magics {
		if bytes.HasPrefix(data, []byte(m.prefix)) {
			return m.format
		}
	}
	if i := bytes.Index(data[:min(len(data), 1024)], []byte("%PDF-")); i >= 0 && len(bytes.TrimSpace(data[:i])) == 0 {
		return "pdf"
	}
	if len(data) > 12 && bytes.HasPrefix(data, []byte("RIFF")) && string(data[8:12]) == "WEBP" {
		return "webp"
	}
	return ""
}

var (
	htmlStart = regexp.MustCompile(`(?i)^<(!doctype\s+html|html|head|body|title|script|form|div|h[1-6]|p|table|meta|` +
		`link|style|center|font|span|br|hr|iframe|frameset|noscript|img|a|b)[\s>/]`)
	xmlSkip = regexp.MustCompile(`(?s)^\s*(<\?.*?\?>|<!--.*?-->)`)
)

// beginning returns the start of a text without blanks, processing instructions and
// comments, and whether an XML declaration stood there.
func beginning(text []byte) (head []byte, declared bool) {
	head = text[:min(len(text), 64<<10)]
	for {
		at := xmlSkip.FindIndex(head)
		if at == nil {
			return bytes.TrimSpace(head), declared
		}
		declared = declared || bytes.Contains(head[:at[1]], []byte("<?xml"))
		head = head[at[1]:]
	}
}

// textFormat tells what a text is by its beginning: json, xml, html, or empty for a
// table or prose.
func textFormat(text []byte) string {
	head, declared := beginning(text)
	switch {
	case len(head) == 0:
		return ""
	case head[0] == '<':
		start := htmlStart.FindSubmatch(head)
		page := start != nil && (!declared || strings.HasPrefix(strings.ToLower(string(start[1])), "!doctype") ||
			strings.EqualFold(string(start[1]), "html"))
		if page {
			return "html"
		}
		return "xml"
	case head[0] == '{', head[0] == '[' && looksArray(head), head[0] == '"' && looksQuotedJSON(head):
		return "json"
	}
	return ""
}

// looksArray reports whether a text that begins with a bracket is an array of JSON
// rather than a line such as [備註] or an INI file.
func looksArray(head []byte) bool {
	rest := bytes.TrimSpace(head[1:])
	return len(rest) == 0 || bytes.IndexByte([]byte(`{["]-0123456789tfn`), rest[0]) >= 0
}

// looksQuotedJSON reports whether a text is a JSON string that holds JSON.
func looksQuotedJSON(head []byte) bool {
	return bytes.HasPrefix(head, []byte(`"{\"`)) || bytes.HasPrefix(head, []byte(`"[{\"`)) ||
		bytes.HasPrefix(head, []byte(`"[\n`)) || bytes.HasPrefix(head, []byte(`"{\n`))
}
