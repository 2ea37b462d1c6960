package manual

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// NewCommand returns the command docs. wrongUse reports a command line that does not make sense.
func NewCommand(wrongUse func(cmd *cobra.Command, format string, args ...any) error) *cobra.Command {
	var lang, query string
	cmd := &cobra.Command{
		Use:   "docs [PAGE]",
		Short: "Print the manual, or a chapter of it, in Markdown",
		Long: `Docs prints a chapter of the manual, which a server shows at /docs; without PAGE the first
one, which lists the others. Commands, configuration, routes and metrics are those of this
very program.

使用手冊:以 Markdown 印出各章;--lang en 為英文。`,
		Example: "  fincat docs\n  fincat docs --lang en configuration\n  fincat docs --search SHACL",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(Languages, lang) {
				return wrongUse(cmd, "--lang is %s, not %q", strings.Join(Languages, " or "), lang)
			}
			book, err := New(cmd.Root())
			if err != nil {
				return err
			}
			name := Chapters[0]
			switch {
			case query != "" && len(args) > 0:
				return wrongUse(cmd, "--search looks in all chapters: leave %q out", args[0])
			case query != "":
				return book.print(cmd, lang, query)
			case len(args) > 0:
				name = args[0]
			}
			text, ok := book.Markdown(lang, name)
			if !ok {
				return wrongUse(cmd, "there is no chapter %q; there are %s", name, strings.Join(Chapters, ", "))
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), text)
			return err
		},
	}
	cmd.Flags().StringVar(&lang, "lang", Languages[0], "language: zh or en")
	cmd.Flags().StringVar(&query, "search", "", "list the sections that have all of these words instead")
	return cmd
}

// print lists what a search finds.
func (b *Book) print(cmd *cobra.Command, lang, query string) error {
	found, err := b.find(lang, query)
	if err != nil {
		return err
	}
	for _, h := range found {
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n    %s\n", h.Page.Name, h.Section.Title,
			h.Around); err != nil {
			return err
		}
	}
	return nil
}
