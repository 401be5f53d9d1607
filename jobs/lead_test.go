package jobs

import (
	"testing"
	"time"
)

func TestAClockIsNeverTakenToBeFurtherAheadThanItIs(t *testing.T) {
	for _, tt := range []struct{ d, want time.Duration }{
		{0, 0}, {-20 * time.Microsecond, 0}, {400 * time.Microsecond, 0},
		{1700 * time.Microsecond, time.Millisecond}, {-1700 * time.Microsecond, -2 * time.Millisecond},
		{time.Hour + 600*time.Millisecond, time.Hour + 600*time.Millisecond}, {-time.Hour, -time.Hour},
	} {
		if got := lead(tt.d); got != tt.want {
			t.Errorf("%v: got %v, want %v", tt.d, got, tt.want)
		}
	}
}
