package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

func TestDefaultsAreValid(t *testing.T) {
	c := Default()
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
}

func TestDefaultsAreEachCallersOwn(t *testing.T) {
	c := Default()
	c.Reminders.LeadDays.High[0] = 1
	c.Days.Quiet[0].Weeks = "1"
	if d := Default(); d.Reminders.LeadDays.High[0] != 60 || d.Days.Quiet[0].Weeks != "27-31" {
		t.Error("what one caller changes, another gets")
	}
}

// rule is one change of the defaults and the complaint that it must meet, "" for none.
type rule struct {
	name   string
	change func(*Config)
	want   string
}

func hold(t *testing.T, rules []rule) {
	t.Helper()
	for _, tt := range rules {
		t.Run(tt.name, func(t *testing.T) {
			c := Default()
			tt.change(&c)
			err := c.Validate()
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("got %v, want none", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %s", err, tt.want)
			case err != nil && !errors.Is(err, ErrConfig):
				t.Errorf("%v is no ErrConfig", err)
			}
		})
	}
}

func TestListenAndSite(t *testing.T) {
	listen := func(s string) func(*Config) { return func(c *Config) { c.Listen = s } }
	site := func(s string) func(*Config) { return func(c *Config) { c.BaseURL = s } }
	hold(t, []rule{
		{"all addresses", listen(":8383"), ""},
		{"a free port", listen("127.0.0.1:0"), ""},
		{"IPv6", listen("[::1]:80"), ""},
		{"a name", listen("localhost:8383"), ""},
		{"no port", listen("127.0.0.1"), "listen: "},
		{"a port alone", listen("8383"), "listen: "},
		{"a port too large", listen(":70000"), "listen: "},
		{"a port by name", listen(":http"), "listen: "},
		{"a negative port", listen(":-1"), "listen: "},
		{"a host with a space", listen("a b:80"), "listen: "},
		{"nothing", listen(""), "listen: "},

		{"a site", site("https://tertial.example.org"), ""},
		{"a site with a port", site("https://tertial.example.org:8443"), ""},
		{"plain HTTP on this machine", site("http://127.0.0.1:8383"), ""},
		{"plain HTTP by the name of this machine", site("http://localhost:8383"), ""},
		{"plain HTTP elsewhere", site("http://tertial.example.org"), "in the clear; use https://tertial.example.org"},
		{"a path", site("https://example.org/tertial"), "without a path: https://example.org"},
		{"a query", site("https://example.org?x=1"), "without a path"},
		{"a bare question mark", site("https://example.org?"), "without a path"},
		{"a fragment", site("https://example.org#x"), "without a path"},
		{"a user part that hides the host", site("http://10.0.0.1:80@evil.example/"), "no user and password"},
		{"no scheme", site("tertial.example.org"), "no address of a site"},
		{"another scheme", site("ftp://example.org"), "no address of a site"},
		{"a script", site("javascript:alert(1)"), "no address of a site"},
		{"a host that is none", site("https://exa_mple..org"), "no host name"},
		{"a line end", site("https://example.org\r\nX: y"), "base_url: "},
	})
}

func TestZones(t *testing.T) {
	zone := func(s string) func(*Config) { return func(c *Config) { c.Timezone = s } }
	hold(t, []rule{
		{"Stockholm", zone("Europe/Stockholm"), ""},
		{"UTC", zone("UTC"), ""},
		{"three parts", zone("America/Argentina/Buenos_Aires"), ""},
		{"an offset", zone("Etc/GMT+3"), ""},
		{"lower case", zone("europe/stockholm"), "timezone: "},
		{"a German abbreviation", zone("MEZ"), "there is no time zone"},
		{"a way out of the folder", zone("../../etc/passwd"), "timezone: "},
		{"a file of the machine", zone("localtime"), "timezone: "},
		{"what the machine has", zone("Local"), "timezone: "},
		{"nothing", zone(""), "timezone: "},
		{"a place that is none", zone("Europe/Atlantis"), "there is no time zone"},
	})
}

func TestWords(t *testing.T) {
	hold(t, []rule{
		{"an unknown language", func(c *Config) { c.Language = "de" }, `language: "de" is none of sv, en`},
		{"a slip is answered with what is meant", func(c *Config) { c.Migrate = "manuel" }, "is manual meant?"},
		{"an unknown level", func(c *Config) { c.Log.Level = "verbose" }, "log.level: "},
		{"an unknown format", func(c *Config) { c.Log.Format = "xml" }, "log.format: "},
		{"an unknown detail", func(c *Config) { c.Mail.Detail = "all" }, "mail.detail: "},
		{"no coordinator", func(c *Config) { c.Coordinator.Role = " " }, "coordinator.role: a role must be named"},
		{"nobody for the digest", func(c *Config) { c.Digest.Role = "" }, "digest.role: "},
		{"a preview long before", func(c *Config) { c.Digest.PreviewDays = 100 }, "digest.preview_days: 100 is not between 0 and 60"},
		{"no preview", func(c *Config) { c.Digest.PreviewDays = 0 }, ""},
	})
}

func TestReminders(t *testing.T) {
	high := func(days ...int) func(*Config) { return func(c *Config) { c.Reminders.LeadDays.High = days } }
	hold(t, []rule{
		{"no lead at all", high(), ""},
		{"the day itself alone", high(0), ""},
		{"a lead twice", high(7, 7), ""},
		{"a negative lead", high(7, -1), "reminders.lead_days.high[1]: -1 is not between 0 and 730"},
		{"an absurd lead", high(100000), "reminders.lead_days.high[0]: 100000 is not between 0 and 730"},
		{"a negative lead of a checkpoint", func(c *Config) { c.Checkpoints.LeadDays = []int{-1} }, "checkpoints.lead_days[0]: "},
		{"overdue every day", func(c *Config) { c.Reminders.EveryDays = 1 }, ""},
		{"overdue without a pause", func(c *Config) { c.Reminders.EveryDays = 0 }, "reminders.every_days: 0 is not"},
		{"escalation on the due date", func(c *Config) { c.Reminders.EscalateAfter.Low = 0 }, "reminders.escalate_after_days.low: 0 is not"},
		{"escalation for nobody", func(c *Config) { c.Reminders.EscalateAfter = ByPriority[Wait]{Never, Never, Never, Never} }, ""},
		{"a window of no length", func(c *Config) { c.Reminders.SendUntil = c.Reminders.SendAt }, "reminders.send_until: it must be later than send_at, which is 07:30"},
		{"a window over midnight", func(c *Config) { c.Reminders.SendAt, c.Reminders.SendUntil = 22*60, 6*60 }, "reminders.send_until: "},
		{"a time that is skipped in spring", func(c *Config) { c.Reminders.SendAt = 150 }, ""},
	})
}

func TestCalendarAndWheel(t *testing.T) {
	quiet := func(q ...calendar.Quiet) func(*Config) { return func(c *Config) { c.Days.Quiet = q } }
	wheel := func(e ...calendar.Entry) func(*Config) { return func(c *Config) { c.Events = e } }
	hold(t, []rule{
		{"no quiet period", quiet(), ""},
		{"one week", quiet(calendar.Quiet{Weeks: "29"}), ""},
		{"one period of one year", quiet(calendar.Quiet{From: "2027-05-14", To: "2027-05-16"}), ""},
		{"both ways at once", quiet(calendar.Quiet{Weeks: "29", From: "01-01"}), "calendar.quiet[0]: give weeks, or from and to, not both"},
		{"half a period", quiet(calendar.Quiet{Weeks: "29"}, calendar.Quiet{From: "12-23"}), "calendar.quiet[1]: "},
		{"a day that does not exist", quiet(calendar.Quiet{From: "02-30", To: "03-01"}), "calendar.quiet[0]: from: "},
		{"a year without a workday", quiet(calendar.Quiet{Weeks: "1-53"}), "calendar"},
		{"two halves that leave no workday", quiet(calendar.Quiet{Weeks: "1-26"}, calendar.Quiet{Weeks: "27-53"}), "calendar: "},
		{"an empty closed day", func(c *Config) { c.Days.Closed = []tertial.Date{{}} }, "calendar.closed[0]: "},
		{"a hundred years of closed days", func(c *Config) {
			for y := range 100 {
				c.Days.Closed = append(c.Days.Closed, tertial.DateOf(2000+y, 5, 7))
			}
		}, ""},

		{"an event of one's own", wheel(calendar.Entry{Key: "BUDGET", Name: "Budget", Date: "10-01"}), ""},
		{"an event without a key", wheel(calendar.Entry{Name: "Budget", Date: "10-01"}), "wheel[0]: the event needs a key"},
		{"an event without a date", wheel(calendar.Entry{Key: "T1"}, calendar.Entry{Key: "BUDGET", Name: "Budget"}), "wheel[1]: the event needs a date"},
		{"an event twice", wheel(calendar.Entry{Key: "T1"}, calendar.Entry{Key: "t1"}), "wheel[1].key: the event t1 is there twice"},
		{"a rule that is none", wheel(calendar.Entry{Key: "VB", Date: "13-01"}), `wheel[0]: date "13-01"`},
		{"two faults of one event in one line", wheel(calendar.Entry{Key: "1", Name: "x"}), "; "},
	})
}

func TestTemplatesAreAFolder(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	at := func(s string) func(*Config) { return func(c *Config) { c.Templates = s } }
	hold(t, []rule{
		{"a folder", at(dir), ""},
		{"a file", at(file), "templates: "},
		{"nothing there", at(dir + "/none"), "templates: "},
	})
}

func TestMail(t *testing.T) {
	from := func(s string) func(*Config) { return func(c *Config) { c.Mail.From = s } }
	host := func(s string) func(*Config) {
		return func(c *Config) { c.Mail.SMTP.Host, c.Mail.From = s, "tertial@example.org" }
	}
	signIn := func(tls, host, auth string) func(*Config) {
		return func(c *Config) {
			c.Mail.From = "tertial@example.org"
			c.Mail.SMTP = SMTP{Host: host, Port: 25, TLS: tls, Username: "u", PasswordFile: "/run/secret", Auth: auth}
		}
	}
	hold(t, []rule{
		{"an address", from("tertial@example.org"), ""},
		{"an address with a name", from("Bevakning, åtgärder <tertial@example.org>"), "mail.from: "},
		{"an address with a quoted name", from(`"Bevakning, åtgärder" <tertial@example.org>`), ""},
		{"no address", from(""), "mail.from: "},
		{"a name alone", from("Tertial"), "mail.from: "},
		{"a header smuggled in", from("a@example.org\r\nBcc: b@example.org"), "mail.from: "},
		{"two addresses", from("a@example.org, b@example.org"), "mail.from: "},
		{"the default address with a relay elsewhere", func(c *Config) { c.Mail.SMTP.Host = "relay.example.org" }, "mail.from: mail that leaves"},
		{"the default address with a relay here", func(c *Config) { c.Mail.SMTP.Host = "127.0.0.1" }, ""},
		{"a reply address that is none", func(c *Config) { c.Mail.ReplyTo = "isam" }, "mail.reply_to: "},
		{"a redirection that is none", func(c *Config) { c.Mail.RedirectTo = "me@" }, "mail.redirect_to: "},
		{"a coordinator's address that is none", func(c *Config) { c.Coordinator.Email = "a@b@c.se" }, "coordinator.email: "},
		{"no connection", func(c *Config) { c.Mail.Connections = 0 }, "mail.connections: "},

		{"a relay", host("relay.example.org"), ""},
		{"a relay by its address", host("2001:db8::25"), ""},
		{"a relay with its port", host("relay.example.org:25"), "mail.smtp.host: "},
		{"a relay as a URL", host("smtp://u:p@relay"), "mail.smtp.host: only the host's name"},
		{"a relay with a space", host("relay example"), "mail.smtp.host: "},
		{"a relay with a line end", host("relay\r\nQUIT"), "mail.smtp.host: "},
		{"port 0", func(c *Config) { c.Mail.SMTP.Port = 0 }, "mail.smtp.port: 0 is not between 1 and 65535"},
		{"port 70000", func(c *Config) { c.Mail.SMTP.Port = 70000 }, "mail.smtp.port: "},
		{"a slip in tls", func(c *Config) { c.Mail.SMTP.TLS = "startls" }, "is starttls meant?"},
		{"an unknown mechanism", func(c *Config) { c.Mail.SMTP.Auth = "ntlm" }, "mail.smtp.auth: "},
		{"a mechanism without a user", func(c *Config) { c.Mail.SMTP.Auth = "plain" }, "mail.smtp.auth: to sign in by plain takes a username"},

		{"signing in over STARTTLS", signIn("starttls", "relay.example.org", "auto"), ""},
		{"signing in in the clear", signIn("none", "relay.example.org", "plain"), "mail.smtp.tls: the password would travel in the clear"},
		{"signing in in the clear on this machine", signIn("none", "localhost", "plain"), ""},
		{"a user who must not sign in", signIn("starttls", "relay.example.org", "none"), "mail.smtp.username: "},
		{"a user without a password", func(c *Config) { c.Mail.SMTP.Username = "u" }, "mail.smtp.password_file: "},
		{"a user of two lines", func(c *Config) { c.Mail.SMTP.Username = "u\r\nx" }, "mail.smtp.username: "},
	})
}

// The addresses of B17 to B20: those that are none, and those that relays do not take.
func TestAddresses(t *testing.T) {
	for _, s := range []string{"a@b.se", "a.b+c@x-y.example.org", "o'brien@example.org", "root@localhost",
		strings.Repeat("a", 64) + "@example.org"} {
		if err := checkAddress(s); err != nil {
			t.Errorf("%q: got %v, want none", s, err)
		}
	}
	for _, s := range []string{"", "a", "a@", "@b.se", "a@b@c.se", "a@b..c", "a b@c.de", "a@b.c\n", "a@b.c>\r\nDATA", "a@b.se,c@d.se",
		"a@b", "a@[127.0.0.1]", `"a b"@c.de`, "group: a@b.c;", "a@b.c (x)", "=?utf-8?q?a@b.c?=", "a@-b.de", "a@b-.de",
		strings.Repeat("a", 65) + "@example.org", "a@" + strings.Repeat("abcdefghi.", 26) + "se",
		`"x> NOTIFY=NEVER"@d.se`, "å@example.org", "a@exämple.org", ".a@b.se", "a.@b.se", "a..b@c.se", "<a@b.se>"} {
		if err := checkAddress(s); err == nil {
			t.Errorf("%q: got none, want an error", s)
		}
	}
}
