package templates

import (
	"bytes"
	"errors"
	"fmt"
	html "html/template"
	"io"
	"path"
)

// MaxBytes bounds what one template may put out.
const MaxBytes = 4 << 20

var errTooLong = errors.New("the template puts out too much")

// The names of the templates, as the folder of overrides has them.
const (
	letterHTML = "mail/letter.html"
	letterText = "mail/letter.txt"
	blockHTML  = "mail/block.html"
	blockText  = "mail/block.txt"
)

type executor interface {
	ExecuteTemplate(w io.Writer, name string, data any) error
}

// Block renders one action. The piece depends on b alone.
func (s *Set) Block(b *Block) (Piece, error) {
	plain, err := s.put(blockText, b)
	if err != nil {
		return Piece{}, err
	}
	marked, err := s.put(blockHTML, b)
	if err != nil {
		return Piece{}, err
	}
	return Piece{text: plain, html: html.HTML(marked)}, nil //nolint:gosec // made by html/template
}

// Letter renders a mail in both forms. The plain one has lines of at most [Columns].
func (s *Set) Letter(l *Letter) (plain, marked string, err error) {
	if plain, err = s.put(letterText, l); err != nil {
		return "", "", err
	}
	if marked, err = s.put(letterHTML, l); err != nil {
		return "", "", err
	}
	return wrap(plain), marked, nil
}

// put has the template's program put data out, or the template itself where it has none.
func (s *Set) put(name string, data any) (string, error) {
	if p := s.programs[name]; p != nil {
		if out, ok := p.execute(data); ok {
			return out, nil
		}
	}
	return s.executed(name, data)
}

// executed has the template put data out, without its program.
func (s *Set) executed(name string, data any) (string, error) {
	if path.Ext(name) == ".html" {
		return execute(s.html, name, data)
	}
	return execute(s.text, name, data)
}

func execute(t executor, name string, data any) (out string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: %v", name, p)
		}
	}()
	w := &limited{}
	if err := t.ExecuteTemplate(w, name, data); errors.Is(err, errTooLong) {
		return "", fmt.Errorf("%s: %w", name, err)
	} else if err != nil {
		return "", err // it begins with name and line
	}
	return w.String(), nil
}

// limited is a buffer that refuses to grow without end.
type limited struct{ bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > MaxBytes {
		return 0, errTooLong
	}
	return l.Buffer.Write(p)
}
