package mail

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"tertial/internal/tertial"
)

// Bounces signs the envelope senders under which messages go out, and knows them again: a report that comes
// to one of them is about that message, and who does not have the key cannot
// make one up. It is safe for concurrent use.
type Bounces struct {
	local, domain string // of the address, with the separator
	key           []byte
}

const (
	// bouncePurpose sets this use of the instance's secret apart from every other.
	bouncePurpose = "tertial/bounce/v1"
	macBytes      = 10 // 80 bits; who guesses must ask our mail server each time
	macLetters    = macBytes * 8 / 5
	// tokenLength is the most that a signature adds to the local part: +b, the largest id, a dot and the MAC.
	tokenLength = 2 + 19 + 1 + macLetters
	// MaxBounceLocal is how long the local part of an address for bounces may be (RFC 5321 gives a local part 64 octets).
	MaxBounceLocal = 64 - tokenLength
)

// NewBounces returns the signer for the address to which bounces come. Of key, the instance's secret of 32 bytes
// or more, only what is derived from it is kept.
func NewBounces(address string, key []byte) (*Bounces, error) {
	address, err := bareAddress(address)
	if err != nil {
		return nil, fmt.Errorf("where bounces go: %w", err)
	}
	local, domain, _ := strings.Cut(address, "@")
	if len(local) > MaxBounceLocal {
		return nil, fmt.Errorf("%w: where bounces go: %.80q has more than %d characters before the @, which leaves no room for the signature",
			tertial.ErrInvalid, address, MaxBounceLocal)
	}
	if len(key) < sha256.Size {
		return nil, fmt.Errorf("%w: the secret that signs bounces has %d bytes, not %d or more", tertial.ErrInvalid, len(key), sha256.Size)
	}
	derived, err := hkdf.Key(sha256.New, key, nil, bouncePurpose, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("deriving the key that signs bounces: %w", err)
	}
	return &Bounces{local: local, domain: domain, key: derived}, nil
}

// Sender returns the envelope sender of the message: local+bID.MAC@domain. It is the same on every copy.
func (b *Bounces) Sender(id int64) string {
	return b.local + "+b" + strconv.FormatInt(id, 10) + "." + b.mac(id) + "@" + b.domain
}

// macLetter has no capitals, since a local part may lose them on its way.
var macLetter = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func (b *Bounces) mac(id int64) string {
	h := hmac.New(sha256.New, b.key)
	h.Write(strconv.AppendInt(nil, id, 10))
	return macLetter.EncodeToString(h.Sum(nil)[:macBytes])
}

// bounceToken is what a signature looks like, whatever stands before it.
var bounceToken = regexp.MustCompile(`\+[bB]([1-9][0-9]{0,18})\.([A-Za-z2-7]{16})@`)

// The most tokens of one field that are looked at: who sends more is trying them.
const maxTokens = 16

// ReadToken returns the number of the message whose envelope sender stands in recipient, which may be an address or any
// text with some: only the signature counts, not what is round it. Without one it is [tertial.ErrNotFound],
// with none that is ours [tertial.ErrRefused].
func (b *Bounces) ReadToken(recipient string) (id int64, err error) {
	tokens := bounceToken.FindAllStringSubmatch(recipient, maxTokens)
	if len(tokens) == 0 {
		return 0, fmt.Errorf("%w: no signed address", tertial.ErrNotFound)
	}
	for _, token := range tokens {
		id, err := strconv.ParseInt(token[1], 10, 64)
		if err == nil && hmac.Equal([]byte(strings.ToLower(token[2])), []byte(b.mac(id))) {
			return id, nil
		}
	}
	return 0, fmt.Errorf("%w: the signature is not ours", tertial.ErrRefused)
}

// envelopeFrom is where a bounce of the message goes.
func (r *Renderer) envelopeFrom(m *tertial.Message) string {
	if r.o.Bounces == nil || m.ID <= 0 {
		return r.from.Address
	}
	return r.o.Bounces.Sender(m.ID)
}
