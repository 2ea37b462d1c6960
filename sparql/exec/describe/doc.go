// Package describe makes the graphs that DESCRIBE answers with: concise bounded descriptions,
// with the labels of what they refer to. A [QuadSet] leaves repeated quads out.
package describe
