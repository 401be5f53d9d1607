package mail

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"testing"
	"time"

	"tertial/internal/tertial"
)

// index reads a Thread-Index: the thread's beginning and UUID, and how much later the mail is.
func readIndex(t *testing.T, p parsed) (opened time.Time, uuid []byte, later time.Duration) {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(p.header.Get("Thread-Index"))
	if err != nil || len(b) != 27 || b[0] != 1 {
		t.Fatalf("got % x, %v; want 27 bytes that begin with 1", b, err)
	}
	ticks := binary.BigEndian.Uint64(append(append([]byte{}, b[:6]...), 0, 0))
	opened = time.Unix(int64(ticks/10_000_000)-11644473600, int64(ticks%10_000_000)*100).UTC()
	delta := binary.BigEndian.Uint32(b[22:26])
	shift := 18
	if delta&0x80000000 != 0 {
		shift = 23
	}
	return opened, b[6:22], time.Duration(uint64(delta&0x7fffffff)<<shift) * 100
}

func TestMailsAboutAnActionAreOneConversation(t *testing.T) {
	r := testRenderer(t, nil)
	all := samples(t)
	var topic, refs string
	var id []byte
	for i, name := range []string{"assigned", "upcoming", "due", "overdue", "escalation", "checkpoint", "reported-done"} {
		m := all[name]
		m.ID, m.Created.Time = int64(100+i), written.AddDate(0, 0, i*7)
		p := parse(t, render(t, r, m).Raw)
		opened, uuid, later := readIndex(t, p)
		if got := m.Items[0].Opened.Sub(opened); got < 0 || got > 10*time.Millisecond {
			t.Errorf("%s: the thread began %v, want %v", name, opened, m.Items[0].Opened)
		}
		if off := m.Created.Sub(opened) - later; off < -time.Second || off > time.Second {
			t.Errorf("%s: is %v later, want %v", name, later, m.Created.Sub(opened))
		}
		if i == 0 {
			topic, refs, id = p.decoded(t, "Thread-Topic"), p.header.Get("References"), uuid
		}
		if p.decoded(t, "Thread-Topic") != topic || p.header.Get("References") != refs || p.header.Get("In-Reply-To") != refs || !bytes.Equal(uuid, id) {
			t.Errorf("%s is of another conversation", name)
		}
	}
	if id[6]>>4 != 5 || id[8]>>6 != 2 {
		t.Errorf("got % x, want a UUID of version 5", id)
	}
}

func TestConversationsAreOneAnAction(t *testing.T) {
	r := testRenderer(t, nil)
	one, other := samples(t)["upcoming"], samples(t)["upcoming"]
	other.Items[0].ActionID = 43
	a, b := parse(t, render(t, r, one).Raw), parse(t, render(t, r, other).Raw)
	_, x, _ := readIndex(t, a)
	_, y, _ := readIndex(t, b)
	if a.header.Get("References") == b.header.Get("References") || bytes.Equal(x, y) {
		t.Error("two actions with one title are one conversation")
	}
	p := parse(t, render(t, r, samples(t)["collected"]).Raw)
	for _, name := range []string{"References", "In-Reply-To", "Thread-Index", "Thread-Topic"} {
		if got := p.header.Get(name); got != "" {
			t.Errorf("a collected mail has %s: %s", name, got)
		}
	}
}

func TestAThreadLastsForYearsAndNeedsNoBeginning(t *testing.T) {
	m := samples(t)["upcoming"]
	m.Created.Time = m.Items[0].Opened.AddDate(6, 0, 0)
	if _, _, later := readIndex(t, parse(t, render(t, testRenderer(t, nil), m).Raw)); (m.Created.Sub(m.Items[0].Opened.Time) - later).Abs() > 2*time.Second {
		t.Errorf("six years later: got %v", later)
	}
	m.Items[0].Opened, m.Created = tertial.Instant{}, tertial.Instant{}
	p := parse(t, render(t, testRenderer(t, nil), m).Raw)
	readIndex(t, p)
	if got := p.header.Get("Date"); got != "Wed, 24 Mar 2027 00:00:00 +0000" {
		t.Errorf("a mail that is only shown is dated %q", got)
	}
}
