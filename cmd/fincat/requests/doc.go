// Package requests has the pages and routes of what the public asks for, which
// [fincat/harvest/requests] keeps.
//
// Below /requests are the list, the forms for data requests and for comments on a dataset, the page
// that links in mails lead to, the queue of moderators, figures and an Atom feed. Each case has a
// page and RDF at its IRI, /request/{id}, where who may answer it finds the form for that. Below
// /admin/requests programs do the same in JSON. All forms work without scripts; the one script shows
// similar datasets and requests while somebody types.
//
// A form takes a field that people do not see, and when it was shown: what fills in the one, or
// comes back too soon, is a program.
package requests
