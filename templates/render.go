package templates

import (
	"bytes"
	"errors"
	"fmt"
	html "html/template"
	"io"
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
	plain, err := execute(s.text, blockText, b)
	if err != nil {
		return Piece{}, err
	}
	marked, err := execute(s.html, blockHTML, b)
	if err != nil {
		return Piece{}, err
	}
	return Piece{text: plain, html: html.HTML(marked)}, nil //nolint:gosec // made by html/template
}

// Letter renders a mail in both forms. The plain one has lines of at most [Columns].
func (s *Set) Letter(l *Letter) (plain, marked string, err error) {
	if plain, err = execute(s.text, letterText, l); err != nil {
		return "", "", err
	}
	if marked, err = execute(s.html, letterHTML, l); err != nil {
		return "", "", err
	}
	return wrap(plain), marked, nil
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
