package smtptest

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"encoding/base64"
	"hash"
	"strings"

	"github.com/emersion/go-smtp"
)

// scram is the server's side of RFC 5802 without channel binding: the client proves that it knows the password, and the
// server that it does.
type scram struct {
	x    *session
	hash func() hash.Hash

	user, password string
	nonce          string
	first          string // the client's first message without its header, and the server's
	proven         bool
}

const (
	scramSalt  = "a salt for tests"
	scramTurns = 4096
	scramCount = "4096"
)

// Next takes the client's messages: none, its first, its proof, and its nod.
func (c *scram) Next(response []byte) (challenge []byte, done bool, err error) {
	said := string(response)
	switch {
	case c.proven:
		return nil, true, c.x.signIn(c.user, c.password)
	case c.first != "":
		return c.verify(said)
	case response == nil:
		return []byte{}, false, nil
	}
	return c.greet(said)
}

// greet answers n,,n=user,r=nonce.
func (c *scram) greet(said string) (challenge []byte, done bool, err error) {
	bare, ok := strings.CutPrefix(said, "n,,")
	name, nonce, also := strings.Cut(strings.TrimPrefix(bare, "n="), ",r=")
	if !ok || !also {
		return nil, true, smtp.ErrAuthFailed
	}
	c.user = strings.NewReplacer("=2C", ",", "=3D", "=").Replace(name)
	c.password = c.x.s.accounts[c.user] // who is not known learns it at the end, as by a wrong password
	c.nonce = nonce + rand.Text()
	answer := "r=" + c.nonce + ",s=" + base64.StdEncoding.EncodeToString([]byte(scramSalt)) + ",i=" + scramCount
	c.first = bare + "," + answer
	return []byte(answer), false, nil
}

// verify answers c=biws,r=nonce,p=proof.
func (c *scram) verify(said string) (challenge []byte, done bool, err error) {
	without, proof, ok := strings.Cut(said, ",p=")
	if !ok || without != "c=biws,r="+c.nonce {
		return nil, true, smtp.ErrAuthFailed
	}
	salted, err := pbkdf2.Key(c.hash, c.password, []byte(scramSalt), scramTurns, c.hash().Size())
	if err != nil {
		return nil, true, err
	}
	all := c.first + "," + without
	key := c.sign(salted, "Client Key")
	stored := c.hash()
	stored.Write(key)
	for i, b := range c.sign(stored.Sum(nil), all) {
		key[i] ^= b
	}
	given, err := base64.StdEncoding.DecodeString(proof)
	if err != nil || !hmac.Equal(given, key) {
		return nil, true, smtp.ErrAuthFailed
	}
	c.proven = true
	return []byte("v=" + base64.StdEncoding.EncodeToString(c.sign(c.sign(salted, "Server Key"), all))), false, nil
}

func (c *scram) sign(key []byte, text string) []byte {
	mac := hmac.New(c.hash, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
