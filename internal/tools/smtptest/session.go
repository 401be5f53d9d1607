package smtptest

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// session is one client's conversation; the server calls it from one goroutine.
type session struct {
	s    *Server
	tls  bool
	user string
	mail Mail
}

func (s *Server) session(c *smtp.Conn) (smtp.Session, error) {
	_, upgraded := c.TLSConnectionState()
	return &session{s: s, tls: s.implicit || upgraded}, nil
}

func (x *session) Reset()        { x.mail = Mail{} }
func (x *session) Logout() error { return nil }

func (x *session) Mail(from string, _ *smtp.MailOptions) error {
	if len(x.s.accounts) > 0 && x.user == "" {
		return Refusal(530, [3]int{5, 7, 0}, "authentication required")
	}
	x.mail = Mail{From: from, TLS: x.tls, User: x.user}
	return x.s.judge(MailFrom, from)
}

func (x *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := x.s.judge(RcptTo, to); err != nil {
		return err
	}
	x.mail.To = append(x.mail.To, to)
	return nil
}

func (x *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := x.s.judge(Dot, string(raw)); err != nil {
		return err
	}
	x.mail.Raw, x.mail.At = raw, time.Now()
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	x.s.mails = append(x.s.mails, x.mail)
	return nil
}

func (x *session) AuthMechanisms() []string { return x.s.mechs }

func (x *session) Auth(mech string) (sasl.Server, error) {
	if !slices.Contains(x.s.mechs, mech) {
		return nil, smtp.ErrAuthUnknownMechanism
	}
	switch mech {
	case "PLAIN":
		return sasl.NewPlainServer(func(_, user, password string) error { return x.signIn(user, password) }), nil
	case "LOGIN":
		return &login{x: x}, nil
	case "CRAM-MD5":
		return &cram{x: x}, nil
	case "SCRAM-SHA-1":
		return &scram{x: x, hash: sha1.New}, nil
	case "SCRAM-SHA-256":
		return &scram{x: x, hash: sha256.New}, nil
	case "XOAUTH2":
		return &xoauth2{x: x}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

func (x *session) signIn(user, password string) error {
	want, ok := x.s.accounts[user]
	if !ok || subtle.ConstantTimeCompare([]byte(want), []byte(password)) != 1 {
		return smtp.ErrAuthFailed
	}
	x.user = user
	return nil
}

// login asks for the user and then for the password.
type login struct {
	x    *session
	user []byte
}

func (l *login) Next(response []byte) (challenge []byte, done bool, err error) {
	switch {
	case response == nil:
		return []byte("Username:"), false, nil
	case l.user == nil:
		l.user = response
		return []byte("Password:"), false, nil
	}
	return nil, true, l.x.signIn(string(l.user), string(response))
}

// cram is RFC 2195: the user, and the challenge signed with the password.
type cram struct{ x *session }

func (c *cram) Next(response []byte) (challenge []byte, done bool, err error) {
	const nonce = "<1896.697170952@mail.example.org>"
	if response == nil {
		return []byte(nonce), false, nil
	}
	user, digest, _ := strings.Cut(string(response), " ")
	password, ok := c.x.s.accounts[user]
	mac := hmac.New(md5.New, []byte(password))
	mac.Write([]byte(nonce))
	if !ok || digest != hex.EncodeToString(mac.Sum(nil)) {
		return nil, true, smtp.ErrAuthFailed
	}
	return nil, true, c.x.signIn(user, password)
}

// xoauth2 is user=U^Aauth=Bearer T^A^A in one response.
type xoauth2 struct{ x *session }

func (o *xoauth2) Next(response []byte) (challenge []byte, done bool, err error) {
	if response == nil {
		return []byte{}, false, nil
	}
	user, rest, _ := strings.Cut(strings.TrimPrefix(string(response), "user="), "\x01")
	token, ok := strings.CutPrefix(strings.TrimRight(rest, "\x01"), "auth=Bearer ")
	if !ok {
		return nil, true, smtp.ErrAuthFailed
	}
	return nil, true, o.x.signIn(user, token)
}
