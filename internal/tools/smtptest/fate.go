package smtptest

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Fault is one way in which a server fails a transaction.
type Fault struct {
	Name string
	At   Phase
	Move Move
}

// Faults are the ways in which real servers fail a transaction, each at its place. None of them
// says that there is no such person, which ends a message for good.
func Faults() []Fault {
	return []Fault{
		{"closing at the banner", Banner, DropAfter("421 4.3.2 too busy")},
		{"a line lost at the banner", Banner, Drop()},
		{"closing at MAIL", MailFrom, DropAfter("421 4.3.2 shutting down")},
		{"no disk at MAIL", MailFrom, Reply("452 4.3.1 insufficient storage")},
		{"a line lost at MAIL", MailFrom, Drop()},
		{"greylisted", RcptTo, Reply("451 4.7.1 greylisted")},
		{"mailbox full", RcptTo, Reply("452 4.2.2 mailbox full")},
		{"closing at RCPT", RcptTo, DropAfter("421 4.3.2 shutting down")},
		{"a line lost at RCPT", RcptTo, Drop()},
		{"no disk at DATA", Data, Reply("451 4.3.0 queue file")},
		{"a line lost at DATA", Data, Drop()},
		{"nothing after DATA", Data, Hang()},
		{"a line lost in the mail", Body, Drop()},
		{"no to the mail, for now", Dot, Reply("451 4.3.0 try again")},
		{"a line lost after the dot, the mail with it", Dot, Drop()},
		{"a line lost after the dot, the mail taken", Dot, Take()},
		{"a yes and a lost line", Dot, BreakAfter("250 2.0.0 queued")},
		{"a slow yes", Dot, Reply("250 2.0.0 queued").After(9 * time.Minute)},
		{"a yes that comes too late", Dot, Reply("250 2.0.0 queued").After(11 * time.Minute)},
		{"no word after the dot", Dot, Hang()},
	}
}

// Fate decides by chance what becomes of each transaction. What meets the nth transaction to a recipient depends on
// the seed, the recipient and n alone, so that it is the same in every run, however connections and other
// recipients come between. Faults at the banner and at MAIL, where the recipient is not known yet, go by the
// number of the connection and of the mail on it instead.
type Fate struct {
	seed   uint64
	share  float64
	early  []Fault // before the recipient is known
	late   []Fault
	mu     sync.Mutex
	tries  map[string]int // transactions by recipient, and mails by connection
	coming map[int]Fault  // to the transaction that runs on a connection
	met    map[string]int
}

// NewFate lets a share of the transactions, between 0 and 1, each meet one of the faults, all alike in
// likelihood; none given are [Faults].
func NewFate(seed uint64, share float64, faults ...Fault) *Fate {
	if len(faults) == 0 {
		faults = Faults()
	}
	f := &Fate{seed: seed, share: share / float64(len(faults)), tries: map[string]int{}, coming: map[int]Fault{}, met: map[string]int{}}
	for _, x := range faults {
		if slices.Contains([]Phase{Banner, Ehlo, Helo, Auth, MailFrom}, x.At) {
			f.early = append(f.early, x)
		} else {
			f.late = append(f.late, x)
		}
	}
	return f
}

// Move is the script, for [Script] and the like.
func (f *Fate) Move(turn Turn) Move {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch turn.Phase {
	case Banner:
		f.draw(turn.Conn, fmt.Sprintf("the banner of connection %d", turn.Conn), f.early, Banner)
	case MailFrom:
		f.draw(turn.Conn, fmt.Sprintf("a mail of connection %d", turn.Conn), f.early, MailFrom)
	case RcptTo:
		f.draw(turn.Conn, "to "+address(turn.Line), f.late, RcptTo, Data, Body, Dot)
	}
	fault, yes := f.coming[turn.Conn]
	if !yes || fault.At != turn.Phase {
		return Move{}
	}
	delete(f.coming, turn.Conn)
	f.met[fault.Name]++
	return fault.Move
}

// draw decides what will meet a transaction at one of the phases.
func (f *Fate) draw(conn int, of string, faults []Fault, at ...Phase) {
	delete(f.coming, conn)
	f.tries[of]++
	h := fnv.New64a()
	_ = binary.Write(h, binary.BigEndian, f.seed)
	fmt.Fprintf(h, "%d %s", f.tries[of], of)
	chance := rand.New(rand.NewPCG(f.seed, h.Sum64())).Float64()
	for _, x := range faults {
		if !slices.Contains(at, x.At) {
			continue
		}
		if chance -= f.share; chance < 0 {
			f.coming[conn] = x
			return
		}
	}
}

// Met says how often each fault was met, by name.
func (f *Fate) Met() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.met)
}
