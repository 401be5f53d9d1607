package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"tertial/internal/calendar"
	"tertial/internal/gap"
	"tertial/internal/mail"
	"tertial/internal/store"
	"tertial/internal/tertial"
	"tertial/internal/web"
	"tertial/templates"
)

// pageHouse is the house as the pages see it: the store, and what takes more than the store. Its clock runs.
type pageHouse struct {
	*store.Store
	h     *house
	clock func() time.Time
	mails *mail.Renderer
}

var _ web.House = (*pageHouse)(nil)

// pages puts the pages together. Without a secret there are none: nobody could be let in.
func (h *house) pages(ctx context.Context, clock func() time.Time) (http.Handler, error) {
	secret, err := h.cfg.Secret()
	if err != nil {
		return nil, err
	}
	set, err := templates.LoadWeb(h.cfg.Templates)
	if err != nil {
		return nil, &failure{code: exitConfig, err: err}
	}
	clientSecret, err := h.cfg.ClientSecret()
	if err != nil {
		return nil, err
	}
	mails, err := h.viewer(ctx)
	if err != nil {
		return nil, err
	}
	oidc := h.cfg.Access.OIDC
	return web.New(web.Options{
		House: &pageHouse{h.store, h, clock, mails}, Templates: set, Rules: h.rules, Clock: clock, Signer: tertial.NewSigner(secret),
		BaseURL: h.site(), Organisation: h.cfg.Organisation, Version: thisBuild().Version,
		Coordinator: h.cfg.Coordinator.Role, ManagementRole: h.cfg.Digest.Role, AuditorRole: h.cfg.Access.Auditor,
		Log: h.log, TrustedProxies: h.cfg.TrustedProxies(), Demo: h.demo, Insecure: !secure(h.site()),
		OIDC: web.OIDCOptions{Issuer: oidc.Issuer, ClientID: oidc.ClientID, ClientSecret: clientSecret, TrustEmail: oidc.TrustEmail},
	})
}

// site is how browsers reach the pages: as configured, or on this computer alone. It has no slash at its end.
func (s *settings) site() string {
	if s.cfg.BaseURL != "" {
		return s.cfg.BaseURL
	}
	host, port, err := net.SplitHostPort(s.cfg.Listen)
	if err != nil || !loopback(host) {
		return ""
	}
	return "http://" + net.JoinHostPort(host, port)
}

func secure(site string) bool { return len(site) > 8 && site[:8] == "https://" }

// answerable is what links in mails begin with, "" where there are none: an address on this computer serves nobody else, so that
// it is good for mail that is only captured.
func (s *settings) answerable() string {
	if s.cfg.BaseURL == "" && s.cfg.Mail.SMTP.Host != "" {
		return ""
	}
	return s.site()
}

// now is the house at this moment.
func (w *pageHouse) now(ctx context.Context) (*house, error) {
	wheel, rules, err := w.h.current(ctx)
	if err != nil {
		return nil, err
	}
	s := *w.h.settings
	s.wheel = wheel
	s.at(w.clock())
	return &house{settings: &s, store: w.Store, log: w.h.log, policy: rules}, nil
}

// Wheel returns the annual wheel as it now stands.
func (w *pageHouse) Wheel(ctx context.Context) (*calendar.Wheel, error) {
	wheel, _, err := w.h.current(ctx)
	return wheel, err
}

// WheelEffect tells which actions would get another due date.
func (w *pageHouse) WheelEffect(ctx context.Context, key string, year int, to tertial.Date) ([]web.WheelEffect, error) {
	h, err := w.now(ctx)
	if err != nil {
		return nil, err
	}
	if _, ok := h.wheel.Event(key); !ok {
		return nil, errNoEvent(key)
	}
	h.wheel = h.wheel.With(replaced(w.dates(), tertial.WheelDate{Key: key, Year: year, Date: to, Given: true}))
	effects := []web.WheelEffect{}
	for a, err := range w.Actions(ctx, store.Filter{Event: key}) {
		if err != nil {
			return nil, err
		}
		was := a.Timing.Due
		if err := h.retime(&a); err != nil {
			return nil, err
		}
		if a.Timing.Due != was {
			effects = append(effects, web.WheelEffect{Ref: a.Ref, Title: a.Title, From: was, To: a.Timing.Due})
		}
	}
	return effects, nil
}

// dates are those that the database has, as last read.
func (w *pageHouse) dates() []tertial.WheelDate {
	w.h.mu.Lock()
	defer w.h.mu.Unlock()
	return w.h.dates
}

// SetWheelDate gives an event its date in the report's year.
func (w *pageHouse) SetWheelDate(ctx context.Context, stamp tertial.Stamp, key string, year int, to tertial.Date) error {
	h, err := w.now(ctx)
	if err != nil {
		return err
	}
	e, ok := h.wheel.Event(key)
	switch {
	case !ok:
		return errNoEvent(key)
	case !planned(to.Year()) || to.Year() != year+e.YearOffset:
		return fmt.Errorf("%w: date: %s %d must be in %d", tertial.ErrInvalid, e.Key, year, year+e.YearOffset)
	}
	h.stamp = stamp
	_, _, err = h.setWheel(ctx, e, to)
	return err
}

// Rendered returns a message as it goes.
func (w *pageHouse) Rendered(_ context.Context, m *tertial.Message) (web.Rendered, error) {
	show := w.mails.Show
	if w.Captures() { // nobody gets this mail, and whoever tries the program wants to follow its links
		show = w.mails.Render
	}
	r, err := show(m)
	if err != nil {
		return web.Rendered{}, fmt.Errorf("message %d cannot be rendered: %w", m.ID, err)
	}
	return web.Rendered{From: w.h.cfg.Mail.From, To: m.To, Subject: r.Subject, Text: r.Text, HTML: r.HTML, Attachments: r.Attachments}, nil
}

// Plan lists the reminders that are to come.
func (w *pageHouse) Plan(ctx context.Context, from, to tertial.Date) ([]web.PlannedMail, error) {
	h, err := w.now(ctx)
	if err != nil {
		return nil, err
	}
	plan, err := h.plan(ctx, &program{err: io.Discard, clock: w.clock}, from, to)
	if err != nil {
		return nil, err
	}
	mails := make([]web.PlannedMail, len(plan.Mails))
	for i, m := range plan.Mails {
		mails[i] = web.PlannedMail{Date: m.Date, To: m.To}
		for _, x := range m.Items {
			mails[i].Items = append(mails[i].Items, tertial.Item{Ref: x.Ref, Kind: x.Kind, Due: x.Due, Event: x.Event, Late: x.Late, Title: x.title})
		}
	}
	return mails, nil
}

// Captures reports whether mail is kept here, since no server is configured.
func (w *pageHouse) Captures() bool { return w.h.cfg.Mail.SMTP.Host == "" }

// Preview reads a gap analysis.
func (w *pageHouse) Preview(ctx context.Context, content []byte, o gap.Options) (*tertial.Preview, error) {
	wheel, err := w.Wheel(ctx)
	if err != nil {
		return nil, err
	}
	o.Wheel = wheel
	preview, err := gap.Read(content, o)
	if err != nil {
		return nil, err
	}
	normalise(preview)
	return preview, nil
}

// ApplyPreview stores what was read.
func (w *pageHouse) ApplyPreview(ctx context.Context, stamp tertial.Stamp, preview *tertial.Preview) (refs []string, stored bool, err error) {
	if preview.HasErrors() {
		return nil, false, fmt.Errorf("%w: some rows cannot be read, and nothing was stored", tertial.ErrRefused)
	}
	applied, err := w.ApplyImport(ctx, stamp, preview)
	return applied.Refs, applied.Stored, err
}

// everyPage answers browsers, and the probes of who watches.
func (h *house) everyPage(ctx context.Context, p *program, clock func() time.Time, age func() time.Duration) http.Handler {
	mux := http.NewServeMux()
	health := h.healthPages(age)
	mux.Handle("/healthz", health)
	mux.Handle("/readyz", health)
	pages, err := h.pages(ctx, clock)
	if err != nil {
		h.log.Warn("the pages are off", "error", unlabelled(err))
		mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "The pages are off; the log of the daemon says why.", http.StatusServiceUnavailable)
		})
		return mux
	}
	mux.Handle("/", pages)
	if !h.demo {
		h.tellSetUp(ctx, p)
	}
	return mux
}

// tellSetUp prints the link by which the first person is let in, for as long as nobody has been.
func (h *house) tellSetUp(ctx context.Context, p *program) {
	secret, err := h.cfg.Secret()
	if err != nil || h.site() == "" {
		return
	}
	token := tertial.NewSigner(secret).SetUpToken()
	works, err := h.store.SetSetUp(ctx, tertial.HashSecret(token))
	switch {
	case err != nil:
		h.log.Warn("it is not known whether somebody has been let in", "error", unlabelled(err))
	case works:
		p.tell("nobody has signed in yet; who coordinates begins at %s/setup/%s", h.site(), token)
	}
}
