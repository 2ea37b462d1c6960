//go:build race

package main

// slowness is how many times slower the race detector makes a test.
const slowness = 10
