// Package progress shows on a terminal how far long work has come, in one [Line].
package progress
