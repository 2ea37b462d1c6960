// Package moment reads the times that requests ask about and finds the commits that they
// mean: [Parse], [Find]. A [Moment] travels with the context of its request.
package moment
