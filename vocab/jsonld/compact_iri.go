package jsonld

import (
	"cmp"
	"slices"
	"strings"

	"fincat/vocab/term"
)

// compactUse says how an IRI is compacted.
type compactUse struct {
	value   any // what the IRI is a property of
	vocab   bool
	reverse bool
}

// compactIRI is the IRI compaction algorithm (JSON-LD 1.1 API §6.2). What
// keywords and types become is remembered.
func (p *compactor) compactIRI(c *activeContext, iri string, use compactUse) (string, error) {
	inv := inverseOf(c)
	plain := use.vocab && !use.reverse && use.value == nil
	if s, ok := inv.plain[iri]; plain && ok {
		return s, nil
	}
	s, err := p.compactNew(c, inv, iri, use)
	if plain && err == nil && len(inv.plain) < 1<<14 {
		inv.plain[iri] = s
	}
	return s, err
}

func (p *compactor) compactNew(c *activeContext, inv *inverseContext, iri string, use compactUse) (string, error) {
	if use.vocab {
		if _, ok := inv.iris[iri]; ok {
			s, err := p.termSelector(c, use)
			if err != nil {
				return "", err
			}
			t, ok := inv.selectTerm(iri, s.containers, s.typeLanguage, s.preferred())
			if ok && losesDirection(c, c.terms[t], use.value) {
				others := slices.DeleteFunc(s.containers, func(k string) bool {
					return strings.Contains(k,
						"@language")
				})
				t, ok = inv.selectTerm(iri, others, s.typeLanguage, s.preferred())
			}
			if !ok && isKeyword(iri) {
				t, ok = inv.selectTerm(iri, s.containers, "@any", []string{"@none"})
			}
			if ok {
				p.use(t)
				return t, nil
			}
		}
		if v := c.vocab; v.set && v.value != "" && len(iri) > len(v.value) && strings.HasPrefix(iri, v.value) {
			suffix := iri[len(v.value):]
			if _, taken := c.terms[suffix]; !taken {
				return suffix, nil
			}
		}
	}
	if compact, prefix := compactPrefix(c, inv, iri, use.value); compact != "" {
		p.use(prefix)
		return compact, nil
	}
	if i := strings.IndexByte(iri, ':'); i > 0 && !strings.HasPrefix(iri[i+1:], "//") {
		if d := c.terms[iri[:i]]; d != nil && d.prefix && !isBlankID(iri) {
			return "", p.fail("IRI confused with prefix", "<%s> starts with the term %q", iri, iri[:i])
		}
	}
	if !use.vocab {
		return p.relative(c, iri), nil
	}
	return iri, nil
}

// use notes that a term is used, when that is wanted.
func (p *compactor) use(name string) {
	if p.used != nil {
		p.used[name] = true
	}
}

// losesDirection reports whether a value's base direction differs from that of
// a language map, which holds languages only.
func losesDirection(c *activeContext, d *termDef, value any) bool {
	o, ok := value.(*jsonObject)
	if !ok || d == nil || !d.container.has(containerLanguage) || !o.has("@direction") {
		return false
	}
	direction := c.direction
	if d.direction.set {
		direction = d.direction.value
	}
	return o.value("@direction") != direction
}

// compactPrefix is steps 6 to 8: the least compact IRI, "" for none, and the
// term it starts with.
func compactPrefix(c *activeContext, inv *inverseContext, iri string, value any) (best, prefix string) {
	for _, t := range inv.prefixes {
		if len(iri) <= len(t.iri) || !strings.HasPrefix(iri, t.iri) {
			continue
		}
		candidate := t.term + ":" + iri[len(t.iri):]
		if d, taken := c.terms[candidate]; taken && (d.null || d.iri != iri || value != nil) {
			continue
		}
		if best == "" || cmp.Or(cmp.Compare(len(candidate), len(best)), cmp.Compare(candidate, best)) < 0 {
			best, prefix = candidate, t.term
		}
	}
	return best, prefix
}

// relative writes an IRI relative to the base IRI where that is shorter.
func (p *compactor) relative(c *activeContext, iri string) string {
	if !c.hasBase || p.o.keepAbsolute {
		return iri
	}
	r := relativeIRI(c.baseParts, c.base, iri)
	if isKeywordLike(r) {
		r = "./" + r
	}
	return r
}

// relativeIRI returns a reference that resolves to iri against the base, or
// iri itself.
func relativeIRI(parts term.IRIParts, base, iri string) string {
	i := term.SplitIRI(iri)
	if parts.Scheme == "" || i.Scheme != parts.Scheme || i.Authority != parts.Authority || parts.Authority == "" {
		return iri
	}
	rest := iri[len(i.Scheme)+len(i.Authority)+len(i.Path):] // query and fragment
	if i.Path == parts.Path {
		if strings.HasPrefix(rest, "?") && rest != "?" {
			if i.Query == parts.Query {
				if f := rest[len(i.Query):]; f != "" {
					return f
				}
			}
			return rest
		}
		if parts.Query == "" && rest != "" {
			return rest
		}
		if last := i.Path[strings.LastIndexByte(i.Path, '/')+1:]; last != "" && !strings.Contains(last, ":") {
			return last + rest
		}
	}
	ref := relativePath(parts.Path, i.Path) + rest
	if len(ref) >= len(iri) || parts.Resolve(ref) != iri || term.SchemeLength(ref) > 0 {
		return iri
	}
	return ref
}

// relativePath leads from the folder of one path to another path.
func relativePath(from, to string) string {
	a := strings.Split(from, "/")
	b := strings.Split(to, "/")
	n := 0
	for n < len(a)-1 && n < len(b)-1 && a[n] == b[n] {
		n++
	}
	ref := strings.Repeat("../", len(a)-1-n) + strings.Join(b[n:], "/")
	if ref == "" {
		return "./"
	}
	if head, _, _ := strings.Cut(ref, "/"); strings.Contains(head, ":") {
		return "./" + ref
	}
	return ref
}

// termSelector holds what step 4 finds out about a value.
type termSelector struct {
	containers   []string
	typeLanguage string
	value        string
	values       []string // preferred before @any and direction
}

func (s *termSelector) contain(keys ...string) { s.containers = append(s.containers, keys...) }

// termSelector is steps 4.1 to 4.17.
func (p *compactor) termSelector(c *activeContext, use compactUse) (*termSelector, error) {
	s := &termSelector{typeLanguage: "@language", value: "@null"}
	o, isObject := use.value.(*jsonObject)
	graph := isObject && isGraphObject(o)
	hasIndex := isObject && o.has("@index")
	if hasIndex && !graph {
		s.contain("@index", "@index@set")
	}
	switch {
	case use.reverse:
		s.typeLanguage, s.value = "@type", "@reverse"
		s.contain("@set")
	case isObject && o.has("@list"):
		s.list(c, o)
	case graph:
		s.graph(o)
	case isObject && o.has("@value"):
		s.literal(o)
		s.contain("@set")
	default:
		if isObject {
			s.typeLanguage, s.value = "@type", "@id"
			s.contain("@id", "@id@set", "@type", "@set@type")
		}
		s.contain("@set")
	}
	s.contain("@none")
	if !p.o.mode10 && !hasIndex {
		s.contain("@index", "@index@set")
	}
	if !p.o.mode10 && isObject && len(o.members) == 1 && o.has("@value") {
		s.contain("@language", "@language@set")
	}
	return s, p.preferredTypes(c, s, o)
}

// literal is step 4.9.1.
func (s *termSelector) literal(o *jsonObject) {
	language, _ := o.value("@language").(string)
	switch t, typed := o.value("@type").(string); {
	case o.has("@direction") && !o.has("@index"):
		direction, _ := o.value("@direction").(string)
		s.value = strings.ToLower(language) + "_" + direction
		s.contain("@language", "@language@set")
	case o.has("@language") && !o.has("@index"):
		s.value = strings.ToLower(language)
		s.contain("@language", "@language@set")
	case typed:
		s.typeLanguage, s.value = "@type", t
	}
}

// graph is step 4.8.
func (s *termSelector) graph(o *jsonObject) {
	if o.has("@index") {
		s.contain("@graph@index", "@graph@index@set")
	}
	if o.has("@id") {
		s.contain("@graph@id", "@graph@id@set")
	}
	s.contain("@graph", "@graph@set", "@set")
	if !o.has("@index") {
		s.contain("@graph@index", "@graph@index@set")
	}
	if !o.has("@id") {
		s.contain("@graph@id", "@graph@id@set")
	}
	s.contain("@index", "@index@set")
	s.typeLanguage, s.value = "@type", "@id"
}

// list is step 4.7.
func (s *termSelector) list(c *activeContext, o *jsonObject) {
	if !o.has("@index") {
		s.contain("@list")
	}
	items := asArray(o.value("@list"))
	commonType, commonLanguage := "", ""
	if len(items) == 0 {
		commonLanguage = defaultLanguage(c)
	}
	for i, item := range items {
		language, typ := itemKind(item)
		if i == 0 {
			commonLanguage, commonType = language, typ
			continue
		}
		if v, ok := item.(*jsonObject); language != commonLanguage && ok && v.has("@value") {
			commonLanguage = "@none"
		}
		if typ != commonType {
			commonType = "@none"
		}
	}
	commonLanguage, commonType = cmp.Or(commonLanguage, "@none"), cmp.Or(commonType, "@none")
	if commonType != "@none" {
		s.typeLanguage, s.value = "@type", commonType
	} else {
		s.value = commonLanguage
	}
	if len(items) == 0 {
		s.typeLanguage = "@any"
	}
}

func defaultLanguage(c *activeContext) string {
	if c.direction != "" {
		return strings.ToLower(c.language) + "_" + c.direction
	}
	return cmp.Or(strings.ToLower(c.language), "@none")
}

// itemKind returns the language and the type that a list item asks for.
func itemKind(item any) (language, typ string) {
	o, ok := item.(*jsonObject)
	if ok && o.has("@list") {
		// The algorithm says @id. But expansion coerces the elements of an inner
		// list by the property's term, and compaction writes them without regard
		// to it: strings in it would come back as IRIs.
		return "@none", "@none"
	}
	if !ok || !o.has("@value") {
		return "@none", "@id"
	}
	lang, _ := o.value("@language").(string)
	dir, _ := o.value("@direction").(string)
	t, _ := o.value("@type").(string)
	switch {
	case dir != "":
		return strings.ToLower(lang) + "_" + dir, "@none"
	case lang != "":
		return strings.ToLower(lang), "@none"
	case t != "":
		return "@none", t
	}
	return "@null", "@none"
}

// preferredTypes is steps 4.13 to 4.17.
func (p *compactor) preferredTypes(c *activeContext, s *termSelector, o *jsonObject) error {
	if s.value == "@reverse" {
		s.values = append(s.values, "@reverse")
	}
	if (s.value == "@id" || s.value == "@reverse") && o != nil && o.has("@id") {
		id, _ := o.value("@id").(string)
		compacted, err := p.compactIRI(c, id, compactUse{vocab: true})
		if err != nil {
			return err
		}
		if d := c.terms[compacted]; d != nil && !d.null && d.iri == id {
			s.values = append(s.values, "@vocab", "@id", "@none")
		} else {
			s.values = append(s.values, "@id", "@vocab", "@none")
		}
		return nil
	}
	s.values = append(s.values, s.value, "@none")
	return nil
}

// preferred is steps 4.18 and 4.19.
func (s *termSelector) preferred() []string {
	values := append(slices.Clone(s.values), "@any")
	for _, v := range s.values {
		if i := strings.IndexByte(v, '_'); i >= 0 {
			return append(values, v[i:])
		}
	}
	return values
}
