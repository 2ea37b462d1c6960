package memento

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"fincat/sparql/protocol"
)

// versionsOfPage is how many Mementos a page of a TimeMap has.
const versionsOfPage = 1000

// pageParam names the commit before which a page of a TimeMap ends. Other parameters belong to
// the address that the TimeMap is about.
const pageParam = "timemap_before"

// timeMap returns the address of the TimeMap of an address.
func (h *Handler) timeMap(original string) string {
	return string(h.Base) + "timemap/link/" + strings.TrimPrefix(original, string(h.Base))
}

// TimeMap lists the Mementos of an address as link-format (RFC 7089 §5): of a resource the
// commits in which what is said of it changed, of the catalogue all. The newest are on the
// first page, and each page names the one with those before.
func (h *Handler) TimeMap(w http.ResponseWriter, r *http.Request) {
	path, query, before, err := h.mapped(r)
	if err == nil && !Timed("/"+strings.TrimPrefix(path, "/")) {
		err = &protocol.Problem{Status: http.StatusNotFound,
			Detail: "/" + path + " has no earlier versions; " + elsewhere}
	}
	if err != nil {
		protocol.WriteProblem(w, r, protocol.ProblemOf(err))
		return
	}
	sn, err := h.Store.Snapshot()
	if err != nil {
		protocol.WriteProblem(w, r, protocol.ProblemOf(err))
		return
	}
	defer sn.Close()
	iri := string(h.Base) + path
	v, err := h.Versions(r.Context(), sn, iri, before, versionsOfPage)
	if err == nil && len(v.List) == 0 && v.Next == 0 {
		err = &protocol.Problem{Status: http.StatusNotFound,
			Detail: fmt.Sprintf("no version of <%s> is known in the history that is kept", iri)}
	}
	if err != nil {
		protocol.WriteProblem(w, r, protocol.ProblemOf(err))
		return
	}
	original := iri
	if query != "" {
		original += "?" + query
	}
	head := w.Header()
	head.Set("Content-Type", "application/link-format")
	head.Set("Cache-Control", "no-cache")
	head.Set("Access-Control-Allow-Origin", "*")
	tag := fmt.Sprintf(`W/"%d-%d-%x"`, sn.Seq(), sn.Time().UnixNano(), before)
	head.Set("ETag", tag)
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(h.linkFormat(original, before, v)))
}

// mapped reads which address a TimeMap is about, and which page of it is wanted.
func (h *Handler) mapped(r *http.Request) (path, query string, before uint64, err error) {
	path = strings.TrimPrefix(r.URL.EscapedPath(), "/timemap/link/")
	var rest []string
	for part := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case pageParam:
			if before, err = strconv.ParseUint(value, 10, 64); err != nil || before == 0 {
				err = &protocol.Problem{Status: http.StatusBadRequest,
					Detail: fmt.Sprintf("%s=%.20q: want the number of a commit", pageParam, value)}
				return "", "", 0, err
			}
		case "at", "":
		default:
			rest = append(rest, part)
		}
	}
	return path, strings.Join(rest, "&"), before, nil
}

// linkFormat writes a page of a TimeMap, the oldest Memento first.
func (h *Handler) linkFormat(original string, before uint64, v Versions) string {
	page := func(before uint64) string {
		address := h.timeMap(original)
		if before == 0 {
			return address
		}
		mark := "?"
		if strings.Contains(address, "?") {
			mark = "&"
		}
		return address + mark + pageParam + "=" + strconv.FormatUint(before, 10)
	}
	stamp := func(t time.Time) string { return t.UTC().Format(http.TimeFormat) }
	list := slices.Clone(v.List)
	slices.Reverse(list)
	self := fmt.Sprintf(`<%s>; rel="self"; type="application/link-format"`, target(page(before)))
	if len(list) > 0 {
		self += fmt.Sprintf(`; from="%s"; until="%s"`, stamp(list[0].Time), stamp(list[len(list)-1].Time))
	}
	lines := []string{fmt.Sprintf(`<%s>; rel="original timegate"`, target(original)), self}
	if v.Next > 0 {
		lines = append(lines, fmt.Sprintf(`<%s>; rel="timemap"; type="application/link-format"`, target(page(v.Next))))
	}
	for i, x := range list {
		rel := "memento"
		if before == 0 && i == len(list)-1 {
			rel = "last " + rel
		}
		if v.Next == 0 && i == 0 {
			rel = "first " + rel
		}
		lines = append(lines, link(at(original, x.Time), rel, x.Time))
	}
	return strings.Join(lines, ",\n") + "\n"
}
