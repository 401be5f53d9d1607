package main

import (
	"context"
	"errors"
	"os"
	"strings"

	"tertial/internal/config"
	"tertial/internal/mail"
	"tertial/internal/tertial"
	"tertial/jobs"
	"tertial/templates"
)

// checkSecret reads the relay's password before anything is sent, where there is a relay to sign in to, and the secret
// that signs bounces: one that cannot be read is found out now, and not by the first mail.
func (s *settings) checkSecret() error {
	if s.cfg.Mail.SMTP.Host == "" {
		return nil
	}
	if _, err := s.cfg.SMTPPassword(); err != nil {
		return err
	}
	if s.cfg.Mail.BounceTo == "" {
		return nil
	}
	return s.cfg.CheckSecret()
}

// bounces signs the senders of mails and knows them again. The configuration must say where bounces go.
func (s *settings) bounces() (*mail.Bounces, error) {
	key, err := s.cfg.Secret()
	if err != nil {
		return nil, err
	}
	return mail.NewBounces(s.cfg.Mail.BounceTo, key)
}

// renderer makes mails as this instance sends them.
func (h *house) renderer(ctx context.Context) (*mail.Renderer, error) {
	sign, err := h.signer()
	if err != nil {
		return nil, err
	}
	if h.cfg.Mail.BounceTo == "" {
		return h.writer(ctx, sign, nil)
	}
	signed, err := h.bounces()
	if err != nil {
		return nil, err
	}
	return h.writer(ctx, sign, signed)
}

// viewer makes mails that are only looked at: nobody needs the secret for it, and none is made.
func (h *house) viewer(ctx context.Context) (*mail.Renderer, error) {
	if _, err := os.Stat(h.cfg.KeyFile()); err != nil {
		return h.writer(ctx, nil, nil)
	}
	sign, err := h.signer()
	if err != nil {
		sign = nil
	}
	return h.writer(ctx, sign, nil)
}

// signer makes the secrets of the links in mails; nil where mails have none: nobody has said where the pages are, or
// which file has the secret that all replicas share.
func (s *settings) signer() (*tertial.Signer, error) {
	if s.answerable() == "" || s.cfg.KeyFile() == "" {
		return nil, nil
	}
	secret, err := s.cfg.Secret()
	if err != nil {
		return nil, err
	}
	return tertial.NewSigner(secret), nil
}

// writer makes mails as this instance writes them.
func (h *house) writer(ctx context.Context, sign *tertial.Signer, bounces *mail.Bounces) (*mail.Renderer, error) {
	set, err := templates.Load(h.cfg.Templates)
	if err != nil {
		return nil, &failure{code: exitConfig, err: err}
	}
	instance, err := h.store.Instance(ctx)
	if err != nil {
		return nil, err
	}
	o := mail.Options{
		From: h.cfg.Mail.From, ReplyTo: h.cfg.Mail.ReplyTo, Detail: h.cfg.Mail.Detail, RedirectTo: h.cfg.Mail.RedirectTo,
		Organisation: h.cfg.Organisation, Language: h.cfg.Language, BaseURL: h.answerable(), Signer: sign, Zone: h.rules.Zone,
		Coordinator: h.cfg.Coordinator.Role, Instance: instance, Bounces: bounces,
	}
	if o.Version, err = mail.Fingerprint(set, o); err != nil {
		return nil, err
	}
	return mail.NewRenderer(set, o)
}

// letters hands the renderer's mails to the jobs.
type letters struct{ *mail.Renderer }

// Render makes a message a letter.
func (l letters) Render(m *tertial.Message) (jobs.Letter, error) {
	r, err := l.Renderer.Render(m)
	if err != nil {
		return jobs.Letter{}, err
	}
	return jobs.Letter{Subject: r.Subject, MessageID: r.MessageID, From: r.EnvelopeFrom, To: r.EnvelopeTo, Raw: r.Raw}, nil
}

// relay is the mail server of the configuration.
type relay struct{ cfg *config.Config }

// Dial opens a line. The password is read anew each time, since tokens change.
func (r *relay) Dial(ctx context.Context) (jobs.Line, tertial.Outcome) {
	sender, err := r.sender()
	if err != nil {
		return nil, tertial.Outcome{Verdict: tertial.RelayDown, Phase: tertial.PhaseAuth, Reply: err.Error()}
	}
	conn, err := sender.Dial(ctx)
	if err == nil {
		return line{conn, r.cfg.Mail.RedirectTo != ""}, tertial.Outcome{}
	}
	o := tertial.Outcome{Verdict: tertial.RelayDown, Phase: tertial.PhaseDial, Reply: err.Error()}
	if f := (*mail.Failure)(nil); errors.As(err, &f) {
		o.Verdict, o.Phase, o.Code, o.Enhanced, o.Reply = f.Verdict, f.Phase, f.Code, f.Enhanced, f.Reply
	}
	return nil, o
}

func (r *relay) sender() (*mail.Sender, error) {
	password, err := r.cfg.SMTPPassword()
	if err != nil {
		return nil, err
	}
	s := r.cfg.Mail.SMTP
	return mail.NewSender(mail.SMTP{Host: s.Host, Port: s.Port, TLS: s.TLS, Username: s.Username, Password: password, Auth: s.Auth})
}

// line is a connection to the relay.
type line struct {
	*mail.Conn
	redirected bool
}

// Send sends one letter.
func (l line) Send(ctx context.Context, x jobs.Letter, beforeDot func(context.Context) error) tertial.Outcome {
	r := l.Conn.Send(ctx, x.From, x.To, x.Raw, beforeDot)
	if l.redirected && strings.HasPrefix(r.Enhanced, "5.1.") {
		r.Enhanced = "" // it is not the reader's address that is wrong
	}
	return tertial.Outcome{Verdict: r.Verdict, Phase: r.Phase, Code: r.Code, Enhanced: r.Enhanced, Reply: r.Reply, Undotted: r.Undotted, Stale: r.Stale}
}
