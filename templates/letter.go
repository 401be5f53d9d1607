package templates

import "html/template"

// Letter is what the templates mail/letter.html and mail/letter.txt lay out:
// one mail, all of it in the reader's language already. Both show the same.
type Letter struct {
	Language string // "sv"
	Subject  string
	// Preheader is the sentence that a mail program shows beside the subject.
	Preheader string
	// Marks stand first and set the mail apart: it was redirected, or is a test.
	Marks    []string
	Greeting string
	// Paragraphs say what the mail is about.
	Paragraphs []string
	Sections   []Section
	// Ask is what the reader can do now, Answers the ways to say it.
	Ask     string
	Answers []string
	Footer  []string
}

// Section is a heading with what stands under it; the heading may be empty.
type Section struct {
	Heading string
	Note    string
	// Buttons lead to pages, and Code is what can be typed there instead.
	Buttons []Link
	Code    string
	Blocks  []Piece
	Lines   []Line
	Table   *Table
	// More says what was left out, Link where it can be seen; both may be empty.
	More string
	Link string
}

// Block is one action in full, for mail/block.html and mail/block.txt.
type Block struct {
	Language string
	Ref      string
	Title    string // "" where titles do not leave the house
	// Symbol and State tell how the action stands; the symbol never stands alone.
	Symbol string
	State  string
	Facts  []Fact
	Notes  []string
	// Description is the action's text, by paragraphs.
	Description []string
	// Ask says what the links under it are for; More leads to what else can be answered, if there is anything.
	Ask   string
	Links []Link
	More  Link
}

// Link is a page, and the words that lead there.
type Link struct {
	Label string
	URL   string
}

// Fact is a label with its value.
type Fact struct {
	Label string
	Value string
}

// Line is one action, or anything else that fits on a line.
type Line struct {
	Ref  string
	Text string
}

// Table is a table whose first column names the rows; the other cells are numbers.
type Table struct {
	Caption string
	Head    []string
	Rows    [][]string
}

// Piece is a block as rendered: it can be kept and laid into other letters.
type Piece struct {
	text string
	html template.HTML
}

// Text returns the plain form.
func (p Piece) Text() string { return p.text }

// HTML returns the form for mail/letter.html. Only a checked template makes one.
func (p Piece) HTML() template.HTML { return p.html }
