package mail

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wneessen/go-mail/smtp"
)

// The mechanisms of signing in, by the names that a relay lists.
const (
	mechanismAuto    = "AUTO"
	mechanismNone    = "NONE"
	mechanismPlain   = "PLAIN"
	mechanismLogin   = "LOGIN"
	mechanismCRAM    = "CRAM-MD5"
	mechanismSCRAM1  = "SCRAM-SHA-1"
	mechanismSCRAM2  = "SCRAM-SHA-256"
	mechanismXOAUTH2 = "XOAUTH2"
)

func mechanisms() map[string]string {
	return map[string]string{
		"": mechanismAuto, "auto": mechanismAuto, "none": mechanismNone, "plain": mechanismPlain, "login": mechanismLogin, "cram-md5": mechanismCRAM,
		"scram-sha-1": mechanismSCRAM1, "scram-sha-256": mechanismSCRAM2, "xoauth2": mechanismXOAUTH2,
	}
}

// inTheClear reports whether the mechanism shows the secret to whoever listens.
func inTheClear(mechanism string) bool {
	return mechanism == mechanismPlain || mechanism == mechanismLogin || mechanism == mechanismXOAUTH2
}

// signIn returns how to sign in, nil where we do not.
func (s *Sender) signIn() smtp.Auth {
	mechanism := mechanisms()[strings.ToLower(s.o.Auth)]
	if s.o.Username == "" || mechanism == mechanismNone {
		return nil
	}
	return &signIn{o: &s.o, mechanism: mechanism}
}

// signIn chooses among the mechanisms that the relay offers and leaves the rest to the
// one chosen. It is of one connection.
type signIn struct {
	o         *SMTP
	mechanism string
	smtp.Auth
}

// Start chooses. Nothing has been sent that a listener could use if it fails.
func (a *signIn) Start(server *smtp.ServerInfo) (string, []byte, error) {
	safe := server.TLS || loopback(a.o.Host)
	want := a.candidates(safe)
	i := slices.IndexFunc(want, func(m string) bool {
		return slices.ContainsFunc(server.Auth, func(offered string) bool { return strings.EqualFold(m, offered) })
	})
	if i < 0 {
		return "", nil, fmt.Errorf("the relay offers no way to sign in that we can use (it offers %q, we want one of %q)", server.Auth, want)
	}
	if inTheClear(want[i]) && !safe {
		return "", nil, errors.New("the password would travel in the clear")
	}
	var err error
	if a.Auth, err = a.by(want[i]); err != nil {
		return "", nil, err
	}
	return a.Auth.Start(server)
}

// candidates are the mechanisms that may be used, the best first.
func (a *signIn) candidates(safe bool) []string {
	switch {
	case a.mechanism != mechanismAuto:
		return []string{a.mechanism}
	case a.o.TokenSource != nil:
		return []string{mechanismXOAUTH2}
	case safe:
		return []string{mechanismSCRAM2, mechanismSCRAM1, mechanismPlain, mechanismLogin, mechanismCRAM}
	}
	return []string{mechanismSCRAM2, mechanismSCRAM1, mechanismCRAM}
}

func (a *signIn) by(mechanism string) (smtp.Auth, error) {
	user, password, host := a.o.Username, a.o.Password, a.o.Host
	switch mechanism {
	case mechanismPlain:
		return smtp.PlainAuth("", user, password, host, true), nil // Start has seen to it that it is safe
	case mechanismLogin:
		return smtp.LoginAuth(user, password, host, true), nil
	case mechanismCRAM:
		return smtp.CRAMMD5Auth(user, password), nil
	case mechanismSCRAM1:
		return smtp.ScramSHA1Auth(user, password), nil
	case mechanismSCRAM2:
		return smtp.ScramSHA256Auth(user, password), nil
	}
	if a.o.TokenSource == nil {
		return smtp.XOAuth2Auth(user, password), nil
	}
	token, err := a.o.TokenSource.Token()
	if err != nil {
		return nil, fmt.Errorf("get a token to sign in with: %w", err)
	}
	return smtp.XOAuth2Auth(user, token.AccessToken), nil
}
