package simulation

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"time"
)

// taken is a mail that the relay has.
type taken struct {
	at  time.Time // by the wall clock
	to  string
	raw string
}

// relay is the mail server: it takes every mail, unless the sky says otherwise. There is one line to it at a time.
type relay struct {
	w     *world
	dice  *rand.Rand
	odd   *rand.Rand // of how long it takes
	piped bool

	mu    sync.Mutex
	open  map[net.Conn]bool // both ends
	mails []taken
	// doubts counts, by Message-ID, the transactions whose dot came and whose answer did not reach the database.
	doubts map[string]int
	// unheard are those that have been taken, until that stands in the database.
	unheard map[string]bool
	calls   sync.WaitGroup
}

func newRelay(w *world) *relay {
	r := &relay{w: w, dice: stream(w.seed, "relay"), odd: stream(w.seed, "odd"), open: map[net.Conn]bool{}, doubts: map[string]int{}, unheard: map[string]bool{}}
	r.piped = chance(r.dice, 0.7)
	return r
}

// fault is what goes wrong with one mail.
type fault struct {
	phase string // MAIL, RCPT, DATA or dot
	reply string // "" cuts the line
	slow  time.Duration
	keeps bool // it has the mail, and cannot say so
}

// troubles are what may go wrong with a mail, each as likely as the others.
func troubles() []fault {
	return []fault{
		{phase: "MAIL", reply: "421 4.3.2 closing"}, {phase: "MAIL", reply: "451 4.3.0 later"}, {phase: "MAIL"},
		{phase: "RCPT", reply: "450 4.7.1 greylisted"}, {phase: "RCPT", reply: "452 4.2.2 full"}, {phase: "RCPT", reply: "550 5.1.1 nobody here"},
		{phase: "RCPT", reply: "550 5.7.1 not from you"}, {phase: "RCPT"}, {phase: "RCPT", slow: 6 * time.Minute},
		{phase: "DATA", reply: "451 4.3.0 later"}, {phase: "DATA", reply: "554 5.6.0 never"}, {phase: "DATA"},
		{phase: "dot", reply: "451 4.3.0 later"}, {phase: "dot", reply: "452 4.3.1 no room"}, {phase: "dot", reply: "421 4.3.2 closing"}, {phase: "dot", reply: "550 5.7.1 spam"},
		{phase: "dot"}, {phase: "dot", keeps: true}, {phase: "dot", keeps: true, slow: 11 * time.Minute}, {phase: "dot", reply: "250 2.0.0 ok", slow: 5 * time.Second, keeps: true},
		{phase: "dot", reply: "250 2.0.0 ok", slow: 9 * time.Minute, keeps: true},
	}
}

// dial opens a line to the relay.
func (r *relay) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	time.Sleep(r.moment())
	p := r.w.process
	if p.isDead() {
		return nil, errDead
	}
	storm := r.w.sky.storm()
	switch {
	case storm && r.strikes(0.06):
		r.w.note("dial: refused")
		return nil, errors.New("connection refused")
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	near, far := net.Pipe()
	r.mu.Lock()
	r.open[near], r.open[far] = true, true
	r.mu.Unlock()
	talk := &dialogue{r: r, p: p, conn: far, in: bufio.NewReader(far)}
	switch {
	case storm && r.strikes(0.04):
		r.w.note("dial: a black hole")
		r.calls.Go(talk.swallow)
	case storm && r.strikes(0.04):
		r.calls.Go(func() { defer talk.close(); _ = talk.say("421 4.3.2 not now") })
	default:
		r.calls.Go(talk.run)
	}
	return near, nil
}

func (r *relay) strikes(p float64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return chance(r.dice, p)
}

// mischief draws what goes wrong with a mail; most often nothing does.
func (r *relay) mischief() fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.w.sky.storm() || !chance(r.dice, 0.12) {
		return fault{}
	}
	return pick(r.dice, troubles())
}

// moment is an odd time that an answer takes.
func (r *relay) moment() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Duration(200_000 + r.odd.IntN(1_800_000))
}

// cut ends all lines, as when the process has died.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for conn := range r.open {
		_ = conn.Close()
	}
	clear(r.open)
}

// dialogue is the relay's end of a line.
type dialogue struct {
	r     *relay
	p     *process
	conn  net.Conn
	in    *bufio.Reader
	fault fault
	to    string
}

func (d *dialogue) close() {
	_ = d.conn.Close()
	d.r.mu.Lock()
	defer d.r.mu.Unlock()
	delete(d.r.open, d.conn)
}

// swallow takes everything and says nothing.
func (d *dialogue) swallow() {
	defer d.close()
	_, _ = io.Copy(io.Discard, d.in)
}

func (d *dialogue) say(text string) error {
	time.Sleep(d.r.moment())
	_, err := io.WriteString(d.conn, text+"\r\n")
	return err
}

func (d *dialogue) run() {
	defer d.close()
	if d.say("220 relay ESMTP") != nil {
		return
	}
	for {
		line, err := d.in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		if !d.answer(verb, line) {
			return
		}
	}
}

// answer answers one command, and reports whether the line stands.
func (d *dialogue) answer(verb, line string) bool {
	switch verb {
	case "EHLO":
		if d.r.piped {
			return d.say("250-relay\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 10000000") == nil
		}
		return d.say("250-relay\r\n250 8BITMIME") == nil
	case "MAIL":
		d.fault = d.r.mischief()
	case "RCPT":
		_, rest, _ := strings.Cut(line, "<")
		d.to, _, _ = strings.Cut(rest, ">")
	case "QUIT":
		_ = d.say("221 bye")
		return false
	}
	usual := "250 2.0.0 ok"
	if verb == "DATA" {
		usual = "354 go on"
	}
	said, stands := d.turn(verb, usual)
	if stands && verb == "DATA" && said == usual {
		return d.mail()
	}
	return stands
}

// turn says what is to be said in a phase, after its time; the process may die of it.
func (d *dialogue) turn(phase, usual string) (said string, stands bool) {
	before, after := d.r.w.sky.spark()
	if before || after { // before or after the word, it is not heard
		d.r.w.note("at %s to %s", phase, d.to)
		d.p.die()
		return "", false
	}
	said = usual
	if d.fault.phase == phase {
		time.Sleep(d.fault.slow)
		if said = d.fault.reply; said == "" && d.fault.slow == 0 {
			d.r.w.note("cut at %s to %s", phase, d.to)
			return "", false
		}
		if said == "" {
			said = usual
		}
	}
	err := d.say(said)
	return said, err == nil && !strings.HasPrefix(said, "421")
}

// mail takes a mail and answers its dot.
func (d *dialogue) mail() bool {
	raw, ok := d.body()
	if !ok {
		return false
	}
	id := headerOf(raw, "Message-ID")
	d.r.checkMark(context.Background(), d.to, id)
	before, after := d.r.w.sky.spark()
	keeps := d.fault.phase != "dot" || d.fault.keeps
	if before {
		keeps = false
	}
	if keeps {
		d.r.take(taken{at: d.r.w.now(), to: d.to, raw: raw})
		d.r.w.note("taken: %s for %s", id, d.to)
	}
	if before || after {
		d.r.w.note("at the dot of %s", id)
		d.r.doubt(id)
		d.p.die()
		return false
	}
	f := d.fault
	if f.phase != "dot" {
		f = fault{reply: "250 2.0.0 ok"}
	}
	time.Sleep(f.slow)
	if f.reply == "" {
		d.r.w.note("no answer to the dot of %s", id)
		d.r.doubt(id)
		return false
	}
	if strings.HasPrefix(f.reply, "250") {
		d.r.hear(id)
	}
	if err := d.say(f.reply); err != nil {
		d.r.doubt(id)
		return false
	}
	return !strings.HasPrefix(f.reply, "421")
}

// body reads up to the dot.
func (d *dialogue) body() (raw string, ok bool) {
	var b strings.Builder
	for {
		line, err := d.in.ReadString('\n')
		if err != nil {
			return "", false
		}
		if line == ".\r\n" {
			return b.String(), true
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
}

func (r *relay) take(m taken) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mails = append(r.mails, m)
}

// doubt notes that nobody heard the answer to a dot.
func (r *relay) doubt(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.doubts[id]++
	delete(r.unheard, id)
}

// hear notes that the answer to a dot is yes, and on its way.
func (r *relay) hear(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unheard[id] = true
}

// heard notes that it stands in the database.
func (r *relay) heard(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.unheard, id)
}

// forgotten notes that what has not been written down will not be: the process has ended.
func (r *relay) forgotten() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id := range r.unheard {
		r.doubts[id]++
	}
	clear(r.unheard)
}

// checkMark sees whether a mark stands in the database when a dot has come.
func (r *relay) checkMark(ctx context.Context, to, id string) {
	if n, err := r.w.count(ctx, `SELECT COUNT(*) FROM messages WHERE address = ? AND state = 'sending' AND marked_at IS NOT NULL`, to); err != nil || n == 0 {
		r.w.broken("P8 the dot of %s came without a mark (%v)", id, err)
	}
}

// headerOf returns a header of a mail that is not folded.
func headerOf(raw, name string) string {
	for line := range strings.SplitSeq(raw, "\r\n") {
		if line == "" {
			return ""
		}
		if key, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(key, name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
