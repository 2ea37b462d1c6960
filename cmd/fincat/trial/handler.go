package trial

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"fincat/cmd/fincat/access"
	"fincat/harvest"
	"fincat/harvest/fetch"
	"fincat/harvest/mapping"
	"fincat/harvest/source"
	"fincat/sparql/protocol"
)

// The limits of a source that is tried: its description in bytes, the time that it has, its
// pages, the bytes of a page, and the records that are asked for.
const (
	maxDraft   = 64 << 10
	draftTime  = time.Minute
	draftPages = 50
	draftBytes = 64 << 20
	maxRecords = 20
)

// Draft is a source that is not in the configuration yet.
type Draft struct {
	YAML    string `json:"yaml"`    // "sources:" with one entry, as the configuration has it
	Records int    `json:"records"` // how many to show; default 3
}

// Outcome is what asking a [Draft] for its first records gave.
type Outcome struct {
	Source   string   `json:"source"`
	OK       bool     `json:"ok"`
	Verdict  string   `json:"verdict"`
	Known    bool     `json:"known,omitempty"` // the configuration has a source with this id
	Records  []Record `json:"records"`
	Turtle   string   `json:"turtle,omitempty"` // of these records
	Seconds  float64  `json:"seconds"`
	Problems int      `json:"problems"` // of all records
}

// Record is one of the first records of a source.
type Record struct {
	ID       string           `json:"id"`
	Title    string           `json:"title"`
	Problems []source.Problem `json:"problems,omitempty"`
}

// Handler tries sources that are not in the configuration, one at a time.
type Handler struct {
	config func() (harvest.Config, error) // of the server
	turn   chan struct{}                  // of capacity one: whoever holds it is at work
}

// NewHandler returns a handler for the server of a configuration.
func NewHandler(config func() (harvest.Config, error)) *Handler {
	return &Handler{config, make(chan struct{}, 1)}
}

// ServeHTTP implements [http.Handler]: it takes a [Draft] as JSON and answers with an [Outcome].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var d Draft
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxDraft))
	dec.DisallowUnknownFields()
	err := dec.Decode(&d)
	if err == nil && (d.Records < 0 || d.Records > maxRecords) {
		err = fmt.Errorf("records is a number up to %d", maxRecords)
	}
	problem := func(status int, err error) {
		protocol.WriteProblem(w, r, &protocol.Problem{Status: status, Detail: err.Error()})
	}
	if err != nil {
		problem(http.StatusBadRequest, fmt.Errorf("the body is no draft of a source: %w", err))
		return
	}
	config, err := h.config()
	if err != nil {
		problem(http.StatusNotFound, err)
		return
	}
	known := config
	if config, err = d.in(config); err != nil {
		problem(http.StatusUnprocessableEntity, err)
		return
	}
	select {
	case h.turn <- struct{}{}:
		defer func() { <-h.turn }()
	default:
		problem(http.StatusConflict, errors.New("another source is being tried: try again when it is done"))
		return
	}
	out, err := try(r.Context(), config, d.Records)
	if err != nil {
		problem(http.StatusInternalServerError, err)
		return
	}
	_, out.Known = known.Source(out.Source)
	_ = access.WriteJSON(w, http.StatusOK, out)
}

// in returns a configuration whose only source is the draft.
func (d *Draft) in(config harvest.Config) (harvest.Config, error) {
	if err := sourcesOnly(d.YAML); err != nil {
		return config, err
	}
	drafted, err := harvest.ParseConfig(strings.NewReader(d.YAML))
	if err != nil {
		return config, err
	}
	if len(drafted.Sources) != 1 || len(drafted.CodeLists) > 0 {
		return config, fmt.Errorf("describe one source, not %d", len(drafted.Sources))
	}
	s := drafted.Sources[0]
	for key, value := range map[string]string{"token_env": s.TokenEnv, "proxy_env": s.ProxyEnv, "proxy": s.Proxy,
		"ca_file": s.CAFile} {
		if value != "" {
			return config, fmt.Errorf("source %s: %s is for the configuration file alone: leave it out here, and "+
				"try the source with 'fincat sources preview --config FILE %s'", s.ID, key, s.ID)
		}
	}
	s.MaxTime = min(s.MaxTime, fetch.Duration(draftTime))
	s.MaxPages, s.MaxBytes = min(s.MaxPages, draftPages), min(s.MaxBytes, draftBytes)
	if s.MaxPages <= 0 {
		s.MaxPages = draftPages
	}
	if s.MaxBytes <= 0 {
		s.MaxBytes = draftBytes
	}
	config.Sources, config.CodeLists = []source.Config{s}, nil
	return config, nil
}

// sourcesOnly reports that a text says something of a configuration beside its sources.
func sourcesOnly(text string) error {
	begun := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \r\n")
		switch {
		case line == "" || line[0] == '#':
		case !begun && line == "sources:":
			begun = true
		case begun && (line[0] == ' ' || line[0] == '-' && !strings.HasPrefix(line, "--")):
		default:
			return fmt.Errorf("%.60q: the text is the line \"sources:\" and below it, indented, one entry", line)
		}
	}
	if !begun {
		return errors.New("the text begins with the line \"sources:\"")
	}
	return nil
}

// try asks the one source of a configuration for its first records.
func try(ctx context.Context, config harvest.Config, n int) (out *Outcome, err error) {
	if n == 0 {
		n = 3
	}
	ctx, cancel := context.WithTimeout(ctx, draftTime)
	defer cancel()
	t, err := Open(ctx, config)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	begun := time.Now()
	out = &Outcome{Source: config.Sources[0].ID, Records: []Record{}}
	records, failed := t.First(ctx, out.Source, n)
	out.Seconds = time.Since(begun).Seconds()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		failed = fmt.Errorf("it did not answer within %v", draftTime)
	}
	out.Verdict = Verdict(records, failed)
	out.OK = failed == nil
	for _, r := range records {
		out.add(r)
	}
	var turtle bytes.Buffer
	if err := t.WriteTurtle(context.WithoutCancel(ctx), &turtle, out.Source, records); err != nil {
		return nil, err
	}
	out.Turtle = turtle.String()
	return out, nil
}

func (o *Outcome) add(r *mapping.Record) {
	o.Records = append(o.Records, Record{ID: r.ID, Title: title(r), Problems: r.Problems})
	o.Problems += len(r.Problems)
}
