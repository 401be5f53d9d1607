package main

import (
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"net/smtp"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"tertial/internal/tertial"
	"tertial/internal/tools/smtptest"
)

// A year run day by day sends what its plan said on the first day, once, and nothing besides.
func TestAYearIsItsPlan(t *testing.T) {
	for _, year := range years(t) {
		if brief(t) && year.name != "the sample" {
			continue
		}
		// The order of the jobs is the caller's: where deliver comes before digest and summary, those two go the day after.
		onBoth(t, year.name, func(t *testing.T, database string) {
			x := newLife(t, year, database)
			x.settle()
			plan := x.plan(year.imported, year.first, year.last)
			x.begin()
			for day := year.first.AddDays(1); !day.After(year.last); day = day.AddDays(1) {
				if !brief(t) || slices.Contains(plan.days(), day) {
					x.run(day, sendAt)
				}
			}
			x.sentAsPlanned(plan)
			x.logIsWhole()
			x.heldEverything()
		})
	}
}

// brief reports whether a year is to be lived in short, and says so: one analysis, on the days on which something
// goes. A run without -short and without the race detector lives every day of both.
func brief(t *testing.T) bool {
	t.Helper()
	if raced {
		t.Log("with -race years are lived in short; go test ./cmd/tertial without it lives them whole")
	}
	return raced || testing.Short()
}

// The program as it is built, over TLS that it must be willing to trust, sends what the same year says.
func TestASpringOverSTARTTLSIsItsPlan(t *testing.T) {
	if testing.Short() {
		t.Skip("the program is built and run; not with -short")
	}
	program := built(t)
	year := sampleYear(t)
	year.last = date(t, "2027-03-31")
	server := smtptest.New(t, smtptest.StartTLS, smtptest.Account("tertial", "hemligt", "PLAIN"))
	x := lifeWith(t, year, t.TempDir()+"/tertial.db", server)
	folder := t.TempDir()
	x.env = append(x.env, "TERTIAL_MAIL_SMTP_TLS=starttls", "SSL_CERT_FILE="+year.write(t, folder, "ca.pem", certificateOf(t, server)),
		"TERTIAL_MAIL_SMTP_USERNAME=tertial", "TERTIAL_MAIL_SMTP_PASSWORD_FILE="+year.write(t, folder, "password", "hemligt\n"))
	x.settle()
	plan := x.plan(year.imported, year.first, year.last)
	for _, day := range plan.days() {
		run := exec.Command(program, append(strings.Fields("run "+year.jobs), "--as-of", day.String()+"T"+sendAt)...)
		run.Env = x.env
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", day, err, out)
		}
		x.ran = append(x.ran, pass{day, len(server.Mails())})
	}
	x.sentAsPlanned(plan)
	for _, m := range server.Mails() {
		if !m.TLS || m.User != "tertial" {
			t.Errorf("a mail to %v came with TLS %t from the user %q", m.To, m.TLS, m.User)
		}
	}
}

// certificateOf is the certificate of a server that offers STARTTLS, in PEM.
func certificateOf(t *testing.T, s *smtptest.Server) string {
	t.Helper()
	c, err := smtp.Dial(s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.StartTLS(&tls.Config{RootCAs: s.CertPool(), ServerName: "localhost"}); err != nil {
		t.Fatal(err)
	}
	state, _ := c.TLSConnectionState()
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: state.PeerCertificates[0].Raw}))
}

// Nobody's refusal, and no outage of the relay shorter than a day, changes what a day tells.
func TestADayOfTroubleWithTheRelayIsStillThePlan(t *testing.T) {
	if raced {
		t.Skip("a year of two runs a day; not with -race, whose other years send by the same code")
	}
	year := sampleYear(t)
	relay := &moody{}
	x := newLife(t, year, t.TempDir()+"/tertial.db", relay.judge)
	x.settle()
	plan := x.plan(year.imported, year.first, year.last)
	x.begin()
	for _, day := range plan.days() {
		relay.refuse(day.Sub(year.first)%3 == 0)
		x.runs(day, sendAt) // it may say that not everything went
		relay.refuse(false)
		x.run(day, "08:30")
	}
	x.sentAsPlanned(plan)
	x.logIsWhole()
}

// sentAsPlanned compares the mails at the server with the plan, and with what the program says of them.
func (x *life) sentAsPlanned(plan *foretold) {
	x.t.Helper()
	x.deliverTheRest()
	listed := x.messages()
	var got []string
	seen := map[string]bool{}
	for _, m := range x.received() {
		if seen[m.id] {
			x.t.Errorf("%s came twice", m.id)
		}
		seen[m.id] = true
		message, known := listed[m.id]
		if !known {
			x.t.Errorf("%s to %s is no message of ours", m.id, m.to)
			continue
		}
		if message.State != tertial.MessageSent || message.To != m.to {
			x.t.Errorf("%s to %s is listed as %s to %s", m.id, m.to, message.State, message.To)
		}
		if message.Kind != tertial.Reminder {
			got = append(got, fmt.Sprintf("%s %s %s %s", message.Day, m.to, message.Kind, occasionOf(&message)))
			continue
		}
		if refs := refsOf(message.Items); !slices.Equal(m.refs, refs) {
			x.t.Errorf("%s %s tells of %v, and the program says of %v", m.day, m.to, m.refs, refs)
		}
		got = append(got, toldRows(m.day, m.to, message.Items)...)
	}
	for id, message := range listed {
		if !seen[id] {
			x.t.Errorf("message %d of %s to %s is %s, and the server does not have it", message.ID, message.Day, message.To, message.State)
		}
	}
	want := plan.lines()
	slices.Sort(got)
	if !slices.Equal(got, want) {
		x.t.Errorf("got %d rows, want %d\n%s", len(got), len(want), difference(got, want))
	}
}

// toldRows are what a mail tells, a line each.
func toldRows(day tertial.Date, to string, items []tertial.Item) []string {
	var list []string
	for _, x := range items {
		list = append(list, fmt.Sprintf("%s %s %s %s due=%s event=%s late=%t", day, to, x.Ref, x.Kind, x.Due, x.Event, x.Late))
	}
	return list
}

// occasionOf is what the plan calls the occasion of a digest or a summary.
func occasionOf(m *tertial.Message) string {
	switch {
	case m.Digest != nil:
		return fmt.Sprintf("%s %d", m.Digest.Event, m.Digest.Year)
	case m.Summary != nil:
		return fmt.Sprintf("%d-W%02d", m.Summary.Year, m.Summary.Week)
	}
	return ""
}

func refsOf(items []tertial.Item) []string {
	var refs []string
	for _, item := range items {
		refs = append(refs, item.Ref)
	}
	slices.Sort(refs)
	return slices.Compact(refs)
}

// foretold is what the program says will go out, as its JSON has it.
type foretold struct {
	Mails []struct {
		Date  tertial.Date
		To    string
		Items []tertial.Item
	}
	Other []struct {
		Date  tertial.Date
		Kind  tertial.MessageKind
		To    string
		Event string
	}
}

// lines are everything that is planned, sorted, a line each.
func (plan *foretold) lines() []string {
	var lines []string
	for _, m := range plan.Mails {
		lines = append(lines, toldRows(m.Date, m.To, m.Items)...)
	}
	for _, o := range plan.Other {
		lines = append(lines, fmt.Sprintf("%s %s %s %s", o.Date, o.To, o.Kind, o.Event))
	}
	slices.Sort(lines)
	return lines
}

// days are the days on which anything goes out, in order.
func (plan *foretold) days() []tertial.Date {
	var days []tertial.Date
	for _, m := range plan.Mails {
		days = append(days, m.Date)
	}
	for _, o := range plan.Other {
		days = append(days, o.Date)
	}
	slices.SortFunc(days, tertial.Date.Compare)
	return slices.Compact(days)
}

// logIsWhole proves the log, and that it tells of every mail.
func (x *life) logIsWhole() {
	x.t.Helper()
	var proof struct {
		Entries int  `json:"entries"`
		Whole   bool `json:"whole"`
	}
	x.reads(&proof, "log verify")
	if n := len(x.list()); !proof.Whole || proof.Entries < n {
		x.t.Errorf("the log: %+v of %d messages", proof, n)
	}
	if out := x.types("log"); strings.Contains(out, "@") {
		x.t.Error("there is an address in the log")
	}
}

// heldEverything makes sure that the year told of what it is there to try.
func (x *life) heldEverything() {
	x.t.Helper()
	seen := map[string]int{}
	for _, m := range x.list() {
		seen[string(m.Kind)]++
		seen["to "+m.To]++
		for _, item := range m.Items {
			seen[string(item.Kind)]++
			if len(item.For) > 0 && item.Kind != tertial.Escalation {
				seen["for somebody away"]++
			}
			if len(item.Unheld) > 0 {
				seen["for a role that nobody holds"]++
			}
		}
	}
	for _, want := range x.year.holds {
		if seen[want] == 0 {
			x.t.Errorf("the year had nothing %s; it had %v", want, seen)
		}
	}
}
