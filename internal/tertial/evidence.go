package tertial

// Evidence is a file that shows that an action was done (underlag). Its bytes are apart.
type Evidence struct {
	ID       int64   `json:"id"`
	Ref      string  `json:"action"`
	AnswerID int64   `json:"-"`
	PersonID int64   `json:"-"`
	Person   string  `json:"person"` // who added it
	Name     string  `json:"name"`   // as given, cleaned; never a path of ours
	Type     string  `json:"type"`   // the media type, as its bytes say
	Size     int64   `json:"size"`
	SHA256   string  `json:"sha256"` // hexadecimal
	At       Instant `json:"at"`
}

const (
	// EvidenceSize is how many bytes a file may have.
	EvidenceSize = 10 << 20
	// EvidenceFiles is how many files one answer may have.
	EvidenceFiles = 5
	// EvidenceName is how many characters the name of a file may have.
	EvidenceName = 120
)

// Upload is evidence with its bytes, before it is stored.
type Upload struct {
	Name    string
	Type    string
	Content []byte
}
