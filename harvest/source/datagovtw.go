package source

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"fincat/vocab/dcat"
)

// dataGovTW reads what data.gov.tw (政府資料開放平臺) publishes about its
// datasets: the export of the whole catalogue or of a day's changes in CSV or
// JSON, its DCAT, the answers of its APIs, and the collected form of the export
// (a JSON manifest, or a JSON object on each line).
func dataGovTW() Kind {
	return Kind{Name: "datagovtw", Gather: gatherDataGovTW, Volatile: dcatVolatile()}
}

func gatherDataGovTW(ctx context.Context, s *Session) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		if done, err := s.gatherAPI(ctx, yield); done || err != nil {
			if err != nil {
				yield(nil, err)
			}
			return
		}
		r, err := s.GetAccept(ctx, s.Config.URL, "application/json, text/csv;q=0.9, text/turtle;q=0.8, */*;q=0.5")
		if err != nil {
			yield(nil, err)
			return
		}
		if looksRDF(r) {
			gatherGraph(ctx, s, r, yield)
			return
		}
		if err := s.gatherItems(ctx, r, yield); err != nil {
			yield(nil, err)
		}
	}
}

func looksRDF(r *Response) bool {
	head := bytes.TrimSpace(r.Body[:min(len(r.Body), 2048)])
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
func (s *Session) gatherItems(ctx context.Context, r *Response, yield func(*Record, error) bool) error {
	left := map[string]int{}
	seen := map[string]bool{}
	for it, err := range s.items(r) {
		if err != nil {
			return err
		}
		if id := it.base(); seen[id] {
			left[id] = max(left[id], 1) + 1
		} else if id != "" {
			seen[id] = true
		}
	}
	seen = nil
	open := map[string]*Record{}
	for it, err := range s.items(r) {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		id := it.base()
		rec := s.fromItem(it, r.URL)
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

// items returns the entries of a document. It can be run twice.
func (s *Session) items(r *Response) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		raw, err := r.Reader(s.Config.MaxBytes)
		if err == nil {
			err = bodyItems(r, raw, yield)
		}
		var e *Error
		if err != nil && !errors.As(err, &e) {
			err = explain(r.URL, err)
		}
		if err != nil {
			yield(item{}, err)
		}
	}
}

// bodyItems reads JSON Lines in UTF-8, the form of large documents, line by
// line from body, that of r decompressed, and other forms as a whole.
func bodyItems(r *Response, body io.Reader, yield func(item, error) bool) error {
	raw := bufio.NewReader(body)
	firstLine, err := raw.ReadBytes('\n')
	if err != nil && err != io.EOF {
		return err
	}
	if isItem(firstLine) && r.declared() == nil {
		return lineItems(r, io.MultiReader(bytes.NewReader(firstLine), raw), yield)
	}
	if err == nil {
		whole := bytes.NewBuffer(firstLine)
		if _, err := whole.ReadFrom(raw); err != nil {
			return err
		}
		firstLine = whole.Bytes()
	}
	return wholeItems(&Response{URL: r.URL, Body: firstLine, contentType: r.contentType}, yield)
}

// isItem reports whether a line is a whole entry in UTF-8.
func isItem(line []byte) bool {
	if line = bytes.TrimSpace(line); len(line) == 0 || line[0] != '{' || !utf8.Valid(line) {
		return false
	}
	m, err := object(line)
	return err == nil && (item{values: m}).get("identifier") != ""
}

// wholeItems reads the forms whose body is needed as a whole.
func wholeItems(r *Response, yield func(item, error) bool) error {
	head := bytes.TrimLeft(bytes.TrimPrefix(r.Body, []byte("\xEF\xBB\xBF")), " \t\r\n")
	switch {
	case len(head) == 0 || looksHTML(head):
		return jsonError(r, head, io.ErrUnexpectedEOF)
	case head[0] == '<':
		return xmlItems(r, yield)
	case head[0] != '{' && head[0] != '[':
		return csvItems(r, yield)
	}
	body, err := r.UTF8()
	if err != nil {
		return err
	}
	if head[0] == '[' {
		return arrayItems(r, body, "", yield)
	}
	if line, _, _ := bytes.Cut(bytes.TrimSpace(body), []byte("\n")); isItem(line) {
		return lineItems(r, bytes.NewReader(body), yield)
	}
	return documentItems(r, body, yield)
}

// lineItems reads JSON Lines in UTF-8 from body, that of r; a broken line is a
// broken entry.
func lineItems(r *Response, body io.Reader, yield func(item, error) bool) error {
	in := bufio.NewReader(body)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return err
		}
		if !utf8.Valid(line) {
			return (&Response{URL: r.URL, Body: line}).notUTF8(n)
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
func documentItems(r *Response, body []byte, yield func(item, error) bool) error {
	var doc struct {
		Provider string
		Datasets json.RawMessage
		Result   json.RawMessage
		Success  *bool
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		return jsonError(r, body, err)
	}
	if doc.Success != nil && !*doc.Success {
		return fail(Place{URL: r.URL}, "api", "read the answer's message", "the API answers success: false")
	}
	list, at := doc.Datasets, "/datasets"
	if list == nil {
		list, at = doc.Result, "/result"
	}
	if inner := bytes.TrimSpace(list); len(inner) > 0 && inner[0] == '{' {
		m, err := object(inner)
		if err != nil {
			return jsonError(r, body, err)
		}
		yield(item{values: m, locator: at}, nil)
		return nil
	}
	if list == nil {
		return fail(Place{URL: r.URL}, "form", "check url: this is no export, manifest or answer of data.gov.tw", "the document has neither datasets nor result")
	}
	return arrayItems(r, list, at, func(it item, err error) bool {
		if it.values != nil && it.values["provider"] == nil && doc.Provider != "" {
			it.values["provider"] = doc.Provider
		}
		return yield(it, err)
	})
}

// arrayItems reads a JSON array entry by entry.
func arrayItems(r *Response, body []byte, at string, yield func(item, error) bool) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		return fail(Place{r.URL, at}, "form", "check url", "a list of datasets was expected")
	}
	for i := 0; dec.More(); i++ {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return jsonError(r, body, err)
		}
		it := item{locator: fmt.Sprintf("%s/%d", at, i)}
		it.values, it.err = object(raw)
		if !yield(it, nil) {
			return nil
		}
	}
	if _, err := dec.Token(); err != nil {
		return jsonError(r, body, err)
	}
	return nil
}

// csvItems reads the CSV export; the header names the fields.
func csvItems(r *Response, yield func(item, error) bool) error {
	body, err := r.Text("")
	if err != nil {
		return err
	}
	c := csv.NewReader(bytes.NewReader(body))
	c.LazyQuotes, c.FieldsPerRecord, c.ReuseRecord = true, -1, true
	row, err := c.Read()
	if err != nil {
		return fail(Place{r.URL, "line 1"}, "csv", "check url", "read the header: %w", err)
	}
	header := append([]string(nil), row...)
	if (item{values: rowValues(header, header)}).get("identifier") == "" {
		return fail(Place{r.URL, "line 1"}, "form", "check url: the header of the export names 資料集識別碼", "the header has no identifier column")
	}
	for {
		row, err := c.Read()
		if err == io.EOF {
			return nil
		}
		line, _ := c.FieldPos(0)
		it := item{locator: lineLocator(line), err: err}
		if err == nil {
			it.values = rowValues(header, row)
		}
		if err == nil && len(row) != len(header) {
			it.err = fmt.Errorf("the line has %d fields, the header %d", len(row), len(header))
		}
		if err := openQuote(r, body, c, row, line); err != nil {
			return err
		}
		if !yield(it, nil) {
			return nil
		}
	}
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
