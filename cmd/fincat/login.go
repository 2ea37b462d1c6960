package main

import (
	"log/slog"
	"os"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/login"
	"fincat/harvest"
)

// newLogin returns how people sign in to a server; nil when the configuration, which is ready,
// says nothing of it.
func newLogin(c *harvest.Login, base string, audit *access.Log, log *slog.Logger) (*login.Login, error) {
	if c == nil {
		return nil, nil
	}
	secret := os.Getenv(c.ClientSecretEnv)
	return login.New(login.Options{Config: *c, Secret: secret, Base: base, Log: audit, Logger: log})
}
