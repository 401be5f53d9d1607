package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"tertial/internal/mail"
	"tertial/internal/tertial"
)

// mailBounce takes a mail that came to the address for bounces. It answers nothing and nobody: what is not about a
// mail of ours, signed by us, is counted and forgotten, which is no error.
type mailBounce struct {
	File string `arg:"" optional:"" default:"-" help:"File with the mail; - is standard input (default: ${default})."`
	To   string `placeholder:"ADDRESS" help:"The address to which it came, where the mail system tells."`
	asOf
}

// Run takes the mail. A mail that is ignored ends with 0 too, so that no mail system bounces the bounce.
func (v *mailBounce) Run(ctx context.Context, p *program) error {
	raw, large, err := p.readMail(v.File)
	if err != nil {
		return err
	}
	return p.house(ctx, v.asOf, func(h *house) error {
		if h.cfg.Mail.BounceTo == "" {
			return &failure{code: exitConfig, err: errors.New("mail.bounce_to is not set"), hint: "set it to the address from which mail is piped here"}
		}
		h.stamp.By = "bounce"
		ignored := tooLarge
		if !large {
			if ignored, err = h.bounced(ctx, p, raw, v.To); err != nil {
				return err
			}
		}
		if ignored != "" {
			p.tell("ignored: %s", ignored)
			return h.countBounce(ctx, ignored)
		}
		return nil
	})
}

// readMail reads a mail. One that is too large is passed over without being kept, and not left in the pipe, which
// would make the mail system's own writing fail.
func (p *program) readMail(name string) (raw []byte, large bool, err error) {
	if name != "-" {
		raw, _, err = p.readInput(name)
		return raw, false, err
	}
	raw, err = io.ReadAll(io.LimitReader(p.in, maxInput+1))
	if err == nil && len(raw) > maxInput {
		_, err = io.Copy(io.Discard, io.LimitReader(p.in, maxPassedOver))
		raw, large = nil, true
	}
	if err != nil {
		return nil, false, fmt.Errorf("%w: the mail broke off: %w", tertial.ErrUnavailable, err)
	}
	return raw, large, nil
}

// maxPassedOver is how much of a mail that is too large is passed over.
const maxPassedOver = 1 << 30

// Why a mail is ignored, besides what [mail.Report] says that it is.
const (
	tooLarge     = "larger than 10 MiB"
	unsigned     = "no signed address"
	forged       = "forged signature"
	noMessage    = "no such message"
	othersReport = "about other recipients"
	wentWell     = "no failure"
)

// bounced finds out which message the mail is about and what became of that, and stores it. It returns why the mail is
// ignored, where it is.
func (h *house) bounced(ctx context.Context, p *program, raw []byte, to string) (ignored string, err error) {
	report := mail.ParseReport(raw)
	if report.Kind != mail.DeliveryReport {
		return report.Kind, nil
	}
	signed, err := h.bounces()
	if err != nil {
		return "", err
	}
	id, err := signed.ReadToken(strings.Join(append([]string{to}, report.Addresses...), "\n"))
	switch {
	case errors.Is(err, tertial.ErrNotFound):
		return unsigned, nil
	case err != nil:
		return forged, nil
	}
	m, err := h.store.Message(ctx, id)
	switch {
	case errors.Is(err, tertial.ErrNotFound):
		return noMessage, nil
	case err != nil:
		return "", err
	}
	b, ok := report.About(m.To, h.cfg.Mail.RedirectTo)
	switch {
	case !ok:
		return othersReport, nil
	case !b.Failed() && !b.Delayed():
		return wentWell, nil
	}
	b.Message = id
	if h.cfg.Mail.RedirectTo != "" {
		b.Status = "" // it is not the reader's address that is wrong
	}
	if err := h.store.Bounce(ctx, h.stamp, id, b); err != nil {
		return "", err
	}
	p.printf("message %d: %s %s\n", id, b.Action, b.Status)
	return "", h.countBounce(ctx, b.Action)
}

// metaBounces is where the mails are counted that came to the address for bounces.
const metaBounces = "bounces"

// bounceCount is how many mails were taken as what, and why others were ignored.
type bounceCount struct {
	Since tertial.Date   `json:"since"` // the day of the first
	Last  tertial.Date   `json:"last"`
	Mails map[string]int `json:"mails"`
}

// String lists the counts, the largest first.
func (c bounceCount) String() string {
	if len(c.Mails) == 0 {
		return ""
	}
	names := slices.SortedFunc(maps.Keys(c.Mails), func(a, b string) int {
		if n := c.Mails[b] - c.Mails[a]; n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%d %s", c.Mails[name], name)
	}
	return fmt.Sprintf("%s (since %s, the last on %s)", strings.Join(names, ", "), c.Since, c.Last)
}

// bounceCount reads the counts.
func (h *house) bounceCount(ctx context.Context) (bounceCount, error) {
	c := bounceCount{Mails: map[string]int{}}
	text, err := h.store.Meta(ctx, metaBounces)
	if err != nil || text == "" {
		return c, err
	}
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return bounceCount{Mails: map[string]int{}}, fmt.Errorf("reading how many bounces came: %w", err)
	}
	return c, nil
}

// countBounce counts one more. Of several that come in the same moment some may be missed: it is a
// figure to look at, not a ledger; what a bounce did to a message stands in the log.
func (h *house) countBounce(ctx context.Context, what string) error {
	c, err := h.bounceCount(ctx)
	if err != nil {
		return err
	}
	if c.Since.IsZero() {
		c.Since = h.today
	}
	c.Last = h.today
	c.Mails[what]++
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return h.store.SetMeta(ctx, metaBounces, string(text))
}
