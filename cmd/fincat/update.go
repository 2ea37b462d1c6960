package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"fincat/sparql"
	"fincat/sparql/syntax"
	"fincat/store"
)

func newUpdateCommand() *cobra.Command {
	var dir, text string
	cmd := &cobra.Command{
		Use:     "update --store DIR [FILE|-|-e TEXT]",
		Short:   "Carry out one SPARQL update request",
		Example: "  fincat update --store DIR -e 'INSERT DATA { <http://example.org/a> a <http://example.org/T> }'",
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return update(cmd, dir, text, args) },
	}
	storeFlag(cmd, &dir)
	cmd.Flags().StringVarP(&text, "execute", "e", "", "text of the update request")
	return cmd
}

func update(cmd *cobra.Command, dir, text string, args []string) (err error) {
	request, name, err := requestText(cmd, text, args)
	if err != nil {
		return err
	}
	if _, err := syntax.ParseUpdate(request, syntax.Options{}); err != nil { // no store is made for what is none
		return located(name, err)
	}
	s, err := openStore(cmd.Context(), cmd, store.Options{Dir: dir})
	if err != nil {
		return err
	}
	defer release(cmd, s, &err)
	e, err := commandEngine(cmd, engineOptions{Store: s, AllowPrivate: true})
	if err != nil {
		return err
	}
	defer release(cmd, e, &err)
	var res sparql.UpdateResult
	err = audited(cmd, s, dir, args, func() (err error) {
		res, err = e.Update(cmd.Context(), request, sparql.UpdateOptions{Note: store.Note{Author: commandAuthor(cmd)}})
		return err
	})
	if err != nil {
		return located(name, err)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d quads added, %d removed\n", res.Added, res.Removed)
	return err
}
