package mail

import "encoding/base64"

// file is what is attached to a mail.
type file struct {
	name    string // letters, digits, dots and hyphens
	kind    string // its media type, with parameters but for the name
	content []byte
}

// outer is the boundary between a mail's two forms and what is attached. Neither boundary begins with the other.
func (p *page) outer() string { return "file-" + p.boundary }

// openFile begins a mail to which something is attached: what follows is its first part.
func (p *page) openFile(b []byte) []byte {
	b = append(append(b, "Content-Type: multipart/mixed;\r\n boundary="...), p.outer()...)
	return append(append(append(b, "\r\n\r\n--"...), p.outer()...), "\r\n"...)
}

// appendFile writes the file, and ends the mail.
func (p *page) appendFile(b []byte) []byte {
	b = append(append(b, "\r\n--"...), p.outer()...)
	b = append(b, "\r\nContent-Disposition: attachment; filename=\""+p.file.name+"\"\r\nContent-Transfer-Encoding: base64\r\nContent-Type: "+
		p.file.kind+"; name=\""+p.file.name+"\"\r\n\r\n"...)
	for rest := p.file.content; len(rest) > 0; {
		n := min(len(rest), base64Line)
		b = append(base64.StdEncoding.AppendEncode(b, rest[:n]), "\r\n"...)
		rest = rest[n:]
	}
	b = append(append(b, "\r\n--"...), p.outer()...)
	return append(b, "--\r\n"...)
}

// base64Line is how many bytes a line of 76 characters holds.
const base64Line = 57
