// Package templates holds what people read: the texts in Swedish and English,
// the layout of mails, and a sample gap analysis. Everything is embedded; a
// folder may lay its own files over the embedded ones, file by file.
//
// A [Set] with templates of a folder is checked as a whole when it is loaded: every template is executed
// with ordinary and with hostile data, and what comes out is examined, so that
// a template which fails, runs away or carries a script is an error on the day
// it is written and not on the day a mail should go. The embedded ones are checked so by the tests.
//
// A template is executed by way of a program where it can have one, which is many times faster and
// puts out the same bytes; the embedded ones all have. A template that has none is slow, and nothing else.
// A Set keeps nothing of what it has rendered: there is nothing to grow, to age, or to differ between the first mail and the
// next. What will differ from reader to reader within a block (the links of its answers) is a field of [Block]
// like any other.
package templates

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	html "html/template"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	text "text/template"
)

//go:embed mail/*.html mail/*.txt texts/*.json
var embedded embed.FS

//go:embed sample/*
var sample embed.FS

// ErrTemplate is wrapped by everything that is wrong with a template or a text.
var ErrTemplate = errors.New("template")

// Sample returns the files of the sample that a trial instance is filled with.
func Sample() fs.FS {
	sub, err := fs.Sub(sample, "sample")
	if err != nil { // the name is a valid path, so it cannot fail
		return sample
	}
	return sub
}

// Set is every template and text, parsed once. It is safe for concurrent use.
type Set struct {
	text     *text.Template
	html     *html.Template
	programs map[string]*program
	texts    map[string]*Texts
	version  string
}

// Load parses the embedded templates with the files of overrideDir laid over
// them ("" for none) and checks the result. A file of the folder replaces the embedded
// one of the same path; a file of texts replaces only the texts that it holds.
// The error names the file, and the line where there is one.
func Load(overrideDir string) (*Set, error) {
	files, err := readAll(embedded)
	if err != nil {
		return nil, fmt.Errorf("read embedded templates: %w", err)
	}
	over, err := readOverrides(overrideDir, files)
	if err != nil {
		return nil, err
	}
	s := &Set{text: text.New("").Funcs(funcs()), html: html.New("")}
	if s.texts, err = loadTexts(files, over); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		src, where := files[name], name
		if o, ok := over[name]; ok {
			src, where = o, filepath.Join(overrideDir, filepath.FromSlash(name))
		}
		if err := s.parse(name, string(src)); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrTemplate, where, err)
		}
	}
	s.version = fingerprint(files, over)
	ours := !slices.ContainsFunc(slices.Collect(maps.Keys(over)), isTemplate)
	if !ours {
		if err := s.check(); err != nil {
			return nil, fmt.Errorf("%w: in %s: %w", ErrTemplate, overrideDir, err)
		}
	}
	if err := s.compile(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTemplate, err)
	}
	if !ours {
		s.compare()
	}
	return s, nil
}

func isTemplate(name string) bool { return path.Ext(name) == ".html" || path.Ext(name) == ".txt" }

// Version identifies the templates and texts: equal versions make equal bytes of equal facts.
func (s *Set) Version() string { return s.version }

// Texts returns the texts of the language, or the Swedish ones where there are none.
func (s *Set) Texts(language string) *Texts {
	if t, ok := s.texts[language]; ok {
		return t
	}
	return s.texts[Swedish]
}

func (s *Set) parse(name, src string) error {
	var err error
	switch path.Ext(name) {
	case ".html":
		_, err = s.html.New(name).Option("missingkey=error").Parse(src)
	case ".txt":
		_, err = s.text.New(name).Option("missingkey=error").Parse(src)
	}
	return err
}

func readAll(fsys fs.FS) (map[string][]byte, error) {
	files := make(map[string][]byte)
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[name], err = fs.ReadFile(fsys, name)
		return err
	})
	return files, err
}

// maxOverride bounds one file of a folder; a mail of that size would be refused anyway.
const maxOverride = 256 << 10

// webFolders are those of a folder's files that are laid over the pages: see [LoadWeb].
func webFolders() []string { return []string{"web", "webtexts", "static"} }

// readOverrides reads those files of the folder that are templates or texts of mails. A
// name that replaces nothing is refused: it is a slip of the pen.
func readOverrides(dir string, known map[string][]byte) (map[string][]byte, error) {
	over := make(map[string][]byte)
	if dir == "" {
		return over, nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("%w: open the folder: %w", ErrTemplate, err)
	}
	defer root.Close()
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(webFolders(), name):
			return fs.SkipDir
		case d.IsDir() || !slices.Contains([]string{".html", ".txt", ".json"}, path.Ext(name)):
			return nil
		case known[name] == nil:
			return fmt.Errorf("%s replaces nothing; the names are %s", filepath.Join(dir, name), strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
		if info, err := d.Info(); err == nil && info.Size() > maxOverride {
			return fmt.Errorf("%s is larger than %d bytes", filepath.Join(dir, name), maxOverride)
		}
		over[name], err = fs.ReadFile(root.FS(), name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTemplate, err)
	}
	return over, nil
}

func fingerprint(files, over map[string][]byte) string {
	h := sha256.New()
	for _, m := range []map[string][]byte{files, over} {
		for _, name := range slices.Sorted(maps.Keys(m)) {
			fmt.Fprintf(h, "%s %d\n", name, len(m[name]))
			h.Write(m[name])
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}
