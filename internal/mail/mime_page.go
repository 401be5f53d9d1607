package mail

import (
	"cmp"
	"mime"
	netmail "net/mail"
	"slices"
	"strings"
)

// page is a mail that is ready to be written: headers, and its two forms. go-mail writes the same bytes of it, at five times
// the price; a test has it do so, and compares.
type page struct {
	headers           [][2]string // in any order, none twice
	from, to, replyTo *netmail.Address
	boundary          string
	plain, marked     string
	file              *file // nil: nothing is attached
}

// appendTo writes the mail after what stands in b: headers in the order of their names, who and whom, then text and HTML, each
// as quoted-printable, between the boundaries of a multipart.
func (p *page) appendTo(b []byte) []byte {
	headers := append(p.headers, [2]string{"MIME-Version", "1.0"})
	slices.SortFunc(headers, func(a, b [2]string) int { return cmp.Compare(a[0], b[0]) })
	for _, h := range headers {
		b = appendHeader(b, h[0], mime.QEncoding.Encode(charset, h[1]))
	}
	b = appendHeader(b, "From", p.from.String())
	b = appendHeader(b, "To", p.to.String())
	if p.replyTo != nil {
		b = appendHeader(b, "Reply-To", p.replyTo.String())
	}
	if p.file != nil {
		b = p.openFile(b)
	}
	b = append(append(b, "Content-Type: multipart/alternative;\r\n boundary="...), p.boundary...)
	b = append(b, "\r\n\r\n--"...)
	b = p.appendPart(b, "text/plain", p.plain)
	b = append(b, "\r\n--"...)
	b = p.appendPart(b, "text/html", p.marked)
	b = append(append(b, "\r\n--"...), p.boundary...)
	b = append(b, "--\r\n"...)
	if p.file != nil {
		b = p.appendFile(b)
	}
	return b
}

// charset is that of everything in a mail.
const charset = "UTF-8"

// appendPart writes one of the two forms, from its boundary on.
func (p *page) appendPart(b []byte, kind, text string) []byte {
	b = append(b, p.boundary...)
	b = append(b, "\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: "...)
	b = append(append(b, kind...), "; charset="+charset+"\r\n\r\n"...)
	return appendQuoted(b, text)
}

// headerWidth is how long a line of a header becomes before it is folded at a space.
const headerWidth = 76

// appendHeader writes a header, folded.
func appendHeader(b []byte, name, value string) []byte {
	b = append(append(b, name...), ": "...)
	room := headerWidth - 4 - len(name)
	for more := true; more; {
		var word string
		word, value, more = strings.Cut(value, " ")
		if room-len(word) <= 1 {
			if b[len(b)-1] == ' ' {
				b = b[:len(b)-1]
			}
			b, room = append(b, "\r\n "...), headerWidth-3
		}
		b = append(b, word...)
		if room -= len(word); more {
			b, room = append(b, ' '), room-1
		}
	}
	return append(b, "\r\n"...)
}
