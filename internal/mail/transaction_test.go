package mail

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
	gomail "github.com/wneessen/go-mail"

	"tertial/internal/tertial"
)

// transactionSamples are a mail of each kind that goes at once.
func transactionSamples(t testing.TB) map[string]*tertial.Message {
	t.Helper()
	base := tertial.Message{ID: 95, To: "anna.ek@stad.example", Person: 5, Name: "Anna Ek", Language: "sv", State: tertial.MessageQueued,
		Created: written, Day: day(t, "2027-03-24")}
	asked := tertial.Instant{Time: time.Date(2027, 3, 24, 8, 12, 0, 0, time.UTC)}
	in := base
	in.Kind, in.SignIn = tertial.SignInMail, &tertial.SignInFacts{ID: 17, Person: 5, Agent: "Firefox, Linux", Asked: asked,
		Expires: tertial.Instant{Time: asked.Add(10 * time.Minute)}}
	answer := func(kind tertial.AnswerKind, mail tertial.MessageKind, d tertial.Decision) *tertial.Message {
		m := base
		m.Kind = mail
		m.Answer = &tertial.Answer{ID: 9, ActionID: 42, Ref: "2027-7.2", Title: "Inför en plan för introduktion av nya medarbetare", PersonID: 5,
			Person: "Anna Ek", Kind: kind, Text: "Du håller i introduktionen.\nDärför tänker jag på dig.", To: "bo.aberg@stad.example", At: asked, Decision: d}
		if kind == tertial.AnswerNewDate {
			m.Answer.Date, m.Answer.To = day(t, "2027-05-31"), ""
		}
		if d != tertial.Undecided {
			m.Answer.DecidedBy, m.Answer.DecidedAt, m.Answer.DecidedWhy = "Maria Ström", asked, "Vi tar det i maj."
		}
		return &m
	}
	handOver := answer(tertial.AnswerHandOver, tertial.HandOverMail, tertial.Undecided)
	handOver.To, handOver.Name, handOver.Person = "bo.aberg@stad.example", "Bo Åberg", 6
	return map[string]*tertial.Message{
		"sign-in":            &in,
		"hand-over":          handOver,
		"new-date-agreed":    answer(tertial.AnswerNewDate, tertial.DecisionMail, tertial.Agreed),
		"new-date-declined":  answer(tertial.AnswerNewDate, tertial.DecisionMail, tertial.Refusal),
		"hand-over-agreed":   answer(tertial.AnswerHandOver, tertial.DecisionMail, tertial.Agreed),
		"hand-over-declined": answer(tertial.AnswerHandOver, tertial.DecisionMail, tertial.Refusal),
	}
}

func TestMailsThatGoAtOnceRead(t *testing.T) {
	r := testRenderer(t, pages)
	for name, m := range transactionSamples(t) {
		for _, language := range []string{"sv", "en"} {
			t.Run(name+" in "+language, func(t *testing.T) {
				m := *m
				m.Language = language
				out := render(t, r, &m)
				golden(t, name+"."+language+".txt", "Subject: "+out.Subject+"\n\n"+out.Text)
				if name == "sign-in" || name == "hand-over" {
					golden(t, name+"."+language+".html", out.HTML)
				}
			})
		}
	}
	for name, m := range map[string]*tertial.Message{"answerable": addressed(5, samples(t)["collected"]), "answerable-one": addressed(5, samples(t)["upcoming"]),
		"summary-decisions": summaryOfAnswers(t)} {
		for _, language := range []string{"sv", "en"} {
			m.Language = language
			out := render(t, r, m)
			golden(t, name+"."+language+".txt", "Subject: "+out.Subject+"\n\n"+out.Text)
			golden(t, name+"."+language+".html", out.HTML)
		}
	}
}

// summaryOfAnswers is a summary of a week in which people have answered.
func summaryOfAnswers(t testing.TB) *tertial.Message {
	m := *samples(t)["summary-calm"]
	on := day(t, "2027-03-08")
	m.Summary = &tertial.Summary{Year: 2027, Week: 12, AsOf: m.Day, DecisionCount: 2, AnswerCount: 130,
		Decisions: []tertial.SummaryAnswer{
			{ID: 9, Ref: "2027-7.2", Title: "Introduktion", Kind: tertial.AnswerNewDate, Person: "Anna Ek", Date: day(t, "2027-05-31"), On: on, Overdue: true},
			{ID: 12, Ref: "2027-8.1", Title: "Klassning", Kind: tertial.AnswerHandOver, Person: "Bo Åberg", On: day(t, "2027-03-19")},
		}}
	for i, kind := range tertial.AnswerKinds() {
		m.Summary.Answers = append(m.Summary.Answers, tertial.SummaryAnswer{ID: int64(i + 20), Ref: "2027-9.1", Title: "Mätning", Kind: kind,
			Person: "Cecilia Lind", Date: day(t, "2027-04-30"), On: on})
	}
	return &m
}

func TestASummaryCountsWhatItDoesNotName(t *testing.T) {
	out := render(t, testRenderer(t, pages), summaryOfAnswers(t))
	if !strings.Contains(out.Text, "124 till visas inte här.") {
		t.Errorf("got\n%s\nwant 124 answers that are not named", out.Text)
	}
	if !strings.Contains(out.Subject, "2 beslut") || strings.Contains(out.Subject, "130") {
		t.Errorf("subject: got %q", out.Subject)
	}
	if want := "https://tertial.stad.example/overview#decisions"; !strings.Contains(out.Text, want) || !strings.Contains(out.HTML, `href="`+want+`"`) {
		t.Errorf("nothing leads to %s", want)
	}
}

// attached reads a mail with a file by the standard library.
func attached(t testing.TB, raw []byte) (text, html string, file *multipart.Part, content []byte) {
	t.Helper()
	checkLines(t, raw)
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" {
		t.Fatalf("content type: got %q, %v; want multipart/mixed", kind, err)
	}
	mixed := multipart.NewReader(m.Body, params["boundary"])
	first, err := mixed.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err = mime.ParseMediaType(first.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("first part: got %q, %v; want multipart/alternative", kind, err)
	}
	forms := multipart.NewReader(first, params["boundary"])
	var read [2]string
	for i := range read {
		part, err := forms.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		read[i] = strings.ReplaceAll(string(body), "\r\n", "\n")
	}
	if _, err := forms.NextPart(); err != io.EOF {
		t.Errorf("after the HTML form: %v, want the end", err)
	}
	if file, err = mixed.NextPart(); err != nil {
		t.Fatal(err)
	}
	encoded, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	if content, err = decode64(encoded); err != nil {
		t.Fatal(err)
	}
	if _, err := mixed.NextPart(); err != io.EOF {
		t.Errorf("after the file: %v, want the end", err)
	}
	return read[0], read[1], file, content
}

func TestANewDateComesWithAFileForTheCalendar(t *testing.T) {
	m := transactionSamples(t)["new-date-agreed"]
	out := render(t, testRenderer(t, pages), m)
	text, html, file, content := attached(t, out.Raw)
	if text != out.Text || html != out.HTML {
		t.Error("the forms of the mail are not the text and the HTML that were returned")
	}
	if got := file.FileName(); got != "2027-7.2.ics" || len(out.Attachments) != 1 || out.Attachments[0] != got {
		t.Errorf("the file is %q, %q", got, out.Attachments)
	}
	kind, params, err := mime.ParseMediaType(file.Header.Get("Content-Type"))
	if err != nil || kind != "text/calendar" || params["method"] != "PUBLISH" || params["charset"] != "utf-8" {
		t.Errorf("the file is %q %v, %v", kind, params, err)
	}
	for i, line := range strings.Split(string(content), "\r\n") {
		if strings.ContainsAny(line, "\r\n") || len(line) > 75 {
			t.Errorf("line %d of the file: %q", i+1, line)
		}
	}
	cal, err := ics.ParseCalendar(bytes.NewReader(content))
	if err != nil || len(cal.Events()) != 1 {
		t.Fatalf("%v in\n%s", err, content)
	}
	e := cal.Events()[0]
	for _, want := range []string{"METHOD:PUBLISH", "DTSTART;VALUE=DATE:20270531", "DTEND;VALUE=DATE:20270601", "SEQUENCE:9", "TRANSP:TRANSPARENT",
		"DTSTAMP:20270324T081200Z", "X-MICROSOFT-CDO-BUSYSTATUS:FREE", "UID:action-42@tertial.stad.example", "URL:https://tertial.stad.example/actions/2027-7.2"} {
		if !strings.Contains(string(content), want+"\r\n") {
			t.Errorf("the file lacks %s:\n%s", want, content)
		}
	}
	if got := e.GetProperty(ics.ComponentPropertySummary).Value; got != "[2027-7.2] Inför en plan för introduktion av nya medarbetare" {
		t.Errorf("summary: got %q", got)
	}
	if strings.Contains(string(content), "VALARM") || strings.Contains(string(content), "ATTENDEE") {
		t.Error("the entry asks or alarms")
	}
}

func TestAFileForTheCalendarIsWholeWhateverTheTitle(t *testing.T) {
	r := testRenderer(t, pages)
	for _, nasty := range append(hostile(), "a;b,c\\d\nBEGIN:VALARM", strings.Repeat("åäö", 60), "END:VEVENT\r\nEND:VCALENDAR") {
		m := transactionSamples(t)["new-date-agreed"]
		m.Answer.Title, m.Answer.Ref = nasty, nasty
		_, _, file, content := attached(t, render(t, r, m).Raw)
		if name := file.FileName(); !strings.HasSuffix(name, ".ics") || strings.ContainsAny(name, "/\\\"\r\n") {
			t.Errorf("%q: the file is called %q", nasty, name)
		}
		cal, err := ics.ParseCalendar(bytes.NewReader(content))
		if err != nil || len(cal.Events()) != 1 || len(cal.Events()[0].Alarms()) != 0 {
			t.Errorf("%q: %v in\n%s", nasty, err, content)
		}
		for _, line := range strings.Split(string(content), "\r\n") {
			if strings.ContainsAny(line, "\r\n\x00") || len(line) > 75 || !utf8.ValidString(line) {
				t.Errorf("%q: the line %q", nasty, line)
			}
		}
	}
}

func TestOnlyAConfirmedDateComesWithAFile(t *testing.T) {
	for name, m := range transactionSamples(t) {
		out := render(t, testRenderer(t, pages), m)
		if got, want := len(out.Attachments) == 1, name == "new-date-agreed"; got != want {
			t.Errorf("%s: a file is attached: %v, want %v", name, got, want)
		}
		if name != "new-date-agreed" {
			if p := parse(t, out.Raw); p.plain != out.Text || p.html != out.HTML {
				t.Errorf("%s: the parts are not what was returned", name)
			}
		}
	}
}

// What a mail with a file is written as is what go-mail writes of it, but for the boundaries, which go-mail draws by lot.
func TestAMailWithAFileHasTheBytesThatGoMailWrites(t *testing.T) {
	r := testRenderer(t, pages)
	m := transactionSamples(t)["new-date-agreed"]
	out := render(t, r, m)
	read, err := netmail.ReadMessage(bytes.NewReader(out.Raw))
	if err != nil {
		t.Fatal(err)
	}
	_, _, part, content := attached(t, out.Raw)
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(gomail.EncodingQP))
	msg.SetBodyString(gomail.TypeTextPlain, strings.ReplaceAll(out.Text, "\n", "\r\n"))
	msg.AddAlternativeString(gomail.TypeTextHTML, strings.ReplaceAll(out.HTML, "\n", "\r\n"))
	if err := msg.AttachReader(part.FileName(), bytes.NewReader(content), gomail.WithFileContentType("text/calendar; charset=utf-8; method=PUBLISH")); err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	if _, err := msg.WriteTo(&raw); err != nil {
		t.Fatal(err)
	}
	theirs, err := netmail.ReadMessage(bytes.NewReader(raw.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := settled(t, read), settled(t, theirs); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// settled is the body of a mail with its boundaries named by their order.
func settled(t testing.TB, m *netmail.Message) string {
	t.Helper()
	body, err := io.ReadAll(m.Body)
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(body), params["boundary"], "OUTER")
	_, after, _ := strings.Cut(text, "boundary=")
	inner, _, _ := strings.Cut(after, "\r\n")
	return strings.ReplaceAll(text, inner, "INNER")
}

func TestASignInMailSaysWhatItIsAndNothingOfActions(t *testing.T) {
	m := transactionSamples(t)["sign-in"]
	out := render(t, testRenderer(t, pages), m)
	p := parse(t, out.Raw)
	code, link := testSigner().SignInCode(17, 5), "https://tertial.stad.example/signin/"+testSigner().SignInToken(17, 5)
	for form, text := range map[string]string{"text": unwrapped(p.plain), "page": unwrapped(p.html)} {
		for _, want := range []string{code, link, "10 minuter", "2027-03-24 09:12", "Firefox, Linux"} {
			if !strings.Contains(text, want) {
				t.Errorf("the %s does not say %q", form, want)
			}
		}
	}
	if got := hrefs(t, p.html); len(got) != 1 || got[0] != link {
		t.Errorf("links: got %q", got)
	}
	for _, name := range []string{"In-Reply-To", "References", "Thread-Topic", "Thread-Index"} {
		if p.header.Get(name) != "" {
			t.Errorf("%s: got %q, want none", name, p.header.Get(name))
		}
	}
	for name, value := range p.header {
		if strings.Contains(strings.Join(value, " "), code) {
			t.Errorf("the code stands in the header %s", name)
		}
	}
}

func TestWhatCannotBeDoneAtOnceIsAnError(t *testing.T) {
	change := func(name string, f func(*tertial.Message)) *tertial.Message {
		m := transactionSamples(t)[name]
		f(m)
		return m
	}
	for name, m := range map[string]*tertial.Message{
		"a sign-in without facts":         change("sign-in", func(m *tertial.Message) { m.SignIn = nil }),
		"a hand-over of nothing":          change("hand-over", func(m *tertial.Message) { m.Answer = nil }),
		"a hand-over that is none":        change("hand-over", func(m *tertial.Message) { m.Answer.Kind = tertial.AnswerDone }),
		"a decision about nothing":        change("new-date-agreed", func(m *tertial.Message) { m.Answer = nil }),
		"a decision that was not made":    change("new-date-agreed", func(m *tertial.Message) { m.Answer.Decision = tertial.Undecided }),
		"a decision that nobody asks for": change("new-date-agreed", func(m *tertial.Message) { m.Answer.Kind = tertial.AnswerOnTrack }),
	} {
		if _, err := testRenderer(t, pages).Render(m); !errors.Is(err, tertial.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
	if _, err := testRenderer(t, nil).Render(transactionSamples(t)["sign-in"]); !errors.Is(err, tertial.ErrInvalid) {
		t.Errorf("a sign-in where there are no pages: got %v, want ErrInvalid", err)
	}
	out := render(t, testRenderer(t, nil), transactionSamples(t)["hand-over"])
	if !strings.Contains(out.Text, "Svara på det här mejlet") || strings.Contains(out.HTML, "href") {
		t.Errorf("a hand-over where there are no pages:\n%s", out.Text)
	}
}

func TestDetailHoldsForWhatGoesAtOnce(t *testing.T) {
	r := testRenderer(t, func(o *Options) { pages(o); o.Detail = "ref" })
	for name, m := range transactionSamples(t) {
		out := render(t, r, m)
		for _, secret := range []string{"introduktion", "Du håller i"} {
			if strings.Contains(out.Subject+out.Text+out.HTML, secret) {
				t.Errorf("%s tells %q", name, secret)
			}
		}
		if name == "new-date-agreed" {
			if _, _, _, content := attached(t, out.Raw); strings.Contains(string(content), "introduktion") {
				t.Errorf("the file tells the title:\n%s", content)
			}
		}
	}
}

func TestADecisionIsNamedByPeopleOnly(t *testing.T) {
	m := transactionSamples(t)["new-date-declined"]
	m.Answer.DecidedBy = "person:19"
	if out := render(t, testRenderer(t, pages), m); strings.Contains(out.Text, "person:") || strings.Contains(out.Text, "Beslut av") {
		t.Errorf("got\n%s", out.Text)
	}
}

func decode64(lines []byte) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.ReplaceAll(string(lines), "\r\n", ""))
}
