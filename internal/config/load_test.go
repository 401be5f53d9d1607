package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tertial/internal/tertial"
)

// read lays text over the defaults, without an environment.
func read(text string) (Config, error) { return Default().lay("c.yaml", []byte(text), nil) }

func TestFileIsLaidOverTheDefaults(t *testing.T) {
	tests := []struct {
		name, file string
		change     func(*Config)
	}{
		{"an empty file is the defaults", "", func(*Config) {}},
		{"comments alone are the defaults", "# nothing yet\n\n# really\n", func(*Config) {}},
		{"a document start alone is the defaults", "---\n", func(*Config) {}},
		{"a byte order mark is passed over", "\ufefflanguage: en\n", func(c *Config) { c.Language = "en" }},
		{"Windows line ends are taken", "language: en\r\nmigrate: manual\r\n", func(c *Config) { c.Language, c.Migrate = "en", "manual" }},
		{"a key without a value is as if not there", "mail:\nlisten:\norganisation: ~\n", func(*Config) {}},
		{"a nested key leaves its neighbours", "mail: {smtp: {port: 25}}", func(c *Config) { c.Mail.SMTP.Port = 25 }},
		{"one priority leaves the others", "reminders: {lead_days: {low: [5]}}", func(c *Config) { c.Reminders.LeadDays.Low = []int{5} }},
		{"a list takes the place of the default", "calendar: {quiet: []}", func(c *Config) { c.Days.Quiet = c.Days.Quiet[:0] }},
		{"times may be written without quotes", "reminders: {send_at: 08:15}", func(c *Config) { c.Reminders.SendAt = 8*60 + 15 }},
		{"a wait may be never", "reminders: {escalate_after_days: {high: never, none: 5}}",
			func(c *Config) { c.Reminders.EscalateAfter.High, c.Reminders.EscalateAfter.None = Never, 5 }},
		{"a number is text where text is wanted", "organisation: 2024", func(c *Config) { c.Organisation = "2024" }},
		{"a slash at the end of the site goes", "base_url: https://t.example.org/", func(c *Config) { c.BaseURL = "https://t.example.org" }},
		{"text over several lines is taken", "organisation: >-\n  Kontoret för\n  allt\n", func(c *Config) { c.Organisation = "Kontoret för allt" }},
		{"closed days are dates", "calendar: {closed: [2027-05-07]}",
			func(c *Config) { c.Days.Closed = []tertial.Date{tertial.DateOf(2027, 5, 7)} }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := write(t, tt.file)
			got, err := Load(path, nil)
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

func TestWheelEntryIsReadWhole(t *testing.T) {
	c, err := read(`
wheel:
  - key: VB
    name: Bokslut
    aliases: [årsredovisning]
    date: "01-20"
    year_offset: 1
    dates: {2026: 2027-01-18}
    report: {from: "09-01", to: "12-31"}
    digest: "+10d"
`)
	if err != nil {
		t.Fatal(err)
	}
	wheel, err := c.Wheel()
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, year := range []int{2025, 2026} {
		o, _ := wheel.Occurrence("VB", year)
		got = append(got, fmt.Sprint(o.Name, " ", o.Date, " ", o.Assumed))
	}
	if want := []string{"Bokslut 2026-01-20 false", "Bokslut 2027-01-18 false"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if o, _ := wheel.Occurrence("T1", 2026); !o.Assumed {
		t.Error("T1, of which nothing is said, is not assumed")
	}
}

// problem is how a complaint of the first line is told.
func TestFaultsAreToldWithTheirPlace(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"an unknown key", "organization: x", "c.yaml:1:1: organization: unknown key; is organisation meant?"},
		{"a slip in a nested key", "mail:\n  smpt:\n    host: x", "c.yaml:2:3: mail.smpt: unknown key; is smtp meant?"},
		{"an unknown priority", "reminders: {lead_days: {urgent: [1]}}", "c.yaml:1:25: reminders.lead_days.urgent: unknown key"},
		{"a key that is there twice", "listen: a\nlisten: b", `c.yaml:2:1: mapping key "listen" already defined at [1:1]`},
		{"a key that is there twice, once in quotes", "listen: a\n\"listen\": b", `c.yaml:2:1:`},
		{"text for a number", "mail: {smtp: {port: abc}}", "c.yaml:1:21: mail.smtp.port: want a whole number, got text"},
		{"a quoted number for a number", "mail: {smtp: {port: \"25\"}}", "c.yaml:1:21: mail.smtp.port: want a whole number, got text"},
		{"a broken number for a number", "mail: {smtp: {port: 2.5}}", "c.yaml:1:21: mail.smtp.port: want a whole number, got a number"},
		{"a number beyond all numbers", "mail: {smtp: {port: 99999999999999999999}}", "c.yaml:1:21: mail.smtp.port: want a whole number"},
		{"days with a unit", "checkpoints: {lead_days: [7d]}", "c.yaml:1:27: checkpoints.lead_days[0]: want a whole number, got text"},
		{"a number for a list", "checkpoints: {lead_days: 7}", "c.yaml:1:26: checkpoints.lead_days: want a list, such as [30, 7, 0], got a number"},
		{"a list for a value", "listen: [a]", "c.yaml:1:9: listen: want one value, got a list"},
		{"keys for a value", "listen:\n  host: a", "c.yaml:2:3: listen: want one value, got keys and values"},
		{"keys for a time", "reminders:\n  send_at:\n    hour: 7", "c.yaml:3:5: reminders.send_at: want one value, got keys and values"},
		{"a value for keys", "mail: 5", "c.yaml:1:7: mail: want keys and values below it, got a number"},
		{"true for text", "organisation: true", "c.yaml:1:15: organisation: want text, got true or false; quote it"},
		{"text for true", "wheel: [{key: VB, assumed: perhaps}]", "c.yaml:1:28: wheel[0].assumed: want true or false, got text"},
		{"no time of day", "reminders: {send_at: 7.30}", `c.yaml:1:22: reminders.send_at: "7.30" is no time of day; write it as 07:30`},
		{"no wait", "reminders: {escalate_after_days: {high: -1}}", `c.yaml:1:41: reminders.escalate_after_days.high: "-1" is neither a number of days nor never`},
		{"a day that does not exist", "calendar:\n  closed: [2027-02-29]", `c.yaml:2:12: calendar.closed[0]: "2027-02-29" is no date`},
		{"an item without a value", "calendar:\n  closed:\n    -\n", "c.yaml:3:6: calendar.closed[0]: an item without a value"},
		{"a year that is none", "wheel: [{key: VB, dates: {next: 2027-01-01}}]", `c.yaml:1:27: wheel[0].dates.next: "next" is no year`},
		{"a list at the top", "- a", "c.yaml:1:1: want keys and values below it, got a list"},
		{"a word at the top", "hello", "c.yaml:1:1: want keys and values below it, got text"},
		{"a tab for indenting", "mail:\n\tfrom: x", "c.yaml:2:1: a tab cannot stand here"},
		{"a bracket left open", "calendar: [", "c.yaml:1:11: sequence end token ']' not found"},
		{"a quote left open", "listen: \"a", "c.yaml:1:9: could not find end character"},
		{"a second document", "listen: :1\n---\nlisten: :2", "c.yaml:3:1: a second document; there must be one"},
		{"an anchor", "listen: &a x", "c.yaml:1:9: anchors and aliases are not taken here"},
		{"an alias", "listen: *a", "c.yaml:1:9: anchors and aliases are not taken here"},
		{"a merge", "mail:\n  <<: {from: x}", "c.yaml:2:3: anchors and aliases are not taken here"},
		{"a tag", "listen: !!binary x", "c.yaml:1:9: tags and directives are not taken here"},
		{"a directive", "%YAML 1.1\n---\nlisten: x", "c.yaml:1:1: tags and directives are not taken here"},
		{"bytes that are not UTF-8", "language: sv\norganisation: M\xfcller", "c.yaml:2:1: the file is not UTF-8"},
		{"a NUL", "organisation: a\x00b", "c.yaml:1:1: a control character"},
		{"deep brackets", "calendar: " + strings.Repeat("[", 100000), "c.yaml:1:27: nested too deeply"},
		{"deep dashes", strings.Repeat("- ", 50000), "c.yaml:1:33: nested too deeply"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := read(tt.file)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got  %.300v\nwant %s…", err, tt.want)
			}
			if !errors.Is(err, ErrConfig) {
				t.Errorf("%v is no ErrConfig", err)
			}
		})
	}
}

func TestAllFaultsAreToldAtOnceInTheirOrderWithCarets(t *testing.T) {
	_, err := read("wheel: 3\nmail:\n    connections: many\nåäö: 1\n")
	want := `c.yaml:1:8: wheel: want a list, such as [30, 7, 0], got a number
    wheel: 3
           ^
c.yaml:3:18: mail.connections: want a whole number, got text
        connections: many
                     ^
c.yaml:4:1: åäö: unknown key
    åäö: 1
    ^`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestFaultsWithoutEndAreCounted(t *testing.T) {
	_, err := read(strings.Repeat("x", 100) + ": 1\n" + "a: 1\nb: 1\nc: [" + strings.Repeat("1,", 10) + "]\n")
	if err == nil || strings.Contains(err.Error(), "more") {
		t.Errorf("got %v, want four problems told in full", err)
	}
	var file strings.Builder
	for i := range 60 {
		fmt.Fprintf(&file, "key%d: 1\n", i)
	}
	if _, err = read(file.String()); err == nil || !strings.HasSuffix(err.Error(), "\nand 10 more") {
		t.Errorf("got %v, want the last ten counted", err)
	}
}

func TestComplaintsOfTheWholePointAtTheirLine(t *testing.T) {
	_, err := Default().lay("c.yaml", []byte(`timezone: Local
reminders:
  send_at: 19:00
calendar:
  quiet:
    - weeks: 27-31
    - weeks: 99
mail: {smtp: {username: tertial}}
`), []string{"TERTIAL_LANGUAGE=no"})
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an *Error", err)
	}
	var got []string
	for _, p := range e.Problems {
		got = append(got, fmt.Sprintf("%s:%d:%d%s", p.Key, p.Line, p.Column, p.Variable))
	}
	want := []string{
		"timezone:1:11", "reminders.send_until:3:3", "calendar.quiet[1]:7:7", "mail.smtp.password_file:8:14", "language:0:0TERTIAL_LANGUAGE",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestSecretsAreNotEchoed(t *testing.T) {
	for _, file := range []string{
		"mail:\n  smtp:\n    password: hemligt",
		"mail:\n  smtp:\n    host: smtp://u:hemligt@relay",
		"database: postgres://u:hemligt@db.example.org/t",
		"database: mysql://u:hemligt@db.example.org/t",
		"database: host=db password=hemligt dbname=t",
		"database: postgres://u:hemligt@db:port/t",
		"database: [postgres://u:hemligt@db/t]",
		"smtp_password: hemligt\nlisten: 1",
		"base_url: https://u:hemligt@t.example.org",
	} {
		_, err := read(file)
		if err == nil {
			t.Errorf("%q: got no error", file)
		} else if strings.Contains(err.Error(), "hemligt") {
			t.Errorf("%q: the error tells the secret:\n%v", file, err)
		}
	}
}

func TestFilesThatAreNoneAreRefused(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large.yaml")
	if err := os.WriteFile(large, []byte(strings.Repeat("# padding\n", maxFile/10+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, path, want string
		is               error
	}{
		{"a file that is missing", filepath.Join(dir, "none.yaml"), "the file cannot be read: no such file or directory", fs.ErrNotExist},
		{"a folder", dir, "this is no ordinary file", ErrConfig},
		{"a device without an end", "/dev/zero", "this is no ordinary file", ErrConfig},
		{"a file that is too large", large, "the file is larger than 256 KiB", ErrConfig},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(tt.path, nil)
			if want := tt.path + ": " + tt.want; err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
			if !errors.Is(err, ErrConfig) || !errors.Is(err, tt.is) {
				t.Errorf("%v is not both ErrConfig and %v", err, tt.is)
			}
		})
	}
}

// FuzzDocument asks that no bytes whatever bring the reader down, and that
// what it takes is valid and can be shown and read again.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{"", "mail: {smtp: {port: 25}}", "wheel: [{key: VB, dates: {2026: 2027-01-18}}]", "a: &a [*a]", "? x\n: y", "- - -", "\t", "calendar: {quiet: [{weeks: 1-53}]}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4096 {
			return
		}
		c, err := read(text)
		if err != nil {
			if !errors.Is(err, ErrConfig) {
				t.Errorf("%v is no ErrConfig", err)
			}
			return
		}
		if err := c.Validate(); err != nil {
			t.Errorf("taken, but not valid: %v", err)
		}
		var shown strings.Builder
		if err := c.Show(&shown); err != nil {
			t.Fatal(err)
		}
		again, err := Default().lay("shown", []byte(shown.String()), nil)
		if err != nil {
			t.Fatalf("what is shown cannot be read: %v\n%s", err, shown.String())
		}
		if again.Fingerprint() != c.Fingerprint() {
			t.Errorf("what is shown is something else:\n%s", shown.String())
		}
	})
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
