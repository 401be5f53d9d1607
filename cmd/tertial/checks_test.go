package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"tertial/internal/tertial"
)

func TestADateThatAPersonGaveIsItsOwnReason(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db")
	d.types("import gap.csv --plan-year 2027 --apply" + asOfNoon)
	for _, tt := range []struct{ name, line, ref, why, warns string }{
		{"added", "action add --title x --clause a.5.9 --due 2027-05-31 --plan-year 2027", "2027-A.5.9", "Datumet är angivet till 2027-05-31.", ""},
		{"edited", "action edit 2027-7.2 --due 2027-06-30", "2027-7.2", "Datumet är angivet till 2027-06-30.", ""},
		{"confirmed", "action confirm 2027-9.2 --due 2027-10-15", "2027-9.2", "Datumet är angivet till 2027-10-15.", ""},
		{"today", "action confirm 2027-9.2 --due 2026-11-16", "2027-9.2", "Datumet är angivet till 2026-11-16.", ""},
		{"added, in the past", "action add --title x --clause 8.1 --due 2024-01-10 --plan-year 2027", "2027-8.1",
			"Datumet är angivet till 2024-01-10.", "warning: --due 2024-01-10 lies before 2026-11-16"},
		{"edited, in the past", "action edit 2027-7.2 --due 2024-01-10", "2027-7.2", "Datumet är angivet till 2024-01-10.", "warning: --due 2024-01-10"},
		{"confirmed, in the past", "action confirm 2027-9.2 --due 2024-01-10", "2027-9.2", "Datumet är angivet till 2024-01-10.", "warning: --due 2024-01-10"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := &desk{t, d.env}
			_, errs := d.meets(0, tt.line+asOfNoon)
			if got := strings.Contains(errs, "warning"); got != (tt.warns != "") || !strings.Contains(errs, tt.warns) {
				t.Errorf("got %q, want %q", errs, tt.warns)
			}
			var a tertial.Action
			d.reads(&a, "action show %s%s", tt.ref, asOfNoon)
			if a.Timing.Why != tt.why || a.Timing.Certainty != tertial.Confirmed {
				t.Errorf("got %q (%s), want %q", a.Timing.Why, a.Timing.Certainty, tt.why)
			}
		})
	}
}

func TestOnlyAnEmptyDatabaseSaysHowToBegin(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db")
	d.meets(0, "action list", "no actions: import a gap analysis")
	d.meets(0, "person list", "nobody yet: tertial person import FILE")
	d.meets(0, "mail list", "no mail: tertial plan shows")
	d.types("import gap.csv --plan-year 2027 --apply" + asOfNoon)
	d.types("person import people.csv" + asOfNoon)
	for _, filter := range []string{"--status done", "--role Nobody", "--clause 10.9", "--priority none", "--plan-year 2031", "--event LTA", "--text zzz", "--late"} {
		d.meets(0, "action list "+filter+asOfNoon, "no action matches")
	}
	d.meets(0, "person list --role Nobody"+asOfNoon, "nobody matches")
	d.meets(0, "mail list --state failed", "no mail matches")
}

func TestAReportBeforeItsPeriodEndsIsTakenWithAWarning(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db")
	d.meets(0, "wheel set T1 2027-04-01"+asOfNoon, "T1 2027 is on 2027-04-01", "before the period that it reports on ends (2027-04-30)")
	for _, line := range []string{"wheel set T1 2027-04-30", "wheel set VB 2027-01-15", "wheel set VOR 2027-01-01"} {
		if _, errs := d.meets(0, line+asOfNoon); errs != "" {
			t.Errorf("%s: got %q, want no warning", line, errs)
		}
	}
}

func TestWhatPeopleTryInAnyProgram(t *testing.T) {
	d := newDesk(t)
	if got, want := d.types("--version -o json"), d.types("version -o json"); got != want {
		t.Errorf("--version: got\n%s\nwant\n%s", got, want)
	}
	for asked, help := range map[string]string{"help": "--help", "help action": "action --help", "help action confirm": "action confirm --help"} {
		if got, want := d.types(asked), d.types(help); got != want || !strings.Contains(got, "Usage: tertial") {
			t.Errorf("%s: got\n%s\nwant\n%s", asked, got, want)
		}
	}
}

func TestAHoldKeepsItsFirstReason(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db")
	d.types("mail hold --reason flytt")
	d.meets(exitRefused, "mail hold --reason annat", "mail is held already: flytt; tertial mail release lets it go")
	d.meets(0, "mail queue", "held: flytt")
	d.types("mail release")
	d.types("mail hold --reason annat")
}

func TestEveryFormTellsTheSameMessageID(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db")
	d.types("import gap.csv --plan-year 2027 --apply" + asOfNoon)
	d.types("person import people.csv" + asOfNoon)
	for _, jobs := range []string{"remind", "deliver"} { // queued, then captured
		d.types("run %s --as-of 2026-11-17T07:30", jobs)
		var list struct{ Messages []tertial.Message }
		d.reads(&list, "mail list")
		if len(list.Messages) == 0 {
			t.Fatal("there is no mail")
		}
		rows := d.types("mail list -o csv")
		for _, m := range list.Messages {
			var shown tertial.Message
			d.reads(&shown, "mail show %d", m.ID)
			text := d.types("mail show %d", m.ID)
			if m.MessageID == "" || shown.MessageID != m.MessageID || !strings.Contains(text, "Message-ID: "+m.MessageID+"\n") || !strings.Contains(rows, m.MessageID) {
				t.Errorf("%s: got %q in the list and %q alone; the text is\n%s", m.State, m.MessageID, shown.MessageID, text)
			}
		}
	}
}

func TestASecretThatCannotBeReadIsFoundBeforeTheFirstMail(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db", "TERTIAL_MAIL_FROM=tertial@stad.example", "TERTIAL_MAIL_SMTP_USERNAME=tertial",
		"TERTIAL_MAIL_SMTP_PASSWORD_FILE=secret")
	d.meets(0, "config check", "in order") // mail is captured, and nobody signs in
	d.env = append(d.env, "TERTIAL_MAIL_SMTP_HOST=mail.stad.example")
	verbs := []string{"config check", "serve", "run remind deliver", "mail test a@stad.example"}
	for _, line := range verbs {
		d.meets(exitConfig, line, "mail.smtp.password_file: the file cannot be read")
	}
	d.writes("secret", "")
	for _, line := range verbs {
		d.meets(exitConfig, line, "mail.smtp.password_file: the file is empty")
	}
	d.types("run remind")
	d.writes("secret", "hemligt\n")
	d.meets(0, "config check", "in order")
}

func TestSeveralActionsCountOnceTheyAreAnswered(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db")
	d.writes("vague.csv", gapHead+gapRow("timing", "så småningom")+gapRow("clause", "4.3", "timing", "så småningom"))
	d.meets(0, "import vague.csv --plan-year 2027 --apply"+asOfNoon, "2 actions to be answered before they count: ")
}

// asProgram has the test's own program be tertial, with the arguments in the variable.
const asProgram = "TERTIAL_TEST_ARGUMENTS"

func TestJobsGoOnWhenNobodyReadsWhatTheySay(t *testing.T) {
	if line := os.Getenv(asProgram); line != "" {
		os.Unsetenv(asProgram) // it is no key of the configuration
		os.Args = append(os.Args[:1], split(line)...)
		main()
	}
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db")
	d.types("import gap.csv --plan-year 2027 --apply" + asOfNoon)
	d.types("person import people.csv" + asOfNoon)
	reads, writes, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer writes.Close()
	if err := reads.Close(); err != nil {
		t.Fatal(err)
	}
	program := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	program.Env = append(d.env, asProgram+"=run remind deliver --as-of 2026-11-17T07:30")
	program.Stdout, program.Stderr = writes, writes
	if err := program.Run(); err != nil {
		t.Errorf("it ended with %v, want exit 0", err)
	}
	if got := len(d.states()[tertial.MessageCaptured]); got != 2 {
		t.Errorf("%d mails were captured, want 2", got)
	}
}
