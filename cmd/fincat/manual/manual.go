package manual

import (
	"embed"
	"fmt"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"fincat/harvest/search"
)

//go:embed pages/*/* words/*.tsv
var sources embed.FS

// Languages are those of the manual, the default first.
var Languages = []string{"zh", "en"}

// Chapters are the names of the chapters in the sequence in which they are read.
var Chapters = []string{"index", "operators", "researchers", "maintainers", "model", "feeds", "sources", "quality",
	"plan", "roles", "operations", "commands", "configuration", "routes", "metrics"}

// page is a chapter in one language.
type page struct {
	Name, Title, Text string
	sections          []section
}

// section is what stands between two headings.
type section struct{ ID, Title, Text string }

// Book is the manual. It is safe for concurrent use.
type Book struct{ pages map[string]map[string]*page } // by language and name

// New opens the manual of a program with these commands.
func New(root *cobra.Command) (*Book, error) {
	b := &Book{pages: map[string]map[string]*page{}}
	for _, lang := range Languages {
		ref, err := newReference(root, lang)
		if err != nil {
			return nil, fmt.Errorf("manual: %w", err)
		}
		b.pages[lang] = map[string]*page{}
		for _, name := range Chapters {
			text, err := sources.ReadFile("pages/" + lang + "/" + name + ".md")
			if err != nil {
				return nil, fmt.Errorf("manual: %w", err)
			}
			p := &page{Name: name}
			if p.Text, err = ref.fill(string(text)); err != nil {
				return nil, fmt.Errorf("manual: chapter %s (%s): %w", name, lang, err)
			}
			p.sections = sectionsOf(p.Text)
			p.Title = p.sections[0].Title
			b.pages[lang][name] = p
			ref.titles = append(ref.titles, p)
		}
		index := b.pages[lang]["index"]
		index.Text = strings.Replace(index.Text, contentsMark, ref.contents(), 1)
	}
	return b, nil
}

// Markdown returns a chapter; ok is false when there is none of that name.
func (b *Book) Markdown(lang, name string) (text string, ok bool) {
	p, ok := b.pages[lang][name]
	if !ok {
		return "", false
	}
	return p.Text, true
}

// Example is a code block.
type Example struct {
	Chapter string
	Kind    string // the words behind the fence, such as "yaml config"
	Text    string
}

// Examples returns the code blocks of all chapters in one language, but not those that show what
// a command says of itself.
func (b *Book) Examples(lang string) (out []Example) {
	for _, name := range Chapters {
		var e *Example
		for line := range strings.Lines(b.pages[lang][name].Text) {
			kind, fence := strings.CutPrefix(strings.TrimRight(line, "\n"), "```")
			switch {
			case fence && e == nil:
				e = &Example{Chapter: name, Kind: kind}
			case fence:
				if e.Kind != helpKind {
					out = append(out, *e)
				}
				e = nil
			case e != nil:
				e.Text += line
			}
		}
	}
	return out
}

// sectionsOf cuts a text at its headings. The first section begins with the title.
func sectionsOf(text string) (out []section) {
	ids, code := newIDs(), false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "```") {
			code = !code
		}
		if marks := len(line) - len(strings.TrimLeft(line, "#")); !code && marks > 0 {
			title := strings.TrimSpace(line[marks:])
			out = append(out, section{ID: ids.of(title), Title: strings.ReplaceAll(title, "`", "")})
			continue
		}
		if len(out) > 0 {
			out[len(out)-1].Text += line
		}
	}
	return out
}

// ids give each heading of a text an identifier that is made of its letters and digits.
type ids map[string]int

func newIDs() ids { return ids{} }

func (i ids) of(title string) string {
	var s strings.Builder
	for _, r := range strings.ToLower(title) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			s.WriteRune(r)
		case s.Len() > 0 && !strings.HasSuffix(s.String(), "-"):
			s.WriteByte('-')
		}
	}
	id := strings.Trim(s.String(), "-")
	if i[id]++; i[id] > 1 {
		id = fmt.Sprintf("%s-%d", id, i[id])
	}
	return id
}

// hit is a section that has all words that were looked for.
type hit struct {
	Page    *page
	Section section
	Around  string // some words of the text around the first one
}

// maxHits is how many sections a search shows.
const maxHits = 40

// find looks for sections by words, those with all of them in the heading first.
func (b *Book) find(lang, text string) ([]hit, error) {
	words, err := search.Words(search.Fold(text))
	if err != nil || len(words) == 0 {
		return nil, err
	}
	var titled, others []hit
	for _, name := range Chapters {
		p := b.pages[lang][name]
		for _, s := range p.sections {
			h := hit{Page: p, Section: s, Around: around(s.Text, words[0])}
			switch {
			case all(p.Title+"\n"+s.Title, words):
				titled = append(titled, h)
			case all(p.Title+"\n"+s.Title+"\n"+s.Text, words):
				others = append(others, h)
			}
		}
	}
	found := append(titled, others...)
	return found[:min(len(found), maxHits)], nil
}

func all(text string, words []string) bool {
	text = search.Fold(text)
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// around returns the line in which a word is, or else the first one that says something.
func around(text, word string) string {
	first := ""
	for line := range strings.Lines(text) {
		line = strings.Trim(strings.TrimSpace(line), "|-` ")
		if line == "" {
			continue
		}
		if first == "" {
			first = line
		}
		if strings.Contains(search.Fold(line), word) {
			first = line
			break
		}
	}
	const most = 160
	if r := []rune(first); len(r) > most {
		first = string(r[:most]) + "…"
	}
	return strings.NewReplacer("`", "", "**", "").Replace(first)
}
