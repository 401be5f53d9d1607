package mail

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tertial/internal/tertial"
)

// bounceSample is a mail of testdata/bounces, with a signature of message 88 in place of the word.
func bounceSample(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "bounces", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(strings.ReplaceAll(string(raw), "SIGNATURE", testBounces(t).mac(88)))
}

// B110.
func TestReportsOfMailSystemsAreRead(t *testing.T) {
	for _, tt := range []struct {
		name, sample, kind, action, status, reply string
	}{
		{"Postfix", "postfix", DeliveryReport, "failed", "5.1.1",
			"550 5.1.1 <anna.ek@stad.example>: Recipient address rejected: User unknown in virtual mailbox table"},
		{"Exim, whose own status says nothing", "exim", DeliveryReport, "failed", "5.1.1",
			"550-5.1.1 The email account that you tried to reach does not exist. 550 5.1.1 See the manual"},
		{"Exchange, in base64", "exchange", DeliveryReport, "failed", "5.1.10",
			"550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found"},
		{"a report with addresses in UTF-8", "global", DeliveryReport, "failed", "5.1.1", "550 5.1.1 <åsa@stad.example> finns inte"},
		{"B110 a delay", "delay", DeliveryReport, "delayed", "4.4.1", "connect to mx.stad.example[192.0.2.1]:25: Connection timed out"},
		{"B110 a vacation reply", "vacation", AutoReply, "", "", ""},
		{"a receipt that it was read", "receipt", ReadReceipt, "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := ParseReport(bounceSample(t, tt.sample))
			if r.Kind != tt.kind {
				t.Fatalf("got %q, want %q", r.Kind, tt.kind)
			}
			got, ok := r.About("anna.ek@stad.example")
			if want := (tertial.Bounce{Action: tt.action, Status: tt.status, Reply: tt.reply}); got != want || ok != (tt.action != "") {
				t.Errorf("got %+v, %t; want %+v", got, ok, want)
			}
			if id, err := testBounces(t).ReadToken(strings.Join(r.Addresses, " ")); id != 88 || err != nil {
				t.Errorf("the signed address: got %d, %v in %q", id, err, r.Addresses)
			}
		})
	}
}

func TestTheSignedAddressIsFoundWhereverItIs(t *testing.T) {
	b := testBounces(t)
	for _, field := range []string{"Delivered-To", "X-Original-To", "Envelope-To", "envelope-to", "X-Envelope-To", "To", "X-Failed-Recipients"} {
		r := ParseReport([]byte(field + ": <" + b.Sender(88) + ">\r\nSubject: x\r\n\r\nx"))
		if id, err := b.ReadToken(strings.Join(r.Addresses, " ")); id != 88 || err != nil {
			t.Errorf("%s: got %d, %v", field, id, err)
		}
	}
	for name, raw := range map[string]string{
		"in the report":          report("Final-Recipient: rfc822; " + b.Sender(88) + "\nAction: failed\nStatus: 5.1.1\n"),
		"in what was sent back":  report("Action: failed\nStatus: 5.1.1\n", "message/rfc822", "Return-Path: <"+b.Sender(88)+">\nSubject: x\n\nhej"),
		"among returned headers": report("Action: failed\nStatus: 5.1.1\n", "text/rfc822-headers", "Return-Path:\n <"+b.Sender(88)+">\nSubject: x\n"),
	} {
		r := ParseReport([]byte(raw))
		if id, err := b.ReadToken(strings.Join(r.Addresses, " ")); id != 88 || err != nil {
			t.Errorf("%s: got %d, %v in %q", name, id, err, r.Addresses)
		}
	}
	for _, field := range []string{"From", "Subject", "Received", "Reply-To"} {
		r := ParseReport([]byte(field + ": " + b.Sender(88) + "\r\n\r\n" + b.Sender(88)))
		if len(r.Addresses) > 0 {
			t.Errorf("%s, and the text: got %q, want none", field, r.Addresses)
		}
	}
}

// report is a delivery report with the facts, and with further parts as kind and content.
func report(facts string, parts ...string) string {
	var b strings.Builder
	b.WriteString("To: bounces@stad.example\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n" +
		"Content-Type: message/delivery-status\n\nReporting-MTA: dns; relay.stad.example\n\n" + facts + "\n")
	for i := 0; i+1 < len(parts); i += 2 {
		b.WriteString("--b\nContent-Type: " + parts[i] + "\n\n" + parts[i+1] + "\n")
	}
	return b.String() + "--b--\n"
}

func TestOfSeveralRecipientsOursCounts(t *testing.T) {
	person := func(original, final, action, status string) string {
		s := "Final-Recipient: rfc822; " + final + "\nAction: " + action + "\nStatus: " + status + "\n"
		if original != "" {
			s = "Original-Recipient: rfc822;" + original + "\n" + s
		}
		return s + "\n"
	}
	for _, tt := range []struct {
		name, facts, action, status string
	}{
		{"ours is the second", person("", "bo@stad.example", "failed", "5.1.1") + person("", "anna@stad.example", "delayed", "4.2.2"), "delayed", "4.2.2"},
		{"in other letters", person("", "bo@stad.example", "delayed", "4.2.2") + person("", "ANNA@Stad.Example", "failed", "5.2.2"), "failed", "5.2.2"},
		{"in brackets", person("", "<bo@stad.example>", "delayed", "4.2.2") + person("", "<anna@stad.example>", "failed", "5.2.2"), "failed", "5.2.2"},
		{"ours behind an alias", person("bo@stad.example", "b@x.example", "failed", "5.1.1") + person("anna@stad.example", "a@x.example", "delivered", "2.0.0"), "delivered", "2.0.0"},
		{"a list of which one was not reached", person("anna@stad.example", "a@x.example", "delivered", "2.0.0") + person("anna@stad.example", "b@x.example", "failed", "5.1.1"), "failed", "5.1.1"},
		{"the only one, behind an alias that is not named", person("", "a@x.example", "failed", "5.1.1"), "failed", "5.1.1"},
		{"none is ours, and all failed", person("", "a@x.example", "failed", "5.2.2") + person("", "b@x.example", "failed", "5.1.1"), "failed", "5.2.2"},
		{"none is ours, and not all failed", person("", "a@x.example", "failed", "5.1.1") + person("", "b@x.example", "delivered", "2.0.0"), "", ""},
		{"nobody", "", "", ""},
		{"no known action", person("", "anna@stad.example", "exploded", "5.1.1"), "", ""},
		{"an action with a remark", person("", "anna@stad.example", "Failed (gave up)", "5.1.1 (no such user)"), "failed", "5.1.1"},
		{"a status that is none", person("", "anna@stad.example", "failed", "five"), "failed", ""},
		{"the first of two actions", "Final-Recipient: rfc822; anna@stad.example\nAction: delayed\nAction: failed\nStatus: 4.4.1\n", "delayed", "4.4.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := ParseReport([]byte(report(tt.facts))).About("anna@stad.example", "")
			if got.Action != tt.action || got.Status != tt.status || ok != (tt.action != "") {
				t.Errorf("got %+v, %t; want %s %s", got, ok, tt.action, tt.status)
			}
		})
	}
}

func TestAStatusIsTheMostThatIsKnown(t *testing.T) {
	for _, tt := range []struct{ name, status, diagnosis, want string }{
		{"the report's own", "5.1.1", "550 5.7.1 no", "5.1.1"},
		{"that of the words, where the report's says nothing", "5.0.0", "550 5.1.1 no", "5.1.1"},
		{"not of another class", "5.0.0", "451 4.7.1 later", "5.0.0"},
		{"that of the words, where there is none", "", "550 5.1.1 no", "5.1.1"},
		{"that of a word with a sign before it", "5.0.0", "550 #5.1.1 no", "5.1.1"},
		{"not part of an address", "5.0.0", "connect to 10.5.1.1 failed", "5.0.0"},
		{"none", "", "no", ""},
		{"no status", "6.1.1", "", ""},
		{"no status either", "5.1", "", ""},
		{"a number without an end", "5.1.11111111", "", ""},
	} {
		if got := statusOf(tt.status, tt.diagnosis); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestWordsOfAServerAreCleaned(t *testing.T) {
	facts := "Final-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 \x1b[31m<script>\x00\xff" +
		strings.Repeat(" no", 1000) + "\n"
	b, ok := ParseReport([]byte(report(facts))).About()
	if !ok || len([]rune(b.Reply)) > 512 || strings.ContainsAny(b.Reply, "\x1b\x00\n") || !utf8.ValidString(b.Reply) {
		t.Errorf("got %q", b.Reply)
	}
}

// B110: what is no report, and what is made to be hard on programs, is ignored at little cost.
func TestHostileMailIsNoReport(t *testing.T) {
	deep := "MIME-Version: 1.0\n"
	for i := range 5000 {
		deep += fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	facts := "Content-Type: message/delivery-status\n\nAction: failed\nStatus: 5.1.1\n"
	for _, tt := range []struct{ name, raw, kind string }{
		{"nothing", "", Unreadable},
		{"no header", "hello", Unreadable},
		{"a header without an end", "To: " + strings.Repeat("x", 1<<20), NoReport},
		{"NUL bytes", strings.Repeat("\x00", 1000), Unreadable},
		{"a person's answer", "To: bounces@stad.example\nSubject: Sv: Plan\n\nDet är klart. Action: failed", NoReport},
		{"facts outside a report", facts + "\nAction: failed\nStatus: 5.1.1\n", DeliveryReport},
		{"a report without parts", "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\nnothing", NoReport},
		{"a report without a boundary", "Content-Type: multipart/report; report-type=delivery-status\n\n--b\n" + facts, NoReport},
		{"a boundary that never comes", "Content-Type: multipart/report; boundary=b\n\n--c\n" + facts + "--c--", NoReport},
		{"a boundary of spaces", "Content-Type: multipart/report; boundary=\"   \"\n\n--\n" + facts, NoReport},
		{"a type that is none", "Content-Type: ;;;\n\n" + facts, NoReport},
		{"a type with broken parameters", "Content-Type: multipart/report; boundary=b; =;\n\n--b\n" + facts + "--b--\n", NoReport},
		{"deep nesting", deep, Unreadable},
		{"ten thousand parts", "Content-Type: multipart/report; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 10000) + "--b\n" + facts + "--b--\n", NoReport},
		{"ten thousand fields", strings.Repeat("To: a@b.se\n", 10000) + "\nx", NoReport},
		{"a transfer encoding that lies", "Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n!!!! Action: failed", Unreadable},
		{"a charset that lies", "Content-Type: text/plain; charset=utf-16\n\n" + facts, NoReport},
		{"half a report", "Content-Type: multipart/report; boundary=b\n\n--b\n" + facts, DeliveryReport},
		{"a report within a list's frame", "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/report; boundary=b\n\n--b\n" + facts + "--b--\n--a--\n", DeliveryReport},
		{"an mbox line before it", "From MAILER-DAEMON Wed Mar 24 07:30:05 2027\n" + facts + "\nAction: failed\n", DeliveryReport},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := ParseReport([]byte(tt.raw)); got.Kind != tt.kind {
				t.Errorf("got %q, want %q", got.Kind, tt.kind)
			} else if len(got.Addresses) > maxReportBlocks {
				t.Errorf("got %d addresses", len(got.Addresses))
			}
		})
	}
}

func TestThirtyMebibytesAreReadInOnePass(t *testing.T) {
	filler := strings.Repeat(strings.Repeat("x", 75)+"\n", (30<<20)/76)
	raw := report("Action: failed\nStatus: 5.1.1\nFinal-Recipient: rfc822; a@x.example\n", "message/rfc822", "Subject: x\n\n"+filler)
	done := make(chan *Report, 1)
	go func() { done <- ParseReport([]byte(raw)) }()
	select {
	case r := <-done:
		if b, ok := r.About(); !ok || b.Status != "5.1.1" {
			t.Errorf("got %+v", r)
		}
	case <-time.After(time.Minute):
		t.Fatal("it takes a minute and more")
	}
}

func FuzzParseReport(f *testing.F) {
	for _, name := range []string{"postfix", "exim", "exchange", "delay", "global", "vacation", "receipt"} {
		f.Add(bounceSample(f, name))
	}
	for _, s := range []string{"", "From x\n\n", report(""), "Content-Type: multipart/report; boundary=b\n\n--b--"} {
		f.Add([]byte(s))
	}
	b := testBounces(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := ParseReport(raw)
		if r.Kind == "" || len(r.Recipients) > 0 != (r.Kind == DeliveryReport) {
			t.Errorf("got %q with %d recipients", r.Kind, len(r.Recipients))
		}
		got, ok := r.About("anna.ek@stad.example")
		if ok != knownAction(got.Action) || got.Message != 0 || len([]rune(got.Reply)) > maxReply || !utf8.ValidString(got.Reply) {
			t.Errorf("got %+v, %t", got, ok)
		}
		if got.Status != "" && !statusCode.MatchString(got.Status) {
			t.Errorf("got the status %q", got.Status)
		}
		for _, a := range r.Addresses {
			if id, err := b.ReadToken(a); err == nil && b.Sender(id) == "" {
				t.Error("no sender")
			}
		}
	})
}
