// Package build says of what the program was built: version, commit, Go and libraries.
package build
