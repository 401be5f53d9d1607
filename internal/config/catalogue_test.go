package config

import (
	"errors"
	"strconv"
	"strings"
	"testing"
)

// The catalogue of bad configurations, B42 to B55, and the cron lines of P25: each is refused with the line on which
// it stands and a caret under it. (B52 and B53 are in key_test.go and secret_test.go; a configuration is read once at the start,
// so that there is nothing to reload, B56.)
func TestTheCatalogueIsRefusedWithLineAndCaret(t *testing.T) {
	const relay = "mail:\n  from: t@stad.example\n  smtp:\n    "
	for _, tt := range []struct{ name, file, want string }{
		{"P25 B44 a zone before the line", "jobs:\n  digest: \"TZ=Europe/Berlin 0 8 * * *\"\n", "c.yaml:2:11: jobs.digest: \"TZ=Europe/Berlin 0 8 * * *\": '=' has no place in it"},
		{"P25 B44 a zone and nothing else, which the parser does not survive", "jobs:\n  remind: \"TZ=\"\n", "c.yaml:2:11: jobs.remind: \"TZ=\": '=' has no place"},
		{"P25 B44 the zone's other name", "jobs:\n  tidy: CRON_TZ=x 0 8 * * *\n", "c.yaml:2:9: jobs.tidy: \"CRON_TZ=x 0 8 * * *\": '_' has no place"},
		{"P25 B45 every nothing", "jobs:\n  summary: \"@every 0s\"\n", "c.yaml:2:12: jobs.summary: \"@every 0s\": '@' has no place"},
		{"P25 B45 every hour, backwards", "jobs:\n  summary: \"@every -1h\"\n", "c.yaml:2:12: jobs.summary:"},
		{"P25 B45 each day by a word", "jobs:\n  tidy: \"@daily\"\n", "c.yaml:2:9: jobs.tidy:"},
		{"P25 B45 a list of nothing", "jobs:\n  tidy: \", * * * *\"\n", "c.yaml:2:9: jobs.tidy: \", * * * *\": the minute has an empty part"},
		{"P25 B45 a list with a hole", "jobs:\n  deliver: \"1,,2 * * * *\"\n", "c.yaml:2:12: jobs.deliver: \"1,,2 * * * *\": the minute has an empty part"},
		{"P25 B45 a space that does not break", "jobs:\n  tidy: \"0\u00a08 * * *\"\n", "c.yaml:2:9: jobs.tidy: \"0\\u00a08 * * *\": '\\u00a0' has no place"},
		{"P25 B46 a day that never comes", "jobs:\n  digest: 0 9 31 2 *\n", "c.yaml:2:11: jobs.digest: \"0 9 31 2 *\": it would not run at least once in 400 days"},
		{"P25 B46 a day that comes every fourth year", "jobs:\n  digest: 0 9 29 2 *\n", "c.yaml:2:11: jobs.digest: \"0 9 29 2 *\": it would not run"},
		{"P25 B46 one day or the other", "jobs:\n  digest: 0 9 1 * 1\n", "c.yaml:2:11: jobs.digest: \"0 9 1 * 1\": day of the month and day of the week together"},
		{"P25 digest more than hourly", "jobs:\n  digest: \"* * * * *\"\n", "c.yaml:2:11: jobs.digest: it would run more than once an hour"},
		{"P25 summary more than hourly", "jobs:\n  summary: \"0,30 8 * * 1\"\n", "c.yaml:2:12: jobs.summary: it would run more than once an hour"},
		{"P25 tidy more than hourly", "jobs:\n  tidy: \"*/59 3 * * *\"\n", "c.yaml:2:9: jobs.tidy: it would run more than once an hour"},

		{"B42 an unknown key", "language: sv\nfoo: 1\n", "c.yaml:2:1: foo: unknown key"},
		{"B42 a slip", "mail:\n  smpt: {}\n", "c.yaml:2:3: mail.smpt: unknown key; is smtp meant?"},
		{"B42 another type", relay + "port: abc\n", "c.yaml:4:11: mail.smtp.port: want a whole number, got text"},
		{"B42 a key twice", "language: sv\nlanguage: en\n", "c.yaml:2:1: "},
		{"B42 a tab", "mail:\n\tfrom: a@b.se\n", "c.yaml:2:1: a tab cannot stand here"},
		{"B42 aliases of aliases", "listen: &a x\nbase_url: *a\n", "c.yaml:1:9: anchors and aliases are not taken here"},
		{"B43 a zone in small letters", "timezone: europe/berlin\n", "c.yaml:1:11: timezone: \"europe/berlin\" is no time zone"},
		{"B43 an abbreviation", "timezone: MEZ\n", "c.yaml:1:11: timezone: there is no time zone"},
		{"B43 a file", "timezone: ../../etc/passwd\n", "c.yaml:1:11: timezone: "},
		{"B43 nothing, which would be UTC", "timezone: \"\"\n", "c.yaml:1:11: timezone: "},
		{"B43 the machine's", "timezone: Local\n", "c.yaml:1:11: timezone: "},
		{"B47 no time of day", "reminders:\n  send_at: \"24:00\"\n", "c.yaml:2:12: reminders.send_at: "},
		{"B48 a lead after the date", "reminders:\n  lead_days:\n    high: [7, -1]\n", "c.yaml:3:15: reminders.lead_days.high[1]: -1 is not between 0 and 730"},
		{"B48 a lead of centuries", "checkpoints: {lead_days: [100000]}\n", "c.yaml:1:27: checkpoints.lead_days[0]: 100000 is not between"},
		{"B48 a lead with a unit", "checkpoints: {lead_days: [\"7d\"]}\n", "c.yaml:1:27: checkpoints.lead_days[0]: want a whole number"},
		{"B49 a relay as a URL", relay + "host: smtp://u:hemligt@h\n", "c.yaml:4:11: mail.smtp.host: only the host's name"},
		{"B49 the port zero", relay + "port: 0\n", "c.yaml:4:11: mail.smtp.port: 0 is not between"},
		{"B49 a port too high", relay + "port: 70000\n", "c.yaml:4:11: mail.smtp.port: 70000 is not between"},
		{"B49 a host with a line end", relay + "host: \"a\\r\\nb\"\n", "c.yaml:4:11: mail.smtp.host: "},
		{"B49 a slip in tls", relay + "tls: startls\n", "c.yaml:4:10: mail.smtp.tls: \"startls\" is none of none, starttls, implicit; is starttls meant?"},
		{"B49 where bounces go, as a name", "mail:\n  bounce_to: Bounces <b@stad.example>\n", "c.yaml:2:14: mail.bounce_to: "},
		{"B50 in the clear", "base_url: http://stad.example\n", "c.yaml:1:11: base_url: answers would travel in the clear"},
		{"B50 a host behind a user", "base_url: http://10.0.0.1:80@evil.example/\n", "c.yaml:1:11: base_url: no user and password here"},
		{"B50 a path", "base_url: https://stad.example/x\n", "c.yaml:1:11: base_url: only the site"},
		{"B51 an unknown scheme", "database: mysql://u:hemligt@x\n", "c.yaml:1:11: database: "},
		{"B51 memory", "database: \":memory:\"\n", "c.yaml:1:11: database: what is kept in memory is lost"},
		{"B51 a server elsewhere without sslmode", "database: postgres://u:hemligt@db.example/x\n", "c.yaml:1:11: database: say sslmode"},
		{"B54 a holiday that does not exist", "calendar:\n  closed: [2026-05-01, 2026-02-30]\n", "c.yaml:2:24: calendar.closed[1]: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := read(tt.file)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Fatalf("got  %v\nwant %s…", err, tt.want)
			}
			if !errors.Is(err, ErrConfig) || strings.Contains(err.Error(), "hemligt") {
				t.Errorf("%v is no ErrConfig, or tells a secret", err)
			}
			caret(t, err.Error())
		})
	}
}

// caret asks that the caret stands under the column that is told.
func caret(t *testing.T, text string) {
	t.Helper()
	lines := strings.Split(text, "\n")
	if len(lines) < 3 {
		t.Fatalf("there is no caret:\n%s", text)
	}
	under := lines[2]
	place := strings.SplitN(lines[0], ":", 4)
	if !strings.HasSuffix(under, "^") || len(place) < 4 {
		t.Errorf("there is no caret:\n%s", text)
		return
	}
	if got := len(under) - len("    "); place[2] != strconv.Itoa(got) {
		t.Errorf("the caret is under column %d:\n%s", got, text)
	}
}

// What is odd and taken: B42 an empty file, B47 an hour that a day lacks, B48 no lead and one twice, B50 a slash, B54 nothing.
func TestTheCatalogueOfWhatIsTaken(t *testing.T) {
	for _, tt := range []struct{ name, file, warning string }{
		{"B42 an empty file", "", ""},
		{"P25 the shortest of what may run often", "jobs: {remind: \"* * * * *\", deliver: \"*/1 * * * *\"}\n", ""},
		{"P25 the rarest that still comes", "jobs: {digest: \"0 9 1 1 *\"}\n", ""},
		{"B47 an hour that one day lacks", "reminders: {send_at: \"02:30\"}\n", "reminders.send_at: 02:30 does not exist on"},
		{"B48 no lead", "reminders: {lead_days: {high: []}}\n", "reminders.lead_days.high: nobody is reminded"},
		{"B48 the day itself", "reminders: {lead_days: {high: [0]}}\n", ""},
		{"B48 a lead twice", "reminders: {lead_days: {high: [7, 7]}}\n", ""},
		{"B50 a slash at the end", "base_url: https://stad.example/\n", ""},
		{"B51 a path that is not absolute", "database: t.db\n", "database: t.db is looked for in the folder"},
		{"B51 a way in the clear", "database: postgres://u:hemligt@db.example/x?sslmode=disable\n", "may be in the clear"},
		{"B54 no holiday", "calendar: {closed: []}\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := read(tt.file)
			if err != nil {
				t.Fatal(err)
			}
			said := strings.Join(c.Warnings(), "\n")
			if !strings.Contains(said, tt.warning) || strings.Contains(said, "hemligt") {
				t.Errorf("got the warnings %q, want …%s…", said, tt.warning)
			}
		})
	}
}
