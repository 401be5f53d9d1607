package mail

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tertial/internal/tertial"
	"tertial/templates"
)

// pages gives the renderer pages, and somebody to sign for them.
func pages(o *Options) {
	o.BaseURL, o.Signer, o.Zone = "https://tertial.stad.example", testSigner(), time.FixedZone("CET", 3600)
}

func testSigner() *tertial.Signer {
	return tertial.NewSigner([]byte("a secret of at least thirty-two bytes"))
}

// addressed is a message to a person who is known.
func addressed(person int64, m *tertial.Message) *tertial.Message {
	x := *m
	x.Person = person
	return &x
}

// hrefs are the links of a page, and plainLinks those of a plain text, in their order.
func hrefs(t testing.TB, html string) []string {
	t.Helper()
	var all []string
	for _, m := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		all = append(all, strings.ReplaceAll(m[1], "&amp;", "&"))
	}
	return all
}

func plainLinks(text string) []string {
	return regexp.MustCompile(`https?://\S+`).FindAllString(text, -1)
}

func TestABlockHasItsThreeAnswersAndAWayToTheOthers(t *testing.T) {
	r := testRenderer(t, pages)
	for name, due := range map[string]string{"due after the mail": "2027-03-31", "due before the mail": "2027-03-01", "without a due date": ""} {
		t.Run(name, func(t *testing.T) {
			m := addressed(5, message(t, item(t, tertial.Checkpoint, due, nil)))
			p := parse(t, render(t, r, m).Raw)
			expires := m.Day
			if due != "" && day(t, due).After(expires) {
				expires = day(t, due)
			}
			link := tertial.AnswerLink{Message: 88, Person: 5, Action: 42, Expires: expires.AddDays(60)}
			page := "https://tertial.stad.example/a/" + testSigner().Answer(link)
			want := fmt.Sprint([]string{page + "?svar=done", page + "?svar=on-track", page + "?svar=new-date", page})
			if got := fmt.Sprint(hrefs(t, p.html)); got != want {
				t.Errorf("the page leads to\n%s, want\n%s", got, want)
			}
			if got := fmt.Sprint(plainLinks(p.plain)); got != want {
				t.Errorf("the text leads to\n%s, want\n%s", got, want)
			}
			for _, words := range []string{"Klar", "Pågår enligt plan", "Behöver nytt datum", "Fler svar"} {
				if !strings.Contains(p.html, words) || !strings.Contains(p.plain, "- "+words) {
					t.Errorf("nothing says %q", words)
				}
			}
			if strings.Contains(p.plain, "Svara på det här mejlet") {
				t.Error("the mail asks for an answer by mail beside the links")
			}
		})
	}
}

func TestAReminderThatWasAskedForNeedsNoDate(t *testing.T) {
	for language, want := range map[string]string{"sv": "Du har bett om en påminnelse", "en": "You asked to be reminded"} {
		m := addressed(5, message(t, item(t, tertial.Upcoming, "", nil)))
		m.Language = language
		if out := render(t, testRenderer(t, pages), m); !strings.Contains(out.Text, want) || strings.Contains(out.Text, "  ,") {
			t.Errorf("got\n%s\nwant %q", out.Text, want)
		}
	}
}

func TestWhoMayAnswerHasLinks(t *testing.T) {
	tests := []struct {
		name   string
		kind   tertial.Kind
		change func(*tertial.Item)
		links  bool
	}{
		{"who is responsible", tertial.Upcoming, nil, true},
		{"who is responsible and late", tertial.Overdue, nil, true},
		{"who has just become responsible", tertial.Assigned, nil, true},
		{"who stands in for somebody", tertial.Due, func(it *tertial.Item) { it.For = []string{"Bo Åberg"} }, true},
		{"the coordinator, for a role that nobody holds", tertial.Due, func(it *tertial.Item) { it.Unheld = []string{"HR-chef"} }, true},
		{"the coordinator, of an escalation that is nobody's", tertial.Escalation, func(it *tertial.Item) { it.Unheld = []string{"HR-chef"} }, true},
		{"not a manager", tertial.Escalation, func(it *tertial.Item) { it.For = []string{"Bo Åberg"} }, false},
		{"not a contributor", tertial.Upcoming, func(it *tertial.Item) { it.Part = tertial.Contributor }, false},
		{"not who follows up", tertial.Escalation, func(it *tertial.Item) { it.Part = tertial.FollowUp }, false},
		{"not who is told because a mail did not arrive", tertial.Due, func(it *tertial.Item) { it.Part, it.Undeliverable = "", true }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := addressed(5, message(t, item(t, tt.kind, "2027-03-31", tt.change)))
			out := render(t, testRenderer(t, pages), m)
			if got := strings.Contains(out.HTML, "/a/"); got != tt.links {
				t.Errorf("links in the page: got %v, want %v", got, tt.links)
			}
			if got := strings.Contains(out.Text, "/a/"); got != tt.links {
				t.Errorf("links in the text: got %v, want %v", got, tt.links)
			}
			if words := strings.Contains(out.Text, "Svara på det här mejlet"); words == tt.links {
				t.Errorf("asks for words: got %v, want %v", words, !tt.links)
			}
		})
	}
}

func TestTheCoordinatorConfirmsOnTheActionsPage(t *testing.T) {
	m := addressed(19, message(t, item(t, tertial.AwaitsCheck, "2027-03-31", func(it *tertial.Item) { it.Ref, it.Part = "2027-A.5.18", "" })))
	out := render(t, testRenderer(t, pages), m)
	if got, want := fmt.Sprint(hrefs(t, out.HTML)), "[https://tertial.stad.example/actions/2027-A.5.18]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWithoutPagesOrASecretMailsAreAsTheyWere(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"no pages":  func(o *Options) { o.Signer = testSigner() },
		"no secret": func(o *Options) { o.BaseURL = "https://tertial.stad.example" },
	} {
		for sample, m := range samples(t) {
			if m.Kind != tertial.Reminder {
				continue
			}
			got, want := render(t, testRenderer(t, change), addressed(5, m)), render(t, testRenderer(t, nil), m)
			if !bytes.Equal(got.Raw, want.Raw) {
				t.Errorf("%s: %s is another mail", name, sample)
			}
		}
	}
	m := samples(t)["upcoming"]
	if got, want := render(t, testRenderer(t, pages), m), render(t, testRenderer(t, nil), m); !bytes.Equal(got.Raw, want.Raw) {
		t.Error("a reader of whom only the address is known has links")
	}
}

func TestAMailOfSeveralActionsHasALinkForAllOfThem(t *testing.T) {
	tests := []struct {
		name  string
		items []tertial.Item
		all   bool
	}{
		{"two that can be answered about", []tertial.Item{item(t, tertial.Upcoming, "2027-06-30", nil), item(t, tertial.Due, "2027-03-24", nil)}, true},
		{"one of two", []tertial.Item{item(t, tertial.Upcoming, "2027-06-30", nil),
			item(t, tertial.Upcoming, "2027-03-24", func(it *tertial.Item) { it.Part = tertial.Contributor })}, false},
		{"one", []tertial.Item{item(t, tertial.Upcoming, "2027-06-30", nil)}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := addressed(5, message(t, tt.items...))
			out := render(t, testRenderer(t, pages), m)
			link := tertial.AnswerLink{Message: 88, Person: 5, Expires: day(t, "2027-06-30").AddDays(60)}
			page := "https://tertial.stad.example/a/" + testSigner().Answer(link)
			for form, text := range map[string]string{"text": out.Text, "page": out.HTML} {
				if got := strings.Contains(text, page); got != tt.all {
					t.Errorf("the %s leads to all: got %v, want %v", form, got, tt.all)
				}
			}
		})
	}
}

func TestFifteenActionsHaveLinksOfTheirOwnAndAllHaveOne(t *testing.T) {
	m := addressed(5, samples(t)["many"])
	out := render(t, testRenderer(t, pages), m)
	if got := len(hrefs(t, out.HTML)); got != 15*4+1 {
		t.Errorf("got %d links, want %d", got, 15*4+1)
	}
	if got := len(plainLinks(out.Text)); got != 15*4+1 {
		t.Errorf("the text has %d links, want %d", got, 15*4+1)
	}
	if len(out.Raw) > 102<<10 {
		t.Errorf("got %d bytes; mail programs clip what is longer than 102 kB", len(out.Raw))
	}
}

func TestEveryLinkIsItsReadersAlone(t *testing.T) {
	r := testRenderer(t, pages)
	m := samples(t)["collected"]
	one, other := render(t, r, addressed(5, m)), render(t, r, addressed(6, m))
	seen := map[string]bool{}
	for _, link := range hrefs(t, one.HTML) {
		seen[link] = true
	}
	for _, link := range hrefs(t, other.HTML) {
		if seen[link] {
			t.Errorf("two readers have the link %s", link)
		}
		token := strings.TrimPrefix(strings.Split(link, "?")[0], "https://tertial.stad.example/a/")
		l, ok := tertial.ParseAnswer(token)
		l.Person = 6
		if !ok || !testSigner().IsAnswer(token, l) {
			t.Errorf("the link %s is not good", link)
		}
	}
}

// P6, P37: a copy has the same bytes; the secrets are made from what the message is about and stand nowhere in it.
func TestSecretsAreMadeAtRenderingAndStandNowhereElse(t *testing.T) {
	for name, m := range transactionSamples(t) {
		first, again := render(t, testRenderer(t, pages), m), render(t, testRenderer(t, pages), m)
		if !bytes.Equal(first.Raw, again.Raw) {
			t.Errorf("%s: two copies differ", name)
		}
		stored, err := json.Marshal(struct {
			M *tertial.Message
			F tertial.Facts
		}{m, tertial.Facts{SignIn: m.SignIn, Answer: m.Answer}})
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range plainLinks(first.Text) {
			u, err := url.Parse(link)
			if err != nil {
				t.Fatal(err)
			}
			secret := u.Path[strings.LastIndexAny(u.Path, "-/")+1:]
			if len(secret) > 20 && bytes.Contains(stored, []byte(secret)) {
				t.Errorf("%s: the secret of %s stands in the message", name, link)
			}
		}
		if m.SignIn != nil && strings.Contains(string(stored), testSigner().SignInCode(m.SignIn.ID, m.SignIn.Person)) {
			t.Errorf("%s: the code stands in the message", name)
		}
	}
}

func TestAMailThatIsShownHasNoSecrets(t *testing.T) {
	r := testRenderer(t, pages)
	all := transactionSamples(t)
	all["collected"] = addressed(5, samples(t)["collected"])
	for name, m := range all {
		sent := render(t, r, m)
		shown, err := r.Show(m)
		if err != nil {
			t.Fatal(err)
		}
		if shown.Subject != sent.Subject || shown.MessageID != sent.MessageID {
			t.Errorf("%s: shown as %q %s, sent as %q %s", name, shown.Subject, shown.MessageID, sent.Subject, sent.MessageID)
		}
		secret := regexp.MustCompile(`[a-z2-9]{26}|\b\d{8}\b`)
		for form, text := range map[string]string{"text": shown.Text, "page": shown.HTML} {
			for _, found := range secret.FindAllString(text, -1) {
				if strings.Contains(sent.Text, found) && !strings.HasPrefix(found, "20") {
					t.Errorf("%s: the %s shows %q", name, form, found)
				}
			}
		}
		if got, want := len(hrefs(t, shown.HTML)), len(hrefs(t, sent.HTML)); got != want {
			t.Errorf("%s: shown with %d links, sent with %d", name, got, want)
		}
	}
	plain := testRenderer(t, nil)
	m := samples(t)["upcoming"]
	if shown, err := plain.Show(m); err != nil || !bytes.Equal(shown.Raw, render(t, plain, m).Raw) {
		t.Errorf("a mail without links is shown as another: %v", err)
	}
}

// Whatever a title holds, a link leads where it should and the page stays whole.
func TestHostileTextsBesideLinks(t *testing.T) {
	r := testRenderer(t, func(o *Options) { pages(o); o.Detail = "full" })
	for _, nasty := range hostile() {
		all := transactionSamples(t)
		all["reminder"] = addressed(5, message(t,
			item(t, tertial.Upcoming, "2027-03-31", func(it *tertial.Item) { it.Title, it.Ref, it.Description = nasty, nasty, nasty }),
			item(t, tertial.Due, "2027-03-24", func(it *tertial.Item) { it.Title, it.Ref = nasty, nasty }),
			item(t, tertial.AwaitsCheck, "2027-03-31", func(it *tertial.Item) { it.Title, it.Ref, it.Part = nasty, nasty, "" })))
		summary := summaryOfAnswers(t)
		for i := range summary.Summary.Decisions {
			x := &summary.Summary.Decisions[i]
			x.Ref, x.Title, x.Person = nasty, nasty, nasty
		}
		summary.Summary.Answers = []tertial.SummaryAnswer{{Ref: nasty, Title: nasty, Person: nasty, Kind: tertial.AnswerKind(nasty)}}
		all["summary"] = summary
		for name, m := range all {
			if x := m.Answer; x != nil {
				x.Title, x.Ref, x.Text, x.Person, x.To, x.DecidedBy, x.DecidedWhy = nasty, nasty, nasty, nasty, nasty, nasty, nasty
			}
			if m.SignIn != nil {
				m.SignIn.Agent, m.Name = nasty, nasty
			}
			out := render(t, r, m)
			if len(out.Attachments) == 0 {
				check(t, m, out)
			}
			for _, link := range hrefs(t, out.HTML) {
				if !regexp.MustCompile(`^https://tertial\.stad\.example/[\w./%?=#-]+$`).MatchString(link) {
					t.Errorf("%s of %q leads to %q", name, nasty, link)
				}
			}
		}
	}
}

// P6: with links, too, programs write what the templates do.
func TestMailsWithLinksAreTheSameBytesEitherWay(t *testing.T) {
	files := make(map[string]string)
	for _, name := range []string{"mail/letter.html", "mail/letter.txt", "mail/block.html", "mail/block.txt"} {
		files[name] = `{{$slow := "" }}` + embedded(t, name)
	}
	_, dir := withTemplates(t, files)
	set, err := templates.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	o := testOptions()
	pages(&o)
	slow, err := NewRenderer(set, o)
	if err != nil {
		t.Fatal(err)
	}
	fast := testRenderer(t, pages)
	same := func(m *tertial.Message) {
		got, want := render(t, fast, m), render(t, slow, m)
		if !bytes.Equal(got.Raw, want.Raw) {
			t.Errorf("message %d: got\n%s\nwant\n%s", m.ID, got.Raw, want.Raw)
		}
	}
	for i := range 400 {
		m := randomMessage(t, rand.New(rand.NewPCG(7, uint64(i))))
		m.Person = int64(i % 7)
		same(m)
	}
	for _, m := range transactionSamples(t) {
		same(m)
	}
	same(summaryOfAnswers(t))
}

func TestTheAddressOfThePagesIsChecked(t *testing.T) {
	set, err := loadOnce()
	if err != nil {
		t.Fatal(err)
	}
	for address, ok := range map[string]bool{
		"": true, "https://tertial.stad.example": true, "https://tertial.stad.example/": true, "http://127.0.0.1:8383": true,
		"https://stad.example/tertial/": true, "tertial.stad.example": false, "javascript:alert(1)": false, "https://": false,
		"https://a:b@stad.example": false, "https://stad.example?x=1": false, "https://stad.example#x": false, "https://stad example": false,
	} {
		o := testOptions()
		o.BaseURL = address
		if _, err := NewRenderer(set, o); (err == nil) != ok || err != nil && !errors.Is(err, tertial.ErrInvalid) {
			t.Errorf("%q: got %v, want it taken: %v", address, err, ok)
		}
	}
}

// Another secret makes other links, so other bytes: the Message-ID tells them apart.
func TestAnotherSecretIsAnotherWayOfWriting(t *testing.T) {
	set, err := loadOnce()
	if err != nil {
		t.Fatal(err)
	}
	version := func(change func(*Options)) string {
		o := testOptions()
		if change != nil {
			change(&o)
		}
		v, err := Fingerprint(set, o)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	usual := version(pages)
	for name, change := range map[string]func(*Options){
		"no pages": nil,
		"another secret": func(o *Options) {
			pages(o)
			o.Signer = tertial.NewSigner([]byte("another secret of thirty-two bytes, or so"))
		},
		"other pages":  func(o *Options) { pages(o); o.BaseURL = "https://lis.stad.example" },
		"another zone": func(o *Options) { pages(o); o.Zone = time.FixedZone("EET", 7200) },
	} {
		if got := version(change); got == usual {
			t.Errorf("%s: the same name, %s", name, got)
		}
	}
	same := version(func(o *Options) {
		pages(o)
		o.Signer = tertial.NewSigner([]byte("a secret of at least thirty-two bytes"))
	})
	if same != usual {
		t.Errorf("the same secret read anew has another name: %s, %s", same, usual)
	}
}
