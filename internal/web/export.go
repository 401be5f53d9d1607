package web

import (
	"fmt"
	"io"
	"iter"
	"mime"
	"net/http"

	"tertial/internal/report"
	"tertial/internal/tertial"
)

// exportCSV sends the whole selection as CSV, while it is read.
func (s *Server) exportCSV(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.export(w, r, v, "csv", "text/csv; charset=utf-8", report.ActionsCSV)
}

// exportXLSX sends the whole selection as a workbook.
func (s *Server) exportXLSX(w http.ResponseWriter, r *http.Request, v *visit) error {
	return s.export(w, r, v, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", report.ActionsXLSX)
}

// export sends a file that write makes of the selection. What fails before the first byte is a page about it; what fails later breaks the
// connection, so that nobody takes half a list for a whole one.
func (s *Server) export(w http.ResponseWriter, r *http.Request, v *visit, ext, kind string, write func(io.Writer, string, iter.Seq2[tertial.Action, error]) error) error {
	f, err := readActionFilter(r.URL.Query(), v.Today)
	if err != nil {
		return err
	}
	if len(f.wrong) > 0 {
		return errAddress("%s says nothing that can be understood", f.wrong[0].Field)
	}
	q := f.query
	q.Limit, q.Offset = 0, 0
	name := fmt.Sprintf("%s-%s.%s", v.T("actions.file"), v.Today, ext)
	h := w.Header()
	out := &begun{w: w, begin: func() {
		h.Set("Content-Type", kind)
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		h.Set("X-Content-Type-Options", "nosniff")
	}}
	if r.Method == http.MethodHead {
		out.begin()
		return nil
	}
	if err := write(out, v.Lang, s.o.House.EachAction(r.Context(), q)); err != nil {
		if out.any {
			panic(http.ErrAbortHandler) // net/http's way to break off an answer
		}
		return err
	}
	return nil
}

// begun is a writer that sets the headers when the first byte is written, and knows whether one was.
type begun struct {
	w     io.Writer
	begin func()
	any   bool
}

func (b *begun) Write(p []byte) (int, error) {
	if !b.any {
		b.any = true
		b.begin()
	}
	return b.w.Write(p)
}
