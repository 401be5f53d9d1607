package mail

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strings"

	"tertial/internal/tertial"
)

// maxReply is how much of the relay's words is kept, in characters.
const maxReply = 512

// reply is one answer of the relay.
type reply struct {
	code int
	// words are what it said after the code, its lines joined by spaces, as they came. They
	// are good until the next answer is read.
	words []byte
}

// errGarbled is an answer that is none: no code, no room after it, several codes.
var errGarbled = errors.New("the relay's answer cannot be understood")

// readReply reads one answer of one line or several; its words are laid into the room that is
// given. It is strict, and errs on the side of trying again: a bare 550 may be half an answer, but
// a bare 250 is a whole one.
func readReply(in *bufio.Reader, room []byte) (reply, error) {
	out := reply{words: room[:0]}
	for {
		line, err := readLine(in)
		if err != nil {
			return reply{}, err
		}
		code, words, more, ok := parseLine(line)
		if !ok || out.code != 0 && code != out.code {
			return reply{}, fmt.Errorf("%w: %.80q", errGarbled, line)
		}
		if out.code != 0 {
			out.words = append(out.words, ' ')
		}
		out.code = code
		if len(out.words) < maxReply*utf8Max { // of an answer without end, the beginning will do
			out.words = append(out.words, words...)
		}
		if !more {
			return out, nil
		}
	}
}

// utf8Max is how many bytes one character of what is kept may have been.
const utf8Max = 4

// readLine reads a line and takes its end off. What came before the line was lost counts as one: it
// has a code or it has not.
func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		long := bytes.Clone(line)
		for errors.Is(err, bufio.ErrBufferFull) {
			line, err = in.ReadSlice('\n')
			long = append(long, line...)
		}
		line = long
	}
	if err != nil && (len(line) == 0 || errors.Is(err, errReplyTooLong)) {
		return nil, err
	}
	line = bytes.TrimSuffix(line, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), nil
}

// parseLine takes a line of an answer apart; more says that others follow.
func parseLine(line []byte) (code int, words []byte, more, ok bool) {
	if len(line) < 3 || line[0] < '2' || line[0] > '5' || !digit(line[1]) || !digit(line[2]) {
		return 0, nil, false, false
	}
	code = int(line[0]-'0')*100 + int(line[1]-'0')*10 + int(line[2]-'0')
	if len(line) == 3 {
		return code, nil, false, code < 400
	}
	if line[3] != ' ' && line[3] != '-' {
		return 0, nil, false, false
	}
	return code, line[4:], line[3] == '-', true
}

func digit(b byte) bool { return '0' <= b && b <= '9' }

// text is what the relay said, cleaned, without the code.
func (r reply) text() string {
	if tidy(r.words) {
		return string(r.words)
	}
	return oneLine(string(r.words), maxReply)
}

// tidy reports whether cleaning the words would change nothing, as is the rule.
func tidy(words []byte) bool {
	if len(words) > maxReply {
		return false
	}
	space := true // none at the beginning, and no two
	for _, b := range words {
		if b < ' ' || b > '~' || b == ' ' && space {
			return false
		}
		space = b == ' '
	}
	return !space || len(words) == 0
}

// enhanced is the status code that the words begin with (RFC 3463), "5.1.1", or "".
func (r reply) enhanced() string { return enhancedCode(r.words) }

func enhancedCode[T string | []byte](words T) string {
	if len(words) < 5 || words[0] != '2' && words[0] != '4' && words[0] != '5' {
		return ""
	}
	end := 1
	for range 2 { // a dot and up to three digits, twice
		if end == len(words) || words[end] != '.' {
			return ""
		}
		from := end + 1
		for end = from; end < len(words) && digit(words[end]); end++ {
		}
		if end == from || end > from+3 {
			return ""
		}
	}
	if end < len(words) && words[end] != ' ' && words[end] != '\t' {
		return ""
	}
	return string(words[:end])
}

// wanted reports whether the code is what the phase hopes for.
func wanted(p tertial.Phase, code int) bool {
	if p == tertial.PhaseData {
		return code == 354
	}
	return code == 250 || code == 251 || code == 252
}

// classify says what an answer means in a phase of a transaction. The first digit of the
// code decides, whatever the enhanced code says. Refused is about this message
// and recipient; whether refusals by policy (5.7.x) of one recipient after the other are
// the relay's doing is for the caller to see.
func classify(p tertial.Phase, r reply) tertial.Verdict {
	switch {
	case wanted(p, r.code):
		return tertial.Accepted
	case r.code == 421, r.code == 530, r.code == 534, r.code == 535, r.code == 538:
		return tertial.RelayDown // it closes, or wants us to sign in
	case r.code < 400 && p == tertial.PhaseDot:
		return tertial.Ambiguous // neither yes nor no
	case r.code < 500, r.code == 552: // RFC 5321, 4.5.3.1.10
		return tertial.Temporary
	}
	enhanced := r.enhanced()
	switch {
	case p == tertial.PhaseMail && strings.HasPrefix(enhanced, "5.7."):
		return tertial.RelayDown // it does not take mail from us, whoever it is for
	case r.code == 500 && (enhanced == "" || strings.HasPrefix(enhanced, "5.5.")), strings.HasPrefix(enhanced, "5.6."):
		return tertial.Broken // the mail itself is not as it should be
	}
	return tertial.Refused
}
