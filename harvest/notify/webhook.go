package notify

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	webhookTime     = 5 * time.Second // for one attempt
	webhookTries    = 3
	webhookAnswer   = 64 << 10 // bytes of an answer that are read
	longestRedirect = 3
)

// post sends a message to the webhook, again when it failed for a passing
// reason.
func (n *Notifier) post(ctx context.Context, message any) error {
	token, err := n.secret("webhook_token_env", n.o.Config.WebhookTokenEnv)
	if err != nil {
		return err
	}
	text, err := n.secret("webhook_secret_env", n.o.Config.WebhookSecretEnv)
	if err != nil {
		return err
	}
	var secret Secret
	if text != "" {
		if secret, err = ParseSecret(text); err != nil {
			return fmt.Errorf("webhook_secret_env: %w", err)
		}
	}
	id := NewMessageID()
	body, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("write the message: %w", err)
	}
	transport := &http.Transport{DisableKeepAlives: true, MaxResponseHeaderBytes: webhookAnswer}
	client := &http.Client{Timeout: webhookTime, CheckRedirect: sameHost, Transport: transport}
	for try, wait := 1, n.o.Retry; ; try, wait = try+1, 2*wait {
		header := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"fincat"}}
		if token != "" {
			header.Set("Authorization", "Bearer "+token)
		}
		for name, value := range secret.Headers(id, time.Now(), body) {
			header.Set(name, value)
		}
		again, err := n.attempt(ctx, client, header, body)
		if err == nil {
			return nil
		}
		if !again || try == webhookTries {
			return fmt.Errorf("attempt %d: %w", try, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("attempt %d: %w", try, err)
		case <-time.After(wait):
		}
	}
}

// attempt posts once; again says whether another attempt may succeed. Errors do
// not name the webhook's address, which may be a secret.
func (n *Notifier) attempt(ctx context.Context, client *http.Client, header http.Header,
	body []byte) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.o.Config.Webhook, bytes.NewReader(body))
	if err != nil {
		return false, errors.New("the webhook's address cannot be used: look at webhook in the configuration")
	}
	req.Header = header
	resp, err := client.Do(req)
	if err != nil {
		again := !errors.Is(err, errRedirect)
		if ue, ok := errors.AsType[*url.Error](err); ok {
			err = ue.Err
		}
		return again, err
	}
	defer resp.Body.Close()
	// What the receiver says is of no use, and a broken answer is one all the same.
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, webhookAnswer))
	if resp.StatusCode/100 == 2 {
		return false, nil
	}
	again = resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests
	return again, fmt.Errorf("the webhook answers %s", cmp.Or(resp.Status, "without a status"))
}

var errRedirect = errors.New("the webhook redirects to another host, to http, or so that the message is lost: " +
	"configure the address it leads to")

// sameHost follows redirects that keep the host and the message.
func sameHost(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	downgraded := first.Scheme == "https" && req.URL.Scheme != "https"
	if len(via) > longestRedirect || req.Method != http.MethodPost || req.URL.Host != first.Host || downgraded {
		return errRedirect
	}
	return nil
}
