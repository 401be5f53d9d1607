package config

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAccessIsChecked(t *testing.T) {
	for _, tt := range []struct{ name, yaml, want string }{
		{"an auditor without a name", "access: {auditor: ' '}", "access.auditor: a role must be named"},
		{"a proxy that is a name", "access: {trusted_proxies: [proxy.example.org]}", `access.trusted_proxies[0]: "proxy.example.org" is neither an address nor a network`},
		{"a network with too long a mask", "access: {trusted_proxies: [10.0.0.0/33]}", "is neither an address nor a network"},
		{"a client without a provider", "access: {oidc: {client_id: tertial}}", "access.oidc.issuer: there is a client, but no provider"},
		{"a provider in the clear", "base_url: https://t.example.org\naccess: {oidc: {issuer: 'http://login.example.org', client_id: a}}", "access.oidc.issuer: \"http://login.example.org\" is no provider"},
		{"a provider without a client", "base_url: https://t.example.org\naccess: {oidc: {issuer: 'https://login.example.org'}}", "access.oidc.client_id: the provider knows us by an id"},
		{"a provider that cannot send anybody back", "access: {oidc: {issuer: 'https://login.example.org', client_id: a}}", "base_url: the provider sends people back"},
		{"a secret for two purposes", "secret_file: /x\nbase_url: https://t.example.org\naccess: {oidc: {issuer: 'https://login.example.org', client_id: a, client_secret_file: /x}}", "access.oidc.client_secret_file: one secret must not serve two purposes"},
		{"a word for a bool", "access: {oidc: {trust_email: yes please}}", "access.oidc.trust_email: want true or false"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "tertial.yaml")
			if err := os.WriteFile(file, []byte(tt.yaml), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Load(file, nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want …%s…", err, tt.want)
			}
		})
	}
	if _, err := Load("", []string{"TERTIAL_ACCESS_OIDC_TRUST_EMAIL=ja"}); err == nil || !strings.Contains(err.Error(), `"ja" is neither true nor false`) {
		t.Errorf("got %v, want that ja is neither true nor false", err)
	}
}

func TestProxiesAreNetworks(t *testing.T) {
	c, err := Load("", []string{"TERTIAL_ACCESS_TRUSTED_PROXIES=10.0.0.5,10.1.2.3/16,::1"})
	if err != nil {
		t.Fatal(err)
	}
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.5/32"), netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("::1/128")}
	if got := c.TrustedProxies(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTheClientsSecretIsOneLineOfAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "client")
	if err := os.WriteFile(file, []byte("hemligt\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := Default()
	if got, err := c.ClientSecret(); got != "" || err != nil {
		t.Errorf("got %q, %v without a file, want nothing", got, err)
	}
	c.Access.OIDC.ClientSecretFile = file
	if got, err := c.ClientSecret(); got != "hemligt" || err != nil {
		t.Errorf("got %q, %v, want the file's line", got, err)
	}
	c.Access.OIDC.ClientSecretFile = file + "x"
	if _, err := c.ClientSecret(); err == nil || strings.Contains(err.Error(), file) {
		t.Errorf("got %v, want an error that does not repeat the path", err)
	}
}
