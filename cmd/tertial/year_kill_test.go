package main

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tertial/internal/calendar"
	"tertial/internal/config"
	"tertial/internal/tertial"
	"tertial/internal/tools/smtptest"
)

// A process that is killed at any moment of any day, and started again the same day or the next, tells everybody
// everything that the plan said. What it tells a day later is marked late or has given way to something more urgent;
// only what was killed around its final dot may come twice, and then it is the same mail.
//
// TERTIAL_TEST_KILLS is how many kills to try on each database; TERTIAL_TEST_SEED repeats a run.
func TestKilledOnAnyDayTheYearGoesOn(t *testing.T) {
	if testing.Short() {
		t.Skip("the program is built and killed; not with -short")
	}
	program := built(t)
	kills, seed := number(t, "TERTIAL_TEST_KILLS", 30), number(t, "TERTIAL_TEST_SEED", int(time.Now().UnixNano()&0xffffff))
	onBoth(t, "the sample", func(t *testing.T, database string) {
		t.Logf("TERTIAL_TEST_SEED=%d TERTIAL_TEST_KILLS=%d", seed, kills)
		k := newKiller(t, program, database, rand.New(rand.NewPCG(uint64(seed), 1)))
		k.live(kills)
		k.check()
		k.logIsWhole()
	})
}

// built is the program, as its users run it.
func built(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "tertial")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s is %q, which is no number", variable, text)
	}
	return n
}

// killer lives through a year and kills the program now and then.
type killer struct {
	*life
	program  string
	database string
	stub     *smtptest.Stub
	trap     *trap
	random   *rand.Rand
	cal      *calendar.Calendar
	plan     *foretold
	events   []wheelDay

	// recovered is, for each day on which the program was killed and not started again, the workday on which it was.
	recovered map[tertial.Date]tertial.Date
	open      []tertial.Date // days killed that have not been recovered yet
	doubtful  map[int64]bool // messages that were being sent when the program was killed
	landed    map[string]int // kills by where they came
}

func newKiller(t *testing.T, program, database string, random *rand.Rand) *killer {
	t.Helper()
	snare := &trap{}
	stub := smtptest.Script(t, snare.move)
	defaults := config.Default()
	wheel, err := defaults.Wheel()
	if err != nil {
		t.Fatal(err)
	}
	k := &killer{life: lifeWith(t, sampleYear(t), database, stub), program: program, database: database, stub: stub, trap: snare, random: random,
		cal: wheel.Calendar(), recovered: map[tertial.Date]tertial.Date{}, doubtful: map[int64]bool{}, landed: map[string]int{}}
	k.settle()
	k.plan = k.life.plan(k.year.imported, k.year.first, k.year.last)
	for y := k.year.first.Year(); y <= k.year.last.Year(); y++ {
		var wheel struct{ Events []wheelDay }
		k.reads(&wheel, "wheel show --year %d", y)
		k.events = append(k.events, wheel.Events...)
	}
	return k
}

// wheelDay is a date of the wheel.
type wheelDay struct {
	Key  string
	Date tertial.Date
}

// live goes through the days that have something to tell, and those after a kill.
func (k *killer) live(kills int) {
	k.begin()
	days := k.plan.days()
	early := len(days) - 5 // a kill on the last days would be made good after them
	lethal := map[tertial.Date]bool{}
	for _, i := range k.random.Perm(early)[:min(kills, early)] {
		lethal[days[i]] = true
	}
	for day := k.year.first.AddDays(1); !day.After(k.year.last); day = day.AddDays(1) {
		_, planned := slices.BinarySearchFunc(days, day, tertial.Date.Compare)
		switch {
		case lethal[day] && len(k.open) == 0: // a message that three processes have not survived has failed
			k.killOn(day)
		case planned || len(k.open) > 0:
			k.goOn(day, sendAt)
		}
	}
	k.t.Logf("killed: %v", k.landed)
}

// killOn kills the program on a day, once or twice, and goes on the same day or leaves that to the next.
func (k *killer) killOn(day tertial.Date) {
	next := "07:46"
	if k.kill(day, sendAt) && k.random.IntN(3) == 0 && k.kill(day, next) {
		next = "08:02"
	}
	if k.random.IntN(2) == 0 {
		k.goOn(day, next)
		return
	}
	k.open = append(k.open, day)
}

// goOn runs the jobs on a day, as a daemon that has been started again would.
func (k *killer) goOn(day tertial.Date, at string) {
	k.leasesEnd()
	k.run(day, at)
	if k.cal.IsWorkday(day) {
		for _, killed := range k.open {
			k.recovered[killed] = day
		}
		k.open = nil
	}
}

// leasesEnd lets the half minute pass for which PostgreSQL waits for a worker that does not answer.
func (k *killer) leasesEnd() {
	if !strings.HasPrefix(k.database, "postgres") {
		return
	}
	db, err := sql.Open("postgres", k.database)
	if err != nil {
		k.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(k.t.Context(), `UPDATE messages SET lease_until = 1 WHERE state = 'sending'`); err != nil {
		k.t.Fatal(err)
	}
}

// kill starts the program and kills it somewhere; it reports whether the kill came before it had ended.
func (k *killer) kill(day tertial.Date, at string) bool {
	k.leasesEnd()
	run := exec.Command(k.program, append(strings.Fields("run "+k.year.jobs), "--as-of", day.String()+"T"+at)...)
	run.Env = k.env
	if err := run.Start(); err != nil {
		k.t.Fatal(err)
	}
	ended := make(chan struct{})
	stop := sync.OnceFunc(func() {
		_ = run.Process.Kill() // it may have ended
		<-ended
	})
	where := k.set(stop)
	err := run.Wait()
	close(ended)
	k.trap.release()
	k.noteDoubt()
	k.ran = append(k.ran, pass{day, len(k.stub.Mails())})
	if killed := err != nil && run.ProcessState.ExitCode() == -1; !killed {
		return false
	}
	k.landed[where]++
	return true
}

// set has the process killed after a time, or at a point of the conversation; it returns which.
func (k *killer) set(stop func()) string {
	phases := []smtptest.Phase{smtptest.Banner, smtptest.MailFrom, smtptest.RcptTo, smtptest.Data, smtptest.Dot, smtptest.Dot, smtptest.Rset}
	phase := phases[k.random.IntN(len(phases))]
	nth, slow := 1+k.random.IntN(3), time.Duration(k.random.IntN(4))*time.Millisecond
	soon := time.Duration(k.random.Int64N(int64(60 * time.Millisecond)))
	answered := k.random.IntN(2) == 0
	switch {
	case phase == smtptest.Rset: // which nobody says: by time alone
		k.trap.set("", 0, slow, nil)
		time.AfterFunc(soon, stop)
		return "after a time"
	case phase == smtptest.Dot && answered:
		after := time.Duration(k.random.Int64N(int64(4 * time.Millisecond)))
		k.trap.set(phase, nth, slow, func() smtptest.Move { time.AfterFunc(after, stop); return smtptest.Move{} })
		return "after the answer to the dot"
	case phase == smtptest.Dot && nth == 1: // the server has the mail, and cannot say so
		k.trap.set(phase, nth, slow, func() smtptest.Move { stop(); return smtptest.Move{} })
		return "before the answer to the dot"
	}
	k.trap.set(phase, nth, slow, func() smtptest.Move { stop(); return smtptest.Drop() })
	return "at " + string(phase)
}

// noteDoubt keeps which messages were being sent when the program was killed: if their final dot was near, they may
// come again, and after their day.
func (k *killer) noteDoubt() {
	for _, m := range k.list() {
		if m.State == tertial.MessageSending {
			k.doubtful[m.ID] = true
		}
	}
}

// trap is what a slow server does at a point of the conversation.
type trap struct {
	mu     sync.Mutex
	phase  smtptest.Phase
	left   int
	slow   time.Duration
	spring func() smtptest.Move
}

func (x *trap) set(phase smtptest.Phase, nth int, slow time.Duration, spring func() smtptest.Move) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.phase, x.left, x.slow, x.spring = phase, nth, slow, spring
}

func (x *trap) release() { x.set("", 0, 0, nil) }

func (x *trap) move(turn smtptest.Turn) smtptest.Move {
	x.mu.Lock()
	slow, spring := x.slow, x.spring
	if turn.Phase != x.phase || spring == nil {
		spring = nil
	} else if x.left--; x.left != 0 {
		spring = nil
	}
	x.mu.Unlock()
	time.Sleep(slow)
	if spring == nil {
		return smtptest.Move{}
	}
	return spring()
}

// told is a row that somebody was told, or was to be.
type told struct {
	day  tertial.Date
	to   string
	item tertial.Item
	met  bool
}

func (x *told) String() string {
	return fmt.Sprintf("%s %s %s %s due=%s event=%s late=%t", x.day, x.to, x.item.Ref, x.item.Kind, x.item.Due, x.item.Event, x.item.Late)
}

// check compares what the server has with the plan.
func (k *killer) check() {
	k.deliverTheRest()
	got := k.arrivals()
	var want []*told
	for _, m := range k.plan.Mails {
		for _, item := range m.Items {
			want = append(want, &told{day: m.Date, to: m.To, item: item})
		}
	}
	for _, x := range got {
		k.account(x, want)
	}
	for _, x := range want {
		if !x.met && !k.foldedInto(x, got) && !k.over(x) {
			k.t.Errorf("lost: %s, recovered on %s", x, k.recovered[x.day])
		}
	}
	k.others()
}

// arrivals are the rows of the mails that arrived. Copies of a mail count once.
func (k *killer) arrivals() []*told {
	listed, first := map[string]tertial.Message{}, map[string]letter{}
	for _, m := range k.list() {
		if m.State == tertial.MessageSent {
			listed[m.MessageID] = m
		}
	}
	var rows []*told
	for _, l := range k.received() {
		m, ours := listed[l.id]
		if !ours || m.To != l.to {
			k.t.Errorf("%s of %s to %s is not listed as sent to them:%s", l.id, l.day, l.to, k.listedFor(l))
		}
		if before, again := first[l.id]; again {
			if same := before.raw == l.raw; !same || !k.doubtful[m.ID] {
				k.t.Errorf("%s to %s, of %s, came again on %s; in doubt %t, the same bytes %t", l.id, l.to, before.day, l.day, k.doubtful[m.ID], same)
			}
			continue
		}
		first[l.id] = l
		if l.day != m.Day && m.Kind == tertial.Reminder && !k.doubtful[m.ID] {
			k.t.Errorf("%s to %s is of %s and came on %s", l.id, l.to, m.Day, l.day)
		}
		if m.Kind != tertial.Reminder {
			continue
		}
		for _, item := range m.Items {
			rows = append(rows, &told{day: m.Day, to: m.To, item: item})
		}
	}
	for id, m := range listed {
		if _, there := first[id]; !there {
			k.t.Errorf("%s of %s to %s is listed as sent, and the server does not have it", id, m.Day, m.To)
		}
	}
	return rows
}

// listedFor are the messages to whom a letter went, on its day.
func (k *killer) listedFor(l letter) string {
	var b strings.Builder
	for _, m := range k.list() {
		if m.To == l.to && (m.Day == l.day || m.MessageID == l.id) {
			fmt.Fprintf(&b, "\n\tmessage %d of %s, %s, %s: %s %s", m.ID, m.Day, m.Kind, m.State, m.MessageID, m.Error)
		}
	}
	return b.String()
}

// account finds the planned row that x is: of its own day, or of a day on which the program was killed.
func (k *killer) account(x *told, want []*told) {
	var best *told
	for _, w := range want {
		same := w.to == x.to && w.item.Ref == x.item.Ref && w.item.Kind == x.item.Kind && w.item.Due == x.item.Due && w.item.Event == x.item.Event
		if same && !w.met && !w.day.After(x.day) {
			best = w
		}
	}
	switch {
	case best == nil:
		k.t.Errorf("not planned, or told twice: %s", x)
		return
	case x.item.Late != best.day.Before(x.day):
		k.t.Errorf("planned for %s, got %s", best.day, x)
	case best.day.Before(x.day) && k.recovered[best.day].Before(x.day):
		k.t.Errorf("planned for %s and recovered on %s, got %s", best.day, k.recovered[best.day], x)
	}
	best.met = true
}

// foldedInto reports whether a planned row that nobody was told gave way to one that is no less urgent: on its own day
// to one that was missed before, or later on the day when what was missed was made good.
func (k *killer) foldedInto(x *told, got []*told) bool {
	return slices.ContainsFunc(got, func(g *told) bool {
		if g.to != x.to || g.item.Ref != x.item.Ref || g.item.Kind.Urgency() > x.item.Kind.Urgency() {
			return false
		}
		return g.day == x.day && g.item.Late || g.day.After(x.day) && !g.day.After(k.recovered[x.day])
	})
}

// over reports whether a status was asked for a report that had passed before the question could be made good.
func (k *killer) over(x *told) bool {
	if x.item.Kind != tertial.Checkpoint {
		return false
	}
	for _, e := range k.events {
		if e.Key == x.item.Event && !e.Date.Before(x.day) && e.Date.Before(k.recovered[x.day]) {
			return true
		}
	}
	return false
}

// others compares the digests and summaries: each once, on its day or when it was made good.
func (k *killer) others() {
	days := map[string]tertial.Date{}
	for _, m := range k.list() {
		if m.Kind == tertial.Reminder {
			continue
		}
		key := fmt.Sprintf("%s %s %s", m.Kind, occasionOf(&m), m.To)
		if !days[key].IsZero() || m.State != tertial.MessageSent {
			k.t.Errorf("%s of %s is %s; another is of %s", key, m.Day, m.State, days[key])
		}
		days[key] = m.Day
	}
	for _, o := range k.plan.Other {
		key := fmt.Sprintf("%s %s %s", o.Kind, o.Event, o.To)
		day, due := days[key], k.recovered[o.Date]
		if day.IsZero() && o.Kind == tertial.SummaryMail && due.Monday() != o.Date.Monday() && !due.IsZero() {
			continue // that week is over; the next one's tells of it
		}
		if day != o.Date && (day.IsZero() || day.After(due)) {
			k.t.Errorf("%s is of %s, want %s or %s", key, day, o.Date, due)
		}
		delete(days, key)
	}
	for key, day := range days {
		k.t.Errorf("%s of %s was not planned", key, day)
	}
}
