package saved

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"fincat/harvest/queries"
	"fincat/sparql/syntax"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/dcat"
	"fincat/vocab/term"
)

// Limits of what is saved. MaxText is in bytes, MaxTitle in characters.
const (
	MaxText     = 32 << 10
	MaxTitle    = 200
	MaxVersions = 200
	MaxQueries  = 10_000
)

// Version is one version of a saved query.
type Version struct {
	Number      int
	Title, Text string // Title is "" of a short link
	Author      string
	Made        time.Time
}

// Query is a saved query.
type Query struct {
	Name     string
	Versions []Version // the newest first; never empty
}

// Newest is the version that counts where none is named.
func (q *Query) Newest() Version { return q.Versions[0] }

// Version returns the version with a number.
func (q *Query) Version(number int) (Version, bool) {
	i := slices.IndexFunc(q.Versions, func(v Version) bool { return v.Number == number })
	if i < 0 {
		return Version{}, false
	}
	return q.Versions[i], true
}

// Owner is who saved the query first.
func (q *Query) Owner() string { return q.Versions[len(q.Versions)-1].Author }

// Short reports whether the query is a short link.
func (q *Query) Short() bool { return q.Newest().Title == "" }

// IRI returns the IRI of a query.
func IRI(base dcat.Base, name string) string { return string(base) + "saved/" + name }

// graphOf returns the name of the graph that holds a query with its versions.
func graphOf(base dcat.Base, name string) string { return string(base) + "graph/saved/" + name }

// ErrNone says that there is no such query.
var ErrNone = errors.New("there is no such saved query")

// Name returns the name of a short link to a text.
func Name(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "q" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:12])
}

var names = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// CheckName says what is wrong with the name of a query that has a title.
func CheckName(name string) error {
	if len(name) > 60 || !names.MatchString(name) {
		return fmt.Errorf("name=%.80q: want at most 60 of a-z, 0-9 and - between them, such as cards-by-bank", name)
	}
	if isShort(name) {
		return fmt.Errorf("name=%q looks like a short link: choose another one", name)
	}
	return nil
}

// isShort reports whether a name is one that [Name] gives.
func isShort(name string) bool {
	return len(name) == len(Name("")) && name[0] == 'q' && !strings.ContainsAny(name, "-0189")
}

// the properties of the text of a version.
var textProperties = []string{vocab.SHSelect, vocab.SHAsk, vocab.SHConstruct, vocab.SPEXDescribe}

// Find reads a query of one state.
func Find(ctx context.Context, sn *store.Snapshot, base dcat.Base, name string) (*Query, error) {
	g, ok, err := sn.Lookup(term.NewIRI(graphOf(base, name)))
	if err != nil || !ok {
		return nil, cmp.Or(err, ErrNone)
	}
	versions, authors := map[string]*Version{}, map[string]string{}
	prefix := IRI(base, name) + "/"
	p := store.Pattern{G: g}
	for q, err := range sn.Match(ctx, p, store.OrderFor(p)) {
		if err != nil {
			return nil, err
		}
		readStatement(versions, authors, prefix, q.Subject.Value(), q.Predicate.Value(), q.Object)
	}
	q := &Query{Name: name}
	for _, v := range versions {
		if v.Text != "" {
			v.Author = cmp.Or(authors[v.Author], v.Author)
			q.Versions = append(q.Versions, *v)
		}
	}
	if len(q.Versions) == 0 {
		return nil, ErrNone
	}
	slices.SortFunc(q.Versions, func(a, b Version) int { return b.Number - a.Number })
	return q, nil
}

// readStatement adds what one statement says to the versions whose IRIs begin with prefix, and
// the names of agents to authors.
func readStatement(versions map[string]*Version, authors map[string]string, prefix, s, p string, o term.Term) {
	number, ok := strings.CutPrefix(s, prefix)
	if !ok {
		if p == vocab.FOAFName {
			authors[s] = strings.Clone(o.Value())
		}
		return
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || strconv.Itoa(n) != number {
		return // a parameter
	}
	if versions[number] == nil {
		versions[number] = &Version{Number: n}
	}
	v, text := versions[number], strings.Clone(o.Value())
	switch {
	case slices.Contains(textProperties, p):
		v.Text = text
	case p == vocab.RDFSComment:
		v.Title = text
	case p == vocab.DCTCreator:
		v.Author = text
	case p == vocab.DCTCreated:
		v.Made, _ = time.Parse(time.RFC3339, text)
	}
}

// Titled returns queries that have a title, by name, and how many there are: at most so many
// after the first ones.
func Titled(ctx context.Context, sn *store.Snapshot, base dcat.Base, first, most int) (out []*Query, total int,
	err error) {
	list, err := listNames(ctx, sn, base)
	list = slices.DeleteFunc(list, isShort)
	for _, name := range list[min(first, len(list)):min(first+most, len(list))] {
		q, err := Find(ctx, sn, base, name)
		if errors.Is(err, ErrNone) { // somebody wrote the statement about its class by hand
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		out = append(out, q)
	}
	return out, len(list), err
}

func listNames(ctx context.Context, sn *store.Snapshot, base dcat.Base) ([]string, error) {
	typed, _, err := sn.Lookup(term.NewIRI(vocab.RDFType))
	if err != nil {
		return nil, err
	}
	class, ok, err := sn.Lookup(term.NewIRI(vocab.SHSPARQLExecutable))
	if err != nil || !ok {
		return nil, err
	}
	p := store.Pattern{P: typed, O: class}
	var out []string
	for q, err := range sn.Match(ctx, p, store.OrderFor(p)) {
		if err != nil {
			return nil, err
		}
		if name, ok := strings.CutPrefix(q.Subject.Value(), IRI(base, "")); ok && !strings.Contains(name, "/") {
			out = append(out, strings.Clone(name))
		}
	}
	slices.Sort(out)
	return slices.Compact(out), ctx.Err()
}

// Followed returns the text of a query whose datasets are followed: of "saved/NAME" the newest
// one that people saved, with the defaults of its parameters; of others the one among those of
// the configuration or of the program. ok is false when there is none.
func Followed(ctx context.Context, sn *store.Snapshot, base dcat.Base, configured map[string]string,
	bank *queries.Bank, name string) (text string, ok bool, err error) {
	if own, is := strings.CutPrefix(name, "saved/"); is {
		q, err := Find(ctx, sn, base, own)
		if errors.Is(err, ErrNone) {
			return "", false, nil
		}
		if err == nil {
			text, err = Bind(q.Newest().Text, nil)
		}
		return text, err == nil, err
	}
	if text, ok = configured[name]; !ok && bank != nil {
		var e queries.Example
		e, ok = bank.Example(name)
		text = e.Text
	}
	return text, ok, nil
}

// quads are what the graph of the query has.
func (q *Query) quads(base dcat.Base) ([]term.Quad, error) {
	iri, graph := IRI(base, q.Name), term.NewIRI(graphOf(base, q.Name))
	var comments []term.Term
	if !q.Short() {
		comments = append(comments, term.NewString(q.Newest().Title))
	}
	triples, err := queries.Described(base, iri, q.Newest().Text, comments...)
	if err != nil {
		return nil, err
	}
	add := func(s, p string, o term.Term) {
		triples = append(triples, term.Triple{Subject: term.NewIRI(s), Predicate: term.NewIRI(p), Object: o})
	}
	at := func(t time.Time) term.Term { return term.NewLiteral(t.UTC().Format(time.RFC3339), vocab.XSDDateTime) }
	version := func(n int) string { return iri + "/" + strconv.Itoa(n) }
	parameters, err := Parameters(q.Newest().Text)
	if err != nil {
		return nil, err
	}
	for _, p := range parameters {
		p.describe(iri, add)
	}
	add(iri, vocab.DCTCreated, at(q.Versions[len(q.Versions)-1].Made))
	add(iri, vocab.DCTModified, at(q.Newest().Made))
	for i, v := range q.Versions {
		one := version(v.Number)
		tree, err := syntax.ParseQuery(v.Text, syntax.Options{})
		if err != nil {
			return nil, err
		}
		_, property := queries.TextProperty(tree.Form)
		add(iri, vocab.DCTHasVersion, term.NewIRI(one))
		add(one, vocab.RDFType, term.NewIRI(vocab.PROVEntity))
		add(one, vocab.DCTIsVersionOf, term.NewIRI(iri))
		add(one, property, term.NewString(v.Text))
		add(one, vocab.DCTCreated, at(v.Made))
		add(one, vocab.DCTCreator, term.NewIRI(base.Agent(v.Author)))
		add(base.Agent(v.Author), vocab.FOAFName, term.NewString(v.Author))
		if v.Title != "" {
			add(one, vocab.RDFSComment, term.NewString(v.Title))
		}
		if i+1 < len(q.Versions) {
			add(one, vocab.PROVWasRevisionOf, term.NewIRI(version(q.Versions[i+1].Number)))
		}
	}
	out := make([]term.Quad, len(triples))
	for i, t := range triples {
		out[i] = t.In(graph)
	}
	return out, nil
}

// describe describes a parameter as SHACL does those of functions (SHACL-SPARQL §6.2).
func (p Parameter) describe(query string, add func(s, p string, o term.Term)) {
	iri := query + "/parameter/" + p.Name
	add(query, vocab.SHParameterProperty, term.NewIRI(iri))
	add(iri, vocab.SHName, term.NewString(p.Name))
	add(iri, vocab.SHPath, term.NewIRI(query+"/"+p.Name))
	add(iri, vocab.SHOptional, term.NewLiteral(strconv.FormatBool(p.Optional || p.Default != ""), vocab.XSDBoolean))
	switch {
	case p.IsIRI():
		add(iri, vocab.SHNodeKindProperty, term.NewIRI(vocab.SHIRI))
	case p.Lang != "":
		add(iri, vocab.SHDatatype, term.NewIRI(vocab.RDFLangString))
	default:
		add(iri, vocab.SHDatatype, term.NewIRI(p.Datatype))
	}
	if p.Default != "" {
		if t, err := p.term(p.Default); err == nil {
			add(iri, vocab.SHDefaultValue, t)
		}
	}
}
