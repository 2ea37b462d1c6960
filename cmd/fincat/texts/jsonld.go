package texts

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"fincat/vocab/document"
	"fincat/vocab/jsonld"
)

type jsonldFlags struct {
	Host
	base, context string
}

// NewJSONLD returns the command jsonld.
func NewJSONLD(h Host) *cobra.Command {
	f := &jsonldFlags{Host: h}
	cmd := &cobra.Command{
		Use:     "jsonld",
		Short:   "Expand, compact or flatten a JSON-LD document",
		Example: "  fincat jsonld expand catalogue.jsonld\n  fincat jsonld compact --context dcat.jsonld record.json",
		Args:    cobra.ArbitraryArgs,
		RunE:    h.Which,
	}
	for _, sub := range []struct {
		name, short, example string
		do                   func(ctx context.Context, doc, local []byte, o jsonld.Options) ([]byte, error)
	}{
		{"expand", "Write a document in expanded form (JSON-LD 1.1 API §9.1.2)", "catalogue.jsonld",
			func(ctx context.Context, doc, _ []byte, o jsonld.Options) ([]byte, error) {
				return jsonld.Expand(ctx, doc, o)
			}},
		{"compact", "Write a document compacted with a context (§9.1.1)", "--context dcat.jsonld -", jsonld.Compact},
		{"flatten", "Write each node once, compacted if there is a context (§9.1.3)", "catalogue.jsonld",
			jsonld.Flatten},
	} {
		c := &cobra.Command{
			Use: sub.name + " FILE", Short: sub.short, Example: "  fincat jsonld " + sub.name + " " + sub.example,
			Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0], sub.do) },
		}
		c.Flags().StringVar(&f.base, "base", "",
			"IRI against which relative IRIs are resolved (default: the file's own)")
		if sub.name != "expand" {
			c.Flags().StringVar(&f.context, "context", "", "file with the context to compact with")
		}
		cmd.AddCommand(c)
	}
	return cmd
}

// maxJSONLD bounds the documents that are held in memory.
const maxJSONLD = 256 << 20

// run carries out one of the algorithms on a file, or on standard input when it
// is called "-".
func (f *jsonldFlags) run(
	cmd *cobra.Command, name string, do func(context.Context, []byte, []byte, jsonld.Options) ([]byte, error),
) error {
	if cmd.Name() == "compact" && f.context == "" {
		return f.WrongUse(cmd, "which context? give --context FILE")
	}
	doc, err := readBounded(cmd, name)
	if err != nil {
		return err
	}
	var local []byte
	if f.context != "" {
		if local, err = readBounded(cmd, f.context); err != nil {
			return err
		}
	}
	base := f.base
	if base == "" && name != "-" {
		base = f.FileIRI(name)
	}
	out, err := do(cmd.Context(), doc, local, jsonld.Options{Options: document.Options{Base: base}})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", out)
	return err
}

// readBounded reads a whole file, or standard input for "-".
func readBounded(cmd *cobra.Command, name string) (data []byte, err error) {
	r := cmd.InOrStdin()
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		r = file
	}
	data, err = io.ReadAll(io.LimitReader(r, maxJSONLD+1))
	if err == nil && len(data) > maxJSONLD {
		err = fmt.Errorf("%s is larger than %d MB", name, maxJSONLD>>20)
	}
	return data, err
}
