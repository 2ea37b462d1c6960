// Package memory shares the memory out among queries: a [Budget] for each, a [Shared] one for
// all together, and an [Account] for what one operator has taken.
package memory
