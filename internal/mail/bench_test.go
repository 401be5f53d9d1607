package mail

import (
	"fmt"
	"testing"

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
