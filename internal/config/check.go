package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

// Validate checks the configuration as a whole; [Load] has done it. The error is an
// [*Error] with everything that is wrong.
func (c *Config) Validate() error {
	if problems := c.check(); len(problems) > 0 {
		return &Error{Problems: problems}
	}
	return nil
}

// checker gathers problems.
type checker struct{ problems []Problem }

func (k *checker) fail(key, format string, args ...any) {
	k.problems = append(k.problems, Problem{Key: key, Message: fmt.Sprintf(format, args...)})
}

func (k *checker) oneOf(key, value string, choices ...string) {
	if slices.Contains(choices, value) {
		return
	}
	list := strings.Join(choices, ", ")
	if best := nearest(value, choices); best != "" {
		k.fail(key, "%.40q is none of %s; is %s meant?", value, list, best)
		return
	}
	k.fail(key, "%.40q is none of %s", value, list)
}

func (k *checker) between(key string, n, least, most int) {
	if n < least || n > most {
		k.fail(key, "%d is not between %d and %d", n, least, most)
	}
}

func (c *Config) check() []Problem {
	k := &checker{}
	k.database(c.Database)
	k.oneOf("migrate", c.Migrate, "auto", "manual")
	k.listen(c.Listen)
	k.baseURL(c.BaseURL)
	if _, err := loadZone(c.Timezone); err != nil {
		k.fail("timezone", "%s", plain(err))
	}
	k.oneOf("language", c.Language, "sv", "en")
	k.role("coordinator.role", c.Coordinator.Role)
	k.role("digest.role", c.Digest.Role)
	k.between("digest.preview_days", c.Digest.PreviewDays, 0, 60)
	k.mail(c)
	k.access(c)
	k.reminders(c)
	k.calendar(c)
	k.jobs(&c.Jobs)
	k.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	k.oneOf("log.format", c.Log.Format, "text", "json")
	if c.Templates != "" {
		if info, err := os.Stat(c.Templates); err != nil || !info.IsDir() {
			k.fail("templates", "%.200q is no folder that can be read", c.Templates)
		}
	}
	return k.problems
}

func (k *checker) listen(addr string) {
	host, port, err := net.SplitHostPort(addr)
	if n, convErr := strconv.ParseUint(port, 10, 16); err != nil || convErr != nil || n == 0 && port != "0" {
		k.fail("listen", "%.80q is no address and port; write it as 127.0.0.1:8383", addr)
		return
	}
	if host != "" && !isHost(host) {
		k.fail("listen", "%.80q is no address to listen on", host)
	}
}

// baseURL wants what links in mails can begin with, and nothing more.
func (k *checker) baseURL(s string) {
	if s == "" {
		return
	}
	const key = "base_url"
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		k.fail(key, "this is no address of a site; write it as https://tertial.example.org")
	case u.User != nil:
		k.fail(key, "no user and password here: the address stands in every mail")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		k.fail(key, "only the site, without a path: %s://%s", u.Scheme, u.Host)
	case !isHost(u.Hostname()):
		k.fail(key, "%.80q is no host name", u.Hostname())
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		k.fail(key, "answers would travel in the clear; use https://%s", u.Host)
	}
}

// zoneName is how the names of the time zone database look; the lower-case ones
// beside them (posixrules, right/…) are none.
var zoneName = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$`)

// loadZone takes a name of the time zone database and nothing that depends on the machine.
func loadZone(name string) (*time.Location, error) {
	if name == "Local" || !zoneName.MatchString(name) {
		return nil, fmt.Errorf("%w: %.40q is no time zone; write it as Europe/Stockholm", tertial.ErrInvalid, name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%w: there is no time zone %.40q; write it as Europe/Stockholm", tertial.ErrInvalid, name)
	}
	return loc, nil
}

func (k *checker) role(key, name string) {
	if strings.TrimSpace(name) == "" {
		k.fail(key, "a role must be named")
	}
}

// The longest lead and wait: nobody plans reminders further off than two years.
const maxDays = 730

func (k *checker) reminders(c *Config) {
	r := &c.Reminders
	if r.SendAt >= r.SendUntil {
		k.fail("reminders.send_until", "it must be later than send_at, which is %v", r.SendAt)
	}
	r.LeadDays.each(func(p tertial.Priority, days []int) { k.leads("reminders.lead_days."+string(p), days) })
	k.between("reminders.every_days", r.EveryDays, 1, maxDays)
	r.EscalateAfter.each(func(p tertial.Priority, w Wait) {
		if w != Never {
			k.between("reminders.escalate_after_days."+string(p), int(w), 1, maxDays)
		}
	})
	k.leads("checkpoints.lead_days", c.Checkpoints.LeadDays)
}

func (k *checker) leads(key string, days []int) {
	for i, n := range days {
		k.between(fmt.Sprintf("%s[%d]", key, i), n, 0, maxDays)
	}
}

// calendar makes the calendar and the wheel. Where that fails it tries each entry by
// itself, to know which one is at fault.
func (k *checker) calendar(c *Config) {
	cal, err := c.Calendar()
	if err == nil {
		k.wheel(c, cal)
		return
	}
	before := len(k.problems)
	for i, q := range c.Days.Quiet {
		_, err := calendar.New(calendar.Options{Quiet: []calendar.Quiet{q}})
		k.entry(fmt.Sprintf("calendar.quiet[%d]", i), err)
	}
	for i, d := range c.Days.Closed {
		_, err := calendar.New(calendar.Options{Closed: []tertial.Date{d}})
		k.entry(fmt.Sprintf("calendar.closed[%d]", i), err)
	}
	if len(k.problems) == before {
		k.entry("calendar", err)
	}
}

func (k *checker) wheel(c *Config, cal *calendar.Calendar) {
	before, seen := len(k.problems), map[string]bool{}
	for i, e := range c.Events {
		key := strings.ToUpper(e.Key)
		if seen[key] {
			k.fail(fmt.Sprintf("wheel[%d].key", i), "the event %.40s is there twice", e.Key)
		}
		seen[key] = true
	}
	_, err := calendar.NewWheel(cal, c.events())
	if err == nil {
		k.names(c)
		return
	}
	for i := range c.Events {
		_, err := calendar.NewWheel(cal, calendar.Overlay(calendar.BuiltIn(), c.Events[i:i+1]))
		k.entry(fmt.Sprintf("wheel[%d]", i), err)
	}
	if len(k.problems) == before {
		k.entry("wheel", err)
	}
}

// names refuses an entry that calls its event what another one is called: phrases would
// go on meaning the other.
func (k *checker) names(c *Config) {
	taken := map[string]string{}
	for _, e := range calendar.BuiltIn() {
		for _, name := range append([]string{e.Key, e.Name}, e.Aliases...) {
			taken[strings.ToLower(name)] = e.Key
		}
	}
	for i, e := range c.Events {
		for _, name := range append([]string{e.Key, e.Name}, e.Aliases...) {
			name = strings.ToLower(name)
			switch owner, is := taken[name]; {
			case name == "":
			case !is:
				taken[name] = e.Key
			case !strings.EqualFold(owner, e.Key):
				k.fail(fmt.Sprintf("wheel[%d]", i), "%.40q is a name of the event %.40s; change that one, by its key", name, owner)
			}
		}
	}
}

// entryName is what an error of the calendar's begins with: its own name for the entry.
var entryName = regexp.MustCompile(`(?m)^(quiet|closed|wheel)\[\d+\]( "[^"]*")?: `)

func (k *checker) entry(key string, err error) {
	if err == nil {
		return
	}
	k.fail(key, "%s", strings.ReplaceAll(entryName.ReplaceAllString(plain(err), ""), "\n", "; "))
}

// hostName is RFC 1123: letters, digits and hyphens between dots.
var hostName = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.?$`)

// isHost reports whether s is a host name or an address, without port or brackets.
func isHost(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil || len(s) <= 253 && hostName.MatchString(s)
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

var errNoAddress = errors.New("write it as name@example.org")

// checkAddress wants one address that every relay takes: local part and a domain in
// ASCII. The domain needs a dot unless it is localhost.
func checkAddress(s string) error {
	local, domain, _ := strings.Cut(s, "@")
	switch {
	case len(local) > 64 || len(domain) > 253 || !localPart.MatchString(local) || !hostName.MatchString(domain):
		return errNoAddress
	case !strings.Contains(strings.TrimSuffix(domain, "."), ".") && !strings.EqualFold(domain, "localhost"):
		return errNoAddress
	}
	return nil
}

// localPart is a dot-atom of RFC 5322: nothing quoted, no comments.
var localPart = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$")
