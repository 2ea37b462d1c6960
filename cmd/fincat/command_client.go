package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fincat/cmd/fincat/wire"
)

// carryOut has a server carry out a command and prints what it prints. The command
// ends as it ends there.
func (c *client) carryOut(cmd *cobra.Command, route commandRoute, args []string) error {
	params, files := route.request(cmd, args)
	for _, name := range files { // before anything is sent
		if err := readable(name); err != nil {
			return err
		}
	}
	method, path := route.split()
	for i, name := range route.wildcards() {
		path = strings.Replace(path, "{"+name+"}", url.PathEscape(args[i]), 1)
	}
	path = strings.TrimPrefix(path, "/")
	header := []string{"Accept", wire.MediaType}
	var body io.Reader
	if route.asks() {
		path += "?" + params.Encode()
	} else {
		r, w := io.Pipe()
		defer r.Close()
		form := multipart.NewWriter(w)
		header = append(header, "Content-Type", form.FormDataContentType(), "Expect", "100-continue")
		go func() { _ = w.CloseWithError(wire.Send(cmd.InOrStdin(), form, params, files)) }()
		body = r
	}
	answer, err := c.open(cmd.Context(), method, path, body, header...)
	if err != nil {
		return err
	}
	defer answer.Close()
	end, err := wire.Read(answer, cmd.OutOrStdout(), cmd.ErrOrStderr())
	switch {
	case cmd.Context().Err() != nil:
		return context.Cause(cmd.Context())
	case err != nil:
		return fmt.Errorf("the server broke off its answer: %w", err)
	}
	return endError(end)
}

// request returns the parameters of a command, and the files that it needs in the order
// in which it reads them.
func (r commandRoute) request(cmd *cobra.Command, args []string) (params url.Values, files []string) {
	params = url.Values{}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		if f.Name == r.flagFile {
			files = append(files, values...)
		}
		for _, name := range unsharedFlags {
			if f.Name == name && name != r.flagFile {
				return
			}
		}
		params[f.Name] = values
	})
	for i, arg := range args[len(r.wildcards()):] {
		params.Add(r.args[min(i, len(r.args)-1)], arg)
		if r.files {
			files = append(files, arg)
		}
	}
	if !r.asks() {
		if dir, err := os.Getwd(); err == nil {
			params.Set(directoryField, dir)
		}
	}
	return params, files
}

// readable reports why a file cannot be read; "-" is standard input.
func readable(name string) error {
	if name == "-" {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return f.Close()
}

// endError is how a command ends that a server has carried out.
func endError(e *wire.End) error {
	switch e.Status {
	case exitDone:
		return nil
	case exitFound:
		return &foundError{e.Message}
	case exitUsage:
		return &usageError{errors.New(e.Message), e.Help}
	}
	return errors.New(e.Message)
}
