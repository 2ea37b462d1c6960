package source

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"fincat/vocab/dcat"
)

// dataGovTW reads what data.gov.tw (政府資料開放平臺) publishes about its
// datasets: the export of the whole catalogue or of a day's changes in CSV or
// JSON, its DCAT, the answers of its APIs, and the collected form of the export
// (a JSON manifest, or a JSON object on each line). With changes: configured,
// the lists of the days since the last complete gathering take the place of the
// whole catalogue.
func dataGovTW() Kind {
	return Kind{Name: "datagovtw", Gather: gatherDataGovTW, Volatile: dcatVolatile(), Check: checkDataGovTW}
}

func gatherDataGovTW(ctx context.Context, s *Session) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		if done, err := s.gatherAPI(ctx, yield); done || err != nil {
			if err != nil {
				yield(nil, err)
			}
			return
		}
		if days := s.changeDays(); days != nil {
			s.gatherChanges(ctx, days, yield)
			return
		}
		s.gatherExport(ctx, s.Config.URL, yield)
	}
}

// gatherExport reads one document, of any form.
func (s *Session) gatherExport(ctx context.Context, address string, yield func(*Record, error) bool) {
	d, err := s.document(ctx, address, "application/json, text/csv;q=0.9, text/turtle;q=0.8, */*;q=0.5")
	if err != nil {
		yield(nil, err)
		return
	}
	if looksRDF(d.head) {
		r, err := d.whole()
		if err != nil {
			yield(nil, err)
			return
		}
		gatherGraph(ctx, s, r, yield)
		return
	}
	if err := s.gatherItems(ctx, d, yield); err != nil {
		yield(nil, err)
	}
}

func looksRDF(head []byte) bool {
	head = bytes.TrimSpace(head[:min(len(head), 2048)])
	return bytes.Contains(head, []byte("@prefix")) || bytes.Contains(head, []byte("<rdf:RDF"))
}

// gatherGraph yields the datasets of one DCAT document.
func gatherGraph(ctx context.Context, s *Session, r *Response, yield func(*Record, error) bool) {
	g, err := s.graph(ctx, r)
	if err != nil {
		yield(nil, err)
		return
	}
	records := catalogRecords(g)
	for _, subject := range g.Datasets() {
		if rec := s.fromGraph(g, subject, records[subject], r.URL); rec != nil && !yield(rec, nil) {
			return
		}
	}
}

// item is one entry of an export: a dataset, or one of several entries that
// describe the same dataset in different formats.
type item struct {
	values  map[string]any
	locator string
	err     error // the entry itself is broken
}

// itemNames lists, for each field, the names it goes by in the export, in the
// collected form and in the APIs.
var itemNames = map[string][]string{
	"identifier":   {"id", "資料集識別碼", "資料集編號", "datasetId", "nid", "identifier"},
	"title":        {"name", "資料集名稱", "title"},
	"provider":     {"provider", "提供機關", "資料集提供機關", "agency_name", "publisher", "publisherOID"},
	"format":       {"format", "檔案格式", "filetype", "all_file_format_name"},
	"downloadURL":  {"urls", "資料下載網址", "url", "資料資源下載網址", "all_url"},
	"description":  {"description", "資料集描述", "content"},
	"fields":       {"主要欄位說明", "fieldDescription"},
	"license":      {"license", "授權方式", "license_name", "licenseURL"},
	"frequency":    {"更新頻率", "updateFrequency", "accrualPeriodicity", "updatefreq_desc"},
	"theme":        {"服務分類", "categoryService", "category_name", "categoryCode"},
	"encoding":     {"編碼格式"},
	"quantity":     {"資料量"},
	"contactName":  {"提供機關聯絡人姓名", "publisherContactName", "liaison_displayname"},
	"contactPhone": {"提供機關聯絡人電話", "publisherContactPhone", "liaison_phone"},
	"contactEmail": {"提供機關聯絡人電子郵件", "publisherContactEmail", "liaison_emails"},
	"issued":       {"上架日期", "publishedDate", "issued", "pubdate"},
	"modified":     {"詮釋資料更新時間", "modifiedDate", "modified", "metadata_changed"},
	"note":         {"備註", "notes"},
	"keyword":      {"關鍵字", "keyword"},
	"page":         {"相關網址", "relatedUrl", "landingPage"},
	"sameAs":       {"sameAs"},
	"change":       {"資料集變動狀態"},
}

func (it item) get(field string) string {
	for _, name := range itemNames[field] {
		if v := valueText(it.values[name]); v != "" {
			return v
		}
	}
	return ""
}

func valueText(v any) string {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case json.Number:
		return v.String()
	case map[string]any:
		return first(valueText(v["#text"]), valueText(v["date"]))
	case []any:
		var parts []string
		for _, e := range v {
			parts = append(parts, valueText(e))
		}
		return strings.Join(parts, "\n")
	}
	return ""
}

// base returns the dataset's identifier without the format that the collector
// adds when a dataset has resources in several: 40157-xml belongs to 40157.
func (it item) base() string {
	id := it.get("identifier")
	if n, ext, ok := strings.Cut(id, "-"); ok && n != "" && strings.Trim(n, "0123456789") == "" && strings.EqualFold(ext, it.get("format")) {
		return n
	}
	return id
}

// gatherItems yields one record for each dataset. Entries of one dataset may
// stand far apart, so a first pass counts them, and a record is yielded when
// its last entry was read: memory does not grow with the catalogue.
func (s *Session) gatherItems(ctx context.Context, d *document, yield func(*Record, error) bool) error {
	left := map[string]int{}
	seen := map[uint64]struct{}{} // by hash: the identifiers of large catalogues take much memory
	for it, err := range d.items {
		if err != nil {
			return err
		}
		id := it.base()
		hash := maphash.String(s.seed, id)
		if _, again := seen[hash]; again {
			left[id] = max(left[id], 1) + 1
		} else if id != "" {
			seen[hash] = struct{}{}
		}
	}
	seen = nil
	open := map[string]*Record{}
	for it, err := range d.items {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		id := it.base()
		rec := s.fromItem(it, d.URL)
		if rec == nil {
			left[id]--
			if rec = open[id]; rec == nil || left[id] > 0 {
				continue
			}
		} else if left[id] > 1 || open[id] != nil {
			if before := open[id]; before != nil {
				rec = merge(before, rec)
			}
			open[id] = rec
			if left[id]--; left[id] > 0 {
				continue
			}
		}
		delete(open, id)
		if !yield(rec, nil) {
			return nil
		}
	}
	return nil
}

// merge adds the distributions of a second entry of the same dataset.
func merge(a, b *Record) *Record {
	if a.Dataset == nil {
		return b
	}
	a.problem(Info, "duplicate", a.ID, fmt.Sprintf("the source lists the dataset again at %s; the entries were put together", b.Place.Locator), "nothing; the source could list it once")
	a.Problems = append(a.Problems, b.Problems...)
	a.Deleted = b.Deleted // of a day's changes the last counts
	if b.Dataset == nil {
		return a
	}
	for _, d := range b.Dataset.Distribution {
		known := false
		for _, have := range a.Dataset.Distribution {
			known = known || have.AccessURL == d.AccessURL && have.Format == d.Format
		}
		if !known {
			a.Dataset.Distribution = append(a.Dataset.Distribution, d)
		}
	}
	return a
}

// fromItem maps one entry; nil when the filter leaves it out.
func (s *Session) fromItem(it item, page string) *Record {
	place := Place{page, it.locator}
	id := it.base()
	if it.err != nil {
		return broken(id, place, "entry", "", it.err.Error(), "ask the source's owner to correct the entry")
	}
	if id == "" {
		return broken("", place, "identifier-missing", it.get("title"), "the entry has no identifier", "ask the source's owner to add it")
	}
	if !s.wanted(func(name string) string { return first(it.get(name), valueText(it.values[name])) }) {
		return nil
	}
	f := fields{"identifier": id}
	for _, name := range []string{"title", "description", "fields", "license", "frequency", "theme", "keyword", "contactName", "contactPhone", "contactEmail", "issued", "modified", "note"} {
		f[name] = it.get(name)
	}
	f["publisher"] = it.get("provider")
	rec := s.fromFields(f, place)
	if rec == nil || rec.Dataset == nil {
		return rec
	}
	d := rec.Dataset
	if strings.Trim(id, "0123456789") == "" {
		d.LandingPage = []string{"https://data.gov.tw/dataset/" + id}
	}
	d.Page = splitAddresses(it.get("page"))
	d.SameAs = webNames(it.get("sameAs"))
	change := it.get("change")
	rec.Deleted = change == "刪除"
	s.Partial = s.Partial || change != ""
	s.itemDistributions(rec, it)
	return rec
}

func (s *Session) itemDistributions(rec *Record, it item) {
	var addresses []string
	if list, ok := it.values["urls"].([]any); ok {
		pieces := splitAddresses(valueText(list))
		if addresses = joinAddresses(pieces); len(addresses) < len(pieces) {
			rec.problem(Info, "address-split", "", "addresses that were torn apart at a semicolon were put together again", "nothing; the source could quote its addresses")
		}
	} else {
		addresses = splitAddresses(it.get("downloadURL"))
	}
	formats := splitNames(it.get("format"))
	encodings := splitNames(it.get("encoding"))
	rec.addresses(addresses, formats, "", true)
	for i := range rec.Dataset.Distribution {
		if dist := &rec.Dataset.Distribution[i]; len(encodings) == len(addresses) {
			dist.Encoding = strings.TrimSpace(encodings[i])
		} else if len(encodings) == 1 {
			dist.Encoding = encodings[0]
		}
	}
	if list, ok := it.values["distribution"].([]any); ok {
		s.resources(rec, list)
	}
}

// resources maps the distribution list of the v1 and v2 APIs.
func (s *Session) resources(rec *Record, list []any) {
	for _, e := range list {
		m, ok := e.(map[string]any)
		if !ok {
			continue
		}
		get := func(names ...string) string {
			for _, name := range names {
				if v := valueText(m[name]); v != "" {
					return v
				}
			}
			return ""
		}
		before := len(rec.Dataset.Distribution)
		rec.addresses(splitAddresses(get("resourceDownloadUrl", "downloadURL", "accessURL")), splitNames(get("resourceFormat", "format")), get("resourceCharacterEncoding", "characterSetCode"), true)
		for i := before; i < len(rec.Dataset.Distribution); i++ {
			dist := &rec.Dataset.Distribution[i]
			dist.Description, dist.Fields, dist.Note = s.texts(get("resourceDescription")), s.texts(get("resourceField")), s.texts(get("resourceNotes"))
			dist.Quantity = get("resourceAmount")
			dist.Modified, _ = dcat.ParseDate(get("resourceModifiedDate", "resourceModified"))
			dist.Checked, _ = dcat.ParseDate(get("resourceQualityCheckTime"))
			if oas := get("resourceOasUrl"); oas != "" {
				dist.ConformsTo = []string{oas}
			}
		}
	}
}

// items yields the entries of a document.
func (d *document) items(yield func(item, error) bool) {
	if err := d.readItems(yield); err != nil {
		yield(item{}, err)
	}
}

// readItems tells the form by the beginning of the document.
func (d *document) readItems(yield func(item, error) bool) error {
	firstLine, _, _ := bytes.Cut(d.head, []byte("\n"))
	if isItem(firstLine) && d.declared() == nil { // the form of large exports, whose broken lines do not matter to the others
		in, err := d.open()
		if err != nil {
			return explain(d.URL, err)
		}
		defer in.Close()
		return d.lineItems(in, yield)
	}
	head := bytes.TrimLeft(bytes.TrimPrefix(d.head, []byte("\xEF\xBB\xBF")), " \t\r\n")
	switch {
	case len(head) == 0 || looksHTML(head):
		return d.jsonError(0, io.ErrUnexpectedEOF)
	case head[0] == '<':
		return xmlItems(d, yield)
	case head[0] != '{' && head[0] != '[':
		return csvItems(d, yield)
	case head[0] == '[':
		return d.jsonItems(nil, "", yield)
	}
	start, err := d.textHead()
	if err != nil {
		return err
	}
	if line, _, _ := bytes.Cut(start, []byte("\n")); !isItem(line) {
		return documentItems(d, yield)
	}
	text, err := d.utf8()
	if err != nil {
		return err
	}
	defer text.Close()
	return d.lineItems(text, yield)
}

// isItem reports whether a line is a whole entry in UTF-8.
func isItem(line []byte) bool {
	if line = bytes.TrimSpace(line); len(line) == 0 || line[0] != '{' || !utf8.Valid(line) {
		return false
	}
	m, err := object(line)
	return err == nil && (item{values: m}).get("identifier") != ""
}

// lineItems reads JSON Lines in UTF-8; a broken line is a broken entry.
func (d *document) lineItems(text io.Reader, yield func(item, error) bool) error {
	in := bufio.NewReader(text)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return explain(d.URL, err)
		}
		if !utf8.Valid(line) {
			return (&Response{URL: d.URL, Body: line}).notUTF8(n)
		}
		if text := bytes.TrimSpace(line); len(text) > 0 {
			it := item{locator: lineLocator(n)}
			it.values, it.err = object(text)
			if !yield(it, nil) {
				return nil
			}
		}
		if err != nil {
			return nil
		}
	}
}

func object(raw []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var m map[string]any
	if err := dec.Decode(&m); err != nil {
		return nil, fmt.Errorf("broken JSON: %w", err)
	}
	return m, nil
}

// documentItems reads a manifest, whose provider holds for all its datasets, or
// an answer of the APIs with one dataset or a list as its result.
func documentItems(d *document, yield func(item, error) bool) error {
	var provider string
	var one map[string]any
	list := ""
	ok := true
	err := d.members(func(dec *json.Decoder, name string, first json.Token) (err error) {
		isList := strings.EqualFold(name, "datasets") || strings.EqualFold(name, "result") && list == ""
		switch v := first.(type) {
		case json.Delim:
			switch {
			case isList && v == '[':
				list, one = name, nil
			case isList && list == "":
				one, err = rest(dec)
				return err
			}
			return skip(dec, first)
		case string:
			if strings.EqualFold(name, "provider") {
				provider = v
			}
		case bool:
			ok = ok && (v || !strings.EqualFold(name, "success"))
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case !ok:
		return fail(Place{URL: d.URL}, "api", "read the answer's message", "the API answers success: false")
	case one != nil:
		yield(item{values: one, locator: "/result"}, nil)
		return nil
	case list == "":
		return fail(Place{URL: d.URL}, "form", "check url: this is no export, manifest or answer of data.gov.tw", "the document has neither datasets nor result")
	}
	return d.jsonItems([]string{list}, "/"+strings.ToLower(list), func(it item, err error) bool {
		if it.values != nil && it.values["provider"] == nil && provider != "" {
			it.values["provider"] = provider
		}
		return yield(it, err)
	})
}

// arrayItems reads the entries of a JSON array that is part of a response.
func arrayItems(r *Response, array []byte, at string, yield func(item, error) bool) error {
	d, err := documentOf(&Response{URL: r.URL, Body: array}, Size(len(array)))
	if err != nil {
		return err
	}
	return d.jsonItems(nil, at, yield)
}

// csvItems reads the CSV export; the header names the fields.
func csvItems(d *document, yield func(item, error) bool) error {
	text, err := d.text("")
	if err != nil {
		return err
	}
	defer text.Close()
	q := &quoted{Reader: text}
	c := csv.NewReader(q)
	c.LazyQuotes, c.FieldsPerRecord, c.ReuseRecord = true, -1, true
	row, err := c.Read()
	if err != nil {
		return fail(Place{d.URL, "line 1"}, "csv", "check url", "read the header: %w", err)
	}
	header := append([]string(nil), row...)
	if (item{values: rowValues(header, header)}).get("identifier") == "" {
		return fail(Place{d.URL, "line 1"}, "form", "check url: the header of the export names 資料集識別碼", "the header has no identifier column")
	}
	for {
		row, err := c.Read()
		if err == io.EOF {
			return nil
		}
		if err := d.csvError(err); err != nil {
			return err
		}
		line, _ := c.FieldPos(0)
		it := item{locator: lineLocator(line), err: err}
		if err == nil {
			it.values = rowValues(header, row)
		}
		if err == nil && len(row) != len(header) {
			it.err = fmt.Errorf("the line has %d fields, the header %d", len(row), len(header))
		}
		if err := q.openQuote(d.URL, c, row, line); err != nil {
			return err
		}
		if !yield(it, nil) {
			return nil
		}
	}
}

// csvError returns what keeps a document from being read on: a broken line does
// not.
func (d *document) csvError(err error) error {
	var syntax *csv.ParseError
	if err == nil || errors.As(err, &syntax) {
		return nil
	}
	return explain(d.URL, err)
}

func rowValues(header, row []string) map[string]any {
	m := make(map[string]any, len(header))
	for i, name := range header {
		if i < len(row) {
			m[strings.TrimSpace(name)] = row[i]
		}
	}
	return m
}
