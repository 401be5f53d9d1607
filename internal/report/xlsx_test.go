package report

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"tertial/internal/tertial"
)

// workbook writes a list and opens it again.
func workbook(t *testing.T, lang string, actions ...tertial.Action) *excelize.File {
	t.Helper()
	var b bytes.Buffer
	if err := ActionsXLSX(&b, lang, listOf(nil, actions...)); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatalf("opening what was written: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestAWorkbookInSwedish(t *testing.T) {
	f := workbook(t, "sv", training())
	rows, err := f.GetRows("Åtgärder")
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || rows[0][0] != "Nr" || rows[1][0] != "2024-7.2" || rows[1][2] != "Utbilda nya medarbetare" || rows[1][4] != "Hög" {
		t.Errorf("got %q", rows)
	}
	if got := rows[1][3]; got != "Ta fram en kurs.\n\nHåll den." {
		t.Errorf("the description reads %q", got)
	}
	if got := rows[1][10]; got != "2024-04-30" {
		t.Errorf("the due date shows as %q", got)
	}
}

func TestDaysAreDaysAndNumbersAreNumbers(t *testing.T) {
	f := workbook(t, "en", training())
	for cell, want := range map[string]string{"J2": "45292", "K2": "45412", "P2": "1", "Q2": "2"} {
		raw, err := f.GetCellValue("Actions", cell, excelize.Options{RawCellValue: true})
		if err != nil || raw != want {
			t.Errorf("%s: got %q, %v, want %s", cell, raw, err, want)
		}
		if kind, _ := f.GetCellType("Actions", cell); kind != excelize.CellTypeNumber && kind != excelize.CellTypeUnset {
			t.Errorf("%s has type %v, want a number", cell, kind)
		}
	}
}

func TestADayThatSpreadsheetsCannotCountIsText(t *testing.T) {
	a := training()
	a.Timing.Due = tertial.DateOf(1900, time.February, 28)
	f := workbook(t, "en", a)
	if got, _ := f.GetCellValue("Actions", "K2", excelize.Options{RawCellValue: true}); got != "1900-02-28" {
		t.Errorf("got %q", got)
	}
}

func TestNoTextIsAFormula(t *testing.T) {
	for _, title := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", `=HYPERLINK("x","y")`, "=cmd|' /C calc'!A0", "00123", "1.0E+05", "2024-01-01", "_x003D_1"} {
		a := training()
		a.Title, a.Note = title, title
		f := workbook(t, "sv", a)
		for _, cell := range []string{"C2", "T2"} {
			if formula, err := f.GetCellFormula("Åtgärder", cell); err != nil || formula != "" {
				t.Errorf("%q became the formula %q (%v)", title, formula, err)
			}
			if kind, _ := f.GetCellType("Åtgärder", cell); kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
				t.Errorf("%q has type %v, want a text", title, kind)
			}
			if got, _ := f.GetCellValue("Åtgärder", cell); got != title {
				t.Errorf("got %q, want %q as it is", got, title)
			}
		}
	}
}

func TestTextsThatNoCellCanHold(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"controls are left out", "a\x00b\x0bc\rd", "abcd"},
		{"line breaks stay", "a\nb\tc", "a\nb\tc"},
		{"a long text is cut with a mark", strings.Repeat("å", 40_000), strings.Repeat("å", 32_767-7) + "… (cut)"},
		{"signs of two units count as two", strings.Repeat("😀", 20_000), strings.Repeat("😀", 16_380) + "… (cut)"},
		{"just as long as a cell", strings.Repeat("å", 32_767), strings.Repeat("å", 32_767)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := fitted(tt.text, "… (cut)")
			if utf16Len(got) > cellUnits {
				t.Errorf("it has %d units", utf16Len(got))
			}
			if got != tt.want {
				t.Errorf("got %d units ending in %q, want %d", utf16Len(got), got[max(0, len(got)-12):], utf16Len(tt.want))
			}
		})
	}
}

func TestAnEmptyWorkbookOpens(t *testing.T) {
	f := workbook(t, "sv")
	if rows, err := f.GetRows("Åtgärder"); err != nil || len(rows) != 1 {
		t.Errorf("got %d rows, %v, want the head", len(rows), err)
	}
}

func TestAWorkbookWhoseListBreaksOffIsNotBegun(t *testing.T) {
	var b bytes.Buffer
	if err := ActionsXLSX(&b, "sv", listOf(errList, training())); !errors.Is(err, errList) {
		t.Errorf("got %v, want the list's error", err)
	}
	if b.Len() != 0 {
		t.Errorf("%d bytes were written of a workbook that has no end", b.Len())
	}
}

func TestAWorkbookThatCannotBeWrittenIsAnError(t *testing.T) {
	if err := ActionsXLSX(brokenWriter{}, "sv", listOf(nil, training())); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v, want the writer's error", err)
	}
}
