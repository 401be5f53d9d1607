package mail

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"tertial/internal/tertial"
)

func TestTheSameMessageIsTheSameBytes(t *testing.T) {
	for name, m := range samples(t) {
		t.Run(name, func(t *testing.T) {
			first := render(t, testRenderer(t, nil), m)
			for range 3 {
				if again := render(t, testRenderer(t, nil), m); !bytes.Equal(again.Raw, first.Raw) {
					t.Fatalf("got\n%s\nwant\n%s", again.Raw, first.Raw)
				}
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	m := samples(t)["overdue"]
	out := render(t, testRenderer(t, nil), m)
	p := parse(t, out.Raw)
	for name, want := range map[string]string{
		"From":                     "Tertial – informationssäkerhet <tertial@stad.example>",
		"To":                       `"Anna Ek" <anna.ek@stad.example>`,
		"Reply-To":                 "<isam@stad.example>",
		"Subject":                  "Obs: [2027-7.2] Inför en plan för introduktion av nya medarbetare",
		"Date":                     "Wed, 24 Mar 2027 06:30:00 +0000",
		"Message-Id":               "<m.88.k7q4@tertial.stad.example>",
		"In-Reply-To":              "<action.42@tertial.stad.example>",
		"References":               "<action.42@tertial.stad.example>",
		"Thread-Topic":             "[2027-7.2] Inför en plan för introduktion av nya medarbetare",
		"List-Id":                  "tertial <tertial.tertial.stad.example>",
		"Auto-Submitted":           "auto-generated",
		"X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
		"Content-Language":         "sv",
		"X-Tertial-Kind":           "reminder",
		"Mime-Version":             "1.0",
	} {
		if got := p.decoded(t, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"User-Agent", "X-Mailer", "Cc", "Bcc", "Sender"} {
		if got := p.header.Get(name); got != "" {
			t.Errorf("%s: got %q, want none", name, got)
		}
	}
	if out.EnvelopeFrom != "tertial@stad.example" || out.EnvelopeTo != "anna.ek@stad.example" || out.MessageID != "<m.88.k7q4@tertial.stad.example>" {
		t.Errorf("envelope: got %q, %q, %q", out.EnvelopeFrom, out.EnvelopeTo, out.MessageID)
	}
}

func TestAMessageKeepsTheMessageIDThatItHas(t *testing.T) {
	for given, want := range map[string]string{
		"<m.88.old@host.example>":       "<m.88.old@host.example>",
		"":                              "<m.88.k7q4@tertial.stad.example>",
		"m.88@host":                     "<m.88.k7q4@tertial.stad.example>",
		"<x@y>\r\nBcc: evil@example.se": "<m.88.k7q4@tertial.stad.example>",
	} {
		m := samples(t)["upcoming"]
		m.MessageID, m.State = given, tertial.MessageSent
		r := testRenderer(t, nil)
		if got := render(t, r, m).MessageID; got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
		if got := r.MessageID(m); got != want {
			t.Errorf("%q, without its text: got %q, want %q", given, got, want)
		}
	}
}

func TestSubjects(t *testing.T) {
	all := samples(t)
	for name, want := range map[string]string{
		"upcoming":      "[2027-7.2] Inför en plan för introduktion av nya medarbetare",
		"due":           "[2027-7.2] Inför en plan för introduktion av nya medarbetare",
		"overdue":       "Obs: [2027-7.2] Inför en plan för introduktion av nya medarbetare",
		"escalation":    "Esk: [2027-7.2] Inför en plan för introduktion av nya medarbetare",
		"checkpoint":    "[2027-7.2] Inför en plan för introduktion av nya medarbetare",
		"reported-done": "[2027-7.2] Inför en plan för introduktion av nya medarbetare",
		"collected":     "Dina åtgärder v. 12: 1 eskalerad, 1 försenad, 2 kommande, 1 att stämma av, 1 ny",
		"digest":        "Informationssäkerhet, läget vid Tertialrapport 1 2027: 18 av 41 åtgärder klara",
		"summary-calm":  "Läget v. 12: inget väntar på dig",
	} {
		out := render(t, testRenderer(t, nil), all[name])
		if out.Subject != want {
			t.Errorf("%s: got %q, want %q", name, out.Subject, want)
		}
		if got := parse(t, out.Raw).decoded(t, "Subject"); got != want {
			t.Errorf("%s: the header says %q, want %q", name, got, want)
		}
	}
}

func TestACollectedMailIsOrderedByUrgencyAndThenByDate(t *testing.T) {
	m := message(t,
		item(t, tertial.Assigned, "", func(it *tertial.Item) { it.Ref = "2027-1" }),
		item(t, tertial.Overdue, "2027-03-20", func(it *tertial.Item) { it.Ref = "2027-2" }),
		item(t, tertial.Upcoming, "", func(it *tertial.Item) { it.Ref = "2027-3" }),
		item(t, tertial.Overdue, "2027-01-20", func(it *tertial.Item) { it.Ref = "2027-4" }),
		item(t, tertial.Upcoming, "2027-03-31", func(it *tertial.Item) { it.Ref = "2027-5" }),
		item(t, tertial.Escalation, "2027-03-01", func(it *tertial.Item) { it.Ref = "2027-6" }),
		item(t, tertial.AwaitsCheck, "2027-03-01", func(it *tertial.Item) { it.Ref = "2027-7" }),
	)
	text := render(t, testRenderer(t, nil), m).Text
	got := regexp.MustCompile(`(?m)^2027-\d`).FindAllString(text, -1)
	if want := []string{"2027-6", "2027-4", "2027-2", "2027-5", "2027-3", "2027-1", "2027-7"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEveryActionIsInTheMailOrCounted(t *testing.T) {
	tests := []struct {
		name             string
		items            int
		titles           string
		blocks, atLeast  int
		more             bool
		baseURL, wantURL string
	}{
		{"fifteen are all blocks", 15, "En åtgärd", 15, 15, false, "", ""},
		{"the sixteenth is a line", 16, "En åtgärd", 15, 16, false, "", ""},
		{"five hundred are all named", 500, "En åtgärd med en rubrik av vanlig längd", 15, 500, false, "", ""},
		{"further ones are counted", 501, "En åtgärd", 15, 500, true, "https://tertial.stad.example/", "https://tertial.stad.example/"},
		{"five thousand fit", 5000, strings.Repeat("ö<&>\"' ", 2000), 1, 5, true, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := message(t)
			for i := range tt.items {
				m.Items = append(m.Items, item(t, tertial.Upcoming, "2027-04-23", func(it *tertial.Item) {
					it.Ref, it.ActionID, it.Title = fmt.Sprintf("2027-%04d", i), int64(i+1), tt.titles
				}))
			}
			out := render(t, testRenderer(t, func(o *Options) { o.BaseURL = tt.baseURL }), m)
			p := parse(t, out.Raw)
			if len(out.Raw) > MaxBytes {
				t.Errorf("got %d bytes, want at most %d", len(out.Raw), MaxBytes)
			}
			if got := strings.Count(p.html, "<h3"); got < tt.blocks {
				t.Errorf("got %d blocks, want %d", got, tt.blocks)
			}
			named := make(map[string]bool)
			for _, ref := range regexp.MustCompile(`2027-\d{4}`).FindAllString(p.plain, -1) {
				named[ref] = true
			}
			if len(named) < tt.atLeast {
				t.Errorf("got %d actions, want at least %d", len(named), tt.atLeast)
			}
			left := fmt.Sprintf("Här saknas %d åtgärd", tt.items-len(named))
			if strings.Contains(p.plain, left) != tt.more || strings.Contains(p.html, left) != tt.more {
				t.Errorf("that %d are missing is said: want %v", tt.items-len(named), tt.more)
			}
			if tt.wantURL != "" && !strings.Contains(p.plain, "\n"+tt.wantURL+"\n") {
				t.Error("the text does not say where they are")
			}
		})
	}
}

func TestRedirectedMailGoesToOneAddressAndIsMarked(t *testing.T) {
	r := testRenderer(t, func(o *Options) { o.RedirectTo = "prov@stad.example" })
	for name, m := range samples(t) {
		out := render(t, r, m)
		p := parse(t, out.Raw)
		if out.EnvelopeTo != "prov@stad.example" || p.header.Get("To") != "<prov@stad.example>" {
			t.Errorf("%s goes to %q, %q", name, out.EnvelopeTo, p.header.Get("To"))
		}
		if !strings.HasPrefix(out.Subject, "[Omdirigerat] ") || strings.Contains(out.Subject, m.To) {
			t.Errorf("%s: subject %q", name, out.Subject)
		}
		if !strings.Contains(unwrapped(p.plain), m.To) || !strings.Contains(p.html, m.To) {
			t.Errorf("%s does not say whom it was for", name)
		}
	}
}

// unwrapped is a plain text without its line ends.
func unwrapped(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestWhatIsOutOfTheOrdinaryIsSaidInWords(t *testing.T) {
	tests := []struct {
		name   string
		change func(*tertial.Item)
		sv, en string
	}{
		{"a late mail", func(it *tertial.Item) { it.Late = true }, "Försenat utskick", "Late mail"},
		{"in somebody's place", func(it *tertial.Item) { it.For = []string{"Bo"} }, "i stället för Bo, som är borta", "in place of Bo"},
		{"in the place of three", func(it *tertial.Item) { it.For = []string{"Bo", "Eva", "Åsa"} }, "Bo, Eva och Åsa", "Bo, Eva and Åsa"},
		{"a role that nobody holds", func(it *tertial.Item) { it.Unheld = []string{"HR-chef"} }, "Ingen har rollen HR-chef", "Nobody holds the role HR-chef"},
		{"a mail that did not arrive", func(it *tertial.Item) { it.Undeliverable = true }, "kom inte fram", "did not arrive"},
		{"a contributor", func(it *tertial.Item) { it.Part = tertial.Contributor }, "bidrar", "contribute"},
		{"who follows up", func(it *tertial.Item) { it.Part = tertial.FollowUp }, "följer upp", "follow up"},
		{"due on another day", func(it *tertial.Item) { it.Kind = tertial.Due }, "kommer före dagen", "before the day"},
		{"an assumed date", func(it *tertial.Item) { *it = item(t, tertial.Checkpoint, "", nil); it.Preliminary = true }, "preliminär", "preliminary"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			one := item(t, tertial.Upcoming, "2027-03-31", tt.change)
			other := item(t, tertial.Upcoming, "2027-04-30", func(it *tertial.Item) { it.Ref = "2027-4.1" })
			for _, m := range []*tertial.Message{message(t, one), message(t, one, other)} {
				for language, want := range map[string]string{"sv": tt.sv, "en": tt.en} {
					m.Language = language
					out := render(t, testRenderer(t, nil), m)
					if !strings.Contains(unwrapped(out.Text), want) || !strings.Contains(unwrapped(out.HTML), want) {
						t.Errorf("%d actions, %s: %q is not said in\n%s", len(m.Items), language, want, out.Text)
					}
				}
			}
		})
	}
}

func TestLinesSayWhatBlocksSay(t *testing.T) {
	a := account{speech{testRenderer(t, nil).set.Texts("sv"), day(t, "2027-03-24")}, DetailTitle}
	it := item(t, tertial.Checkpoint, "2027-03-12", func(it *tertial.Item) {
		it.Late, it.Preliminary, it.Undeliverable, it.Part = true, true, true, tertial.Contributor
		it.For, it.Unheld = []string{"Bo"}, []string{"HR-chef"}
	})
	want := "Inför en plan för introduktion av nya medarbetare; klar senast 2027-03-12 (fre v. 10), 12 dagar sen; " +
		"Tertialrapport 1 2027-05-10 (mån v. 19); preliminärt datum; du bidrar; försenat utskick; i stället för Bo; " +
		"ingen har rollen HR-chef; kom inte fram till den det gällde"
	if got := a.line(&it); got.Ref != "2027-7.2" || got.Text != want {
		t.Errorf("got %q %q, want %q", got.Ref, got.Text, want)
	}
}

func TestDatesRead(t *testing.T) {
	r := testRenderer(t, nil)
	tests := []struct{ date, sv, en, days string }{
		{"2027-03-31", "2027-03-31 (ons v. 13)", "2027-03-31 (Wed w. 13)", "om 7 dagar"},
		{"2027-03-25", "2027-03-25 (tor v. 12)", "2027-03-25 (Thu w. 12)", "om 1 dag"},
		{"2027-03-24", "2027-03-24 (ons v. 12)", "2027-03-24 (Wed w. 12)", "i dag"},
		{"2027-03-23", "2027-03-23 (tis v. 12)", "2027-03-23 (Tue w. 12)", "1 dag sen"},
		{"2027-03-12", "2027-03-12 (fre v. 10)", "2027-03-12 (Fri w. 10)", "12 dagar sen"},
		{"2027-01-01", "2027-01-01 (fre v. 53)", "2027-01-01 (Fri w. 53)", "82 dagar sen"},
		{"2027-04-03", "2027-04-03 (lör v. 13)", "2027-04-03 (Sat w. 13)", "om 10 dagar"},
		{"2027-04-04", "2027-04-04 (sön v. 13)", "2027-04-04 (Sun w. 13)", "om 11 dagar"},
		{"2027-04-05", "2027-04-05 (mån v. 14)", "2027-04-05 (Mon w. 14)", "om 12 dagar"},
	}
	for _, tt := range tests {
		sv, en := speech{r.set.Texts("sv"), day(t, "2027-03-24")}, speech{r.set.Texts("en"), day(t, "2027-03-24")}
		d := day(t, tt.date)
		if got := sv.date(d); got != tt.sv {
			t.Errorf("got %q, want %q", got, tt.sv)
		}
		if got := en.date(d); got != tt.en {
			t.Errorf("got %q, want %q", got, tt.en)
		}
		if got := sv.days(d); got != tt.days {
			t.Errorf("%s: got %q, want %q", tt.date, got, tt.days)
		}
	}
	if got := (speech{r.set.Texts("sv"), day(t, "2027-03-24")}).date(tertial.Date{}); got != "" {
		t.Errorf("no date: got %q", got)
	}
}

func TestCallNames(t *testing.T) {
	for name, want := range map[string]string{
		"Anna Ek": "Anna", "Anna Maria Ek": "Anna", "Åsa Öberg-Lind": "Åsa", "Anna": "Anna", "Ek, Anna": "Ek, Anna",
		"Carl von Linné": "Carl von Linné", "Avdelningschef stadsmiljö": "Avdelningschef stadsmiljö", "HR Stab": "HR Stab",
		"Funktionsbrevlåda IT": "Funktionsbrevlåda IT", "ISAM": "ISAM", "Team 4": "Team 4",
	} {
		if got := callName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestWhatCannotBeRenderedIsAnError(t *testing.T) {
	change := func(f func(*tertial.Message)) *tertial.Message {
		m := samples(t)["upcoming"]
		f(m)
		return m
	}
	for name, m := range map[string]*tertial.Message{
		"a reminder of nothing":         change(func(m *tertial.Message) { m.Items = nil }),
		"a kind that is not known":      change(func(m *tertial.Message) { m.Kind = "letter" }),
		"a summary without content":     change(func(m *tertial.Message) { m.Kind = tertial.SummaryMail }),
		"a digest without content":      change(func(m *tertial.Message) { m.Kind = tertial.DigestMail }),
		"nobody to write to":            change(func(m *tertial.Message) { m.To = "" }),
		"two addresses":                 change(func(m *tertial.Message) { m.To = "a@b.se, c@d.se" }),
		"an address with a line end":    change(func(m *tertial.Message) { m.To = "a@b.se>\r\nDATA" }),
		"an address with a parameter":   change(func(m *tertial.Message) { m.To = `"x> NOTIFY=NEVER"@d.se` }),
		"an address that wants UTF-8":   change(func(m *tertial.Message) { m.To = "åsa@stad.example" }),
		"an address in angle brackets":  change(func(m *tertial.Message) { m.To = "<a@b.se>" }),
		"an address with another after": change(func(m *tertial.Message) { m.To = "a@b.se c@d.se" }),
	} {
		if _, err := testRenderer(t, nil).Render(m); !errors.Is(err, tertial.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
	if got := render(t, testRenderer(t, nil), change(func(m *tertial.Message) { m.To = "info@örebro.example" })).EnvelopeTo; got != "info@xn--rebro-iua.example" {
		t.Errorf("a domain with ö: got %q", got)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	set, err := loadOnce()
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Options){
		"no sender":                  func(o *Options) { o.From = "" },
		"a sender that is none":      func(o *Options) { o.From = "tertial" },
		"a sender with a line end":   func(o *Options) { o.From = "x@y.se\r\nBcc: z@y.se" },
		"answers to nowhere":         func(o *Options) { o.ReplyTo = "isam" },
		"a redirection to nowhere":   func(o *Options) { o.RedirectTo = "prov" },
		"a detail that is not there": func(o *Options) { o.Detail = "all" },
	} {
		o := testOptions()
		change(&o)
		if _, err := NewRenderer(set, o); !errors.Is(err, tertial.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
	r, err := NewRenderer(set, Options{From: "tertial@stad.example"})
	if err != nil {
		t.Fatal(err)
	}
	out := render(t, r, samples(t)["upcoming"])
	if p := parse(t, out.Raw); out.MessageID != "<m.88@stad.example>" || p.header.Get("Reply-To") != "" {
		t.Errorf("the least there can be: got %q, Reply-To %q", out.MessageID, p.header.Get("Reply-To"))
	}
}

func TestTextsAreAtMostSoWide(t *testing.T) {
	for name, m := range samples(t) {
		for i, line := range strings.Split(render(t, testRenderer(t, func(o *Options) { o.Detail = "full" }), m).Text, "\n") {
			if n := utf8.RuneCountInString(line); n > 76 {
				t.Errorf("%s, line %d has %d columns: %q", name, i+1, n, line)
			}
		}
	}
}
