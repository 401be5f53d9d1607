package store

import (
	"encoding/json"
	"unicode/utf8"
)

// appendJSON appends s as JSON, in the very bytes that [json.Marshal] makes of it: the log's chain is over them.
func appendJSON(b []byte, s string) []byte {
	start := len(b)
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c >= utf8.RuneSelf || c == '<' || c == '>' || c == '&':
			text, _ := json.Marshal(s) // a string always can
			return append(b[:start], text...)
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
