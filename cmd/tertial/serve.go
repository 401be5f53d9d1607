package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"tertial/internal/config"
	"tertial/internal/tertial"
)

// serveVerb is the daemon.
type serveVerb struct {
	AsOf instant `name:"as-of" placeholder:"INSTANT" help:"A rehearsal: the daemon's clock starts here and runs on."`
}

// Run serves until a signal ends it.
func (v *serveVerb) Run(ctx context.Context, p *program) error {
	s, err := p.settings(asOf{v.AsOf})
	if err != nil {
		return err
	}
	if v.AsOf.given() && !harmless(&s.cfg) {
		return fmt.Errorf("%w: a rehearsal must not mail real people; unset mail.smtp.host, set mail.redirect_to, or use a relay on this computer", tertial.ErrRefused)
	}
	if err := s.checkSecret(); err != nil {
		return err
	}
	h, err := p.open(ctx, s)
	if err != nil {
		return err
	}
	defer h.store.Close()
	clock := p.clock
	if v.AsOf.given() {
		clock = rehearsal(s.now, p.clock)
	}
	return h.serve(ctx, p, clock)
}

// harmless reports whether no mail can reach anybody by mistake.
func harmless(cfg *config.Config) bool {
	return cfg.Mail.SMTP.Host == "" || cfg.Mail.RedirectTo != "" || loopback(cfg.Mail.SMTP.Host)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// rehearsal returns a clock that shows start now, and runs on with the real one.
func rehearsal(start time.Time, clock func() time.Time) func() time.Time {
	begun := clock()
	return func() time.Time { return start.Add(clock().Sub(begun)) }
}

// serve runs the jobs by the clock and answers on the network until ctx ends or a signal comes. A second
// signal ends the process at once.
func (h *house) serve(ctx context.Context, p *program, clock func() time.Time) error {
	direct, drained := h.log, *p
	log := newDrain(p.err, func(n int64) { direct.Warn("nobody took lines of the log, and they were dropped", "lines", n) })
	defer log.close()
	drained.err = log
	h.log = drained.logger(&h.cfg)

	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	context.AfterFunc(ctx, stop)

	b := h.bench()
	defer b.close()
	if err := b.takeLine(ctx); err != nil {
		return err
	}
	confine(p.getenv)
	if err := h.store.Warm(ctx); err != nil {
		h.log.Warn("the database is not warm", "error", unlabelled(err)) // the first mail waits a little
	}
	runner, err := b.runner(clock)
	if err != nil {
		return err
	}
	wakes := h.store.Wakes(ctx)
	go func() { // ends with ctx
		for range wakes {
			runner.Wake("remind", "deliver")
		}
	}()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", h.cfg.Listen)
	if err != nil {
		return fmt.Errorf("nothing can listen on %s: %w", h.cfg.Listen, systemCause(err))
	}
	server := newServer(h.everyPage(ctx, &drained, clock, func() time.Duration {
		if runner.Away() {
			return stale // the jobs cannot do their work, whatever can be read
		}
		return p.clock().Sub(runner.Beat())
	}))
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	worked := make(chan error, 1)
	go func() { worked <- runner.Run(ctx) }()
	h.log.Info("serving", "listen", listener.Addr().String(), "database", h.store.Dialect(), "now", clock().In(h.rules.Zone).Format(time.RFC3339))
	notify(daemon.SdNotifyReady)
	watched := watchdog(ctx, func() time.Duration { return p.clock().Sub(runner.Pulse()) })

	var failed error
	select {
	case <-ctx.Done():
	case failed = <-served:
	case failed = <-worked:
		worked <- failed
	}
	notify(daemon.SdNotifyStopping)
	h.log.Info("stopping")
	stop()
	if err := <-worked; failed == nil {
		failed = err
	}
	<-watched
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil && failed == nil {
		failed = err
	}
	if failed != nil && !errors.Is(failed, http.ErrServerClosed) {
		return fmt.Errorf("the daemon ended: %w", failed)
	}
	return nil
}

// systemCause is what the system said, without the call that it said it to.
func systemCause(err error) error {
	if number := syscall.Errno(0); errors.As(err, &number) {
		return number
	}
	return err
}

// notify tells systemd, where it runs us.
func notify(state string) { _, _ = daemon.SdNotify(false, state) }

// watchdog tells systemd that the daemon lives for as long as its ticks go through. The channel is
// closed when it has ended.
func watchdog(ctx context.Context, age func() time.Duration) <-chan struct{} {
	ended := make(chan struct{})
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil || every <= 0 {
		close(ended)
		return ended
	}
	go func() {
		defer close(ended)
		ticker := time.NewTicker(every / 2)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				if age() < stale {
					notify(daemon.SdNotifyWatchdog)
				}
			}
		}
	}()
	return ended
}
