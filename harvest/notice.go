package harvest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fincat/harvest/history"
	"fincat/harvest/notify"
)

// The events that people are told of.
const (
	eventFailing   = "failing"
	eventRecovered = "recovered"
	eventHeld      = "held"
	eventMissing   = "missing"
)

// event returns what a run changed in the state of its source, "" when
// nothing; runs is the source's history, the newest first. A source that has no
// history counts as one that worked.
func event(rep *history.Report, runs []*history.Report) string {
	if i := slices.IndexFunc(runs, func(r *history.Report) bool { return r.Run == rep.Run }); i >= 0 {
		runs = runs[i+1:]
	}
	before, lacked := history.Done, false
	if i := slices.IndexFunc(runs, (*history.Report).Wrote); i >= 0 { // one that was undone or cut off does not tell
		before, lacked = runs[i].Status, runs[i].Lacks()
	}
	switch {
	case rep.Lacks() && !lacked:
		return eventMissing
	case rep.Status == before && lacked && !rep.Lacks():
		return eventRecovered
	case rep.Status == before:
	case rep.Status == history.Failed:
		return eventFailing
	case rep.Status == history.Held:
		return eventHeld
	case rep.Status == history.Done && before == history.Failed:
		return eventRecovered
	}
	return ""
}

const (
	notifyTime    = 20 * time.Second // for all messages of a run
	longestReason = 2000             // characters
)

// notice is what a webhook gets as JSON.
type notice struct {
	Event string `json:"event"` // failing, recovered, missing or held
	*history.Report
	Line string    `json:"report"` // as fincat harvest prints it
	Time time.Time `json:"time"`
	Link string    `json:"link"`
}

// notify tells of a run that has ended, when it changed the state of its
// source. A message that cannot be delivered is logged; the run stays as it is.
func (h *Harvester) notify(ctx context.Context, rep *history.Report) {
	if h.notifier == nil || rep.DryRun || rep.Status == history.Failed && ctx.Err() != nil {
		return // a run that was cancelled says nothing about its source
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), notifyTime)
	defer cancel()
	runs, err := h.history.RunsOf(ctx, rep.Source)
	if err != nil {
		h.log.Error("notification: read the history", "source", rep.Source, "run", rep.Run, "err", err)
		return
	}
	e := event(rep, runs)
	if e == "" {
		return
	}
	log := h.log.With("event", e, "source", rep.Source, "run", rep.Run)
	if err := h.notifier.Send(ctx, message(e, rep, h.base.Run(rep.Run))); err != nil {
		log.Error("notification not delivered", "err", err)
		return
	}
	log.Info("notification delivered")
}

var mailTexts = map[string]struct{ subject, zh, en string }{
	eventFailing: {"蒐集失敗 / failing", "來源「%s」自此次蒐集起失敗，目錄仍保有先前的內容。請查看原因與處理方式。",
		"The source %s fails as of this run. The catalogue keeps what it had. Look at the reason and its remedy."},
	eventRecovered: {"恢復正常 / recovered", "來源「%s」已恢復正常蒐集，無須處理。",
		"The source %s is harvested again. There is nothing to do."},
	eventMissing: {"大量紀錄遺漏 / records missing", "來源「%s」本次遺漏的紀錄超過移除上限，目錄暫時保留。請查看來源。",
		"The source %s no longer shows more of its records than a run may remove. The catalogue still keeps them. " +
			"Look at the source."},
	eventHeld: {"移除待核准 / removals held", "來源「%s」本次應移除的紀錄過多，已暫停移除。請確認後核准，或等待來源恢復。",
		"The source %s lost so many records that their removal is held back. " +
			"Approve it after a look, or wait until the source shows them again."},
}

// message words an event, for people and for programs.
func message(event string, rep *history.Report, link string) *notify.Message {
	told := *rep
	if r := []rune(told.Reason); len(r) > longestReason {
		told.Reason = string(r[:longestReason]) + " …"
	}
	text, line := mailTexts[event], told.String()
	return &notify.Message{
		ID: told.Run + "." + event, Time: told.End,
		Subject: "[fincat] " + told.Source + " " + text.subject,
		Text:    fmt.Sprintf(text.zh+"\n\n"+text.en+"\n\n%s\n%s\n", told.Source, told.Source, line, link),
		JSON:    &notice{Event: event, Report: &told, Line: line, Time: told.End, Link: link},
	}
}
