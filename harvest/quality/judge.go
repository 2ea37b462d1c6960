package quality

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"fincat/harvest/fetch"
	"fincat/harvest/quality/inspect"
)

// slow is from when on an answer is told to be.
const slow = 2 * time.Second

// judged is one file: what the server did, what came, and what was declared.
type judged struct {
	rules  *Rules
	look   *fetch.Look
	report *inspect.Report // nil when nothing came
	want   resource
	out    *Resource
}

// judge fills in the indicators of a file.
func (j *judged) judge() {
	j.out.Indicators = map[string]Indicator{}
	j.set(Link, j.link())
	j.set(Download, j.download())
	j.set(Structured, j.structured())
	j.set(Encoding, j.encoding())
	j.set(Fields, j.fields())
}

func (j *judged) set(name string, i Indicator) {
	i.Evidence = j.evidence(name)
	j.out.Indicators[name] = i
}

func (j *judged) is(name string) Verdict { return j.out.Indicators[name].Is }

// evidence says in words what an indicator was judged by.
func (j *judged) evidence(name string) string {
	e := j.out.Evidence
	text := fmt.Sprintf("GET %s at %s", e.URL, e.At.In(taipei()).Format("2006-01-02 15:04:05 -07:00"))
	if e.Status > 0 {
		text += fmt.Sprintf(": %d", e.Status)
	} else {
		text += ": no answer"
	}
	if e.SHA256 != "" && name != Link {
		text += fmt.Sprintf(", %d bytes, sha256 %s", e.Bytes, e.SHA256)
	}
	return text
}

func (j *judged) found(rule, place, format string, args ...any) {
	j.out.Findings = append(j.out.Findings, Finding{rule, place, fmt.Sprintf(format, args...)})
}

// rule is that of what went wrong with the request, if anything did.
func (j *judged) rule() string {
	if j.look.Err == nil {
		return ""
	}
	return j.look.Err.Rule
}

// link judges 連結有效性: the last answer of the redirects to a GET has a status of 2xx.
func (j *judged) link() Indicator {
	l := j.look
	switch {
	case l.Status/100 == 2 && len(l.Via) > 0:
		return Indicator{Is: Pass, Why: fmt.Sprintf("%d %s after %d redirects", l.Status, http.StatusText(l.Status),
			len(l.Via))}
	case l.Status/100 == 2:
		return Indicator{Is: Pass, Why: strings.TrimSpace(fmt.Sprintf("%d %s", l.Status, http.StatusText(l.Status)))}
	case j.rule() == "robots", j.rule() == "retry-after", j.rule() == "credentials":
		return Indicator{Is: Unknown, Why: l.Err.Err.Error()}
	case l.Status > 0:
		return Indicator{Is: Fail, Why: strings.TrimSpace(fmt.Sprintf("%d %s", l.Status, http.StatusText(l.Status)))}
	}
	return Indicator{Is: Fail, Why: l.Err.Err.Error()}
}

// download judges 資料可直接下載: the body arrives whole and is data.
func (j *judged) download() Indicator {
	r := j.report
	switch {
	case j.is(Link) == Unknown:
		return Indicator{Is: Unknown, Why: "the file was not asked for"}
	case j.is(Link) == Fail:
		return Indicator{Is: Fail, Why: "nothing usable arrives"}
	case j.rule() == "max_bytes":
		return Indicator{Is: Unknown, Why: fmt.Sprintf("larger than the %d bytes that are fetched", len(j.look.Body))}
	case j.look.Err != nil:
		return Indicator{Is: Fail, Why: j.look.Err.Err.Error()}
	case part(j.look):
		return Indicator{Is: Fail, Why: "a part arrives although all was asked for"}
	case r == nil || r.Empty:
		return Indicator{Is: Fail, Why: "nothing but an empty file arrives"}
	case r.NotData != "":
		return Indicator{Is: Fail, Why: r.NotData}
	case r.Incomplete != "":
		return Indicator{Is: Fail, Why: r.Incomplete}
	}
	return Indicator{Is: Pass, Why: fmt.Sprintf("%d bytes of %s", len(j.look.Body), r.Format)}
}

// part reports whether a server sent a part of a file, all of which was asked for
// (RFC 9110 §15.3.7).
func part(l *fetch.Look) bool {
	if l.Status != http.StatusPartialContent {
		return false
	}
	var first, last, length int64
	n, err := fmt.Sscanf(l.Header.Get("Content-Range"), "bytes %d-%d/%d", &first, &last, &length)
	return err != nil || n < 3 || first > 0 || last+1 < length
}

// structured judges 結構化檔案類型: by the content, never by a name.
func (j *judged) structured() Indicator {
	r := j.report
	switch {
	case r == nil || r.Empty && r.Format != "zip" || j.is(Link) != Pass:
		return Indicator{Is: Unknown, Why: "there is no file to look at"}
	case r.Format == "html" && r.NotData != "":
		return Indicator{Is: Fail, Why: "HTML is not structured"}
	case r.NotData != "":
		return Indicator{Is: Unknown, Why: "what arrived is not the data"}
	case j.is(Download) == Fail:
		return Indicator{Is: Unknown, Why: "the file is not whole"}
	case r.Has("encrypted"):
		return Indicator{Is: Fail, Why: "the file is protected with a password: nobody can read it as a table"}
	case r.Broken != "" && r.Format != "zip":
		if r.Has("too-large") {
			return Indicator{Is: Unknown, Why: r.Broken}
		}
		return Indicator{Is: Fail, Why: r.Broken}
	case r.Format == "zip" || len(r.Members) > 0:
		return j.archive(r)
	case slices.Contains(j.rules.Structured, r.Format):
		return Indicator{Is: Pass, Why: r.Format + " is structured"}
	}
	return Indicator{Is: Fail, Why: r.Format + " is not structured"}
}

// archive judges the members of an archive.
func (j *judged) archive(r *inspect.Report) Indicator {
	for _, m := range r.Members {
		switch {
		case m.Format == "zip" && len(m.Members) > 0:
			if i := j.archive(m); i.Is != Pass {
				return i
			}
		case m.Format == "zip" && m.Broken != "":
			return Indicator{Is: Unknown, Why: m.Member + ": " + m.Broken}
		case m.Broken != "" && m.NotData == "" && slices.Contains(j.rules.Structured, m.Format):
			return Indicator{Is: Fail, Why: m.Member + ": " + m.Broken}
		case m.NotData != "" || m.Broken != "" || !slices.Contains(j.rules.Structured, m.Format):
			return Indicator{Is: Fail, Why: fmt.Sprintf("%s is %s, which is not structured", m.Member, m.Format)}
		}
	}
	switch {
	case r.Broken != "":
		return Indicator{Is: Unknown, Why: r.Broken}
	case len(r.Members) == 0:
		return Indicator{Is: Fail, Why: "the archive has no members"}
	case r.Unseen > 0:
		return Indicator{Is: Unknown, Why: fmt.Sprintf("%d members are structured, %d were not looked at",
			len(r.Members), r.Unseen)}
	}
	return Indicator{Is: Pass, Why: fmt.Sprintf("all %d members are structured", len(r.Members))}
}

// encoding judges 編碼描述與資料相符: the encoding found is the declared one.
func (j *judged) encoding() Indicator {
	r := j.report
	if r == nil || r.Empty || r.NotData != "" || j.is(Download) == Fail {
		return Indicator{Is: Unknown, Why: "there is no text to look at"}
	}
	return j.encodingOf(r)
}

// encodingOf judges a file; of an archive its members that are text, in archives inside it too.
func (j *judged) encodingOf(r *inspect.Report) Indicator {
	if len(r.Members) > 0 {
		return j.encodings(r.Members)
	}
	declared := strings.TrimSpace(j.want.encoding)
	name := inspect.Encoding(declared)
	if declared == "" {
		declared, name = "UTF-8 (none is declared)", "utf-8"
	}
	switch {
	case r.Format == "zip" && r.Broken != "":
		return Indicator{Is: Unknown, Why: r.Broken}
	case r.Encoding == "" || r.Format == "shp":
		return Indicator{Is: NA, Why: r.Format + " is no text"}
	case r.BadText != "":
		return Indicator{Is: Fail, Why: r.BadText}
	case r.ASCII && slices.Contains([]string{"utf-8", "big5", "us-ascii", "gb18030", "windows-1252"}, name):
		return Indicator{Is: Pass, Why: "pure ASCII agrees with " + declared}
	case name == "":
		return Indicator{Is: Unknown, Why: fmt.Sprintf("%q is declared, which names no encoding; it is %s", declared,
			r.Encoding)}
	case name == inspect.Encoding(r.Encoding):
		return Indicator{Is: Pass, Why: fmt.Sprintf("%s, declared %s", r.Encoding, declared)}
	}
	return Indicator{Is: Fail, Why: fmt.Sprintf("%s, declared %s", r.Encoding, declared)}
}

// encodings judges the members of an archive: one that fails fails it, one that passes decides
// among the others.
func (j *judged) encodings(members []*inspect.Report) Indicator {
	out := Indicator{Is: NA, Why: "no member is text"}
	for _, m := range members {
		one := j.encodingOf(m)
		if one.Why = m.Member + ": " + one.Why; one.Is == Fail {
			return one
		}
		if one.Is == Pass || one.Is == Unknown && out.Is == NA {
			out = one
		}
	}
	return out
}

// fields judges 欄位描述與資料相符: every described name is in the file.
func (j *judged) fields() Indicator {
	r := j.report
	d := inspect.Describe(j.want.fields)
	switch {
	case r == nil || r.Empty || r.NotData != "" || j.is(Download) == Fail:
		return Indicator{Is: Unknown, Why: "there is no table to look at"}
	case len(d.Names) == 0:
		return Indicator{Is: Unknown, Why: "the columns are not described"}
	}
	names := r.Comparable()
	if len(names) == 0 || r.Broken != "" && len(r.Fields) == 0 {
		return Indicator{Is: Unknown, Why: r.Format + " has no names to compare"}
	}
	missing := d.Missing(names)
	if len(missing) == 0 {
		return Indicator{Is: Pass, Why: fmt.Sprintf("all %d described names are there", len(d.Names))}
	}
	if len(r.Fields) == 0 && r.Has("no-rows") {
		return Indicator{Is: Unknown, Why: "there is no record whose names could be compared"}
	}
	why := strings.Join(missing[:min(len(missing), 10)], "、") + " is missing"
	if len(missing) > 1 {
		why = strings.Join(missing[:min(len(missing), 10)], "、") + " are missing"
	}
	if r.HeaderRow > 1 && len(d.Missing(r.Fields)) == 0 {
		why = fmt.Sprintf("the first line is a title; the described names are in record %d", r.HeaderRow)
	}
	return Indicator{Is: Fail, Why: why}
}

// tell notes what is worth telling about how the file came.
func (j *judged) tell() {
	l := j.look
	refused := len(l.Via) > 0
	switch rule := j.rule(); {
	case rule == "":
	case rule == "http-status":
		j.found(fmt.Sprintf("http-%d", l.Status), "status", "the server answers %d %s", l.Status,
			http.StatusText(l.Status))
	case rule == "private-address" && refused, rule == "scheme" && refused:
		j.found("redirect-refused", "header Location", "a redirect leads to %s, which is refused", l.URL)
	case rule == "private-address":
		j.found("address-refused", "address", "%v", l.Err.Err)
	case rule == "max_redirects":
		j.found("redirect-loop", "header Location", "more than %d redirects, the last to %s", len(l.Via)-1, l.URL)
	case rule == "certificate":
		j.found("tls-untrusted", "certificate", "%v", l.Err.Err)
	case rule == "max_bytes":
		j.found("too-large", fmt.Sprintf("byte %d", len(l.Body)), "the file is larger than what is fetched of one")
	case rule == "cut":
		j.found("truncated", fmt.Sprintf("byte %d", len(l.Body)), "%v; %d bytes arrived", l.Err.Err, len(l.Body))
	case rule == "timeout" && l.Status/100 == 2:
		j.found("truncated", fmt.Sprintf("byte %d", len(l.Body)), "%v; %d bytes arrived", l.Err.Err, len(l.Body))
		j.found("timeout", "connection", "%v", l.Err.Err)
	case rule == "compression":
		j.found("content-encoding-wrong", "header Content-Encoding", "%v", l.Err.Err)
	default:
		j.found(rule, "connection", "%v", l.Err.Err)
	}
	if l.Err == nil && part(l) {
		j.found("truncated", "header Content-Range", "the server sends a part although all was asked for: %q",
			l.Header.Get("Content-Range"))
	}
	if l.Coding != "" {
		j.found("content-encoding-wrong", "header Content-Encoding", "the header names %q, and the body is not so",
			l.Coding)
	}
	if l.Attempts > 1 {
		j.found("retried", "connection", "the first attempt failed, the answer is that to the second")
	}
	if l.Took >= slow {
		j.found("slow", "connection", "the answer took %.1f s", l.Took.Seconds())
	}
	if j.report == nil {
		return
	}
	for _, f := range j.report.Findings {
		j.out.Findings = append(j.out.Findings, Finding(f))
	}
	for rule, text := range map[string]string{"truncated": j.report.Incomplete, "unreadable": j.report.Broken} {
		if text != "" && !j.report.Has(rule) {
			j.found(rule, "", "%s", text)
		}
	}
}

// combine is the dataset's verdict from those of its files: one that fails fails it,
// one that passes decides among the others.
func combine(name string, list []Resource) Indicator {
	order := []Verdict{Fail, Pass, Unknown, NA}
	best := Indicator{Is: Unknown, Why: "the dataset has no file"}
	rank := len(order)
	for _, r := range list {
		i := r.Indicators[name]
		if at := slices.Index(order, i.Is); at >= 0 && at < rank {
			rank, best = at, i
		}
	}
	return best
}
