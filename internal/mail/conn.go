package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

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
}

// Conn is a connection to the relay, ready for mail. One goroutine uses it.
type Conn struct {
	wire   *wire
	client *smtp.Client
	limits Timeouts
	size   int
	usable bool
}

// Usable reports whether another mail can be sent over the connection.
func (c *Conn) Usable() bool { return c.usable && !c.wire.dead }

// Close ends the connection, with a QUIT where the relay still listens. It never fails in
// a way that matters: what was accepted stays so.
func (c *Conn) Close() error {
	if c.Usable() {
		_ = c.wire.within(context.Background(), c.limits.Quit, c.client.Quit) // a courtesy
	}
	c.usable = false
	_ = c.wire.Conn.Close() // it may be closed already
	return nil
}

// drop cuts the line without a word. What the relay has of a mail is nothing without the dot.
func (c *Conn) drop() {
	c.usable = false
	_ = c.wire.Conn.Close()
}

// Send sends one mail to one recipient. Between the last byte of the body and the
// final dot it calls beforeDot; if that fails, the line is cut without the dot. From the dot on
// the end of ctx is waited out: the relay's answer is worth more than haste.
//
// After the relay's yes, and after its clean no to the recipient, the connection can
// be used again; after anything else it is closed.
func (c *Conn) Send(ctx context.Context, from, to string, raw []byte, beforeDot func(context.Context) error) Result {
	if !c.Usable() {
		return Result{Verdict: tertial.Temporary, Phase: tertial.PhaseMail, Reply: "the connection is closed", Undotted: true}
	}
	c.usable = false
	r := c.transact(ctx, from, to, raw, beforeDot)
	if !c.usable {
		c.drop()
	}
	return r
}

func (c *Conn) transact(ctx context.Context, from, to string, raw []byte, beforeDot func(context.Context) error) Result {
	body := stuffed(raw)
	if err := c.fits(from, to, body); err != nil {
		c.usable = true // nothing was said
		return Result{Verdict: tertial.Broken, Phase: tertial.PhaseMail, Reply: oneLine(err.Error(), maxReply), Undotted: true}
	}
	if r := c.command(ctx, tertial.PhaseMail, c.limits.Mail, "MAIL FROM:<"+from+">"+c.sizeOf(body)); r.Verdict != tertial.Accepted {
		return r
	}
	if r := c.command(ctx, tertial.PhaseRcpt, c.limits.Rcpt, "RCPT TO:<"+to+">"); r.Verdict != tertial.Accepted {
		if r.Code >= 400 && r.Verdict != tertial.RelayDown {
			c.reset(ctx)
		}
		return r
	}
	if r := c.command(ctx, tertial.PhaseData, c.limits.Data, "DATA"); r.Verdict != tertial.Accepted {
		return r
	}
	if err := c.write(ctx, body); err != nil {
		return lost(tertial.PhaseData, err)
	}
	if err := beforeDot(ctx); err != nil {
		return Result{Verdict: tertial.Temporary, Phase: tertial.PhaseData, Undotted: true, Reply: oneLine("held back before the final dot: "+err.Error(), maxReply)}
	}
	if c.pending() {
		return lost(tertial.PhaseData, errOutOfTurn)
	}
	return c.dot(context.WithoutCancel(ctx))
}

// fits reports what SMTP, or this relay, could not carry.
func (c *Conn) fits(from, to string, body []byte) error {
	for _, address := range []string{from, to} {
		if ascii, err := bareAddress(address); err != nil || ascii != address {
			return fmt.Errorf("%.80q cannot stand in an envelope", address)
		}
	}
	if c.size > 0 && len(body) > c.size {
		return fmt.Errorf("the mail has %d bytes, and the relay takes %d", len(body), c.size)
	}
	return nil
}

func (c *Conn) sizeOf(body []byte) string {
	if c.size == 0 {
		return ""
	}
	return fmt.Sprintf(" SIZE=%d", len(body))
}

// errOutOfTurn is an answer that nobody asked for.
var errOutOfTurn = errors.New("the relay spoke out of its turn")

// command says a line and hears the answer to it, and to nothing else.
func (c *Conn) command(ctx context.Context, phase tertial.Phase, limit time.Duration, line string) Result {
	said, err := c.exchange(ctx, limit, line+"\r\n")
	if err != nil {
		return lost(phase, err)
	}
	r := Result{Verdict: classify(phase, said), Phase: phase, Code: said.code, Enhanced: said.enhanced, Reply: said.text, Undotted: true}
	if c.pending() {
		r.Verdict = tertial.Temporary
		r.Code, r.Enhanced = 0, ""
		r.Reply = oneLine("the relay answered twice, first: "+said.text, maxReply)
	}
	return r
}

// dot sends the final dot. From here on a lost line leaves the mail's fate open.
func (c *Conn) dot(ctx context.Context) Result {
	said, err := c.exchange(ctx, c.limits.Dot, ".\r\n")
	if err != nil {
		r := lost(tertial.PhaseDot, err)
		r.Verdict, r.Undotted = tertial.Ambiguous, false
		return r
	}
	r := Result{Verdict: classify(tertial.PhaseDot, said), Phase: tertial.PhaseDot, Code: said.code, Enhanced: said.enhanced, Reply: said.text}
	switch {
	case !c.pending():
		c.usable = r.Verdict == tertial.Accepted
	case c.goodbye(): // it took the mail, or not, and closes
	default:
		r.Verdict = tertial.Ambiguous // which answer is the dot's cannot be told
	}
	return r
}

// exchange says a line and reads one answer.
func (c *Conn) exchange(ctx context.Context, limit time.Duration, line string) (said reply, err error) {
	err = c.wire.within(ctx, limit, func() error {
		text := c.client.Text
		if _, err := text.W.WriteString(line); err != nil {
			return err
		}
		if err := text.W.Flush(); err != nil {
			return err
		}
		var err error
		said, err = readReply(&text.Reader)
		return err
	})
	return said, err
}

// pending reports whether the relay has said more than it was asked.
func (c *Conn) pending() bool { return c.client.Text.R.Buffered() > 0 }

// goodbye reports whether what the relay has said besides is that it closes.
func (c *Conn) goodbye() bool {
	more, err := c.client.Text.R.Peek(min(c.client.Text.R.Buffered(), 4))
	return err == nil && (string(more) == "421 " || string(more) == "421-")
}

// reset makes the connection ready for the next mail after a recipient was refused.
func (c *Conn) reset(ctx context.Context) {
	said, err := c.exchange(ctx, c.limits.Mail, "RSET\r\n")
	c.usable = err == nil && said.code == 250 && !c.pending()
}

// portion is how much of the body has to go within the deadline of a block.
const portion = 32 << 10

func (c *Conn) write(ctx context.Context, body []byte) error {
	for len(body) > 0 {
		n := min(len(body), portion)
		err := c.wire.within(ctx, c.limits.Block, func() error {
			if _, err := c.client.Text.W.Write(body[:n]); err != nil {
				return err
			}
			return c.client.Text.W.Flush()
		})
		if err != nil {
			return err
		}
		body = body[n:]
	}
	return nil
}

// lost is a transaction that ended before the dot without an answer that counts.
func lost(phase tertial.Phase, err error) Result {
	r := Result{Verdict: tertial.Temporary, Phase: phase, Undotted: true, Reply: oneLine("the line was lost: "+err.Error(), maxReply)}
	if errors.Is(err, errGarbled) || errors.Is(err, errReplyTooLong) {
		r.Reply = oneLine(err.Error(), maxReply)
	}
	return r
}

// stuffed is the mail as DATA wants it: every line ended by CRLF, and a dot at its
// beginning doubled, so that no line can end the mail but the one that is meant to.
func stuffed(raw []byte) []byte {
	out := make([]byte, 0, len(raw)+len(raw)/64+2)
	for line := range bytes.Lines(raw) {
		line = bytes.TrimRight(line, "\r\n")
		for i, part := range bytes.Split(line, []byte{'\r'}) { // a bare CR ends a line, too
			if i > 0 {
				out = append(out, "\r\n"...)
			}
			if len(part) > 0 && part[0] == '.' {
				out = append(out, '.')
			}
			out = append(out, part...)
		}
		out = append(out, "\r\n"...)
	}
	return out
}
