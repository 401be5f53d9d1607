package main

import (
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tertial/internal/tertial"
	"tertial/internal/tools/smtptest"
)

// letter is a mail as its receiver reads it.
type letter struct {
	day  tertial.Date // of the run that brought it
	to   string       // of the envelope
	id   string       // Message-ID
	refs []string     // of the actions that it names, sorted
	raw  string
}

// aRef is an action's ref, which a date is not: 2027-7.2, 2027-A.5.9b.
var aRef = regexp.MustCompile(`\b20\d\d-(?:A\.)?\d+(?:\.\d+)+[a-z]?\b`)

// opened reads a mail with the standard library alone: what it cannot read, others may not either. The
// text and the HTML must name the same actions.
func opened(t testing.TB, m smtptest.Mail) letter {
	t.Helper()
	read, err := mail.ReadMessage(strings.NewReader(string(m.Raw)))
	if err != nil {
		t.Fatalf("%v\n%s", err, m.Raw)
	}
	to, err := mail.ParseAddress(read.Header.Get("To"))
	if err != nil || len(m.To) != 1 || to.Address != m.To[0] {
		t.Errorf("the envelope says %v, the mail %q (%v)", m.To, read.Header.Get("To"), err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject"))
	if err != nil {
		t.Error(err)
	}
	parts := partsOf(t, textproto.MIMEHeader(read.Header), read.Body)
	text, html := refsIn(subject+"\n"+parts["text/plain"]), refsIn(subject+"\n"+parts["text/html"])
	if !slices.Equal(text, html) {
		t.Errorf("%s: the text names %v, the HTML %v", subject, text, html)
	}
	return letter{to: m.To[0], id: read.Header.Get("Message-Id"), refs: text, raw: string(m.Raw)}
}

func refsIn(text string) []string {
	refs := aRef.FindAllString(text, -1)
	slices.Sort(refs)
	return slices.Compact(refs)
}

// partsOf are the bodies of a mail by their types.
func partsOf(t testing.TB, h textproto.MIMEHeader, body io.Reader) map[string]string {
	t.Helper()
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		t.Fatalf("Content-Type %q: %v", h.Get("Content-Type"), err)
	}
	all := map[string]string{}
	if strings.HasPrefix(kind, "multipart/") {
		for parts := multipart.NewReader(body, params["boundary"]); ; {
			part, err := parts.NextRawPart()
			if err == io.EOF {
				return all
			}
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range partsOf(t, part.Header, part) {
				all[k] = v
			}
		}
	}
	switch strings.ToLower(h.Get("Content-Transfer-Encoding")) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	content, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	all[kind] = string(content)
	return all
}
