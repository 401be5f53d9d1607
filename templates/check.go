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
		for _, sample := range trials() {
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

func trials() []string { return []string{"", "Rutin för behörighetsgranskning", hostile} }

// probe stands in a letter where a template must not leave it out.
const probe = "2024-7.2"

func (s *Set) try(lang, sample string) error {
	piece, err := s.Block(trialBlock(lang, sample))
	if err != nil {
		return err
	}
	for _, l := range trialLetters(lang, sample, piece) {
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

const trialURL = "https://tertial.example/a/88-42-20270530-abcdefghijkmnpqrstuvwxyz23"

func trialBlock(lang, sample string) *Block {
	return &Block{
		Language: lang, Ref: probe, Title: sample, Symbol: "!", State: "state",
		Facts: []Fact{{"label", sample}}, Notes: []string{sample}, Description: []string{sample},
		Ask: sample, Links: []Link{{sample, trialURL}, {sample, trialURL + "?svar=done"}}, More: Link{sample, trialURL},
	}
}

// trialLetters are a letter that has everything and one that has nothing.
func trialLetters(lang, sample string, piece Piece) []*Letter {
	return []*Letter{{
		Language: lang, Subject: sample, Preheader: sample, Marks: []string{sample}, Greeting: sample,
		Paragraphs: []string{sample}, Ask: sample, Answers: []string{sample}, Footer: []string{sample},
		Sections: []Section{
			{Heading: sample, Note: sample, Buttons: []Link{{sample, trialURL}}, Code: sample, Blocks: []Piece{piece}, Lines: []Line{{probe, sample}}, More: sample, Link: "https://tertial.example/actions"},
			{Table: &Table{Caption: sample, Head: []string{"", "N"}, Rows: [][]string{{sample, "1"}}}},
		},
	}, {Language: lang}}
}

// compare has every trial put out by the programs and by their templates, and leaves no program that differs.
// The programs are right by how they are made; a folder's templates are unknown to our tests, so that they get this one.
func (s *Set) compare() {
	same := func(name string, data any) {
		if p := s.programs[name]; p != nil {
			got, ok := p.execute(data)
			if want, err := s.executed(name, data); ok != (err == nil) || ok && got != want {
				delete(s.programs, name)
			}
		}
	}
	for _, lang := range Languages() {
		for _, sample := range trials() {
			b := trialBlock(lang, sample)
			same(blockText, b)
			same(blockHTML, b)
			piece, err := s.Block(b)
			if err != nil { // check has seen it pass
				continue
			}
			for _, l := range trialLetters(lang, sample, piece) {
				same(letterText, l)
				same(letterHTML, l)
			}
		}
	}
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
