package mail

import (
	"bytes"
	netmail "net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"tertial/internal/tertial"
)

// hostile is what a title, a name or a role could be at its worst.
func hostile() []string {
	return []string{
		"",
		"hi\r\nBcc: evil@example.net",
		"hi\nContent-Type: text/html\n\n<b>",
		"\r\n.\r\nMAIL FROM:<evil@example.net>\r\n",
		"<script>alert(1)</script>",
		`"'><img src=x onerror=alert(1)>`,
		`<a href="javascript:alert(1)">`,
		"{{.}} {{template \"x\"}}",
		"\u202egnorw\u202c \u2066x\u2069 a\u200bb\ufeffc",
		"NUL \x00 ESC \x1b[31m BEL \a",
		"bad \xff\xfe\xc0\x80 UTF-8 \xed\xa0\x80",
		"=?utf-8?q?=0D=0ABcc:_evil@example.net?=",
		"=?utf-8?b?DQpCY2M6IHg=?= =?x?=",
		strings.Repeat("långtutanmellanslag", 600),
		strings.Repeat("ord ", 3000),
		strings.Repeat("🔒", 10000),
		"e\u0301\u0301\u0301\u0301\u0301",
		"]]> --> */ ' OR 1=1 --",
		" . ",
		".",
		"From someone",
		"--tertial-boundary--",
		"http://evil.example/" + strings.Repeat("x", 500),
		"\u2028\u2029\u0085\v\f",
	}
}

// check looks at a mail as another program would, and finds nothing in it that was not put there.
func check(t testing.TB, m *tertial.Message, out *Rendered) parsed {
	t.Helper()
	p := parse(t, out.Raw)
	if len(out.Raw) > MaxBytes {
		t.Errorf("got %d bytes", len(out.Raw))
	}
	subject := p.decoded(t, "Subject")
	if n := utf8.RuneCountInString(out.Subject); n == 0 || n > 150 || subject != out.Subject {
		t.Errorf("subject: got %q with %d characters, in the header %q", out.Subject, n, subject)
	}
	for name, values := range p.header {
		if !slices.Contains(headerNames(), name) || len(values) != 1 {
			t.Errorf("the mail has the header %s: %q", name, values)
		}
	}
	for part, text := range map[string]string{"subject": out.Subject, "text": p.plain, "HTML": p.html} {
		if !utf8.ValidString(text) {
			t.Errorf("%s is not UTF-8", part)
		}
		if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) }); i >= 0 {
			t.Errorf("%s holds %q", part, text[i:min(i+4, len(text))])
		}
		if strings.Contains(text, "<no value>") || strings.Contains(text, "ZgotmplZ") {
			t.Errorf("%s has a hole: %s", part, text)
		}
	}
	for _, bad := range []string{"<script", "<img", "onerror=alert(1)>", `href="javascript:`, "<b>"} {
		if strings.Contains(p.html, bad) {
			t.Errorf("HTML holds %s", bad)
		}
	}
	for i, line := range strings.Split(p.plain, "\n") {
		if n := utf8.RuneCountInString(line); n > 76 && !strings.Contains(line, "http") {
			t.Errorf("line %d has %d columns: %q", i+1, n, line)
		}
	}
	checkRecipients(t, m, out, p)
	return p
}

func headerNames() []string {
	return []string{"From", "To", "Reply-To", "Subject", "Date", "Message-Id", "Mime-Version", "Content-Type", "List-Id", "Auto-Submitted",
		"X-Auto-Response-Suppress", "Content-Language", "X-Tertial-Kind", "In-Reply-To", "References", "Thread-Topic", "Thread-Index"}
}

// checkRecipients finds one reader, who is the message's.
func checkRecipients(t testing.TB, m *tertial.Message, out *Rendered, p parsed) {
	t.Helper()
	for name, want := range map[string]string{"From": "tertial@stad.example", "To": m.To, "Reply-To": "isam@stad.example"} {
		list, err := p.header.AddressList(name)
		if err != nil || len(list) != 1 || list[0].Address != want {
			t.Errorf("%s: got %v, %v of %q; want %s alone", name, list, err, p.header.Get(name), want)
		}
	}
	if out.EnvelopeTo != m.To {
		t.Errorf("the envelope goes to %q", out.EnvelopeTo)
	}
}

func TestHostileDataIsTextAndNothingElse(t *testing.T) {
	kinds := sections()
	for i, s := range hostile() {
		for _, language := range []string{"en", s} {
			for _, detail := range []string{"ref", "full"} {
				r := testRenderer(t, func(o *Options) { o.Detail, o.Organisation, o.Coordinator = detail, s, s })
				var items []tertial.Item
				for j := range 17 {
					items = append(items, item(t, kinds[j%len(kinds)], "2027-03-28", func(it *tertial.Item) {
						it.Ref, it.Title, it.Description, it.EventName, it.Event = s, s, s, s, s
						it.For, it.Unheld, it.Clauses = []string{s, s}, []string{s}, []string{s}
						it.Priority, it.Status, it.Part = tertial.Priority(s), tertial.Status(s), tertial.Part(s)
					}))
				}
				for _, m := range []*tertial.Message{message(t, items...), message(t, items[i%len(items)])} {
					m.Name, m.Language = s, language
					check(t, m, render(t, r, m))
				}
				for _, m := range overviews(t, s) {
					m.Language = language
					check(t, m, render(t, r, m))
				}
			}
		}
	}
}

// overviews are a summary and a digest full of s.
func overviews(t testing.TB, s string) []*tertial.Message {
	action := tertial.SummaryAction{Ref: s, Title: s, Review: []tertial.Question{tertial.Question(s)}}
	sum, dig := message(t), message(t)
	sum.Kind, sum.Name = tertial.SummaryMail, s
	sum.Summary = &tertial.Summary{Questions: []tertial.SummaryAction{action}, Late: []tertial.SummaryAction{action},
		Dates:    []tertial.SummaryDates{{Events: []string{s}, Text: s, Refs: []string{s, s}}},
		Problems: []tertial.SummaryProblem{{State: tertial.MessageState(s), Name: s, Why: s}}}
	dig.Kind = tertial.DigestMail
	dig.Digest = &tertial.Digest{Event: s, EventName: s, Organisation: s, Total: tertial.Count{Total: 1},
		ByClause: slices.Repeat([]tertial.Row{{Label: s}}, 5000), ByPriority: []tertial.Row{{Label: s}}}
	return []*tertial.Message{sum, dig}
}

func TestASummaryOfThousandsFits(t *testing.T) {
	m := overviews(t, strings.Repeat("å<", 500))[0]
	m.Summary.Questions = slices.Repeat(m.Summary.Questions, 5000)
	m.Summary.Problems = slices.Repeat(m.Summary.Problems, 5000)
	out := render(t, testRenderer(t, nil), m)
	check(t, m, out)
	if !strings.Contains(out.Text, "till visas inte här") {
		t.Error("what is left out is not said")
	}
}

// The addresses in a mail are the reader's, the sender's and the one for answers.
func TestNoMailNamesAnAddressThatIsNotItsOwn(t *testing.T) {
	r := testRenderer(t, nil)
	address := regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+`)
	own := []string{"tertial@stad.example", "isam@stad.example", "anna.ek@stad.example"}
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringOf(rapid.Rune().Filter(func(r rune) bool { return r != '@' }))
		var items []tertial.Item
		for range rapid.IntRange(1, 20).Draw(rt, "items") {
			items = append(items, item(t, rapid.SampledFrom(sections()).Draw(rt, "kind"), "2027-03-28", func(it *tertial.Item) {
				it.Title, it.Ref = text.Draw(rt, "title"), text.Draw(rt, "ref")
				it.For, it.Unheld = rapid.SliceOfN(text, 0, 3).Draw(rt, "for"), rapid.SliceOfN(text, 0, 3).Draw(rt, "unheld")
				it.Late, it.ActionID = rapid.Bool().Draw(rt, "late"), rapid.Int64().Draw(rt, "action")
			}))
		}
		m := message(t, items...)
		m.Name = text.Draw(rt, "name")
		out := render(t, r, m)
		p := check(t, m, out)
		for _, name := range []string{"From", "To", "Reply-To", "Subject"} {
			for _, a := range address.FindAllString(p.decoded(t, name), -1) {
				if !slices.Contains(own, a) {
					rt.Errorf("%s names %s", name, a)
				}
			}
		}
		for _, a := range address.FindAllString(p.plain+p.html, -1) {
			if !slices.Contains(own, a) {
				rt.Errorf("the body names %s", a)
			}
		}
		if again := render(t, r, m); !bytes.Equal(again.Raw, out.Raw) {
			rt.Error("the same message is not the same bytes")
		}
	})
}

func TestOneLine(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		limit    int
		want     string
	}{
		{"spaces are squashed", "  a \t b\n\nc ", 20, "a b c"},
		{"what cannot be seen disappears", "a\u200bb\u202ec\ufeff\u00add", 20, "abcd"},
		{"what is composed is composed one way", "A\u030a", 20, "Å"},
		{"what is no UTF-8 is marked", "a\xffb", 20, "a\uFFFDb"},
		{"a long text is cut at a word", "ett två tre fyra fem", 18, "ett två tre fyra…"},
		{"a long word is cut anywhere", "abcdefghij", 5, "abcd…"},
		{"a text that just fits is whole", "abcde", 5, "abcde"},
		{"nothing stays nothing", " \r\n", 5, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := oneLine(tt.in, tt.limit); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	rapid.Check(t, func(rt *rapid.T) {
		s, n := rapid.String().Draw(rt, "s"), rapid.IntRange(2, 200).Draw(rt, "n")
		got := oneLine(s, n)
		if utf8.RuneCountInString(got) > n || oneLine(got, n) != got || !utf8.ValidString(got) {
			rt.Errorf("%q: got %q", s, got)
		}
	})
}

func TestAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"a@b.se": "a@b.se", "tertial@localhost": "tertial@localhost", "a+b=c@b.se": "a+b=c@b.se", "A.B@Örebro.SE": "A.B@xn--rebro-iua.se",
		"": "", "a": "", "a@": "", "@b.se": "", "a@b@c.se": "", "a b@c.de": "", "a@b.c\n": "", "a@[127.0.0.1]": "", "a@b..se": "", "a..b@c.se": "", ".a@b.se": "", "a@b.se.": "",
		"a@-b.se": "", strings.Repeat("a", 65) + "@b.se": "", "a@" + strings.Repeat("b", 300) + ".se": "", "group: a@b.se;": "", "a@b.se (x)": "",
	} {
		got, err := bareAddress(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", in, got, err, want)
		}
		if want != "" {
			if a, err := netmail.ParseAddress(got); err != nil || a.Address != got {
				t.Errorf("%q: others read it as %v, %v", got, a, err)
			}
		}
	}
}
