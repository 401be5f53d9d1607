package store

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"tertial/internal/tertial"
)

// ledgerRow is a try as the ledger has it.
type ledgerRow struct {
	MessageID int64   `db:"message_id"`
	Fence     int64   `db:"fence"`
	Worker    string  `db:"worker"`
	Claimed   instant `db:"claimed_at"`
	Marked    instant `db:"marked_at"`
	Started   instant `db:"started_at"`
	Ended     instant `db:"ended_at"`
	Verdict   string  `db:"verdict"`
	Phase     string  `db:"phase"`
	Code      int     `db:"code"`
	Enhanced  string  `db:"enhanced"`
	Reply     string  `db:"reply"`
}

func ledger(t testing.TB, s *Store) []ledgerRow {
	t.Helper()
	var rows []ledgerRow
	err := s.r.SelectContext(t.Context(), &rows, `SELECT message_id, fence, worker, claimed_at, marked_at, started_at, ended_at, verdict, phase, code, enhanced, reply
		FROM attempts ORDER BY message_id, fence`)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func verdicts(t testing.TB, s *Store) []string {
	t.Helper()
	all := []string{}
	for _, r := range ledger(t, s) {
		all = append(all, r.Verdict)
	}
	return all
}

// expire ends every lease.
func expire(t testing.TB, s *Store) {
	t.Helper()
	if _, err := s.w.Exec(`UPDATE messages SET lease_until = 1 WHERE lease_until IS NOT NULL`); err != nil {
		t.Fatal(err)
	}
}

// P9: every try stands in the ledger with what is known of it.
func TestTheLedgerKeepsATry(t *testing.T) {
	t.Run("P9 evidence of every try", func(t *testing.T) {
		each(t, func(t *testing.T, s *Store) {
			toldOf(t, s, draft("7.2", "2024-06-30", "HR"))
			claim := mustClaim(t, s, now)[0]
			marked := now.Add(time.Second)
			mustMark(t, s, marked, claim)
			o := outcome(claim, tertial.Temporary, now.Add(2*time.Second))
			o.Started, o.Code, o.Enhanced, o.Reply, o.NextTry = now.Add(500*time.Millisecond), 451, "4.7.1", "greylisted", now.Add(time.Minute)
			mustRecord(t, s, now.Add(3*time.Second), o)
			rows := ledger(t, s)
			want := ledgerRow{claim.Message.ID, 1, "w", instantOf(now), instantOf(marked), instantOf(o.Started), instantOf(o.Ended),
				"temporary", "dot", 451, "4.7.1", "greylisted"}
			if len(rows) != 1 || rows[0] != want {
				t.Errorf("got %+v, want %+v", rows, want)
			}
		})
	})
}

func TestWhatIsReturnedGoesBackAsItWas(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		toldOf(t, s, draft("7.2", "2024-06-30", "HR"))
		claim := mustClaim(t, s, now)[0]
		first := outcome(claim, tertial.Temporary, now)
		first.Code, first.Reply, first.NextTry = 451, "later", now
		mustRecord(t, s, now, first)
		before := verdicts(t, s)

		claim = mustClaim(t, s, now)[0]
		mustMark(t, s, now, claim) // with its group, but it was not its turn
		back := tertial.Outcome{Claim: claim, Verdict: tertial.Returned}
		mustRecord(t, s, now, back)
		m, err := s.Message(t.Context(), claim.Message.ID)
		if err != nil || m.State != tertial.MessageQueued || m.Attempts != 1 || m.Error != "451 later" || m.Subject != "Ärende" || !m.NextTry.Equal(now) {
			t.Errorf("got %+v, %v; want it queued now, one try, with the words of that", m, err)
		}
		equal(t, "the ledger", verdicts(t, s), before)

		claim = mustClaim(t, s, now)[0]
		back = tertial.Outcome{Claim: claim, Verdict: tertial.Returned, NextTry: now.Add(time.Hour)}
		mustRecord(t, s, now, back)
		if next, err := s.NextTry(t.Context(), now); err != nil || !next.Equal(back.NextTry) {
			t.Errorf("the next try: got %v, %v; want what the outcome says", next, err)
		}
		// What may have been sent stays so.
		at := now.Add(time.Hour)
		claim = mustClaim(t, s, at)[0]
		mustRecord(t, s, at, outcome(claim, tertial.Ambiguous, at))
		at = at.Add(doubtWait)
		claim = mustClaim(t, s, at)[0]
		mustRecord(t, s, at, tertial.Outcome{Claim: claim, Verdict: tertial.Returned})
		if got := state(t, s, claim.Message.ID); got != tertial.MessageUnknown {
			t.Errorf("one in doubt: got %s, want unknown", got)
		}
		if again := mustClaim(t, s, at); len(again) != 1 || !again[0].Resend {
			t.Errorf("one in doubt, again: got %+v", again)
		}
	})
}

func TestTheNextTryIsTheEarliestToCome(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		if next, err := s.NextTry(t.Context(), now); err != nil || !next.IsZero() {
			t.Errorf("with nothing queued: got %v, %v", next, err)
		}
		toldOf(t, s, draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-06-30", "IT"))
		claims := mustClaim(t, s, now)
		for i, wait := range []time.Duration{3 * time.Minute, 2 * time.Minute} {
			o := outcome(claims[i], tertial.Temporary, now)
			o.NextTry = now.Add(wait)
			mustRecord(t, s, now, o)
		}
		for after, want := range map[time.Duration]time.Duration{0: 2 * time.Minute, 2 * time.Minute: 3 * time.Minute} {
			if next, err := s.NextTry(t.Context(), now.Add(after)); err != nil || !next.Equal(now.Add(want)) {
				t.Errorf("after %v: got %v, %v; want %v", after, next, err, now.Add(want))
			}
		}
	})
}

func TestAThousandMessagesAreOneClaim(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		fillOutbox(t, s, 1000)
		claims, err := s.Claim(t.Context(), tertial.ClaimRequest{Now: now, Day: day("2024-03-04"), Open: true, Limit: 1000, Worker: "w", Lease: time.Minute})
		if err != nil || len(claims) != 1000 {
			t.Fatalf("got %d, %v", len(claims), err)
		}
		if lost, err := s.MarkDot(t.Context(), now, claims); err != nil || len(lost) > 0 {
			t.Fatalf("MarkDot: lost %d, %v", len(lost), err)
		}
		if err := s.Renew(t.Context(), claims, time.Hour); err != nil {
			t.Fatal(err)
		}
		outcomes := make([]tertial.Outcome, len(claims))
		for i, c := range claims {
			outcomes[i] = outcome(c, tertial.Accepted, now)
		}
		mustRecord(t, s, now, outcomes...)
		if n := count1(t, s, `SELECT COUNT(*) FROM notices WHERE state = 'told'`); n != 1000 {
			t.Errorf("told: got %d", n)
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM attempts WHERE verdict = 'accepted' AND marked_at IS NOT NULL`); n != 1000 {
			t.Errorf("tries: got %d", n)
		}
	})
}

// F31: whoever did not hear the answer to a record records again.
func TestRecordingTheSameAgainChangesNothing(t *testing.T) {
	t.Run("F31 outcomes recorded twice", func(t *testing.T) {
		each(t, func(t *testing.T, s *Store) {
			toldOf(t, s, draft("7.2", "2024-06-30", "A"))
			mustSave(t, s, now, person("cilla", "A"), person("david", "B"), person("eva", "C"), person("fred", "D"), person("gun", "E"))
			for i, role := range []string{"A", "B", "C", "D", "E"} {
				mustAdd(t, s, now, draft("8."+string(rune('1'+i)), "2024-06-30", role))
			}
			lookAll(t, s, now, telling(tertial.Upcoming, day("2024-03-04"), far))
			claims := mustClaim(t, s, now)
			if len(claims) != 5 {
				t.Fatalf("got %d claims", len(claims))
			}
			var outcomes []tertial.Outcome
			for i, v := range []tertial.Verdict{tertial.Accepted, tertial.Temporary, tertial.Refused, tertial.Ambiguous, tertial.Returned} {
				outcomes = append(outcomes, outcome(claims[i], v, now))
			}
			outcomes[4].NextTry = now.Add(time.Hour)
			mustRecord(t, s, now, outcomes...)
			before, rows := picture(t, s), ledger(t, s)
			mustRecord(t, s, now, outcomes...)
			if after := picture(t, s); after != before {
				t.Errorf("got\n%s\nwant\n%s", after, before)
			}
			if again := ledger(t, s); !slices.Equal(again, rows) {
				t.Errorf("the ledger: got %+v, want %+v", again, rows)
			}
			// Also where the group holds one of them twice.
			mustRecord(t, s, now, outcomes[0], outcomes[0], outcomes[3])
			if after := picture(t, s); after != before {
				t.Errorf("one twice: got\n%s\nwant\n%s", after, before)
			}
		})
	})
}

// P28: who has lost a claim sends nothing, and changes nothing unless the server took the mail.
func TestALostClaim(t *testing.T) {
	lose := func(t *testing.T, s *Store) []tertial.Claim {
		toldOf(t, s, draft("7.2", "2024-06-30", "HR"), draft("7.3", "2024-06-30", "IT"))
		claims := mustClaim(t, s, now)
		if s.d.leases {
			expire(t, s)
			lost, err := s.MarkDot(t.Context(), now, claims)
			if err != nil || len(lost) != 2 {
				t.Errorf("MarkDot after the lease: lost %v, %v; want both", lost, err)
			}
			if err := s.Renew(t.Context(), claims, time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.ReclaimDead(t.Context(), now); err != nil { // a lease that is over cannot be renewed
			t.Fatal(err)
		}
		equal(t, "the ledger", verdicts(t, s), []string{"crashed", "crashed"})
		return claims
	}
	t.Run("P28 a lease that is over starts no DATA", func(t *testing.T) {
		each(t, func(t *testing.T, s *Store) {
			claims := lose(t, s)
			held := mustClaim(t, s, now)
			if len(held) != 2 {
				t.Fatalf("claimed again: got %d", len(held))
			}
			lost, err := s.MarkDot(t.Context(), now, []tertial.Claim{claims[0], held[1]})
			if err != nil || !slices.Equal(lost, []int64{claims[0].Message.ID}) {
				t.Errorf("one lost, one held: got %v, %v", lost, err)
			}
			if n := count1(t, s, `SELECT COUNT(*) FROM messages WHERE marked_at IS NOT NULL`); n != 1 {
				t.Errorf("marked: got %d, want the held one alone", n)
			}
		})
	})
	t.Run("P28 a late outcome changes nothing but the ledger", func(t *testing.T) {
		each(t, func(t *testing.T, s *Store) {
			claims := lose(t, s)
			mustClaim(t, s, now)
			for _, v := range []tertial.Verdict{tertial.Temporary, tertial.Refused, tertial.Ambiguous, tertial.RelayDown, tertial.Broken, tertial.Kept, tertial.Returned} {
				before := picture(t, s)
				late := outcome(claims[0], v, now.Add(time.Minute))
				mustRecord(t, s, now, late)
				if got := state(t, s, claims[0].Message.ID); got != tertial.MessageSending {
					t.Errorf("%s: the message is %s", v, got)
				}
				if v != tertial.Returned {
					if r := ledger(t, s)[0]; r.Verdict != string(v) || r.Worker != "w" || !r.Claimed.Equal(now) || !r.Ended.Equal(late.Ended) {
						t.Errorf("%s: the ledger has %+v", v, r)
					}
					continue
				}
				if after := picture(t, s); after != before {
					t.Errorf("%s: got\n%s\nwant\n%s", v, after, before)
				}
			}
		})
	})
	t.Run("P28 a late acceptance is always merged", func(t *testing.T) {
		each(t, func(t *testing.T, s *Store) {
			claims := lose(t, s)
			held := mustClaim(t, s, now)
			mustRecord(t, s, now, outcome(claims[0], tertial.Accepted, now))
			if got := state(t, s, claims[0].Message.ID); got != tertial.MessageSent {
				t.Errorf("got %s, want sent", got)
			}
			equal(t, "notices", noticeStates(t, s), []string{"told", "placed"})
			// Who has it now is told to send nothing, and what they say of it changes nothing.
			if lost, err := s.MarkDot(t.Context(), now, held); err != nil || len(lost) != 1 {
				t.Errorf("the mark of who has it now: lost %v, %v", lost, err)
			}
			mustRecord(t, s, now, outcome(held[0], tertial.Refused, now))
			if got := state(t, s, claims[0].Message.ID); got != tertial.MessageSent {
				t.Errorf("after another's refusal: got %s, want sent", got)
			}
			equal(t, "the ledger", verdicts(t, s), []string{"accepted", "refused", "crashed"})
		})
	})
}

// P29: leases go by the clock of the database, whatever the workers' show.
func TestLeasesGoByTheDatabasesClock(t *testing.T) {
	for _, skew := range []time.Duration{10 * time.Minute, -10 * time.Minute, 24 * time.Hour, -24 * time.Hour} {
		t.Run("P29 F40 a worker's clock is off by "+skew.String(), func(t *testing.T) {
			each(t, func(t *testing.T, s *Store) {
				if !s.d.leases {
					t.Skip("one process has every claim, for as long as it lives")
				}
				at := now.Add(25 * time.Hour).Add(skew)
				id := enqueueTest(t, s, "a")
				claims, err := s.Claim(t.Context(), tertial.ClaimRequest{Now: at, Day: day("2024-03-05"), Worker: "skewed", Lease: time.Minute})
				if err != nil || len(claims) != 1 {
					t.Fatalf("got %d claims, %v", len(claims), err)
				}
				var left int64
				if err := s.r.Get(&left, `SELECT lease_until - `+s.d.now+` FROM messages WHERE id = $1`, id); err != nil || left <= 0 || left > 60_000 {
					t.Errorf("the lease lasts %d ms more, %v; want a minute from now by the database", left, err)
				}
				for _, other := range []time.Time{now, at.Add(365 * 24 * time.Hour)} { // the others' clocks
					if err := s.ReclaimDead(t.Context(), other); err != nil || state(t, s, id) != tertial.MessageSending {
						t.Errorf("taken back by a clock that shows %v: %v", other, err)
					}
				}
				mustMark(t, s, at, claims...)
				expire(t, s)
				if err := s.ReclaimDead(t.Context(), now.Add(-time.Hour)); err != nil || state(t, s, id) != tertial.MessageUnknown {
					t.Errorf("after the lease: %v, %s", err, state(t, s, id))
				}
			})
		})
	}
	t.Run("P29 the database's clock can be read", func(t *testing.T) {
		each(t, func(t *testing.T, s *Store) {
			before := time.Now().Add(-time.Second)
			got, err := s.Now(t.Context())
			if err != nil || got.Before(before) || got.After(time.Now().Add(time.Second)) {
				t.Errorf("got %v, %v; the server of the test is on this machine", got, err)
			}
		})
	})
}

// enqueueTest puts a test mail into the outbox.
func enqueueTest(t testing.TB, s *Store, key string) int64 {
	t.Helper()
	m := tertial.Message{Kind: tertial.TestMail, To: "isam@stad.example", Key: key, Day: day("2024-03-04"), Language: "sv"}
	if n, err := s.Enqueue(t.Context(), stampAt(now), []tertial.Message{m}); err != nil || n != 1 {
		t.Fatalf("Enqueue: %d, %v", n, err)
	}
	return int64(count1(t, s, `SELECT MAX(id) FROM messages`))
}

func TestTheLogSaysOfAMailWhatItAlwaysSaid(t *testing.T) {
	o := tertial.Outcome{Claim: tertial.Claim{Fence: 3, Message: tertial.Message{Kind: tertial.Reminder, Day: day("2024-03-04"),
		Items: []tertial.Item{{Ref: "2024-7.2", Kind: tertial.Due}, {Ref: `2024-å"<`, Kind: tertial.Overdue}}}}, Code: 550, Enhanced: "5.1.1"}
	const want = `{"kind":"reminder","day":"2024-03-04","items":[{"action":"2024-7.2","kind":"due"},{"action":"2024-å\"\u003c","kind":"overdue"}],"attempt":3,"code":550,"status":"5.1.1"}`
	if got := string(outcomeFacts(&o)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	o.Code, o.Enhanced, o.Claim.Message.Items = 0, "", nil
	if got := outcomeFacts(&o); string(got) != `{"kind":"reminder","day":"2024-03-04","items":[],"attempt":3}` || !json.Valid(got) {
		t.Errorf("with nothing to say: got %s", got)
	}
}
