// Package mailtest is test support: a mail server that keeps what it is given, is busy, refuses
// receivers, or breaks off.
package mailtest
