package store

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"tertial/internal/tertial"
)

// zipped is an archive of files, in order: a name and its content each.
func zipped(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	docxType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	odtType  = "application/vnd.oasis.opendocument.text"
	odsType  = "application/vnd.oasis.opendocument.spreadsheet"
)

func TestAFileIsWhatItsBytesSay(t *testing.T) {
	docx := zipped(t, "[Content_Types].xml", "<Types/>", "word/document.xml", "<w/>")
	for name, c := range map[string]struct {
		file    string
		content []byte
		media   string // "" where it is not taken
		as      string // the name it gets
	}{
		"a PDF":                     {"Protokoll 2024.pdf", []byte("%PDF-1.7\n%åäö"), "application/pdf", "Protokoll 2024.pdf"},
		"a PDF named otherwise":     {"faktura.exe", []byte("%PDF-1.7\n"), "application/pdf", "faktura.exe.pdf"},
		"a PNG":                     {"bild.PNG", []byte("\x89PNG\r\n\x1a\nxxxx"), "image/png", "bild.PNG"},
		"a JPEG":                    {"bild.jpeg", []byte("\xff\xd8\xff\xe0xxxx"), "image/jpeg", "bild.jpeg"},
		"a JPEG named as text":      {"bild.txt", []byte("\xff\xd8\xff\xe0xxxx"), "image/jpeg", "bild.txt.jpg"},
		"text":                      {"anteckning.txt", []byte("Möte den 3 mars\r\n\tklart"), "text/plain", "anteckning.txt"},
		"text with a BOM":           {"a.txt", []byte("\xef\xbb\xbfhej"), "text/plain", "a.txt"},
		"a table":                   {"roller.CSV", []byte("roll;namn\nHR;Åsa"), "text/csv", "roller.CSV"},
		"Markdown":                  {"läs.md", []byte("# Rubrik"), "text/markdown", "läs.md"},
		"Markdown with a tag":       {"läs.md", []byte("<!-- utkast -->\n# Rubrik"), "text/markdown", "läs.md"},
		"a document":                {"rutin.docx", docx, docxType, "rutin.docx"},
		"a document named as text":  {"rutin.txt", docx, docxType, "rutin.txt.docx"},
		"a workbook":                {"lista.xlsx", zipped(t, "[Content_Types].xml", "<Types/>", "xl/workbook.xml", "<w/>"), xlsxType, "lista.xlsx"},
		"an OpenDocument text":      {"a.odt", zipped(t, "mimetype", odtType, "content.xml", "<x/>"), odtType, "a.odt"},
		"an OpenDocument sheet":     {"a.ods", zipped(t, "mimetype", odsType+"\n", "content.xml", "<x/>"), odsType, "a.ods"},
		"a saved mail":              {"svar.eml", []byte("From: a@b.se\r\nSubject: hej\r\n\r\nhej \xe5"), "message/rfc822", "svar.eml"},
		"no mail":                   {"svar.eml", []byte("hej hopp"), "", ""},
		"a mail from nobody":        {"svar.eml", []byte("Subject: hej\r\n\r\nhej"), "", ""},
		"a program":                 {"a.txt", []byte("MZ\x90\x00\x03\x00\x00\x00"), "", ""},
		"a script":                  {"a.sh", []byte("#!/bin/sh\nrm -rf /"), "", ""},
		"text without an extension": {"a", []byte("hej"), "", ""},
		"a page":                    {"a.html", []byte("<!DOCTYPE html><p>hej"), "", ""},
		"a page named as text":      {"a.txt", []byte("<html><script>alert(1)</script>"), "", ""},
		"a picture with a script":   {"a.svg", []byte("<svg onload='alert(1)'/>"), "", ""},
		"XML":                       {"a.txt", []byte("<?xml version='1.0'?><a/>"), "", ""},
		"text in another code":      {"a.txt", []byte("M\xfcller och flera till"), "", ""},
		"text with a zero":          {"a.txt", []byte("hej\x00hopp och mycket mer text"), "", ""},
		"an archive":                {"a.zip", zipped(t, "a.txt", "hej"), "", ""},
		"a document with macros":    {"a.docx", zipped(t, "[Content_Types].xml", "", "word/document.xml", "", "word/vbaProject.bin", "x"), "", ""},
		"a workbook with macros":    {"a.xlsx", zipped(t, "[Content_Types].xml", "", "xl/workbook.xml", "", "xl/VBAproject.BIN", "x"), "", ""},
		"an OpenDocument with code": {"a.odt", zipped(t, "mimetype", odtType, "content.xml", "", "Basic/Standard/Module1.xml", "x"), "", ""},
		"an OpenDocument drawing":   {"a.odt", zipped(t, "mimetype", "application/vnd.oasis.opendocument.graphics", "content.xml", ""), "", ""},
		"a mimetype without end":    {"a.odt", zipped(t, "mimetype", odtType+strings.Repeat(" ", 1<<20)+"x", "content.xml", ""), odtType, "a.odt"},
		"half an archive":           {"a.docx", docx[:len(docx)/2], "", ""},
		"an archive's first bytes":  {"a.docx", []byte("PK\x03\x04"), "", ""},
		"nothing":                   {"a.txt", nil, "", ""},
		"too much":                  {"a.txt", bytes.Repeat([]byte("a"), tertial.EvidenceSize+1), "", ""},
		"as much as there may be":   {"a.txt", bytes.Repeat([]byte("a"), tertial.EvidenceSize), "text/plain", "a.txt"},
	} {
		got, err := checkUploads([]tertial.Upload{{Name: c.file, Type: "application/x-said", Content: c.content}})
		switch {
		case c.media == "" && (!errors.Is(err, tertial.ErrInvalid) || !strings.Contains(err.Error(), "files:")):
			t.Errorf("%s: got %+v, %v; want it refused", name, got, err)
		case c.media != "" && (err != nil || len(got) != 1 || got[0].Type != c.media || got[0].Name != c.as):
			t.Errorf("%s: got %v; want %s as %s", name, err, c.as, c.media)
			if len(got) > 0 {
				t.Errorf("    got %s as %s", got[0].Name, got[0].Type)
			}
		}
	}
	_, err := checkUploads([]tertial.Upload{{Name: "a.exe", Content: []byte("MZ\x90\x00")}})
	for _, word := range []string{"a.exe", "PDF", "DOCX", "EML"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("got %v, want it to name %s", err, word)
		}
	}
}

func TestAnArchiveOfTooManyFilesIsNotTaken(t *testing.T) {
	var files []string
	for range officeFiles {
		files = append(files, "x", "")
	}
	files = append(files, "[Content_Types].xml", "", "word/document.xml", "")
	if got := officeType(zipped(t, files...)); got != "" {
		t.Errorf("got %s", got)
	}
}

func TestSixFilesAreTooManyAndOneTwiceIsOne(t *testing.T) {
	file := tertial.Upload{Name: "a.txt", Content: []byte("hej")}
	if _, err := checkUploads([]tertial.Upload{file, file, file, file, file, file}); !errors.Is(err, tertial.ErrInvalid) {
		t.Errorf("six: got %v", err)
	}
	got, err := checkUploads([]tertial.Upload{file, {Name: "b.txt", Content: file.Content}, file})
	if err != nil || len(got) != 2 {
		t.Errorf("got %d files, %v; want two names", len(got), err)
	}
}

func TestANameIsSafeToShowAndToSaveUnder(t *testing.T) {
	for given, want := range map[string]string{
		`C:\Users\anna\Protokoll.pdf`:          "Protokoll.pdf",
		"../../etc/passwd.txt":                 "passwd.txt",
		"a\"\r\nX: y.xlsx":                     "a_ X_ y.xlsx",
		"faktura\u202efdp.exe":                 "fakturafdp.exe",
		".htaccess":                            "htaccess",
		"CON":                                  "_CON",
		"con.pdf":                              "_con.pdf",
		"lpt1.txt":                             "_lpt1.txt",
		"lpt0.txt":                             "lpt0.txt",
		"  a\tb\u00a0c .txt  ":                 "a b c .txt",
		"":                                     "underlag",
		" ... ":                                "underlag",
		"\xff\xfe":                             "underlag",
		"a<b>c:d|e?f*g;h.md":                   "a_b_c_d_e_f_g_h.md",
		strings.Repeat("å", 300) + ".xlsx":     strings.Repeat("å", 115) + ".xlsx",
		strings.Repeat("a", 300):               strings.Repeat("a", 120),
		"a." + strings.Repeat("extension", 30): ("a." + strings.Repeat("extension", 30))[:120],
		"Mötesanteckning 3 mars.docx":          "Mötesanteckning 3 mars.docx",
	} {
		if got := cleanName(given); got != want {
			t.Errorf("%q: got %q, want %q", given, got, want)
		}
	}
}

func TestWhateverANameIsItBecomesAGoodOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "name")
		media := rapid.SampledFrom(fileTypes()).Draw(t, "type").media
		got := withExtension(cleanName(name), media)
		switch {
		case got == "" || !utf8.ValidString(got) || utf8.RuneCountInString(got) > tertial.EvidenceName:
			t.Fatalf("%q became %q", name, got)
		case strings.ContainsAny(got, `/\"<>:|?*;%`) || strings.HasPrefix(got, ".") || strings.ContainsFunc(got, unicode.IsControl):
			t.Fatalf("%q became %q", name, got)
		case cleanName(got) != got:
			t.Fatalf("%q became %q, and that %q", name, got, cleanName(got))
		case withExtension(got, media) != got:
			t.Fatalf("%q became %q, and that %q", name, got, withExtension(got, media))
		}
	})
}

func FuzzMediaType(f *testing.F) {
	f.Add(".docx", zipped(f, "[Content_Types].xml", "", "word/document.xml", ""))
	f.Add(".eml", []byte("From: a@b.se\r\n\r\n"))
	f.Add(".txt", []byte("hej"))
	f.Fuzz(func(t *testing.T, ext string, content []byte) {
		got := mediaType(ext, content)
		for _, known := range fileTypes() {
			if got == known.media {
				return
			}
		}
		if got != "" {
			t.Errorf("got %q, which is nothing that is taken", got)
		}
	})
}
