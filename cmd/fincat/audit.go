package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/access"
	"fincat/sparql/protocol"
	"fincat/store"
	"fincat/vocab"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
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
		return writeEntries(out, entries)
	}
	return rdfio.Write(cmd.Context(), out, f, entryQuads(entries), auditPrefixes)
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

var auditPrefixes = rdfio.WriteOptions{Prefixes: map[string]string{
	"fincat": vocab.FincatNS, "prov": vocab.PROVNS, "foaf": vocab.FOAFNS, "dct": vocab.DCTNS, "xsd": vocab.XSDNS,
}}

// writeEntries writes entries as JSON, one a line.
func writeEntries(w io.Writer, entries iter.Seq2[access.Entry, error]) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for e, err := range entries {
		if err == nil {
			err = enc.Encode(e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// entryQuads describes entries in the default graph.
func entryQuads(entries iter.Seq2[access.Entry, error]) iter.Seq2[term.Quad, error] {
	return func(yield func(term.Quad, error) bool) {
		for e, err := range entries {
			if err != nil {
				yield(term.Quad{}, err)
				return
			}
			for t := range e.Triples() {
				if !yield(term.Quad{Subject: t.Subject, Predicate: t.Predicate, Object: t.Object}, nil) {
					return
				}
			}
		}
	}
}

// auditHandler shows the audit log of the store in a directory.
type auditHandler struct{ dir string }

// ServeHTTP implements [http.Handler].
func (h auditHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const lines = "application/jsonl"
	accept := strings.Join(r.Header.Values("Accept"), ",")
	chosen, ok := rdfio.Negotiate(accept, lines, "application/x-ndjson", "application/json", "text/turtle",
		"application/n-triples")
	if !ok {
		protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusNotAcceptable,
			Detail: "there are application/jsonl, text/turtle and application/n-triples"})
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Vary", "Accept")
	var err error
	f, rdf := rdfio.FormatByMediaType(chosen)
	if rdf && chosen != "application/json" {
		w.Header().Set("Content-Type", chosen)
		err = rdfio.Write(r.Context(), w, f, entryQuads(access.Entries(h.dir)), auditPrefixes)
	} else {
		w.Header().Set("Content-Type", lines)
		err = writeEntries(w, access.Entries(h.dir))
	}
	if err != nil {
		panic(http.ErrAbortHandler) // what was sent must not look complete
	}
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
