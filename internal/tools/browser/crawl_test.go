//go:build linux

package browser

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every page that can be come to by links is accessible: axe-core finds nothing against WCAG 2.2 A and AA, in the light and in the
// dark, on a wide window and on a phone, and no page scrolls sideways.
func TestEveryPageIsAccessible(t *testing.T) {
	needsAxe(t)
	o := newDemo(t)
	pages := crawl(o.as(isam, desktop))
	for _, l := range []look{desktop, phone, desktop.inTheDark(), phone.inTheDark()} {
		b := o.as(isam, l)
		for _, path := range pages {
			b.open(path)
			b.accessible()
			b.picture(path)
		}
	}
	for _, who := range []string{management, owner, english} {
		b := o.as(who, phone)
		for _, path := range crawl(b) {
			b.open(path)
			b.accessible()
			b.picture(who + path)
		}
	}
	out := newTab(t, o.site, phone)
	for _, path := range []string{"/demo", "/signin", "/signin/1-aaaaaaaaaaaaaaaaaaaaaaaaaa", "/a/1-1-20270101-aaaaaaaaaaaaaaaaaaaaaaaaaa", "/nowhere"} {
		out.open(path)
		out.accessible()
		out.picture(path)
	}
}

// Every page answers well, and in the reader's language, without JavaScript.
func TestEveryPageWorksWithoutScript(t *testing.T) {
	needsBrowser(t)
	o := newDemo(t)
	for _, who := range []string{isam, management, owner, english} {
		b := o.as(who, desktop.withoutScript())
		if pages := crawl(b); who == isam && len(pages) < 20 {
			t.Errorf("only %d pages can be come to: %q", len(pages), pages)
		}
	}
}

// kindOf is a path with what differs from one page of a kind to the next left out.
func kindOf(path string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	keys := []string{}
	for k := range u.Query() {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	kind := regexp.MustCompile(`/(\d[\w.-]*|A\.[\w.-]+|[^/]*@[^/]*)`).ReplaceAllString(u.Path, "/*")
	return kind + "?" + strings.Join(keys, "&")
}

// pagesAtMost is how many pages of a walk are looked at.
const pagesAtMost = 60

// crawl follows links from the page that is shown and returns a path of each kind. Each must be a good answer.
func crawl(b *tab) []string {
	b.t.Helper()
	seen := map[string]bool{}
	var pages []string
	queue := append([]string{b.at()}, b.links()...)
	for len(queue) > 0 && len(pages) < pagesAtMost {
		path := queue[0]
		queue = queue[1:]
		u, err := url.Parse(path)
		if err != nil || len(u.Query()) > 1 || file(u.Path) {
			continue
		}
		kind := kindOf(path)
		if seen[kind] {
			continue
		}
		seen[kind] = true
		if status := b.open(path); status != 200 {
			b.t.Errorf("%s answers %d", path, status)
			continue
		}
		if size := len(ask(b, "reading the source", source())); size > 100<<10 {
			b.t.Errorf("%s has %d bytes, more than 100 kB", path, size)
		}
		pages = append(pages, path)
		queue = append(queue, b.links()...)
	}
	return pages
}

// file reports whether a path leads to a file and not to a page.
func file(path string) bool {
	for _, end := range []string{".csv", ".xlsx", ".ics", ".svg", ".css", ".json"} {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	if strings.HasPrefix(path, "/mail/") && strings.HasSuffix(path, "/html") { // a mail, in a frame in which nothing runs
		return true
	}
	return strings.Contains(path, "/evidence/") || strings.HasPrefix(path, "/static/") || strings.HasPrefix(path, "/api/")
}
