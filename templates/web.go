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
	"mime"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed web/*.html webtexts/*.json static/*
var embeddedWeb embed.FS

// The folders of what browsers see. A folder of one's own may hold files of the same names.
const (
	pageFolder   = "web"
	textFolder   = "webtexts"
	staticFolder = "static"
)

// Web is what browsers see: the sources of the pages, their texts, and the files that go with them. It is safe for
// concurrent use.
type Web struct {
	pages  map[string]string // "overview" → its source
	parts  map[string]string // those that every page may use: the layout, and part-….html
	texts  map[string]*Texts
	static map[string]StaticFile // by the name in its address
	named  map[string]string     // "site.css" → "site.3f2a…e1.css"
}

// StaticFile is one file that goes with the pages. Its address has its hash, so that it may be kept for ever.
type StaticFile struct {
	Type    string
	Content []byte
}

// LoadWeb reads the embedded pages, texts and files with those of overrideDir laid over them ("" for none). A file of the
// folder replaces the embedded one of the same path; a file of texts replaces only the texts that it holds.
func LoadWeb(overrideDir string) (*Web, error) {
	files, err := readAll(embeddedWeb)
	if err != nil {
		return nil, fmt.Errorf("read embedded pages: %w", err)
	}
	over, err := readWebOverrides(overrideDir, files)
	if err != nil {
		return nil, err
	}
	w := &Web{pages: make(map[string]string), parts: make(map[string]string), static: make(map[string]StaticFile), named: make(map[string]string)}
	if w.texts, err = loadWebTexts(files, over); err != nil {
		return nil, err
	}
	maps.DeleteFunc(over, func(name string, _ []byte) bool { return path.Dir(name) == textFolder })
	maps.Copy(files, over)
	for name, src := range files {
		switch path.Dir(name) {
		case pageFolder:
			w.addPage(strings.TrimSuffix(path.Base(name), ".html"), string(src))
		case staticFolder:
			w.addStatic(path.Base(name), src)
		}
	}
	return w, nil
}

func (w *Web) addPage(name, src string) {
	if name == "layout" || strings.HasPrefix(name, "part-") {
		w.parts[name] = src
		return
	}
	w.pages[name] = src
}

func (w *Web) addStatic(name string, content []byte) {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	served := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:])[:12] + ext
	w.static[served] = StaticFile{Type: mime.TypeByExtension(ext), Content: content}
	w.named[name] = served
}

// Texts returns the texts of a language, or the Swedish ones where there are none.
func (w *Web) Texts(language string) *Texts {
	if t, ok := w.texts[language]; ok {
		return t
	}
	return w.texts[Swedish]
}

// Static returns the file of an address's name.
func (w *Web) Static(served string) (StaticFile, bool) {
	f, ok := w.static[served]
	return f, ok
}

// StaticName returns the name in the address of a file, "" where there is no such file.
func (w *Web) StaticName(name string) string { return w.named[name] }

// Pages lists the names of the pages, sorted.
func (w *Web) Pages() []string { return slices.Sorted(maps.Keys(w.pages)) }

// Source returns the source of a page or a part, for those who examine them.
func (w *Web) Source(name string) string { return w.parts[name] + w.pages[name] }

// Parts lists the names of the parts, sorted.
func (w *Web) Parts() []string { return slices.Sorted(maps.Keys(w.parts)) }

// Parse makes every page with the given functions: the layout, all parts, and what the page itself defines. What is to
// be executed is the template "layout". Every error is told, each with its file.
func (w *Web) Parse(funcs html.FuncMap) (map[string]*html.Template, error) {
	base := html.New("").Funcs(funcs).Option("missingkey=error")
	for _, name := range w.Parts() {
		if _, err := base.New("part:" + name).Parse(w.parts[name]); err != nil {
			return nil, fmt.Errorf("%w: web/%s.html: %w", ErrTemplate, name, err)
		}
	}
	pages := make(map[string]*html.Template)
	var wrong []error
	for _, name := range w.Pages() {
		page, err := base.Clone()
		if err == nil {
			_, err = page.New("page:" + name).Parse(w.pages[name])
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%w: web/%s.html: %w", ErrTemplate, name, err))
			continue
		}
		pages[name] = page
	}
	return pages, errors.Join(wrong...)
}

// loadWebTexts joins the texts of all areas. That no id stands twice, and that the languages have the same ids, is held by
// a test.
func loadWebTexts(files, over map[string][]byte) (map[string]*Texts, error) {
	plurals, err := newPlurals()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTemplate, err)
	}
	texts := make(map[string]*Texts)
	for _, lang := range Languages() {
		all := make(map[string]entry)
		for _, name := range slices.Sorted(maps.Keys(files)) {
			if path.Dir(name) != textFolder || !strings.HasSuffix(name, "."+lang+".json") {
				continue
			}
			entries, err := readTexts(name, files[name])
			if err != nil {
				return nil, err
			}
			if src, ok := over[name]; ok {
				if err := overlay(entries, name, src); err != nil {
					return nil, err
				}
			}
			maps.Copy(all, entries)
		}
		texts[lang] = &Texts{language: lang, entries: all, plurals: plurals[lang]}
	}
	return texts, nil
}

// readWebOverrides reads the folders of pages, texts and files in dir. A name that replaces nothing is refused: it is a slip of the pen.
func readWebOverrides(dir string, known map[string][]byte) (map[string][]byte, error) {
	over := make(map[string][]byte)
	if dir == "" {
		return over, nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("%w: open the folder: %w", ErrTemplate, err)
	}
	defer root.Close()
	for _, folder := range []string{pageFolder, textFolder, staticFolder} {
		entries, err := fs.ReadDir(root.FS(), folder)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrTemplate, err)
		}
		for _, e := range entries {
			name := path.Join(folder, e.Name())
			if known[name] == nil {
				return nil, fmt.Errorf("%w: %s replaces nothing", ErrTemplate, filepath.Join(dir, filepath.FromSlash(name)))
			}
			if info, err := e.Info(); err == nil && info.Size() > maxOverride {
				return nil, fmt.Errorf("%w: %s is larger than %d bytes", ErrTemplate, filepath.Join(dir, filepath.FromSlash(name)), maxOverride)
			}
			if over[name], err = fs.ReadFile(root.FS(), name); err != nil {
				return nil, fmt.Errorf("%w: %w", ErrTemplate, err)
			}
		}
	}
	return over, nil
}
