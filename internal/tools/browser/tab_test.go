//go:build linux

package browser

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"golang.org/x/net/html"
)

// look is how somebody looks at the pages.
type look struct {
	width, height int64
	dark          bool
	language      string // of the browser: "sv-SE"
	noScript      bool
}

var (
	desktop = look{width: 1280, height: 900, language: "sv-SE"}
	phone   = look{width: 375, height: 812, language: "sv-SE"}
)

func (l look) in(language string) look { l.language = language; return l }
func (l look) inTheDark() look         { l.dark = true; return l }
func (l look) withoutScript() look     { l.noScript = true; return l }

// name is short, for files.
func (l look) name() string {
	name := fmt.Sprintf("%d-%s", l.width, l.language[:2])
	if l.dark {
		name += "-dark"
	}
	return name
}

// tab is a page of a browser that shares no cookies with another tab.
type tab struct {
	t    *testing.T
	ctx  context.Context
	look look
	site string
}

// slow is how long one step may take on a loaded machine.
const slow = 30 * time.Second

func newTab(t *testing.T, site string, l look) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(chrome, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx, look: l, site: site}
	scheme := "light"
	if l.dark {
		scheme = "dark"
	}
	if err := chromedp.Do(ctx); err != nil { // the tab lives as long as the context of the first call
		t.Fatal(err)
	}
	b.do("opening a tab",
		chromedp.EmulateViewport(l.width, l.height),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}),
		command(network.Enable, network.EnableParams{}),
		command(network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": l.language}}),
		command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.noScript}),
	)
	return b
}

// command is a command of the browser's protocol as a step.
func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// do takes steps, or ends the test.
func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ask(b, what, chromedp.Steps(steps...))
}

// ask is a step that tells something. A page that has just come may still take the place of the one before: then it is asked again.
func ask[T any](b *tab, what string, step chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, slow)
	defer cancel()
	got, err := chromedp.Run(ctx, step)
	for range 50 {
		if err == nil || !strings.Contains(err.Error(), "-32000") {
			break
		}
		time.Sleep(20 * time.Millisecond)
		got, err = chromedp.Run(ctx, step)
	}
	if err != nil {
		b.picture("failed")
		b.t.Fatalf("%s, at %s: %v", what, b.at(), err)
	}
	return got
}

// open goes to a path, or an address of the site, and returns the status of the answer.
func (b *tab) open(path string) int64 {
	b.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = b.site + path
	}
	ctx, cancel := context.WithTimeout(b.ctx, slow)
	defer cancel()
	resp, err := chromedp.Run(ctx, chromedp.NavigateResponse(path))
	if err != nil {
		b.t.Fatalf("opening %s: %v", path, err)
	}
	return resp.Status
}

// at is the path of the page that is shown.
func (b *tab) at() string {
	ctx, cancel := context.WithTimeout(b.ctx, slow)
	defer cancel()
	where, err := chromedp.Run(ctx, chromedp.Location())
	if err != nil {
		return "?"
	}
	if u, err := url.Parse(where); err == nil {
		return u.RequestURI()
	}
	return where
}

// text is what the page says.
func (b *tab) text() string {
	b.t.Helper()
	return ask(b, "reading the page", chromedp.Text(chromedp.CSS("body")))
}

// says ends the test unless the page says all of the words.
func (b *tab) says(words ...string) {
	b.t.Helper()
	text := b.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			b.picture("failed")
			b.t.Fatalf("%s does not say %q:\n%s", b.at(), w, text)
		}
	}
}

// click follows a link or presses a button by what selects it, and waits for the page that comes.
func (b *tab) click(selector string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, slow)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		b.picture("failed")
		b.t.Fatalf("clicking %s at %s: %v", selector, b.at(), err)
	}
}

// follow clicks what an XPath finds, and waits for the page that comes.
func (b *tab) follow(path string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, slow)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(path)); err != nil {
		b.picture("failed")
		b.t.Fatalf("following %s at %s: %v", path, b.at(), err)
	}
}

// fill types into a field.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	b.do("filling "+selector, chromedp.SetValue(chromedp.CSS(selector), text))
}

// check marks a box or chooses a radio button, as a click on it does.
func (b *tab) check(selector string) {
	b.t.Helper()
	b.do("choosing "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// links are the paths of the site that the page leads to.
func (b *tab) links() []string {
	b.t.Helper()
	doc, err := html.Parse(strings.NewReader(ask(b, "reading the source", source())))
	if err != nil {
		b.t.Fatal(err)
	}
	var paths []string
	for n := range doc.Descendants() {
		if n.Data != "a" {
			continue
		}
		for _, a := range n.Attr {
			u, err := url.Parse(a.Val)
			if a.Key != "href" || err != nil || u.Host != "" && !strings.HasSuffix(b.site, u.Host) || !strings.HasPrefix(u.Path, "/") {
				continue
			}
			u.Scheme, u.Host, u.Fragment = "", "", ""
			paths = append(paths, u.String())
		}
	}
	return paths
}

var pictures atomic.Int64

// picture keeps the whole page as a picture, where somebody wants it.
func (b *tab) picture(name string) {
	folder := os.Getenv("TERTIAL_TEST_SCREENSHOTS")
	if folder == "" {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, slow)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Logf("no picture of %s: %v", name, err)
		return
	}
	name = regexp.MustCompile(`[^a-z0-9.-]+`).ReplaceAllString(strings.ToLower(name), "_")
	file := fmt.Sprintf("%03d-%s-%s.png", pictures.Add(1), b.look.name(), strings.Trim(name, "_"))
	if err := os.WriteFile(filepath.Join(folder, file), png, 0o644); err != nil {
		b.t.Log(err)
	}
}

// source is a step that reads the document.
func source() chromedp.Action[string] { return chromedp.OuterHTML(chromedp.CSS("html")) }
