package bench

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// WriteText prints the report as a table.
func (r *Report) WriteText(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(tw, "query\tresults\t")
	for i := range r.Endpoints {
		fmt.Fprintf(tw, "median %d\tmin\tmax\t", i+1)
	}
	if len(r.Endpoints) == 2 {
		fmt.Fprint(tw, "ratio\tanswers\t")
	}
	fmt.Fprintln(tw)
	for _, q := range r.Queries {
		fmt.Fprintf(tw, "%s\t%d\t", q.Name, q.Runs[0].Results)
		for _, run := range q.Runs {
			if run.Error != "" {
				fmt.Fprint(tw, "error\t-\t-\t")
				continue
			}
			fmt.Fprintf(tw, "%s\t%s\t%s\t", milliseconds(run.Median), milliseconds(run.Min), milliseconds(run.Max))
		}
		if len(r.Endpoints) == 2 {
			fmt.Fprintf(tw, "%s\t%s\t", ratioText(q.Ratio), q.Answers)
		}
		fmt.Fprintln(tw)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for i, e := range r.Endpoints {
		fmt.Fprintf(w, "%d: %s\n", i+1, e)
	}
	for _, q := range r.Queries {
		for i, run := range q.Runs {
			if run.Error != "" {
				fmt.Fprintf(w, "%s on %d: %s\n", q.Name, i+1, run.Error)
			}
		}
	}
	if len(r.Endpoints) == 2 {
		fmt.Fprintf(w, "geometric mean of the ratios: %s\n", ratioText(r.Ratio))
	}
	return nil
}

func milliseconds(v float64) string { return fmt.Sprintf("%.1f ms", v) }

func ratioText(v float64) string {
	if v == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", v)
}
