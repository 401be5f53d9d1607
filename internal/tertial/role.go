package tertial

import (
	"strings"
	"unicode"
)

// Role is what a document names as owner: ISAM, HR, Säkerhetssamordnare; never a person.
type Role struct {
	ID   int64  `json:"-"`
	Name string `json:"name"` // as first written
}

// Coordinator is the key of the information security coordinator's role when
// nothing else is configured.
const Coordinator = "isam"

// coordinatorAliases are other names of the same role, as keys.
var coordinatorAliases = map[string]bool{
	"ciso":                             true,
	"informationssäkerhetssamordnare":  true,
	"informationssäkerhetssamordnaren": true,
	"infosäksamordnare":                true,
	"informationssäkerhetsansvarig":    true,
	"informationssäkerhetschef":        true,
	"informationsecuritycoordinator":   true,
	"informationsecurityofficer":       true,
	"informationsecuritymanager":       true,
	"chiefinformationsecurityofficer":  true,
}

// RoleKey returns what two names of one role have in common: case and spaces do not
// count, and the coordinator's other names are the coordinator. The name is taken to
// be in Unicode form C, as everything that is read is brought to.
func RoleKey(name string) string {
	key := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
	if coordinatorAliases[key] {
		return Coordinator
	}
	return key
}
