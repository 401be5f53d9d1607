package web

import "net/http"

// apiHandler returns the interface for programs, to stand at /api/v1/.
func (s *Server) apiHandler() http.Handler {
	return newAPI(s.o.House, s.o.Rules, s.o.Clock, s.o.Log)
}
