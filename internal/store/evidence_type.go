package store

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	netmail "net/mail"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"tertial/internal/tertial"
)

// fileType is a kind of file that is taken as evidence.
type fileType struct {
	media string
	ext   []string // the first is given to a file whose name has none of them
}

// fileTypes lists what is taken. What cannot be told by its bytes alone, text, needs its extension.
func fileTypes() []fileType {
	return []fileType{
		{"application/pdf", []string{".pdf"}},
		{"image/png", []string{".png"}},
		{"image/jpeg", []string{".jpg", ".jpeg"}},
		{"text/plain", []string{".txt"}},
		{"text/csv", []string{".csv"}},
		{"text/markdown", []string{".md"}},
		{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", []string{".docx"}},
		{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", []string{".xlsx"}},
		{"application/vnd.oasis.opendocument.text", []string{".odt"}},
		{"application/vnd.oasis.opendocument.spreadsheet", []string{".ods"}},
		{"message/rfc822", []string{".eml"}},
	}
}

const takenFiles = "PDF, PNG, JPEG, text (TXT, CSV, MD in UTF-8), DOCX, XLSX, ODT, ODS without macros, and saved mail (EML)"

// checkUploads refuses files that are not taken, and gives the others a clean name and the type that their bytes have. A
// file that is there twice counts once. The name's extension is that of the type, so that nothing is opened as what it is not.
func checkUploads(files []tertial.Upload) ([]tertial.Upload, error) {
	if len(files) > tertial.EvidenceFiles {
		return nil, fmt.Errorf("%w: files: there are %d, %d at most", tertial.ErrInvalid, len(files), tertial.EvidenceFiles)
	}
	type identity struct{ name, sha string }
	seen := make(map[identity]bool)
	var checked []tertial.Upload
	for _, f := range files {
		name := cleanName(f.Name)
		if len(f.Content) == 0 {
			return nil, fmt.Errorf("%w: files: %s is empty", tertial.ErrInvalid, cut(name))
		}
		if len(f.Content) > tertial.EvidenceSize {
			return nil, fmt.Errorf("%w: files: %s is larger than %d MB", tertial.ErrInvalid, cut(name), tertial.EvidenceSize>>20)
		}
		media := mediaType(strings.ToLower(path.Ext(name)), f.Content)
		if media == "" {
			return nil, fmt.Errorf("%w: files: %s is not taken; these are: %s", tertial.ErrInvalid, cut(name), takenFiles)
		}
		f.Name, f.Type = withExtension(name, media), media
		if id := (identity{f.Name, hashOf(f.Content)}); !seen[id] {
			seen[id] = true
			checked = append(checked, f)
		}
	}
	return checked, nil
}

// mediaType tells by its bytes what a file is, "" where it is nothing that is taken.
func mediaType(ext string, content []byte) string {
	sniffed, _, _ := strings.Cut(http.DetectContentType(content), ";")
	switch sniffed {
	case "application/pdf", "image/png", "image/jpeg":
		return sniffed
	case "application/zip":
		return officeType(content)
	case "text/html", "text/xml":
		if ext != ".md" { // which may begin with a tag
			return ""
		}
	}
	if ext == ".eml" {
		return mailType(content)
	}
	if !isText(content) {
		return ""
	}
	for _, t := range fileTypes() {
		if strings.HasPrefix(t.media, "text/") && t.ext[0] == ext {
			return t.media
		}
	}
	return ""
}

// isText reports whether the bytes are text that a person can read: UTF-8 without control characters.
func isText(content []byte) bool {
	odd := func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\r\n\f", r) }
	return utf8.Valid(content) && !bytes.ContainsFunc(content, odd)
}

// mailType is that of a saved mail which says from whom it is.
func mailType(content []byte) string {
	m, err := netmail.ReadMessage(bytes.NewReader(content))
	if err != nil || m.Header.Get("From") == "" || bytes.IndexByte(content, 0) >= 0 {
		return ""
	}
	return "message/rfc822"
}

// officeFiles is how many files an office document may be made of.
const officeFiles = 10_000

// officeType tells an office document by the files that it is made of, "" where it is none or has macros. Nothing is unpacked but
// the few bytes in which an OpenDocument file says what it is.
func officeType(content []byte) string {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil || len(z.File) > officeFiles {
		return ""
	}
	parts := make(map[string]*zip.File, len(z.File))
	for _, f := range z.File {
		name := strings.ToLower(f.Name)
		if strings.HasSuffix(name, "vbaproject.bin") || strings.HasPrefix(name, "basic/") || strings.HasPrefix(name, "scripts/") {
			return ""
		}
		parts[f.Name] = f
	}
	switch {
	case parts["[Content_Types].xml"] != nil && parts["word/document.xml"] != nil:
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case parts["[Content_Types].xml"] != nil && parts["xl/workbook.xml"] != nil:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case parts["mimetype"] != nil && parts["content.xml"] != nil:
		switch said := firstBytes(parts["mimetype"], 100); said {
		case "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet":
			return said
		}
	}
	return ""
}

func firstBytes(f *zip.File, n int64) string {
	r, err := f.Open()
	if err != nil {
		return ""
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, n))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// cleanName makes of what a browser says a name that is safe to show and to save under: no folder, nothing hidden, and
// short enough. It is never a path of ours.
func cleanName(name string) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r):
			return -1
		case strings.ContainsRune(`<>:"|?*;%`, r):
			return '_'
		}
		return r
	}, name)
	name = strings.Trim(strings.Join(strings.Fields(name), " "), " .")
	if stem, _, _ := strings.Cut(strings.ToUpper(name), "."); isDevice(stem) {
		name = "_" + name
	}
	if name == "" {
		return "underlag"
	}
	return shorten(name, tertial.EvidenceName)
}

// isDevice reports whether Windows takes a file's name for something else.
func isDevice(stem string) bool {
	switch stem {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	return len(stem) == 4 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")) && stem[3] >= '1' && stem[3] <= '9'
}

// shorten cuts a name to n characters before its extension.
func shorten(name string, n int) string {
	runes := []rune(name)
	if len(runes) <= n {
		return name
	}
	ext := []rune(path.Ext(name))
	if len(ext) > 10 {
		ext = nil
	}
	return strings.TrimRight(string(runes[:n-len(ext)]), " .") + string(ext)
}

// withExtension gives a name the extension of its type where it has another.
func withExtension(name, media string) string {
	for _, t := range fileTypes() {
		if t.media != media {
			continue
		}
		for _, ext := range t.ext {
			if strings.EqualFold(path.Ext(name), ext) {
				return name
			}
		}
		return shorten(name, tertial.EvidenceName-len(t.ext[0])) + t.ext[0]
	}
	return name
}
