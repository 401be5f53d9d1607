package gap

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"tertial/internal/tertial"
)

// The limits of an import; what goes over one is refused, naming it.
const (
	maxFile    = 10 << 20
	maxRows    = 20_000
	maxColumns = 200
	maxCell    = 64 << 10
)

// encodings by which a file's text was read.
const (
	encUTF8        = "UTF-8"
	encUTF16       = "UTF-16"
	encWindows1252 = "Windows-1252"
)

// decode returns the text of a file with every line end as \n, and the encoding
// that it was in. What is no text is refused.
func decode(data []byte) (text, encoding string, err error) {
	if len(data) > maxFile {
		return "", "", fmt.Errorf("%w: the file is larger than 10 MiB (%d bytes)", tertial.ErrInvalid, len(data))
	}
	if err := refuseMagic(data); err != nil {
		return "", "", err
	}
	text, encoding, err = toUTF8(data)
	if err != nil {
		return "", "", err
	}
	if i := strings.IndexByte(text, 0); i >= 0 {
		line := 1 + strings.Count(text[:i], "\n")
		return "", "", fmt.Errorf("%w: line %d holds a NUL character, so this is no text file in UTF-8, UTF-16 with a mark, or Windows-1252; save it as UTF-8", tertial.ErrInvalid, line)
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	if strings.TrimSpace(text) == "" {
		return "", "", fmt.Errorf("%w: the file is empty", tertial.ErrInvalid)
	}
	return text, encoding, nil
}

func toUTF8(data []byte) (text, encoding string, err error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		data = data[3:]
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
		if err != nil {
			return "", "", fmt.Errorf("%w: the file begins as UTF-16 but cannot be read so; save it as UTF-8", tertial.ErrInvalid)
		}
		return string(out), encUTF16, nil
	}
	if utf8.Valid(data) {
		return string(data), encUTF8, nil
	}
	if good, bad := multibyte(data); good > bad {
		return "", "", fmt.Errorf("%w: the file is UTF-8 but damaged: line %d holds bytes that are no character", tertial.ErrInvalid, firstInvalidLine(data))
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(data)
	if err != nil {
		return "", "", fmt.Errorf("%w: the file is neither UTF-8 nor Windows-1252; save it as UTF-8", tertial.ErrInvalid)
	}
	return string(out), encWindows1252, nil
}

// multibyte counts the characters of several bytes that are right and the bytes
// that are not: text in Windows-1252 has hardly any of the first.
func multibyte(data []byte) (good, bad int) {
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
		data = data[n:]
	}
	return good, bad
}

func firstInvalidLine(data []byte) int {
	for i, line := range bytes.Split(data, []byte("\n")) {
		if !utf8.Valid(line) {
			return i + 1
		}
	}
	return 0
}

// magic tells other formats by their first bytes, whatever the file is called.
var magic = []struct{ prefix, name string }{
	{"PK\x03\x04", "a ZIP archive (XLSX, DOCX and the like)"},
	{"PK\x05\x06", "an empty ZIP archive"},
	{"%PDF", "a PDF"},
	{"\xd0\xcf\x11\xe0", "an old Office file (XLS, DOC)"},
	{"{\\rtf", "an RTF file"},
	{"MZ", "a program"},
	{"\x7fELF", "a program"},
	{"\x1f\x8b", "a compressed file"},
	{"\x89PNG", "an image"},
	{"\xff\xd8\xff", "an image"},
	{"GIF8", "an image"},
}

func refuseMagic(data []byte) error {
	for _, m := range magic {
		if bytes.HasPrefix(data, []byte(m.prefix)) && !plainText(data, m.name) {
			return notReadYet("the file is " + m.name)
		}
	}
	head := bytes.TrimPrefix(data[:min(len(data), 512)], []byte("\xef\xbb\xbf"))
	head = bytes.ToLower(bytes.TrimSpace(head))
	for _, tag := range []string{"<!doctype", "<html", "<?xml", "<table", "<head"} {
		if bytes.HasPrefix(head, []byte(tag)) {
			return notReadYet("the file is HTML or XML")
		}
	}
	return nil
}

// plainText saves a text that happens to begin with a program's two letters.
func plainText(data []byte, name string) bool {
	return name == "a program" && data[0] == 'M' && bytes.IndexByte(data[:min(len(data), 256)], 0) < 0
}

func notReadYet(what string) error {
	return fmt.Errorf("%w: %s, which is not read yet; save it as CSV or paste the text", tertial.ErrRefused, what)
}
