package main

import (
	"context"
	"errors"
	"fmt"

	"tertial/internal/gap"
	"tertial/internal/tertial"
)

// mailTest sends one mail past the outbox: it tries the relay, and nobody is owed it.
type mailTest struct {
	Address string `arg:"" help:"Where the test mail goes."`
	asOf
}

// Run sends it and tells what the relay answered.
func (v *mailTest) Run(ctx context.Context, p *program) error {
	to, err := gap.Address(v.Address)
	if err != nil {
		return err
	}
	return p.house(ctx, v.asOf, func(h *house) error {
		if h.cfg.Mail.SMTP.Host == "" {
			return &failure{code: exitConfig, err: errors.New("no mail server is configured"), hint: "set mail.smtp.host; until then mail is captured"}
		}
		if err := h.checkSecret(); err != nil {
			return err
		}
		r, err := h.renderer(ctx)
		if err != nil {
			return err
		}
		letter, err := letters{r}.Render(&tertial.Message{
			Kind: tertial.TestMail, To: to, Language: h.cfg.Language, State: tertial.MessageQueued, Day: h.today,
			ID: h.now.UnixMilli(), Created: tertial.Instant{Time: h.now},
		})
		if err != nil {
			return err
		}
		line, o := (&relay{&h.cfg}).Dial(ctx)
		if line != nil {
			defer line.Close()
			o = line.Send(ctx, letter, func(context.Context) error { return nil })
		}
		return p.tried(letter.To, &o)
	})
}

// tried tells what became of the test mail.
func (p *program) tried(to string, o *tertial.Outcome) error {
	answer := fmt.Sprintf("%s: %s", o.Phase, o.Reply)
	if o.Code != 0 {
		answer = fmt.Sprintf("%s: %d %s", o.Phase, o.Code, o.Reply)
	}
	switch o.Verdict {
	case tertial.Accepted:
		p.printf("accepted for %s (%s)\n", to, answer)
		return nil
	case tertial.RelayDown:
		return fmt.Errorf("%w: the relay failed at %s", tertial.ErrUnavailable, answer)
	}
	return &failure{code: exitFailed, err: fmt.Errorf("not accepted (%s) at %s", o.Verdict, answer)}
}
