package config

import (
	"fmt"
	"net/netip"
	"net/url"
)

// access checks who is let in.
func (k *checker) access(c *Config) {
	a := &c.Access
	k.role("access.auditor", a.Auditor)
	for i, network := range a.TrustedProxies {
		if _, err := proxyNetwork(network); err != nil {
			k.fail(fmt.Sprintf("access.trusted_proxies[%d]", i), "%.80q is neither an address nor a network; write it as 10.0.0.5 or 10.0.0.0/24", network)
		}
	}
	o := &a.OIDC
	if o.Issuer == "" {
		if o.ClientID != "" || o.ClientSecretFile != "" {
			k.fail("access.oidc.issuer", "there is a client, but no provider; name it")
		}
		return
	}
	u, err := url.Parse(o.Issuer)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())) {
		k.fail("access.oidc.issuer", "%.120q is no provider; write it as https://login.example.org/realm", o.Issuer)
	}
	if o.ClientID == "" {
		k.fail("access.oidc.client_id", "the provider knows us by an id; give it")
	}
	if c.BaseURL == "" {
		k.fail("base_url", "the provider sends people back to the pages; say where these are")
	}
	if path := o.ClientSecretFile; path != "" && (path == c.SecretFile || path == c.Mail.SMTP.PasswordFile) {
		k.fail("access.oidc.client_secret_file", "one secret must not serve two purposes; this one needs a file of its own")
	}
}

// proxyNetwork takes a network, or an address for one of itself.
func proxyNetwork(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	network, err := netip.ParsePrefix(text)
	return network.Masked(), err
}

// TrustedProxies returns the networks whose word on where a request comes from is believed.
func (c *Config) TrustedProxies() []netip.Prefix {
	var networks []netip.Prefix
	for _, text := range c.Access.TrustedProxies {
		if network, err := proxyNetwork(text); err == nil { // it has been validated
			networks = append(networks, network)
		}
	}
	return networks
}

// ClientSecret reads what the provider of OpenID Connect knows us by, "" where no file is named: then
// PKCE alone protects the exchange.
func (c *Config) ClientSecret() (string, error) {
	if c.Access.OIDC.ClientSecretFile == "" {
		return "", nil
	}
	secret, err := readSecret(c.Access.OIDC.ClientSecretFile, false)
	if err != nil {
		return "", fmt.Errorf("%w: access.oidc.client_secret_file: %w", ErrConfig, err)
	}
	return secret, nil
}
