package tertial

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Signer makes the secrets that leave in mail and on paper: nothing of them is stored, each can be made again from what
// it is for, and the database alone is of no use to who has it. It is safe for concurrent use.
type Signer struct{ secret []byte }

// NewSigner returns what signs with an instance's secret.
func NewSigner(secret []byte) *Signer { return &Signer{secret: secret} }

// linkText is how signatures are written: no letter is mistaken for another.
var linkText = base32.NewEncoding("abcdefghijkmnpqrstuvwxyz23456789").WithPadding(base32.NoPadding)

// mac signs fields for one purpose; 130 bits of it are enough and fit a line.
func (s *Signer) mac(purpose string, fields ...int64) []byte {
	h := hmac.New(sha256.New, s.secret)
	h.Write([]byte("tertial/" + purpose + "/v1\x00"))
	for _, f := range fields {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(f)))
	}
	return h.Sum(nil)
}

const macLetters = 26

func (s *Signer) sign(purpose string, fields ...int64) string {
	return linkText.EncodeToString(s.mac(purpose, fields...))[:macLetters]
}

// AnswerLink is what a link in a mail allows: one person to answer about one action, or, Action being 0, about
// all of the mail's, up to and including a day.
type AnswerLink struct {
	Message int64
	Person  int64
	Action  int64
	Expires Date
}

// AnswerDays is for how long after the due date (or the mail, where that is later) a link can be answered by.
const AnswerDays = 60

// Answer returns the link's token: "88-42-20270530-" and the signature.
func (s *Signer) Answer(l AnswerLink) string {
	return fmt.Sprintf("%d-%d-%s-%s", l.Message, l.Action, compact(l.Expires), s.sign("answer", l.Message, l.Person, l.Action, dayNumber(l.Expires)))
}

// ParseAnswer reads what a token says about itself. The person is not in it, and nothing is proven: see [Signer.IsAnswer].
func ParseAnswer(token string) (l AnswerLink, ok bool) {
	parts := strings.Split(token, "-")
	if len(parts) != 4 || len(parts[2]) != 8 || len(parts[3]) != macLetters {
		return AnswerLink{}, false
	}
	var okMessage, okAction bool
	l.Message, okMessage = number(parts[0])
	l.Action, okAction = number(parts[1])
	d := parts[2]
	day, err := ParseDate(d[:4] + "-" + d[4:6] + "-" + d[6:])
	l.Expires = day
	return l, okMessage && okAction && err == nil && l.Message > 0
}

// IsAnswer reports, in a time that does not tell how much was right, whether the token is the link's.
func (s *Signer) IsAnswer(token string, l AnswerLink) bool { return same(token, s.Answer(l)) }

// SignInToken returns the secret of a mailed sign-in link: "17-" and the signature.
func (s *Signer) SignInToken(id, person int64) string {
	return fmt.Sprintf("%d-%s", id, s.sign("sign-in", id, person))
}

// SignInCode returns the eight digits that can be typed instead of following the link.
func (s *Signer) SignInCode(id, person int64) string {
	n := binary.BigEndian.Uint64(s.mac("sign-in-code", id, person)) % 100_000_000
	return fmt.Sprintf("%08d", n)
}

// CalendarToken returns the secret of a person's calendar feed; a new serial makes the old one worthless.
func (s *Signer) CalendarToken(person, serial int64) string {
	return fmt.Sprintf("%d-%s", person, s.sign("calendar", person, serial))
}

// ParseToken reads the number before a token's signature. Nothing is proven by it.
func ParseToken(token string) (id int64, ok bool) {
	head, mac, found := strings.Cut(token, "-")
	id, ok = number(head)
	return id, ok && found && id > 0 && len(mac) == macLetters
}

// HashSecret is how a secret that was made at random is kept: its SHA-256 in hexadecimal.
func HashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// SameToken reports, in a time that does not tell how much was right, whether two secrets are equal.
func SameToken(a, b string) bool { return same(a, b) }

func same(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }

// number reads what [strconv.FormatInt] writes of a number that is not negative, and nothing else.
func number(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= 0 && strconv.FormatInt(n, 10) == text
}

func compact(d Date) string { return strings.ReplaceAll(d.String(), "-", "") }

// dayNumber is a date as one number: 20270530.
func dayNumber(d Date) int64 {
	n, _ := strconv.ParseInt(compact(d), 10, 64)
	return n
}
