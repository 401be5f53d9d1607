package tertial

import "testing"

func TestWhatABounceComesTo(t *testing.T) {
	for _, tt := range []struct {
		name, action, status   string
		failed, delayed, wrong bool // the address
	}{
		{"nobody of that name", "failed", "5.1.1", true, false, true},
		{"no such domain", "failed", "5.1.2", true, false, true},
		{"a mailbox that is full", "failed", "5.2.2", true, false, false},
		{"somebody's policy", "failed", "5.7.1", true, false, false},
		{"our own address", "failed", "5.1.8", true, false, false},
		{"our own address, badly written", "failed", "5.1.7", true, false, false},
		{"given up after days", "failed", "4.4.7", true, false, false},
		{"no status at all", "failed", "", true, false, false},
		{"a status that only looks like one", "failed", "5.10.1", true, false, false},
		{"a delay", "delayed", "4.4.1", false, true, false},
		{"a delay with a hard status", "delayed", "5.1.1", false, true, false},
		{"delivered", "delivered", "2.0.0", false, false, false},
		{"relayed", "relayed", "5.1.1", false, false, false},
		{"nothing", "", "", false, false, false},
	} {
		b := Bounce{Action: tt.action, Status: tt.status}
		if got := [3]bool{b.Failed(), b.Delayed(), b.NoSuchAddress()}; got != [3]bool{tt.failed, tt.delayed, tt.wrong} {
			t.Errorf("%s: got %v, want %v", tt.name, got, [3]bool{tt.failed, tt.delayed, tt.wrong})
		}
	}
}
