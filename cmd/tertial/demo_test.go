package main

import (
	"bytes"
	"testing"
	"time"

	"tertial/internal/config"
	"tertial/internal/tertial"
)

func TestTheDemoBeginsOnTheLastMorningOnWhichMailWent(t *testing.T) {
	cfg := config.Default()
	for _, tt := range []struct{ name, now, want, before string }{
		{"an afternoon is of today", "2026-11-24T15:00", "2026-11-24", "2026-11-23"},
		{"half past seven counts", "2026-11-24T07:30", "2026-11-24", "2026-11-23"},
		{"before half past seven is of the day before", "2026-11-24T07:29", "2026-11-23", "2026-11-20"},
		{"a Monday before dawn is of Friday", "2026-11-23T04:00", "2026-11-20", "2026-11-19"},
		{"a Sunday is of Friday", "2026-11-22T12:00", "2026-11-20", "2026-11-19"},
		{"July is of June", "2027-07-20T12:00", "2027-07-02", "2027-07-01"},
		{"Christmas is of the days before", "2026-12-26T12:00", "2026-12-22", "2026-12-21"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i, err := parseInstant(tt.now)
			if err != nil {
				t.Fatal(err)
			}
			p := &program{clock: time.Now}
			s, err := p.settle(cfg, asOf{i})
			if err != nil {
				t.Fatal(err)
			}
			got := s.lastMorning()
			if got.String() != tt.want || s.workdayBefore(got).String() != tt.before {
				t.Errorf("got %s after %s, want %s after %s", got, s.workdayBefore(got), tt.want, tt.before)
			}
		})
	}
}

func TestTheMonthsOfAPlan(t *testing.T) {
	item := func(kind tertial.Kind) plannedRow { return plannedRow{Ref: "2027-4.2", Kind: kind} }
	plan := mailPlan{
		Mails: []plannedMail{
			{Date: date(t, "2027-02-01"), To: "a@stad.example", Items: []plannedRow{item(tertial.Due), item(tertial.Upcoming), item(tertial.Upcoming)}},
			{Date: date(t, "2027-02-02"), To: "b@stad.example", Items: []plannedRow{item(tertial.Overdue)}},
			{Date: date(t, "2027-02-03"), To: "b@stad.example", Items: []plannedRow{item(tertial.Overdue)}},
			{Date: date(t, "2027-02-28"), To: "b@stad.example", Items: []plannedRow{item(tertial.Overdue)}},
			{Date: date(t, "2027-03-01"), To: "b@stad.example", Items: []plannedRow{item(tertial.Overdue)}},
		},
		Other: []plannedOther{{Kind: tertial.DigestMail}, {Kind: tertial.SummaryMail}},
	}
	var out bytes.Buffer
	plan.printMonths(&program{out: &out})
	want := `2027-02: 4 mails, 6 rows
    2027-02-01 Mon w05  a@stad.example                    1 due, 2 upcoming
    2027-02-02 Tue w05  b@stad.example                    1 overdue
    2027-02-03 Wed w05  b@stad.example                    1 overdue
    … and 1 more
2027-03: 1 mail, 1 row
    2027-03-01 Mon w09  b@stad.example                    1 overdue
and 1 digest and 1 weekly summary besides
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestAMailHasOneRowAnAction(t *testing.T) {
	day := date(t, "2027-03-01")
	b := &planBook{from: day, to: day.AddDays(30), mails: map[mailKey]*plannedMail{}}
	k := mailKey{day, "a@stad.example"}
	b.add(k, plannedRow{Ref: "2027-7.2", Kind: tertial.Upcoming, Due: date(t, "2027-03-31")})
	b.add(k, plannedRow{Ref: "2027-4.2", Kind: tertial.Overdue})
	b.add(mailKey{day.AddDays(-1), k.to}, plannedRow{Ref: "2027-9.2"}) // before the first day
	b.add(mailKey{day.AddDays(31), k.to}, plannedRow{Ref: "2027-9.2"}) // after the last
	b.missed = []missedRow{
		{k, plannedRow{Ref: "2027-4.2", Kind: tertial.Due, Late: true}},
		{k, plannedRow{Ref: "2027-8.1", Kind: tertial.Due, Late: true}},
	}
	mails := b.inOrder()
	if len(mails) != 1 || mails[0].To != k.to || mails[0].Date != day {
		t.Fatalf("got %v", mails)
	}
	var got []string
	for _, x := range mails[0].Items {
		got = append(got, x.Ref+" "+string(x.Kind))
	}
	want := []string{"2027-4.2 overdue", "2027-8.1 due", "2027-7.2 upcoming"}
	if len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("got %q, want %q", got, want)
	}
}
