package mail

import (
	"bytes"
	"io"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"

	gomail "github.com/wneessen/go-mail"
	"pgregory.net/rapid"
)

// byGoMail is the page as go-mail writes it.
func byGoMail(t interface{ Fatal(...any) }, p *page) []byte {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(gomail.EncodingQP), gomail.WithBoundary(p.boundary))
	msg.FromMailAddress(p.from)
	msg.ToMailAddress(p.to)
	if p.replyTo != nil {
		msg.ReplyToMailAddress(p.replyTo)
	}
	for _, h := range p.headers {
		msg.SetGenHeader(gomail.Header(h[0]), h[1])
	}
	part := func(text string) func(io.Writer) (int64, error) {
		return func(w io.Writer) (int64, error) {
			n, err := io.WriteString(w, text)
			return int64(n), err
		}
	}
	msg.SetBodyWriter(gomail.TypeTextPlain, part(p.plain))
	msg.AddAlternativeWriter(gomail.TypeTextHTML, part(p.marked))
	var out bytes.Buffer
	if _, err := msg.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// P6: what was begun with go-mail's bytes goes again with them.
func TestAMailHasTheBytesThatGoMailWrites(t *testing.T) {
	r := testRenderer(t, nil)
	for name, m := range samples(t) {
		for _, language := range []string{"sv", "en"} {
			t.Run(name+" in "+language, func(t *testing.T) {
				m := *m
				m.Language = language
				out := render(t, r, &m)
				a := account{speech{r.set.Texts(language), m.Day}, Detail(r.o.Detail)}
				d, err := r.draft(&m, a, rooms()[0])
				if err != nil {
					t.Fatal(err)
				}
				r.address(d, &m, out.EnvelopeTo, a)
				_, p, err := r.assemble(d, &m, out.EnvelopeTo)
				if err != nil {
					t.Fatal(err)
				}
				if want := byGoMail(t, p); !bytes.Equal(out.Raw, want) {
					t.Errorf("written\n%s\nby go-mail\n%s", out.Raw, want)
				}
			})
		}
	}
}

// texts are what bodies and headers are made of: plain words, letters beyond ASCII, spaces where they hurt, every line end.
func texts(pieces ...string) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(pieces), rapid.StringMatching(`[a-zA-Z0-9/=_?.-]{1,90}`), rapid.String()), 0, 40).Draw(t, "pieces"), "")
	})
}

func TestAPageIsWrittenAsGoMailWritesIt(t *testing.T) {
	body := texts(" ", "  ", "\t", "=", "\n", "\r\n", "\r", "å", "–", "\x00", ".", "\n.\n", strings.Repeat("x", 75), strings.Repeat("y", 76), strings.Repeat("é", 25))
	value := texts(" ", "  ", "\t", "å", "=?", "?=", "_", `"`, strings.Repeat("z", 70), "\r\n", "\x7f")
	rapid.Check(t, func(t *rapid.T) {
		address := func(label string) *netmail.Address {
			return &netmail.Address{Name: value.Draw(t, label), Address: rapid.StringMatching(`[a-z.+"\\ ]{1,40}@[a-z]{1,60}\.example`).Draw(t, label+" address")}
		}
		p := &page{from: address("from"), to: address("to"), boundary: "tertial-" + rapid.StringMatching(`[0-9a-f]{24}`).Draw(t, "boundary"),
			plain: body.Draw(t, "plain"), marked: body.Draw(t, "marked")}
		if rapid.Bool().Draw(t, "replies") {
			p.replyTo = address("reply to")
		}
		names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"Subject", "List-Id", "References", "Thread-Topic", "Auto-Submitted", "X-Tertial-Kind", "Message-IE"}), 0, 7, rapid.ID)
		for _, name := range append(names.Draw(t, "names"), "Date", "Message-ID") {
			p.headers = append(p.headers, [2]string{name, value.Draw(t, name)})
		}
		want := byGoMail(t, &page{headers: slices.Clone(p.headers), from: p.from, to: p.to, replyTo: p.replyTo, boundary: p.boundary, plain: p.plain, marked: p.marked})
		if got := p.appendTo(nil); !bytes.Equal(got, want) {
			t.Fatalf("written\n%q\nby go-mail\n%q", got, want)
		}
	})
}

// BenchmarkMIME is a finished text and HTML that become a mail, with as many headers as ours have: as it is done, and by go-mail.
func BenchmarkMIME(b *testing.B) {
	r := testRenderer(b, nil)
	out := render(b, r, readers(b, 1, 1, true)[0])
	p := page{from: r.from, to: r.from, replyTo: r.replyTo, boundary: "tertial-0123456789abcdef01234567", plain: out.Text, marked: out.HTML}
	for _, name := range headerNames() {
		p.headers = append(p.headers, [2]string{name, "<action.42@tertial.stad.example>"})
	}
	b.Run("written here", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r.write(&p)
		}
	})
	b.Run("by go-mail", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			byGoMail(b, &p)
		}
	})
}
