package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"tertial/internal/config"
	"tertial/internal/gap"
	"tertial/internal/store"
	"tertial/internal/tertial"
	"tertial/templates"
)

// demoVerb shows what the program does, on a throw-away instance.
type demoVerb struct {
	Listen string `default:"127.0.0.1:8383" placeholder:"ADDRESS" help:"Where the daemon answers (default: ${default})."`
	Dir    string `placeholder:"DIR" help:"Keep the instance in this folder, which must be empty or new."`
}

func (demoVerb) forms() []format { return []format{asJSON} }

// Run makes the instance, shows a year's plan and the first mail, and then runs the daemon until it is stopped.
func (v *demoVerb) Run(ctx context.Context, p *program) error {
	dir, remove, err := v.folder()
	if err != nil {
		return err
	}
	defer remove()
	file := filepath.Join(dir, "tertial.yaml")
	if err := os.WriteFile(file, []byte(v.configuration(dir)), 0o600); err != nil {
		return unwritable(dir, err)
	}
	cfg, err := config.Load(file, nil) // the environment is that of another instance
	if err != nil {
		return err
	}
	h, err := v.instance(ctx, p, cfg)
	if err != nil {
		return err
	}
	defer h.store.Close()
	if err := v.show(ctx, p, h, file); err != nil {
		return err
	}
	if err := p.flush(); err != nil {
		return err
	}
	h.demo = true
	return h.serve(ctx, p, rehearsal(h.now, p.clock))
}

// folder is where the instance lives, and how it goes away again.
func (v *demoVerb) folder() (dir string, remove func(), err error) {
	if v.Dir == "" {
		dir, err = os.MkdirTemp("", "tertial-demo-")
		if err != nil {
			return "", nil, unwritable(os.TempDir(), err)
		}
		return dir, func() { _ = os.RemoveAll(dir) }, nil
	}
	if dir, err = filepath.Abs(v.Dir); err != nil {
		return "", nil, unwritable(v.Dir, err)
	}
	switch there, err := os.ReadDir(dir); {
	case err == nil && len(there) > 0:
		return "", nil, fmt.Errorf("%w: %q is not empty; name a new folder", tertial.ErrRefused, cut(v.Dir, 80))
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", nil, unwritable(v.Dir, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, unwritable(v.Dir, err)
	}
	return dir, func() {}, nil
}

func unwritable(dir string, err error) error {
	return &failure{code: exitFailed, err: fmt.Errorf("%q cannot be written: %w", cut(dir, 80), systemCause(err)), hint: "name another folder with --dir"}
}

// configuration is that of an organisation which has settled the dates of its annual wheel and has
// no mail server yet.
func (v *demoVerb) configuration(dir string) string {
	return fmt.Sprintf(`# A demonstration: no mail leaves this computer.
database: %q
listen: %q
organisation: Stadens exempelförvaltning
coordinator:
  role: ISAM
digest:
  role: Ledningen
wheel: # each date as built in, and no longer assumed
  - key: T1
  - key: T2
  - key: VB
  - key: VP
  - key: VOR
  - key: RSA
  - key: LG
  - key: LTA
`, filepath.Join(dir, "tertial.db"), v.Listen)
}

// instance imports the sample and lives through the morning on which its first mails go.
func (v *demoVerb) instance(ctx context.Context, p *program, cfg config.Config) (*house, error) {
	s, err := p.settle(cfg, asOf{})
	if err != nil {
		return nil, err
	}
	morning := s.lastMorning()
	s.at(s.rules.SendTime(s.workdayBefore(morning)).Add(8 * time.Hour)) // imported the afternoon before
	h, err := p.open(ctx, s)
	if err != nil {
		return nil, err
	}
	if err := h.sample(ctx); err != nil {
		h.store.Close()
		return nil, err
	}
	h.at(h.rules.SendTime(morning))
	h.stamp = h.rules.Stamp("demo", p.name, h.now)
	b := h.bench()
	defer b.close()
	for _, name := range jobNames() {
		if _, err := (job{b, name}).Run(ctx, h.now); err != nil {
			h.store.Close()
			return nil, err
		}
	}
	return h, nil
}

// at sets the clock of the settings.
func (s *settings) at(now time.Time) {
	s.now = now
	s.today = s.rules.Today(now)
}

// lastMorning is the last workday on which mail has gone.
func (s *settings) lastMorning() tertial.Date {
	day := s.today
	if s.now.Before(s.rules.SendTime(day)) {
		day = day.AddDays(-1)
	}
	return s.wheel.Calendar().Last(day)
}

func (s *settings) workdayBefore(d tertial.Date) tertial.Date {
	return s.wheel.Calendar().Last(d.AddDays(-1))
}

// sample stores the sample analysis, with the coming year as its plan year, and its people.
func (h *house) sample(ctx context.Context) error {
	text, err := fs.ReadFile(templates.Sample(), "gapanalys.txt")
	if err != nil {
		return err
	}
	people, err := fs.ReadFile(templates.Sample(), "people.csv")
	if err != nil {
		return err
	}
	h.stamp.By = "import"
	preview, err := gap.Read(text, gap.Options{
		Source: "gapanalys.txt", Format: "auto", PlanYear: h.today.Year() + 1, Dated: h.today, AsOf: h.today, Wheel: h.wheel,
	})
	if err != nil {
		return err
	}
	if _, err := h.store.ApplyImport(ctx, h.stamp, preview); err != nil {
		return err
	}
	persons, _, err := gap.ReadPeople(people, "people.csv")
	if err != nil {
		return err
	}
	_, _, err = h.store.SavePeople(ctx, h.stamp, persons)
	return err
}

// show prints what there is to see: the actions, a year's plan, one mail, and where to look further.
func (v *demoVerb) show(ctx context.Context, p *program, h *house, file string) error {
	plan, err := h.plan(ctx, p, h.today, h.today.AddMonths(12))
	if err != nil {
		return err
	}
	if p.Output == asJSON {
		return plan.json(p)
	}
	p.printf("A gap analysis was imported the afternoon before. It is %s, 07:30, and the first mails have been made.\n", dayShown(h.today))
	if err := v.showActions(ctx, p, h); err != nil {
		return err
	}
	p.printf("\nTHE COMING TWELVE MONTHS\n\n")
	plan.printMonths(p)
	if err := v.showMail(ctx, p, h); err != nil {
		return err
	}
	p.printf("\nLOOK FURTHER, in another terminal\n\n")
	for _, verb := range []string{"plan", "action list", "action list --review", "mail list", "mail show 1", "wheel show", "log"} {
		p.printf("    %s -c %s %s\n", invocation(), file, verb)
	}
	p.printf("\nThe daemon now runs as of that morning. No mail leaves this computer. Ctrl-C ends it.\n\n")
	p.printf("OPEN  %s/demo\n\n", h.site())
	return nil
}

// invocation is how a person at this computer calls the program.
func invocation() string {
	if _, err := exec.LookPath("tertial"); err != nil {
		return "go run ./cmd/tertial"
	}
	return "tertial"
}

func (v *demoVerb) showActions(ctx context.Context, p *program, h *house) error {
	p.printf("\nTHE ACTIONS\n\n")
	review := 0
	var actions []tertial.Action
	for a, err := range h.store.Actions(ctx, store.Filter{}) {
		if err != nil {
			return err
		}
		if standing(&a) == "in review" {
			review++
		}
		actions = append(actions, a)
	}
	p.printActions(actions)
	if review > 0 {
		p.printf("\n%s in review: a person has to answer a question before anybody is told.\n", plural(review, "action"))
	}
	return nil
}

// showMail prints the first mail of the morning.
func (v *demoVerb) showMail(ctx context.Context, p *program, h *house) error {
	for m, err := range h.store.Messages(ctx, store.MessageFilter{States: []tertial.MessageState{tertial.MessageCaptured}}) {
		if err != nil {
			return err
		}
		if m.Kind != tertial.Reminder {
			continue
		}
		p.printf("\nONE OF THIS MORNING'S MAILS (captured: no mail server is configured)\n\n")
		return p.showMail(ctx, h, &m)
	}
	return nil
}

// printMonths prints the plan month by month: the first mails of each, and how many there are.
func (plan *mailPlan) printMonths(p *program) {
	const shown = 3
	for i := 0; i < len(plan.Mails); {
		month := plan.Mails[i].Date.EndOfMonth()
		first, items := i, 0
		for ; i < len(plan.Mails) && plan.Mails[i].Date.EndOfMonth() == month; i++ {
			items += len(plan.Mails[i].Items)
		}
		p.printf("%s: %s, %s\n", month.String()[:7], plural(i-first, "mail"), plural(items, "row"))
		for _, m := range plan.Mails[first:min(i, first+shown)] {
			p.printf("    %s  %s  %s\n", dayShown(m.Date), padded(cut(m.To, 32), 32), summed(m.Items))
		}
		if more := i - first - shown; more > 0 {
			p.printf("    … and %d more\n", more)
		}
	}
	p.printf("and %s besides\n", others(plan.Other))
}

// summed counts the rows of a mail by their kind: "1 due, 2 upcoming".
func summed(items []plannedRow) string {
	var parts []string
	for i := 0; i < len(items); {
		kind, n := items[i].Kind, 0
		for ; i < len(items) && items[i].Kind == kind; i++ {
			n++
		}
		parts = append(parts, fmt.Sprintf("%d %s", n, kind))
	}
	return strings.Join(parts, ", ")
}

func others(list []plannedOther) string {
	digests := 0
	for _, o := range list {
		if o.Kind == tertial.DigestMail {
			digests++
		}
	}
	summaries := len(list) - digests
	text := plural(digests, "digest") + " and " + fmt.Sprint(summaries) + " weekly summaries"
	if summaries == 1 {
		return strings.TrimSuffix(text, "ies") + "y"
	}
	return text
}
