package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"tertial/internal/tertial"
	"tertial/internal/tools/pgtest"
)

// desk is a person at a terminal with a database.
type desk struct {
	t   testing.TB
	env []string
}

// newDesk sits down in an empty folder with the files that the scripts share.
func newDesk(t *testing.T, env ...string) *desk {
	t.Helper()
	files := map[string][]byte{}
	for _, name := range []string{"gap.csv", "people.csv"} {
		content, err := os.ReadFile("testdata/shared/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = content
	}
	t.Chdir(t.TempDir())
	for name, content := range files {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return &desk{t, env}
}

// types runs a command line that must succeed, and returns what it prints.
func (d *desk) types(line string, args ...any) string {
	d.t.Helper()
	line = fmt.Sprintf(line, args...)
	var out, errs bytes.Buffer
	if code := run(d.t.Context(), split(line), d.env, strings.NewReader(""), &out, &errs); code != 0 {
		d.t.Fatalf("%s\ngot exit %d\n%s%s", line, code, out.String(), errs.String())
	}
	return out.String()
}

// reads runs a command line and reads the JSON that it prints.
func (d *desk) reads(v any, line string, args ...any) {
	d.t.Helper()
	if err := json.Unmarshal([]byte(d.types(line+" -o json", args...)), v); err != nil {
		d.t.Fatalf("%s: %v", line, err)
	}
}

// rows are what mails tell, one line each.
func rows(day tertial.Date, to string, items []plannedRow) []string {
	var list []string
	for _, x := range items {
		list = append(list, fmt.Sprintf("%s %s %s %s due=%s event=%s late=%t", day, to, x.Ref, x.Kind, x.Due, x.Event, x.Late))
	}
	return list
}

func TestThePlanIsWhatGoesOut(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { planIsWhatGoesOut(t, newDesk(t, "TERTIAL_DATABASE=tertial.db")) })
	t.Run("PostgreSQL", func(t *testing.T) { planIsWhatGoesOut(t, newDesk(t, "TERTIAL_DATABASE="+pgtest.URL(t))) })
}

func planIsWhatGoesOut(t *testing.T, d *desk) {
	const first = "2026-11-16"
	last := "2027-05-31"
	if raced {
		last = "2027-03-31" // the years of year_test.go go on from there
	}
	d.types("import gap.csv --plan-year 2027 --as-of %sT12:00 --apply", first)
	d.types("person import people.csv --as-of %sT12:00", first)
	d.types("person away ake.strom@stad.example --from 2027-03-22 --to 2027-03-26 --as-of %sT12:00", first)
	d.types("wheel set T1 2027-05-10 --as-of %sT12:00", first)

	var plan mailPlan
	d.reads(&plan, "plan --as-of %sT12:01 --to %s", first, last)
	var want []string
	for _, m := range plan.Mails {
		want = append(want, rows(m.Date, m.To, m.Items)...)
	}
	for _, o := range plan.Other {
		want = append(want, fmt.Sprintf("%s %s %s", o.Date, o.To, o.Kind))
	}

	d.types("run remind digest summary deliver --as-of %sT12:02", first)
	for day := date(t, first).AddDays(1); !day.After(date(t, last)); day = day.AddDays(1) {
		d.types("run remind digest summary deliver --as-of %sT07:31", day)
	}
	var sent struct {
		Messages []tertial.Message `json:"messages"`
	}
	d.reads(&sent, "mail list")
	var got []string
	for _, m := range sent.Messages {
		if m.State != tertial.MessageCaptured {
			t.Errorf("message %d is %s", m.ID, m.State)
		}
		if m.Kind == tertial.Reminder {
			var items []plannedRow
			for i := range m.Items {
				items = append(items, rowOf(&m.Items[i]))
			}
			got = append(got, rows(m.Day, m.To, items)...)
		} else {
			got = append(got, fmt.Sprintf("%s %s %s", m.Day, m.To, m.Kind))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if len(want) < 30 {
		t.Errorf("only %d rows were planned", len(want))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %d rows, want %d\n%s", len(got), len(want), difference(got, want))
	}
}

// difference lists what is in one of two lists only.
func difference(got, want []string) string {
	var b strings.Builder
	for _, x := range got {
		if !slices.Contains(want, x) {
			fmt.Fprintln(&b, "sent, not planned:", x)
		}
	}
	for _, x := range want {
		if !slices.Contains(got, x) {
			fmt.Fprintln(&b, "planned, not sent:", x)
		}
	}
	return b.String()
}
