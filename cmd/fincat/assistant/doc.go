// Package assistant connects an assistant that talks over standard input and output with
// the /mcp of a server (Model Context Protocol, stdio transport).
package assistant
