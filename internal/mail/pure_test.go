package mail

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"pgregory.net/rapid"

	"tertial/internal/tertial"
	"tertial/templates"
)

// withTemplates makes a renderer of the templates with the files laid over the embedded ones, and says where they lie.
func withTemplates(t testing.TB, files map[string]string) (r *Renderer, dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, src := range files {
		write(t, filepath.Join(dir, name), src)
	}
	return fromFolder(t, dir, ""), dir
}

func write(t testing.TB, file, src string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(src), 0o644); err != nil {
		t.Fatal(err)
	}
}

func fromFolder(t testing.TB, dir string, detail Detail) *Renderer {
	t.Helper()
	set, err := templates.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	o := testOptions()
	o.Detail = string(detail)
	r, err := NewRenderer(set, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func embedded(t testing.TB, name string) string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("..", "..", "templates", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

// slowRenderer has the embedded templates, each with something in it that only the template itself can do, so that
// everything is executed and nothing is put out by a program.
func slowRenderer(t testing.TB) *Renderer {
	t.Helper()
	files := make(map[string]string)
	for _, name := range []string{"mail/letter.html", "mail/letter.txt", "mail/block.html", "mail/block.txt"} {
		files[name] = `{{$slow := "" }}` + embedded(t, name)
	}
	r, _ := withTemplates(t, files)
	return r
}

// randomMessage is any message that the store could hold.
func randomMessage(t testing.TB, rng *rand.Rand) *tertial.Message {
	bad := hostile()
	text := func() string {
		if rng.IntN(4) == 0 {
			return bad[rng.IntN(len(bad))]
		}
		return fmt.Sprintf("Inför %drutin för å%d – «%x»", rng.IntN(9), rng.IntN(50), rng.Uint32())
	}
	some := func() []string {
		var all []string
		for range rng.IntN(3) {
			all = append(all, text())
		}
		return all
	}
	n := 1
	if rng.IntN(2) == 0 {
		n += rng.IntN(4)
	}
	if rng.IntN(20) == 0 {
		n += 15
	}
	m := message(t)
	for range n {
		kind := sections()[rng.IntN(len(sections()))]
		m.Items = append(m.Items, item(t, kind, "", func(it *tertial.Item) {
			it.ActionID, it.Ref, it.Title, it.Description = rng.Int64N(400), text(), text(), text()+"\n"+text()
			it.Late, it.Preliminary, it.Undeliverable, it.For, it.Unheld = rng.IntN(3) == 0, rng.IntN(2) == 0, rng.IntN(9) == 0, some(), some()
			it.Part = []tertial.Part{tertial.Responsible, tertial.Contributor, tertial.FollowUp, ""}[rng.IntN(4)]
			if rng.IntN(4) > 0 {
				it.Due = m.Day.AddDays(rng.IntN(200) - 100)
			}
		}))
	}
	m.ID, m.Language, m.Name = rng.Int64N(1<<40), []string{"sv", "en", ""}[rng.IntN(3)], text()
	m.Created.Time = written.AddDate(0, 0, rng.IntN(900))
	return m
}

// P6: a mail is a pure function of its message, the templates and the options: whether a program or the template puts it
// out, the first time or the thousandth, alone or beside others.
func TestAMailIsAPureFunctionOfItsMessage(t *testing.T) {
	t.Run("P6 two thousand messages, executed, compiled, new and at once", func(t *testing.T) {
		const n = 2000
		slow, warm := slowRenderer(t), testRenderer(t, nil)
		var all sync.WaitGroup
		sums := make([][32]byte, n)
		each := func(do func(i int, m *tertial.Message)) {
			for g := range 4 {
				all.Go(func() {
					for i := g; i < n; i += 4 {
						do(i, randomMessage(t, rand.New(rand.NewPCG(6, uint64(i)))))
					}
				})
			}
			all.Wait()
		}
		each(func(i int, m *tertial.Message) {
			want, err := slow.Render(m)
			if err != nil {
				t.Errorf("message %d: %v", i, err)
				return
			}
			sums[i] = sha256.Sum256(want.Raw)
			got, err := warm.Render(m)
			if err != nil || !bytes.Equal(got.Raw, want.Raw) || got.Text != want.Text || got.HTML != want.HTML || got.Subject != want.Subject {
				t.Errorf("message %d: %v, got\n%s\nwant\n%s", i, err, got.Raw, want.Raw)
			}
		})
		each(func(i int, m *tertial.Message) {
			r := warm
			if i%50 == 0 {
				r = fromFolder(t, "", "")
			}
			if got, err := r.Render(m); err != nil || sha256.Sum256(got.Raw) != sums[i] {
				t.Errorf("message %d is another mail the second time: %v", i, err)
			}
		})
	})
	t.Run("P6 a mail stays as it is while others are made", func(t *testing.T) {
		r := testRenderer(t, nil)
		first := render(t, r, samples(t)["upcoming"])
		before := bytes.Clone(first.Raw)
		for _, m := range samples(t) {
			render(t, r, m)
		}
		if !bytes.Equal(first.Raw, before) {
			t.Error("another mail was written over it")
		}
	})
}

// B92: hostile data are put out by programs as templates put them out, and what is too much is counted.
func TestHostileDataAreTheSameBytesEitherWay(t *testing.T) {
	slow, fast := slowRenderer(t), testRenderer(t, nil)
	for i, s := range hostile() {
		t.Run(fmt.Sprintf("B92 hostile text %d", i), func(t *testing.T) {
			all := overviews(t, s)
			for _, kind := range sections() {
				all = append(all, message(t, item(t, kind, "2027-03-28", func(it *tertial.Item) {
					it.Ref, it.Title, it.Description, it.Event, it.EventName, it.For, it.Unheld = s, s, s, s, s, []string{s}, []string{s, s}
				})))
			}
			for _, m := range all {
				m.Name = s
				got := render(t, fast, m)
				check(t, m, got)
				if want := render(t, slow, m); !bytes.Equal(got.Raw, want.Raw) {
					t.Errorf("%s: got\n%s\nwant\n%s", m.Kind, got.Raw, want.Raw)
				}
			}
		})
	}
	for _, n := range []int{0, 1, 15, 16, 500, 501, 5000} {
		t.Run(fmt.Sprintf("B92 %d actions", n), func(t *testing.T) {
			m := message(t)
			for i := range n {
				m.Items = append(m.Items, item(t, tertial.Upcoming, "2027-04-23", func(it *tertial.Item) {
					it.Ref, it.ActionID, it.Title = fmt.Sprintf("2027-%04d", i), int64(i+1), "<b>å & ö</b>"
				}))
			}
			got, err := fast.Render(m)
			if n == 0 {
				if !errors.Is(err, tertial.ErrInvalid) {
					t.Errorf("got %v, want ErrInvalid", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			check(t, m, got)
			if want := render(t, slow, m); !bytes.Equal(got.Raw, want.Raw) {
				t.Error("the template makes another mail of it")
			}
			if said := strings.Contains(got.Text, "Här saknas"); said != (n > 500) {
				t.Errorf("that some are missing is said: %v", said)
			}
		})
	}
}

// F42: one message that cannot be rendered keeps no other from being rendered, before it, beside it or after it.
func TestPoison(t *testing.T) {
	_, dir := withTemplates(t, map[string]string{
		"mail/block.html": `{{if eq .Ref "2027-666"}}{{index .Facts 99}}{{end}}` + embedded(t, "mail/block.html"),
		"mail/block.txt":  `{{if eq .Ref "2027-667"}}{{(index .Facts 0).Label.Nothing}}{{end}}` + embedded(t, "mail/block.txt"),
	})
	r := fromFolder(t, dir, DetailFull)
	poison := func(change func(*tertial.Message)) *tertial.Message {
		m := samples(t)["upcoming"]
		change(m)
		return m
	}
	for _, tt := range []struct {
		name  string
		m     *tertial.Message
		fails bool
	}{
		{"F42 a page that fails for one action", poison(func(m *tertial.Message) { m.Items[0].Ref = "2027-666" }), true},
		{"F42 a text that fails for one action", poison(func(m *tertial.Message) { m.Items[0].Ref = "2027-667" }), true},
		{"F42 a reminder of nothing", poison(func(m *tertial.Message) { m.Items = nil }), true},
		{"F42 what is no UTF-8", poison(func(m *tertial.Message) {
			m.Items[0].Title, m.Items[0].Description, m.Name = "\xff\xfe\xc0", "\x80\n\xed\xa0\x80", "\xc3("
		}), false},
		{"F42 a description of five MiB", poison(func(m *tertial.Message) {
			m.Items[0].Description = strings.Repeat("Skriv en plan.\n", 5<<20/15)
		}), false},
		{"F42 a description of five MiB on one line", poison(func(m *tertial.Message) { m.Items[0].Description = strings.Repeat("å<", 5<<20/3) }), false},
		{"F42 a description of five MiB of nothing", poison(func(m *tertial.Message) { m.Items[0].Description = strings.Repeat("\n \r", 5<<20/3) }), false},
		{"F42 five MiB in every field", poison(func(m *tertial.Message) {
			s := strings.Repeat("ordet ", 5<<20/6)
			it := &m.Items[0]
			m.Name, it.Title, it.Ref, it.Clauses, it.For, it.Unheld = s, s, s, []string{s}, []string{s}, []string{s}
		}), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			well := samples(t)["overdue"]
			want := render(t, r, well).Raw
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					out, err := r.Render(tt.m)
					if (err != nil) != tt.fails {
						t.Errorf("got %v, want it to fail: %v", err, tt.fails)
					}
					if err == nil && (len(out.Raw) > 64<<10 || !utf8.ValidString(out.Text)) {
						t.Errorf("got a mail of %d bytes", len(out.Raw))
					}
					if got, err := r.Render(well); err != nil || !bytes.Equal(got.Raw, want) {
						t.Errorf("another message suffers: %v", err)
					}
				})
			}
			all.Wait()
		})
	}
}

// F43: templates are read once. What is queued goes out as the daemon's templates say, however often the folder changes.
func TestTemplatesThatChangeWhileMailIsQueued(t *testing.T) {
	block := `<p>{{.Ref}} {{.Title}}</p>`
	r, dir := withTemplates(t, map[string]string{"mail/block.html": block, "texts/sv.json": `{"greeting": "Hej du {{.Name}}"}`})
	m := samples(t)["upcoming"]
	before := render(t, r, m)
	write(t, filepath.Join(dir, "mail/block.html"), "<p><b>{{.Ref}}</b></p>")
	write(t, filepath.Join(dir, "texts/sv.json"), "no longer JSON")
	t.Run("F43 a folder that is edited changes nothing", func(t *testing.T) {
		if after := render(t, r, m); !bytes.Equal(after.Raw, before.Raw) {
			t.Errorf("got\n%s\nwant\n%s", after.Raw, before.Raw)
		}
	})
	t.Run("F43 a folder that is taken away changes nothing", func(t *testing.T) {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if after := render(t, r, m); !bytes.Equal(after.Raw, before.Raw) {
			t.Error("the mail is another one")
		}
	})
	t.Run("F43 the same folder makes the same mail after a restart", func(t *testing.T) {
		write(t, filepath.Join(dir, "mail/block.html"), block)
		write(t, filepath.Join(dir, "texts/sv.json"), `{"greeting": "Hej du {{.Name}}"}`)
		if after := render(t, fromFolder(t, dir, ""), m); !bytes.Equal(after.Raw, before.Raw) {
			t.Error("the mail is another one")
		}
	})
}

// F43, P6: a mail that is written in another way after a restart is another mail, and says so by its Message-ID.
func TestAnotherWayOfWritingIsAnotherMail(t *testing.T) {
	version := func(dir string, change func(*Options)) string {
		set, err := templates.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		o := Options{From: "tertial@stad.example", Instance: "k7q4"}
		if change != nil {
			change(&o)
		}
		v, err := Fingerprint(set, o)
		if err != nil || len(v) != 8 {
			t.Fatalf("got %q, %v", v, err)
		}
		return v
	}
	usual := version("", nil)
	if again := version("", nil); again != usual {
		t.Errorf("the same way has two names: %s, %s", usual, again)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "mail/block.html"), "<p><b>{{.Ref}}</b></p>")
	for name, other := range map[string]string{
		"F43 other templates": version(dir, nil),
		"another detail":      version("", func(o *Options) { o.Detail = "ref" }),
		"another sender":      version("", func(o *Options) { o.From = "lis@stad.example" }),
		"redirected":          version("", func(o *Options) { o.RedirectTo = "test@stad.example" }),
		"pages":               version("", func(o *Options) { o.BaseURL = "https://tertial.stad.example" }),
	} {
		if other == usual {
			t.Errorf("%s: the same name, %s", name, usual)
		}
	}
	sending := samples(t)["upcoming"]
	sending.State = tertial.MessageSending
	before, after := testRenderer(t, func(o *Options) { o.Version = usual }), testRenderer(t, func(o *Options) { o.Version = "5ad" })
	sending.MessageID = before.MessageID(sending)
	if got := after.MessageID(sending); got == sending.MessageID {
		t.Errorf("a mail on its way keeps the Message-ID %s of another way of writing", got)
	}
	sending.State = tertial.MessageSent
	if got := after.MessageID(sending); got != sending.MessageID {
		t.Errorf("a mail that was sent as %s is shown as %s", sending.MessageID, got)
	}
}

// The short cuts of cleaning are short cuts and nothing else.
func TestShortCutsLeadToTheSamePlace(t *testing.T) {
	letters := rapid.StringOf(rapid.RuneFrom([]rune("abÅåäöÉẞ \u00a0\u00ad\u00a9\u0301–—’…“\u2010\u2027\u202e\t\nŁſƀ")))
	id := regexp.MustCompile(`^<[A-Za-z0-9.-]{1,200}@[A-Za-z0-9.-]{1,255}>$`)
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.OneOf(letters, rapid.String(), rapid.StringMatching(`[ -~]{0,20}`)).Draw(rt, "text")
		if got := squash(s); isOneLine(s) && got != s {
			rt.Errorf("%q is one line, but would become %q", s, got)
		}
		domain := rapid.StringMatching(`[a-zA-Z0-9å_-]{0,4}(\.[a-z0-9-]{0,5}){0,3}`).Draw(rt, "domain")
		if got, err := idna.Lookup.ToASCII(domain); isHostName(domain) && (err != nil || got != domain) {
			rt.Errorf("%q is a host name, but would become %q, %v", domain, got, err)
		}
		mid := rapid.StringMatching(`<?[a-z0-9.]{0,3}[ a-z<-]?@[A-Z0-9.]{0,3}@?>?>?`).Draw(rt, "Message-ID")
		if got, want := isMessageID(mid), id.MatchString(mid); got != want {
			rt.Errorf("%q is a Message-ID: got %v, want %v", mid, got, want)
		}
	})
	for s, want := range map[string]bool{"Anna Ek": true, "": true, "å–ä": true, " a": false, "a ": false, "a  b": false, "a\u0301": false, "\xff": false} {
		if got := isOneLine(s); got != want {
			t.Errorf("%q: got %v, want %v", s, got, want)
		}
	}
	long := "<" + strings.Repeat("a", 200) + "@" + strings.Repeat("b", 255) + ">"
	for s, want := range map[string]bool{long: true, strings.Replace(long, "a", "aa", 1): false, strings.Replace(long, "b", "bb", 1): false} {
		if got := isMessageID(s); got != want {
			t.Errorf("%d characters: got %v, want %v", len(s), got, want)
		}
	}
}
