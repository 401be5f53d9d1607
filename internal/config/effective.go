package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"

	"tertial/internal/calendar"
	"tertial/internal/tertial"
)

// Rules returns when people are told. The configuration must be valid.
func (c *Config) Rules() tertial.Rules {
	r := tertial.Rules{
		Zone:             c.Zone(),
		SendAt:           c.Reminders.SendAt,
		SendUntil:        c.Reminders.SendUntil,
		LeadDays:         map[tertial.Priority][]int{},
		EveryDays:        c.Reminders.EveryDays,
		EscalateAfter:    map[tertial.Priority]int{},
		CheckpointLeads:  leads(c.Checkpoints.LeadDays),
		Coordinator:      tertial.RoleKey(c.Coordinator.Role),
		CoordinatorEmail: c.Coordinator.Email,
		Language:         c.Language,
	}
	c.Reminders.LeadDays.each(func(p tertial.Priority, days []int) { r.LeadDays[p] = leads(days) })
	c.Reminders.EscalateAfter.each(func(p tertial.Priority, w Wait) {
		if w != Never {
			r.EscalateAfter[p] = int(w)
		}
	})
	return r
}

// leads returns the days once each, the earliest reminder first; never nil.
func leads(days []int) []int {
	days = append([]int{}, days...)
	slices.Sort(days)
	slices.Reverse(days)
	return slices.Compact(days)
}

// Calendar returns the workdays.
func (c *Config) Calendar() (*calendar.Calendar, error) {
	return calendar.New(calendar.Options{Quiet: c.Days.Quiet, Closed: c.Days.Closed})
}

// Wheel returns the annual wheel: the built-in events with the configured ones over them.
func (c *Config) Wheel() (*calendar.Wheel, error) {
	cal, err := c.Calendar()
	if err != nil {
		return nil, err
	}
	return calendar.NewWheel(cal, c.events())
}

func (c *Config) events() []calendar.Event {
	return calendar.Overlay(calendar.BuiltIn(), c.Events)
}

// Zone returns the time zone in which days begin; UTC where the configuration is not valid.
func (c *Config) Zone() *time.Location {
	loc, err := loadZone(c.Timezone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// Fingerprint changes with everything that decides who is told what and when, and with
// nothing else: 64 hexadecimal digits.
func (c *Config) Fingerprint() string {
	r := c.Rules()
	closed := append([]tertial.Date{}, c.Days.Closed...) // never null, as below: none is none
	slices.SortFunc(closed, tertial.Date.Compare)
	facts := []any{
		"v1", c.Timezone, r.SendAt, r.SendUntil, r.LeadDays, r.EveryDays, r.EscalateAfter, r.CheckpointLeads,
		r.Coordinator, r.CoordinatorEmail, append([]calendar.Quiet{}, c.Days.Quiet...), slices.Compact(closed), c.events(),
	}
	text, err := json.Marshal(facts)
	if err != nil {
		// Strings, numbers, lists and maps of them: there is nothing that cannot be written.
		panic(fmt.Sprintf("config: fingerprint: %v", err))
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Show writes the configuration that is in force, as YAML that [Load] reads: the
// whole wheel, and no secrets.
func (c *Config) Show(w io.Writer) error {
	shown := *c
	shown.Database = maskURL(c.Database)
	shown.Events = nil
	for _, e := range c.events() {
		shown.Events = append(shown.Events, calendar.Entry{
			Key: e.Key, Name: e.Name, Aliases: e.Aliases, Date: e.Date, YearOffset: &e.YearOffset,
			Dates: e.Dates, Report: e.Report, Digest: &e.Digest, Assumed: &e.Assumed,
		})
	}
	var b strings.Builder
	writeMapping(&b, reflect.ValueOf(shown), 0, false)
	_, err := io.WriteString(w, b.String())
	return err
}

// maskURL hides the password of a URL, wherever it stands.
func maskURL(database string) string {
	if !isPostgres(database) {
		return database
	}
	head, query, _ := strings.Cut(database, "?")
	if i, j := strings.Index(head, "://")+3, strings.LastIndex(head, "@"); j > i {
		if user, _, secret := strings.Cut(head[i:j], ":"); secret {
			head = head[:i] + user + ":***" + head[j:]
		}
	}
	if query == "" {
		return head
	}
	parts := strings.Split(query, "&")
	for i, p := range parts {
		if key, _, _ := strings.Cut(p, "="); secretive(key) {
			parts[i] = key + "=***"
		}
	}
	return head + "?" + strings.Join(parts, "&")
}
