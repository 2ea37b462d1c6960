package portal

import (
	"net/http"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// locale is one of the two languages of the pages.
type locale struct {
	Tag      string // of the page, BCP 47
	OtherTag string
	Param    string // value of ?lang=
	texts    map[string]string
	printer  *message.Printer
}

// T returns the text for key, the key itself when there is none.
func (l *locale) T(key string) string {
	if s, ok := l.texts[key]; ok {
		return s
	}
	return key
}

// N returns the text for key with a number in it.
func (l *locale) N(key string, n int) string { return l.printer.Sprintf(l.T(key), n) }

// Number returns n with separators between thousands.
func (l *locale) Number(n int) string { return l.printer.Sprintf("%d", n) }

// Has reports whether there is a text for key.
func (l *locale) Has(key string) bool { _, ok := l.texts[key]; return ok }

// Prefers reports whether a literal with language tag a serves a reader of
// this page better than one with tag b.
func (l *locale) Prefers(a, b string) bool { return l.rank(a) < l.rank(b) }

// rank orders language tags: the page's language first, then Chinese before
// other languages, because that is what the sources write.
func (l *locale) rank(tag string) int {
	tag = strings.ToLower(tag)
	primary, _, _ := strings.Cut(tag, "-")
	own, _, _ := strings.Cut(strings.ToLower(l.Tag), "-")
	switch {
	case tag == strings.ToLower(l.Tag):
		return 0
	case primary == own:
		return 1
	case primary == "":
		return 2
	case primary == "zh":
		return 3
	}
	return 4
}

// locales are the languages of the pages, the default first.
type locales struct{ all [2]*locale }

func newLocales(more ...Text) locales {
	zh, en := map[string]string{}, map[string]string{}
	for _, t := range texts {
		zh[t.key], en[t.key] = t.zh, t.en
	}
	for _, t := range more {
		zh[t.Key], en[t.Key] = t.ZH, t.EN
	}
	return locales{[2]*locale{
		{"zh-Hant-TW", "en", "zh", zh, message.NewPrinter(language.TraditionalChinese)},
		{"en", "zh-Hant-TW", "en", en, message.NewPrinter(language.English)},
	}}
}

// of returns the language of the page that r asks for: ?lang= before
// Accept-Language before Traditional Chinese. chosen is the value of ?lang=
// when it decided.
func (ls locales) of(r *http.Request) (l *locale, chosen string) {
	for _, l := range ls.all {
		if p := r.URL.Query().Get("lang"); p == l.Param || strings.EqualFold(p, l.Tag) {
			return l, l.Param
		}
	}
	wanted, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(wanted) == 0 {
		return ls.all[0], ""
	}
	for _, tag := range wanted {
		primary, _ := tag.Base()
		for _, l := range ls.all {
			if primary.String() == l.Param {
				return l, ""
			}
		}
	}
	return ls.all[0], ""
}

// label returns the text for key, or fallback when there is none.
func (l *locale) label(key, fallback string) string {
	if s, ok := l.texts[key]; ok {
		return s
	}
	return fallback
}
