package mail

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"net/textproto"
	"regexp"
	"strings"

	"tertial/internal/tertial"
)

// Report is what a mail that came to the address for bounces is.
type Report struct {
	// Addresses are the fields in which the signed address may stand, those that our own mail server
	// wrote first. They are as they came: [Bounces.ReadToken] reads them.
	Addresses []string
	// Recipients are those that the report tells of; none where the mail is no delivery report.
	Recipients []Reported
	// Kind is what the mail is: "delivery report", or what it is instead.
	Kind string
}

// Reported is what became of a mail for one recipient.
type Reported struct {
	Original string // as the sender had it, "" where the report does not say
	Final    string // as the reporting server had it, after aliases and forwarding
	tertial.Bounce
}

// The kinds of mail that come to an address for bounces.
const (
	DeliveryReport = "delivery report"
	ReadReceipt    = "read receipt"
	AutoReply      = "automatic reply"
	NoReport       = "no report"
	Unreadable     = "unreadable"
)

// What is read of a report: mails from anybody, made to be hard on programs, must cost little.
const (
	maxReportNesting = 3
	maxReportParts   = 16       // of one level; a report has three
	maxReportBody    = 64 << 10 // of the part with the facts
	maxReportBlocks  = 100      // recipients of one report
	maxReportField   = 4 << 10
)

// ParseReport reads a mail that may be anything. It never fails: what cannot be read is of kind [Unreadable].
func ParseReport(raw []byte) *Report {
	m, err := netmail.ReadMessage(bytes.NewReader(skipEnvelope(raw)))
	if err != nil {
		return &Report{Kind: Unreadable}
	}
	r := &Report{Kind: NoReport}
	for _, name := range []string{"Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "X-Failed-Recipients"} {
		r.addresses(m.Header[textproto.CanonicalMIMEHeaderKey(name)]...)
	}
	found, err := r.walk(textproto.MIMEHeader(m.Header), m.Body, 0)
	switch {
	case found:
		r.Kind = DeliveryReport
	case err != nil:
		r.Kind = Unreadable
	case r.Kind == NoReport && automatic(m.Header):
		r.Kind = AutoReply
	}
	return r
}

// skipEnvelope passes over the line that mbox files and some pipes put before a mail.
func skipEnvelope(raw []byte) []byte {
	if bytes.HasPrefix(raw, []byte("From ")) {
		_, raw, _ = bytes.Cut(raw, []byte("\n"))
	}
	return raw
}

// automatic reports whether no person wrote the mail (RFC 3834, and what came before it).
func automatic(h netmail.Header) bool {
	if v := strings.ToLower(strings.TrimSpace(h.Get("Auto-Submitted"))); v != "" && v != "no" {
		return true
	}
	switch strings.ToLower(strings.TrimSpace(h.Get("Precedence"))) {
	case "auto_reply", "bulk", "junk", "list":
		return true
	}
	return h.Get("X-Autoreply") != "" || h.Get("X-Autorespond") != "" || h.Get("X-Auto-Response-Suppress") != ""
}

// addresses keeps fields that may hold our address.
func (r *Report) addresses(fields ...string) {
	for _, f := range fields {
		if len(r.Addresses) < maxReportBlocks && strings.Contains(f, "@") {
			r.Addresses = append(r.Addresses, f[:min(len(f), maxReportField)])
		}
	}
}

var errTooDeep = errors.New("nested too deeply")

// walk looks for a delivery report in an entity and those within it, and reports whether it found one.
func (r *Report) walk(h textproto.MIMEHeader, body io.Reader, depth int) (found bool, err error) {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return false, nil // a mail of the old kind, or one that lies about its kind: text to us
	}
	switch {
	case kind == "message/delivery-status", kind == "message/global-delivery-status":
		return r.status(decoded(h, body))
	case kind == "message/rfc822-headers", kind == "text/rfc822-headers", kind == "message/rfc822", kind == "message/global":
		return false, r.returned(decoded(h, body))
	case !strings.HasPrefix(kind, "multipart/") || params["boundary"] == "":
		return false, nil
	case kind == "multipart/report" && strings.EqualFold(params["report-type"], "disposition-notification"):
		r.Kind = ReadReceipt
		return false, nil
	case depth >= maxReportNesting:
		return false, errTooDeep
	}
	parts := multipart.NewReader(body, params["boundary"])
	for range maxReportParts {
		p, err := parts.NextRawPart()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return found, err
		}
		has, err := r.walk(p.Header, p, depth+1)
		if found = found || has; err != nil && !found {
			return false, err
		}
	}
	return found, nil
}

// decoded undoes the transfer encoding of a part, as far as the part is read.
func decoded(h textproto.MIMEHeader, body io.Reader) io.Reader {
	body = io.LimitReader(body, 2*maxReportBody)
	switch strings.ToLower(strings.TrimSpace(h.Get("Content-Transfer-Encoding"))) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	return io.LimitReader(body, maxReportBody)
}

// returned looks at what was sent back to us: its Return-Path is the envelope sender, where it is there.
func (r *Report) returned(body io.Reader) error {
	raw, err := io.ReadAll(body)
	if err != nil {
		return nil // cut off: the report itself counts
	}
	for _, f := range blocks(raw)[:1] {
		r.addresses(f["return-path"])
	}
	return nil
}

// status reads the facts: a block about the message, then one for each recipient (RFC 3464, 2.1).
func (r *Report) status(body io.Reader) (found bool, err error) {
	raw, err := io.ReadAll(body)
	if len(raw) == 0 && err != nil {
		return false, fmt.Errorf("reading a delivery report: %w", err)
	}
	for _, f := range blocks(raw) {
		action := strings.ToLower(firstWord(f["action"]))
		if !knownAction(action) {
			continue
		}
		x := Reported{Original: typed(f["original-recipient"]), Final: typed(f["final-recipient"])}
		diagnosis := typed(f["diagnostic-code"])
		x.Action, x.Status, x.Reply = action, statusOf(f["status"], diagnosis), oneLine(diagnosis, maxReply)
		r.Recipients = append(r.Recipients, x)
		r.addresses(f["original-recipient"], f["final-recipient"])
		found = true
	}
	return found, nil
}

func knownAction(s string) bool {
	switch s {
	case "failed", "delayed", "delivered", "relayed", "expanded":
		return true
	}
	return false
}

// blocks takes fields apart that stand in blocks with blank lines between them. The keys are in small
// letters; the first of several fields of one name counts. There is always one block.
func blocks(raw []byte) []map[string]string {
	all := []map[string]string{{}}
	key := ""
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimRight(line, "\r\n")
		last := all[len(all)-1]
		if strings.TrimSpace(line) == "" {
			if key = ""; len(last) > 0 {
				if len(all) >= maxReportBlocks {
					return all
				}
				all = append(all, map[string]string{})
			}
			continue
		}
		if line[0] == ' ' || line[0] == '\t' {
			if key != "" && len(last[key]) < maxReportField {
				last[key] += " " + strings.TrimSpace(line)
			}
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		key = strings.ToLower(strings.TrimSpace(name))
		if _, twice := last[key]; !ok || twice {
			key = ""
			continue
		}
		last[key] = strings.TrimSpace(value)
	}
	return all
}

// typed is the value of a field that says of what type it is first: "rfc822; a@b.se", "smtp; 550 no".
func typed(s string) string {
	if _, value, ok := strings.Cut(s, ";"); ok {
		s = value
	}
	return strings.TrimSpace(s[:min(len(s), maxReportField)])
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	return word
}

var (
	statusCode   = regexp.MustCompile(`^[245]\.[0-9]{1,3}\.[0-9]{1,3}\b`)
	statusWithin = regexp.MustCompile(`(?:^|[\s#])([245]\.[0-9]{1,3}\.[0-9]{1,3})\b`)
)

// statusOf is the enhanced code. Where a server says no more than that it failed (5.0.0), the code within the words of
// the one that refused is better.
func statusOf(status, diagnosis string) string {
	code := statusCode.FindString(strings.TrimSpace(status))
	if code != "" && !strings.HasSuffix(code, ".0.0") {
		return code
	}
	if m := statusWithin.FindStringSubmatch(diagnosis); m != nil && (code == "" || m[1][0] == code[0]) {
		return m[1]
	}
	return code
}

// About returns what the report says of the mail to one of the addresses. Where it names none of them,
// since an alias or a list stands between, it speaks of our mail if it has one recipient, or if it failed for all.
func (r *Report) About(addresses ...string) (tertial.Bounce, bool) {
	var ours []tertial.Bounce
	for i := range r.Recipients {
		if x := &r.Recipients[i]; x.names(addresses) {
			ours = append(ours, x.Bounce)
		}
	}
	if len(ours) == 0 && (len(r.Recipients) == 1 || allFailed(r.Recipients)) {
		for i := range r.Recipients {
			ours = append(ours, r.Recipients[i].Bounce)
		}
	}
	for _, b := range ours { // of several members of a list that one counts who was not reached
		if b.Failed() {
			return b, true
		}
	}
	if len(ours) == 0 {
		return tertial.Bounce{}, false
	}
	return ours[0], true
}

func (x *Reported) names(addresses []string) bool {
	for _, a := range addresses {
		if a != "" && (strings.EqualFold(bare(x.Original), a) || strings.EqualFold(bare(x.Final), a)) {
			return true
		}
	}
	return false
}

// bare is an address without the angle brackets that some servers leave on.
func bare(s string) string { return strings.Trim(s, "<> ") }

func allFailed(all []Reported) bool {
	for i := range all {
		if !all[i].Failed() {
			return false
		}
	}
	return len(all) > 0
}
