package mail

import (
	"crypto/sha1" //nolint:gosec // a name-based UUID is defined by it
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"time"

	"tertial/internal/tertial"
)

// thread is the conversation about one action. Mail programs tell it by References;
// Outlook by Thread-Topic and Thread-Index.
type thread struct {
	id     string // Message-ID of a first mail that never was
	opened time.Time
}

func (r *Renderer) thread(it *tertial.Item) thread {
	key := strconv.FormatInt(it.ActionID, 10)
	if it.ActionID == 0 { // of a mail that is only shown
		key = "ref." + idPart(it.Ref)
	}
	t := thread{id: "<action." + key + "@" + r.o.Host + ">", opened: it.Opened.UTC()}
	if it.Opened.IsZero() {
		t.opened = time.Unix(0, 0).UTC()
	}
	return t
}

// uuid is the thread's name-based UUID (RFC 9562, version 5, with the name space of URLs).
func (t thread) uuid() [16]byte {
	space := [16]byte{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}
	sum := sha1.Sum(append(space[:], "mid:"+t.id[1:len(t.id)-1]...)) //nolint:gosec // see above
	var u [16]byte
	copy(u[:], sum[:])
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	return u
}

// index is the Thread-Index of one of the thread's mails (MS-OXOMSG 2.2.1.3): when the thread
// began and its UUID, then five bytes for the mail itself: how much later it was written, and four bits of
// its Message-ID where Outlook takes random ones.
func (t thread) index(id string, created time.Time) string {
	var head [8]byte
	binary.BigEndian.PutUint64(head[:], filetime(t.opened))
	u := t.uuid()
	index := append(head[:6:6], u[:]...) // the first of the six is 1 for centuries
	var later uint64
	if created.After(t.opened) {
		later = filetime(created) - filetime(t.opened)
	}
	var delta uint32
	if later>>49 == 0 { // less than 1.8 years, in steps of 26 ms
		delta = uint32(later >> 18 & 0x7fffffff)
	} else {
		delta = uint32(later>>23&0x7fffffff) | 0x80000000
	}
	index = binary.BigEndian.AppendUint32(index, delta)
	sum := sha1.Sum([]byte(id)) //nolint:gosec // spreads, protects nothing
	index = append(index, sum[0]&0xf0)
	return base64.StdEncoding.EncodeToString(index)
}

// filetime counts tenths of microseconds since 1601.
func filetime(t time.Time) uint64 {
	const epoch = 11644473600
	return uint64(t.Unix()+epoch)*10_000_000 + uint64(t.Nanosecond()/100)
}
