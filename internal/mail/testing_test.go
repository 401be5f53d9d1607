package mail

import (
	"flag"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tertial/internal/tertial"
	"tertial/templates"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with the file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update writes it anew); got\n%s\nwant\n%s", file, got, want)
	}
}

var loadOnce = sync.OnceValues(func() (*templates.Set, error) { return templates.Load("") })

func testOptions() Options {
	return Options{
		From: "Tertial – informationssäkerhet <tertial@stad.example>", ReplyTo: "isam@stad.example", Organisation: "Östra staden",
		Language: "sv", Coordinator: "Maria Ström, ISAM", Host: "tertial.stad.example", Instance: "k7q4",
	}
}

func testRenderer(t testing.TB, change func(*Options)) *Renderer {
	t.Helper()
	set, err := loadOnce()
	if err != nil {
		t.Fatal(err)
	}
	o := testOptions()
	if change != nil {
		change(&o)
	}
	r, err := NewRenderer(set, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func render(t testing.TB, r *Renderer, m *tertial.Message) *Rendered {
	t.Helper()
	out, err := r.Render(m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func day(t testing.TB, s string) tertial.Date {
	t.Helper()
	d, err := tertial.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// parsed is a mail as another program reads it.
type parsed struct {
	header netmail.Header
	plain  string
	html   string
}

func (p parsed) decoded(t testing.TB, name string) string {
	t.Helper()
	s, err := new(mime.WordDecoder).DecodeHeader(p.header.Get(name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s
}

// parse reads the mail with the standard library, and fails on whatever is not as it should be.
func parse(t testing.TB, raw []byte) parsed {
	t.Helper()
	checkLines(t, raw)
	m, err := netmail.ReadMessage(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatalf("header: %v", err)
	}
	p := parsed{header: m.Header}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type: got %q, %v; want multipart/alternative", kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, want := range []string{"text/plain", "text/html"} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatalf("part %s: %v", want, err)
		}
		kind, params, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil || kind != want || !strings.EqualFold(params["charset"], "utf-8") {
			t.Errorf("part: got %q %v, %v; want %s in UTF-8", kind, params, err, want)
		}
		if got := part.Header.Get("Content-Transfer-Encoding"); got != "quoted-printable" {
			t.Errorf("encoding: got %q, want quoted-printable", got)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatalf("body of %s: %v", want, err)
		}
		text := strings.ReplaceAll(string(body), "\r\n", "\n")
		if want == "text/plain" {
			p.plain = text
		} else {
			p.html = text
		}
	}
	if _, err := parts.NextPart(); err != io.EOF {
		t.Errorf("after the HTML part: got %v, want the end", err)
	}
	return p
}

// checkLines holds the raw bytes to RFC 5322: CRLF only, no line over 998 bytes, nothing but ASCII.
func checkLines(t testing.TB, raw []byte) {
	t.Helper()
	for i, line := range strings.Split(string(raw), "\r\n") {
		if strings.ContainsAny(line, "\r\n\x00") {
			t.Fatalf("line %d holds a bare CR, LF or NUL: %.80q", i+1, line)
		}
		if len(line) > 998 {
			t.Fatalf("line %d has %d bytes", i+1, len(line))
		}
		if strings.ContainsFunc(line, func(r rune) bool { return r > 0x7e }) {
			t.Fatalf("line %d is not ASCII: %.80q", i+1, line)
		}
	}
}

// written is when the mails of the tests were.
var written = tertial.Instant{Time: time.Date(2027, 3, 24, 6, 30, 0, 0, time.UTC)}

func message(t testing.TB, items ...tertial.Item) *tertial.Message {
	t.Helper()
	return &tertial.Message{
		ID: 88, Kind: tertial.Reminder, To: "anna.ek@stad.example", Name: "Anna Ek", Language: "sv",
		State: tertial.MessageQueued, Created: written, Day: day(t, "2027-03-24"), Items: items,
	}
}

// item is an action like any other; change makes it special.
func item(t testing.TB, kind tertial.Kind, due string, change func(*tertial.Item)) tertial.Item {
	t.Helper()
	it := tertial.Item{
		Ref: "2027-7.2", Kind: kind, ActionID: 42, NoticeID: 7, Title: "Inför en plan för introduktion av nya medarbetare",
		Clauses: []string{"7.2"}, Priority: tertial.High, Status: tertial.InProgress, StepsDone: 3, Steps: 11,
		Part: tertial.Responsible, Opened: tertial.Instant{Time: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)},
		Description: "Skriv en plan för hur nya medarbetare får veta vad som gäller.\nUtse vem som håller i den.",
	}
	if due != "" {
		it.Due = day(t, due)
	}
	if kind == tertial.Checkpoint {
		it.Event, it.EventName, it.EventDate = "T1", "Tertialrapport 1", day(t, "2027-05-10")
	}
	if change != nil {
		change(&it)
	}
	return it
}
