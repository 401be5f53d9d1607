package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"tertial/internal/store"
	"tertial/templates"
)

// doctorVerb examines an instance. It changes nothing and sends nothing.
type doctorVerb struct{ asOf }

func (doctorVerb) forms() []format { return []format{asJSON} }

// finding is what one examination came to.
type finding struct {
	Check string `json:"check"`
	State string `json:"state"` // ok, warning, fault
	Says  string `json:"says"`
	Do    string `json:"do"` // "" where nothing is to be done
}

// The states of a finding.
const (
	isWell  = "ok"
	isWorry = "warning"
	isFault = "fault"
)

// examination gathers findings; one that fails does not keep the others from being made.
type examination struct{ findings []finding }

func (x *examination) add(check, state, do, format string, args ...any) {
	x.findings = append(x.findings, finding{Check: check, State: state, Says: fmt.Sprintf(format, args...), Do: do})
}

// Run examines everything and fails if anything is at fault.
func (v *doctorVerb) Run(ctx context.Context, p *program) error {
	s, err := p.settings(v.asOf)
	if err != nil {
		return err // a configuration that cannot be read tells all that is wrong with it itself
	}
	x := &examination{}
	x.configuration(s)
	x.relay(ctx, s)
	x.database(ctx, p, s)
	return x.tell(p)
}

func (x *examination) configuration(s *settings) {
	warnings := s.cfg.Warnings()
	for _, w := range warnings {
		x.add("configuration", isWorry, "", "%s", w)
	}
	if len(warnings) == 0 {
		x.add("configuration", isWell, "", "in order")
	}
	if err := s.cfg.CheckSecret(); err != nil {
		x.add("secret", isWorry, "name secret_file: without it there are no pages and no answer links", "%s", unlabelled(err))
	} else {
		x.add("secret", isWell, "", "can be read, or made")
	}
	if _, err := templates.Load(s.cfg.Templates); err != nil {
		x.add("templates", isFault, "correct the file", "%s", err)
	} else {
		x.add("templates", isWell, "", "all can be used")
	}
	if s.cfg.BaseURL == "" && s.cfg.Mail.SMTP.Host != "" {
		x.add("base_url", isWorry, "set base_url", "mails have no answer links, since nobody has said where the pages are")
	}
}

// relayWithin is how long the relay may take to let us in.
const relayWithin = 20 * time.Second

// relay signs in to the relay and leaves again.
func (x *examination) relay(ctx context.Context, s *settings) {
	if s.cfg.Mail.SMTP.Host == "" {
		x.add("relay", isWorry, "set mail.smtp.host when mail is to go", "none is configured: mail is kept here and reaches nobody")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, relayWithin)
	defer cancel()
	line, o := (&relay{&s.cfg}).Dial(ctx)
	if line == nil {
		x.add("relay", isFault, "see mail.smtp; what waits goes as soon as it answers", "it failed at %s: %s", o.Phase, o.Reply)
		return
	}
	line.Close()
	x.add("relay", isWell, "", "lets us in")
}

// database opens the database as it is, and looks at what it says of itself and of the work.
func (x *examination) database(ctx context.Context, p *program, s *settings) {
	if !store.IsPostgres(s.cfg.Database) {
		if _, err := os.Stat(s.cfg.Database); errors.Is(err, fs.ErrNotExist) {
			x.add("database", isFault, "start the daemon or import an analysis, and it is made", "there is none yet")
			return
		}
		x.room(s.cfg.Database)
	}
	st, err := store.Open(ctx, store.Options{Database: s.cfg.Database, Zone: s.rules.Zone, Coordinator: s.rules.Coordinator})
	if err != nil {
		x.add("database", isFault, "see database in the configuration, and tertial migrate status", "%s", unlabelled(unopened(err)))
		return
	}
	defer st.Close()
	x.add("database", isWell, "", "%s, can be reached, and has the schema of this program", st.Dialect())
	h := &house{settings: s, store: st, log: p.logger(&s.cfg)}
	for _, examine := range []func(context.Context, *house) error{x.clock, x.log, x.mail, x.daemon, x.coordinator} {
		if err := examine(ctx, h); err != nil {
			x.add("database", isFault, "", "%s", unlabelled(err))
		}
	}
}

// leastRoom is how much of a disk should be free, in bytes.
const leastRoom = 1 << 30

func (x *examination) room(database string) {
	var fsys syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(database), &fsys); err != nil {
		return // where the system does not say, nobody can
	}
	free := fsys.Bavail * uint64(fsys.Bsize)
	if free < leastRoom {
		x.add("disk", isWorry, "make room", "%d MiB are left where the database lies", free>>20)
		return
	}
	x.add("disk", isWell, "", "%d MiB are left", free>>20)
}

// clockApart is how far the clocks of this computer and the database may be apart.
const clockApart = 2 * time.Second

func (x *examination) clock(ctx context.Context, h *house) error {
	theirs, err := h.store.Now(ctx)
	if err != nil {
		return err
	}
	if apart := time.Since(theirs).Abs(); apart > clockApart {
		x.add("clock", isWorry, "have both keep time by NTP", "this computer and the database are %v apart", apart.Round(time.Second))
		return nil
	}
	x.add("clock", isWell, "", "as the database's")
	return nil
}

func (x *examination) log(ctx context.Context, h *house) error {
	n, bad, err := h.store.VerifyLog(ctx)
	if err != nil {
		return err
	}
	if bad != 0 {
		x.add("log", isFault, "compare the database with a backup", "entry %d does not follow from the one before: it was changed outside this program", bad)
		return nil
	}
	x.add("log", isWell, "", "whole, %d entries", n)
	return nil
}

func (x *examination) mail(ctx context.Context, h *house) error {
	if err := h.prepare(ctx); err != nil {
		return err
	}
	reason, held, err := h.store.Held(ctx)
	if err != nil {
		return err
	}
	if held {
		x.add("mail", isFault, "tertial mail queue shows what waits, tertial mail release lets it go", "held: %s", reason)
		return nil
	}
	due, err := h.oldestDue(ctx, h.now)
	if err != nil {
		return err
	}
	if late := h.now.Sub(due); !due.IsZero() && late > overdueMail {
		x.add("mail", isFault, "tertial mail queue shows why", "a message has been due for %v", late.Round(time.Minute))
		return nil
	}
	x.add("mail", isWell, "", "nothing is late")
	return nil
}

// prepare reads what the house's rules need of the database, and changes nothing.
func (h *house) prepare(ctx context.Context) error {
	_, _, err := h.current(ctx)
	return err
}

func (x *examination) daemon(ctx context.Context, h *house) error {
	runs, err := h.store.LastRuns(ctx)
	if err != nil {
		return err
	}
	var last time.Time
	for _, r := range runs {
		if r.Ended.After(last) {
			last = r.Ended
		}
		if r.Error != "" {
			x.add("job "+r.Job, isWorry, "see the daemon's log", "failed on %s: %s", r.Ended.In(h.rules.Zone).Format(time.DateTime), r.Error)
		}
	}
	if last.IsZero() {
		x.add("daemon", isWorry, "tertial serve", "no job has ever run here")
		return nil
	}
	x.add("daemon", isWell, "", "a job last had something to do on %s", last.In(h.rules.Zone).Format(time.DateTime))
	return nil
}

func (x *examination) coordinator(ctx context.Context, h *house) error {
	register, ids, err := h.store.Register(ctx, []string{h.rules.Coordinator})
	if err != nil {
		return err
	}
	holders := 0
	for _, id := range ids {
		holders += len(register.Holders(id, h.today))
	}
	switch {
	case holders > 0:
		x.add("coordinator", isWell, "", "somebody holds the role %s", h.cfg.Coordinator.Role)
	case h.cfg.Coordinator.Email != "":
		x.add("coordinator", isWorry, "give somebody the role", "nobody holds the role %s; mail goes to coordinator.email", h.cfg.Coordinator.Role)
	default:
		x.add("coordinator", isFault, "tertial person add, or set coordinator.email", "nobody holds the role %s: what nobody else is told waits", h.cfg.Coordinator.Role)
	}
	return nil
}

// tell prints the findings; one at fault makes the verb fail.
func (x *examination) tell(p *program) error {
	faults := 0
	for _, f := range x.findings {
		if f.State == isFault {
			faults++
		}
	}
	if p.Output == asJSON {
		if err := p.json(map[string]any{"healthy": faults == 0, "findings": x.findings}); err != nil {
			return err
		}
	} else {
		for _, f := range x.findings {
			line := padded(f.State, 8) + " " + padded(f.Check, 14) + " " + oneLine(f.Says)
			if f.Do != "" {
				line += "; " + f.Do
			}
			p.printf("%s\n", line)
		}
	}
	if faults > 0 {
		return &failure{code: exitFailed, err: fmt.Errorf("%s", plural(faults, "fault")), hint: "each says what to do"}
	}
	return nil
}
