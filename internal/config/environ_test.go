package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestEnvironmentIsLaidOverTheFile(t *testing.T) {
	tests := []struct {
		name, file, variable string
		change               func(*Config)
	}{
		{"a text", "", "TERTIAL_DATABASE=/var/lib/tertial/t.db", func(c *Config) { c.Database = "/var/lib/tertial/t.db" }},
		{"a nested text", "mail: {smtp: {host: a}}", "TERTIAL_MAIL_SMTP_HOST=127.0.0.1", func(c *Config) { c.Mail.SMTP.Host = "127.0.0.1" }},
		{"a number", "", "TERTIAL_MAIL_SMTP_PORT=2525", func(c *Config) { c.Mail.SMTP.Port = 2525 }},
		{"a time", "reminders: {send_at: 06:00}", "TERTIAL_REMINDERS_SEND_AT=08:00", func(c *Config) { c.Reminders.SendAt = 480 }},
		{"a wait", "", "TERTIAL_REMINDERS_ESCALATE_AFTER_DAYS_HIGH=never", func(c *Config) { c.Reminders.EscalateAfter.High = Never }},
		{"a list of numbers", "", "TERTIAL_CHECKPOINTS_LEAD_DAYS=10,3", func(c *Config) { c.Checkpoints.LeadDays = []int{10, 3} }},
		{"one priority", "", "TERTIAL_REMINDERS_LEAD_DAYS_NONE=5", func(c *Config) { c.Reminders.LeadDays.None = []int{5} }},
		{"a cron line", "", "TERTIAL_JOBS_TIDY=0 4 * * *", func(c *Config) { c.Jobs.Tidy = "0 4 * * *" }},
		{"an equals sign in the value", "", "TERTIAL_ORGANISATION=a=b", func(c *Config) { c.Organisation = "a=b" }},
		{"an empty one counts as not set", "listen: :1", "TERTIAL_LISTEN=", func(c *Config) { c.Listen = ":1" }},
		{"those of tests are none of ours", "", "TERTIAL_TEST_POSTGRES=x", func(*Config) {}},
		{"other programs' are none of ours", "", "TERTIALS=x", func(*Config) {}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Load(write(t, tt.file), []string{"PATH=/bin", tt.variable, "HOME=/"})
			if err != nil {
				t.Fatal(err)
			}
			want := Default()
			tt.change(&want)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestVariablesThatAreWrongAreNamed(t *testing.T) {
	tests := []struct{ name, variable, want string }{
		{"a number that is none", "TERTIAL_MAIL_SMTP_PORT=abc", `TERTIAL_MAIL_SMTP_PORT: "abc" is no whole number`},
		{"a time that is none", "TERTIAL_REMINDERS_SEND_AT=25:00", `TERTIAL_REMINDERS_SEND_AT: "25:00" is no time of day`},
		{"a wait that is none", "TERTIAL_REMINDERS_ESCALATE_AFTER_DAYS_LOW=soon", `TERTIAL_REMINDERS_ESCALATE_AFTER_DAYS_LOW: "soon" is neither`},
		{"a list with a word", "TERTIAL_CHECKPOINTS_LEAD_DAYS=1,x", `TERTIAL_CHECKPOINTS_LEAD_DAYS: "x" is no whole number`},
		{"a slip", "TERTIAL_LISTN=:1", "TERTIAL_LISTN: there is no such variable; is TERTIAL_LISTEN meant?"},
		{"two underscores", "TERTIAL_MAIL_SMTP__PORT=1", "TERTIAL_MAIL_SMTP__PORT: there is no such variable; is TERTIAL_MAIL_SMTP_PORT meant?"},
		{"a secret", "TERTIAL_MAIL_SMTP_PASSWORD=hemligt", "TERTIAL_MAIL_SMTP_PASSWORD: secrets are not taken from the environment"},
		{"a part that is no single value", "TERTIAL_WHEEL=x", "TERTIAL_WHEEL: there is no such variable"},
		{"a value that breaks a rule", "TERTIAL_TIMEZONE=Local", `TERTIAL_TIMEZONE: "Local" is no time zone`},
		{"one that would steer faults", "TERTIAL_FAILPOINTS=after_dot=kill", "TERTIAL_FAILPOINTS: there is no such variable"},
		{"the secret itself", "TERTIAL_SECRET=hemligt", "TERTIAL_SECRET: secrets are not taken from the environment"},
		{"an empty one that is unknown", "TERTIAL_NOTHING=", "TERTIAL_NOTHING: there is no such variable"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load("", []string{tt.variable})
			if err == nil || !strings.HasPrefix(err.Error(), "environment: "+tt.want) || strings.Contains(err.Error(), "hemligt") {
				t.Errorf("got %v, want environment: %s…", err, tt.want)
			}
		})
	}
}

// TestEverySingleValueHasAVariable holds the tags of the environment against the keys of the file.
func TestEverySingleValueHasAVariable(t *testing.T) {
	names := variables()
	if len(names) < 40 {
		t.Fatalf("got %d variables: some are missing", len(names))
	}
	for name, key := range names {
		value := "6"
		if strings.Contains(key, "send_") {
			value = "05:00"
		}
		if key == "access.oidc.trust_email" {
			value = "true"
		}
		c, changed := Default(), Default()
		if _, problems := changed.override([]string{name + "=" + value}); len(problems) > 0 || reflect.DeepEqual(c, changed) {
			t.Errorf("%s does not set %s: %v", name, key, problems)
		}
	}
	all := []string{}
	walk(reflect.TypeFor[Config](), "", func(key string, _ reflect.Type) { all = append(all, key) })
	for _, key := range names {
		all = slices.DeleteFunc(all, func(k string) bool { return k == key })
	}
	slices.Sort(all)
	if want := []string{"calendar.closed", "calendar.quiet", "wheel"}; !slices.Equal(all, want) {
		t.Errorf("keys without a variable: got %q, want %q", all, want)
	}
}
