package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTextIsMadeIntoJSONAsTheStandardLibraryDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("a\"\\/<>&\x00\x1f\x7f\u2028å\ufffd😀"))),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := appendJSON([]byte("x"), s); string(got) != "x"+string(want) {
			t.Fatalf("%q: got %s, want x%s", s, got, want)
		}
	})
}

// The chain of a log that exists must verify for ever: its hash is over the hash before, a line break, and the JSON of a list.
func TestTheChainIsMadeAsItAlwaysWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := entry{Seq: rapid.Int64().Draw(t, "seq"), At: instantOf(now.Add(time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "at")))),
			By: rapid.String().Draw(t, "by"), Via: rapid.String().Draw(t, "via"), Subject: rapid.String().Draw(t, "subject"),
			Verb: rapid.String().Draw(t, "verb"), Detail: rapid.String().Draw(t, "detail")}
		previous := rapid.StringMatching(`[0-9a-f]{0,64}`).Draw(t, "previous")
		list, err := json.Marshal([]any{e.Seq, e.At.UnixMilli(), e.By, e.Via, e.Subject, e.Verb, e.Detail})
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte(previous + "\n" + string(list)))
		if got := e.chain(previous); got != hex.EncodeToString(sum[:]) {
			t.Fatalf("%+v after %q: got %s", e, previous, got)
		}
	})
	e := entry{Seq: 7, At: instantOf(now), By: "deliver", Via: "deliver", Subject: "message 3", Verb: "sent", Detail: `{"kind":"reminder"}`}
	const want = "8edc6352c18473670a76dd2fbd7f3c74123af893076943cab6971041a66d2781"
	if got := e.chain("00ff"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
