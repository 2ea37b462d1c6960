package main

import (
	"fmt"
	"log/slog"
	"os"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/login"
	"fincat/harvest"
)

// newLogin returns how people sign in to a server; nil when the configuration says
// nothing of it.
func newLogin(c *harvest.Login, base string, audit *access.Log, log *slog.Logger) (*login.Login, error) {
	if c == nil {
		return nil, nil
	}
	secret := ""
	if c.ClientSecretEnv != "" {
		if secret = os.Getenv(c.ClientSecretEnv); secret == "" {
			return nil, fmt.Errorf("login: the environment variable %s, which client_secret_env names, is not set",
				c.ClientSecretEnv)
		}
	}
	return login.New(login.Options{Config: *c, Secret: secret, Base: base, Log: audit, Logger: log})
}
