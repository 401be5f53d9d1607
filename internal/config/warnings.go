package config

import (
	"fmt"
	"net"
	"path/filepath"
	"time"

	"tertial/internal/tertial"
)

// Warnings returns what is allowed and perhaps not meant, a sentence each.
func (c *Config) Warnings() []string {
	var w []string
	warn := func(format string, args ...any) { w = append(w, fmt.Sprintf(format, args...)) }
	if !isPostgres(c.Database) && !filepath.IsAbs(c.Database) {
		warn("database: %s is looked for in the folder from which the command is run; an absolute path is safer", c.Database)
	}
	if unsafePostgres(c.Database) {
		warn("database: the way to the server may be in the clear; use sslmode=verify-full")
	}
	if host, _, err := net.SplitHostPort(c.Listen); err == nil && !isLoopback(host) {
		warn("listen: %s is open to other machines; put a proxy with TLS before it", c.Listen)
	}
	if m := &c.Mail; m.SMTP.Host != "" && m.SMTP.TLS == "none" && !m.SMTP.Loopback() {
		warn("mail.smtp.tls: mail goes to %s in the clear", m.SMTP.Host)
	}
	if c.Mail.RedirectTo != "" {
		warn("mail.redirect_to: all mail goes to %s and none to its readers", c.Mail.RedirectTo)
	}
	if c.Mail.BounceTo != "" && c.readableByAll() {
		warn("secret_file: everybody on this machine can read the secret, and could forge reports; chmod 600 it")
	}
	if d := c.skipped(c.Reminders.SendAt); !d.IsZero() {
		warn("reminders.send_at: %v does not exist on %v in %s; mail goes at the first moment after it",
			c.Reminders.SendAt, d, c.Timezone)
	}
	c.Reminders.LeadDays.each(func(p tertial.Priority, days []int) {
		if len(days) == 0 {
			warn("reminders.lead_days.%s: nobody is reminded before the due date", p)
		}
	})
	if len(c.Checkpoints.LeadDays) == 0 {
		warn("checkpoints.lead_days: nobody is asked before a report")
	}
	for _, job := range [][2]string{{"remind", c.Jobs.Remind}, {"deliver", c.Jobs.Deliver}} {
		if spec, err := parseCron(job[1]); err == nil && idle(spec.Next) > time.Hour {
			warn("jobs.%s: %q looks less than once an hour, so mail may go late or miss its day", job[0], job[1])
		}
	}
	return w
}

// skipped returns a day of the years to come on which the clock never shows c, when it
// is put forward; zero where there is none.
func (c *Config) skipped(at tertial.Clock) tertial.Date {
	zone := c.Zone()
	for t := time.Date(2026, time.January, 1, 0, 0, 0, 0, zone); ; {
		if _, t = t.ZoneBounds(); t.IsZero() || t.Year() > 2037 {
			return tertial.Date{}
		}
		d := tertial.DateIn(t, zone)
		if shown := d.At(at, zone); shown.Hour()*60+shown.Minute() != int(at) {
			return d
		}
	}
}

// idle returns the longest that is waited for a run from some full hour of a week and a day.
func idle(next func(time.Time) time.Time) time.Duration {
	var longest time.Duration
	from := time.Date(2027, 2, 26, 0, 0, 0, 0, time.UTC) // across the end of a month
	for t := from; t.Before(from.AddDate(0, 0, 8)); t = t.Add(time.Hour) {
		longest = max(longest, next(t).Sub(t))
	}
	return longest
}
