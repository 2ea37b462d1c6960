// Package notify tells people what happened, by mail and by webhook.
//
// A [Notifier] delivers a [Message] in the ways that its [Config] names: a
// webhook gets the message's JSON, the receivers of mail get its text with what
// is attached. What is told and when, the caller decides.
//
// Mail goes by SMTP (RFC 5321). The connection is encrypted from its beginning
// on port 465 (RFC 8314), and on any other port once the server offers STARTTLS
// (RFC 3207). Passwords go over encrypted connections only, or to this machine.
//
// Webhooks are tried again when they fail for a passing reason, and are followed
// to no other host. Neither their addresses nor any password stands in an error.
package notify
