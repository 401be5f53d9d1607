package config

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCronLines(t *testing.T) {
	for _, line := range []string{"* * * * *", "*/5 * * * *", "30 7 * * MON-FRI", "0 8,12 * * *", "15 3 1 * *", "0 9 * 1,5,9 *", "0 9 29 * *",
		"0 0 1 1 *", "5-10/2 * * * *", "*/1 * */1 * */1", " 0 8 * * * ", "0  8  *  *  *"} {
		if _, err := parseCron(line); err != nil {
			t.Errorf("%q: got %v, want none", line, err)
		}
	}
	tests := []struct{ name, line, want string }{
		{"nothing", "", "it has 0 fields"},
		{"four fields", "* * * *", "it has 4 fields"},
		{"seconds", "0 * * * * *", "it has 6 fields"},
		{"a zone without a line", "TZ=", "has no place"},
		{"a zone", "TZ=Europe/Berlin 0 8 * * *", "has no place"},
		{"a zone by its other name", "CRON_TZ=x", "has no place"},
		{"an interval", "@every 1h", "has no place"},
		{"a word", "@daily", "has no place"},
		{"a space that does not break", "0\u00a08 * * *", "has no place"},
		{"a tab", "0\t8 * * *", "has no place"},
		{"a line end", "0 8 * * *\n", "has no place"},
		{"a comma alone", ", * * * *", "the minute has an empty part"},
		{"an empty part of a list", "1,,2 * * * *", "the minute has an empty part"},
		{"a comma at the end", "0 8, * * *", "the hour has an empty part"},
		{"a step beyond the hour", "*/90 * * * *", "the minute's step 90 is not between 1 and 59"},
		{"a step of nothing", "*/0 * * * *", "the minute's step"},
		{"a step without a number", "*/ * * * *", "the minute's step"},
		{"the last day", "0 8 L * *", "0 8 L"},
		{"a weekday that is none", "0 8 * * 7", "above maximum"},
		{"an hour that is none", "0 24 * * *", "above maximum"},
		{"a question mark", "0 8 ? * *", "has no place"},
		{"31 February", "0 9 31 2 *", "would not run"},
		{"30 February", "0 9 30 FEB *", "would not run"},
		{"29 February, which is rare", "0 9 29 2 *", "would not run at least once in 400 days"},
		{"a day of the month or of the week", "0 9 1 * 1", "together would mean either"},
		{"the first Monday, which cannot be written", "0 8 1-7 * MON", "together would mean either"},
		{"a number without an end", "99999999999999999999 * * * *", "99999"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := parseCron(tt.line); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%q: got %v, want …%s…", tt.line, err, tt.want)
			}
		})
	}
}

func TestSomeJobsLookAtMostOnceAnHour(t *testing.T) {
	hold(t, []rule{
		{"remind each minute", func(c *Config) { c.Jobs.Remind = "* * * * *" }, ""},
		{"deliver every five minutes", func(c *Config) { c.Jobs.Deliver = "*/5 * * * *" }, ""},
		{"digest each minute", func(c *Config) { c.Jobs.Digest = "* * * * *" }, "jobs.digest: it would run more than once an hour"},
		{"summary twice an hour", func(c *Config) { c.Jobs.Summary = "0,59 8 * * 1" }, "jobs.summary: "},
		{"tidy every half hour", func(c *Config) { c.Jobs.Tidy = "*/30 3 * * *" }, "jobs.tidy: "},
		{"digest each hour", func(c *Config) { c.Jobs.Digest = "59 * * * *" }, ""},
		{"summary on Mondays", func(c *Config) { c.Jobs.Summary = "0 8 * * 1" }, ""},
		{"a job without a line", func(c *Config) { c.Jobs.Remind = "" }, "jobs.remind: "},
	})
}

func TestNoCronLineBringsTheProgramDown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		field := rapid.StringMatching(`[0-9*/,A-Z-]{1,6}`)
		line := rapid.OneOf(
			rapid.String(),
			rapid.Map(rapid.SliceOfN(field, 4, 6), func(f []string) string { return strings.Join(f, " ") }),
		).Draw(t, "line")
		spec, err := parseCron(line)
		if err == nil && longestGap(spec) == 0 {
			t.Errorf("%q is taken and never runs", line)
		}
	})
}

func FuzzCron(f *testing.F) {
	for _, seed := range []string{"* * * * *", "TZ=", "CRON_TZ= * * * * *", "@every 0s", ",", "0 9 31 2 *", "0-59/7 1-2 * JAN *"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) { _, _ = parseCron(line) })
}
