package tertial

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestAnAnswerIsHeldToItsRules(t *testing.T) {
	date := func(s string) Date {
		d, err := ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	today := date("2027-03-01")
	dated := Action{Ref: "2027-7.2", Status: Open, Timing: Timing{Due: date("2027-03-31")}}
	undated, closed := dated, dated
	undated.Timing.Due, closed.Status = Date{}, Cancelled
	file := []Evidence{{Name: "a.pdf"}}
	for name, c := range map[string]struct {
		action Action
		answer Answer
		want   string // how the complaint begins after its kind; "" is none
	}{
		"done with a word":                {dated, Answer{Kind: AnswerDone, Text: "klart"}, ""},
		"done with a file":                {dated, Answer{Kind: AnswerDone, Evidence: file}, ""},
		"done with neither":               {dated, Answer{Kind: AnswerDone, Text: " \n"}, "text:"},
		"on track says enough":            {dated, Answer{Kind: AnswerOnTrack}, ""},
		"blocked by nothing":              {dated, Answer{Kind: AnswerBlocked}, "text:"},
		"blocked by something":            {dated, Answer{Kind: AnswerBlocked, Text: "budgeten"}, ""},
		"text of many lines":              {dated, Answer{Kind: AnswerBlocked, Text: "a\r\n\tb\nc"}, ""},
		"as long a text as may be":        {dated, Answer{Kind: AnswerBlocked, Text: strings.Repeat("ö", AnswerText)}, ""},
		"a longer one":                    {dated, Answer{Kind: AnswerBlocked, Text: strings.Repeat("ö", AnswerText+1)}, "text:"},
		"a zero in the text":              {dated, Answer{Kind: AnswerOnTrack, Text: "a\x00"}, "text:"},
		"an escape in the text":           {dated, Answer{Kind: AnswerOnTrack, Text: "\x1b[31m"}, "text:"},
		"bytes that are no text":          {dated, Answer{Kind: AnswerOnTrack, Text: "\xc3"}, "text:"},
		"a new date today":                {dated, Answer{Kind: AnswerNewDate, Text: "x", Date: today}, ""},
		"a new date before the old":       {dated, Answer{Kind: AnswerNewDate, Text: "x", Date: date("2027-03-30")}, ""},
		"a new date that is the old":      {dated, Answer{Kind: AnswerNewDate, Text: "x", Date: date("2027-03-31")}, "date:"},
		"a new date gone by":              {dated, Answer{Kind: AnswerNewDate, Text: "x", Date: date("2027-02-28")}, "date:"},
		"a new date in 2101":              {dated, Answer{Kind: AnswerNewDate, Text: "x", Date: date("2101-01-01")}, "date:"},
		"no new date":                     {undated, Answer{Kind: AnswerNewDate, Text: "x"}, "date:"},
		"a new date without a reason":     {dated, Answer{Kind: AnswerNewDate, Date: date("2027-06-30")}, "text:"},
		"later, on the last day":          {dated, Answer{Kind: AnswerLater, Date: date("2027-03-31")}, ""},
		"later than the last day":         {dated, Answer{Kind: AnswerLater, Date: date("2027-04-01")}, "date:"},
		"later, where there is no last":   {undated, Answer{Kind: AnswerLater, Date: date("2027-04-01")}, ""},
		"later today":                     {dated, Answer{Kind: AnswerLater, Date: today}, "date:"},
		"later without a day":             {dated, Answer{Kind: AnswerLater}, "date:"},
		"to an address":                   {dated, Answer{Kind: AnswerHandOver, To: "anna.ek+is@stad.example"}, ""},
		"to nobody":                       {dated, Answer{Kind: AnswerHandOver, To: " "}, "to:"},
		"to a name":                       {dated, Answer{Kind: AnswerHandOver, To: "Anna Ek"}, "to:"},
		"to a name and an address":        {dated, Answer{Kind: AnswerHandOver, To: "Anna <a@b.se>"}, "to:"},
		"to a domain without a dot":       {dated, Answer{Kind: AnswerHandOver, To: "a@localhost"}, "to:"},
		"to two dots":                     {dated, Answer{Kind: AnswerHandOver, To: "a..b@c.se"}, "to:"},
		"to a dot at the end":             {dated, Answer{Kind: AnswerHandOver, To: "a@b.se."}, "to:"},
		"to two ats":                      {dated, Answer{Kind: AnswerHandOver, To: "a@b@c.se"}, "to:"},
		"to nobody at a domain":           {dated, Answer{Kind: AnswerHandOver, To: "@b.se"}, "to:"},
		"to a long name":                  {dated, Answer{Kind: AnswerHandOver, To: strings.Repeat("a", 65) + "@b.se"}, "to:"},
		"to another line":                 {dated, Answer{Kind: AnswerHandOver, To: "a@b.se\r\nBcc: c@d.se"}, "to:"},
		"to an address with ö":            {dated, Answer{Kind: AnswerHandOver, To: "åsa@b.se"}, "to:"},
		"no answer":                       {dated, Answer{}, "kind:"},
		"an answer that is none":          {dated, Answer{Kind: "maybe"}, "kind:"},
		"about what is closed":            {closed, Answer{Kind: AnswerOnTrack}, "2027-7.2 is cancelled"},
		"about closed, with a bad answer": {closed, Answer{Kind: AnswerDone}, "2027-7.2 is cancelled"},
	} {
		err := c.answer.Check(&c.action, today)
		kind := ErrInvalid
		if c.action.Status.Closed() {
			kind = ErrRefused
		}
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: got %v", name, err)
		case c.want != "" && (!errors.Is(err, kind) || !strings.HasPrefix(err.Error(), kind.Error()+": "+c.want)):
			t.Errorf("%s: got %v, want %v: %s", name, err, kind, c.want)
		}
	}
}

func TestHowLongAnAnswerKeepsRemindersAway(t *testing.T) {
	today := DateOf(2027, 3, 1)
	for name, c := range map[string]struct {
		kind    AnswerKind
		date    Date
		due     Date
		want    string
		decided bool
	}{
		"on track, until three days before":  {kind: AnswerOnTrack, due: today.AddDays(30), want: "2027-03-28"},
		"on track, the day before that":      {kind: AnswerOnTrack, due: today.AddDays(4), want: "2027-03-02"},
		"on track, with three days left":     {kind: AnswerOnTrack, due: today.AddDays(3)},
		"on track, on the last day":          {kind: AnswerOnTrack, due: today},
		"on track, after it":                 {kind: AnswerOnTrack, due: today.AddDays(-7)},
		"on track, with no last day":         {kind: AnswerOnTrack, want: "2027-03-31"},
		"later, until that day":              {kind: AnswerLater, date: today.AddDays(14), due: today.AddDays(30), want: "2027-03-15"},
		"a new date, until decided":          {kind: AnswerNewDate, date: today.AddDays(60), due: today.AddDays(30), decided: true},
		"a hand-over, until decided":         {kind: AnswerHandOver, due: today.AddDays(30), decided: true},
		"blocked, not at all":                {kind: AnswerBlocked, due: today.AddDays(30)},
		"done, which no reminder follows":    {kind: AnswerDone, due: today.AddDays(30)},
		"what was never said, not at all":    {due: today.AddDays(30)},
		"a date with an answer without one":  {kind: AnswerBlocked, date: today.AddDays(7)},
		"later, with no last day, that long": {kind: AnswerLater, date: today.AddDays(7), want: "2027-03-08"},
	} {
		a := Answer{Kind: c.kind, Date: c.date}
		until, decided := a.QuietUntil(c.due, today)
		if until.String() != c.want || decided != c.decided {
			t.Errorf("%s: got %q, %v; want %q, %v", name, until, decided, c.want, c.decided)
		}
	}
}

func TestAnAnswerWaitsUntilItIsDecidedOnOrTakenBack(t *testing.T) {
	for _, k := range AnswerKinds() {
		a := Answer{Kind: k}
		if got, want := a.Waits(), k == AnswerNewDate || k == AnswerHandOver; got != want {
			t.Errorf("%s: got %v, want %v", k, got, want)
		}
		a.Decision = Refusal
		if a.Waits() {
			t.Errorf("%s waits after a decision", k)
		}
		a.Decision, a.Undone = Undecided, Instant{Time: DateOf(2027, 3, 1).utc()}
		if a.Waits() {
			t.Errorf("%s waits after it was taken back", k)
		}
	}
}

func TestAnAddressMakesAName(t *testing.T) {
	for address, want := range map[string]string{
		"anna.ek@stad.example":       "Anna Ek",
		"anna@stad.example":          "Anna",
		"eva-lena_berg@stad.example": "Eva Lena Berg",
		"ANNA.EK@stad.example":       "ANNA EK",
		"a.b+is27@stad.example":      "A B Is27",
		"åsa.öberg@stad.example":     "Åsa Öberg",
		"+@stad.example":             "+",
		"anna.ek":                    "Anna Ek",
	} {
		if got := NameOf(address); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		local := rapid.StringMatching(`[a-z0-9!#$%&'*+/=?^_{|}~.-]{1,64}`).Draw(t, "local")
		if name := NameOf(local + "@b.se"); strings.TrimSpace(name) == "" || !utf8.ValidString(name) {
			t.Fatalf("%q became %q", local, name)
		}
	})
}
