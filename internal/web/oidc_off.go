//go:build !oidc

package web

import "net/http"

// OIDCOptions name a provider of sign-in; without an Issuer there is none.
type OIDCOptions struct {
	Issuer, ClientID, ClientSecret string
	Scopes                         []string
	Name                           string
	TrustEmail                     bool
	Client                         *http.Client
}

type provider struct{}

func newProvider(OIDCOptions, string) *provider { return nil }

func (p *provider) name() string { return "" }

func (s *Server) askProvider(http.ResponseWriter, *http.Request, *visit) error { return errNoPage }

func (s *Server) fromProvider(http.ResponseWriter, *http.Request, *visit) error { return errNoPage }
