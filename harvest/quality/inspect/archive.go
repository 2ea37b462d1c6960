package inspect

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxDepth is how many archives may stand inside one another.
const maxDepth = 2

// errTooMuch says that no more may be unpacked.
var errTooMuch = errors.New("the packed file becomes larger than what may be unpacked")

// archive inspects a file that begins as a zip does: an archive, or a workbook or map
// that is one inside.
func (in *inspector) archive(f File, r *Report, depth int) {
	z, err := zip.NewReader(bytes.NewReader(f.Data), int64(len(f.Data)))
	if err != nil {
		r.Format = zipByHead(f.Data)
		if !f.Cut {
			r.Incomplete = "the directory at the archive's end is missing"
		}
		return
	}
	names := map[string]*zip.File{}
	for _, m := range z.File {
		names[m.Name] = m
	}
	r.Format = zipFormat(names)
	switch r.Format {
	case "xlsx":
		in.workbook(f.Data, z, r)
	case "ods":
		in.openDocument(names["content.xml"], r)
	case "zip":
		in.members(f, z, r, depth)
	}
}

// zipByHead guesses what an archive without directory was to be, by its first member.
func zipByHead(data []byte) string {
	head := data[:min(len(data), 4096)]
	switch {
	case bytes.Contains(head, []byte("[Content_Types].xml")), bytes.Contains(head, []byte("xl/")):
		return "xlsx"
	case bytes.Contains(head, []byte("opendocument.spreadsheet")):
		return "ods"
	}
	return "zip"
}

// zipFormat tells by its members what an archive is.
func zipFormat(names map[string]*zip.File) string {
	has := func(prefix string) bool {
		for n := range names {
			if strings.HasPrefix(n, prefix) {
				return true
			}
		}
		return false
	}
	if names["[Content_Types].xml"] != nil {
		switch {
		case names["xl/workbook.bin"] != nil:
			return "xlsb"
		case has("xl/"):
			return "xlsx"
		case has("word/"):
			return "docx"
		case has("ppt/"):
			return "pptx"
		}
	}
	if m := names["mimetype"]; m != nil {
		if text, err := unpack(m, 200); err == nil {
			for suffix, format := range map[string]string{"spreadsheet": "ods", "text": "odt", "presentation": "odp"} {
				if strings.TrimSpace(string(text)) == "application/vnd.oasis.opendocument."+suffix {
					return format
				}
			}
		}
	}
	return "zip"
}

// unpack returns what a member holds, at most limit bytes.
func unpack(m *zip.File, limit int64) ([]byte, error) {
	if m.UncompressedSize64 > uint64(limit) {
		return nil, errTooMuch
	}
	in, err := m.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	out, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err == nil && int64(len(out)) > limit {
		err = errTooMuch
	}
	return out, err
}

// take unpacks a member at the cost of what may still be unpacked.
func (in *inspector) take(m *zip.File) ([]byte, error) {
	out, err := unpack(m, in.left)
	in.left -= int64(len(out))
	return out, err
}

// beside are the files that belong to a shapefile.
var beside = []string{".shp", ".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qpj", ".fbn", ".fbx", ".ain", ".aih",
	".ixs", ".mxs", ".atx", ".qix", ".qmd", ".shp.xml", ".lyr", ".cst"}

// suffix returns a member's name without folder, in small letters, and its ending of those
// that belong to a shapefile.
func suffix(name string) (stem, end string) {
	low := strings.ToLower(name)
	for _, s := range slices.Backward(beside) {
		if strings.HasSuffix(low, s) {
			return strings.TrimSuffix(low, s), s
		}
	}
	return low, path.Ext(low)
}

// members inspects what is in an archive: each file by itself, the parts of a shapefile
// together.
func (in *inspector) members(f File, z *zip.Reader, r *Report, depth int) {
	shapes := map[string]map[string]*zip.File{}
	var rest []*zip.File
	for _, m := range z.File {
		base := path.Base(strings.ReplaceAll(m.Name, `\`, "/"))
		if m.FileInfo().IsDir() || strings.HasSuffix(m.Name, "/") || strings.HasPrefix(m.Name, "__MACOSX/") ||
			base == ".DS_Store" || strings.EqualFold(base, "thumbs.db") || strings.EqualFold(base, "desktop.ini") {
			continue
		}
		stem, end := suffix(m.Name)
		if slices.Contains(beside, end) {
			if shapes[stem] == nil {
				shapes[stem] = map[string]*zip.File{}
			}
			shapes[stem][end] = m
			continue
		}
		rest = append(rest, m)
	}
	for stem, parts := range shapes {
		if parts[".shp"] == nil { // no shapefile after all
			for _, m := range parts {
				rest = append(rest, m)
			}
			delete(shapes, stem)
		}
	}
	slices.SortFunc(rest, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	stems := make([]string, 0, len(shapes))
	for stem := range shapes {
		stems = append(stems, stem)
	}
	slices.Sort(stems)
	for _, stem := range stems {
		r.Members = append(r.Members, in.shapefile(stem, shapes[stem]))
	}
	if len(rest)+len(r.Members) > in.o.MaxMembers {
		r.found("too-large", "member", "the archive has %d members, of which %d are looked at", len(rest),
			in.o.MaxMembers)
		r.Unseen = len(rest) + len(r.Members) - in.o.MaxMembers
		rest = rest[:max(0, in.o.MaxMembers-len(r.Members))]
	}
	for _, m := range rest {
		if in.ctx.Err() != nil || !in.member(f, m, r, depth) {
			break
		}
	}
	in.sum(f, r, rest)
}

// member inspects one member; false when no more may be unpacked.
func (in *inspector) member(f File, m *zip.File, r *Report, depth int) bool {
	name := memberName(m)
	if m.Flags&1 != 0 {
		r.Broken = "the archive is protected with a password"
		r.found("encrypted", "member "+name, "%s", r.Broken)
		return false
	}
	data, err := in.take(m)
	switch {
	case errors.Is(err, errTooMuch):
		r.Broken = fmt.Sprintf("%s becomes larger than the %d bytes that may be unpacked", name, in.o.MaxUnpacked)
		r.found("too-large", "member "+name, "%s", r.Broken)
		return false
	case err != nil:
		r.Broken = fmt.Sprintf("%s cannot be unpacked: %v", name, strings.TrimPrefix(err.Error(), "zip: "))
		r.found("archive-broken", "member "+name, "%s", r.Broken)
		return true
	}
	one := &Report{Format: "zip", Broken: "an archive inside an archive inside an archive"}
	if depth < maxDepth || magic(data) != "zip" {
		one = in.file(File{Name: name, Data: data, Encoding: f.Encoding, Format: ""}, depth+1)
	}
	one.Member = name
	for _, finding := range one.Findings {
		finding.Place = strings.TrimSuffix("member "+name+", "+finding.Place, ", ")
		r.Findings = append(r.Findings, finding)
	}
	r.Members = append(r.Members, one)
	return true
}

// join adds a column of a member to those of the archive; columns of one name are one. at
// is where each name stands.
func (r *Report) join(c Column, at map[string]int) {
	i, ok := at[c.Name]
	if !ok {
		at[c.Name] = len(r.Columns)
		r.Columns = append(r.Columns, c)
		return
	}
	x := &r.Columns[i]
	x.widen(c)
	if x.Type != c.Type {
		x.Type = "text"
	}
	if x.Datatype != c.Datatype {
		x.Datatype = ""
	}
	x.Values, x.Missing, x.Distinct = x.Values+c.Values, x.Missing+c.Missing, max(x.Distinct, c.Distinct)
}

// sum puts the members together: what the archive is, its fields and records.
func (in *inspector) sum(f File, r *Report, rest []*zip.File) {
	kml, maps := 0, 0
	encodings := map[string]bool{}
	seen, at := map[string]bool{}, map[string]int{}
	for _, m := range r.Members {
		switch m.Format {
		case "kml":
			kml++
		case "shp":
			maps++
		}
		if m.Encoding != "" && m.Format != "shp" {
			encodings[m.Encoding] = true
			r.Encoding, r.BOM = m.Encoding, r.BOM || m.BOM
		}
		r.Rows += m.Rows
		for _, name := range m.Fields {
			if !seen[name] {
				seen[name] = true
				r.Fields = append(r.Fields, name)
			}
		}
		for _, c := range m.Columns {
			r.join(c, at)
		}
	}
	if len(encodings) > 1 {
		r.Encoding = ""
	}
	switch {
	case maps > 0 && maps == len(r.Members):
		r.Format = "shp"
	case kml == 1 && (f.extension() == "kmz" || strings.EqualFold(f.Format, "kmz") || onlyDrawing(r.Members)) &&
		slices.ContainsFunc(rest, func(m *zip.File) bool {
			return strings.HasSuffix(strings.ToLower(m.Name),
				".kml")
		}):
		r.Format = "kmz"
		for _, m := range r.Members {
			if m.Format == "kml" {
				r.Names, r.Encoding, r.BOM, r.BadText, r.ASCII = m.Comparable(), m.Encoding, m.BOM, m.BadText, m.ASCII
			}
		}
		r.Members, r.First = nil, nil
	case len(r.Members) == 0 && r.Broken == "":
		r.Empty = true
		r.found("empty-file", "member", "the archive has no members")
	}
}

// onlyDrawing reports whether an archive is a map with its pictures and nothing else: it
// has doc.kml.
func onlyDrawing(members []*Report) bool {
	return slices.ContainsFunc(members, func(m *Report) bool {
		return strings.EqualFold(path.Base(m.Member),
			"doc.kml")
	})
}

// memberName returns a member's name in UTF-8; old archives have names in Big5.
func memberName(m *zip.File) string {
	if !m.NonUTF8 && utf8.ValidString(m.Name) {
		return m.Name
	}
	if utf8.ValidString(m.Name) {
		return m.Name
	}
	text, _ := big5Text([]byte(m.Name))
	return string(text)
}

// shapefile inspects the parts of one: the table of its attributes has the names.
func (in *inspector) shapefile(stem string, parts map[string]*zip.File) *Report {
	r := &Report{Format: "shp", Member: stem + ".shp"}
	m := parts[".dbf"]
	switch { // ESRI Shapefile Technical Description, 1998: main file, index file and table
	case m == nil:
		r.Broken = "the table of attributes (.dbf) is missing"
		return r
	case parts[".shx"] == nil:
		r.Broken = "the index of the shapes (.shx) is missing"
	}
	data, err := in.take(m)
	if err != nil {
		r.Broken = fmt.Sprintf("%s: %v", memberName(m), err)
		r.found("too-large", "member "+memberName(m), "%s", r.Broken)
		return r
	}
	in.dbf(data, r)
	return r
}
