package main

import (
	"bytes"
	"net"
	"strings"
	"testing"

	"tertial/internal/tertial"
	"tertial/internal/tools/smtptest"
)

// relayed sits down with a mail server, an analysis and people; the first mails are queued.
func relayed(t *testing.T, address string) *desk {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db", "TERTIAL_MAIL_SMTP_HOST="+host, "TERTIAL_MAIL_SMTP_PORT="+port,
		"TERTIAL_MAIL_SMTP_TLS=none", "TERTIAL_MAIL_FROM=tertial@stad.example")
	d.types("import gap.csv --plan-year 2027 --as-of 2026-11-16T12:00 --apply")
	d.types("person import people.csv --as-of 2026-11-16T12:00")
	d.types("run remind --as-of 2026-11-17T07:30")
	return d
}

// fails runs a command line that must fail with code, and returns what it says of it.
func (d *desk) fails(code int, line string) (out, errs string) {
	d.t.Helper()
	var o, e bytes.Buffer
	if got := run(d.t.Context(), split(line), d.env, strings.NewReader(""), &o, &e); got != code {
		d.t.Fatalf("%s\ngot exit %d, want %d\n%s%s", line, got, code, o.String(), e.String())
	}
	return o.String(), e.String()
}

// states are the addresses of the messages by their state.
func (d *desk) states() map[tertial.MessageState][]string {
	d.t.Helper()
	var list struct {
		Messages []tertial.Message `json:"messages"`
	}
	d.reads(&list, "mail list")
	states := map[tertial.MessageState][]string{}
	for _, m := range list.Messages {
		states[m.State] = append(states[m.State], m.To)
	}
	return states
}

func TestMailReachesTheRelayOnce(t *testing.T) {
	server := smtptest.New(t)
	d := relayed(t, server.Addr())
	if out := d.types("run deliver --as-of 2026-11-17T07:31"); !strings.Contains(out, "2 sent") {
		t.Errorf("got %s", out)
	}
	d.types("run remind deliver --as-of 2026-11-17T07:32")
	mails := server.Mails()
	if len(mails) != 2 {
		t.Fatalf("got %d mails, want 2", len(mails))
	}
	for _, m := range mails {
		if len(m.To) != 1 || !strings.Contains(string(m.Raw), "2027-") {
			t.Errorf("to %v:\n%s", m.To, m.Raw)
		}
	}
	if got := d.states()[tertial.MessageSent]; len(got) != 2 {
		t.Errorf("got %v sent", got)
	}
}

func TestARefusedRecipientIsPartlyDone(t *testing.T) {
	server := smtptest.New(t, smtptest.Judge(func(at smtptest.Phase, what string) error {
		if at == smtptest.RcptTo && strings.HasPrefix(what, "ake.") {
			return smtptest.Refusal(550, [3]int{5, 1, 1}, "no such user")
		}
		return nil
	}))
	d := relayed(t, server.Addr())
	out, _ := d.fails(exitPartly, "run deliver --as-of 2026-11-17T07:31")
	if !strings.Contains(out, "1 sent") || !strings.Contains(out, "1 failed") {
		t.Errorf("got %s", out)
	}
	states := d.states()
	if len(states[tertial.MessageSent]) != 1 || len(states[tertial.MessageFailed]) != 1 || states[tertial.MessageFailed][0] != "ake.strom@stad.example" {
		t.Errorf("got %v", states)
	}
}

func TestARelayThatIsAwayIsUnavailableAndNothingIsLost(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	d := relayed(t, gone)
	_, errs := d.fails(exitUnavailable, "run deliver --as-of 2026-11-17T07:31")
	if !strings.Contains(errs, "relay") {
		t.Errorf("got %s", errs)
	}
	if got := d.states()[tertial.MessageQueued]; len(got) != 2 {
		t.Errorf("got %v", d.states())
	}
	d.fails(exitUnavailable, "mail test eva.oberg@stad.example")
}

func TestATestMailSaysWhatTheRelayAnswers(t *testing.T) {
	server := smtptest.New(t, smtptest.Judge(func(at smtptest.Phase, what string) error {
		if at == smtptest.RcptTo && strings.HasPrefix(what, "ake.") {
			return smtptest.Refusal(550, [3]int{5, 1, 1}, "no such user")
		}
		return nil
	}))
	d := relayed(t, server.Addr())
	if out := d.types("mail test eva.oberg@stad.example"); !strings.Contains(out, "accepted for eva.oberg@stad.example") {
		t.Errorf("got %s", out)
	}
	if _, errs := d.fails(exitFailed, "mail test ake.strom@stad.example"); !strings.Contains(errs, "550") || !strings.Contains(errs, "no such user") {
		t.Errorf("got %s", errs)
	}
	if n := len(server.Mails()); n != 1 {
		t.Errorf("got %d mails, want 1", n)
	}
	if got := d.states(); len(got[tertial.MessageQueued]) != 2 {
		t.Errorf("the queue was touched: %v", got)
	}
}

func TestTheFirstRelayHoldsWhatWasCaptured(t *testing.T) {
	server := smtptest.New(t)
	d := relayed(t, server.Addr())
	withRelay := d.env
	d.env = d.env[:1]
	d.types("run deliver --as-of 2026-11-17T07:31")
	d.env = withRelay
	d.fails(exitRefused, "run remind deliver --as-of 2026-11-23T07:31")
	if n := len(server.Mails()); n != 0 {
		t.Errorf("got %d mails while held", n)
	}
	d.types("mail release --as-of 2026-11-23T07:32")
	d.types("run remind deliver --as-of 2026-11-23T07:33")
	if n := len(server.Mails()); n == 0 {
		t.Error("nothing went after the release")
	}
	d.types("run deliver --as-of 2026-11-23T07:34")
}

func TestAPostgreSQLThatIsAwayIsUnavailable(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=postgres://tertial@127.0.0.1:1/tertial?sslmode=disable&connect_timeout=2")
	_, errs := d.fails(exitUnavailable, "action list")
	if !strings.Contains(errs, "tertial: action list: ") || strings.Contains(errs, "goroutine") {
		t.Errorf("got %s", errs)
	}
}
