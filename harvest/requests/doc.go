// Package requests keeps what the public asks for: data requests (資料需求), and questions and
// faults about single datasets, from their filing to the answer and to what came of it.
//
// A [Case] is one of them. The [Book] holds all: what is published is in the store, each case as a
// named value and, in the same commit, as a graph of its own; what is not published, and all that
// is known of the people who ask, is in files of a private folder beside the store, one for each
// case, which no query, dump, feed or backup of the store has. There an address stands as long as
// it is needed for mail, and those who support a request by a keyed hash only.
//
// A case is filed with an address that a mail confirms, waits for a moderator, is published, and
// then goes from state to state by [Book.Act]. Every change names the version that it is about, so
// that of two at the same time one is refused ([ErrChanged]). [Book.Tick] does what is due:
// reminders, escalation, closing, forgetting, and mail.
//
// Limits: [MaxCases] published cases, [MaxTitle] and [MaxText] characters of a text.
package requests
