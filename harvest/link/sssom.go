package link

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"fincat/vocab"
	"fincat/vocab/dcat"
)

// SSSOM/TSV is the format in which tools for mappings exchange them: a header
// of comment lines in YAML, a line of column names, and a line for each mapping.

var sssomColumns = []string{
	"subject_id", "subject_label", "predicate_id", "predicate_modifier", "object_id", "object_label",
	"mapping_justification", "author_label", "mapping_date", "confidence", "mapping_tool", "comment", "other",
}

// sssomPrefixes returns the prefixes that an export uses.
func sssomPrefixes(base dcat.Base) [][2]string {
	return [][2]string{
		{"dataset", string(base) + "dataset/"}, {"dct", vocab.DCTNS}, {"owl", vocab.OWLNS}, {"semapv", vocab.SEMAPVNS},
	}
}

// WriteSSSOM writes mappings as SSSOM/TSV. title returns what a dataset is
// called.
func WriteSSSOM(w io.Writer, base dcat.Base, list []*Mapping, title func(iri string) string) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, "# curie_map:")
	for _, p := range sssomPrefixes(base) {
		fmt.Fprintf(out, "#   %s: %q\n", p[0], p[1])
	}
	fmt.Fprintf(out, "# mapping_set_id: %q\n# license: %q\n", string(base)+"graph/link", "https://data.gov.tw/license")
	fmt.Fprintln(out, strings.Join(sssomColumns, "\t"))
	for _, m := range list {
		row := []string{
			m.Subject, title(m.Subject), m.Kind.property(), "", m.Object, title(m.Object),
			vocab.SEMAPVCompositeMatching, m.Author, m.Date, strconv.FormatFloat(m.Confidence, 'f', -1, 64), "fincat",
			m.Comment, "state=" + string(m.State),
		}
		if m.State == Confirmed || m.State == Refused {
			row[6], row[10] = vocab.SEMAPVManualMappingCuration, ""
		}
		if m.State == Refused {
			row[3] = "Not"
		}
		for i := range row {
			row[i] = strings.Join(strings.Fields(row[i]), " ")
		}
		for _, i := range []int{0, 2, 4, 6} {
			row[i] = shortened(row[i], base)
		}
		fmt.Fprintln(out, strings.Join(row, "\t"))
	}
	return out.Flush()
}

// shortened writes an IRI with a prefix.
func shortened(iri string, base dcat.Base) string {
	for _, p := range sssomPrefixes(base) {
		if rest, ok := strings.CutPrefix(iri, p[1]); ok {
			return p[0] + ":" + rest
		}
	}
	return iri
}

// ReadSSSOM reads the decisions of people from SSSOM/TSV: the mappings that were
// curated by hand. It also returns how many other mappings there were, which the
// program finds by itself.
func ReadSSSOM(r io.Reader) (list []Decision, others int, err error) {
	in := bufio.NewScanner(r)
	in.Buffer(nil, 1<<20)
	prefixes, columns := map[string]string{}, map[string]int{}
	for n := 1; in.Scan(); n++ {
		line := strings.TrimSuffix(in.Text(), "\r")
		if meta, ok := strings.CutPrefix(line, "#"); ok {
			readPrefix(meta, prefixes)
			continue
		}
		fields := strings.Split(line, "\t")
		if len(columns) == 0 {
			for i, name := range fields {
				columns[name] = i
			}
			for _, name := range []string{"subject_id", "predicate_id", "object_id", "mapping_justification"} {
				if _, ok := columns[name]; !ok {
					return nil, 0, fmt.Errorf("line %d: there is no column %s", n, name)
				}
			}
			continue
		}
		if line == "" {
			continue
		}
		d, manual, err := readDecision(fields, columns, prefixes)
		if err != nil {
			return nil, 0, fmt.Errorf("line %d: %w", n, err)
		}
		if !manual {
			others++
			continue
		}
		list = append(list, d)
	}
	if err := in.Err(); err != nil {
		return nil, 0, fmt.Errorf("read SSSOM: %w", err)
	}
	slices.SortStableFunc(list, func(a, b Decision) int { return cmp.Compare(a.At, b.At) })
	return list, others, nil
}

// readPrefix reads a line of the header, if it is one of the curie_map.
func readPrefix(line string, prefixes map[string]string) {
	name, iri, ok := strings.Cut(line, ":")
	iri = strings.Trim(strings.TrimSpace(iri), `"'`)
	if name = strings.Trim(strings.TrimSpace(name), `"'`); ok && strings.Contains(iri, "://") {
		prefixes[name] = iri
	}
}

// readDecision reads a line. It is not manual when no person made it.
func readDecision(fields []string, columns map[string]int, prefixes map[string]string) (
	d Decision, manual bool, err error,
) {
	get := func(name string) string {
		if i, ok := columns[name]; ok && i < len(fields) {
			return strings.TrimSpace(fields[i])
		}
		return ""
	}
	expanded := func(name string) string {
		v := get(name)
		if p, rest, ok := strings.Cut(v, ":"); ok && prefixes[p] != "" {
			return prefixes[p] + rest
		}
		return v
	}
	if expanded("mapping_justification") != vocab.SEMAPVManualMappingCuration {
		return d, false, nil
	}
	d = Decision{
		Subject: expanded("subject_id"), Object: expanded("object_id"), State: Confirmed,
		By: get("author_label"), Why: get("comment"), At: get("mapping_date"),
	}
	if d.By == "" {
		d.By = get("author_id")
	}
	if d.Subject == "" || d.Object == "" {
		return d, true, errors.New("subject_id or object_id is empty")
	}
	switch get("predicate_modifier") {
	case "":
	case "Not":
		d.State = Refused
	default:
		return d, true, fmt.Errorf("predicate_modifier is Not or empty, not %q", get("predicate_modifier"))
	}
	switch p := expanded("predicate_id"); p {
	case vocab.OWLSameAs, vocab.SKOSExactMatch:
	case vocab.DCTIsVersionOf:
		d.Kind = Edition
	default:
		return d, true, fmt.Errorf("predicate_id is owl:sameAs, skos:exactMatch or dct:isVersionOf, not %q", p)
	}
	return d, true, nil
}
