package adminapi

import (
	"cmp"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fincat/cmd/fincat/access"
	"fincat/harvest/feed/operation"
)

// Command is a command that a server carries out over a route.
type Command struct {
	*cobra.Command
	Pattern   string   // of the route, as in POST /admin/query
	Arguments []string // parameters that are arguments of the command
	Files     bool     // these name files, which are sent
	FileFlag  string   // flag that names files, which are sent
	Flags     func(name string) bool
	Media     string // type of the answer when nothing else is asked for
}

const plain = "application/json"

// own are the operations of the routes that are made for programs, by method and path.
func own() map[string]operation.Object {
	none := operation.Object{"description": "Done"}
	source := operation.PathParam("source", "Id of a source")
	list := func(key string) operation.Object {
		return operation.Answer(plain, operation.With(key))
	}
	object := operation.Answer(plain, operation.With())
	return map[string]operation.Object{
		"GET /admin/queries": operation.New("adminQueries", "執行中的查詢 | Queries under way", list("queries"),
			operation.Param("plan", "true tells the plan of each", false)),
		"DELETE /admin/queries/{id}": operation.WithStatus("204", "adminQueryCancel", "取消查詢 | Cancels a query",
			none, operation.PathParam("id", "Number of the query")),
		"GET /admin/backup": operation.New("adminBackup", "完整備份 | A consistent backup",
			operation.Answer("application/octet-stream", operation.Object{})),
		"GET /admin/audit": operation.New("adminAudit", "稽核紀錄 | The audit log",
			operation.Answer("application/jsonl", operation.Object{"type": "string"}),
			operation.Param("newest", "So many entries, the newest first", false),
			operation.Param("before", "Of those with lower numbers than this; with newest", false)),
		"GET /admin/store": operation.New("adminStore", "儲存庫數據 | Figures of the store, its followers and memory",
			object),
		"POST /admin/sources/draft": sending(operation.New("adminSourceDraft",
			"試行未設定的來源 | Asks a source that is not configured yet for its first records", object),
			[]string{"yaml"}, "yaml", "records:integer"),
		"GET /admin/tokens": operation.New("adminTokens", "權杖清單 | Tokens, without their secrets", list("tokens")),
		"POST /admin/tokens": sending(operation.WithStatus("201", "adminTokenAdd", "新增權杖 | Makes a token",
			list("token")), []string{"name", "role"}, "name", "role", "organisation", "expires"),
		"DELETE /admin/tokens/{name}": operation.WithStatus("204", "adminTokenRemove", "移除權杖 | Removes a token", none,
			operation.PathParam("name", "Name of the token")),
		"GET /admin/runs": operation.New("adminRuns", "蒐集進度與排程 | Harvests in progress, schedules and last runs",
			list("sources")),
		"POST /admin/runs/{source}": operation.WithStatus("202", "adminRunBegin", "立即蒐集 | Harvests a source now",
			list("run"), source, operation.Param("full", "true asks for everything", false)),
		"DELETE /admin/runs/{source}": operation.WithStatus("202", "adminRunCancel", "取消蒐集 | Cancels a run",
			none, source),
		"PUT /admin/runs/{source}/paused": operation.WithStatus("204", "adminSourcePause",
			"暫停排程 | Keeps the schedule from starting a source", none, source),
		"DELETE /admin/runs/{source}/paused": operation.WithStatus("204", "adminSourceResume",
			"恢復排程 | Lets the schedule go on", none, source),
		"POST /admin/links": sending(operation.New("adminLinkDecide", "決定連結 | A decision about a link", object),
			[]string{"subject", "object", "state"}, "subject", "object", "state", "kind", "why"),
		"GET /admin/subscriptions": operation.New("adminSubscriptions", "訂閱狀態 | How webhooks stand",
			operation.Answer(plain, operation.Object{"type": "array", "items": operation.Object{"type": "object"}})),
		"POST /admin/subscriptions/{id}": operation.WithStatus("204", "adminSubscriptionResume",
			"恢復訂閱 | Lets a webhook go on that its receiver ended", none,
			operation.PathParam("id", "Id of the webhook")),
	}
}

// sending adds the JSON object that an operation takes. A field is text unless its name ends
// with a colon and another type.
func sending(op operation.Object, required []string, fields ...string) operation.Object {
	properties := operation.Object{}
	for _, field := range fields {
		name, kind, _ := strings.Cut(field, ":")
		properties[name] = operation.Object{"type": cmp.Or(kind, "string")}
	}
	op["requestBody"] = operation.Object{"required": true, "content": operation.Object{plain: operation.Object{
		"schema": operation.Object{"type": "object", "required": required, "properties": properties,
			"additionalProperties": false}}}}
	return op
}

// Paths describes the routes that are made for programs, and those of commands, with the
// role that each needs.
func Paths(commands []Command) operation.Object {
	all := own()
	for _, c := range commands {
		all[c.Pattern] = c.operation()
	}
	paths, roles := operation.Object{}, access.Routes()
	for pattern, op := range all {
		method, path, _ := strings.Cut(pattern, " ")
		item, ok := paths[path].(operation.Object)
		if !ok {
			item = operation.Object{}
			paths[path] = item
		}
		item[strings.ToLower(method)] = operation.Secured(op, string(roles[path][method]))
	}
	return paths
}

// operation describes the route of a command: its flags are parameters of the same names.
func (c Command) operation() operation.Object {
	id := "admin"
	for _, word := range strings.Fields(c.CommandPath())[1:] {
		id += strings.ToUpper(word[:1]) + word[1:]
	}
	method, path, _ := strings.Cut(c.Pattern, " ")
	var params []operation.Object
	for part := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			params = append(params, operation.PathParam(strings.TrimSuffix(name, "}"), "Argument of the command"))
		}
	}
	for _, name := range c.Arguments {
		about := "Argument of the command; may be given more than once"
		if c.Files {
			about = "Name of a file that is sent as a part of the body"
		}
		p := operation.Param(name, about, false)
		p["schema"] = operation.Object{"type": "array", "items": operation.Object{"type": "string"}}
		params = append(params, p)
	}
	c.Command.Flags().VisitAll(func(f *pflag.Flag) {
		if c.Flags(f.Name) && !f.Hidden && !slices.Contains(c.Arguments, f.Name) {
			p := operation.Param(f.Name, f.Usage, false)
			p["schema"] = schemaOf(f.Value.Type())
			params = append(params, p)
		}
	})
	op := operation.New(id, c.Short, operation.Answer(answerOf(c.Media)), params...)
	if method != http.MethodGet {
		op["requestBody"] = c.body()
	}
	return op
}

// body is what may be sent: parameters as a form, with the files that they name, or one file.
func (c Command) body() operation.Object {
	content := operation.Object{"multipart/form-data": operation.Object{"schema": operation.Object{"type": "object"}}}
	if c.Files {
		content["application/octet-stream"] = operation.Object{}
	}
	about := "Parameters, instead of in the address"
	if c.Files || c.FileFlag != "" {
		about += ", and the files that they name"
	}
	return operation.Object{"description": about, "content": content}
}

// answerOf is the media type of an answer without parameters, and its schema.
func answerOf(media string) (string, operation.Object) {
	kind, _, err := mime.ParseMediaType(media)
	switch {
	case err != nil:
		return media, operation.Object{}
	case kind == "application/zip":
		return kind, operation.Object{}
	case kind == plain || strings.HasSuffix(kind, "+json"):
		return kind, operation.Object{"type": []string{"object", "array"}}
	}
	return kind, operation.Object{"type": "string"}
}

// schemaOf is the schema of a flag.
func schemaOf(kind string) operation.Object {
	switch {
	case kind == "bool":
		return operation.Object{"type": "boolean"}
	case strings.HasPrefix(kind, "int") || strings.HasPrefix(kind, "uint"):
		return operation.Object{"type": "integer"}
	case strings.HasSuffix(kind, "Array") || strings.HasSuffix(kind, "Slice"):
		return operation.Object{"type": "array", "items": operation.Object{"type": "string"}}
	}
	return operation.Object{"type": "string"}
}
