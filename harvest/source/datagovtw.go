package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"fincat/harvest/document"
	"fincat/harvest/fetch"
	"fincat/harvest/mapping"
	"fincat/vocab"
	"fincat/vocab/dcat"
)

// dataGovTW reads what data.gov.tw (政府資料開放平臺) publishes about its
// datasets: the export of the whole catalogue or of a day's changes in CSV or
// JSON, its DCAT, the answers of its APIs, and the collected form of the export
// (a JSON manifest, or a JSON object on each line). With changes: configured,
// the lists of the days since the last complete gathering take the place of the
// whole catalogue.
func dataGovTW() Kind {
	volatile := dcatVolatile()
	for _, name := range []string{"品質檢測", "quality_badge_type"} { // the platform's, not the provider's
		volatile = append(volatile, vocab.FincatFieldNS+"datagovtw#"+name)
	}
	return Kind{Name: "datagovtw", Gather: gatherDataGovTW, Volatile: volatile, Check: checkDataGovTW}
}

func gatherDataGovTW(ctx context.Context, s *Session) iter.Seq2[*mapping.Record, error] {
	return func(yield func(*mapping.Record, error) bool) {
		if done, err := gatherAPI(ctx, s, yield); done || err != nil {
			if err != nil {
				yield(nil, err)
			}
			return
		}
		if days := changeDays(s); days != nil {
			gatherChanges(ctx, s, days, yield)
			return
		}
		gatherExport(ctx, s, s.Config.URL, yield)
	}
}

// gatherExport reads one document, of any form.
func gatherExport(ctx context.Context, s *Session, address string, yield func(*mapping.Record, error) bool) {
	d, err := s.document(ctx, address, "application/json, text/csv;q=0.9, text/turtle;q=0.8, */*;q=0.5")
	if err != nil {
		yield(nil, err)
		return
	}
	if document.LooksRDF(d.Head) {
		r, err := d.Whole()
		if err != nil {
			yield(nil, err)
			return
		}
		gatherGraph(ctx, s, r, yield)
		return
	}
	if err := gatherItems(ctx, s, d, yield); err != nil {
		yield(nil, err)
	}
}

// gatherGraph yields the datasets of one DCAT document.
func gatherGraph(ctx context.Context, s *Session, r *fetch.Response, yield func(*mapping.Record, error) bool) {
	g, err := s.graph(ctx, r)
	if err != nil {
		yield(nil, err)
		return
	}
	for _, subject := range g.Datasets() {
		if rec := s.FromGraph(g, subject, r.URL); rec != nil && !yield(rec, nil) {
			return
		}
	}
	s.reportUntold(g, r.URL)
}

// item is one entry of an export: a dataset, or one of several entries that
// describe the same dataset in different formats.
type item document.Entry

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
	"license":      {"license", "授權方式", "license_name"},
	"frequency":    {"更新頻率", "updateFrequency", "accrualPeriodicity", "updatefreq_desc"},
	"theme":        {"服務分類", "categoryService", "category_name", "categoryCode"},
	"encoding":     {"編碼格式"},
	"contactName":  {"提供機關聯絡人姓名", "publisherContactName", "liaison_displayname"},
	"contactPhone": {"提供機關聯絡人電話", "publisherContactPhone", "liaison_phone"},
	"contactEmail": {"提供機關聯絡人電子郵件", "publisherContactEmail", "liaison_emails"},
	"issued":       {"上架日期", "publishedDate", "issued", "pubdate"},
	"modified":     {"詮釋資料更新時間", "modifiedDate", "modified", "metadata_changed"},
	"note":         {"備註", "notes"},
	"keyword":      {"關鍵字", "keyword"},
	"page":         {"相關網址", "relatedUrl"},
	"sameAs":       {"sameAs"},
	"change":       {"資料集變動狀態"},
}

func (it item) get(field string) string {
	for _, name := range itemNames[field] {
		if v := document.ValueText(it.Values[name]); v != "" {
			return v
		}
	}
	return ""
}

// base returns the identifier of the entry's dataset. Where a dataset has
// resources in several formats, the collected form of the export has an entry
// for each and adds the format: 40157-xml belongs to the dataset 40157.
func (it item) base() string {
	id := it.get("identifier")
	if n, ext, ok := strings.Cut(id, "-"); ok && n != "" && strings.Trim(n, "0123456789") == "" &&
		strings.EqualFold(ext, it.get("format")) {
		return n
	}
	return id
}

// gatherItems yields one record for each dataset. Entries of one dataset may
// stand far apart, so a first pass counts them, and a record is yielded when
// its last entry was read: memory does not grow with the catalogue.
func gatherItems(
	ctx context.Context, s *Session, d *document.Document, yield func(*mapping.Record, error) bool,
) error {
	left := map[string]int{}
	seen := map[uint64]struct{}{} // by hash: the identifiers of large catalogues take much memory
	for it, err := range exportItems(d) {
		if err != nil {
			return err
		}
		id := it.base()
		hash := xxh3.HashString(id)
		if _, again := seen[hash]; again {
			left[id] = max(left[id], 1) + 1
		} else if id != "" {
			seen[hash] = struct{}{}
		}
	}
	open := map[string]*mapping.Record{}
	for it, err := range exportItems(d) {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		id := it.base()
		rec := fromItem(s, it, d.URL)
		if rec == nil {
			left[id]--
			if rec = open[id]; rec == nil || left[id] > 0 {
				continue
			}
		} else if left[id] > 1 || open[id] != nil {
			if before := open[id]; before != nil {
				if rec = merge(before, rec); rec.Dataset != nil {
					s.Carrier(rec).Rest(it.Values, itemFields)
				}
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
func merge(a, b *mapping.Record) *mapping.Record {
	if a.Dataset == nil {
		return b
	}
	a.Report(Info, "duplicate", a.ID,
		fmt.Sprintf("the source lists the dataset again at %s; the entries were put together", b.Place.Locator),
		"nothing; the source could list it once")
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
func fromItem(s *Session, it item, page string) *mapping.Record {
	place := placeAt(page, it.Locator)
	id := it.base()
	if it.Err != nil {
		return mapping.Broken(id, place, "entry", "", it.Err.Error(), "ask the source's owner to correct the entry")
	}
	if id == "" {
		return mapping.Broken("", place, "identifier-missing", it.get("title"), "the entry has no identifier",
			"ask the source's owner to add it")
	}
	if !s.Wanted(func(name string) string {
		return document.First(it.get(name), document.ValueText(it.Values[name]))
	}) {
		return nil
	}
	f := mapping.Fields{"identifier": id}
	for _, name := range []string{"title", "description", "fields", "license", "frequency", "theme", "keyword",
		"contactName", "contactPhone", "contactEmail", "issued", "modified", "note"} {
		f[name] = it.get(name)
	}
	f["publisher"] = s.Provider(it.get("provider"))
	// The account that provided a dataset can be named after the organisation.
	if account := document.ValueText(it.Values["dataProvider"]); f["publisher"] == "" && account != "" {
		if _, ok := s.Directory.ByName(account); ok {
			f["publisher"] = account
		}
	}
	rec := s.FromFields(f, place)
	if rec == nil || rec.Dataset == nil {
		return rec
	}
	d := rec.Dataset
	if strings.Trim(id, "0123456789") == "" {
		d.LandingPage = []string{"https://data.gov.tw/dataset/" + id}
	}
	d.Page = rec.Pages(mapping.SplitAddresses(it.get("page")))
	d.SameAs = mapping.WebNames(it.get("sameAs"))
	s.Standard(rec, it.Values)
	change := it.get("change")
	rec.Deleted = change == "刪除"
	s.Found.Partial = s.Found.Partial || change != ""
	addresses, torn := it.addresses()
	if torn {
		rec.Report(Info, "address-split", "", "addresses that were torn apart at a semicolon were put together again",
			"nothing; the source could quote its addresses")
	}
	read := itemDistributions(s, rec, it, addresses)
	left := s.Carrier(rec)
	left.Rest(it.Values, itemFields)
	for i, m := range read {
		if m != nil {
			left.RestOf(&d.Distribution[i].Extra, m, resourceFields)
		}
	}
	return rec
}

// addresses returns the addresses of an entry. Those that were torn apart at a
// semicolon are put together again, in the entry too; torn tells that there were any.
func (it *item) addresses() (addresses []string, torn bool) {
	list, ok := it.Values["urls"].([]any)
	if !ok {
		return mapping.SplitAddresses(it.get("downloadURL")), false
	}
	pieces := mapping.SplitAddresses(document.ValueText(list))
	if addresses = mapping.JoinAddresses(pieces); len(addresses) == len(pieces) {
		return addresses, false
	}
	if !slices.ContainsFunc(list, func(v any) bool { _, isText := v.(string); return !isText }) {
		it.Values = maps.Clone(it.Values)
		it.Values["urls"] = mapping.ListOfLines(strings.Join(addresses, "\n"))
	}
	return addresses, true
}

// itemFields are the fields of an entry. What the platform counts of its visitors
// is no metadata.
var itemFields = func() mapping.FieldUse {
	f := mapping.FieldUse{"distribution": mapping.Noted, "資料集變動狀態": mapping.Noted}
	for _, names := range slices.Concat(slices.Collect(maps.Values(itemNames)),
		slices.Collect(maps.Values(mapping.StandardNames))) {
		for _, name := range names {
			if f[name] != mapping.Noted {
				f[name] = mapping.Mapped
			}
		}
	}
	for _, name := range []string{"瀏覽次數", "下載次數", "點閱次數", "viewcount", "downloadcount", "view_count", "download_count",
		"dataset_view_times", "resource_download_times"} {
		f[name] = mapping.Noted
	}
	return f
}()

var resourceFields = mapping.Uses(mapping.Mapped, "resourceDownloadUrl", "downloadURL", "accessURL", "resourceFormat",
	"format", "resourceCharacterEncoding", "characterSetCode", "resourceDescription", "resourceField", "resourceNotes",
	"resourceAmount", "resourceModifiedDate", "resourceModified", "resourceQualityCheckTime", "resourceOasUrl",
	"metadataSourceOfData").With(
	mapping.FieldUse{"resourceID": vocab.DCTIdentifier, "resourceId": vocab.DCTIdentifier})

// itemDistributions adds the distributions of an entry, and returns for each the
// object it was read from, if it had one.
func itemDistributions(s *Session, rec *mapping.Record, it item, addresses []string) (read []document.Object) {
	formats := mapping.SplitNames(it.get("format"))
	encodings := mapping.SplitNames(it.get("encoding"))
	rec.Addresses(addresses, formats, "", true)
	at := 0 // in addresses, of which some may be none
	for i := range rec.Dataset.Distribution {
		dist := &rec.Dataset.Distribution[i]
		for at < len(addresses)-1 && addresses[at] != dist.AccessURL {
			at++
		}
		if len(encodings) == len(addresses) {
			dist.Encoding = strings.TrimSpace(encodings[at])
		} else if len(encodings) == 1 {
			dist.Encoding = encodings[0]
		}
		at++
	}
	read = make([]document.Object, len(rec.Dataset.Distribution))
	return itemResources(s, rec, mapping.ListOf(it.Values["distribution"]), read)
}

// itemResources maps the distribution list of the v1 and v2 APIs.
func itemResources(s *Session, rec *mapping.Record, list []any, read []document.Object) []document.Object {
	for _, e := range list {
		m, ok := e.(map[string]any)
		if !ok {
			if e != nil {
				rec.Report(Warning, "resource", fmt.Sprint(e), "a distribution is no JSON object",
					"ask the source's owner to correct the entry")
			}
			continue
		}
		get := func(names ...string) string {
			for _, name := range names {
				if v := document.ValueText(m[name]); v != "" {
					return v
				}
			}
			return ""
		}
		before := len(rec.Dataset.Distribution)
		rec.Addresses(mapping.SplitAddresses(get("resourceDownloadUrl", "downloadURL", "accessURL")),
			mapping.SplitNames(get("resourceFormat", "format")), get("resourceCharacterEncoding", "characterSetCode"),
			true)
		if len(rec.Dataset.Distribution) == before { // what it says stays, without an address
			rec.Dataset.Distribution = append(rec.Dataset.Distribution, dcat.Distribution{})
		}
		for i := before; i < len(rec.Dataset.Distribution); i++ {
			dist := &rec.Dataset.Distribution[i]
			dist.ID = get("resourceID", "resourceId")
			if i > before {
				dist.ID = ""
			}
			read = append(read, m)
			dist.Description, dist.Fields = s.Texts(get("resourceDescription")), s.Texts(get("resourceField"))
			dist.Note = s.Texts(get("resourceNotes"))
			dist.Quantity = get("resourceAmount")
			rec.DistributionDates(dist, "", get("resourceModifiedDate", "resourceModified"))
			rec.Date(&dist.Checked, &dist.Extra, vocab.FincatChecked, get("resourceQualityCheckTime"),
				"the time of the quality check is no time")
			for _, v := range []string{get("resourceOasUrl"), get("metadataSourceOfData")} {
				if v != "" {
					dist.ConformsTo = append(dist.ConformsTo, v)
				}
			}
		}
	}
	return read
}

// exportItems yields the entries of a document.
func exportItems(d *document.Document) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		if err := readItems(d, func(e document.Entry, err error) bool { return yield(item(e), err) }); err != nil {
			yield(item{}, err)
		}
	}
}

// readItems tells the form by the beginning of the document.
func readItems(d *document.Document, yield func(document.Entry, error) bool) error {
	firstLine, _, _ := bytes.Cut(d.Head, []byte("\n"))
	if isItem(firstLine) { // large exports: a broken line does not matter to the others
		in, err := d.OpenUTF8()
		if err != nil {
			return err
		}
		defer in.Close()
		return d.LineEntries(in, yield)
	}
	head := bytes.TrimLeft(bytes.TrimPrefix(d.Head, []byte("\xEF\xBB\xBF")), " \t\r\n")
	switch {
	case len(head) == 0 || fetch.IsHTML(head):
		return d.JSONError(0, io.ErrUnexpectedEOF)
	case head[0] == '<':
		return xmlItems(d, yield)
	case head[0] != '{' && head[0] != '[':
		return csvItems(d, yield)
	case head[0] == '[':
		return d.JSONEntries(nil, "", yield)
	}
	start, err := d.TextHead()
	if err != nil {
		return err
	}
	if line, _, _ := bytes.Cut(start, []byte("\n")); !isItem(line) {
		return documentItems(d, yield)
	}
	text, err := d.OpenUTF8()
	if err != nil {
		return err
	}
	defer text.Close()
	return d.LineEntries(text, yield)
}

// isItem reports whether a line is a whole entry in UTF-8.
func isItem(line []byte) bool {
	if line = bytes.TrimSpace(line); len(line) == 0 || line[0] != '{' || !utf8.Valid(line) {
		return false
	}
	m, err := document.ReadObject(line)
	return err == nil && (item{Values: m}).get("identifier") != ""
}

// documentItems reads a manifest, whose provider holds for all its datasets, or
// an answer of the APIs with one dataset or a list as its result.
func documentItems(d *document.Document, yield func(document.Entry, error) bool) error {
	var provider string
	var one map[string]any
	list := ""
	ok := true
	err := d.Members(func(dec *json.Decoder, name string, first json.Token) (err error) {
		isList := strings.EqualFold(name, "datasets") || strings.EqualFold(name, "result") && list == ""
		switch v := first.(type) {
		case json.Delim:
			switch {
			case isList && v == '[':
				list, one = name, nil
			case isList && list == "":
				one, err = document.ObjectRest(dec)
				return err
			}
			return document.Skip(dec, first)
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
		yield(document.Entry{Values: one, Locator: "/result"}, nil)
		return nil
	case list == "":
		return fail(Place{URL: d.URL}, "form", "check url: this is no export, manifest or answer of data.gov.tw",
			"the document has neither datasets nor result")
	}
	return d.JSONEntries([]string{list}, "/"+strings.ToLower(list), func(it document.Entry, err error) bool {
		if it.Values != nil && it.Values["provider"] == nil && provider != "" {
			it.Values["provider"] = provider
		}
		return yield(it, err)
	})
}

// csvItems reads the CSV export; the header names the fields.
func csvItems(d *document.Document, yield func(document.Entry, error) bool) error {
	text, err := d.OpenText("")
	if err != nil {
		return err
	}
	defer text.Close()
	c := d.CSV(text, ',')
	c.Exact = true
	header, err := c.Header()
	if err != nil {
		return fail(placeAt(d.URL, "line 1"), "csv", "check url", "read the header: %w", err)
	}
	isIdentifier := func(name string) bool { return slices.Contains(itemNames["identifier"], name) }
	if !slices.ContainsFunc(header, isIdentifier) {
		return fail(placeAt(d.URL, "line 1"), "form", "check url: the header of the export names 資料集識別碼",
			"the header has no identifier column")
	}
	return c.Entries(header, yield)
}
