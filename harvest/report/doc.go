// Package report says how the catalogue stands against the plan: the targets, the quality of
// the datasets of each provider with the list to work off, and the pack for the advisory
// group.
//
// [Make] answers the named queries target-*.rq over one state of a store and puts a
// [Report] together. Every [Figure] has the query that it comes from and the datasets that
// count and that fall short. [Report.Files] writes it for people and programs: a page that
// prints well, with charts, and without a script; a workbook; CSV; JSON. [Mailer] sends it,
// to each receiver once.
//
// What the plan asks for and by which rules providers are ranked is data: plan.json, with a
// certainty for each entry.
package report
