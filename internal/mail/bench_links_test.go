package mail

import (
	"fmt"
	"testing"
)

// BenchmarkRenderLinks is BenchmarkRender of mails that can be answered by links: four links an action, of which three are buttons.
func BenchmarkRenderLinks(b *testing.B) {
	r := testRenderer(b, pages)
	for _, items := range []int{1, 18} {
		messages := readers(b, 2000, items, true)
		for i, m := range messages {
			m.Person = int64(i + 1)
		}
		b.Run(fmt.Sprintf("%d actions", items), func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				b.SetBytes(int64(len(render(b, r, messages[i%len(messages)]).Raw)))
				i++
			}
		})
	}
}
