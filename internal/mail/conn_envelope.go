package mail

import (
	"fmt"
	"strconv"
	"time"

	"tertial/internal/tertial"
)

// command is one of the three that come before a mail.
type command struct {
	phase tertial.Phase
	limit time.Duration
	end   int // in Conn.commands
}

// compose writes MAIL, RCPT and DATA.
func (c *Conn) compose(from, to string, size int) [3]command {
	line := append(c.commands[:0], "MAIL FROM:<"...)
	line = append(append(line, from...), '>')
	if c.size > 0 {
		line = strconv.AppendInt(append(line, " SIZE="...), int64(size), 10)
	}
	line = append(line, "\r\n"...)
	mail := len(line)
	line = append(line, "RCPT TO:<"...)
	line = append(append(line, to...), ">\r\n"...)
	rcpt := len(line)
	line = append(line, "DATA\r\n"...)
	c.commands = line
	return [3]command{
		{tertial.PhaseMail, c.limits.Mail, mail}, {tertial.PhaseRcpt, c.limits.Rcpt, rcpt}, {tertial.PhaseData, c.limits.Data, len(line)},
	}
}

// envelope says from whom and to whom, and that a mail would come: in one go where the relay allows it, else
// each when the one before it has been answered. It is accepted when the relay wants the mail, and
// then nothing of the mail has been said; otherwise it is the first refusal, whatever the relay says to the rest.
func (c *Conn) envelope(from, to string, size int) Result {
	if c.pending() {
		return lost(tertial.PhaseMail, errOutOfTurn)
	}
	said := 0
	refusal := Result{Verdict: tertial.Accepted} // the first
	var last answer
	for _, cmd := range c.compose(from, to, size) {
		c.wire.allow(cmd.limit)
		if said < cmd.end {
			until := cmd.end
			if c.piped {
				until = len(c.commands)
			}
			if err := c.say(c.commands[said:until]); err != nil {
				return c.gone(cmd.phase, err)
			}
			said = until
		}
		reply, err := c.hear()
		switch {
		case err != nil && refusal.Verdict != tertial.Accepted:
			return refusal // of which there is no doubt; the line is another matter
		case err != nil:
			return c.gone(cmd.phase, err)
		}
		last = answer{cmd.phase, reply.code}
		if refusal.Verdict == tertial.Accepted && !wanted(cmd.phase, reply.code) {
			refusal = reply.result(cmd.phase)
		}
		if refusal.Verdict == tertial.RelayDown {
			refusal.Stale = c.served && cmd.phase == tertial.PhaseMail && reply.code == 421 // it had closed for want of mail
			return refusal
		}
		if !c.piped && (refusal.Verdict != tertial.Accepted || c.pending()) {
			break
		}
	}
	return c.conclude(refusal, last)
}

// answer is to which command, and with what code.
type answer struct {
	phase tertial.Phase
	code  int
}

// gone is a line lost before the answer to a command.
func (c *Conn) gone(phase tertial.Phase, err error) Result {
	r := lost(phase, err)
	r.Stale = c.served && phase == tertial.PhaseMail && !garbled(err) && c.wire.cutBy() == nil
	return r
}

// conclude looks at the answers as a whole. A refusal counts where they fit the commands, and leaves the
// connection usable where the relay says so; where it wants a mail all the same, the line is cut, since
// even an empty one could come to be delivered.
func (c *Conn) conclude(refusal Result, last answer) Result {
	switch {
	case c.pending():
		return doubtful(last)
	case refusal.Verdict == tertial.Accepted:
		return refusal
	case refusal.Code < 400 || last.code == 354:
		return refusal
	case last.code < 400:
		return doubtful(last)
	}
	c.wire.allow(c.limits.Mail)
	if c.say([]byte("RSET\r\n")) != nil {
		return refusal
	}
	reset, err := c.hear()
	switch {
	case err != nil || reset.code == 421:
		return refusal
	case reset.code != 250 || c.pending():
		return doubtful(answer{last.phase, reset.code})
	}
	c.usable = true
	return refusal
}

// doubtful is an envelope whose answers are more than its commands, or others: which is whose cannot be told.
func doubtful(last answer) Result {
	return Result{Verdict: tertial.Temporary, Phase: last.phase, Undotted: true,
		Reply: fmt.Sprintf("the relay's answers do not fit what it was asked, the last with code %d", last.code)}
}
