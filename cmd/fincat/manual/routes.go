package manual

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/memento"
	"fincat/cmd/fincat/portal"
	"fincat/harvest/feed"
)

// list is a [protocol.Mux] that lists what is added.
type list []string

// HandleFunc implements [protocol.Mux].
func (l *list) HandleFunc(pattern string, _ func(http.ResponseWriter, *http.Request)) {
	*l = append(*l, pattern)
}

// Routes returns all routes of a server: for each path, which role each method needs. Those of
// pages and feeds, which the table of package access has as one, are those that the handlers add.
func Routes() map[string]map[string]access.Role {
	out := access.Routes()
	delete(out, "/")
	var added list
	new(feed.Handler).Register(&added)
	var complete portal.Portal // what can be left out is there
	complete.Accounts, complete.Mementos = struct{ portal.Accounts }{}, new(memento.Handler)
	complete.Register(&added)
	for _, pattern := range added {
		method, path, _ := strings.Cut(pattern, " ")
		if path == "/" {
			path = "/dataset/{source}/{id}"
		}
		if out[path] == nil {
			out[path] = map[string]access.Role{}
		}
		out[path][method] = access.Anyone
	}
	return out
}

// routes lists the routes.
func (r *reference) routes() (string, error) {
	all := Routes()
	var rows [][]string
	for _, path := range slices.Sorted(maps.Keys(all)) {
		rows = append(rows, []string{path, r.methods(all[path]), r.say("routes", path, "")})
	}
	return table([]string{r.either("路徑", "Path"), r.either("方法與所需角色", "Methods, and the role they need"),
		r.either("用途", "What it is for")}, rows), nil
}

// methods says who may use which method. HEAD comes with GET, and whoever asks with OPTIONS is told.
func (r *reference) methods(m map[string]access.Role) string {
	by := map[access.Role][]string{}
	for method, role := range m {
		if method != http.MethodHead && method != http.MethodOptions {
			by[role] = append(by[role], method)
		}
	}
	var out []string
	for _, role := range append([]access.Role{access.Anyone}, access.Roles...) {
		if methods := by[role]; len(methods) > 0 {
			slices.Sort(methods)
			text := strings.Join(methods, " ")
			if role != access.Anyone {
				text += " (" + r.role(role) + ")"
			}
			out = append(out, text)
		}
	}
	return strings.Join(out, r.either("、", ", "))
}

func (r *reference) role(role access.Role) string {
	zh := map[access.Role]string{access.Anyone: "任何人", access.Reader: "檢視者", access.Provider: "提供者",
		access.Maintainer: "維護者", access.Administrator: "管理者"}
	return r.either(zh[role], cmp.Or(string(role), "anyone"))
}

// roles lists what each role may ask for that the ones before it may not.
func (r *reference) roles() (string, error) {
	all := Routes()
	needs := map[access.Role][]string{}
	for _, path := range slices.Sorted(maps.Keys(all)) {
		by := map[access.Role][]string{}
		for method, role := range all[path] {
			if role != access.Anyone && method != http.MethodHead {
				by[role] = append(by[role], method)
			}
		}
		for role, methods := range by {
			slices.Sort(methods)
			needs[role] = append(needs[role], "`"+strings.Join(methods, " ")+" "+path+"`")
		}
	}
	var rows [][]string
	for _, role := range access.Roles {
		routes := cmp.Or(strings.Join(needs[role], ", "), r.either("目前沒有", "none yet"))
		rows = append(rows, []string{string(role), r.role(role), routes})
	}
	return table([]string{r.either("角色", "Role"), r.either("名稱", "Name"),
		r.either("可用的介面（另含其所包含的角色）", "Routes that need it")}, rows), nil
}
