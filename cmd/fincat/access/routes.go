package access

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// methods says which role a request to a route needs, by method.
type methods map[string]Role

// read is what routes that only show something have in common.
var read = methods{http.MethodGet: Anyone, http.MethodHead: Anyone}

// routes is the table of all routes. Pages and feeds share "/": they have no
// other methods.
var routes = map[string]methods{
	"/":           read,
	"/healthz":    read,
	"/readyz":     read,
	"/metrics":    read,
	"/dump.nq.gz": read,
	"/oai":        read.and(methods{http.MethodPost: Anyone}),

	"/api/action/{action}":   read.and(methods{http.MethodPost: Anyone}),
	"/api/3/action/{action}": read.and(methods{http.MethodPost: Anyone}),

	"/query/{task}": read.and(methods{http.MethodPost: Anyone}), // of the editor; nothing is changed

	"/docs":                                 read,
	"/docs/{page}":                          read,
	"/docs/static/{name}":                   read,
	"/saved":                                read.and(send(Known)),
	"/saved/{name}":                         read.and(send(Known)).and(methods{http.MethodDelete: Known}), // own ones
	"/saved/{name}/{version}":               read,
	"/api/query/{name}":                     read.and(methods{http.MethodPost: Anyone, http.MethodOptions: Anyone}),
	"/api/query/{name}/{version}":           read.and(methods{http.MethodPost: Anyone, http.MethodOptions: Anyone}),
	"/api/query/{name}/chart.svg":           read,
	"/api/query/{name}/{version}/chart.svg": read,

	"/requests":               read,
	"/requests/new":           read.and(send(Anyone)),
	"/requests/similar":       read,
	"/requests/mail":          read.and(send(Anyone)), // with the key of its link
	"/requests/queue":         watch(Maintainer).and(send(Maintainer)),
	"/requests/figures":       read,
	"/requests/feed.xml":      read,
	"/requests/static/{name}": read,
	"/request/{id}":           read.and(send(Provider)), // of the organisation that answers
	"/request/{id}/support":   send(Anyone),
	"/admin/requests":         watch(Reader),
	"/admin/requests/{id}":    send(Provider).and(methods{http.MethodDelete: Administrator}),
	"/admin/requests/forget":  send(Administrator),

	"/map":               read,
	"/map/static/{name}": read,

	"/targets":      read,
	"/targets.json": read,
	"/targets.csv":  read,

	"/standards":      read,
	"/standards.json": read,
	"/standards.csv":  read,

	"/ranking":      read,
	"/ranking.json": read,
	"/ranking.csv":  read,

	"/mcp":   {http.MethodPost: Anyone},
	"/login": read,

	"/feed/unsubscribe/{id}":    read.and(methods{http.MethodPost: Anyone}), // with the token of its link
	"/admin/subscriptions":      watch(Reader),
	"/admin/subscriptions/{id}": send(Administrator),

	"/login/callback":   read,
	"/login/token":      send(Anyone),
	"/logout":           {http.MethodPost: Anyone},
	"/.well-known/void": read.and(methods{http.MethodOptions: Anyone}),
	"/sparql":           read.and(methods{http.MethodPost: Anyone, http.MethodOptions: Anyone}),
	"/sparql/{$}":       read.and(methods{http.MethodPost: Anyone, http.MethodOptions: Anyone}),
	"/update":           {http.MethodPost: Administrator, http.MethodOptions: Anyone},
	"/data":             data,
	"/data/":            data,

	"/console":               watch(Reader).and(send(Reader)), // what it asks of /admin may need more
	"/console/":              watch(Reader).and(send(Reader)),
	"/console/static/{name}": read,

	"/admin/audit":                watch(Administrator),
	"/admin/backup":               watch(Administrator),
	"/admin/diff":                 send(Reader),
	"/admin/dump":                 watch(Reader),
	"/admin/harvest":              send(Maintainer),
	"/admin/links":                watch(Reader).and(send(Maintainer)),
	"/admin/links/confirm":        send(Maintainer),
	"/admin/links/export":         watch(Reader),
	"/admin/links/import":         send(Maintainer),
	"/admin/links/refuse":         send(Maintainer),
	"/admin/links/report":         watch(Reader),
	"/admin/links/run":            send(Maintainer),
	"/admin/publish":              send(Administrator),
	"/admin/quality":              watch(Reader),
	"/admin/quality/explain":      watch(Reader),
	"/admin/quality/run":          send(Maintainer),
	"/admin/report/meeting":       send(Reader),
	"/admin/report/quarter":       send(Maintainer),
	"/admin/load":                 send(Administrator),
	"/admin/queries":              watch(Reader).and(methods{http.MethodOptions: Anyone}),
	"/admin/queries/{id}":         {http.MethodDelete: Maintainer, http.MethodOptions: Anyone},
	"/admin/query":                send(Reader),
	"/admin/runs":                 watch(Reader),
	"/admin/runs/errors":          watch(Reader),
	"/admin/runs/list":            watch(Reader),
	"/admin/runs/{run}/changes":   watch(Reader),
	"/admin/runs/{run}/approve":   send(Maintainer),
	"/admin/runs/{run}/undo":      send(Maintainer),
	"/admin/runs/{source}":        {http.MethodPost: Maintainer, http.MethodDelete: Maintainer},
	"/admin/runs/{source}/paused": {http.MethodPut: Maintainer, http.MethodDelete: Maintainer},
	"/admin/sources":              watch(Reader),
	"/admin/sources/check":        send(Maintainer),
	"/admin/sources/draft":        send(Maintainer),
	"/admin/sources/preview":      send(Maintainer),
	"/admin/store":                watch(Reader),
	"/admin/tokens":               watch(Administrator).and(send(Administrator)),
	"/admin/tokens/{name}":        {http.MethodDelete: Administrator},
	"/admin/update":               send(Administrator),
	"/admin/validate":             send(Reader),
}

// questions are the routes below /admin whose POST requests change nothing: what is
// asked is too long for an address.
var questions = map[string]bool{
	"/admin/diff": true, "/admin/query": true, "/admin/report/meeting": true,
	"/admin/sources/check": true, "/admin/sources/preview": true,
	"/admin/validate": true,
}

// data is the graph store: anyone reads, and whoever may replace any graph may
// replace everything.
var data = read.and(methods{
	http.MethodPut: Administrator, http.MethodPost: Administrator, http.MethodDelete: Administrator,
	http.MethodOptions: Anyone,
})

// watch is a route that shows something to those with a role.
func watch(r Role) methods { return methods{http.MethodGet: r, http.MethodHead: r} }

// send is a route that takes what those with a role send.
func send(r Role) methods { return methods{http.MethodPost: r} }

func (m methods) and(more methods) methods {
	out := maps.Clone(m)
	maps.Copy(out, more)
	return out
}

// allow is the value of the Allow header.
func (m methods) allow() string { return strings.Join(slices.Sorted(maps.Keys(m)), ", ") }

// Routes returns the table of all routes: for each path, which role each method
// needs. Tests go through it, so that no route is forgotten.
func Routes() map[string]map[string]Role {
	out := make(map[string]map[string]Role, len(routes))
	for path, m := range routes {
		out[path] = maps.Clone(m)
	}
	return out
}

// routePath takes the method off a pattern of [http.ServeMux].
func routePath(pattern string) string {
	if _, path, ok := strings.Cut(pattern, " "); ok {
		return strings.TrimLeft(path, " ")
	}
	return pattern
}
