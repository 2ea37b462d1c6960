package reports

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"fincat/harvest"
	"fincat/harvest/report"
	"fincat/store"
	"fincat/vocab/dcat"
)

// Host is what the program lends to the command.
type Host struct {
	// Read does something with a store into which something was harvested.
	Read func(cmd *cobra.Command, dir, config string, do func(*store.Store, dcat.Base, harvest.Config) error) error
	// Mail does something with what sends reports, whose commits are audited.
	Mail     func(cmd *cobra.Command, dir, config string, do func(*report.Mailer) error) error
	WrongUse func(cmd *cobra.Command, format string, args ...any) error
	Found    func(what string) error // the command did its work and found something
}

// command is the command with its flags.
type command struct {
	Host
	dir, config, quarter, since, now, format, out string
	mail, again                                   bool
}

// The output formats.
const (
	formatText = "text"
	formatJSON = "json"
	formatZip  = "zip"
)

// NewCommand returns the command report.
func NewCommand(h Host) *cobra.Command {
	c := &command{Host: h}
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Reports of a quarter, and the pack for the advisory group",
		Long: `Report says how the catalogue stands against the plan's targets, what the checks of
files found, and what there is to do, in all and for each provider. With --out it writes a
page, a workbook, CSV and JSON for each; otherwise it prints the figures.`,
		Example: "  fincat report quarter --store DIR --quarter 2026Q4 --out reports\n" +
			"  fincat report meeting --store DIR --out pack",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return h.WrongUse(cmd, "report has no command %q: quarter or meeting", args[0])
			}
			return h.WrongUse(cmd, "which command? quarter or meeting")
		},
	}
	quarter := &cobra.Command{
		Use: "quarter --store DIR", Short: "Report of a quarter, in all and for each provider",
		Long: `Quarter makes the report of a quarter, of the present one unless --quarter names
another: badges and shares as they were at its end, what to do as of the newest checks.
--mail sends it to those that reports: in the configuration names, to each once.`,
		Example: "  fincat report quarter --store DIR --quarter 2026Q4 --out reports\n" +
			"  fincat report quarter --store DIR --config fincat.yaml --quarter 2026Q4 --mail",
		Args: cobra.NoArgs, RunE: c.run,
	}
	quarter.Flags().BoolVar(&c.mail, "mail", false, "send it to those whom the configuration names")
	quarter.Flags().BoolVar(&c.again, "again", false,
		"with --mail: also to those who have it, or may have it, already")
	meeting := &cobra.Command{
		Use: "meeting --store DIR", Short: "Pack for the advisory group",
		Long: `Meeting makes the pack for a meeting of the advisory group: inventory, what changed
since the last meeting (--since, by default the start of the quarter), quality, ranking of
the providers by the award rules, and what data.gov.tw lacks.`,
		Example: "  fincat report meeting --store DIR --since 2026-09-01 --out pack",
		Args:    cobra.NoArgs, RunE: c.run,
	}
	meeting.Flags().StringVar(&c.since, "since", "", "day of the last meeting, such as 2026-09-01")
	for _, sub := range []*cobra.Command{quarter, meeting} {
		f := sub.Flags()
		f.StringVar(&c.config, "config", "", "configuration file: goals, requests of the public, and who gets mail")
		f.StringVar(&c.dir, "store", "", "directory of the store (required)")
		f.StringVar(&c.quarter, "quarter", "", "quarter such as 2026Q4 (default: the present one, so far)")
		f.StringVar(&c.out, "out", "", "directory for the files")
		f.StringVar(&c.format, "format", formatText, "what is printed: text, json, or zip with all files")
		f.StringVar(&c.now, "now", "", "time that counts as now, such as 2026-12-31T12:00:00+08:00; for tests")
		cmd.AddCommand(sub)
	}
	return cmd
}

// options reads the flags.
func (c *command) options(cmd *cobra.Command) (o report.Options, err error) {
	if c.quarter != "" {
		if o.Quarter, err = report.ParseQuarter(c.quarter); err != nil {
			return o, c.WrongUse(cmd, "--quarter: %v", err)
		}
	}
	for _, flag := range []struct {
		name, text string
		into       *time.Time
	}{{"now", c.now, &o.Now}, {"since", c.since, &o.Since}} {
		if flag.text == "" {
			continue
		}
		if *flag.into, err = instant(flag.text); err != nil {
			return o, c.WrongUse(cmd, "--%s %q is no time: write one such as 2026-09-01", flag.name, flag.text)
		}
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	switch c.format {
	case formatText, formatJSON, formatZip:
		return o, nil
	}
	return o, c.WrongUse(cmd, "--format is text, json or zip, not %q", c.format)
}

// instant reads a day or a time; without a zone it is that of Taipei.
func instant(text string) (at time.Time, err error) {
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if at, err = time.ParseInLocation(form, text, time.FixedZone("Asia/Taipei", 8*3600)); err == nil {
			return at, nil
		}
	}
	return at, err
}

// run makes a report, prints it and sends it.
func (c *command) run(cmd *cobra.Command, _ []string) error {
	o, err := c.options(cmd)
	if err != nil {
		return err
	}
	undelivered := 0
	if c.mail {
		if undelivered, err = c.send(cmd, o); err != nil {
			return err
		}
	}
	err = c.Read(cmd, c.dir, c.config, func(s *store.Store, base dcat.Base, config harvest.Config) error {
		o.Store, o.Base, o.Asked = s, base, config.Quality.Requests
		o.Sources, o.Goals, o.Use = config.Reports.Sources, config.Reports.Goals, config.Reports.Use
		if cmd.Name() == "meeting" {
			m, err := report.MakeMeeting(cmd.Context(), o)
			if err != nil {
				return err
			}
			return c.print(cmd, m.Report, m)
		}
		r, err := report.Make(cmd.Context(), o)
		if err != nil {
			return err
		}
		return c.print(cmd, r, r)
	})
	if err == nil && undelivered > 0 {
		err = c.Found(fmt.Sprintf("%d mails were not delivered", undelivered))
	}
	return err
}

// send mails a report, says to whom, and returns how many do not have it.
func (c *command) send(cmd *cobra.Command, o report.Options) (undelivered int, err error) {
	err = c.Mail(cmd, c.dir, c.config, func(m *report.Mailer) error {
		sent, err := m.Send(cmd.Context(), o.Quarter, o.Now, c.again)
		for _, d := range sent {
			fmt.Fprintln(cmd.ErrOrStderr(), d)
			if d.Failed() {
				undelivered++
			}
		}
		return err
	})
	return undelivered, err
}

// print writes a report in the wanted format.
func (c *command) print(cmd *cobra.Command, r *report.Report, all report.Pack) error {
	out := cmd.OutOrStdout()
	switch c.format {
	case formatZip:
		return report.WriteZip(out, all)
	case formatJSON:
		return report.WriteJSON(out, all)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "target\tgoal\tnow\tmean\tforecast\tmissing\t")
	optional := func(f *report.Figure, v *float64) string {
		if v == nil {
			return "-"
		}
		return f.Amount(*v)
	}
	for i := range r.Figures {
		f := &r.Figures[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t\n", f.ID, f.Amount(f.Goal), f.Now(), optional(f, f.Mean),
			optional(f, f.Forecast), f.Missing)
	}
	fmt.Fprintf(w, "\n%s\t%d datasets checked\t%d to do\t%d providers\t\n", r.Quarter, len(r.Datasets), len(r.Work),
		len(r.Providers))
	return w.Flush()
}

// WriteFiles lets the commands of report below root write files: with --out what they print
// is the archive, which is unpacked where the command was given.
func WriteFiles(root *cobra.Command) {
	for _, sub := range root.Commands() {
		if sub.Name() != "report" {
			continue
		}
		for _, sub := range sub.Commands() {
			writeFiles(sub)
		}
	}
}

func writeFiles(cmd *cobra.Command) {
	print := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		dir := cmd.Flags().Lookup("out").Value.String()
		if dir == "" {
			return print(cmd, args)
		}
		if err := cmd.Flags().Set("format", formatZip); err != nil {
			return err
		}
		var archive bytes.Buffer
		out := cmd.OutOrStdout()
		cmd.SetOut(&archive)
		defer cmd.SetOut(out)
		err := print(cmd, args)
		if archive.Len() == 0 {
			return err
		}
		return errors.Join(unpack(out, dir, archive.Bytes()), err)
	}
}

// unpack writes the files of an archive into a directory, and their names to out.
func unpack(out io.Writer, dir string, archive []byte) error {
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		return err
	}
	for _, f := range z.File {
		if !filepath.IsLocal(f.Name) || filepath.Base(f.Name) != f.Name {
			return fmt.Errorf("%q is no name of a file", f.Name)
		}
		if err := write(filepath.Join(dir, f.Name), f); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(out, filepath.Join(dir, f.Name)); err != nil {
			return err
		}
	}
	return nil
}

// write makes a file whole, or leaves what was there.
func write(name string, f *zip.File) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.CreateTemp(filepath.Dir(name), ".report-*")
	if err != nil {
		return err
	}
	defer os.Remove(w.Name()) // gone after the renaming
	_, err = io.Copy(w, r)
	if err = errors.Join(err, w.Chmod(0o644), w.Close()); err != nil {
		return err
	}
	return os.Rename(w.Name(), name)
}
