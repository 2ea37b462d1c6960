// Package console is the part of the web front for those who maintain the catalogue: pages
// below /console on which they see how sources, runs, links, files and the server stand, and
// act on them.
//
// A [Console] has no way of its own to anything: each page asks the routes below /admin, with
// the session of its visitor, what it shows, and each form does what it is for by a request to
// one of them. So a page can do what a program can, the guard of these routes decides who may,
// and the audit log has the same entries. All forms work without scripts; the one script
// refreshes a harvest under way and lets candidates of links be decided by keyboard.
//
// What comes from sources is not trusted: templates escape it, and only http and https
// addresses become links.
package console
