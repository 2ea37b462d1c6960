package main

import (
	"os"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/login"
	"fincat/harvest"
)

// newLogin returns how people sign in to a server: with a token that a guard takes, and as the
// configuration, which is ready, says if it does.
func newLogin(c *harvest.Login, base string, guard access.Options) (*login.Login, error) {
	if c == nil {
		c = &harvest.Login{}
	}
	secret := os.Getenv(c.ClientSecretEnv)
	return login.New(login.Options{Config: *c, Secret: secret, Base: base, Log: guard.Log, Logger: guard.Logger,
		Holder: guard.Holder})
}
