package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// apiBody is how many bytes a request may bring: two thousand steps with room to spare.
	apiBody = 1 << 20
	// apiDepth is how deep objects and lists may lie in each other; ours lie three deep.
	apiDepth = 16
)

// readAPIBody reads the object that a request brings. It takes JSON as RFC 8259 has it, and besides no name twice, no lone
// surrogate, no byte order mark and nothing behind the object: what two readers could understand differently is refused.
func readAPIBody(w http.ResponseWriter, r *http.Request) (*apiFields, error) {
	if err := checkAPIType(r); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, apiBody))
	if err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return nil, problemf(http.StatusRequestEntityTooLarge, "too_large", "the body has more than %d bytes", apiBody)
		}
		return nil, problemf(http.StatusBadRequest, "bad_request", "the body could not be read to its end")
	}
	value, err := parseAPI(body)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, badBody("", "must be an object, and is %s", jsonKind(value))
	}
	return newAPIFields(object), nil
}

// checkAPIType wants JSON in UTF-8 that nothing has packed.
func checkAPIType(r *http.Request) error {
	wrong := func(header, format string, args ...any) error {
		return problemf(http.StatusUnsupportedMediaType, "unsupported_media_type", format, args...).atHeader(header)
	}
	if packed := r.Header.Get("Content-Encoding"); packed != "" && !strings.EqualFold(packed, "identity") {
		return wrong("Content-Encoding", "send the body as it is, not packed")
	}
	given := r.Header.Values("Content-Type")
	if len(given) != 1 {
		return wrong("Content-Type", "say Content-Type: application/json, once")
	}
	media, parameters, err := mime.ParseMediaType(given[0])
	if err != nil || media != "application/json" {
		return wrong("Content-Type", "the body must be application/json")
	}
	if set := parameters["charset"]; set != "" && !strings.EqualFold(set, "utf-8") {
		return wrong("Content-Type", "the body must be UTF-8")
	}
	return nil
}

// badBody is a body that cannot be read, at a place named by a JSON pointer.
func badBody(pointer, format string, args ...any) *apiProblem {
	fault := apiFault{Pointer: "#" + pointer, Detail: fmt.Sprintf(format, args...)}
	p := problemf(http.StatusBadRequest, "bad_request", "%s: %s", fault.Pointer, fault.Detail)
	p.Errors = []apiFault{fault}
	return p
}

// parseAPI reads one JSON value. Numbers stay as written.
func parseAPI(body []byte) (any, error) {
	switch {
	case len(bytes.TrimLeft(body, " \t\r\n")) == 0:
		return nil, badBody("", "the body is empty: send an object")
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		return nil, badBody("", "the body begins with a byte order mark: send it without")
	case !utf8.Valid(body):
		return nil, badBody("", "the body is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	p := &apiParser{body: body, tokens: d}
	value, err := p.value("", 0)
	if err != nil {
		return nil, p.told(err)
	}
	if rest := bytes.TrimLeft(body[d.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return nil, badBody("", "something follows the object: %s", apiEcho(string(rest)))
	}
	return value, nil
}

// apiParser builds a value from the tokens of a body.
type apiParser struct {
	body   []byte
	tokens *json.Decoder
}

// told says where the body is no JSON.
func (p *apiParser) told(err error) error {
	if _, ok := errors.AsType[*apiProblem](err); ok {
		return err
	}
	at := int(p.tokens.InputOffset())
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = int(syntax.Offset)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return badBody("", "the body ends in the middle")
	}
	before := p.body[:min(max(at, 0), len(p.body))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return badBody("", "this is no JSON, near line %d, character %d", line, column)
}

func (p *apiParser) value(at string, depth int) (any, error) {
	t, err := p.next(at)
	if err != nil {
		return nil, err
	}
	open, ok := t.(json.Delim)
	switch {
	case !ok:
		return t, nil
	case depth >= apiDepth:
		return nil, badBody(at, "lies deeper than %d levels", apiDepth)
	case open == '{':
		return p.object(at, depth)
	}
	return p.list(at, depth)
}

func (p *apiParser) object(at string, depth int) (map[string]any, error) {
	object := map[string]any{}
	for p.tokens.More() {
		t, err := p.next(at)
		if err != nil {
			return nil, err
		}
		name, ok := t.(string)
		if !ok {
			return nil, badBody(at, "a name must be text")
		}
		inner := at + "/" + pointerPart(name)
		if _, twice := object[name]; twice {
			return nil, badBody(inner, "stands there twice")
		}
		if object[name], err = p.value(inner, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := p.tokens.Token() // the brace
	return object, err
}

func (p *apiParser) list(at string, depth int) ([]any, error) {
	list := []any{}
	for p.tokens.More() {
		x, err := p.value(at+"/"+strconv.Itoa(len(list)), depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	_, err := p.tokens.Token() // the bracket
	return list, err
}

// next returns the next token. A text with half of a surrogate pair would come as another one than was written.
func (p *apiParser) next(at string) (json.Token, error) {
	from := p.tokens.InputOffset()
	t, err := p.tokens.Token()
	if err != nil {
		return nil, err
	}
	if _, text := t.(string); text && hasLoneSurrogate(p.body[from:p.tokens.InputOffset()]) {
		return nil, badBody(at, "holds half of a surrogate pair")
	}
	return t, nil
}

// hasLoneSurrogate looks through the escapes of a text as it was written.
func hasLoneSurrogate(raw []byte) bool {
	high := false // the escape before was the first half of a pair, and ended here
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' || i+1 >= len(raw) {
			if high {
				return true
			}
			continue
		}
		i++
		unit := uint64(0)
		if raw[i] == 'u' && i+4 < len(raw) {
			unit, _ = strconv.ParseUint(string(raw[i+1:i+5]), 16, 16)
			i += 4
		}
		low := unit >= 0xdc00 && unit <= 0xdfff
		if low != high {
			return true
		}
		high = unit >= 0xd800 && unit <= 0xdbff
	}
	return high
}

// pointerPart writes a name for a JSON pointer (RFC 6901).
func pointerPart(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(apiShort(name, 80))
}

// jsonKind names what a value is.
func jsonKind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "true or false"
	case string:
		return "text"
	case json.Number:
		return "a number"
	case []any:
		return "a list"
	}
	return "an object"
}
