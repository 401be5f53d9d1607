package report

import (
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"tertial/internal/tertial"
)

// ActionsXLSX writes a list of actions as a workbook of one sheet: a head that stays in sight, a filter in every column, days as days, and
// every text as a text. Rows that do not fit in memory wait in a temporary file until the workbook is written. The first error of the list,
// or of w, ends it, and before the list has ended nothing is written to w.
func ActionsXLSX(w io.Writer, lang string, actions iter.Seq2[tertial.Action, error]) (err error) {
	f := excelize.NewFile()
	defer func() {
		if closing := f.Close(); err == nil && closing != nil {
			err = fmt.Errorf("closing the workbook: %w", closing)
		}
	}()
	words := wordsOf(lang)
	s, err := newSheet(f, words)
	if err != nil {
		return fmt.Errorf("beginning the workbook: %w", err)
	}
	for a, err := range actions {
		if err != nil {
			return err
		}
		if err := s.add(words.cells(&a)); err != nil {
			return fmt.Errorf("writing the row of %s: %w", a.Ref, err)
		}
	}
	if err := s.finish(); err != nil {
		return fmt.Errorf("ending the workbook: %w", err)
	}
	return f.Write(w)
}

// sheet is the one sheet of a workbook, written row by row.
type sheet struct {
	stream *excelize.StreamWriter
	words  words
	row    int
	// Styles of cells.
	head, text, day int
}

// widths are those of the columns, in characters; the last counts for those that follow.
func widths() []float64 {
	return []float64{12, 12, 44, 60, 11, 16, 28, 24, 24, 12, 12, 13, 26, 44, 14, 10, 10, 14, 12, 40, 40, 32}
}

func newSheet(f *excelize.File, words words) (*sheet, error) {
	if err := f.SetSheetName(f.GetSheetName(0), words.sheet); err != nil {
		return nil, err
	}
	stream, err := f.NewStreamWriter(words.sheet)
	if err != nil {
		return nil, err
	}
	s := &sheet{stream: stream, words: words}
	isoDay := "yyyy-mm-dd"
	for _, style := range []struct {
		of  *int
		def excelize.Style
	}{
		{&s.head, excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}}},
		{&s.text, excelize.Style{Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}}},
		{&s.day, excelize.Style{CustomNumFmt: &isoDay, Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "left"}}},
	} {
		if *style.of, err = f.NewStyle(&style.def); err != nil {
			return nil, err
		}
	}
	for i, width := range widths() {
		if err := stream.SetColWidth(i+1, i+1, width); err != nil {
			return nil, err
		}
	}
	// The head and the first three columns (number, clause, title) stay in sight.
	if err := stream.SetPanes(&excelize.Panes{Freeze: true, XSplit: 3, YSplit: 1, TopLeftCell: "D2", ActivePane: "bottomRight"}); err != nil {
		return nil, err
	}
	heads := make([]any, len(words.heads))
	for i, h := range words.heads {
		heads[i] = excelize.Cell{StyleID: s.head, Value: h}
	}
	return s, s.set(heads)
}

func (s *sheet) set(values []any) error {
	s.row++
	return s.stream.SetRow(fmt.Sprintf("A%d", s.row), values)
}

func (s *sheet) add(cells []cell) error {
	values := make([]any, len(cells))
	for i, c := range cells {
		values[i] = s.value(c)
	}
	return s.set(values)
}

// value returns what the workbook keeps of a cell, with its style; nil is an empty cell.
func (s *sheet) value(c cell) any {
	switch c.kind {
	case isNumber:
		return excelize.Cell{StyleID: s.text, Value: c.number}
	case isDay:
		if c.day.IsZero() {
			return nil
		}
		if c.day.Year() <= 1900 { // spreadsheets count that year's days wrongly
			return excelize.Cell{StyleID: s.text, Value: c.day.String()}
		}
		y, m, d := c.day.Civil()
		return excelize.Cell{StyleID: s.day, Value: time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}
	}
	if c.text == "" {
		return nil
	}
	return excelize.Cell{StyleID: s.text, Value: fitted(c.text, s.words.cut)}
}

// finish lays a filter over the rows and ends the sheet.
func (s *sheet) finish() error {
	if s.row > 1 {
		last, err := excelize.CoordinatesToCellName(len(s.words.heads), s.row)
		if err != nil {
			return err
		}
		if err := s.stream.AddTable(&excelize.Table{Range: "A1:" + last, Name: "actions", StyleName: "TableStyleLight1"}); err != nil {
			return err
		}
	}
	return s.stream.Flush()
}

// cellUnits is how many UTF-16 units a cell of a workbook can hold.
const cellUnits = 32_767

// fitted returns a text that a cell can hold: without the controls that XML has no way to write, and cut with a mark where it is too long.
func fitted(s, mark string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, s)
	if len(s) <= cellUnits { // no text has more units than bytes
		return s
	}
	if utf16Len(s) <= cellUnits {
		return s
	}
	return cutAt(s, cellUnits-utf16Len(mark)) + mark
}

func utf16Len(s string) int {
	units := 0
	for _, r := range s {
		units += max(utf16.RuneLen(r), 1)
	}
	return units
}

// cutAt returns the longest head of s that has no more UTF-16 units than room.
func cutAt(s string, room int) string {
	units := 0
	for i, r := range s {
		n := max(utf16.RuneLen(r), 1)
		if units += n; units > room {
			return s[:i]
		}
	}
	return s
}
