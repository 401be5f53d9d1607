package smtptest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"slices"
	"strings"
	"time"
)

// dialogue is one connection of a stub.
type dialogue struct {
	s    *Stub
	line net.Conn // as it was accepted
	conn net.Conn // that, or TLS over it
	in   *bufio.Reader
	n    int

	mail       Mail
	begun, has bool // a sender, a recipient that was taken
}

func (d *dialogue) run() {
	defer func() {
		d.line.Close()
		d.s.mu.Lock()
		delete(d.s.open, d.line)
		d.s.mu.Unlock()
	}()
	if _, on := d.turn(Banner, ""); !on {
		return
	}
	for {
		line, err := d.in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		phase := phaseOf(line)
		d.note(phase, line)
		said, on := d.turn(phase, line)
		d.noteAnswer(phase, line, strings.HasPrefix(said, "2"))
		if on && phase == Data && strings.HasPrefix(said, "354") {
			on = d.body()
		}
		if !on || phase == Quit {
			return
		}
	}
}

// note keeps what the client has said.
func (d *dialogue) note(phase Phase, line string) {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	d.s.lines = append(d.s.lines, line)
	if phase == MailFrom {
		d.s.begun++
	}
}

// noteAnswer keeps how far the transaction has come.
func (d *dialogue) noteAnswer(phase Phase, line string, yes bool) {
	switch phase {
	case MailFrom:
		if !d.begun {
			d.mail, d.begun = Mail{From: address(line)}, yes
		}
	case RcptTo:
		if yes {
			d.mail.To, d.has = append(slices.Clone(d.mail.To), address(line)), true
		}
	case Rset, Ehlo, Helo:
		d.begun, d.has = false, false
	}
}

// body reads up to the dot and answers it.
func (d *dialogue) body() (on bool) {
	var text bytes.Buffer
	for first := true; ; first = false {
		line, err := d.in.ReadString('\n')
		if err != nil {
			return false
		}
		if first {
			if _, on := d.turn(Body, ""); !on {
				return false
			}
		}
		if line == ".\r\n" {
			break
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
	mail := d.mail
	mail.Raw, mail.At = text.Bytes(), time.Now()
	d.begun, d.has = false, false
	d.s.mu.Lock()
	d.s.bodies = append(d.s.bodies, mail)
	d.s.mu.Unlock()
	_, on = d.turn(Dot, "", func(text string) { // before the client can hear of it
		if strings.HasPrefix(text, "2") {
			d.s.mu.Lock()
			defer d.s.mu.Unlock()
			d.s.mails = append(d.s.mails, mail)
		}
	})
	return on
}

// turn does what the script says, and reports what was said, or meant, and whether the line stands. Those who
// are told first are told what will be said.
func (d *dialogue) turn(phase Phase, line string, first ...func(string)) (text string, on bool) {
	d.s.mu.Lock()
	begun := d.s.begun
	d.s.mu.Unlock()
	move := d.s.move(Turn{Phase: phase, Line: line, Conn: d.n, Mail: begun, TLS: d.conn != d.line})
	if !d.wait(move.wait) {
		return "", false
	}
	text = d.text(move, phase)
	for _, tell := range first {
		tell(text)
	}
	switch move.kind {
	case cutLine, takeMail:
		d.reset()
		return text, false
	case sayNothing:
		_, _ = io.Copy(io.Discard, d.in)
		return text, false
	case sayForEver:
		for chunk := strings.Repeat(move.reply, 1+1<<15/len(move.reply)); ; {
			if _, err := io.WriteString(d.conn, chunk); err != nil {
				return text, false
			}
		}
	}
	on = text == "" || d.say(text, move.drip)
	switch move.kind {
	case sayAndBreak:
		d.reset()
		return text, false
	case sayAndClose:
		return text, false
	case sayAndSecure:
		d.conn = tls.Server(d.line, &tls.Config{Certificates: []tls.Certificate{d.s.cert().pair}})
		d.in = bufio.NewReader(d.conn)
	}
	return text, on
}

// text is what the server says, or would if it could.
func (d *dialogue) text(move Move, phase Phase) string {
	text := move.reply
	switch move.kind {
	case cutLine, sayNothing, sayForEver:
		return ""
	case sayRaw, sayAndSecure:
		return text
	case sayText, takeMail:
		if text == "" {
			text = d.friendly(phase)
		}
		if text == "" {
			return ""
		}
	}
	return strings.ReplaceAll(text, "\n", "\r\n") + "\r\n"
}

// say reports whether the line stood when everything had been said.
func (d *dialogue) say(text string, drip time.Duration) bool {
	if drip == 0 {
		_, err := io.WriteString(d.conn, text)
		return err == nil
	}
	for i := range len(text) {
		if _, err := io.WriteString(d.conn, text[i:i+1]); err != nil || !d.wait(drip) {
			return false
		}
	}
	return true
}

// wait reports whether the test still goes on after a while.
func (d *dialogue) wait(a time.Duration) bool {
	if a == 0 {
		return true
	}
	timer := time.NewTimer(a)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-d.s.closed:
		return false
	}
}

// reset makes the close a hard one: the client sees a reset, not an end.
func (d *dialogue) reset() {
	if c, ok := d.line.(*net.TCPConn); ok {
		_ = c.SetLinger(0)
	}
}

// friendly is the right answer, given what was said before.
func (d *dialogue) friendly(p Phase) string {
	switch {
	case p == MailFrom && d.begun:
		return "503 5.5.1 one mail after the other"
	case p == RcptTo && !d.begun:
		return "503 5.5.1 who is it from?"
	case p == Data && !d.has:
		return "554 5.5.1 no valid recipients"
	}
	switch p {
	case Banner:
		return "220 mail.example.org ESMTP"
	case Ehlo:
		return "250-mail.example.org\n250-8BITMIME\n250-ENHANCEDSTATUSCODES\n250 SIZE 35882577"
	case Auth:
		return "235 2.7.0 welcome"
	case Data:
		return "354 go on"
	case Quit:
		return "221 2.0.0 bye"
	case Body:
		return ""
	case Other:
		return "502 5.5.1 not known here"
	default:
		return "250 2.0.0 ok"
	}
}

func phaseOf(line string) Phase {
	verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
	switch p := Phase(verb); p {
	case Ehlo, Helo, Auth, MailFrom, RcptTo, Data, Rset, Noop, Quit:
		return p
	}
	return Other
}

// address returns what stands between the angle brackets.
func address(line string) string {
	_, rest, _ := strings.Cut(line, "<")
	a, _, _ := strings.Cut(rest, ">")
	return a
}
