// Package timeline knows the numbers and times of the commits in a log: [Index].
package timeline
