package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"tertial/internal/tertial"
)

// logVerb reads the append-only log.
type logVerb struct {
	List   logList   `cmd:"" default:"withargs" help:"List the entries."`
	Verify logVerify `cmd:"" help:"Prove that no entry was changed or taken out."`
}

type logList struct {
	Action string `placeholder:"REF" help:"Only the entries of this action."`
}

func (logList) forms() []format { return []format{asJSON, asCSV} }

// Run lists the entries in their order.
func (v *logList) Run(ctx context.Context, p *program) error {
	return p.house(ctx, asOf{}, func(h *house) error {
		if v.Action != "" {
			if _, err := h.store.Action(ctx, v.Action); err != nil {
				return err
			}
		}
		return entryListing().print(p, h.store.Log(ctx, v.Action))
	})
}

func entryListing() *listing[tertial.Entry] {
	at := func(e *tertial.Entry) string { return e.At.UTC().Format("2006-01-02T15:04:05Z") }
	return &listing[tertial.Entry]{
		key:   "entries",
		table: []column{{"#", 6}, {"AT (UTC)", 20}, {"BY", 10}, {"SUBJECT", 20}, {"VERB", 10}, {"DETAIL", 0}},
		line: func(e tertial.Entry) []string {
			return []string{strconv.FormatInt(e.Seq, 10), at(&e), e.By, e.Subject, e.Verb, string(e.Detail)}
		},
		csv: []string{"seq", "at", "by", "via", "subject", "verb", "detail", "hash"},
		cells: func(e tertial.Entry) []string {
			return []string{strconv.FormatInt(e.Seq, 10), at(&e), e.By, e.Via, e.Subject, e.Verb, string(e.Detail), e.Hash}
		},
		none: "the log is empty",
	}
}

type logVerify struct{}

func (logVerify) forms() []format { return []format{asJSON} }

// Run goes through the chain; it fails at the first entry that does not hold.
func (logVerify) Run(ctx context.Context, p *program) error {
	return p.house(ctx, asOf{}, func(h *house) error {
		n, bad, err := h.store.VerifyLog(ctx)
		if err != nil {
			return err
		}
		if p.Output == asJSON {
			if err := p.json(map[string]any{"entries": n, "first_bad": bad, "whole": bad == 0}); err != nil {
				return err
			}
		} else if bad == 0 {
			p.printf("whole: %d entries\n", n)
		}
		if bad != 0 {
			return &failure{code: exitFailed, err: fmt.Errorf("entry %d does not follow from the one before: %w", bad, errTampered),
				hint: "compare the database with a backup"}
		}
		return nil
	})
}

var errTampered = errors.New("the log was changed outside this program")
