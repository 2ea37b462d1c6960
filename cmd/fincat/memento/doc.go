// Package memento answers requests about earlier times, RFC 7089: [Handler.Wrap] reads which
// time a request asks about, from the parameter at or from Accept-Datetime, for those
// addresses that can be asked; [Handler.TimeMap] lists the versions of a resource, and
// [Handler.Diff] what changed between two times. How far back is a matter of the store.
package memento
