package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestBadConfigurationsAreRefusedWithTheirPlace(t *testing.T) {
	const relay = "mail:\n  from: t@stad.example\n  smtp:\n    "
	const wheel = "wheel:\n  - key: T1\n    "
	for _, tt := range []struct{ name, content, says string }{
		{"B42 an unknown key", "foo: 1\n", "c.yaml:1:1: foo: unknown key"},
		{"B42 a slip", "mail:\n  smpt: {}\n", "c.yaml:2:3: mail.smpt: unknown key; is smtp meant?"},
		{"B42 another type", relay + "port: abc\n", "c.yaml:4:11: mail.smtp.port: want a whole number, got text"},
		{"B42 a key twice", "language: sv\nlanguage: en\n", "c.yaml:2:1:"},
		{"B42 a tab", "mail:\n\tfrom: a@b.se\n", "c.yaml:2:1: a tab cannot stand here; indent with spaces"},
		{"B42 five mebibytes", strings.Repeat("# x\n", 5<<18), "larger than 256 KiB"},
		{"B42 an alias bomb", "a: &a [x, x]\nb: [*a, *a]\n", "anchors and aliases are not taken here"},
		{"B42 no text", "\x00\x01\xff", "c.yaml:1:1:"},
		{"B42 a line without an end", "language: " + strings.Repeat("x", 5000) + "\n", "c.yaml:1:11: language:"},
		{"B42 an escape", "language: \"s\\e[31m\"\n", "is none of sv, en"},
		{"B43 a zone in small letters", "timezone: europe/stockholm\n", "is no time zone; write it as Europe/Stockholm"},
		{"B43 an abbreviation", "timezone: MEZ\n", "there is no time zone"},
		{"B43 a path", "timezone: ../../etc/passwd\n", "is no time zone"},
		{"B43 no zone", "timezone: \"\"\n", "is no time zone"},
		{"B43 the machine's zone", "timezone: Local\n", "is no time zone"},
		{"B44 a zone in a cron line", "jobs: {tidy: \"TZ=\"}\n", "has no place in it"},
		{"B44 another zone in a cron line", "jobs: {tidy: \"CRON_TZ=x\"}\n", "has no place in it"},
		{"B45 every nanosecond", "jobs: {tidy: \"@every 1ns\"}\n", "has no place in it"},
		{"B45 an empty part", "jobs: {tidy: \"1,,2 * * * *\"}\n", "the minute has an empty part"},
		{"B45 a list of nothing", "jobs: {tidy: \", * * * *\"}\n", "the minute has an empty part"},
		{"B45 a hard space", "jobs: {tidy: \"*\\u00a0* * * *\"}\n", "has no place in it"},
		{"B46 a day that does not exist", "jobs: {tidy: \"0 9 31 2 *\"}\n", "would not run at least once in 400 days"},
		{"B46 a day of leap years", "jobs: {tidy: \"0 9 29 2 *\"}\n", "would not run at least once in 400 days"},
		{"B46 either day", "jobs: {tidy: \"0 9 1 * 1\"}\n", "would mean either; give one of them"},
		{"B47 no time of day", "reminders: {send_at: \"24:00\"}\n", "is no time of day; write it as 07:30"},
		{"B47 the end before the start", "reminders: {send_at: \"12:00\", send_until: \"09:00\"}\n", "it must be later than send_at"},
		{"B48 a lead after the date", "reminders: {lead_days: {high: [-1]}}\n", "-1 is not between 0 and 730"},
		{"B48 a lead of centuries", "reminders: {lead_days: {high: [100000]}}\n", "is not between 0 and 730"},
		{"B48 a lead with a unit", "reminders: {lead_days: {high: [\"7d\"]}}\n", "want a whole number, got text"},
		{"B49 a URL with a password", relay + "host: smtp://u:hemligt@h\n", "only the host's name"},
		{"B49 the port zero", relay + "port: 0\n", "0 is not between 1 and 65535"},
		{"B49 a port too high", relay + "port: 70000\n", "is not between 1 and 65535"},
		{"B49 a host with a space", relay + "host: a b\n", "is no host name"},
		{"B49 a host with a line end", relay + "host: \"a\\r\\nb\"\n", "is no host name"},
		{"B49 a slip in tls", relay + "tls: startls\n", "is starttls meant?"},
		{"B49 a password in the file", relay + "password: hemligt\n", "mail.smtp.password: unknown key"},
		{"B49 a sender of nowhere", "mail: {smtp: {host: relay.stad.example}}\n", "needs an address of yours"},
		{"B49 two senders", "mail: {from: \"a@b.se, c@d.se\"}\n", "mail.from"},
		{"B50 in the clear", "base_url: http://stad.example\n", "in the clear; use https://stad.example"},
		{"B50 a path", "base_url: https://stad.example/x\n", "only the site, without a path"},
		{"B50 a query", "base_url: https://stad.example?q=1\n", "only the site"},
		{"B50 another host behind a user", "base_url: http://10.0.0.1:80@evil.example/\n", "no user and password here"},
		{"B51 an unknown scheme", "database: mysql://x\n", "is not known"},
		{"B51 a folder", "database: .\n", "this is a folder"},
		{"B51 a device", "database: /dev/null\n", "this is no ordinary file"},
		{"B51 memory", "database: \":memory:\"\n", "what is kept in memory is lost"},
		{"B51 a URL without a database", "database: postgres://u:hemligt@db.example\n", "the URL names no database"},
		{"B54 a holiday that does not exist", "calendar: {closed: [2026-02-30]}\n", "calendar.closed[0]"},
		{"B54 a year without a workday", "calendar: {quiet: [{from: 01-01, to: 12-31}]}\n", "without a workday"},
		{"B54 the thirtieth of February", "calendar: {quiet: [{from: 02-30, to: 03-01}]}\n", "is no day of a year"},
		{"an event's date", wheel + "date: \"13-40\"\n", "wheel[0]: date"},
		{"an event's day far from its year", wheel + "dates: {2027: 2035-01-01}\n", "is not near 2027"},
		{"an event with another one's name", "wheel:\n  - {key: NY, name: Tertialrapport 2, date: \"09-08\"}\n", "is a name of the event T2; change that one, by its key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			d.writes("c.yaml", tt.content)
			for _, verb := range []string{"config check", "action list"} {
				_, errs := d.meets(exitConfig, "-c c.yaml "+verb, tt.says, "c.yaml:")
				if strings.Contains(errs, "hemligt") {
					t.Errorf("the secret is in the answer: %s", errs)
				}
			}
			if _, err := os.Stat("tertial.db"); err == nil {
				t.Error("there is a database")
			}
		})
	}
}

func TestConfigurationsThatAreOddAndTaken(t *testing.T) {
	for _, tt := range []struct{ name, content, says string }{
		{"B42 an empty file", "", "in order"},
		{"B47 an hour that one day lacks", "reminders: {send_at: \"02:30\"}\n", "02:30 does not exist on"},
		{"B48 no lead", "reminders: {lead_days: {high: []}}\n", "nobody is reminded before the due date"},
		{"B48 a lead twice", "reminders: {lead_days: {high: [7, 7]}}\n", "in order"},
		{"B50 a slash at the end", "base_url: https://stad.example/\n", "in order"},
		{"B51 a way in the clear", "database: postgres://u:hemligt@db.example/x?sslmode=disable\n", "may be in the clear"},
		{"B54 no holiday", "calendar: {closed: []}\n", "in order"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			d.writes("c.yaml", tt.content)
			d.meets(exitDone, "-c c.yaml config check", tt.says)
			if out, _ := d.meets(exitDone, "-c c.yaml config show"); strings.Contains(out, "hemligt") {
				t.Error("the secret is shown")
			}
		})
	}
}

func TestBadVariablesAreNamed(t *testing.T) {
	for _, tt := range []struct{ variable, says string }{
		{"TERTIAL_MAIL_SMTP_PORT=abc", `"abc" is no whole number`},
		{"TERTIAL_MAIL_SMTP_PORT=" + strings.Repeat("9", 5000), "is no whole number"},
		{"TERTIAL_SMTP__PORT=25", "there is no such variable"},
		{"TERTIAL_MAIL_SMTP_PASSWORD=hemligt", "secrets are not taken from the environment"},
		{"TERTIAL_REMINDERS_LEAD_DAYS_HIGH=7,x", `"x" is no whole number`},
		{"TERTIAL_LANGUAGE=x\x1b[31m", "is none of sv, en"},
		{"TERTIAL_JOBS_REMIND=TZ=x", "has no place in it"},
		{"TERTIAL_TIMEZONE=Local", "is no time zone"},
		{"TERTIAL_DATABASE=:memory:", "what is kept in memory is lost"},
		{"TERTIAL_CONFIG=nope.yaml", "nope.yaml: the file cannot be read"},
	} {
		name, value, _ := strings.Cut(tt.variable, "=")
		t.Run("B55 "+name+" "+cut(value, 10), func(t *testing.T) {
			d := newDesk(t, tt.variable)
			_, errs := d.meets(exitConfig, "action list", tt.says)
			if name != "TERTIAL_CONFIG" && !strings.Contains(errs, name) || strings.Contains(errs, "hemligt") {
				t.Errorf("got %s", errs)
			}
		})
	}
}

func TestFilesThatAreNoDatabase(t *testing.T) {
	ours := func(t *testing.T) {
		d := &desk{t, []string{"TERTIAL_DATABASE=x.db"}}
		d.types("import gap.csv --plan-year 2027 --apply" + asOfNoon)
	}
	query := func(t *testing.T, statement string) {
		db, err := sql.Open("sqlite", "file:x.db")
		if err == nil {
			_, err = db.Exec(statement)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	put := func(t *testing.T, content string) {
		if err := os.WriteFile("x.db", []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name string
		make func(t *testing.T)
		code int
		says string
	}{
		{"a text", func(t *testing.T) { put(t, strings.Repeat("This is no database. ", 100)) }, 5, "is no database of tertial, or it is damaged"},
		{"another program's database", func(t *testing.T) { query(t, `CREATE TABLE songs (id INTEGER)`) }, 5, "is a database of another program; name another file"},
		{"B83 a newer schema", func(t *testing.T) {
			ours(t)
			query(t, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)
		}, 5, "the database has schema 99 and this program knows"},
		{"a database cut in half", func(t *testing.T) {
			ours(t)
			info, err := os.Stat("x.db")
			if err == nil {
				err = os.Truncate("x.db", info.Size()/2)
			}
			if err != nil {
				t.Fatal(err)
			}
		}, 5, "or it is damaged; name another file or restore a backup"},
		{"B51 a folder", func(t *testing.T) {
			if err := os.Mkdir("x.db", 0o700); err != nil {
				t.Fatal(err)
			}
		}, 3, "this is a folder; name the file in it"},
		{"B51 a pipe", func(t *testing.T) {
			if err := syscall.Mkfifo("x.db", 0o600); err != nil {
				t.Skip("this file system has no pipes")
			}
		}, 3, "this is no ordinary file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, "TERTIAL_DATABASE=x.db")
			tt.make(t)
			before := plainContent(t, "x.db")
			for _, line := range []string{"action list", "import gap.csv --plan-year 2027 --unit U --apply", "run remind deliver", "serve"} {
				d.meets(tt.code, line, tt.says)
			}
			if plainContent(t, "x.db") != before {
				t.Error("the file was changed")
			}
		})
	}
	d := newDesk(t, "TERTIAL_DATABASE="+filepath.Join("no", "x.db"))
	d.meets(exitUnavailable, "action list", "no such file or directory")
}

// plainContent is what a plain file holds; to read a pipe would wait for ever.
func plainContent(t *testing.T, name string) string {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if !info.Mode().IsRegular() {
		return ""
	}
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestASchemaOfANewerProgramIsNotUpToDate(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=x.db")
	d.types("action list")
	db, err := sql.Open("sqlite", "file:x.db")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	d.meets(exitRefused, "migrate up", "use the newer program")
	d.meets(0, "migrate status", "99", "of a newer program")
}

func TestAFolderThatMustNotBeWritten(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	d := newDesk(t, "TERTIAL_DATABASE=ro/x.db")
	if err := os.Mkdir("ro", 0o700); err != nil {
		t.Fatal(err)
	}
	d.types("action list")
	if err := os.Chmod("ro", 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod("ro", 0o700) })
	d.meets(exitUnavailable, "action start 2027-7.2", "needs the right to write")
}

func TestASchemaThatIsBehindWaitsForAPerson(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db", "TERTIAL_MIGRATE=manual")
	for _, line := range []string{"action list", "import gap.csv --plan-year 2027 --apply", "person import people.csv", "run remind", "serve", "plan"} {
		d.meets(exitRefused, line, "run: tertial migrate up")
	}
	d.meets(0, "import gap.csv --plan-year 2027"+asOfNoon)
	d.meets(0, "timing Q2 --plan-year 2027"+asOfNoon)
	d.meets(0, "migrate status", "pending")
	d.meets(0, "migrate up", "applied")
	d.meets(0, "action list")
}

func TestWhatNeedsNoDatabaseMakesNone(t *testing.T) {
	d := newDesk(t, "TERTIAL_DATABASE=tertial.db")
	for _, line := range []string{"import gap.csv --plan-year 2027", "timing Q2", "config check", "config show", "version", "action list --help"} {
		d.meets(0, line)
	}
	if _, err := os.Stat("tertial.db"); err == nil {
		t.Error("there is a database")
	}
}
