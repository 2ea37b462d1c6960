// Package operation writes descriptions of interfaces in OpenAPI 3.1.
package operation
