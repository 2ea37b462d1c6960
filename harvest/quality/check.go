package quality

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"fincat/harvest/fetch"
	"fincat/harvest/quality/inspect"
)

// checker checks datasets, one after the other; each worker has its own.
type checker struct {
	o        Options
	rules    *Rules
	docs     *documents
	looking  chan struct{} // a place for each file that is inspected at the same time
	long     chan struct{} // a place for each long file that is in memory
	sessions map[string]*fetch.Session
}

func (c *checker) close() {
	for _, s := range c.sessions {
		s.Close()
	}
}

// session returns the session for the files of a source.
func (c *checker) session(source string) (*fetch.Session, error) {
	if s := c.sessions[source]; s != nil {
		return s, nil
	}
	from := c.o.Source(source)
	s, err := c.o.Client.Session(fetch.SessionOptions{Policy: c.o.Config.policy(from.Policy), Origin: from.URL,
		Whole: time.Duration(c.o.Config.MaxTime)})
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", source, err)
	}
	c.sessions[source] = s
	return s, nil
}

// dataset checks a dataset, given what was found the last time.
func (c *checker) dataset(ctx context.Context, d *dataset, before *state, run string) (*state, error) {
	s, err := c.session(d.source)
	if err != nil {
		return nil, err
	}
	now := c.o.Now()
	out := &state{Rules: c.rules.Version, Run: run, About: d.digest, Conforms: d.conforms}
	out.Dataset, out.Source, out.Identifier, out.Checked = d.d.IRI, d.source, d.d.Identifier, now
	out.Title, out.Publisher, out.Licence, out.Portal = first(d.d.Title), first(d.d.Publisher.Name), d.licence(),
		d.portal
	if before != nil {
		out.History = before.History
		out.OASAs, out.OAS = before.OASAs, before.OAS
	}
	var apis []string
	for _, want := range d.resources {
		want.title = out.Title
		prior := before.prior(want, c.rules.Version)
		r, api, err := c.file(ctx, s, want, prior)
		if err != nil {
			return nil, err
		}
		if api {
			apis = append(apis, want.url)
		}
		out.Resources, out.Asked = append(out.Resources, *r), append(out.Asked, want.asked())
	}
	c.sum(d, out, now)
	out.rate(d)
	if err := c.api(ctx, s, d, out, apis); err != nil {
		return nil, err
	}
	out.remember(before)
	return out, ctx.Err()
}

func first[T ~struct{ Value, Lang string }](list []T) string {
	for _, t := range list {
		return struct{ Value, Lang string }(t).Value
	}
	return ""
}

// prior returns what was found of a file the last time, nil when it has to be judged anew.
func (s *state) prior(want resource, rules string) *Resource {
	if s == nil || s.Rules != rules {
		return nil
	}
	for i := range s.Resources {
		r := &s.Resources[i]
		if r.URL == want.url && i < len(s.Asked) && s.Asked[i] == want.asked() {
			return r
		}
	}
	return nil
}

// file checks one file. api tells that a description of an API came.
func (c *checker) file(ctx context.Context, s *fetch.Session, want resource, prior *Resource) (
	out *Resource, api bool, err error) {
	l, same, release := c.ask(ctx, s, want.url, prior.conditions(c.o.Now(), want.modified))
	defer release()
	if ctx.Err() != nil {
		return nil, false, context.Cause(ctx)
	}
	if same {
		kept := *prior
		kept.Distribution = want.iri
		kept.Evidence.At, kept.Evidence.Kept, kept.Evidence.Millis = l.At, true, l.Took.Milliseconds()
		return &kept, prior.has("api-description-instead-of-data"), nil
	}
	out = &Resource{URL: want.url, Distribution: want.iri, Personal: []Personal{}, Findings: []Finding{}}
	out.Detected.Fields = []string{}
	out.Evidence = evidenceOf(l)
	j := &judged{rules: c.rules, look: l, want: want, out: out}
	if l.Status/100 == 2 && l.Body != nil {
		if err := c.inspect(ctx, j); err != nil {
			return nil, false, err
		}
	}
	j.judge()
	j.tell()
	j.compare(prior)
	switch {
	case prior == nil || prior.Evidence.SHA256 == "":
	case out.Evidence.SHA256 != "" && out.Evidence.SHA256 != prior.Evidence.SHA256:
		out.Changed = c.o.Now()
	default:
		out.Changed = prior.Changed
	}
	return out, j.report != nil && j.report.Has("api-description-instead-of-data"), c.keep(l, out)
}

func (r *Resource) has(rule string) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Rule == rule })
}

// keptHeaders are the headers that are evidence.
var keptHeaders = []string{"Content-Type", "Content-Length", "Content-Encoding", "Content-Disposition",
	"Last-Modified",
	"Etag", "Date", "Server", "Retry-After"}

const (
	firstBytes   = 64
	markBytes    = 4 // what tells the format of a file with personal data, and nothing of a person
	headerLength = 300
)

// evidenceOf is what was seen of a file.
func evidenceOf(l *fetch.Look) Evidence {
	e := Evidence{URL: l.URL, Via: l.Via, Status: l.Status, Bytes: len(l.Body), At: l.At,
		Millis:   l.Took.Milliseconds(),
		Attempts: l.Attempts}
	for _, name := range keptHeaders {
		if v := l.Header.Get(name); v != "" {
			e.Headers = append(e.Headers, name+": "+v[:min(len(v), headerLength)])
		}
	}
	if l.Status/100 == 2 && len(l.Body) > 0 {
		sum := sha256.Sum256(l.Body)
		e.SHA256, e.First = hex.EncodeToString(sum[:]), hex.EncodeToString(l.Body[:min(len(l.Body), firstBytes)])
	}
	if l.Err != nil {
		e.Error = l.Err.Error()
	} else {
		e.ETag, e.Modified = validators(l)
	}
	if l.Status/100 == 2 {
		e.Fetched = l.At
	}
	return e
}

// inspect finds out what came.
func (c *checker) inspect(ctx context.Context, j *judged) error {
	select {
	case c.looking <- struct{}{}:
		defer func() { <-c.looking }()
	case <-ctx.Done():
		return ctx.Err()
	}
	l := j.look
	var tables []*sampler
	f := inspect.File{Address: l.URL, Name: fileName(l.Header), ContentType: l.Header.Get("Content-Type"),
		Data: l.Body,
		Cut:  !l.Whole, Format: j.want.format, Encoding: j.want.encoding, Fields: j.want.fields}
	r, err := inspect.Inspect(ctx, f, inspect.Options{MaxUnpacked: int64(c.o.Config.Unpacked),
		Table: func(columns []string) func([]string) {
			d := newSampler(columns)
			d.About(j.want.title, cmp.Or(f.Name, path.Base(l.URL)))
			tables = append(tables, d)
			return d.Row
		}})
	if err != nil {
		return err
	}
	j.report = r
	j.out.Detected = detected(r)
	j.out.Linked = linked(ctx, r, l)
	for _, column := range r.Columns[:min(len(r.Columns), maxKeptColumns)] {
		j.out.Columns = append(j.out.Columns, Column(column))
	}
	for _, t := range tables {
		found := t.Findings()
		if j.out.Sample == nil {
			j.out.Sample = t.sample(found)
		}
		for _, p := range found {
			j.out.Personal = append(j.out.Personal, Personal{p.Kind, p.Column, p.Count, p.Values, p.Confidence,
				p.Sample})
		}
	}
	if e := &j.out.Evidence; len(j.out.Personal) > 0 {
		e.First = e.First[:min(len(e.First), hex.EncodedLen(markBytes))]
		for i := range j.out.Columns { // the largest amount is somebody's
			j.out.Columns[i].Least, j.out.Columns[i].Most = "", ""
		}
	}
	return nil
}

const (
	maxKeptColumns = 500
	maxKeptFields  = 500
)

// detected is what the report says of the file itself.
func detected(r *inspect.Report) Detected {
	d := Detected{Format: r.Format, MediaType: r.MediaType, Encoding: r.Encoding, BOM: r.BOM, Delimiter: r.Delimiter,
		Fields: slices.Clone(r.Fields[:min(len(r.Fields), maxKeptFields)])}
	if d.Fields == nil {
		d.Fields = []string{}
	}
	if r.HeaderRow > 0 {
		d.HeaderRow = &r.HeaderRow
	}
	if r.NotData == "" && !r.Empty {
		d.Rows = &r.Rows
	}
	return d
}

// fileName is the name that Content-Disposition gives.
func fileName(h http.Header) string {
	_, params, err := parseDisposition(h.Get("Content-Disposition"))
	if err != nil {
		return ""
	}
	return path.Base(strings.ReplaceAll(params["filename"], `\`, "/"))
}

// keep keeps the file itself, where that is wished, under its hash.
func (c *checker) keep(l *fetch.Look, r *Resource) error {
	if c.o.Config.Keep == "" || !l.Whole || r.Evidence.SHA256 == "" {
		return nil
	}
	name := filepath.Join(c.o.Config.Keep, r.Evidence.SHA256[:2], r.Evidence.SHA256)
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	err := os.MkdirAll(filepath.Dir(name), 0o700)
	if err == nil {
		err = os.WriteFile(name+".new", l.Body, 0o600)
	}
	if err == nil {
		err = os.Rename(name+".new", name)
	}
	if err != nil {
		return fmt.Errorf("keep the file of %s: look at the space and the rights of quality.keep: %w", r.URL, err)
	}
	return nil
}

// sum judges the dataset as a whole.
func (c *checker) sum(d *dataset, out *state, now time.Time) {
	out.Indicators = map[string]Indicator{}
	for _, name := range resourceIndicators {
		out.Indicators[name] = combine(name, out.Resources)
	}
	updates := []update{{d.modified, "metadata changed"}}
	for i, r := range d.resources {
		updates = append(updates, update{r.modified, "file changed as declared"},
			update{out.Resources[i].Changed, "content changed between two checks"})
	}
	timely := c.rules.timeliness(d.frequency(), updates, now)
	out.Indicators[Timeliness] = timely
	out.Indicators[Response] = c.o.Config.Requests.response(c.o.Base, d, now)
	if timely.Is == Fail {
		out.Findings = append(out.Findings, Finding{"stale", "modified", timely.Why})
	}
	for _, u := range updates {
		if u.at.After(now) {
			out.Findings = append(out.Findings, Finding{"future-date", "modified",
				fmt.Sprintf("%s on %s, which is not yet", u.what, u.at.In(taipei()).Format("2006-01-02"))})
			break
		}
	}
	if out.Licence.State == "missing" {
		out.Findings = append(out.Findings, Finding{"licence-missing", "license", "no licence is given"})
	}
	var names []string
	for _, r := range out.Resources {
		names = append(names, r.Detected.Fields...)
	}
	out.Badge, out.Certainty, out.BadgeWhy = c.rules.badge(out.Indicators, c.rules.standardNames(names))
	if out.Portal != nil {
		said, _, _ := strings.Cut(out.Portal.Badge, "(")
		p := *out.Portal
		p.Differs = said != "" && said != out.Badge
		out.Portal = &p
	}
}

// maxHistory is how many earlier results are kept of a dataset.
const maxHistory = 50

// remember keeps the result before where this one differs.
func (s *state) remember(before *state) {
	s.Since = s.Checked
	if before == nil {
		return
	}
	past := Past{Since: before.since(), Checked: before.Checked, Badge: before.Badge, OpenAPI: before.OAS.Counts,
		Indicators: map[string]Verdict{}}
	differs := before.Badge != s.Badge || before.OAS.Counts != s.OAS.Counts
	for _, name := range allIndicators {
		past.Indicators[name] = before.Indicators[name].Is
		differs = differs || before.Indicators[name].Is != s.Indicators[name].Is
	}
	if differs {
		s.History = append([]Past{past}, s.History[:min(len(s.History), maxHistory-1)]...)
		return
	}
	s.Since = past.Since
}

// since is when the same was found first, as far as it was noted.
func (r *Result) since() time.Time {
	if r.Since.IsZero() {
		return r.Checked
	}
	return r.Since
}

var errNoDataset = errors.New("there is no such dataset or source")
