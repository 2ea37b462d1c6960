package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/access"
)

type tokensFlags struct {
	dir, format string
	wanted      access.Request
}

func newTokensCommand() *cobra.Command {
	var f tokensFlags
	cmd := &cobra.Command{
		Use:   "tokens",
		Short: "People and programs that may change things",
		Long: `Tokens are how a server recognises people and programs. Each has a name, which
becomes the author of what it changes, a role, and if wanted an expiry:

  reader         sees the administration pages
  provider       answers for the datasets of one organisation
  maintainer     starts, approves and undoes runs, decides about links
  administrator  everything, tokens and arbitrary updates too

Only a hash of a token is kept. A server that holds the store is asked by itself, and
one elsewhere with --server and an administrator's token in ` + tokenEnv + `.`,
		Example: "  fincat tokens add --store DIR --role maintainer --expires 365d alice\n" +
			"  fincat tokens list --store DIR",
		Args: cobra.ArbitraryArgs,
		RunE: which,
	}
	add := &cobra.Command{
		Use:   "add (--store DIR | --server URL) --role ROLE NAME",
		Short: "Make a token and print it, this once",
		Example: "  fincat tokens add --store DIR --role maintainer --expires 365d alice\n" +
			"  fincat tokens add --store DIR --role provider --organisation twse --expires 2027-12-31 twse-data",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.add(cmd, args[0]) },
	}
	add.Flags().StringVar(&f.wanted.Role, "role", "", "reader, provider, maintainer or administrator (required)")
	add.Flags().StringVar(&f.wanted.Organisation, "organisation", "",
		"identifier in the directory; a provider answers for its datasets")
	add.Flags().StringVar(&f.wanted.Expires, "expires", "",
		"when it ends: a date, a time, or a span such as 90d (default: never)")
	list := &cobra.Command{
		Use:     "list (--store DIR | --server URL)",
		Short:   "List all tokens: name, role, organisation, expiry, last use",
		Example: "  fincat tokens list --store DIR --format json",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return f.list(cmd) },
	}
	list.Flags().StringVar(&f.format, "format", "text", "output: text or json")
	remove := &cobra.Command{
		Use:     "remove (--store DIR | --server URL) NAME",
		Short:   "Make a token useless at once",
		Example: "  fincat tokens remove --store DIR alice",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return f.remove(cmd, args[0]) },
	}
	for _, sub := range []*cobra.Command{add, list, remove} {
		storeFlag(sub, &f.dir)
		cmd.AddCommand(sub)
	}
	return cmd
}

// local does something with the tokens of a store that no server holds.
func (f *tokensFlags) local(cmd *cobra.Command, readOnly bool, args []string,
	do func(*access.Tokens) error) (err error) {
	s, err := openExisting(cmd.Context(), cmd, f.dir, readOnly)
	if err != nil {
		return err
	}
	defer closing(s, &err)
	if readOnly {
		return do(access.NewTokens(s))
	}
	return audited(cmd, s, f.dir, args, func() error { return do(access.NewTokens(s)) })
}

func (f *tokensFlags) add(cmd *cobra.Command, name string) error {
	f.wanted.Name = name
	role, err := access.ParseRole(f.wanted.Role)
	if err != nil {
		return wrongUse(cmd, "--role: %v", err)
	}
	expires, err := access.ParseExpiry(f.wanted.Expires, time.Now())
	if err != nil {
		return wrongUse(cmd, "--expires: %v", err)
	}
	c, err := clientOf(cmd)
	if err != nil {
		return err
	}
	var made access.Made
	if c != nil {
		err = c.call(cmd.Context(), http.MethodPost, "admin/tokens", f.wanted, &made)
	} else {
		err = f.local(cmd, false, []string{name, string(role)}, func(t *access.Tokens) (err error) {
			wanted := access.Token{Name: name, Role: role, Organisation: f.wanted.Organisation, Expires: expires}
			made.Secret, _, err = t.Add(cmd.Context(), wanted, commandAuthor(cmd))
			return err
		})
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "the token of %s, which is not shown again:\n", name)
	_, err = fmt.Fprintln(cmd.OutOrStdout(), made.Secret)
	return err
}

func (f *tokensFlags) list(cmd *cobra.Command) error {
	if f.format != "text" && f.format != "json" {
		return wrongUse(cmd, "--format is text or json, not %q", f.format)
	}
	c, err := clientOf(cmd)
	if err != nil {
		return err
	}
	var answer struct {
		Tokens []access.Token `json:"tokens"`
	}
	if c != nil {
		err = c.call(cmd.Context(), http.MethodGet, "admin/tokens", nil, &answer)
	} else {
		err = f.local(cmd, true, nil, func(t *access.Tokens) (err error) {
			answer.Tokens, err = t.List()
			return err
		})
	}
	if err != nil {
		return err
	}
	if f.format == "json" {
		enc := json.NewEncoder(cmd.OutOrStdout())
		for _, t := range answer.Tokens {
			if err := enc.Encode(t); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, t := range answer.Tokens {
		organisation := t.Organisation
		if organisation == "" {
			organisation = "-"
		}
		expires := moment(t.Expires)
		if !t.Expires.IsZero() && !t.Expires.After(time.Now()) {
			expires += " (expired)"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\texpires %s\tused %s\n", t.Name, t.Role, organisation, expires, moment(t.Used))
	}
	return w.Flush()
}

// moment is a time for people to read.
func moment(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Local().Format(time.DateTime)
}

func (f *tokensFlags) remove(cmd *cobra.Command, name string) error {
	c, err := clientOf(cmd)
	switch {
	case err != nil:
	case c != nil:
		err = c.call(cmd.Context(), http.MethodDelete, "admin/tokens/"+url.PathEscape(name), nil, nil)
	default:
		err = f.local(cmd, false, []string{name}, func(t *access.Tokens) error {
			_, err := t.Remove(cmd.Context(), name, commandAuthor(cmd))
			return err
		})
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s removed\n", name)
	return err
}
