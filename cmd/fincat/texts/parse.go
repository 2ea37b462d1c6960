package texts

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"fincat/sparql/algebra"
	"fincat/sparql/syntax"
)

// Host is what the program lends to the commands.
type Host struct {
	WrongUse func(cmd *cobra.Command, format string, args ...any) error
	Which    func(cmd *cobra.Command, args []string) error // answers a command that needs one below it
	// Request returns the text of a query or update, given as -e or as a file, and where it is from.
	Request func(cmd *cobra.Command, text string, args []string) (request, name string, err error)
	Located func(name string, err error) error // puts the name of the text before an error with a place in it
	FileIRI func(path string) string
}

type parseFlags struct {
	Host
	text, base string
	algebra    bool
}

// NewParse returns the command parse.
func NewParse(h Host) *cobra.Command {
	f := parseFlags{Host: h}
	cmd := &cobra.Command{
		Use:   "parse [FILE|-|-e TEXT]",
		Short: "Check a SPARQL query or update and write it in normal form",
		Long: `Parse reads a SPARQL query or update, without a store, and writes it back the way
it was understood: prefixes and relative IRIs resolved, one form for what SPARQL
can say in several. With --algebra it writes the algebra of a query (SPARQL 1.1
§18). A mistake is reported with line and column.`,
		Example: "  fincat parse publishers.rq\n  fincat parse --algebra -e 'SELECT * { ?s ?p ?o OPTIONAL { ?s " +
			"?q 1 } }'",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return parseRequest(cmd, f, args) },
	}
	cmd.Flags().StringVarP(&f.text, "execute", "e", "", "text of the query or update")
	cmd.Flags().StringVar(&f.base, "base", "", "IRI against which relative IRIs are resolved")
	cmd.Flags().BoolVar(&f.algebra, "algebra", false, "write the algebra of a query")
	return cmd
}

// parseRequest takes the text for a query, and for an update when it is none. Of
// two errors that of the reading which came further is the one to tell.
func parseRequest(cmd *cobra.Command, f parseFlags, args []string) error {
	text, name, err := f.Request(cmd, f.text, args)
	if err != nil {
		return err
	}
	o := syntax.Options{Base: f.base}
	q, err := syntax.ParseQuery(text, o)
	if err == nil {
		return writeQuery(cmd, q, f.algebra)
	}
	u, updateErr := syntax.ParseUpdate(text, o)
	switch {
	case updateErr != nil:
		return f.Located(name, further(err, updateErr))
	case f.algebra:
		return f.WrongUse(cmd, "--algebra is for queries; this is an update")
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), u)
	return err
}

func writeQuery(cmd *cobra.Command, q *syntax.Query, asAlgebra bool) error {
	if !asAlgebra {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), q)
		return err
	}
	a, err := algebra.Translate(q, algebra.Options{})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), a.Op)
	return err
}

// further returns that of two errors whose place lies behind the other's.
func further(a, b error) error {
	var x, y *syntax.Error
	if errors.As(a, &x) && errors.As(b, &y) && (y.Line > x.Line || y.Line == x.Line && y.Column > x.Column) {
		return b
	}
	return a
}
