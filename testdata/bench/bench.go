package bench

import "embed"

// Files are the .rq and .ru files.
//
//go:embed *.rq *.ru
var Files embed.FS
