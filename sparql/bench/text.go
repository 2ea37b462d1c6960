package bench

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"fincat/vocab/sheet"
)

// WriteText writes the report as a table.
func (r *Report) WriteText(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(tw, "query\tresults\t")
	for i := range r.Endpoints {
		fmt.Fprintf(tw, "cold %d\tmedian\tmin\tmax\t", i+1)
	}
	if len(r.Endpoints) > 1 {
		fmt.Fprint(tw, "ratio\tanswers\t")
	}
	fmt.Fprintln(tw)
	for _, q := range r.Queries {
		fmt.Fprintf(tw, "%s\t%s\t", q.Name, q.results())
		for _, run := range q.Runs {
			switch {
			case run.Timeout:
				fmt.Fprint(tw, "timeout\t-\t-\t-\t")
			case run.Error != "":
				fmt.Fprint(tw, "error\t-\t-\t-\t")
			default:
				fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t", timeText(run.Cold), timeText(run.Median), timeText(run.Min),
					timeText(run.Max))
			}
		}
		if len(r.Endpoints) > 1 {
			fmt.Fprintf(tw, "%s\t%s\t", q.ratioText(), q.Answers)
		}
		fmt.Fprintln(tw)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	return r.writeNotes(w)
}

// results is how many results there are, where the endpoints agree on it.
func (q *Comparison) results() string {
	out := "-"
	for _, run := range q.Runs {
		n := strconv.Itoa(run.Results)
		switch {
		case run.Error != "":
		case out == "-":
			out = n
		case out != n:
			out += "/" + n
		}
	}
	return out
}

// writeNotes writes what stands below the table.
func (r *Report) writeNotes(w io.Writer) error {
	for i, e := range r.Endpoints {
		fmt.Fprintf(w, "%d: %s\n", i+1, e)
	}
	for _, q := range r.Queries {
		for i, run := range q.Runs {
			switch {
			case run.Timeout:
				fmt.Fprintf(w, "%s on %d: timeout after %g s: %s\n", q.Name, i+1, r.Limit, run.Error)
			case run.Error != "":
				fmt.Fprintf(w, "%s on %d: %s\n", q.Name, i+1, run.Error)
			case run.Unsteady:
				fmt.Fprintf(w, "%s on %d: not always the same answer\n", q.Name, i+1)
			case run.Differs:
				fmt.Fprintf(w, "%s on %d: %d results, not those of the first one that answered\n", q.Name, i+1,
					run.Results)
			}
		}
	}
	for i, l := range r.Load {
		fmt.Fprintf(w, "%d clients on %d: %.0f requests/s, p50 %s, p95 %s, p99 %s, longest %s; "+
			"%d errors, %d timeouts, %d wrong\n", l.Clients, i+1, l.PerSecond, timeText(l.P50), timeText(l.P95),
			timeText(l.P99), timeText(l.Max), l.Errors, l.Timeouts, l.Wrong)
	}
	if len(r.Endpoints) == 1 {
		return nil
	}
	if len(r.Endpoints) > 2 {
		for i, ratio := range r.Ratios[1:] {
			fmt.Fprintf(w, "geometric mean of 1 over %d: %s\n", i+2, ratioText(ratio))
		}
	}
	_, err := fmt.Fprintf(w, "geometric mean of the ratios: %s\n", ratioText(r.Ratio))
	return err
}

func timeText(v float64) string {
	switch {
	case v == 0:
		return "-"
	case v < 10:
		return fmt.Sprintf("%.2f ms", v)
	}
	return fmt.Sprintf("%.1f ms", v)
}

func ratioText(v float64) string {
	if v == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", v)
}

// ratioText marks a bound with the sign that fits: the endpoint that timed out would have
// taken longer.
func (q *Comparison) ratioText() string {
	switch {
	case q.Bound && q.Runs[0].Timeout:
		return ">" + ratioText(q.Ratio)
	case q.Bound:
		return "<" + ratioText(q.Ratio)
	}
	return ratioText(q.Ratio)
}

// WriteCSV writes a row for each query and endpoint, and then for the clients of each
// endpoint, whose query is called "(load)" and whose results are requests.
func (r *Report) WriteCSV(w io.Writer) error {
	out := sheet.NewWriter(w, "query", "endpoint", "state", "results", "answer", "cold_ms", "median_ms", "min_ms",
		"max_ms", "ratio", "requests_per_second", "p95_ms", "p99_ms", "error")
	for _, q := range r.Queries {
		for i, run := range q.Runs {
			_ = out.Write(q.Name, r.Endpoints[i], run.state(), strconv.Itoa(run.Results), run.Answer,
				figure(run.Cold), figure(run.Median), figure(run.Min), figure(run.Max), figure(run.Ratio),
				"", "", "", run.Error)
		}
	}
	for i, l := range r.Load {
		_ = out.Write("(load)", r.Endpoints[i], fmt.Sprintf("%d clients", l.Clients),
			strconv.FormatInt(l.Requests, 10), "", "", figure(l.P50), "", figure(l.Max), "", figure(l.PerSecond),
			figure(l.P95), figure(l.P99),
			fmt.Sprintf("%d errors, %d timeouts, %d wrong", l.Errors, l.Timeouts, l.Wrong))
	}
	return out.Close()
}

// state says in one word how a query went.
func (t *Timing) state() string {
	switch {
	case t.Timeout:
		return "timeout"
	case t.Error != "":
		return "error"
	case t.Unsteady:
		return Change
	case t.Differs:
		return Differ
	}
	return "ok"
}

// figure is a number for programs; what is not known is empty.
func figure(v float64) string {
	if v == 0 {
		return ""
	}
	return strconv.FormatFloat(v, 'f', 4, 64)
}
