package link

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// WriteText writes the report for people: the counts of each organisation, and
// after them what is missing.
func (r *Report) WriteText(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "organisation\town records\ton data.gov.tw\tshare\tto decide\t"+
		"portal records\tshown by no source\t")
	for _, c := range r.Organisations {
		org := c.Organisation
		if org == "" {
			org = "(not known)"
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%.0f %%\t%d\t%d\t%d\t\n",
			org, c.Own, c.OnPortal, 100*c.Share, c.Candidates, c.Portal, c.Unshown)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, part := range []struct {
		name string
		list []Entry
	}{{"data.gov.tw lacks", r.Missing}, {"shown by no source", r.Unshown}} {
		fmt.Fprintf(out, "\n%s: %d\n", part.name, len(part.list))
		for _, e := range part.list {
			fmt.Fprintf(out, "  %s  %s  %s\n", e.Organisation, e.Identifier, e.Title)
		}
	}
	fmt.Fprintf(out, "\ncounterparts that differ: %d\n", len(r.Conflicts))
	for _, c := range r.Conflicts {
		fmt.Fprintf(out, "  %s  %s: %s: %s here, %s there\n", c.Organisation, c.Title, c.Property, c.Here, c.There)
	}
	return nil
}
