package config

import (
	"net/mail"
	"os"
	"path/filepath"
	"strings"
)

func (k *checker) mail(c *Config) {
	m := &c.Mail
	k.from(m)
	k.address("mail.reply_to", m.ReplyTo)
	k.address("mail.redirect_to", m.RedirectTo)
	k.address("coordinator.email", c.Coordinator.Email)
	k.bounces(c)
	k.oneOf("mail.detail", m.Detail, "ref", "title", "full")
	k.between("mail.connections", m.Connections, 1, 64)
	k.oneOf("mail.smtp.tls", m.SMTP.TLS, "none", "starttls", "implicit")
	k.oneOf("mail.smtp.auth", m.SMTP.Auth,
		"auto", "none", "plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256", "xoauth2")
	k.between("mail.smtp.port", m.SMTP.Port, 1, 65535)
	switch host := m.SMTP.Host; {
	case strings.Contains(host, "://"):
		k.fail("mail.smtp.host", "only the host's name; port, user and TLS have keys of their own")
	case host != "" && !isHost(host):
		k.fail("mail.smtp.host", "%.80q is no host name", host)
	}
	k.signIn(c)
}

// from takes an address, with or without a name before it.
func (k *checker) from(m *Mail) {
	a, err := mail.ParseAddress(m.From)
	if err != nil || strings.ContainsAny(m.From, "\r\n") || checkAddress(a.Address) != nil {
		k.fail("mail.from", "%.80q is no address; write it as Tertial <tertial@example.org>", m.From)
		return
	}
	if m.SMTP.Host != "" && !m.SMTP.Loopback() && strings.HasSuffix(strings.ToLower(a.Address), "@localhost") {
		k.fail("mail.from", "mail that leaves this machine needs an address of yours")
	}
}

func (k *checker) address(key, s string) {
	if s == "" {
		return
	}
	if err := checkAddress(s); err != nil {
		k.fail(key, "%.80q is no address; %v", s, err)
	}
}

// maxBounceLocal is how much of a local part the signature of the sender leaves free.
const maxBounceLocal = 26

// bounces checks where they go, and that all who sign and read them have one secret.
func (k *checker) bounces(c *Config) {
	if path := c.SecretFile; path != "" && path == c.Mail.SMTP.PasswordFile {
		k.fail("secret_file", "one secret must not serve two purposes; the password of the relay needs a file of its own")
	}
	to := c.Mail.BounceTo
	if to == "" {
		return
	}
	k.address("mail.bounce_to", to)
	if local, _, _ := strings.Cut(to, "@"); len(local) > maxBounceLocal {
		k.fail("mail.bounce_to", "at most %d characters before the @; the signature of each mail comes after them", maxBounceLocal)
	}
	if path, _ := c.secretFile(); path == "" {
		k.fail("secret_file", "%s", noSecretFile)
	}
}

// signIn checks who the relay is told that we are.
func (k *checker) signIn(c *Config) {
	s := &c.Mail.SMTP
	if s.Username == "" {
		if s.Auth != "auto" && s.Auth != "none" {
			k.fail("mail.smtp.auth", "to sign in by %s takes a username", s.Auth)
		}
		return
	}
	if strings.ContainsAny(s.Username, "\r\n\x00") {
		k.fail("mail.smtp.username", "it is more than one line")
	}
	switch {
	case s.Auth == "none":
		k.fail("mail.smtp.username", "there is a username, but auth says none")
	case c.passwordFile() == "":
		k.fail("mail.smtp.password_file", "the user %.80q needs a password; name the file that holds it", s.Username)
	case s.TLS == "none" && !s.Loopback():
		k.fail("mail.smtp.tls", "the password would travel in the clear; use starttls or implicit")
	}
}

// Loopback reports whether the relay is this machine.
func (s *SMTP) Loopback() bool { return isLoopback(s.Host) }

// Credential is the name under which systemd hands over the relay's password where
// no file is named: LoadCredential=smtp-password:/etc/tertial/smtp-password.
const Credential = "smtp-password"

// passwordFile returns where the password is, or "".
func (c *Config) passwordFile() string {
	if c.Mail.SMTP.PasswordFile != "" || c.credentials == "" {
		return c.Mail.SMTP.PasswordFile
	}
	path := filepath.Join(c.credentials, Credential)
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}
