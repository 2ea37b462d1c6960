// Package adminapi describes the routes below /admin in OpenAPI 3.1.
package adminapi
