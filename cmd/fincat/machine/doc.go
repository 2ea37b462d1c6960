// Package machine tells what the machine gives this process.
package machine
