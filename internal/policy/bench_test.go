package policy

import (
	"testing"
)

// A plan of a year for 1,000 actions must stay under a second: this is one of them.
func BenchmarkPlanOfAYearOfOneAction(b *testing.B) {
	w := newWorld(b, "2024-01-08").due("2024-10-31")
	p := w.policy()
	to := date("2024-12-31")
	for b.Loop() {
		if len(p.Plan(&w.d, &w.reg, w.d.Activated, to)) == 0 {
			b.Fatal("no plan")
		}
	}
}

func BenchmarkLookOfOneAction(b *testing.B) {
	w := newWorld(b, "2024-01-08").due("2024-10-31")
	p, now := w.policy(), w.at("2024-10-01T07:30")
	w.d.Looked = date("2024-09-30")
	for b.Loop() {
		p.Look(&w.d, &w.reg, now)
	}
}
