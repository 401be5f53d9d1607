package mail

import (
	"fmt"
	"testing"
	"time"

	gomail "github.com/wneessen/go-mail"

	"tertial/internal/tertial"
)

// readers are messages to many people. With shared actions they are about the same few hundred; else each is about actions
// of its own.
func readers(t testing.TB, n, items int, shared bool) []*tertial.Message {
	t.Helper()
	all := make([]*tertial.Message, n)
	due := day(t, "2027-03-01")
	for i := range all {
		m := message(t)
		m.ID, m.To, m.Name = int64(1000+i), fmt.Sprintf("person.%d@stad.example", i), fmt.Sprintf("Anna%d Ek", i)
		for j := range items {
			k := i*items + j
			if shared {
				k = (i*7 + j) % 300
			}
			m.Items = append(m.Items, item(t, sections()[k%len(sections())], "2027-03-28", func(it *tertial.Item) {
				it.ActionID, it.Ref = int64(k+1), fmt.Sprintf("2027-A.%d.%d", k/30, k%30)
				it.Title, it.Due = fmt.Sprintf("Inför rutin %d för granskning av behörigheter", k), due.AddDays(k%60)
			}))
		}
		all[i] = m
	}
	return all
}

func BenchmarkRender(b *testing.B) {
	r := testRenderer(b, nil)
	for _, items := range []int{1, 18} {
		for _, shared := range []bool{true, false} {
			name, messages := fmt.Sprintf("%d actions of their own", items), readers(b, 2000, items, shared)
			if shared {
				name = fmt.Sprintf("%d shared actions", items)
			}
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				i := 0
				for b.Loop() {
					b.SetBytes(int64(len(render(b, r, messages[i%len(messages)]).Raw)))
					i++
				}
			})
			b.Run(name+" in parallel", func(b *testing.B) {
				b.RunParallel(func(pb *testing.PB) {
					for i := 0; pb.Next(); i++ {
						render(b, r, messages[i%len(messages)])
					}
				})
			})
		}
	}
}

// BenchmarkMIME is the part of BenchmarkRender that is go-mail's: a finished text and page become a mail with as many headers.
func BenchmarkMIME(b *testing.B) {
	r := testRenderer(b, nil)
	m := readers(b, 1, 1, true)[0]
	out := render(b, r, m)
	b.ReportAllocs()
	for b.Loop() {
		msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithBoundary("tertial-0123456789abcdef01234567"))
		msg.FromMailAddress(r.from)
		msg.ToMailAddress(r.from)
		msg.ReplyToMailAddress(r.replyTo)
		msg.Subject(out.Subject)
		msg.SetDateWithValue(time.Unix(0, 0))
		for _, name := range headerNames()[8:] {
			msg.SetGenHeader(gomail.Header(name), "<action.42@tertial.stad.example>")
		}
		if _, err := r.encode(msg, out.Text, out.HTML); err != nil {
			b.Fatal(err)
		}
	}
}
