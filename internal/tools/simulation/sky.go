package simulation

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// sky decides when what goes wrong. Days are fair or stormy; what happens on a stormy one is drawn as it comes.
type sky struct {
	w      *world
	faults bool
	stormy map[int]bool // by the day of the life
	away   []span       // when the database does not answer
	begun  time.Time
	end    time.Time // from here on all is well

	mu sync.Mutex
	// fuse is after how many calls and words the process dies, 0 where it is not lit.
	fuse  int
	after bool // it dies when what it wanted is done
	dice  *rand.Rand
	tales *rand.Rand // of answers that are lost
}

func newSky(w *world) *sky {
	s := &sky{w: w, faults: w.nature.faults, stormy: map[int]bool{}, dice: stream(w.seed, "sky"), tales: stream(w.seed, "tales")}
	s.begun = w.org.start.At(0, w.zone)
	s.end = w.org.start.AddDays(w.org.days).At(0, w.zone)
	if !s.faults {
		return s
	}
	storms := 0.2 + 0.6*s.dice.Float64()
	for day := range w.org.days {
		s.stormy[day] = chance(s.dice, storms)
		if s.stormy[day] && chance(s.dice, 0.3) {
			from := w.rules.SendTime(w.org.start.AddDays(day)).Add(time.Duration(s.dice.IntN(40)-10) * time.Minute)
			s.away = append(s.away, span{from, from.Add(time.Duration(1+s.dice.IntN(50)) * time.Minute)})
		}
	}
	return s
}

// over reports whether all is well from now on.
func (s *sky) over() bool { return !time.Now().Before(s.end) }

// storm reports whether things go wrong now.
func (s *sky) storm() bool {
	return s.faults && !s.over() && s.stormy[int(time.Since(s.begun)/(24*time.Hour))]
}

// databaseAway reports whether the database does not answer now.
func (s *sky) databaseAway() bool {
	now := time.Now()
	return !s.over() && slices.ContainsFunc(s.away, func(x span) bool { return !now.Before(x.from) && now.Before(x.to) })
}

// lies reports whether the answer to a commit is lost.
func (s *sky) lies() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.storm() && chance(s.tales, 0.02)
}

// light lights the fuse now and then.
func (s *sky) light() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fuse == 0 && s.storm() && chance(s.dice, 0.35) {
		s.fuse, s.after = 1+s.dice.IntN(60), chance(s.dice, 0.5)
	}
}

// spark burns the fuse by one call or word, and reports whether the process dies of it, before what it wants is
// done or after.
func (s *sky) spark() (before, after bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fuse == 0 || s.over() {
		return false, false
	}
	if s.fuse--; s.fuse > 0 {
		return false, false
	}
	return !s.after, s.after
}

// pause is how long a process that has died stays dead.
func (s *sky) pause() time.Duration {
	switch s.dice.IntN(12) {
	case 0:
		return time.Duration(1+s.dice.IntN(5))*24*time.Hour + time.Hour
	case 1, 2, 3:
		return time.Duration(1+s.dice.IntN(14)) * time.Hour
	}
	return time.Duration(1+s.dice.IntN(20)) * time.Minute
}
