//go:build !race

package block

// raced says that the race detector is on, under which pools drop what is given back.
const raced = false
