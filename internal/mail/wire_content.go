package mail

import "bytes"

// appendContent appends the mail as DATA wants it: every line ended by CRLF, a dot at
// its beginning doubled, so that no line can end the mail but the one that is meant to. What is right
// already, as what we render is but for dots, is copied whole.
func appendContent(dst, raw []byte) []byte {
	run := 0 // from here on raw is right as it is
	for at := 0; at < len(raw); {
		if raw[at] == '.' {
			dst = append(append(dst, raw[run:at]...), '.')
			run = at
		}
		line := raw[at:]
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line = line[:i+1]
		}
		next := at + len(line)
		if cr := bytes.IndexByte(line, '\r'); cr < 0 || cr != len(line)-2 || line[cr+1] != '\n' {
			dst = append(dst, raw[run:at]...)
			dst = appendMended(dst, line)
			run = next
		}
		at = next
	}
	return append(dst, raw[run:]...)
}

// appendMended appends a line whose end is missing or another than CRLF. A bare CR in it ends a
// line, too: some relays think so. The dot before its first character has been seen to.
func appendMended(dst, line []byte) []byte {
	for i, part := range bytes.Split(bytes.TrimRight(line, "\r\n"), []byte{'\r'}) {
		if i > 0 {
			dst = append(dst, "\r\n"...)
			if len(part) > 0 && part[0] == '.' {
				dst = append(dst, '.')
			}
		}
		dst = append(dst, part...)
	}
	return append(dst, "\r\n"...)
}
