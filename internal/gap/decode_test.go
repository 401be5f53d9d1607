package gap

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf16"

	"tertial/internal/tertial"
)

const smallTable = "klausul;krav;uppfyllnad;nuläge;åtgärd;ansvarig;prioritet;tid\n4.1;Krav på åäö;Delvis;Nuläge;Ta fram rutin;ISAM;Hög;Mars\n"

func utf16Of(s string, little bool) []byte {
	units := utf16.Encode([]rune("\ufeff" + s))
	var out []byte
	for _, u := range units {
		if little {
			out = append(out, byte(u), byte(u>>8))
		} else {
			out = append(out, byte(u>>8), byte(u))
		}
	}
	return out
}

func windows1252(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch r {
		case '–':
			b.WriteByte(0x96)
		default:
			b.WriteByte(byte(r))
		}
	}
	return b.String()
}

func TestTheSameTableReadsTheSameInEveryEncoding(t *testing.T) {
	for _, c := range []struct {
		name  string
		data  []byte
		doubt bool
	}{
		{"UTF-8", []byte(smallTable), false},
		{"UTF-8 with a mark", []byte("\ufeff" + smallTable), false},
		{"UTF-16, little end first", utf16Of(smallTable, true), true},
		{"UTF-16, big end first", utf16Of(smallTable, false), true},
		{"Windows-1252", []byte(windows1252(smallTable)), true},
		{"Windows line ends", []byte(strings.ReplaceAll(smallTable, "\n", "\r\n")), false},
		{"old Mac line ends", []byte(strings.ReplaceAll(smallTable, "\n", "\r")), false},
		{"letters in two parts", []byte(strings.ReplaceAll(smallTable, "å", "a\u030a")), false},
		{"no line end at the end", []byte(strings.TrimSuffix(smallTable, "\n")), false},
		{"empty lines", []byte("\n" + smallTable + "\n\n"), false},
		{"empty rows as a spreadsheet leaves them", []byte(smallTable + ";;;;;;;\n;;;;;;;\n"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := Read(c.data, testOptions())
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Findings) != 1 || p.Findings[0].Requirement != "Krav på åäö" || p.Findings[0].Priority != tertial.High {
				t.Errorf("got %+v", p.Findings)
			}
			if got := len(p.Problems) > 0; got != c.doubt {
				t.Errorf("problems %v, want any: %v", p.Problems, c.doubt)
			}
		})
	}
}

func TestWhatIsNoTextIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, data string
		kind       error
		says       string
	}{
		{"an empty file", "", tertial.ErrInvalid, "empty"},
		{"spaces alone", " \n \n", tertial.ErrInvalid, "empty"},
		{"a mark alone", "\ufeff", tertial.ErrInvalid, "empty"},
		{"a workbook", "PK\x03\x04\x14\x00xl/workbook.xml", tertial.ErrRefused, "not read yet"},
		{"a PDF", "%PDF-1.7\n", tertial.ErrRefused, "PDF"},
		{"an old workbook", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", tertial.ErrRefused, "Office"},
		{"a Windows program", "MZ\x90\x00\x03\x00", tertial.ErrRefused, "program"},
		{"a Linux program", "\x7fELF\x02\x01", tertial.ErrRefused, "program"},
		{"a page", "<!DOCTYPE html><html>", tertial.ErrRefused, "HTML"},
		{"a page after a mark and spaces", "\ufeff \n<HTML>", tertial.ErrRefused, "HTML"},
		{"XML", "<?xml version=\"1.0\"?>", tertial.ErrRefused, "XML"},
		{"RTF", `{\rtf1\ansi`, tertial.ErrRefused, "RTF"},
		{"an image", "\x89PNG\r\n\x1a\n", tertial.ErrRefused, "image"},
		{"UTF-16 without a mark", "4\x00.\x001\x00", tertial.ErrInvalid, "NUL"},
		{"a NUL in the third line", "4.1\nJa\na\x00b", tertial.ErrInvalid, "line 3"},
		{"damaged UTF-8", "4.1 åäö åäö \xff Ja", tertial.ErrInvalid, "damaged"},
		{"a file over 10 MiB", strings.Repeat("a", maxFile+1), tertial.ErrInvalid, "10 MiB"},
		{"text without a clause", "Hej på er", tertial.ErrInvalid, "no clause"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read([]byte(c.data), testOptions())
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %v that says %q", err, c.kind, c.says)
			}
		})
	}
}

func TestAFormatThatIsNotReadIsRefused(t *testing.T) {
	for _, c := range []struct {
		format string
		kind   error
	}{{"xlsx", tertial.ErrRefused}, {"docx", tertial.ErrRefused}, {"pdf", tertial.ErrRefused}, {"odt", tertial.ErrInvalid}} {
		o := testOptions()
		o.Format = c.format
		if _, err := Read([]byte(smallTable), o); !errors.Is(err, c.kind) {
			t.Errorf("%s: got %v, want %v", c.format, err, c.kind)
		}
	}
}

func TestATextMayBeginWithTheLettersOfAProgram(t *testing.T) {
	p := readString(t, "MZ-projektet\n\n4.1\nKrav finns. Ja\n")
	if len(p.Findings) != 1 {
		t.Errorf("got %+v", p.Findings)
	}
}
