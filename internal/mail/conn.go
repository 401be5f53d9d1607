package mail

import (
	"context"
	"errors"
	"fmt"

	"github.com/wneessen/go-mail/smtp"

	"tertial/internal/tertial"
)

// Result is what one try to send a mail came to.
type Result struct {
	Verdict  tertial.Verdict
	Phase    tertial.Phase // where it ended
	Code     int           // of the reply, 0 where there was none
	Enhanced string
	Reply    string // the relay's words, or what happened, cleaned
	Undotted bool   // the final dot was never begun: the relay does not have the mail
	// Stale: the relay had closed the connection, which had served others, before it answered anything of
	// this mail. That says nothing of the mail or the relay; another connection will.
	Stale bool
}

// Conn is a connection to the relay, ready for mail. One goroutine uses it.
type Conn struct {
	wire   *wire
	client *smtp.Client
	limits Timeouts
	size   int  // of the largest mail it takes, 0 where it does not say
	piped  bool // it takes commands ahead of its answers (RFC 2920)
	served bool // a mail has come to an end over it
	usable bool

	commands, content, words []byte // room for what is said and heard, used again for each mail
}

// Usable reports whether another mail can be sent over the connection.
func (c *Conn) Usable() bool { return c.usable && c.wire.cutBy() == nil }

// Close ends the connection, with a QUIT where the relay still listens. It never fails in
// a way that matters: what was accepted stays so.
func (c *Conn) Close() error {
	if c.Usable() {
		_ = c.wire.within(c.limits.Quit, c.client.Quit) // a courtesy
	}
	c.drop()
	return nil
}

// drop cuts the line without a word. What the relay has of a mail is nothing without the dot.
func (c *Conn) drop() {
	c.usable = false
	c.wire.close()
}

// Send sends one mail to one recipient. When the relay has said that it wants the mail, and before the first
// byte of it, Send calls beforeDot; if that fails, the line is cut. A mail of up to 64 KiB goes
// with its final dot in one write, a larger one in portions, the dot in the last. Until that write the
// end of ctx cuts the line; from then on it is waited out: the relay's answer is worth more than haste.
//
// After the relay's yes, and after a clean no before the mail itself, the connection can
// be used again; after anything else it is closed.
func (c *Conn) Send(ctx context.Context, from, to string, raw []byte, beforeDot func(context.Context) error) Result {
	if !c.Usable() {
		return Result{Verdict: tertial.Temporary, Phase: tertial.PhaseMail, Reply: "the connection is closed", Undotted: true}
	}
	c.usable = false
	r := c.transact(ctx, from, to, raw, beforeDot)
	c.wire.rest()
	c.served = true
	if cap(c.content) > 2*portion {
		c.content = nil // large mails are rare
	}
	if !c.usable {
		c.drop()
	}
	return r
}

// portion is how much of a mail goes in one write.
const portion = 64 << 10

const finalDot = ".\r\n"

func (c *Conn) transact(ctx context.Context, from, to string, raw []byte, beforeDot func(context.Context) error) Result {
	c.content = append(appendContent(c.content[:0], raw), finalDot...)
	size := len(c.content) - len(finalDot)
	if err := c.fits(from, to, size); err != nil {
		c.usable = true // nothing was said
		return Result{Verdict: tertial.Broken, Phase: tertial.PhaseMail, Reply: oneLine(err.Error(), maxReply), Undotted: true}
	}
	if ctx.Err() != nil {
		return lost(tertial.PhaseMail, context.Cause(ctx))
	}
	release := context.AfterFunc(ctx, func() { c.wire.cut(context.Cause(ctx)) })
	defer release()
	if r := c.envelope(from, to, size); r.Verdict != tertial.Accepted {
		return r
	}
	c.wire.rest() // what the caller does is not the relay's delay
	if err := beforeDot(ctx); err != nil {
		return Result{Verdict: tertial.Temporary, Phase: tertial.PhaseData, Undotted: true, Reply: oneLine("held back before the mail itself: "+err.Error(), maxReply)}
	}
	rest := c.content
	for ; len(rest) > portion; rest = rest[portion:] {
		if r, failed := c.part(rest[:portion]); failed {
			return r
		}
	}
	if c.pending() {
		return lost(tertial.PhaseData, errOutOfTurn)
	}
	if !release() {
		return lost(tertial.PhaseData, context.Cause(ctx))
	}
	return c.last(rest)
}

// fits reports what SMTP, or this relay, could not carry.
func (c *Conn) fits(from, to string, size int) error {
	for _, address := range [...]string{from, to} {
		if plainAddress(address) {
			continue
		}
		if ascii, err := bareAddress(address); err != nil || ascii != address {
			return fmt.Errorf("%.80q cannot stand in an envelope", address)
		}
	}
	if c.size > 0 && size > c.size {
		return fmt.Errorf("the mail has %d bytes, and the relay takes %d", size, c.size)
	}
	return nil
}

// errOutOfTurn is an answer that nobody asked for.
var errOutOfTurn = errors.New("the relay spoke out of its turn")

// part sends a portion of the mail that is not its last.
func (c *Conn) part(portion []byte) (r Result, failed bool) {
	c.wire.allow(c.limits.Block)
	err := c.say(portion)
	if err == nil {
		return r, false
	}
	if said, e := c.hear(); e == nil && said.code >= 400 { // its last words
		return said.result(tertial.PhaseData), true
	}
	return lost(tertial.PhaseData, err), true
}

// last sends the rest of the mail and its final dot. From here on a lost line leaves the mail's fate open.
func (c *Conn) last(rest []byte) Result {
	c.wire.allow(c.limits.Dot)
	failure := c.say(rest)
	said, err := c.hear() // it may have said no in the middle
	if failure != nil && (err != nil || said.code < 400) {
		err = failure
	}
	if err != nil {
		r := lost(tertial.PhaseDot, err)
		r.Verdict, r.Undotted = tertial.Ambiguous, false
		return r
	}
	r := said.result(tertial.PhaseDot)
	switch {
	case !c.pending():
		c.usable = r.Verdict == tertial.Accepted
	case c.goodbye(): // it took the mail, or not, and closes
	default:
		r.Verdict = tertial.Ambiguous // which answer is the dot's cannot be told
	}
	return r
}

// say writes in one go.
func (c *Conn) say(p []byte) error {
	out := c.client.Text.W
	_, err := out.Write(p)
	if err == nil {
		err = out.Flush()
	}
	return c.wire.cause(err)
}

// hear reads one answer.
func (c *Conn) hear() (reply, error) {
	said, err := readReply(c.client.Text.R, c.words)
	if err != nil {
		return reply{}, c.wire.cause(err)
	}
	c.words = said.words
	return said, nil
}

// pending reports whether the relay has said more than it was asked.
func (c *Conn) pending() bool { return c.client.Text.R.Buffered() > 0 }

// goodbye reports whether what the relay has said besides is that it closes.
func (c *Conn) goodbye() bool {
	more, err := c.client.Text.R.Peek(min(c.client.Text.R.Buffered(), 4))
	return err == nil && (string(more) == "421 " || string(more) == "421-")
}

// result is what an answer means in a phase.
func (r reply) result(p tertial.Phase) Result {
	return Result{Verdict: classify(p, r), Phase: p, Code: r.code, Enhanced: r.enhanced(), Reply: r.text(), Undotted: p != tertial.PhaseDot}
}

// lost is a transaction that ended before the dot without an answer that counts.
func lost(phase tertial.Phase, err error) Result {
	r := Result{Verdict: tertial.Temporary, Phase: phase, Undotted: true, Reply: oneLine("the line was lost: "+err.Error(), maxReply)}
	if garbled(err) {
		r.Reply = oneLine(err.Error(), maxReply)
	}
	return r
}

// garbled reports whether the relay did answer, but not so that it could be understood.
func garbled(err error) bool { return errors.Is(err, errGarbled) || errors.Is(err, errReplyTooLong) }
