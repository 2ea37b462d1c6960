package text

import (
	"slices"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/lang/cjk"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/mapping"
	index "github.com/blevesearch/bleve_index_api"

	"fincat/vocab/term"
)

// The analysers: indexed gives single characters and pairs of Chinese, wanted
// gives pairs, and a single character only where it stands alone. Both number
// positions alike, so that phrases of one match the other.
const (
	indexed = "indexed"
	wanted  = "wanted"
	pairs   = "pairs" // token filter of the first
)

// The fields of a document: the first two are searched, the others kept to
// give the literal back.
const (
	fieldText  = "text"
	fieldLang  = "lang"
	fieldValue = "value"
	fieldTag   = "tag" // language tag, with --ltr or --rtl
)

func newMapping() (*mapping.IndexMappingImpl, error) {
	m := bleve.NewIndexMapping()
	err := m.AddCustomTokenFilter(pairs, map[string]any{"type": cjk.BigramName, "output_unigram": true})
	if err != nil {
		return nil, err
	}
	for name, last := range map[string]string{indexed: pairs, wanted: cjk.BigramName} {
		err := m.AddCustomAnalyzer(name, map[string]any{
			"type":          custom.Name,
			"tokenizer":     unicode.Name,
			"token_filters": []string{cjk.WidthName, lowercase.Name, last},
		})
		if err != nil {
			return nil, err
		}
	}
	m.DefaultAnalyzer = wanted
	return m, nil
}

// indexing returns the analyser named indexed, with a filter of our own in the place of
// the last one, which gives the same and costs less.
func indexing(m *mapping.IndexMappingImpl) analysis.Analyzer {
	a, ok := m.AnalyzerNamed(indexed).(*analysis.DefaultAnalyzer)
	if !ok {
		return m.AnalyzerNamed(indexed)
	}
	own := *a
	own.TokenFilters = append(slices.Clone(a.TokenFilters[:len(a.TokenFilters)-1]), characters{})
	return &own
}

// document is what bleve keeps of a literal under a key. It is put together here, which
// costs less than to have bleve find the fields by a mapping, and leaves its field of all
// fields out.
func (x *Index) document(key string, t term.Term) *document.Document {
	text, tag := t.Value(), t.Lang()
	if t.Direction() != term.NoDirection {
		tag += "--" + t.Direction().String()
	}
	d := document.NewDocument(key)
	add := func(name, value string, o index.FieldIndexingOptions, by analysis.Analyzer) {
		d.AddField(document.NewTextFieldCustom(name, nil, []byte(value), o, by))
	}
	// Phrases need positions.
	add(fieldText, text[:min(len(text), MaxLiteral)], index.IndexField|index.IncludeTermVectors, x.analyser)
	add(fieldLang, t.Lang(), index.IndexField, languages{})
	add(fieldValue, text, index.StoreField, nil)
	add(fieldTag, tag, index.StoreField, nil)
	d.SetIndexed()
	return d
}

// languages makes tokens of the ranges that match a language tag.
type languages struct{}

// Analyze implements [analysis.Analyzer].
func (languages) Analyze(tag []byte) (out analysis.TokenStream) {
	for i, r := range ranges(string(tag)) {
		out = append(out, &analysis.Token{Term: []byte(r), End: len(r), Position: i + 1})
	}
	return out
}

// literal gives back what a document was made of.
func literal(fields map[string]any) (term.Term, bool) {
	value, ok := fields[fieldValue].(string)
	tag, _ := fields[fieldTag].(string)
	tag, dir, _ := strings.Cut(tag, "--")
	switch dir {
	case "ltr":
		return term.NewDirLangString(value, tag, term.LTR), ok
	case "rtl":
		return term.NewDirLangString(value, tag, term.RTL), ok
	}
	return term.NewLangString(value, tag), ok
}

// noLang is the language range of literals without a tag, as in Jena.
const noLang = "none"

// ranges returns the basic language ranges (RFC 4647 §3.3.1) that match a tag:
// zh, zh-hant and zh-hant-tw for zh-Hant-TW.
func ranges(tag string) []string {
	if tag == "" {
		return []string{noLang}
	}
	tag = strings.ToLower(tag)
	var out []string
	for i := 0; i < len(tag); i++ {
		if tag[i] == '-' {
			out = append(out, tag[:i])
		}
	}
	return append(out, tag)
}

// isCJK reports whether a token came from Chinese, Japanese or Korean text.
func isCJK(t *analysis.Token) bool {
	return t.Type == analysis.Double || t.Type == analysis.Single || t.Type == analysis.Ideographic
}
