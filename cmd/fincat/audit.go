package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/access"
	"fincat/store"
	"fincat/vocab/rdfio"
)

func newAuditCommand() *cobra.Command {
	var dir, format string
	cmd := &cobra.Command{
		Use:   "audit --store DIR",
		Short: "Print the audit log: who changed what, from where, with which commits",
		Long: `Audit prints the audit log, oldest first, as JSON lines or as RDF. It also works
beside a running server. Each entry holds the hash of the one before; 'fincat check'
verifies the chain. The log is the file ` + access.LogFile + ` in the store's directory and not
part of a backup: keep a copy of it too.`,
		Example: "  fincat audit --store DIR\n  fincat audit --store DIR --format ttl",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return audit(cmd, dir, format) },
	}
	storeFlag(cmd, &dir)
	cmd.Flags().StringVar(&format, "format", "jsonl", "output: jsonl, or an RDF syntax such as ttl or nt")
	return cmd
}

func audit(cmd *cobra.Command, dir, format string) (err error) {
	f, ok := rdfio.FormatByName(format)
	if !ok && format != "jsonl" {
		return wrongUse(cmd, "--format is jsonl or an RDF syntax such as ttl or nt, not %q", format)
	}
	entries, done, err := auditEntries(cmd, dir)
	if err != nil {
		return err
	}
	defer done()
	out := bufio.NewWriter(cmd.OutOrStdout())
	defer func() { err = errors.Join(err, out.Flush()) }()
	if format == "jsonl" {
		return access.WriteEntries(out, entries)
	}
	return access.WriteEntriesRDF(cmd.Context(), out, f, entries)
}

// auditEntries returns the audit log of a store, or of the server that is named; done
// releases it.
func auditEntries(cmd *cobra.Command, dir string) (entries iter.Seq2[access.Entry, error], done func(), err error) {
	c, err := clientOf(cmd)
	switch {
	case err != nil:
		return nil, nil, err
	case c != nil && dir == "": // the file beside a store can be read while a server writes it
		body, err := c.open(cmd.Context(), http.MethodGet, "admin/audit", nil, "Accept", jsonLines)
		if err != nil {
			return nil, nil, err
		}
		return access.ReadEntries(body), func() { body.Close() }, nil
	case dir == "":
		return nil, nil, wrongUse(cmd, "which store? give --store DIR")
	}
	return access.Entries(dir), func() {}, mustBeStore(dir)
}

// audited does something that changes a store on behalf of the user of the command,
// between two entries in the audit log.
func audited(cmd *cobra.Command, s *store.Store, dir string, args []string, do func() error) (err error) {
	before := s.Seq()
	if in := sessionOf(cmd); in != nil { // the server makes the entries
		err := do()
		in.commits, err = commitsBy(cmd, s, before, err)
		return err
	}
	log, err := access.OpenLog(cmd.Context(), dir, s)
	if err != nil {
		return err
	}
	defer closing(log, &err)
	e := access.Entry{
		Who: commandAuthor(cmd), What: strings.Join(append([]string{cmd.CommandPath()}, args...), " "),
		From: hostName(),
	}
	begun, err := log.Begin(e)
	if err != nil {
		return err
	}
	e.Ends = begun.Number
	ctx := cmd.Context()
	cmd.SetContext(store.WithCause(ctx, begun.Hash))
	defer cmd.SetContext(ctx)
	if e.Commits, err = commitsBy(cmd, s, before, do()); err != nil {
		e.Result = "error: " + err.Error()
	}
	_, logErr := log.Append(e)
	return errors.Join(err, logErr)
}

// commitsBy returns the numbers of the commits after a given one whose author is the
// user of the command. It passes on the error with which the command ended.
func commitsBy(cmd *cobra.Command, s *store.Store, after uint64, err error) (commits []uint64, _ error) {
	for c, logErr := range s.Log(context.WithoutCancel(cmd.Context()), after) {
		if logErr != nil {
			return commits, errors.Join(err, logErr)
		}
		if c.Note.Author == commandAuthor(cmd) {
			commits = append(commits, c.Seq)
		}
	}
	return commits, err
}

// hostName is the machine that a command runs on.
func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return "localhost"
	}
	return name
}

// checkAudit verifies the audit log of a store.
func checkAudit(cmd *cobra.Command, dir string, s *store.Store) error {
	r, err := access.CheckLog(cmd.Context(), dir, s)
	if err != nil {
		return err
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(cmd.ErrOrStderr(), "warning: %s\n", w)
	}
	out := cmd.OutOrStdout()
	for _, f := range r.Faults {
		fmt.Fprintln(out, f)
	}
	if len(r.Faults) > 0 {
		return &foundError{"the audit log is not as it was written: compare it with your copies"}
	}
	if r.Entries > 0 {
		fmt.Fprintf(out, "ok: %d entries in the audit log, the newest with the hash %s\n", r.Entries, r.Newest)
	}
	return nil
}
