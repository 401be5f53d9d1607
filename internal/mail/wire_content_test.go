package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tertial/internal/tertial"
	"tertial/internal/tools/smtptest"
)

// slowly is what appendContent must come to, the plain way.
func slowly(raw []byte) []byte {
	var out []byte
	for line := range bytes.Lines(raw) {
		for part := range strings.SplitSeq(strings.TrimRight(string(line), "\r\n"), "\r") {
			if strings.HasPrefix(part, ".") {
				out = append(out, '.')
			}
			out = append(append(out, part...), "\r\n"...)
		}
	}
	return out
}

func TestContentIsStuffedInOnePass(t *testing.T) {
	piece := rapid.SampledFrom([]string{"\r\n", "\r\n", "\n", "\r", ".", "..", "a", "en rad", "\r\n.", ".\r\n", "\r\r\n", "\n\r"})
	rapid.Check(t, func(rt *rapid.T) {
		raw := []byte(strings.Join(rapid.SliceOf(piece).Draw(rt, "pieces"), ""))
		had := []byte("what was there")
		got := appendContent(bytes.Clone(had), raw)
		if want := slowly(raw); !bytes.Equal(got[len(had):], want) || !bytes.HasPrefix(got, had) {
			rt.Errorf("%q: got %q, want %q", raw, got, want)
		}
	})
	right := []byte(strings.Repeat("A line as we write it.\r\n", 300))
	if got := appendContent(nil, right); !bytes.Equal(got, right) {
		t.Error("what was right has been changed")
	}
	room := make([]byte, 0, 2*len(right))
	if n := testing.AllocsPerRun(10, func() { appendContent(room, right) }); n != 0 {
		t.Errorf("%v allocations for a mail that needs nothing", n)
	}
}

func TestTheMailAndItsDotGoInOneWriteOfUpTo64KiB(t *testing.T) {
	const line = "0123456789 0123456789 0123456789 0123456789 0123456789 012345\r\n" // 63 bytes
	for name, tt := range map[string]struct {
		bytes int
		want  []int
	}{
		"a small one":                       {6 << 10, []int{6<<10 + 3}},
		"as much as goes in one":            {64<<10 - 3, []int{64 << 10}},
		"the dot does not fit":              {64<<10 - 2, []int{64 << 10, 1}},
		"nothing but the dot is left over":  {64 << 10, []int{64 << 10, 3}},
		"a large one, the dot in its last":  {200 << 10, []int{64 << 10, 64 << 10, 64 << 10, 8<<10 + 3}},
		"after a large one, a small one":    {300, []int{303}},
		"of the largest that there will be": {512 << 10, []int{64 << 10, 64 << 10, 64 << 10, 64 << 10, 64 << 10, 64 << 10, 64 << 10, 64 << 10, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			inBothModes(t, func(t *testing.T, _ bool, offered func(script) script) {
				s := smtptest.Script(t, offered(smtptest.Friendly))
				x := &tap{}
				c := dial(t, to(t, s.Addr(), x.use))
				raw := strings.Repeat(line, tt.bytes/len(line)+1)[:tt.bytes-2] + "\r\n"
				r := c.Send(t.Context(), sender, recipient, []byte(raw), func(context.Context) error { x.forget(); return nil })
				if r.Verdict != tertial.Accepted {
					t.Fatalf("got %+v", r)
				}
				var got []int
				for _, w := range x.writes() {
					got = append(got, len(w))
				}
				if fmt.Sprint(got) != fmt.Sprint(tt.want) {
					t.Errorf("writes: got %v, want %v", got, tt.want)
				}
				if m := s.Mails(); len(m) != 1 || string(m[0].Raw) != raw {
					t.Errorf("got %d mails, or another", len(m))
				}
				if cap(c.content) > 2*portion {
					t.Errorf("%d bytes are kept for the next mail", cap(c.content))
				}
			})
		})
	}
}

// The caller's leave is asked when the relay wants the mail; without it not a byte of the mail is said.
func TestNothingOfTheMailIsSaidWithoutLeave(t *testing.T) {
	inBothModes(t, func(t *testing.T, _ bool, offered func(script) script) {
		s := smtptest.Script(t, offered(smtptest.Friendly))
		x := &tap{}
		c := dial(t, to(t, s.Addr(), x.use))
		asked := 0
		r := c.Send(t.Context(), sender, recipient, []byte(strings.Repeat(body, 10_000)), func(context.Context) error {
			asked++
			x.forget()
			return errors.New("the claim is another's by now")
		})
		if r.Verdict != tertial.Temporary || r.Phase != tertial.PhaseData || !r.Undotted || !strings.Contains(r.Reply, "the claim is another's") || c.Usable() {
			t.Errorf("got %+v, usable %v", r, c.Usable())
		}
		if said := x.said(); said != "" || asked != 1 {
			t.Errorf("asked %d times, then said %.40q", asked, said)
		}
		if len(s.Bodies()) != 0 {
			t.Error("a mail arrived")
		}
	})
}

// What ctx ends is cut where nothing has been given away, and waited out where it has.
func TestWhenTheCallerGoes(t *testing.T) {
	for _, phase := range []smtptest.Phase{smtptest.MailFrom, smtptest.RcptTo, smtptest.Data, smtptest.Body, smtptest.Dot} {
		t.Run("at "+string(phase), func(t *testing.T) {
			inBothModes(t, func(t *testing.T, _ bool, offered func(script) script) {
				ctx, stop := context.WithCancelCause(t.Context())
				why := errors.New("we are going down")
				s := smtptest.Script(t, offered(func(turn smtptest.Turn) smtptest.Move {
					if turn.Phase != phase {
						return smtptest.Move{}
					}
					stop(why)
					if phase == smtptest.Body || phase == smtptest.Dot {
						return smtptest.Move{}
					}
					return smtptest.Hang()
				}))
				c := dial(t, to(t, s.Addr(), nil))
				r := c.Send(ctx, sender, recipient, []byte(body), yes)
				waited := phase == smtptest.Body || phase == smtptest.Dot
				if waited != (r.Verdict == tertial.Accepted && len(s.Mails()) == 1) {
					t.Errorf("got %+v, %d mails", r, len(s.Mails()))
				}
				if !waited && (r.Verdict != tertial.Temporary || !r.Undotted || c.Usable() || !strings.Contains(r.Reply, why.Error()) || len(s.Bodies()) != 0) {
					t.Errorf("got %+v, usable %v, %d mails", r, c.Usable(), len(s.Bodies()))
				}
			})
		})
	}
	t.Run("while the caller decides", func(t *testing.T) {
		s := smtptest.Script(t, smtptest.Friendly)
		c := dial(t, to(t, s.Addr(), nil))
		ctx, stop := context.WithCancel(t.Context())
		r := c.Send(ctx, sender, recipient, []byte(body), func(context.Context) error { stop(); return nil })
		if r.Verdict != tertial.Temporary || !r.Undotted || c.Usable() || len(s.Bodies()) != 0 {
			t.Errorf("got %+v, usable %v", r, c.Usable())
		}
	})
	t.Run("before a word", func(t *testing.T) {
		s := smtptest.Script(t, smtptest.Friendly)
		x := &tap{}
		c := dial(t, to(t, s.Addr(), x.use))
		x.forget()
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if r := c.Send(ctx, sender, recipient, []byte(body), yes); r.Verdict != tertial.Temporary || !r.Undotted || x.said() != "" {
			t.Errorf("got %+v, said %q", r, x.said())
		}
	})
}
