package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/access"
	"fincat/harvest/coverage"
	"fincat/harvest/link"
	"fincat/store"
	"fincat/vocab/dcat"
	"fincat/vocab/sheet"
)

type linkFlags struct {
	dir, state, format string
	by, why, kind      string
	history            bool
}

// linkStates are the values of --state.
var linkStates = []link.State{link.Accepted, link.Candidate, link.Confirmed, link.Refused}

func newLinkCommand() *cobra.Command {
	var f linkFlags
	cmd := &cobra.Command{
		Use:   "link",
		Short: "Links between datasets: find, list, confirm or refuse, report",
		Long: `Link is about datasets of different sources that are the same, or editions of
the same table. Harvests find links by themselves. What the evidence does not
settle is a candidate: a person confirms or refuses it, and no harvest changes
that again. A dataset is named by its IRI or by its source and identifier, as
in twse/exchangeReport~FMTQIK.`,
		Example: "  fincat link list --store DIR --state candidate\n  fincat link report --store DIR",
		Args:    cobra.ArbitraryArgs,
		RunE:    which,
	}
	subs := []*cobra.Command{
		f.command("run --store DIR", "Find all links anew", "  fincat link run --store DIR", false, f.run),
		f.listCommand(),
		f.decideCommand("confirm", "Say that two datasets are linked", link.Confirmed),
		f.decideCommand("refuse", "Say that two datasets are not linked", link.Refused),
		f.reportCommand(),
		f.command("export --store DIR", "Write all links as SSSOM TSV",
			"  fincat link export --store DIR > links.sssom.tsv", true, f.export),
		f.importCommand(),
	}
	for _, sub := range subs {
		storeFlag(sub, &f.dir)
		cmd.AddCommand(sub)
	}
	return cmd
}

// command returns a command without arguments that does something with a store.
func (f *linkFlags) command(
	use, short, example string, readOnly bool, do func(*cobra.Command, *linkStore) error,
) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Example: example, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.with(cmd, readOnly, do) },
	}
}

func (f *linkFlags) formatFlag(c *cobra.Command) {
	c.Flags().StringVar(&f.format, "format", "table", "output: table, csv or json")
}

func (f *linkFlags) listCommand() *cobra.Command {
	c := f.command("list --store DIR", "List links with their state, confidence and strongest reasons",
		"  fincat link list --store DIR --state candidate --format csv", true, f.list)
	c.Flags().StringVar(&f.state, "state", "", "only links that are accepted, candidate, confirmed or refused")
	f.formatFlag(c)
	return c
}

func (f *linkFlags) reportCommand() *cobra.Command {
	c := f.command("report --store DIR", "Say what data.gov.tw lacks and where counterparts differ",
		"  fincat link report --store DIR --format csv", true, f.report)
	c.Long = `Report counts, for each institution, the records of its own sources and those
that have a counterpart at data.gov.tw. It lists what data.gov.tw lacks, what
it has that no source of the institution shows any more, and what counterparts
say differently. With --history it shows the counts at the end of each quarter,
for each institution and sector and in all.`
	c.Flags().BoolVar(&f.history, "history", false, "show the counts quarter by quarter instead")
	f.formatFlag(c)
	return c
}

func (f *linkFlags) decideCommand(verb, short string, st link.State) *cobra.Command {
	c := &cobra.Command{
		Use:   verb + " --store DIR SUBJECT OBJECT",
		Short: short,
		Example: "  fincat link " + verb + " --store DIR twse/SBL~TWT96U portal/11872 --by amy " +
			"--why 'the address is that of the table'",
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd, false, func(cmd *cobra.Command, s *linkStore) error {
				return f.decide(cmd, s, st, args)
			})
		},
	}
	c.Flags().StringVar(&f.by, "by", "", "who decides (default: the name of the user)")
	c.Flags().StringVar(&f.why, "why", "", "for which reason")
	c.Flags().StringVar(&f.kind, "kind", "", "same or edition (default: what was proposed, else same)")
	return c
}

func (f *linkFlags) importCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "import --store DIR FILE|-",
		Short: "Take in the decisions of an SSSOM TSV file",
		Long: `Import takes in the mappings that people curated (semapv:ManualMappingCuration):
as confirmed, or with the predicate_modifier Not as refused. Others are counted
and left out, because fincat finds its own links by itself.`,
		Example: "  fincat link import --store DIR links.sssom.tsv",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd, false, func(cmd *cobra.Command, s *linkStore) error {
				return importLinks(cmd, s, args[0])
			})
		},
	}
}

// linkStore is a store whose links a command is about.
type linkStore struct {
	*store.Store
	dir  string
	base dcat.Base
}

// with does something with a store into which something was harvested.
func (f *linkFlags) with(cmd *cobra.Command, readOnly bool, do func(*cobra.Command, *linkStore) error) error {
	return withHarvested(cmd, f.dir, readOnly, func(s *store.Store, base dcat.Base) error {
		return do(cmd, &linkStore{s, f.dir, base})
	})
}

// dataset returns the IRI of a dataset that the store has.
func (s *linkStore) dataset(ctx context.Context, name string) (string, error) {
	iri := name
	if !strings.Contains(name, "://") {
		iri = string(s.base) + "dataset/" + name
	}
	sn, err := s.Snapshot()
	if err != nil {
		return "", err
	}
	defer sn.Close()
	titles, err := link.Titles(ctx, sn, []*link.Mapping{{Subject: iri, Object: iri}})
	if err == nil && titles[iri] == "" {
		err = fmt.Errorf("there is no dataset %s", iri)
	}
	return iri, err
}

// mappings returns the links in a state, all when it is "", with their titles.
func (s *linkStore) mappings(ctx context.Context, state string) (
	list []*link.Mapping, titles map[string]string, err error,
) {
	sn, err := s.Snapshot()
	if err != nil {
		return nil, nil, err
	}
	defer sn.Close()
	all, err := link.Mappings(ctx, sn, s.base)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range all {
		if state == "" || string(m.State) == state {
			list = append(list, m)
		}
	}
	titles, err = link.Titles(ctx, sn, list)
	return list, titles, err
}

func (f *linkFlags) run(cmd *cobra.Command, s *linkStore) (err error) {
	defer limitMemory(cmd, derivedMemory)()
	start := time.Now()
	d, err := commandDerived(cmd, s.Store, s.dir, link.Thresholds{})
	if err != nil {
		return err
	}
	defer release(cmd, d, &err)
	again := func() error { return d.links.Anew(cmd.Context(), d.linker.Forget) }
	if err := audited(cmd, s.Store, s.dir, nil, again); err != nil {
		return err
	}
	if err := d.followers.CatchUp(cmd.Context()); err != nil {
		return err
	}
	took := time.Since(start)
	list, _, err := s.mappings(cmd.Context(), "")
	if err != nil {
		return err
	}
	count := map[link.State]int{}
	for _, m := range list {
		count[m.State]++
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(),
		"%d links: %d accepted, %d candidates, %d confirmed, %d refused, in %.1f s\n",
		len(list), count[link.Accepted], count[link.Candidate], count[link.Confirmed], count[link.Refused],
		took.Seconds())
	return err
}

// linkJSON is a link as list prints it.
type linkJSON struct {
	Subject      string          `json:"subject"`
	SubjectTitle string          `json:"subject_title"`
	Object       string          `json:"object"`
	ObjectTitle  string          `json:"object_title"`
	Kind         string          `json:"kind"`
	State        link.State      `json:"state"`
	Confidence   float64         `json:"confidence"`
	Author       string          `json:"author,omitempty"`
	Date         string          `json:"date,omitempty"`
	Comment      string          `json:"comment,omitempty"`
	Evidence     []link.Evidence `json:"evidence,omitempty"`
}

// linksJSON returns links as list prints them.
func linksJSON(list []*link.Mapping, titles map[string]string) []linkJSON {
	out := []linkJSON{}
	for _, m := range list {
		out = append(out, linkJSON{
			m.Subject, titles[m.Subject], m.Object, titles[m.Object], m.Kind.String(), m.State, m.Confidence,
			m.Author, m.Date, m.Comment, m.Evidence,
		})
	}
	return out
}

func (f *linkFlags) list(cmd *cobra.Command, s *linkStore) error {
	if f.state != "" && !knownState(f.state) {
		return wrongUse(cmd, "--state is accepted, candidate, confirmed or refused, not %q", f.state)
	}
	list, titles, err := s.mappings(cmd.Context(), f.state)
	if err != nil {
		return err
	}
	header := []string{
		"state", "confidence", "kind", "subject", "subject_title", "object", "object_title", "by", "why",
	}
	var rows [][]string
	for _, m := range list {
		why := m.Comment
		if why == "" {
			why = reasons(m.Evidence)
		}
		confidence := strconv.FormatFloat(m.Confidence, 'f', 3, 64)
		rows = append(rows, []string{
			string(m.State), confidence, m.Kind.String(), s.short(m.Subject), titles[m.Subject],
			s.short(m.Object), titles[m.Object], m.Author, why,
		})
	}
	return f.print(cmd, linksJSON(list, titles), header, rows)
}

func knownState(s string) bool {
	for _, st := range linkStates {
		if string(st) == s {
			return true
		}
	}
	return false
}

// short names a dataset of the catalogue by source and identifier.
func (s *linkStore) short(iri string) string {
	return strings.TrimPrefix(iri, string(s.base)+"dataset/")
}

// reasons puts evidence into a line, the strongest first.
func reasons(list []link.Evidence) string {
	var out []string
	for _, e := range list {
		line := fmt.Sprintf("%s %s %+.1f", e.About, e.Level, e.Bits)
		if e.Seen != "" {
			line += " (" + e.Seen + ")"
		}
		out = append(out, line)
	}
	return strings.Join(out, ", ")
}

// print writes a list in the wanted format.
func (f *linkFlags) print(cmd *cobra.Command, all any, header []string, rows [][]string) error {
	out := cmd.OutOrStdout()
	switch f.format {
	case "json":
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(all)
	case "csv":
		w := sheet.NewWriter(out, header...)
		for _, r := range rows {
			if err := w.Write(r...); err != nil {
				return err
			}
		}
		return w.Close()
	case "table":
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		for _, r := range rows {
			fmt.Fprintln(w, strings.Join(r, "\t"))
		}
		return w.Flush()
	}
	return wrongUse(cmd, "--format is table, csv or json, not %q", f.format)
}

func (f *linkFlags) decide(cmd *cobra.Command, s *linkStore, st link.State, args []string) error {
	ctx := cmd.Context()
	d := link.Decision{State: st, By: f.by, Why: f.why, Author: commandAuthor(cmd),
		At: time.Now().UTC().Format(time.RFC3339)}
	if d.By == "" {
		d.By = access.LocalName(commandAuthor(cmd))
	}
	if err := s.fill(ctx, &d, args[0], args[1], f.kind); err != nil {
		if !slices.Contains([]string{"", "same", "edition"}, f.kind) {
			return wrongUse(cmd, "%v", err)
		}
		return err
	}
	err := audited(cmd, s.Store, s.dir, args, func() error {
		_, err := link.Decide(cmd.Context(), s.Store, s.base, d)
		return err
	})
	if err != nil {
		return err
	}
	if err := catchUp(cmd, s.Store, s.dir, link.Thresholds{}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s by %s: %s and %s (%s)\n",
		st, d.By, s.short(d.Subject), s.short(d.Object), d.Kind)
	return err
}

// fill puts the datasets and the kind of link into a decision.
func (s *linkStore) fill(ctx context.Context, d *link.Decision, subject, object, kind string) (err error) {
	if d.Subject, err = s.dataset(ctx, subject); err != nil {
		return err
	}
	if d.Object, err = s.dataset(ctx, object); err != nil {
		return err
	}
	switch kind {
	case "same":
	case "edition":
		d.Kind = link.Edition
	case "":
		return s.asProposed(ctx, d)
	default:
		return fmt.Errorf("kind is same or edition, not %q", kind)
	}
	return nil
}

// asProposed takes kind and direction of a decision from the link that was
// proposed, if there is one.
func (s *linkStore) asProposed(ctx context.Context, d *link.Decision) error {
	list, _, err := s.mappings(ctx, "")
	if err != nil {
		return err
	}
	for _, m := range list {
		switch {
		case m.Subject == d.Subject && m.Object == d.Object:
			d.Kind = m.Kind
		case m.Subject == d.Object && m.Object == d.Subject:
			d.Kind, d.Subject, d.Object = m.Kind, m.Subject, m.Object
		}
	}
	return nil
}

func (f *linkFlags) report(cmd *cobra.Command, s *linkStore) error {
	sn, err := s.Snapshot()
	if err != nil {
		return err
	}
	defer sn.Close()
	if f.history {
		rows, err := coverage.Rows(cmd.Context(), sn, s.base)
		if err != nil {
			return err
		}
		return f.print(cmd, rows, coverage.Header, coverage.Cells(rows))
	}
	r, err := link.MakeReport(cmd.Context(), sn, s.base)
	if err != nil {
		return err
	}
	if f.format == "table" {
		return r.WriteText(cmd.OutOrStdout())
	}
	header := []string{"finding", "organisation", "dataset", "title", "counterpart", "property", "here", "there"}
	var rows [][]string
	entries := func(finding string, list []link.Entry) {
		for _, e := range list {
			candidates := strings.Join(e.Candidates, " ")
			rows = append(rows, []string{finding, e.Organisation, s.short(e.Dataset), e.Title, candidates, "", "", ""})
		}
	}
	entries("missing", r.Missing)
	entries("unshown", r.Unshown)
	for _, c := range r.Conflicts {
		rows = append(rows, []string{
			"conflict", c.Organisation, s.short(c.Dataset), c.Title, s.short(c.Counterpart),
			c.Property, c.Here, c.There,
		})
	}
	return f.print(cmd, r, header, rows)
}

func (f *linkFlags) export(cmd *cobra.Command, s *linkStore) error {
	list, titles, err := s.mappings(cmd.Context(), "")
	if err != nil {
		return err
	}
	return link.WriteSSSOM(cmd.OutOrStdout(), s.base, list, func(iri string) string { return titles[iri] })
}

// importLinks takes in the decisions of a file.
func importLinks(cmd *cobra.Command, s *linkStore, name string) error {
	in, err := openInput(cmd, name)
	if err != nil {
		return err
	}
	defer in.Close()
	list, others, err := link.ReadSSSOM(in)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for i := range list {
		list[i].Author = commandAuthor(cmd)
	}
	if len(list) > 0 {
		err := audited(cmd, s.Store, s.dir, []string{name}, func() error {
			_, err := link.Decide(cmd.Context(), s.Store, s.base, list...)
			return err
		})
		if err != nil {
			return err
		}
		if err := catchUp(cmd, s.Store, s.dir, link.Thresholds{}); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d decisions taken in, %d other mappings left out\n", len(list), others)
	return err
}
