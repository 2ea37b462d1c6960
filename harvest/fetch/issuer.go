package fetch

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Many servers of the government send their certificate without that of the
// authority between it and the root. Browsers fetch the missing one from the
// address that the certificate names (RFC 5280 §4.2.2.1), and so do we, within
// limits. What was fetched is trusted only after it was verified up to a root.
const (
	maxIssuers      = 4         // fetched for one chain
	maxIssuerBytes  = 256 << 10 // of one answer
	maxIssuersKnown = 200       // addresses whose certificates are kept
)

// complete makes the session's transport anew with the certificates that were
// missing when a server's chain was verified.
func (g *guard) complete(ctx context.Context, failed *tls.CertificateVerificationError) error {
	var unknown x509.UnknownAuthorityError
	if g.conn == nil || !errors.As(failed.Err, &unknown) || len(failed.UnverifiedCertificates) == 0 {
		return failed
	}
	roots := systemRoots()
	if g.conn.roots != nil {
		roots = g.conn.roots.Clone()
	}
	found, err := g.issuers(ctx, failed.UnverifiedCertificates, roots)
	if err != nil {
		return fmt.Errorf("%w; the certificate that is missing could not be had: %w", failed, err)
	}
	for _, c := range found {
		roots.AddCert(c)
	}
	next := g.conn.Clone()
	next.TLSClientConfig.RootCAs = roots
	g.conn.CloseIdleConnections()
	g.conn.Transport, g.conn.roots = next, roots
	return nil
}

// issuers climbs from a server's certificate to a root and returns the
// certificates in between, verified.
func (g *guard) issuers(
	ctx context.Context, sent []*x509.Certificate, roots *x509.CertPool,
) ([]*x509.Certificate, error) {
	between := x509.NewCertPool()
	for _, c := range sent[1:] {
		between.AddCert(c)
	}
	top := sent[0]
	for range maxIssuers {
		for range sent { // what the server did send
			if i := slices.IndexFunc(sent, func(c *x509.Certificate) bool {
				return c != top && issued(c, top)
			}); i >= 0 {
				top = sent[i]
			}
		}
		issuer, err := g.issuer(ctx, top)
		if err != nil {
			return nil, err
		}
		between.AddCert(issuer)
		chains, err := sent[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between,
			CurrentTime: g.client.o.Now()})
		if err == nil {
			return chains[0][1 : len(chains[0])-1], nil
		}
		top = issuer
	}
	return nil, fmt.Errorf("no root after %d certificates", maxIssuers)
}

func issued(issuer, c *x509.Certificate) bool {
	return bytes.Equal(issuer.RawSubject, c.RawIssuer) && c.CheckSignatureFrom(issuer) == nil
}

// issuer fetches the certificate of the authority that issued one.
func (g *guard) issuer(ctx context.Context, c *x509.Certificate) (*x509.Certificate, error) {
	err := fmt.Errorf("%s names no address of its issuer", c.Subject)
	for _, address := range c.IssuingCertificateURL[:min(len(c.IssuingCertificateURL), maxIssuers)] {
		var found []*x509.Certificate
		if found, err = g.certificates(ctx, address); err != nil {
			continue
		}
		if i := slices.IndexFunc(found, func(f *x509.Certificate) bool { return issued(f, c) }); i >= 0 {
			return found[i], nil
		}
		err = fmt.Errorf("%s does not hold the issuer of %s", address, c.Subject)
	}
	return nil, err
}

// certificates fetches those at an address, once for all sessions.
func (g *guard) certificates(ctx context.Context, address string) ([]*x509.Certificate, error) {
	g.client.mu.Lock()
	known := g.client.issuers[address]
	g.client.mu.Unlock()
	if known != nil {
		return known, nil
	}
	if !strings.HasPrefix(address, "http://") { // over TLS it would need itself
		return nil, fmt.Errorf("%s: %w", address, errScheme)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(g.policy.Timeout))
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	if g.policy.proxied() {
		if err := g.client.o.Refuses(req.URL); err != nil {
			return nil, err
		}
	}
	req.Header.Set("User-Agent", g.client.o.UserAgent)
	resp, err := g.conn.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", address, resp.Status)
	}
	body, err := io.ReadAll(&limited{r: resp.Body, close: resp.Body, left: maxIssuerBytes})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	found, err := parseCertificates(body)
	if err != nil || len(found) == 0 {
		return nil, fmt.Errorf("%s holds no certificate", address)
	}
	g.client.mu.Lock()
	defer g.client.mu.Unlock()
	if len(g.client.issuers) < maxIssuersKnown {
		g.client.issuers[address] = found
	}
	return found, nil
}

// parseCertificates reads what authorities serve: a certificate in DER or PEM
// form, or several in a PKCS #7 message without content (RFC 2315 §9.1), which
// again may be in either form.
func parseCertificates(body []byte) ([]*x509.Certificate, error) {
	if bytes.Contains(body, []byte("-----BEGIN ")) {
		var out []*x509.Certificate
		for block, rest := pem.Decode(body); block != nil; block, rest = pem.Decode(rest) {
			found, err := parseCertificates(block.Bytes)
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
		}
		return out, nil
	}
	if c, err := x509.ParseCertificate(body); err == nil {
		return []*x509.Certificate{c}, nil
	}
	var message struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,optional,tag:0"`
	}
	if _, err := asn1.Unmarshal(body, &message); err != nil {
		return nil, err
	}
	var signed struct {
		Version      int
		Algorithms   asn1.RawValue
		Inner        asn1.RawValue
		Certificates asn1.RawValue `asn1:"optional,tag:0"`
		Revoked      asn1.RawValue `asn1:"optional,tag:1"`
		Signers      asn1.RawValue
	}
	if _, err := asn1.Unmarshal(message.Content.Bytes, &signed); err != nil {
		return nil, err
	}
	return x509.ParseCertificates(signed.Certificates.Bytes)
}
