// Package metrics has the figures of one server for Prometheus: requests, harvest
// runs, the store, and how far behind each follower of the commit log is.
package metrics
