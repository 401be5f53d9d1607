package web

import (
	"fmt"
	"math"
	"strings"

	"tertial/internal/tertial"
)

// burndown is the curve of open actions against the plan, ready to be drawn: an SVG whose lines have their points, and the same as rows of a table.
type burndown struct {
	Width, Height            int
	Left, Right, Top, Bottom int
	Actual, Plan, Unsure     string // points of a line, a line and an area; "" where there is nothing to draw
	Levels                   []chartTick
	Months                   []chartTick
	Reports                  []chartTick
	Today                    float64 // where today is; 0 where it is not on the chart
	Rows                     []tertial.Point
	Last                     tertial.Point // the last week that has been
	Begun                    bool          // a week has been
	AnyUnsure                bool
}

// chartTick is a mark on an axis: where, and what stands there.
type chartTick struct {
	At   float64
	Text string
	// Month is 1 to 12 where the mark is one of a month.
	Month int
}

// newBurndown lays out a curve. Points come by week; what is dated before the first or after the last of them is left out.
func newBurndown(points []tertial.Point, today tertial.Date, reports []tertial.Occurrence) burndown {
	b := burndown{Width: 760, Height: 280, Left: 44, Right: 748, Top: 28, Bottom: 246}
	if len(points) < 2 {
		return b
	}
	most := 1
	for _, p := range points {
		most = max(most, p.Open, p.Planned+p.Unsure)
	}
	step := levelStep(most)
	roof := (most + step - 1) / step * step
	first, last := points[0].Week, points[len(points)-1].Week
	x := func(d tertial.Date) float64 {
		return float64(b.Left) + float64(d.Sub(first))/float64(last.Sub(first))*float64(b.Right-b.Left)
	}
	y := func(n int) float64 { return float64(b.Bottom) - float64(n)/float64(roof)*float64(b.Bottom-b.Top) }

	for n := 0; n <= roof; n += step {
		b.Levels = append(b.Levels, chartTick{At: y(n), Text: fmt.Sprint(n)})
	}
	var actual, plan, above, below []string
	for i, p := range points {
		if p.Open >= 0 {
			actual = append(actual, place(x(p.Week), y(p.Open)))
			b.Last, b.Begun = p, true
		}
		plan = append(plan, place(x(p.Week), y(p.Planned)))
		above = append(above, place(x(p.Week), y(p.Planned+p.Unsure)))
		below = append([]string{place(x(p.Week), y(p.Planned))}, below...)
		b.AnyUnsure = b.AnyUnsure || p.Unsure > 0
		if i == len(points)-1 || monthNumber(p.Week) != monthNumber(points[i+1].Week) { // the last week of a month
			b.Rows = append(b.Rows, p)
		}
	}
	b.Actual, b.Plan = strings.Join(actual, " "), strings.Join(plan, " ")
	if b.AnyUnsure {
		b.Unsure = strings.Join(append(above, below...), " ")
	}
	b.Months = monthTicks(first, last, x)
	for _, o := range reports {
		if !o.Date.Before(first) && !o.Date.After(last) {
			b.Reports = append(b.Reports, chartTick{At: x(o.Date), Text: o.Key})
		}
	}
	if !today.Before(first) && !today.After(last) {
		b.Today = x(today)
	}
	return b
}

// levelStep returns the distance of the lines across a chart: 1, 2 or 5 times a power of ten, so that there are four to ten of them.
func levelStep(most int) int {
	rough := math.Pow(10, math.Floor(math.Log10(float64(most))))
	for _, part := range []float64{0.1, 0.2, 0.5, 1} {
		if step := int(rough * part); step >= 1 && most/step <= 6 {
			return step
		}
	}
	return max(1, int(rough*2))
}

// monthTicks marks the first day of every month from first to last.
func monthTicks(first, last tertial.Date, x func(tertial.Date) float64) []chartTick {
	var ticks []chartTick
	y, m, d := first.Civil()
	if d > 1 {
		m++
	}
	for day := tertial.DateOf(y, m, 1); !day.After(last); m++ {
		_, month, _ := day.Civil()
		ticks = append(ticks, chartTick{At: x(day), Month: int(month)})
		day = tertial.DateOf(y, m+1, 1)
	}
	return ticks
}

// monthNumber counts months, so that two days of one month have one number.
func monthNumber(d tertial.Date) int {
	y, m, _ := d.Civil()
	return y*12 + int(m)
}

func place(x, y float64) string { return fmt.Sprintf("%.1f,%.1f", x, y) }
