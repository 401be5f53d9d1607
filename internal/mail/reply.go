package mail

import (
	"errors"
	"fmt"
	"net/textproto"
	"regexp"
	"strings"

	"tertial/internal/tertial"
)

// maxReply is how much of the relay's words is kept, in characters.
const maxReply = 512

// reply is one answer of the relay.
type reply struct {
	code     int
	enhanced string // "5.1.1", or ""
	text     string // cleaned, without the code
}

// errGarbled is an answer that is none: no code, no room after it, several codes.
var errGarbled = errors.New("the relay's answer cannot be understood")

// readReply reads one answer of one line or several. It is strict, and errs on the side of trying again:
// a bare 550 may be half an answer, but a bare 250 is a whole one.
func readReply(r *textproto.Reader) (reply, error) {
	var out reply
	var words []string
	for {
		line, err := r.ReadLine()
		if err != nil {
			return reply{}, err
		}
		code, text, more, ok := parseLine(line)
		if !ok || out.code != 0 && code != out.code {
			return reply{text: oneLine(line, maxReply)}, fmt.Errorf("%w: %.80q", errGarbled, line)
		}
		out.code = code
		words = append(words, text)
		if !more {
			break
		}
	}
	out.enhanced = enhancedCode(words[0])
	out.text = oneLine(strings.Join(words, " "), maxReply)
	return out, nil
}

// parseLine takes a line of an answer apart; more says that others follow.
func parseLine(line string) (code int, text string, more, ok bool) {
	if len(line) < 3 || line[0] < '2' || line[0] > '5' || line[1] < '0' || line[1] > '9' || line[2] < '0' || line[2] > '9' {
		return 0, "", false, false
	}
	code = int(line[0]-'0')*100 + int(line[1]-'0')*10 + int(line[2]-'0')
	if len(line) == 3 {
		return code, "", false, code < 400
	}
	if line[3] != ' ' && line[3] != '-' {
		return 0, "", false, false
	}
	return code, line[4:], line[3] == '-', true
}

// The enhanced status code that an answer's text begins with (RFC 3463).
var enhanced = regexp.MustCompile(`^([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:\s|$)`)

func enhancedCode(text string) string {
	if m := enhanced.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
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
	case p == tertial.PhaseMail && strings.HasPrefix(r.enhanced, "5.7."):
		return tertial.RelayDown // it does not take mail from us, whoever it is for
	case r.code == 500 && (r.enhanced == "" || strings.HasPrefix(r.enhanced, "5.5.")), strings.HasPrefix(r.enhanced, "5.6."):
		return tertial.Broken // the mail itself is not as it should be
	}
	return tertial.Refused
}
