package main

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"fincat/cmd/fincat/adminapi"
	asking "fincat/cmd/fincat/requests"
	"fincat/cmd/fincat/saving"
)

// commandRoute says over which route a server carries out a command. The command runs
// in the server's process as it would alone, with the server's store: what it prints is
// the answer. Its flags are parameters of the same names.
type commandRoute struct {
	pattern  string   // of the route; wildcards are arguments
	args     []string // parameters that are its further arguments; the last may be given more than once
	files    bool     // these arguments name files, which the client sends
	flagFile string   // flag that names files, which the client sends
	format   string   // of the answer, for other clients that name none
	media    string   // of the answer, where the format does not say it
}

// commandRoutes are the commands that a server carries out, by name.
var commandRoutes = map[string]commandRoute{
	"query":    {pattern: "POST /admin/query", args: []string{"file"}, files: true, format: "json"},
	"update":   {pattern: "POST /admin/update", args: []string{"file"}, files: true},
	"load":     {pattern: "POST /admin/load", args: []string{"file"}, files: true},
	"dump":     {pattern: "GET /admin/dump", format: "nq"},
	"diff":     {pattern: "POST /admin/diff", args: []string{"file"}, files: true, media: textPlain},
	"validate": {pattern: "POST /admin/validate", flagFile: "shapes", format: "ttl"},

	"harvest": {pattern: "POST /admin/harvest", args: []string{"source"}, flagFile: "config", format: "json",
		media: jsonLines},
	"sources list":    {pattern: "GET /admin/sources"},
	"sources check":   {pattern: "POST /admin/sources/check", args: []string{"source"}},
	"sources preview": {pattern: "POST /admin/sources/preview", args: []string{"source"}, media: "text/turtle"},

	"runs list":    {pattern: "GET /admin/runs/list", format: "json", media: jsonLines},
	"runs show":    {pattern: "GET /admin/runs/{run}/changes"},
	"runs errors":  {pattern: "GET /admin/runs/errors", args: []string{"of"}, format: "json"},
	"runs undo":    {pattern: "POST /admin/runs/{run}/undo"},
	"runs approve": {pattern: "POST /admin/runs/{run}/approve"},

	"link list":    {pattern: "GET /admin/links", format: "json"},
	"link report":  {pattern: "GET /admin/links/report", format: "json"},
	"link export":  {pattern: "GET /admin/links/export", media: "text/tab-separated-values; charset=utf-8"},
	"link run":     {pattern: "POST /admin/links/run"},
	"link confirm": {pattern: "POST /admin/links/confirm", args: []string{"subject", "object"}},
	"link refuse":  {pattern: "POST /admin/links/refuse", args: []string{"subject", "object"}},
	"link import":  {pattern: "POST /admin/links/import", args: []string{"file"}, files: true},

	"quality run":    {pattern: "POST /admin/quality/run", args: []string{"about"}, flagFile: "config"},
	"quality show":   {pattern: "GET /admin/quality", args: []string{"about"}, format: "json"},
	"report quarter": {pattern: "POST /admin/report/quarter", flagFile: "config", format: "zip", media: typeZip},
	"report meeting": {pattern: "POST /admin/report/meeting", flagFile: "config", format: "zip", media: typeZip},
	"publish":        {pattern: "POST /admin/publish", flagFile: "config", format: "json"},

	"quality explain": {pattern: "GET /admin/quality/explain", args: []string{"about"}, media: textPlain},
}

const (
	textPlain = "text/plain; charset=utf-8"
	jsonLines = "application/jsonl"
	typeZip   = "application/zip"
)

// ownRoutes are the commands that ask a server over a route that is made for programs,
// and print what it answers.
var ownRoutes = []string{"backup", "audit", "mcp", "tokens add", "tokens list", "tokens remove"}

// unsharedFlags are no parameters of a route: they say where the store, the server and
// the files of the client are.
var unsharedFlags = []string{"store", serverFlag, tokenEnvFlag, "config", "out", "help"}

// commandName is the name of a command without that of the program.
func commandName(cmd *cobra.Command) string {
	_, name, _ := strings.Cut(cmd.CommandPath(), " ")
	return name
}

// throughServers lets the commands below root work through a server where one holds
// the store or is named.
func throughServers(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		throughServers(cmd)
		name := commandName(cmd)
		route, ok := commandRoutes[name]
		if ok || slices.Contains(ownRoutes, name) {
			addServerFlags(cmd)
		}
		if !ok {
			continue
		}
		alone := cmd.RunE
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			c, err := clientOf(cmd)
			config := cmd.Flags().Lookup("config") // of one's own, which a server is not asked about
			switch {
			case err != nil:
				return err
			case c == nil, config != nil && config.Changed && route.flagFile != config.Name && sessionOf(cmd) == nil:
				return alone(cmd, args)
			}
			return c.carryOut(cmd, route, args)
		}
	}
}

// described describes the routes below /admin, and those of saved queries, for /openapi.json.
func described() map[string]any {
	root := newRootCommand()
	var commands []adminapi.Command
	for name, r := range commandRoutes {
		if cmd, _, err := root.Find(strings.Fields(name)); err == nil {
			commands = append(commands, adminapi.Command{Command: cmd, Pattern: r.pattern, Arguments: r.args,
				Files: r.files, FileFlag: r.flagFile, Media: mediaOf(r, []string{"--format=" + r.format}),
				Flags: func(flag string) bool { return flag == r.flagFile || !slices.Contains(unsharedFlags, flag) }})
		}
	}
	paths := adminapi.Paths(commands)
	maps.Copy(paths, saving.Described())
	maps.Copy(paths, asking.Described())
	return paths
}

// method and path of a route.
func (r commandRoute) split() (method, path string) {
	method, path, _ = strings.Cut(r.pattern, " ")
	return method, path
}

// wildcards returns the names of the arguments in the path.
func (r commandRoute) wildcards() (names []string) {
	_, path := r.split()
	for part := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}

// asks reports whether the route only shows something and takes no body.
func (r commandRoute) asks() bool {
	method, _ := r.split()
	return method == http.MethodGet
}
