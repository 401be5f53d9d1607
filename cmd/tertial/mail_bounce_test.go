package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"tertial/internal/tertial"
	"tertial/internal/tools/pgtest"
	"tertial/internal/tools/smtptest"
)

// delivered sits down where the first two mails have been sent under signed senders, which it returns by reader.
func delivered(t *testing.T, database string) (d *desk, sender map[string]string) {
	t.Helper()
	server := smtptest.New(t)
	d = relayed(t, server.Addr())
	d.env = append(d.env, "TERTIAL_MAIL_BOUNCE_TO=bounces@stad.example")
	if database != "" {
		secret := bytes.Repeat([]byte{1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233}, 3)
		d.writes("secret", hex.EncodeToString(secret))
		d.env = append(d.env, "TERTIAL_DATABASE="+database, "TERTIAL_SECRET_FILE=secret")
		d.types("import gap.csv --plan-year 2027 --as-of 2026-11-16T12:00 --apply")
		d.types("person import people.csv --as-of 2026-11-16T12:00")
		d.types("run remind --as-of 2026-11-17T07:30")
	}
	d.types("run deliver --as-of 2026-11-17T07:31")
	sender = map[string]string{}
	for _, m := range server.Mails() {
		sender[m.To[0]] = m.From
	}
	if len(sender) != 2 {
		t.Fatalf("got %v, want two mails", sender)
	}
	return d, sender
}

// dsn is a delivery report about one recipient.
func dsn(to, recipient, action, status string) string {
	return "Return-Path: <>\nTo: " + to + "\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nSorry.\n" +
		"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.stad.example\n\nFinal-Recipient: rfc822; " + recipient +
		"\nAction: " + action + "\nStatus: " + status + "\nDiagnostic-Code: smtp; 550 " + status + " no such user\n--b--\n"
}

// pipes gives the program a mail as a mail system does, and returns what it says.
func (d *desk) pipes(code int, mail io.Reader, line string) string {
	d.t.Helper()
	var out, errs bytes.Buffer
	if got := run(d.t.Context(), split(line), d.env, mail, &out, &errs); got != code {
		d.t.Fatalf("%s\ngot exit %d, want %d\n%s%s", line, got, code, out.String(), errs.String())
	}
	if said := out.String() + errs.String(); strings.Contains(said, "@") && code == 0 {
		d.t.Errorf("P43 an address stands in what it says: %s", said)
	}
	return out.String() + errs.String()
}

const atEight = " --as-of 2026-11-17T08:00"

// entries is how many entries the log has, which must be whole.
func (d *desk) entries() int {
	d.t.Helper()
	var log struct {
		Entries int
		Whole   bool
	}
	d.reads(&log, "log verify")
	if !log.Whole {
		d.t.Error("the log is broken")
	}
	return log.Entries
}

// suspects are the people whose address is thought to be wrong.
func (d *desk) suspects() []string {
	d.t.Helper()
	var list struct{ People []tertial.Person }
	d.reads(&list, "person list --suspect")
	var names []string
	for _, x := range list.People {
		names = append(names, x.Email)
	}
	return names
}

// P15, P17.
func TestABounceIsReadFromAPipe(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { aBounceIsRead(t, "") })
	t.Run("PostgreSQL", func(t *testing.T) { aBounceIsRead(t, pgtest.URL(t)) })
}

func aBounceIsRead(t *testing.T, database string) {
	d, sender := delivered(t, database)
	const reader = "ake.strom@stad.example"
	ours := sender[reader]
	if !strings.HasPrefix(ours, "bounces+b") || ours == sender["eva.oberg@stad.example"] {
		t.Fatalf("got the envelope senders %v", sender)
	}
	before := d.entries()
	same := func(t *testing.T, what string) {
		t.Helper()
		if got := d.states()[tertial.MessageSent]; len(got) != 2 || len(d.suspects()) > 0 {
			t.Errorf("%s: got %v sent, %v suspect", what, got, d.suspects())
		}
	}
	mac := strings.LastIndex(ours, "@")
	forgery := ours[:mac-3] + "aaa" + ours[mac:]
	for _, tt := range []struct{ name, mail, says string }{
		{"P17 B110 a report without a signature", dsn("bounces@stad.example", reader, "failed", "5.1.1"), "ignored: no signed address"},
		{"P17 B110 a report with a forged signature", dsn(forgery, reader, "failed", "5.1.1"), "ignored: forged signature"},
		{"P17 a report with another message's signature", dsn(strings.Replace(ours, "+b", "+b9", 1), reader, "failed", "5.1.1"), "ignored: forged signature"},
		{"B110 a vacation reply", "To: " + ours + "\nAuto-Submitted: auto-replied\n\nJag är ledig. Action: failed Status: 5.1.1", "ignored: automatic reply"},
		{"B110 a person's answer", "To: " + ours + "\n\nKlart!", "ignored: no report"},
		{"B110 nothing", "", "ignored: unreadable"},
		{"a report that it went well", dsn(ours, reader, "delivered", "2.0.0"), "ignored: no failure"},
		{"a report about two others", strings.Replace(dsn(ours, "x@y.se", "failed", "5.1.1"), "\n--b--", "\n\nFinal-Recipient: rfc822; z@y.se\nAction: relayed\n--b--", 1),
			"ignored: about other recipients"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if said := d.pipes(exitDone, strings.NewReader(tt.mail), "mail bounce"+atEight); !strings.Contains(said, tt.says) {
				t.Errorf("got %s, want %s", said, tt.says)
			}
			same(t, tt.name)
		})
	}
	t.Run("B110 thirty mebibytes", func(t *testing.T) {
		huge := io.MultiReader(strings.NewReader(dsn(ours, reader, "failed", "5.1.1")), io.LimitReader(endless{}, 30<<20))
		if said := d.pipes(exitDone, huge, "mail bounce"+atEight); !strings.Contains(said, "ignored: larger than 10 MiB") {
			t.Errorf("got %s", said)
		}
		if n, _ := huge.Read(make([]byte, 1)); n > 0 {
			t.Error("the mail system is left with a mail that nobody reads")
		}
		same(t, "30 MiB")
	})
	if got := d.entries(); got != before {
		t.Errorf("P17 what is ignored wrote %d entries into the log", got-before)
	}
	t.Run("B110 a delay is noted and changes nothing", func(t *testing.T) {
		d.pipes(exitDone, strings.NewReader(dsn(ours, reader, "delayed", "4.4.1")), "mail bounce"+atEight)
		same(t, "a delay")
	})
	t.Run("P17 a signed report counts, once", func(t *testing.T) {
		shouted := strings.ToUpper(ours) // local parts may lose their case on the way
		d.pipes(exitDone, strings.NewReader(dsn("undisclosed", reader, "failed", "5.1.1")), "mail bounce - --to "+shouted+atEight)
		if got := d.states()[tertial.MessageFailed]; !slices.Equal(got, []string{reader}) {
			t.Errorf("got %v failed", got)
		}
		if got := d.suspects(); !slices.Equal(got, []string{reader}) {
			t.Errorf("got %v suspect", got)
		}
		after := d.entries()
		d.pipes(exitDone, strings.NewReader(dsn(ours, reader, "failed", "5.1.1")), "mail bounce"+atEight)
		if got := d.entries(); got != after {
			t.Errorf("the same report again wrote %d entries", got-after)
		}
	})
	d.showsBounces(t, reader)
}

// showsBounces asks that a person sees what came back, and can settle it.
func (d *desk) showsBounces(t *testing.T, reader string) {
	var queue struct {
		Today   map[tertial.MessageState]int
		Bounces bounceCount
	}
	d.reads(&queue, "mail queue"+atEight)
	if queue.Today[tertial.MessageFailed] != 1 || queue.Bounces.Mails["failed"] != 2 || queue.Bounces.Mails["forged signature"] != 2 ||
		queue.Bounces.Mails["larger than 10 MiB"] != 1 || queue.Bounces.Since.String() != "2026-11-17" {
		t.Errorf("got %+v", queue)
	}
	if out := d.types("mail queue" + atEight); !strings.Contains(out, "1 failed") || !strings.Contains(out, "bounces: ") || !strings.Contains(out, "2 forged signature") {
		t.Errorf("got %s", out)
	}
	d.meets(exitDone, "person list --as-of 2026-11-17", "suspect: "+reader, "person edit ADDRESS --new-email NEW")

	// P15: the coordinator is told with the next mail.
	d.types("run remind deliver --as-of 2026-11-18T07:30")
	var list struct{ Messages []tertial.Message }
	d.reads(&list, "mail list --to eva.oberg@stad.example --limit 1")
	if len(list.Messages) != 1 || list.Messages[0].Day.String() != "2026-11-18" ||
		!slices.ContainsFunc(list.Messages[0].Items, func(i tertial.Item) bool { return i.Undeliverable }) {
		t.Errorf("P15 the coordinator was told: %+v", list.Messages)
	}

	if out := d.types("person edit %s --new-email ake@stad.example --as-of 2026-11-18T09:00", reader); !strings.Contains(out, "no longer suspect") {
		t.Errorf("got %s", out)
	}
	if got := d.suspects(); len(got) > 0 {
		t.Errorf("got %v suspect after a new address", got)
	}
}

func TestABounceThatCannotBeTakenNowIsTriedAgain(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=postgres://nobody@127.0.0.1:1/none?sslmode=disable", "TERTIAL_MAIL_BOUNCE_TO=bounces@stad.example",
		"TERTIAL_SECRET_FILE=secret")
	d.writes("secret", strings.Repeat("0123456789abcdef", 4))
	for name, mail := range map[string]string{"a report": dsn("bounces@stad.example", "a@b.se", "failed", "5.1.1"), "no report": "hej"} {
		if said := d.pipes(exitUnavailable, strings.NewReader(mail), "mail bounce"); said == "" {
			t.Errorf("%s: nothing is said", name)
		}
	}
}

func TestBouncesWantTheirConfiguration(t *testing.T) {
	mail := dsn("bounces@stad.example", "a@b.se", "failed", "5.1.1")
	for _, tt := range []struct {
		name, says string
		env        []string
	}{
		{"an address", "mail.bounce_to is not set", nil},
		{"a secret that is one", "secret_file: ", []string{"TERTIAL_MAIL_BOUNCE_TO=b@stad.example", "TERTIAL_SECRET_FILE=gap.csv.none"}},
		{"a secret that all replicas have", "secret_file: ", []string{"TERTIAL_MAIL_BOUNCE_TO=b@stad.example", "TERTIAL_DATABASE=postgres://localhost/t"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, append([]string{"TERTIAL_DATABASE=tertial.db"}, tt.env...)...)
			if said := d.pipes(exitConfig, strings.NewReader(mail), "mail bounce"); !strings.Contains(said, tt.says) {
				t.Errorf("got %s, want %s", said, tt.says)
			}
		})
	}
}

func TestTheSecretStaysWhereItIs(t *testing.T) {
	d, sender := delivered(t, "")
	key, err := os.ReadFile("tertial.db.key")
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat("tertial.db.key"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v; want mode 0600", info, err)
	}
	secret := string(bytes.TrimSpace(key))
	raw, err := hex.DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"config show", "mail list -o json", "mail show 1 -o json", "log", "mail queue"} {
		if strings.Contains(d.types(line), secret) {
			t.Errorf("P37 %s tells the secret", line)
		}
	}
	for _, name := range []string{"tertial.db", "tertial.db-wal"} {
		content, err := os.ReadFile(name)
		if err == nil && (bytes.Contains(content, []byte(secret)) || bytes.Contains(content, raw)) {
			t.Errorf("P37 %s holds the secret", name)
		}
		for _, s := range sender {
			if bytes.Contains(content, []byte(s)) {
				t.Errorf("%s holds a signature", name)
			}
		}
	}
}

func TestMailThatIsOnlyLookedAtNeedsNoSecret(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db", "TERTIAL_MAIL_BOUNCE_TO=bounces@stad.example")
	d.types("import gap.csv --plan-year 2027 --as-of 2026-11-16T12:00 --apply")
	d.types("person import people.csv --as-of 2026-11-16T12:00")
	d.types("run remind --as-of 2026-11-17T07:30")
	for _, line := range []string{"mail list -o json", "mail queue -o json", "mail show 1", "mail preview --ref 2027-7.2", "config check"} {
		d.types("%s", line)
	}
	if _, err := os.Stat("tertial.db.key"); err == nil {
		t.Error("there is a secret that nobody needs")
	}
}

func TestBounceCountsAreShownTheLargestFirst(t *testing.T) {
	day := date(t, "2026-11-17")
	c := bounceCount{Since: day, Last: day.AddDays(1), Mails: map[string]int{"failed": 2, "no report": 12, "delayed": 2}}
	if got, want := c.String(), "12 no report, 2 delayed, 2 failed (since 2026-11-17, the last on 2026-11-18)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := fmt.Sprint(bounceCount{}); got != "" {
		t.Errorf("got %q for none", got)
	}
}
