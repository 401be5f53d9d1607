package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"tertial/internal/calendar"
	"tertial/internal/config"
	"tertial/internal/policy"
	"tertial/internal/store"
	"tertial/internal/tertial"
	"tertial/internal/timing"
)

// settings are the configuration and what follows from it, without a database.
type settings struct {
	cfg   config.Config
	rules tertial.Rules
	base  *calendar.Wheel // of the configuration
	wheel *calendar.Wheel // with the dates of the database over it, where there is one
	now   time.Time       // what the verb takes for now
	today tertial.Date
}

// house is everything that a verb with a database works with.
type house struct {
	*settings
	store *store.Store
	stamp tertial.Stamp
	log   *slog.Logger
	demo  bool // whoever comes may be anybody

	mu     sync.Mutex // of the daemon's jobs, for these and the wheel
	policy *policy.Policy
	dates  []tertial.WheelDate
}

// configFile is the file named on the command line or in the environment, or the one in this
// folder; "" is none: the defaults count.
func (p *program) configFile() string {
	const usual = "tertial.yaml"
	if p.ConfigFile != "" {
		return p.ConfigFile
	}
	if named := p.getenv("TERTIAL_CONFIG"); named != "" {
		return named
	}
	if info, err := os.Stat(usual); err == nil && info.Mode().IsRegular() {
		return usual
	}
	return ""
}

// getenv returns the value of the variable in the program's environment, "" where it is not set.
func (p *program) getenv(name string) string {
	value := ""
	for _, kv := range p.env {
		if v, ok := strings.CutPrefix(kv, name+"="); ok {
			value = v // the last one counts, as it does for a shell
		}
	}
	return value
}

// namesConfig reports whether a variable is the one that is not a key of the configuration.
func namesConfig(kv string) bool { return strings.HasPrefix(kv, "TERTIAL_CONFIG=") }

// settings reads the configuration.
func (p *program) settings(a asOf) (*settings, error) {
	cfg, err := config.Load(p.configFile(), slices.DeleteFunc(slices.Clone(p.env), namesConfig))
	if err != nil {
		return nil, err
	}
	return p.settle(cfg, a)
}

// settle derives from cfg what the verbs need.
func (p *program) settle(cfg config.Config, a asOf) (*settings, error) {
	wheel, err := cfg.Wheel()
	if err != nil {
		return nil, err
	}
	s := &settings{cfg: cfg, rules: cfg.Rules(), base: wheel, wheel: wheel}
	s.now = a.now(p, s.rules.Zone)
	s.today = s.rules.Today(s.now)
	return s, nil
}

// house opens the database, brings the schema up and hands everything to work.
func (p *program) house(ctx context.Context, a asOf, work func(*house) error) error {
	s, err := p.settings(a)
	if err != nil {
		return err
	}
	h, err := p.open(ctx, s)
	if err != nil {
		return err
	}
	defer h.store.Close()
	return work(h)
}

// open opens the database of s and reconciles it with the configuration.
func (p *program) open(ctx context.Context, s *settings) (*house, error) {
	o := store.Options{
		Database: s.cfg.Database, Migrate: s.cfg.Migrate != "manual", Zone: s.rules.Zone, Coordinator: s.rules.Coordinator,
		Management: tertial.RoleKey(s.cfg.Digest.Role), Auditor: tertial.RoleKey(s.cfg.Access.Auditor),
	}
	if _, domain, ok := strings.Cut(s.cfg.Coordinator.Email, "@"); ok {
		o.Domains = []string{domain}
	}
	st, err := store.Open(ctx, o)
	if err != nil {
		return nil, unopened(err)
	}
	h := &house{settings: s, store: st, log: p.logger(&s.cfg)}
	h.stamp = s.rules.Stamp("cli", p.name, s.now)
	if err := h.reconcile(ctx); err != nil {
		st.Close()
		return nil, err
	}
	return h, nil
}

// unopened is why a database did not open; a file that cannot be made or read is one that cannot be reached.
func unopened(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return &failure{code: exitUnavailable, err: fmt.Errorf("the database %q cannot be opened: %w", cut(path.Path, 80), path.Err),
			hint: "see database in the configuration"}
	}
	return err
}

// reconcile lays the dates of the database over the wheel, and has every action looked at again
// where the configuration has changed what is owed.
func (h *house) reconcile(ctx context.Context) error {
	h.policy = policy.New(h.rules, h.wheel)
	if _, _, err := h.current(ctx); err != nil {
		return err
	}
	changed, err := h.store.Reconcile(ctx, h.stamp, h.cfg.Fingerprint(), h.wheelDates(), h.retime)
	if err == nil && changed {
		_, _, err = h.current(ctx)
	}
	return err
}

// wheelDates are the dates of the wheel that the database keeps, to see when one has moved: those of
// last year up to three years on.
func (h *house) wheelDates() []tertial.WheelDate {
	var dates []tertial.WheelDate
	for year := h.today.Year() - 1; year <= h.today.Year()+3; year++ {
		for _, o := range h.wheel.In(year) {
			dates = append(dates, tertial.WheelDate{Key: o.Key, Year: o.Year, Date: o.Date})
		}
	}
	return dates
}

// retime reads the action's phrase again, by the wheel as it is now.
func (h *house) retime(a *tertial.Action) error {
	a.Retime(timing.Parse(a.Timing.Text, a.PlanYear, a.Dated, h.wheel), h.today)
	return nil
}

// logger writes to standard error with the level and in the format of the configuration.
func (p *program) logger(cfg *config.Config) *slog.Logger {
	level := slog.LevelInfo
	_ = level.UnmarshalText([]byte(cfg.Log.Level)) // the configuration has been validated
	o := &slog.HandlerOptions{Level: level}
	if cfg.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(p.err, o))
	}
	return slog.New(slog.NewTextHandler(p.err, o))
}

// confirmed asks the person at the terminal, unless --yes answers for them.
func (p *program) confirmed(question string) error {
	if p.Yes {
		return nil
	}
	fmt.Fprintf(p.err, "%s [y/N] ", question)
	var answer string
	if _, err := fmt.Fscanln(p.in, &answer); err != nil || !strings.HasPrefix(strings.ToLower(answer), "y") {
		return fmt.Errorf("%w: nothing was changed; --yes answers beforehand", tertial.ErrRefused)
	}
	return nil
}
