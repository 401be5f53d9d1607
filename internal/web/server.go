package web

import (
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"tertial/internal/tertial"
	"tertial/templates"
)

// Options are what the pages need of the instance.
type Options struct {
	House     House
	Templates *templates.Web
	Rules     tertial.Rules
	Clock     func() time.Time // what is said counts from it; sessions live by the real clock
	Signer    *tertial.Signer
	// BaseURL is how browsers reach the pages, without a path: links are made from it, never from what a request says.
	BaseURL      string
	Organisation string
	Version      string
	// The roles, as they are written: who coordinates, who reads what management reads, who may read everything.
	Coordinator    string
	ManagementRole string
	AuditorRole    string
	Log            *slog.Logger
	// TrustedProxies are those whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	OIDC           OIDCOptions
	Demo           bool
	// Insecure is for plain HTTP on this machine: cookies without Secure and __Host-.
	Insecure bool
}

// Server answers browsers. It is an [http.Handler], and safe for concurrent use.
type Server struct {
	o        Options
	pages    map[string]map[string]*template.Template // language, page
	sessions *scs.SessionManager
	cross    *http.CrossOriginProtection
	mux      *http.ServeMux
	handler  http.Handler
	limits   limits
	uploads  chan struct{} // as many large bodies may be read at once as it holds
	provider *provider     // nil where none is configured
	pause    time.Duration // how long the answer to an address takes, known or not
}

// New returns the server of the pages. What is wrong with a template is an error here, not on the day the page is opened.
func New(o Options) (*Server, error) {
	switch {
	case o.House == nil || o.Templates == nil || o.Signer == nil || o.Clock == nil || o.Rules.Zone == nil:
		return nil, errors.New("web: House, Templates, Signer, Clock and Rules must be given")
	case o.Log == nil:
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.BaseURL = strings.TrimSuffix(o.BaseURL, "/")
	s := &Server{
		o: o, mux: http.NewServeMux(), cross: http.NewCrossOriginProtection(),
		pages: make(map[string]map[string]*template.Template), limits: newLimits(),
		uploads: make(chan struct{}, maxUploads), pause: signInPause,
	}
	for _, lang := range templates.Languages() {
		pages, err := o.Templates.Parse(s.funcs(o.Templates.Texts(lang)))
		if err != nil {
			return nil, err
		}
		s.pages[lang] = pages
	}
	if o.BaseURL != "" {
		if err := s.cross.AddTrustedOrigin(o.BaseURL); err != nil {
			return nil, fmt.Errorf("web: the address of the pages, %q: %w", o.BaseURL, err)
		}
	}
	if o.OIDC.Issuer != "" {
		s.provider = newProvider(o.OIDC, o.BaseURL)
	}
	s.sessions = s.newSessions()
	if err := s.mount(); err != nil {
		return nil, err
	}
	s.handler = s.guard(http.HandlerFunc(s.dispatch))
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// secure reports whether browsers reach the pages by TLS.
func (s *Server) secure() bool {
	u, err := url.Parse(s.o.BaseURL)
	return err == nil && u.Scheme == "https"
}

// texts returns the texts of a language.
func (s *Server) texts(lang string) *templates.Texts { return s.o.Templates.Texts(lang) }
