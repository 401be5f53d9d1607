package simulation

import (
	"context"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"regexp"
	"slices"
	"strings"

	"encoding/base64"
)

// refsIn are the actions that the text of a mail names, each once, in order.
func refsIn(raw string) []string {
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		return []string{err.Error()}
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return []string{err.Error()}
	}
	refs := regexp.MustCompile(`\b20\d\d-\d+\.\d+[a-z]*\b`).FindAllString(subject+"\n"+plain(textproto.MIMEHeader(m.Header), m.Body), -1)
	slices.Sort(refs)
	return slices.Compact(refs)
}

// plain is the plain text in a part of a mail.
func plain(h textproto.MIMEHeader, body io.Reader) string {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return err.Error()
	}
	if strings.HasPrefix(kind, "multipart/") {
		for r := multipart.NewReader(body, params["boundary"]); ; {
			p, err := r.NextRawPart()
			if err != nil {
				return ""
			}
			if text := plain(p.Header, p); text != "" {
				return text
			}
		}
	}
	if kind != "text/plain" {
		return ""
	}
	switch strings.ToLower(h.Get("Content-Transfer-Encoding")) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// about is which action a notice is about.
type about struct {
	notice int64
	ref    string
}

// refsByNotice reads which action each notice is about.
func (w *world) refsByNotice() []about {
	rows, err := w.raw.QueryContext(context.Background(), `SELECT n.id, a.ref FROM notices n JOIN actions a ON a.id = n.action_id`)
	if err != nil {
		w.broken("notices cannot be read: %v", err)
		return nil
	}
	defer rows.Close()
	var all []about
	for rows.Next() {
		var a about
		if err := rows.Scan(&a.notice, &a.ref); err != nil {
			w.broken("notices cannot be read: %v", err)
			return nil
		}
		all = append(all, a)
	}
	return all
}
