//go:build linux

package browser

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
)

// violation is what axe-core finds against a rule of WCAG.
type violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

func (v violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s", v.ID, v.Impact, v.Help)
	for i, n := range v.Nodes {
		if i == 3 {
			fmt.Fprintf(&b, "\n    … and %d more", len(v.Nodes)-i)
			break
		}
		fmt.Fprintf(&b, "\n    %.300s\n      %s", n.HTML, strings.ReplaceAll(n.Summary, "\n", "\n      "))
	}
	return b.String()
}

// rules are the WCAG levels that a page is held to, and what axe calls best practice.
const rules = `['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22a','wcag22aa','best-practice']`

// violations has axe-core examine the page that is shown.
func (b *tab) violations() []violation {
	b.t.Helper()
	ask(b, "loading axe-core", chromedp.Evaluate[int](axe+";0"))
	raw := ask(b, "examining the page", chromedp.Evaluate[string](
		`axe.run(document, {runOnly: {type: 'tag', values: `+rules+`}, resultTypes: ['violations']}).then(r => JSON.stringify(r.violations))`,
		chromedp.EvalAwaitPromise))
	var found []violation
	if err := json.Unmarshal([]byte(raw), &found); err != nil {
		b.t.Fatal(err)
	}
	return found
}

// accessible reports what axe-core finds on the page, and whether it scrolls sideways, which on a phone nobody should have to.
func (b *tab) accessible() {
	b.t.Helper()
	for _, v := range b.violations() {
		b.t.Errorf("%s, %s: %s", b.at(), b.look.name(), v)
	}
	wide := ask(b, "measuring the page", chromedp.Evaluate[float64](`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
	if wide > 0 {
		b.t.Errorf("%s, %s: the page is %v pixels wider than the window: %s", b.at(), b.look.name(), wide, ask(b, "looking for what is too wide", chromedp.Evaluate[string](tooWide)))
	}
}

// tooWide names the elements that stand out of the window and out of nothing that scrolls.
const tooWide = `(() => {
	const limit = document.documentElement.clientWidth, found = [];
	for (const e of document.body.querySelectorAll('*')) {
		if (e.getBoundingClientRect().right <= limit + 1) continue;
		let scrolls = false;
		for (let p = e.parentElement; p; p = p.parentElement) scrolls = scrolls || getComputedStyle(p).overflowX !== 'visible';
		if (!scrolls) found.push(e.outerHTML.slice(0, 120));
	}
	return found.slice(0, 4).join('\n    ');
})()`
