package store

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"tertial/internal/tertial"
)

func mustOpen(t testing.TB, s *Store, id int64) (tertial.Evidence, []byte) {
	t.Helper()
	e, r, err := s.OpenEvidence(t.Context(), id)
	if err != nil {
		t.Fatalf("OpenEvidence: %v", err)
	}
	b, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	return e, b
}

func TestEvidenceComesBackAsItWasGiven(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		pdf := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte{0, 1, 0xff, '\\', '\''}, 1000)...)
		a := mustGive(t, s, now, "anna", tertial.Answer{Kind: tertial.AnswerDone},
			tertial.Upload{Name: `C:\tmp\Protokoll.pdf`, Type: "text/html", Content: pdf}, tertial.Upload{Name: "a.txt", Content: []byte("hej")})
		if len(a.Evidence) != 2 || a.Evidence[0].Name != "Protokoll.pdf" || a.Evidence[0].Type != "application/pdf" || a.Evidence[0].Person != "anna" ||
			a.Evidence[0].Size != int64(len(pdf)) || a.Evidence[0].SHA256 != hashOf(pdf) || a.Evidence[0].AnswerID != a.ID || !a.Evidence[0].At.Equal(now) {
			t.Fatalf("got %+v", a.Evidence)
		}
		if mustAction(t, s, "2024-7.2").Status != tertial.ReportedDone {
			t.Error("a file alone says that it is done")
		}
		e, content := mustOpen(t, s, a.Evidence[0].ID)
		if !bytes.Equal(content, pdf) || e != a.Evidence[0] {
			t.Errorf("got %+v with %d bytes", e, len(content))
		}
		files, err := s.ActionEvidence(t.Context(), "2024-7.2")
		if err != nil || len(files) != 2 || files[1].Name != "a.txt" || files[1].Ref != "2024-7.2" {
			t.Errorf("the action's: got %+v, %v", files, err)
		}
		if _, err := s.ActionEvidence(t.Context(), "2024-9.9"); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("of no action: got %v", err)
		}
		if _, err := s.ActionAnswers(t.Context(), "2024-9.9"); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("the answers of no action: got %v", err)
		}
		if _, _, err := s.OpenEvidence(t.Context(), 99); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("no file: got %v", err)
		}
		if _, err := s.w.Exec(`UPDATE evidence_content SET content = $1 WHERE sha256 = $2`, []byte("annat"), hashOf(pdf)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.OpenEvidence(t.Context(), a.Evidence[0].ID); err == nil {
			t.Error("bytes that were changed behind our back are handed out")
		}
	})
}

func TestTheSameBytesAreStoredOnceAndGoWithTheLastFile(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		mustAdd(t, s, now, draft("8.1", "", "HR"))
		file := tertial.Upload{Name: "a.txt", Content: []byte("samma")}
		first := mustGive(t, s, now, "anna", tertial.Answer{Kind: tertial.AnswerOnTrack}, file)
		second := mustGive(t, s, now, "anna", tertial.Answer{Ref: "2024-8.1", Kind: tertial.AnswerOnTrack}, file)
		if n := count1(t, s, `SELECT COUNT(*) FROM evidence_content`); n != 1 {
			t.Errorf("stored %d times", n)
		}
		if err := undo(t, s, now, first); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.OpenEvidence(t.Context(), first.Evidence[0].ID); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("what was taken back: got %v", err)
		}
		if _, content := mustOpen(t, s, second.Evidence[0].ID); string(content) != "samma" {
			t.Errorf("the other's: got %q", content)
		}
		if err := undo(t, s, now, second); err != nil {
			t.Fatal(err)
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM evidence_content`); n != 0 {
			t.Errorf("after both were taken back %d are stored", n)
		}
		if files, err := s.ActionEvidence(t.Context(), "2024-7.2"); err != nil || len(files) != 0 {
			t.Errorf("the action's: got %+v, %v", files, err)
		}
		if a, err := s.Answer(t.Context(), first.ID); err != nil || len(a.Evidence) != 0 {
			t.Errorf("the answer's: got %+v, %v", a, err)
		}
	})
}

// One takes back the last file with some bytes while another adds one with the same: the bytes are there whenever a file is.
func TestBytesAreThereWhileAFileIs(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		mustAdd(t, s, now, draft("8.1", "", "HR"))
		anna := idOf(t, s, "anna")
		file := tertial.Upload{Name: "a.txt", Content: []byte("samma")}
		for i := range 10 {
			at := now.Add(time.Duration(i) * time.Hour)
			given := mustGive(t, s, at, "anna", tertial.Answer{Kind: tertial.AnswerOnTrack}, file)
			var both sync.WaitGroup
			both.Go(func() {
				if _, err := s.UndoAnswer(t.Context(), stampAt(at), given.ID, anna); err != nil {
					t.Errorf("UndoAnswer: %v", err)
				}
			})
			var other tertial.Answer
			both.Go(func() {
				var err error
				if other, err = give(t, s, at, "anna", tertial.Answer{Ref: "2024-8.1", Kind: tertial.AnswerOnTrack}, file); err != nil {
					t.Errorf("GiveAnswer: %v", err)
				}
			})
			both.Wait()
			if t.Failed() {
				return
			}
			mustOpen(t, s, other.Evidence[0].ID)
			if err := undo(t, s, at, other); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestEvidenceIsAddedWithoutAnAnswer(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		ivar := idOf(t, s, "ivar")
		add := func(ref string, person int64, file tertial.Upload) (tertial.Evidence, error) {
			return s.AddEvidence(t.Context(), stampAt(now), ref, person, file)
		}
		file := tertial.Upload{Name: "a.txt", Content: []byte("hej")}
		mustEdit(t, s, now, "2024-7.2", func(a *tertial.Action) error { return a.Close(tertial.Done, "protokoll") })
		first, err := add("2024-7.2", ivar, file)
		if err != nil || first.ID == 0 || first.Type != "text/plain" || first.PersonID != ivar || first.AnswerID != 0 {
			t.Fatalf("to a closed action: got %+v, %v", first, err)
		}
		if again, err := add("2024-7.2", ivar, file); err != nil || again.ID != first.ID {
			t.Errorf("again: got %+v, %v", again, err)
		}
		if other, err := add("2024-7.2", 0, tertial.Upload{Name: "b.txt", Content: file.Content}); err != nil || other.ID == first.ID || other.Person != "" {
			t.Errorf("by nobody known, under another name: got %+v, %v", other, err)
		}
		if _, err := add("2024-9.9", ivar, file); !errors.Is(err, tertial.ErrNotFound) {
			t.Errorf("to no action: got %v", err)
		}
		if _, err := add("2024-7.2", ivar, tertial.Upload{Name: "a.exe", Content: []byte("MZ\x00")}); !errors.Is(err, tertial.ErrInvalid) {
			t.Errorf("a program: got %v", err)
		}
		files, err := s.ActionEvidence(t.Context(), "2024-7.2")
		if err != nil || len(files) != 2 || files[0].Person != "ivar" {
			t.Errorf("got %+v, %v", files, err)
		}
		if a := mustAction(t, s, "2024-7.2"); a.Version != 2 {
			t.Errorf("the action is at version %d", a.Version)
		}
		verifyLog(t, s)
	})
}

func TestAFileThatIsNotTakenStopsTheAnswer(t *testing.T) {
	each(t, func(t *testing.T, s *Store) {
		answerHouse(t, s)
		_, err := give(t, s, now, "anna", tertial.Answer{Kind: tertial.AnswerDone, Text: "klart"},
			tertial.Upload{Name: "a.txt", Content: []byte("hej")}, tertial.Upload{Name: "a.exe", Content: []byte("MZ\x00")})
		if !errors.Is(err, tertial.ErrInvalid) {
			t.Errorf("got %v", err)
		}
		if n := count1(t, s, `SELECT COUNT(*) FROM responses`) + count1(t, s, `SELECT COUNT(*) FROM evidence_content`); n != 0 {
			t.Errorf("%d rows were stored", n)
		}
	})
}
