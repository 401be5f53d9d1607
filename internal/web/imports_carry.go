package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"

	"tertial/internal/tertial"
)

const (
	uploadBytes = 10 << 20 // the largest file
	carryBytes  = 40 << 10 // the longest packed file that a page carries
)

// carried is a file between its preview and the moment it is applied. Nothing of it is kept here meanwhile: a small one goes
// along in the page, a large one is chosen again, and its sum says whether it is still the one that was looked at.
type carried struct {
	Name   string
	SHA256 string
	Packed string // "" where the file must be chosen again
}

// carry packs a file into a page.
func carry(name string, content []byte) (carried, error) {
	c := carried{Name: name, SHA256: sumOf(content)}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(content); err != nil {
		return carried{}, fmt.Errorf("packing an upload: %w", err)
	}
	if err := z.Close(); err != nil {
		return carried{}, fmt.Errorf("packing an upload: %w", err)
	}
	if packed := base64.StdEncoding.EncodeToString(b.Bytes()); len(packed) <= carryBytes {
		c.Packed = packed
	}
	return c, nil
}

// unpack returns the file that a page carried. What unpacks to more than a file may be is refused before it is read.
func unpack(packed string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		return nil, fmt.Errorf("%w: file: it was damaged on the way", tertial.ErrInvalid)
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%w: file: it was damaged on the way", tertial.ErrInvalid)
	}
	content, err := io.ReadAll(io.LimitReader(z, uploadBytes+1))
	if err != nil || len(content) > uploadBytes {
		return nil, fmt.Errorf("%w: file: it was damaged on the way", tertial.ErrInvalid)
	}
	return content, nil
}

// same reports whether the content is the one that was looked at.
func (c *carried) same(content []byte) bool { return c.SHA256 == sumOf(content) }

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
