// Package carry carries into records what an OpenAPI document says of an operation besides
// what is mapped: its answers, their fields, parameters, the bodies of requests, and what
// requests with other methods do.
package carry
