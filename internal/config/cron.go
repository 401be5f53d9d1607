package config

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"tertial/internal/tertial"
)

func (k *checker) jobs(j *Jobs) {
	for _, job := range []struct {
		name, line string
		often      bool // may look more than once an hour
	}{
		{"remind", j.Remind, true}, {"deliver", j.Deliver, true},
		{"digest", j.Digest, false}, {"summary", j.Summary, false}, {"tidy", j.Tidy, false},
	} {
		key := "jobs." + job.name
		spec, err := parseCron(job.line)
		switch {
		case err != nil:
			k.fail(key, "%s", plain(err))
		case !job.often && bits.OnesCount64(spec.Minute&allMinutes) > 1:
			k.fail(key, "it would run more than once an hour; give one minute, as 35 * * * *")
		}
	}
}

// parseCron reads five fields and refuses what the library misreads, or takes and never runs.
func parseCron(line string) (*cron.SpecSchedule, error) {
	fields := strings.Fields(line)
	for _, r := range line {
		if r != ' ' && !strings.ContainsRune(cronLetters, r) {
			return nil, badCron(line, "%q has no place in it", r)
		}
	}
	if len(fields) != len(cronFields) {
		return nil, badCron(line, "it has %d fields, not 5", len(fields))
	}
	for i, field := range fields {
		if err := cronFields[i].check(field); err != "" {
			return nil, badCron(line, "%s", err)
		}
	}
	if restricted(fields[2]) && restricted(fields[4]) {
		return nil, badCron(line, "day of the month and day of the week together would mean either; give one of them")
	}
	spec, err := parseGuarded(strings.Join(fields, " "))
	if err != nil {
		return nil, badCron(line, "%v", err)
	}
	if !restricted(fields[2]) && !restricted(fields[3]) && !restricted(fields[4]) {
		return spec, nil // it runs each day
	}
	if gap := longestGap(spec); gap == 0 || gap > maxGap {
		return nil, badCron(line, "it would not run at least once in 400 days")
	}
	return spec, nil
}

// cronLetters is what a line may consist of: numbers, names of months and days, signs.
// Neither @ nor = nor a space that is none is among them.
const cronLetters = "0123456789*/,-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func badCron(line, format string, args ...any) error {
	return fmt.Errorf("%w: %.40q: %s (minute hour day month weekday)", tertial.ErrInvalid, line, fmt.Sprintf(format, args...))
}

func restricted(field string) bool { return field != "*" && field != "*/1" }

// cronField is one of the five.
type cronField struct {
	name string
	size int // how many values it can have
}

var cronFields = [...]cronField{{"minute", 60}, {"hour", 24}, {"day", 31}, {"month", 12}, {"weekday", 7}}

// check refuses what the library takes for something else: an empty part of a list is
// nothing, and a step as large as the field is no step.
func (f cronField) check(field string) string {
	for part := range strings.SplitSeq(field, ",") {
		if part == "" {
			return "the " + f.name + " has an empty part"
		}
		_, step, ok := strings.Cut(part, "/")
		if n, err := strconv.Atoi(step); ok && (err != nil || n < 1 || n >= f.size) {
			return fmt.Sprintf("the %s's step %.10s is not between 1 and %d", f.name, step, f.size-1)
		}
	}
	return ""
}

// parseGuarded keeps the library's panics from the program.
func parseGuarded(line string) (spec *cron.SpecSchedule, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("it cannot be read: %v", fault)
		}
	}()
	s, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(line)
	if err != nil {
		return nil, err
	}
	spec, ok := s.(*cron.SpecSchedule)
	if !ok {
		return nil, fmt.Errorf("it gives no times of day")
	}
	spec.Location = time.UTC
	return spec, nil
}

const (
	allMinutes = 1<<60 - 1
	maxGap     = 400 * 24 * time.Hour
)

// longestGap returns the longest time between two days on which the line runs, over
// the leap years of a generation; 0 where it never runs.
func longestGap(spec *cron.SpecSchedule) time.Duration {
	var longest time.Duration
	from := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	end := from.AddDate(12, 0, 0)
	for t := from; t.Before(end); {
		next := spec.Next(t)
		if next.IsZero() {
			return 0
		}
		longest = max(longest, next.Sub(t))
		t = next.Truncate(24 * time.Hour).Add(24*time.Hour - time.Second)
	}
	return longest
}
