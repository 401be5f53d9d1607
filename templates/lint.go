package templates

import (
	"fmt"
	"slices"
	"strings"
)

// Elements that a mail must not hold, and those that have no end tag.
var (
	forbidden = []string{"script", "form", "input", "button", "img", "iframe", "object", "embed", "link", "base", "svg", "video", "audio"}
	void      = []string{"area", "br", "col", "hr", "meta", "wbr"}
)

// lint examines a rendered mail: a language, every element closed in its turn,
// nothing that runs, nothing that is fetched.
func lint(page string) error {
	var open []string
	line := 1
	for page != "" {
		i := strings.IndexByte(page, '<')
		if i < 0 {
			break
		}
		line += strings.Count(page[:i], "\n")
		tag, rest, err := cutTag(page[i:])
		if err != nil {
			return fmt.Errorf("line %d of the output: %w", line, err)
		}
		line += strings.Count(page[i:len(page)-len(rest)], "\n")
		page = rest
		if tag.name == "" {
			continue
		}
		if open, err = tag.apply(open, &page); err != nil {
			return fmt.Errorf("line %d of the output: %w", line, err)
		}
	}
	if len(open) > 0 {
		return fmt.Errorf("<%s> is never closed", open[len(open)-1])
	}
	return nil
}

type tag struct {
	name  string // "" for a comment or a doctype
	end   bool
	attrs map[string]string
}

// apply opens or closes the element and returns those that are open then.
func (t tag) apply(open []string, rest *string) ([]string, error) {
	switch {
	case slices.Contains(forbidden, t.name):
		return nil, fmt.Errorf("a mail cannot hold <%s>", t.name)
	case t.end:
		if len(open) == 0 || open[len(open)-1] != t.name {
			return nil, fmt.Errorf("</%s> closes nothing", t.name)
		}
		return open[:len(open)-1], nil
	}
	if t.name == "html" && t.attrs["lang"] == "" {
		return nil, fmt.Errorf("<html> says no language (lang)")
	}
	for name, value := range t.attrs {
		if err := checkAttr(name, strings.ToLower(strings.TrimSpace(value))); err != nil {
			return nil, err
		}
	}
	if t.name == "style" { // its content is no markup
		_, after, found := strings.Cut(*rest, "</style>")
		if !found {
			return nil, fmt.Errorf("<style> is never closed")
		}
		*rest = after
		return open, nil
	}
	if slices.Contains(void, t.name) {
		return open, nil
	}
	return append(open, t.name), nil
}

func checkAttr(name, value string) error {
	switch {
	case strings.HasPrefix(name, "on"):
		return fmt.Errorf("the attribute %s runs a script", name)
	case name == "src" || name == "background" || name == "srcset":
		return fmt.Errorf("the attribute %s fetches from elsewhere", name)
	case strings.Contains(value, "url("):
		return fmt.Errorf("the style %q fetches from elsewhere", value)
	case name == "href" && !strings.HasPrefix(value, "https://") && !strings.HasPrefix(value, "http://") && !strings.HasPrefix(value, "mailto:"):
		return fmt.Errorf("the link %q leads nowhere", value)
	}
	return nil
}

// cutTag reads the tag that s begins with.
func cutTag(s string) (tag, string, error) {
	if strings.HasPrefix(s, "<!--") {
		_, rest, found := strings.Cut(s, "-->")
		if !found {
			return tag{}, "", fmt.Errorf("a comment is never closed")
		}
		return tag{}, rest, nil
	}
	t := tag{attrs: map[string]string{}}
	s = s[1:]
	if s, t.end = strings.CutPrefix(s, "/"); s == "" {
		return tag{}, "", fmt.Errorf("a tag is never closed")
	}
	n := strings.IndexAny(s, " \t\r\n>/")
	if n < 0 {
		return tag{}, "", fmt.Errorf("a tag is never closed")
	}
	t.name, s = strings.ToLower(s[:n]), s[n:]
	if strings.HasPrefix(t.name, "!") {
		t.name = ""
	}
	for {
		s = strings.TrimLeft(s, " \t\r\n/")
		if s == "" {
			return tag{}, "", fmt.Errorf("<%s is never closed", t.name)
		}
		if s[0] == '>' {
			return t, s[1:], nil
		}
		n := strings.IndexAny(s, "= \t\r\n>")
		if n < 0 {
			return tag{}, "", fmt.Errorf("<%s is never closed", t.name)
		}
		name := strings.ToLower(s[:n])
		s = s[n:]
		value := ""
		if strings.HasPrefix(s, "=") {
			var ok bool
			if value, s, ok = cutValue(s[1:]); !ok {
				return tag{}, "", fmt.Errorf("the attribute %s of <%s> is never closed", name, t.name)
			}
		}
		t.attrs[name] = value
	}
}

func cutValue(s string) (value, rest string, ok bool) {
	if s == "" {
		return "", "", false
	}
	if q := s[:1]; q == `"` || q == `'` {
		return strings.Cut(s[1:], q)
	}
	n := strings.IndexAny(s, " \t\r\n>")
	if n < 0 {
		return "", "", false
	}
	return s[:n], s[n:], true
}
