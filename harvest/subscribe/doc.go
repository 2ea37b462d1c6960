// Package subscribe tells receivers which datasets have changed: each [Webhook] of the
// configuration follows one dataset, a source, a filter of the catalogue or a saved query, and
// gets signed messages after Standard Webhooks 1.0.
//
// Nothing is lost, and nothing is sent that did not happen: the changes come from the log that
// harvest/feed/events keeps for good along the commit log. A subscription has a file with the
// time up to which it has read that log, and the message that is on its way, which is written
// before it is sent. After a crash the same message goes out once more, with the same webhook-id,
// by which a receiver knows it. A message that is not taken is sent again after ever longer
// pauses, and then once a day; what happens meanwhile waits in the log.
//
// Only an administrator makes subscriptions, in the configuration, so that nobody else can have
// the server send something somewhere; the addresses are guarded besides (harvest/fetch). A
// receiver ends one by the answer 410 Gone, or with the link in each message.
package subscribe
