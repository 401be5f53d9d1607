package config

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

func TestRulesOfTheDefaults(t *testing.T) {
	c := Default()
	r := c.Rules()
	if r.Zone.String() != "Europe/Stockholm" {
		t.Errorf("zone: got %v", r.Zone)
	}
	r.Zone = nil
	want := tertial.Rules{
		SendAt: 450, SendUntil: 1080,
		LeadDays: map[tertial.Priority][]int{
			tertial.High: {60, 30, 14, 7, 1, 0}, tertial.Medium: {30, 14, 7, 0}, tertial.Low: {30, 7, 0}, tertial.None: {30, 0},
		},
		EveryDays:       7,
		EscalateAfter:   map[tertial.Priority]int{tertial.High: 14, tertial.Medium: 28, tertial.Low: 42},
		CheckpointLeads: []int{21, 7, 1},
		Coordinator:     tertial.Coordinator,
		Language:        "sv",
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("got  %+v\nwant %+v", r, want)
	}
}

func TestLeadsAreOnceEachAndFallFromTheEarliest(t *testing.T) {
	c := Default()
	c.Reminders.LeadDays.High = []int{7, 0, 30, 7}
	c.Checkpoints.LeadDays = nil
	r := c.Rules()
	if got := r.LeadDays[tertial.High]; !slices.Equal(got, []int{30, 7, 0}) {
		t.Errorf("got %v, want [30 7 0]", got)
	}
	if !slices.Equal(c.Reminders.LeadDays.High, []int{7, 0, 30, 7}) {
		t.Error("the configuration's own list has changed")
	}
	if r.CheckpointLeads == nil || len(r.CheckpointLeads) != 0 {
		t.Errorf("got %v, want an empty list", r.CheckpointLeads)
	}
}

func TestCoordinatorIsARoleByAnyOfItsNames(t *testing.T) {
	for name, want := range map[string]string{"ISAM": "isam", "CISO": "isam", "Säkerhetschef": "säkerhetschef"} {
		c := Default()
		c.Coordinator.Role = name
		if got := c.Rules().Coordinator; got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestZoneOfAConfigurationThatIsNotValidIsUTC(t *testing.T) {
	c := Config{}
	if got := c.Zone().String(); got != "UTC" {
		t.Errorf("got %s, want UTC", got)
	}
}

func TestCalendarHasTheQuietPeriods(t *testing.T) {
	c := Default()
	c.Days.Closed = []tertial.Date{tertial.DateOf(2027, 5, 7)}
	cal, err := c.Calendar()
	if err != nil {
		t.Fatal(err)
	}
	for d, want := range map[tertial.Date]bool{
		tertial.DateOf(2027, 7, 2): true, tertial.DateOf(2027, 7, 5): false, tertial.DateOf(2027, 8, 6): false, tertial.DateOf(2027, 8, 9): true,
		tertial.DateOf(2027, 12, 22): true, tertial.DateOf(2027, 12, 23): false, tertial.DateOf(2027, 1, 7): true, tertial.DateOf(2027, 5, 7): false,
	} {
		if got := cal.IsWorkday(d); got != want {
			t.Errorf("%v is a workday: got %v, want %v", d, got, want)
		}
	}
}

func TestFingerprintIsOfWhatDecides(t *testing.T) {
	base := Default()
	before := base.Fingerprint()
	if !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(before) {
		t.Fatalf("got %q, want 64 hexadecimal digits", before)
	}
	tests := []struct {
		name    string
		change  func(*Config)
		decides bool
	}{
		{"the time of sending", func(c *Config) { c.Reminders.SendAt++ }, true},
		{"the end of sending", func(c *Config) { c.Reminders.SendUntil++ }, true},
		{"a lead", func(c *Config) { c.Reminders.LeadDays.None = []int{1} }, true},
		{"the interval", func(c *Config) { c.Reminders.EveryDays++ }, true},
		{"an escalation", func(c *Config) { c.Reminders.EscalateAfter.None = 1 }, true},
		{"a lead of checkpoints", func(c *Config) { c.Checkpoints.LeadDays = []int{1} }, true},
		{"a quiet period", func(c *Config) { c.Days.Quiet = nil }, true},
		{"a closed day", func(c *Config) { c.Days.Closed = []tertial.Date{tertial.DateOf(2027, 5, 7)} }, true},
		{"an event", func(c *Config) { c.Events = []calendar.Entry{{Key: "T1"}} }, true},
		{"the zone", func(c *Config) { c.Timezone = "Europe/Oslo" }, true},
		{"the coordinator", func(c *Config) { c.Coordinator.Role = "HR" }, true},
		{"the coordinator's address", func(c *Config) { c.Coordinator.Email = "a@b.se" }, true},
		{"the coordinator by another name", func(c *Config) { c.Coordinator.Role = "CISO" }, false},
		{"the same leads in another order", func(c *Config) { slices.Reverse(c.Reminders.LeadDays.High) }, false},
		{"no closed days, said aloud", func(c *Config) { c.Days.Closed = []tertial.Date{} }, false},
		{"an event that stays assumed", func(c *Config) { yes := true; c.Events = []calendar.Entry{{Key: "T1", Assumed: &yes}} }, false},
		{"the language", func(c *Config) { c.Language = "en" }, false},
		{"the relay", func(c *Config) { c.Mail.SMTP.Host = "a" }, false},
		{"the database", func(c *Config) { c.Database = "/x" }, false},
		{"a job's line", func(c *Config) { c.Jobs.Remind = "*/5 * * * *" }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Default()
			tt.change(&c)
			if changed := c.Fingerprint() != before; changed != tt.decides {
				t.Errorf("the fingerprint changes: got %v, want %v", changed, tt.decides)
			}
		})
	}
}

// TestWhatIsShownIsReadAsTheSame draws configurations and shows each to the reader.
func TestWhatIsShownIsReadAsTheSame(t *testing.T) {
	lead := rapid.SliceOfN(rapid.IntRange(0, maxDays), 0, 5)
	word := rapid.StringMatching(`[A-Za-zåäöÅÄÖ0-9 :#'"\[\]{}&*!|>%@-]{0,20}`)
	rapid.Check(t, func(t *rapid.T) {
		c := Default()
		c.Organisation = word.Draw(t, "organisation")
		c.Coordinator.Role = "R" + word.Draw(t, "role")
		c.Reminders.SendAt = tertial.Clock(rapid.IntRange(0, 1079).Draw(t, "send_at"))
		c.Reminders.LeadDays.Low = lead.Draw(t, "low")
		c.Reminders.EscalateAfter.Low = rapid.SampledFrom([]Wait{Never, 1, 500}).Draw(t, "escalate")
		c.Digest.PreviewDays = rapid.IntRange(0, 60).Draw(t, "preview")
		c.Days.Closed = rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 3000), tertial.DateOf(2024, 1, 1).AddDays), 0, 3).Draw(t, "closed")
		if rapid.Bool().Draw(t, "event") {
			year := rapid.IntRange(2020, 2040).Draw(t, "year")
			c.Events = []calendar.Entry{{Key: "BUDGET", Name: "B" + word.Draw(t, "name"), Aliases: []string{"a" + word.Draw(t, "alias")},
				Date: "10-01", Dates: map[int]tertial.Date{year: tertial.DateOf(year, 10, 2)}}}
		}
		var shown strings.Builder
		if err := c.Show(&shown); err != nil {
			t.Fatal(err)
		}
		again, err := read(shown.String())
		if err != nil {
			t.Fatalf("%v\n%s", err, shown.String())
		}
		if again.Fingerprint() != c.Fingerprint() || again.Organisation != c.Organisation || again.Digest != c.Digest {
			t.Errorf("got  %+v\nwant %+v\n%s", again, c, shown.String())
		}
	})
}

func TestShowNamesEveryKeyAndNoSecret(t *testing.T) {
	c := Default()
	c.Database = "postgres://tertial:hem:l@igt@db.example.org/t?sslmode=require&password=hemligt&sslpassword=hemligt"
	var b strings.Builder
	if err := c.Show(&b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "hem") || strings.Contains(b.String(), "igt@") {
		t.Errorf("the password is shown:\n%s", b.String())
	}
	if want := "postgres://tertial:***@db.example.org/t?sslmode=require&password=***&sslpassword=***"; !strings.Contains(b.String(), want) {
		t.Errorf("got\n%s\nwant %s", b.String(), want)
	}
	shown := keysOf(t, b.String())
	walk(reflect.TypeFor[Config](), "", func(key string, _ reflect.Type) {
		if !shown[key] {
			t.Errorf("%s is not shown", key)
		}
	})
}

func TestURLsWithoutAPasswordAreShownAsTheyAre(t *testing.T) {
	for _, s := range []string{"tertial.db", "postgres:///t?host=/run", "postgres://t@localhost/t"} {
		if got := maskURL(s); got != s {
			t.Errorf("got %s, want %s", got, s)
		}
	}
}

func TestWarnings(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"a database beside the command", func(c *Config) { c.Database = "t.db" }, "database: t.db is looked for"},
		{"open to other machines", func(c *Config) { c.Listen = ":8383" }, "listen: "},
		{"open by address", func(c *Config) { c.Listen = "0.0.0.0:8383" }, "listen: "},
		{"mail in the clear", func(c *Config) { c.Mail.SMTP.Host, c.Mail.SMTP.TLS = "relay.example.org", "none" }, "mail.smtp.tls: "},
		{"mail in the clear on this machine", func(c *Config) { c.Mail.SMTP.Host, c.Mail.SMTP.TLS = "::1", "none" }, ""},
		{"redirected mail", func(c *Config) { c.Mail.RedirectTo = "a@b.se" }, "mail.redirect_to: "},
		{"a time that is skipped in spring", func(c *Config) { c.Reminders.SendAt = 150 }, "02:30 does not exist on 2026-03-29 in Europe/Stockholm"},
		{"that time where clocks stand", func(c *Config) { c.Reminders.SendAt, c.Timezone = 150, "UTC" }, ""},
		{"no leads", func(c *Config) { c.Reminders.LeadDays.Low = nil }, "reminders.lead_days.low: "},
		{"no checkpoints", func(c *Config) { c.Checkpoints.LeadDays = nil }, "checkpoints.lead_days: "},
		{"mail that waits for the night", func(c *Config) { c.Jobs.Deliver = "0 3 * * *" }, "jobs.deliver: "},
		{"mail that waits for the month", func(c *Config) { c.Jobs.Remind = "* * 1 * *" }, "jobs.remind: "},
		{"a look an hour is enough", func(c *Config) { c.Jobs.Remind = "0 * * * *" }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Default()
			c.Database = "/var/lib/tertial/t.db"
			tt.change(&c)
			got := strings.Join(c.Warnings(), "\n")
			if (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want …%s…", got, tt.want)
			}
		})
	}
}

// keysOf returns the keys that a file gives.
func keysOf(t *testing.T, text string) map[string]bool {
	t.Helper()
	c := Default()
	f := newFiller([]byte(text))
	f.document(&c, []byte(text))
	if len(f.problems) > 0 {
		t.Fatal(&Error{Problems: f.problems})
	}
	keys := map[string]bool{}
	for key := range f.places {
		keys[key] = true
	}
	return keys
}

func TestTextThatLooksLikeSomethingElseIsShownAsText(t *testing.T) {
	for _, text := range []string{"true", "no", "null", "~", "123", "1e3", "0x10", ".inf", " blank ", "- dash", "# number", "a: b", "a #b", "@at", "%x",
		"07:30", "'", `"`, `\`, "*x", "&x", "!x", "{x", "[x", "x]", "<<", "? x", "| x", "two\nlines", "end\n", "åäö", "=", "---", "..."} {
		c := Default()
		c.Organisation = text
		c.Events = []calendar.Entry{{Key: "X", Name: "x", Date: "10-01", Aliases: []string{text}}}
		var shown strings.Builder
		if err := c.Show(&shown); err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		again, err := read(shown.String())
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if again.Organisation != text || again.Fingerprint() != c.Fingerprint() {
			t.Errorf("got %q, want %q", again.Organisation, text)
		}
	}
}
