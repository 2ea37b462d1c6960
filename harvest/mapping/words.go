package mapping

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/width"

	"fincat/harvest/problem"
	"fincat/vocab/dcat"
)

// Words map what sources call things to what the code lists call them: the key
// map: of a source or of harvest:. The lists know most words by themselves; these
// are the ones that only the people know who know the source.
type Words struct {
	Formats     map[string]string `yaml:"formats"`     // to a file type, its name or media type, such as XLSX
	Frequencies map[string]string `yaml:"frequencies"` // to a frequency, such as DAILY or 每日
	Licences    map[string]string `yaml:"licences"`    // to a licence of the list, or the address of any other
}

// wordKind is one kind of word: what the configuration and problems call it.
type wordKind struct{ key, rule, name string }

var (
	formatWords    = wordKind{"formats", "format-unknown", "format"}
	frequencyWords = wordKind{"frequencies", "frequency-unknown", "update frequency"}
	licenceWords   = wordKind{"licences", "licence-unknown", "licence"}
)

// Validate reports the first word that is mapped to what no list has.
func (w Words) Validate() error {
	for _, list := range []struct {
		kind  wordKind
		words map[string]string
		known func(string) bool
		such  string
	}{
		{formatWords, w.Formats, func(s string) bool { _, _, ok := dcat.Format(s); return ok }, "XLSX or text/csv"},
		{frequencyWords, w.Frequencies, func(s string) bool { _, ok := dcat.Frequency(s); return ok }, "DAILY or 每日"},
		{licenceWords, w.Licences, func(s string) bool {
			_, ok := dcat.License(s)
			return ok || dcat.IsAddress(s)
		}, "OGDL-Taiwan-1.0 or an address"},
	} {
		for _, word := range slices.Sorted(maps.Keys(list.words)) {
			if wordKey(word) == "" || !list.known(list.words[word]) {
				return fmt.Errorf("map: %s: %.80q is mapped to %.80q, which is no %s that the lists know: "+
					"give one such as %s", list.kind.key, word, list.words[word], list.kind.name, list.such)
			}
		}
	}
	return nil
}

// wordKey makes words comparable: width, letter case and blanks around do not count.
func wordKey(s string) string { return strings.ToLower(strings.TrimSpace(width.Fold.String(s))) }

// Vocabulary applies words to the records of a run, and counts those that neither
// they nor the code lists know.
type Vocabulary struct {
	formats, frequencies, licences map[string]string
	unknown                        map[wordKind]map[string]int // records by text
	more                           map[wordKind]int            // records with texts beyond maxUnknown
}

const maxUnknown = 1000 // texts of one kind that are listed

// NewVocabulary returns a vocabulary in which earlier words count before later ones.
func NewVocabulary(words ...Words) *Vocabulary {
	v := &Vocabulary{formats: map[string]string{}, frequencies: map[string]string{}, licences: map[string]string{},
		unknown: map[wordKind]map[string]int{}, more: map[wordKind]int{}}
	for _, w := range slices.Backward(words) {
		for into, from := range map[*map[string]string]map[string]string{
			&v.formats: w.Formats, &v.frequencies: w.Frequencies, &v.licences: w.Licences,
		} {
			for word, code := range from {
				(*into)[wordKey(word)] = code
			}
		}
	}
	return v
}

// Apply maps the words of a record, which stay beside the codes, and counts those
// that are unknown.
func (v *Vocabulary) Apply(d *dcat.Dataset) {
	if code, ok := v.frequencies[wordKey(d.FrequencyAs)]; ok {
		d.Frequency, _ = dcat.Frequency(code)
	} else if d.Frequency == "" {
		v.count(frequencyWords, d.FrequencyAs)
	}
	if code, ok := v.licences[wordKey(d.LicenseAs)]; ok {
		d.License = code
		if iri, ok := dcat.License(code); ok {
			d.License = iri
		}
	} else if d.License == "" {
		v.count(licenceWords, d.LicenseAs)
	}
	seen := map[string]bool{}
	for i := range d.Distribution {
		x := &d.Distribution[i]
		word := x.FormatAs
		if word == "" && !dcat.IsAddress(x.Format) {
			word = x.Format
		}
		if code, ok := v.formats[wordKey(word)]; ok {
			x.Format, x.MediaType = "", ""
			x.SetFormat(code)
			x.FormatAs = word
		} else if word != x.FormatAs && !seen[word] {
			seen[word] = true
			v.count(formatWords, word)
		}
	}
}

func (v *Vocabulary) count(k wordKind, text string) {
	if text == "" {
		return
	}
	if v.unknown[k] == nil {
		v.unknown[k] = map[string]int{}
	}
	if text = problem.Cut(text, maxWord); len(v.unknown[k]) >= maxUnknown && v.unknown[k][text] == 0 {
		v.more[k]++
		return
	}
	v.unknown[k][text]++
}

const maxWord = 200 // bytes of an unknown text that are shown

// Unknown returns a problem for each text that was unknown, with the number of
// records that have it.
func (v *Vocabulary) Unknown(at problem.Place) (out []problem.Problem) {
	for _, k := range []wordKind{formatWords, frequencyWords, licenceWords} {
		for _, text := range slices.SortedFunc(maps.Keys(v.unknown[k]), func(a, b string) int {
			return cmp.Or(v.unknown[k][b]-v.unknown[k][a], strings.Compare(a, b))
		}) {
			out = append(out, problem.Problem{Severity: problem.Warning, Place: at, Rule: k.rule, Value: text,
				Message: fmt.Sprintf("%s with the %s %q, which the lists do not know",
					problem.Count(v.unknown[k][text], "record"), k.name, text),
				Remedy: fmt.Sprintf("say what it stands for, under the source or harvest: in the configuration: "+
					"map: {%s: {%q: …}}", k.key, text)})
		}
		if n := v.more[k]; n > 0 {
			out = append(out, problem.Problem{Severity: problem.Warning, Place: at, Rule: k.rule,
				Message: problem.Count(n, "record") + " with further unknown texts as " + k.name,
				Remedy:  "look whether the source fills the field with something else"})
		}
	}
	return out
}
