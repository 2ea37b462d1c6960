// Package publishing is the command publish: it shows what would be done at data.gov.tw, and
// does it when it is told to. [NewCommand] takes a [Host], what the program lends its commands.
package publishing
