package web

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"

	"tertial/internal/tertial"
)

// evidenceTypes is what a file field offers to choose from; what is taken the store decides, by the bytes.
const evidenceTypes = ".pdf,.png,.jpg,.jpeg,.txt,.csv,.md,.docx,.xlsx,.odt,.ods,.eml"

// addEvidence stores files that show that an action was done.
func (s *Server) addEvidence(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, 0)
	if err != nil {
		return err
	}
	a, _, may, err := s.openAction(r, v)
	if err != nil {
		return err
	}
	if !may.ticks {
		return errNotAllowed
	}
	files, added := f.files("file"), 0
	if len(files) == 0 {
		f.complain("file", "action.wrong.file.none")
	}
	for _, file := range files {
		_, err := s.o.House.AddEvidence(r.Context(), v.stamp("web evidence"), a.Ref, v.Viewer.Person.ID, file)
		switch {
		case err == nil:
			added++
		case errors.Is(err, tertial.ErrInvalid):
			f.complain("file", "action.wrong.file.type", "Name", file.Name)
		default:
			return err
		}
	}
	if !f.ok() {
		v.complain(f)
		return s.actionPage(w, r, v, http.StatusUnprocessableEntity)
	}
	return s.sent(w, r, v, actionPath(a.Ref)+"#evidence", "action.did.evidence", "N", added)
}

// downloadEvidence sends a file of an action that the viewer may see. It is always saved, never shown: a browser does nothing with it that its
// author wanted.
func (s *Server) downloadEvidence(w http.ResponseWriter, r *http.Request, v *visit) error {
	id, ok := pathID(r.PathValue("id"))
	if !ok {
		return errNoPage
	}
	a, _, _, err := s.openAction(r, v)
	if err != nil {
		return err
	}
	e, content, err := s.o.House.OpenEvidence(r.Context(), id)
	if err != nil {
		return err
	}
	defer content.Close()
	if e.Ref != a.Ref {
		return errNoPage
	}
	h := w.Header()
	h.Set("Content-Type", mediaOf(e.Type))
	h.Set("Content-Disposition", attachment(e.Name))
	h.Set("Content-Length", strconv.FormatInt(e.Size, 10))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	if r.Method == http.MethodHead {
		return nil
	}
	if _, err := io.Copy(w, content); err != nil {
		panic(http.ErrAbortHandler) // half a file must not look like a whole one
	}
	return nil
}

// mediaOf returns a type that can stand in a header: the file's, or that of bytes of which nothing is known.
func mediaOf(kind string) string {
	if _, _, err := mime.ParseMediaType(kind); err != nil {
		return "application/octet-stream"
	}
	return kind
}

// attachment is the header that makes a browser save a file under a name, whatever the name.
func attachment(name string) string {
	if h := mime.FormatMediaType("attachment", map[string]string{"filename": name}); h != "" {
		return h
	}
	return "attachment"
}

// sizeText writes how large a file is.
func sizeText(bytes int64) string {
	switch {
	case bytes < 1000:
		return fmt.Sprintf("%d B", bytes)
	case bytes < 1_000_000:
		return fmt.Sprintf("%d kB", (bytes+500)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
}
