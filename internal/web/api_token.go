package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
)

// tokenPrefix lets people, and scanners of sources, know a token of ours when they see one.
const tokenPrefix = "tt_"

// The scopes: what a token lets a program do.
const (
	scopeReadActions  = "read:actions"
	scopeWriteActions = "write:actions"
	scopeReadPeople   = "read:people"
	scopeWritePeople  = "write:people"
	scopeReadMessages = "read:messages"
	scopeReadPlan     = "read:plan"
)

// apiScopes lists every scope, in the order in which a page offers them.
func apiScopes() []string {
	return []string{scopeReadActions, scopeWriteActions, scopeReadPeople, scopeWritePeople, scopeReadMessages, scopeReadPlan}
}

// newToken makes the secret of a token, to be shown once, and the hash by which it is kept.
func newToken() (secret, hash string) {
	secret = tokenPrefix + rand.Text()
	return secret, hashToken(secret)
}

// hashToken returns the hash by which a token is kept. The secret has 130 random bits: it needs neither salt nor a slow hash.
func hashToken(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// isAPIToken reports whether a text has the form of a token, so that nothing else is ever looked up.
func isAPIToken(s string) bool {
	body, ok := strings.CutPrefix(s, tokenPrefix)
	return ok && len(body) >= 26 && len(body) <= 64 && !strings.ContainsFunc(body, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < '2' || r > '7')
	})
}

// apiBearer returns the token of a request's Authorization header, "" where it has none that could be one.
func apiBearer(r *http.Request) string {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return ""
	}
	scheme, secret, _ := strings.Cut(values[0], " ")
	secret = strings.Trim(secret, " ")
	if !strings.EqualFold(scheme, "Bearer") || !isAPIToken(secret) {
		return ""
	}
	return secret
}

// hasTokenInAddress reports whether somebody has put a token into the query, where logs and histories keep it.
func hasTokenInAddress(query string) bool {
	for pair := range strings.FieldsFuncSeq(query, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, _ := strings.Cut(pair, "=")
		if slices.Contains([]string{"access_token", "token", "api_key", "apikey", "bearer", "authorization"}, strings.ToLower(name)) ||
			strings.HasPrefix(value, tokenPrefix) {
			return true
		}
	}
	return false
}
