package mail

// quotedWidth is how long a line of quoted-printable is at most, with the sign that it goes on (RFC 2045, 6.7).
const quotedWidth = 76

// appendQuoted writes text as quoted-printable, in the bytes that [mime/quotedprintable.Writer] makes of it; that one goes
// over the text byte by byte through two buffers, and a mail is mostly runs of plain letters.
func appendQuoted(b []byte, text string) []byte {
	q := quoted{b: b}
	for at := 0; at < len(text); {
		run := at
		for end := min(len(text), at+quotedWidth-1-q.width); run < end && plainQuoted(text[run]); run++ {
		}
		if run > at {
			q.b = append(q.b, text[at:run]...)
			q.width += run - at
			q.returned = false
			at = run
			continue
		}
		switch c := text[at]; {
		case c == '\r' || c == '\n':
			q.lineEnd(c)
		case plainQuoted(c): // no room
			q.soften()
			continue
		default:
			q.escape(c)
		}
		at++
	}
	q.blank()
	return q.b
}

// plainQuoted reports whether a byte stands for itself, if it is not a space at the end of a line.
func plainQuoted(c byte) bool { return c >= ' ' && c <= '~' && c != '=' || c == '\t' }

// quoted is quoted-printable that is being written.
type quoted struct {
	b        []byte
	width    int  // of the line so far
	returned bool // a CR has ended the line before, and an LF after it says the same
}

// lineEnd ends a line as the text does.
func (q *quoted) lineEnd(c byte) {
	if q.returned && c == '\n' {
		q.returned = false
		return
	}
	if c == '\r' {
		q.returned = true
	}
	q.blank()
	q.b, q.width = append(q.b, "\r\n"...), 0
}

// soften ends a line that goes on in the next.
func (q *quoted) soften() { q.b, q.width = append(q.b, "=\r\n"...), 0 }

// escape writes a byte by its number.
func (q *quoted) escape(c byte) {
	const hex = "0123456789ABCDEF"
	if quotedWidth-1-q.width < 3 {
		q.soften()
	}
	q.b, q.width = append(q.b, '=', hex[c>>4], hex[c&15]), q.width+3
}

// blank writes a space or tab at the end of a line by its number: nobody would see it, and a relay may take it away.
func (q *quoted) blank() {
	if q.width == 0 {
		return
	}
	if last := q.b[len(q.b)-1]; last == ' ' || last == '\t' {
		q.b, q.width = q.b[:len(q.b)-1], q.width-1
		q.escape(last)
	}
}
