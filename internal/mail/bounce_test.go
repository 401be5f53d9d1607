package mail

import (
	"bytes"
	"errors"
	"math"
	netmail "net/mail"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tertial/internal/tertial"
)

func testKey(n byte) []byte { return bytes.Repeat([]byte{n, 7, 9, 200}, 8) }

func testBounces(t testing.TB) *Bounces {
	t.Helper()
	b, err := NewBounces("bounces@stad.example", testKey(1))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// P17.
func TestASignedSenderIsKnownAgain(t *testing.T) {
	b := testBounces(t)
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Int64Range(1, math.MaxInt64).Draw(t, "id")
		sender := b.Sender(id)
		local, _, _ := strings.Cut(sender, "@")
		if len(local) > 64 {
			t.Errorf("%s: %d octets before the @, and 64 are the most", sender, len(local))
		}
		if a, err := netmail.ParseAddress(sender); err != nil || a.Address != sender {
			t.Errorf("%s is no plain address: %v", sender, err)
		}
		for _, way := range []string{sender, strings.ToUpper(sender), "<" + sender + ">", "Studsar <" + sender + ">, x@y.se",
			strings.ReplaceAll(sender, "stad.example", "mail.other.example"), "SRS0=ab=cd=other=" + sender} {
			if got, err := b.ReadToken(way); got != id || err != nil {
				t.Errorf("%s: got %d, %v; want %d", way, got, err, id)
			}
		}
	})
}

func TestTheSenderOfAMessageIsAlwaysTheSame(t *testing.T) {
	b := testBounces(t)
	if got, want := b.Sender(88), testBounces(t).Sender(88); got != want || !strings.HasPrefix(got, "bounces+b88.") || !strings.HasSuffix(got, "@stad.example") {
		t.Errorf("got %s and %s", got, want)
	}
	if b.Sender(88) == b.Sender(89) || b.mac(8) == b.mac(88) {
		t.Error("two messages have one signature")
	}
}

func TestASignatureThatIsNotOursCountsForNothing(t *testing.T) {
	b := testBounces(t)
	other, err := NewBounces("bounces@stad.example", testKey(2))
	if err != nil {
		t.Fatal(err)
	}
	mac := b.mac(88)
	flipped := "a" + mac[1:]
	if mac[0] == 'a' {
		flipped = "b" + mac[1:]
	}
	for _, tt := range []struct {
		name, recipient string
		want            error
	}{
		{"nothing", "", tertial.ErrNotFound},
		{"an address without a signature", "bounces@stad.example", tertial.ErrNotFound},
		{"a number without a signature", "bounces+b88@stad.example", tertial.ErrNotFound},
		{"a signature that was cut off", "bounces+b88." + mac[:15] + "@stad.example", tertial.ErrNotFound},
		{"a signature with something behind it", "bounces+b88." + mac + "a@stad.example", tertial.ErrNotFound},
		{"a signature with a letter that none has", "bounces+b88." + mac[:15] + "1@stad.example", tertial.ErrNotFound},
		{"a letter of it changed", "bounces+b88." + flipped + "@stad.example", tertial.ErrRefused},
		{"another message's", "bounces+b89." + mac + "@stad.example", tertial.ErrRefused},
		{"another instance's", other.Sender(88), tertial.ErrRefused},
		{"a zero before the number", "bounces+b088." + mac + "@stad.example", tertial.ErrNotFound},
		{"a number that is none of ours", "bounces+b-88." + mac + "@stad.example", tertial.ErrNotFound},
		{"a number beyond all numbers", "bounces+b9999999999999999999." + mac + "@stad.example", tertial.ErrRefused},
		{"the key's own MAC of nothing", "bounces+b." + mac + "@stad.example", tertial.ErrNotFound},
		{"a sign after it that folds to a letter", "bounces+b88." + mac[:15] + "\u212a@stad.example", tertial.ErrNotFound},
	} {
		if id, err := b.ReadToken(tt.recipient); id != 0 || !errors.Is(err, tt.want) {
			t.Errorf("P17 %s: got %d, %v; want %v", tt.name, id, err, tt.want)
		}
	}
}

func TestOneGoodSignatureAmongOthersIsFoundAndGuessingIsBounded(t *testing.T) {
	b := testBounces(t)
	forged := "bounces+b88.aaaaaaaaaaaaaaaa@stad.example "
	if id, err := b.ReadToken(forged + b.Sender(7)); id != 7 || err != nil {
		t.Errorf("got %d, %v; want 7", id, err)
	}
	if id, err := b.ReadToken(strings.Repeat(forged, maxTokens) + b.Sender(7)); id != 0 || !errors.Is(err, tertial.ErrRefused) {
		t.Errorf("behind %d guesses: got %d, %v; want none", maxTokens, id, err)
	}
}

func TestTheKeyIsForThisPurposeAlone(t *testing.T) {
	b := testBounces(t)
	if bytes.Equal(b.key, testKey(1)) || len(b.key) != 32 {
		t.Error("B53 the secret itself signs")
	}
}

func TestWhatCannotSignIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name, address string
		key           []byte
	}{
		{"no address", "bounces", testKey(1)},
		{"no room for the signature", strings.Repeat("b", MaxBounceLocal+1) + "@stad.example", testKey(1)},
		{"B53 a short key", "bounces@stad.example", testKey(1)[:31]},
		{"no key", "bounces@stad.example", nil},
	} {
		if _, err := NewBounces(tt.address, tt.key); !errors.Is(err, tertial.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", tt.name, err)
		}
	}
	if b, err := NewBounces(strings.Repeat("b", MaxBounceLocal)+"@stad.example", testKey(1)); err != nil {
		t.Errorf("the longest: got %v", err)
	} else if local, _, _ := strings.Cut(b.Sender(math.MaxInt64), "@"); len(local) != 64 {
		t.Errorf("the longest: got %d octets, want 64", len(local))
	}
}

func TestTheEnvelopeIsSignedAndTheMailIsTheSame(t *testing.T) {
	b := testBounces(t)
	for name, change := range map[string]func(*Options){
		"to its reader":   func(*Options) {},
		"redirected mail": func(o *Options) { o.RedirectTo = "prov@stad.example" },
	} {
		m := samples(t)["overdue"]
		plain := render(t, testRenderer(t, change), m)
		signed := render(t, testRenderer(t, func(o *Options) { change(o); o.Bounces = b }), m)
		if plain.EnvelopeFrom != "tertial@stad.example" || signed.EnvelopeFrom != b.Sender(m.ID) {
			t.Errorf("%s: got %s and %s", name, plain.EnvelopeFrom, signed.EnvelopeFrom)
		}
		if !bytes.Equal(plain.Raw, signed.Raw) {
			t.Errorf("P6 %s: the mail differs with the envelope", name)
		}
	}
	m := samples(t)["overdue"]
	m.ID = 0 // a mail that is only shown
	if got := render(t, testRenderer(t, func(o *Options) { o.Bounces = b }), m).EnvelopeFrom; got != "tertial@stad.example" {
		t.Errorf("of no message: got %s", got)
	}
}
