package feed

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"fincat/harvest/feed/events"
	"fincat/sparql/protocol"
	"fincat/vocab"
	"fincat/vocab/rdfio"
	"fincat/vocab/term"
)

// stream is the linked data event stream of the catalogue, below /feed/ldes, as the
// specifications TREE, LDES and DCAT-AP Feeds have it. A member is an activity about a
// dataset, with what the dataset then said. Its pages are the fragments of the log of
// changes: each but the newest is full and never changes again. The root leads to them,
// to old ones through groups, which never change either.
type stream struct{ h *Handler }

// activityShape is the shape of the members after DCAT-AP Feeds. The root says what it is, since
// some clients fetch a shape of which the page says nothing, and fail where its site is down.
const activityShape = "https://semiceu.github.io/LDES-DCAT-AP-feeds/shape.ttl#ActivityShape"

// groupFragments is how many full fragments a group has.
const groupFragments = 100

// ldesKept is how long a client may keep a page that never changes.
const ldesKept = 365 * 24 * time.Hour

func (s *stream) register(mux protocol.Mux) {
	mux.HandleFunc("GET /feed/ldes", only(s.root))
	mux.HandleFunc("GET /feed/ldes/{fragment}", only(s.fragment))
	mux.HandleFunc("GET /feed/ldes/group/{group}", only(s.group))
}

// only refuses parameters to a route that has none but those named.
func only(h http.HandlerFunc, names ...string) http.HandlerFunc {
	return protocol.Only(h, names...).ServeHTTP
}

func (s *stream) address(path string) string { return string(s.h.Base) + "feed/ldes" + path }

func (s *stream) fragmentAddress(number int) string { return s.address("/" + strconv.Itoa(number)) }

// about writes what every page says of the stream.
func (s *stream) about() *pageWriter {
	out := &pageWriter{}
	it := s.address("#stream")
	out.link(it, vocab.RDFType, vocab.LDESEventStream)
	out.link(it, vocab.LDESTimestampPath, vocab.ASPublished)
	out.link(it, vocab.LDESVersionOfPath, vocab.ASObjectProperty)
	out.link(it, vocab.LDESVersionCreateObject, vocab.ASCreate)
	out.link(it, vocab.LDESVersionUpdateObject, vocab.ASUpdate)
	out.link(it, vocab.LDESVersionDeleteObject, vocab.ASDelete)
	return out
}

// relation leads from a page to another one with the changes up to a time, or from a
// time on.
func (s *stream) relation(out *pageWriter, from, kind string, at time.Time, to string) {
	rel := from + "#to-" + strings.ReplaceAll(strings.TrimPrefix(to, s.address("/")), "/", "-")
	out.link(from, vocab.TREERelationProperty, rel)
	out.link(rel, vocab.RDFType, kind)
	out.link(rel, vocab.TREEPath, vocab.ASPublished)
	out.add(rel, vocab.TREEValue, published(at))
	out.link(rel, vocab.TREENodeProperty, to)
}

func published(at time.Time) term.Term {
	return term.NewLiteral(at.UTC().Format(time.RFC3339Nano), vocab.XSDDateTime)
}

// root answers with the view: where the fragments are.
func (s *stream) root(w http.ResponseWriter, r *http.Request) {
	f, log, ok := s.begin(w, r)
	if !ok {
		return
	}
	it, self, out := s.address("#stream"), s.address(""), s.about()
	out.link(it, vocab.TREEView, self)
	out.link(it, vocab.TREEShape, activityShape)
	out.link(activityShape, vocab.RDFType, vocab.SHNodeShape)
	out.add(it, vocab.DCTTitle, term.NewLangString("資料集變更事件流", "zh-Hant-TW"))
	out.add(it, vocab.DCTTitle, term.NewLangString("Changes of datasets", "en"))
	out.add(it, vocab.DCTDescription, term.NewLangString("All changes are kept for good.", "en"))
	out.link(self, vocab.RDFType, vocab.TREENode)
	fragments := log.Fragments()
	full := max(0, len(fragments)-1)
	for g := range full / groupFragments {
		s.relation(out, self, vocab.TREELessThanOrEqualToRelation, fragments[(g+1)*groupFragments-1].Last,
			s.address("/group/"+strconv.Itoa(g+1)))
	}
	for _, fr := range fragments[full/groupFragments*groupFragments : full] {
		s.relation(out, self, vocab.TREELessThanOrEqualToRelation, fr.Last, s.fragmentAddress(fr.Number))
	}
	if len(fragments) > 0 && fragments[full].Changes > 0 {
		s.relation(out, self, vocab.TREEGreaterThanOrEqualToRelation, fragments[full].First,
			s.fragmentAddress(fragments[full].Number))
	}
	newest := events.Fragment{}
	if len(fragments) > 0 {
		newest = fragments[full]
	}
	s.send(w, r, f, out.quads, newest, false)
}

// group answers with the way to the fragments of a group.
func (s *stream) group(w http.ResponseWriter, r *http.Request) {
	f, log, ok := s.begin(w, r)
	if !ok {
		return
	}
	fragments := log.Fragments()
	n, err := strconv.Atoi(r.PathValue("group"))
	if err != nil || n < 1 || n > (len(fragments)-1)/groupFragments {
		s.missing(w, r)
		return
	}
	out, self := s.about(), s.address("/group/"+strconv.Itoa(n))
	out.link(self, vocab.RDFType, vocab.TREENode)
	part := fragments[(n-1)*groupFragments : n*groupFragments]
	for _, fr := range part {
		s.relation(out, self, vocab.TREELessThanOrEqualToRelation, fr.Last, s.fragmentAddress(fr.Number))
	}
	s.send(w, r, f, out.quads, part[len(part)-1], true)
}

// fragment answers with the members of a fragment. In syntaxes with named graphs what a
// dataset said is in the graph of its member.
func (s *stream) fragment(w http.ResponseWriter, r *http.Request) {
	f, log, ok := s.begin(w, r)
	if !ok {
		return
	}
	n, err := strconv.Atoi(r.PathValue("fragment"))
	if err != nil || strconv.Itoa(n) != r.PathValue("fragment") {
		s.missing(w, r)
		return
	}
	fr, changes, err := log.Read(r.Context(), n)
	if errors.Is(err, events.ErrNoFragment) {
		s.missing(w, r)
		return
	}
	if err != nil {
		s.h.fail(w, r, err)
		return
	}
	self, out := s.fragmentAddress(n), s.about()
	out.link(self, vocab.RDFType, vocab.TREENode)
	for i, c := range changes {
		member := self + "#" + strconv.Itoa(i+1)
		out.link(s.address("#stream"), vocab.TREEMember, member)
		out.link(member, vocab.RDFType, map[events.Kind]string{events.Create: vocab.ASCreate,
			events.Update: vocab.ASUpdate, events.Delete: vocab.ASDelete}[c.Kind])
		out.link(member, vocab.ASObjectProperty, c.IRI)
		out.add(member, vocab.ASPublished, published(c.At))
		said, err := c.Quads(r.Context())
		if err != nil {
			s.h.fail(w, r, err)
			return
		}
		if named(f) {
			for j := range said {
				said[j].Graph = term.NewIRI(member)
			}
		}
		out.quads = append(out.quads, said...)
	}
	s.send(w, r, f, out.quads, fr, fr.Full)
}

// begin finds out the syntax and brings the log up to date; ok is false after an answer.
func (s *stream) begin(w http.ResponseWriter, r *http.Request) (f rdfio.Format, log *events.Log, ok bool) {
	if f, ok = format(w, r); !ok {
		return f, nil, false
	}
	log, err := s.h.Listing.Log(r.Context())
	if err != nil {
		s.h.fail(w, r, err)
		return f, nil, false
	}
	return f, log, true
}

func (s *stream) missing(w http.ResponseWriter, r *http.Request) {
	protocol.WriteProblem(w, r, &protocol.Problem{Status: http.StatusNotFound,
		Detail: "the stream has no such page; start at " + s.address("")})
}

// send answers with a page. What never changes may be kept by whoever gets it.
func (s *stream) send(w http.ResponseWriter, r *http.Request, f rdfio.Format, quads []term.Quad,
	newest events.Fragment, immutable bool) {
	body, ok := s.h.written(w, r, f, once(quads), true)
	if !ok {
		return
	}
	head := w.Header()
	head.Set("Content-Type", f.MediaType())
	head.Set("ETag", entityTag(uint64(newest.Number), strconv.Itoa(newest.Changes), r.URL.Path, f.MediaType()))
	head.Set("Access-Control-Allow-Origin", "*")
	head.Set("Cache-Control", "no-cache")
	if immutable {
		head.Set("Cache-Control", fmt.Sprintf("public, max-age=%d, immutable", int(ldesKept.Seconds())))
	}
	http.ServeContent(w, r, "", newest.Last, bytes.NewReader(body))
}
