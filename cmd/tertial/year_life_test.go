package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tertial/internal/tertial"
	"tertial/internal/tools/pgtest"
	"tertial/internal/tools/smtptest"
)

// When the mail of a day goes, by default.
const sendAt = "07:30"

// server is a mail server that keeps what it took.
type server interface {
	Addr() string
	Mails() []smtptest.Mail
}

// life is an instance of the program through a year: its database, its people and its mail server.
type life struct {
	*desk
	year   year
	server server
	// ran are the runs in order, and how many mails the server had after each.
	ran []pass
}

// pass is one run of the jobs.
type pass struct {
	day   tertial.Date
	mails int
}

// newLife starts an instance on a database, with a server that behaves as options say.
func newLife(t *testing.T, y year, database string, options ...smtptest.Option) *life {
	t.Helper()
	return lifeWith(t, y, database, smtptest.New(t, options...))
}

func lifeWith(t *testing.T, y year, database string, s server) *life {
	t.Helper()
	host, port, err := net.SplitHostPort(s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	env := []string{"TERTIAL_DATABASE=" + database, "TERTIAL_MAIL_SMTP_HOST=" + host, "TERTIAL_MAIL_SMTP_PORT=" + port,
		"TERTIAL_MAIL_SMTP_TLS=none", "TERTIAL_MAIL_FROM=tertial@stad.example", "TERTIAL_CONFIG=" + y.write(t, folder, "tertial.yaml", y.config)}
	return &life{desk: &desk{t, env}, year: y, server: s}
}

// write puts a file into a folder and returns its path.
func (y *year) write(t testing.TB, folder, name, content string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// onBoth runs a test on SQLite and on PostgreSQL, side by side.
func onBoth(t *testing.T, name string, test func(t *testing.T, database string)) {
	t.Helper()
	t.Run(name+" on SQLite", func(t *testing.T) {
		t.Parallel()
		test(t, filepath.Join(t.TempDir(), "tertial.db"))
	})
	t.Run(name+" on PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, pgtest.URL(t))
	})
}

// settle takes the analysis and the people in, and answers every open question.
func (x *life) settle() {
	x.t.Helper()
	y := x.year
	x.types("import %s --plan-year %d --as-of %s --apply", strconv.Quote(y.analysis), y.planYear, y.imported)
	people := y.people(x)
	x.types("person import %s --as-of %s", strconv.Quote(y.write(x.t, x.t.TempDir(), "people.csv", people)), y.imported)
	for _, line := range y.answers {
		x.types("%s --as-of %s", line, y.imported)
	}
	var open struct{ Actions []tertial.Action }
	x.reads(&open, "action list --review --as-of %s", y.imported)
	for _, a := range open.Actions {
		if slices.Equal(a.Review, []tertial.Question{tertial.RoleUnheld}) {
			continue // which stops nothing
		}
		x.t.Errorf("%s still asks %v: %s", a.Ref, a.Review, a.Timing.Why)
	}
}

// plan is what the program says will go out.
func (x *life) plan(asOf string, from, to tertial.Date) *foretold {
	x.t.Helper()
	var plan foretold
	x.reads(&plan, "plan --as-of %s --from %s --to %s", asOf, from, to)
	if len(plan.Mails) == 0 || len(plan.Other) == 0 {
		x.t.Fatalf("%d mails and %d others are planned", len(plan.Mails), len(plan.Other))
	}
	return &plan
}

// begin runs the jobs when everything has been taken in, as a daemon would at its next tick.
func (x *life) begin() {
	x.t.Helper()
	_, at, _ := strings.Cut(x.year.imported, "T")
	x.run(x.year.first, at)
}

// run runs the jobs of a day at a time, without fault.
func (x *life) run(day tertial.Date, at string) {
	x.t.Helper()
	x.types("run %s --as-of %sT%s", x.year.jobs, day, at)
	x.ran = append(x.ran, pass{day, len(x.server.Mails())})
}

// runs runs the jobs, whatever comes of it.
func (x *life) runs(day tertial.Date, at string) {
	var out, errs bytes.Buffer
	line := "run " + x.year.jobs + " --as-of " + day.String() + "T" + at
	run(context.WithoutCancel(x.t.Context()), split(line), x.env, strings.NewReader(""), &out, &errs)
	x.ran = append(x.ran, pass{day, len(x.server.Mails())})
}

// deliverTheRest sends what the jobs have queued after the last delivery.
func (x *life) deliverTheRest() {
	x.t.Helper()
	last := x.ran[len(x.ran)-1].day
	x.types("run deliver --as-of %sT08:59", last)
	x.ran = append(x.ran, pass{last, len(x.server.Mails())})
}

// messages are all messages as the program lists them, by Message-ID; one without any is a mistake.
func (x *life) messages() map[string]tertial.Message {
	x.t.Helper()
	byID := map[string]tertial.Message{}
	for _, m := range x.list() {
		if m.MessageID == "" || byID[m.MessageID].ID != 0 {
			x.t.Errorf("message %d of %s, %s, has the Message-ID %q", m.ID, m.Day, m.State, m.MessageID)
		}
		byID[m.MessageID] = m
	}
	return byID
}

// list is every message as the program lists them.
func (x *life) list() []tertial.Message {
	x.t.Helper()
	var list struct{ Messages []tertial.Message }
	x.reads(&list, "mail list")
	return list.Messages
}

// received are the mails at the server, each with the day of the run that brought it.
func (x *life) received() []letter {
	x.t.Helper()
	var all []letter
	mails := x.server.Mails()
	for _, p := range x.ran {
		for _, m := range mails[len(all):p.mails] {
			l := opened(x.t, m)
			l.day = p.day
			all = append(all, l)
		}
	}
	if len(all) != len(mails) {
		x.t.Errorf("%d of %d mails came in no run", len(mails)-len(all), len(mails))
	}
	return all
}

// moody is a relay that takes nothing for now while it is refusing.
type moody struct {
	mu       sync.Mutex
	refusing bool
}

func (m *moody) refuse(now bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refusing = now
}

func (m *moody) judge(s *smtptest.Server) {
	smtptest.Judge(func(at smtptest.Phase, _ string) error {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.refusing && at == smtptest.RcptTo {
			return smtptest.Refusal(451, [3]int{4, 7, 1}, "try again later")
		}
		return nil
	})(s)
}
