package templates

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// checkFor is how long the templates may take over all of their trials.
const checkFor = 10 * time.Second

// check executes every template with ordinary, empty and hostile letters and
// examines the mails that come out. A template that never ends cannot be
// stopped: it is reported, and left to the end of the process.
func (s *Set) check() error {
	ctx, cancel := context.WithTimeout(context.Background(), checkFor)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.tryAll(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("the templates did not end within %v", checkFor)
	}
}

func (s *Set) tryAll(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	for _, lang := range Languages() {
		for _, sample := range []string{"", "Rutin för behörighetsgranskning", hostile} {
			if ctx.Err() != nil {
				return nil // reported already
			}
			if err := s.try(lang, sample); err != nil {
				return err
			}
		}
	}
	return nil
}

// hostile is what a title could hold at its worst, after cleaning.
const hostile = `</p></table><script>alert(1)</script>"'><img src=x onerror=y> {{.}} javascript:x <!-- & ` + "\u00e5\u00e4\u00f6 \U0001F512 " +
	`=?utf-8?q?x?= ` + "averylongwordwithoutanyspaceaverylongwordwithoutanyspaceaverylongwordwithoutanyspace"

// probe stands in a letter where a template must not leave it out.
const probe = "2024-7.2"

func (s *Set) try(lang, sample string) error {
	block := &Block{
		Language: lang, Ref: probe, Title: sample, Symbol: "!", State: "state",
		Facts: []Fact{{"label", sample}}, Notes: []string{sample}, Description: []string{sample},
	}
	piece, err := s.Block(block)
	if err != nil {
		return err
	}
	l := &Letter{
		Language: lang, Subject: sample, Preheader: sample, Marks: []string{sample}, Greeting: sample,
		Paragraphs: []string{sample}, Ask: sample, Answers: []string{sample}, Footer: []string{sample},
		Sections: []Section{
			{Heading: sample, Note: sample, Blocks: []Piece{piece}, Lines: []Line{{probe, sample}}, More: sample, Link: "https://tertial.example/actions"},
			{Table: &Table{Caption: sample, Head: []string{"", "N"}, Rows: [][]string{{sample, "1"}}}},
		},
	}
	for _, l := range []*Letter{l, {Language: lang}} {
		plain, marked, err := s.Letter(l)
		if err != nil {
			return err
		}
		if err := lint(marked); err != nil {
			return fmt.Errorf("%s: %w", letterHTML, err)
		}
		if len(l.Sections) > 0 {
			if err := complete(plain, marked); err != nil {
				return err
			}
		}
	}
	return nil
}

// complete finds out whether both forms show the actions that they were given.
func complete(plain, marked string) error {
	if strings.TrimSpace(plain) == "" {
		return errors.New(letterText + " puts out nothing")
	}
	if strings.Count(plain, probe) < 2 {
		return errors.New(letterText + ", " + blockText + ": not every action is shown")
	}
	if strings.Count(marked, probe) < 2 {
		return errors.New(letterHTML + ", " + blockHTML + ": not every action is shown")
	}
	return nil
}
