// Package plan has the pages about what the plan for the opening of financial data promises:
// its targets at /targets, with the datasets that each figure was counted from, what it will be
// at the end of the year and what would close the gap soonest; the register of data
// standards at /standards, with the datasets that follow each; and the ranking of
// the organisations in a quarter at /ranking, with what each point comes from.
//
// The figures are those of the quarterly reports (package report), worked out anew when somebody
// asks after a commit or on another day. Each page is there as JSON and CSV too.
package plan
