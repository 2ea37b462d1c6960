package harvest

import (
	"errors"

	feeds "fincat/harvest/feed/listing"
	"fincat/harvest/publish"
	"fincat/harvest/subscribe"
	"fincat/sparql"
)

// Subscriptions returns what tells receivers of changes, through the client of this harvester.
// dir keeps the states.
func (h *Harvester) Subscriptions(l *feeds.Follower, e *sparql.Engine, dir string) *subscribe.Dispatcher {
	return subscribe.New(subscribe.Options{Store: h.store, Listing: l, Engine: e, Client: h.client, Base: h.base,
		Config: h.config.Subscriptions, Dir: dir, Getenv: h.getenv, Now: h.now, Logger: h.log})
}

// Publisher returns what publishes datasets of the store at data.gov.tw, through the client of
// this harvester. author is that of the commits.
func (h *Harvester) Publisher(author string) (*publish.Publisher, error) {
	if !h.config.Publish.Named() && h.config.Publish.TokenEnv == "" {
		return nil, errors.New("the configuration names nothing to publish: give publish: with token_env and " +
			"sources, missing or datasets")
	}
	c := h.config.Contact
	return publish.New(publish.Options{Store: h.store, Base: h.base, Client: h.client, Directory: h.directory,
		Config: h.config.Publish, Author: author, Turn: &h.publishing, Now: h.now,
		Contact: map[string]string{"publisherContactName": c.Name, "publisherContactPhone": c.Phone,
			"publisherContactEmail": c.Email}})
}
