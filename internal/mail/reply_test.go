package mail

import (
	"bufio"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"tertial/internal/tertial"
)

func TestClassify(t *testing.T) {
	const mail, rcpt, data, dot = tertial.PhaseMail, tertial.PhaseRcpt, tertial.PhaseData, tertial.PhaseDot
	tests := []struct {
		name  string
		phase tertial.Phase
		says  string
		want  tertial.Verdict
	}{
		{"yes to the sender", mail, "250 2.1.0 ok", tertial.Accepted},
		{"yes without a word", dot, "250", tertial.Accepted},
		{"yes without text", dot, "250 ", tertial.Accepted},
		{"will forward", rcpt, "251 user not local", tertial.Accepted},
		{"cannot verify", rcpt, "252 will try", tertial.Accepted},
		{"go on", data, "354 go on", tertial.Accepted},
		{"yes where go on was due", data, "250 ok", tertial.Temporary},
		{"goodbye where yes was due", rcpt, "221 bye", tertial.Temporary},
		{"go on where yes was due", rcpt, "354 go on", tertial.Temporary},
		{"neither yes nor no to the mail", dot, "354 go on", tertial.Ambiguous},
		{"goodbye to the mail", dot, "221 bye", tertial.Ambiguous},
		{"closing before the sender", mail, "421 4.3.2 shutting down", tertial.RelayDown},
		{"closing after the dot is a no", dot, "421 too much", tertial.RelayDown},
		{"greylisted", rcpt, "451 4.7.1 greylisted", tertial.Temporary},
		{"busy", rcpt, "450 4.2.1 busy", tertial.Temporary},
		{"too many recipients", rcpt, "452 4.5.3 too many", tertial.Temporary},
		{"too many recipients, for good", rcpt, "552 5.5.3 too many", tertial.Temporary},
		{"mailbox full", rcpt, "452 4.2.2 full", tertial.Temporary},
		{"mailbox full, for good", rcpt, "552 5.2.2 full", tertial.Temporary},
		{"mailbox full at the dot", dot, "552 5.2.2 full", tertial.Temporary},
		{"no such user", rcpt, "550 5.1.1 no such user", tertial.Refused},
		{"a bad address", rcpt, "553 5.1.3 bad", tertial.Refused},
		{"user not local", rcpt, "551 try elsewhere", tertial.Refused},
		{"policy at the sender is the relay's", mail, "550 5.7.1 not you", tertial.RelayDown},
		{"policy at one recipient is the recipient's", rcpt, "550 5.7.1 not to her", tertial.Refused},
		{"policy at the dot is the mail's", dot, "554 5.7.1 spam", tertial.Refused},
		{"sign in first", mail, "530 5.7.0 sign in", tertial.RelayDown},
		{"sign in first, at a recipient", rcpt, "530 sign in", tertial.RelayDown},
		{"wrong password", mail, "535 5.7.8 no", tertial.RelayDown},
		{"weaker than wanted", mail, "534 5.7.9 stronger", tertial.RelayDown},
		{"encryption wanted", mail, "538 5.7.11 encrypt", tertial.RelayDown},
		{"a sender that is refused", mail, "553 5.1.8 who", tertial.Refused},
		{"a mail that is not well made", dot, "554 5.6.0 bad", tertial.Broken},
		{"an address that wants UTF-8", rcpt, "553 5.6.7 no SMTPUTF8", tertial.Broken},
		{"a line too long", dot, "500 line too long", tertial.Broken},
		{"a permanent code with a temporary word", rcpt, "550 4.2.1 later", tertial.Refused},
		{"a temporary code with a permanent word", rcpt, "450 5.1.1 never", tertial.Temporary},
		{"a temporary code with a word of policy", mail, "451 5.7.1 later", tertial.Temporary},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			said, err := readReply(reader(tt.says+"\r\n"), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := classify(tt.phase, said); got != tt.want {
				t.Errorf("%s at %s: got %s, want %s", tt.says, tt.phase, got, tt.want)
			}
		})
	}
}

func reader(s string) *bufio.Reader { return bufio.NewReaderSize(strings.NewReader(s), 16) }

func TestReadReply(t *testing.T) {
	tests := []struct {
		name, says     string
		code           int
		enhanced, text string
		fails          string // what is named in the error, "" where there is none
	}{
		{"one line", "250 2.0.0 queued as 4F\r\n", 250, "2.0.0", "2.0.0 queued as 4F", ""},
		{"several lines", "550-5.1.1 no\r\n550-such\r\n550 user\r\n", 550, "5.1.1", "5.1.1 no such user", ""},
		{"no enhanced code", "550 5.1 no\r\n", 550, "", "5.1 no", ""},
		{"a code that only looks enhanced", "550 5.1.1.1 no\r\n", 550, "", "5.1.1.1 no", ""},
		{"what is no text is cleaned", "550 \x1b[31m<b>\x00\xff\u202e no\r\n", 550, "", "[31m<b> \uFFFD no", ""},
		{"a bare yes", "250\r\n", 250, "", "", ""},
		{"a bare no may be half of one", "550\r\n", 0, "", "", "550"},
		{"no code", "hello\r\n", 0, "", "", "hello"},
		{"nothing", "\r\n", 0, "", "", `""`},
		{"a code too short", "99 x\r\n", 0, "", "", "99 x"},
		{"a code too large", "999 x\r\n", 0, "", "", "999 x"},
		{"a code too long", "2500\r\n", 0, "", "", "2500"},
		{"a code below all", "100 x\r\n", 0, "", "", "100 x"},
		{"two codes in one answer", "250-a\r\n550 b\r\n", 0, "", "", "550 b"},
		{"an answer that breaks off", "250-a\r\n", 0, "", "", "EOF"},
		{"nothing at all", "", 0, "", "", "EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readReply(reader(tt.says), nil)
			if got.code != tt.code || got.enhanced() != tt.enhanced || got.text() != tt.text {
				t.Errorf("got %d %q %q, want %d %q %q", got.code, got.enhanced(), got.text(), tt.code, tt.enhanced, tt.text)
			}
			if (err != nil) != (tt.fails != "") || err != nil && !strings.Contains(err.Error(), tt.fails) {
				t.Errorf("got %v, want an error that names %s", err, tt.fails)
			}
		})
	}
}

func FuzzReply(f *testing.F) {
	for _, s := range []string{"250 ok\r\n", "250-a\r\n250 b\r\n", "550 5.7.1 no\r\n", "hello\r\n", "2500\r\n", "\r\n", "421", "250 \xff\x00\x1b\u202e\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		said, err := readReply(reader(s), nil)
		text, enhanced := said.text(), said.enhanced()
		if n := utf8.RuneCountInString(text); n > maxReply || !utf8.ValidString(text) ||
			strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) || text != oneLine(text, maxReply) {
			t.Errorf("%q is kept as %q", s, text)
		}
		if err != nil {
			return
		}
		if said.code < 200 || said.code > 599 || !strings.Contains(s, enhanced) {
			t.Errorf("%q is read as %+v", s, said)
		}
		for _, p := range []tertial.Phase{tertial.PhaseMail, tertial.PhaseRcpt, tertial.PhaseData, tertial.PhaseDot} {
			v := classify(p, said)
			if v == tertial.Accepted && (said.code/100 != 2 && said.code != 354) || v == tertial.Ambiguous && p != tertial.PhaseDot ||
				v == tertial.Refused && said.code < 500 || v == "" {
				t.Errorf("%q at %s: got %s", s, p, v)
			}
		}
	})
}
