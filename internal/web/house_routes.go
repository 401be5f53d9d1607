package web

// houseRoutes are the pages of the year and the house: the wheel, calendars, people, mail and what else is kept.
func (s *Server) houseRoutes() []route {
	log := &logChecker{}
	feeds := &feedTimes{}
	return []route{
		{pattern: "GET /wheel", may: signedIn, serve: s.showWheel},
		{pattern: "GET /wheel.ics", may: signedIn, serve: s.wheelFile},
		{pattern: "GET /wheel/{key}/{year}", may: coordinates, serve: s.showWheelDate},
		{pattern: "POST /wheel/{key}/{year}", may: coordinates, serve: s.setWheelDate},
		{pattern: "GET /calendar", may: signedIn, serve: s.showCalendar},
		{pattern: "POST /calendar", may: signedIn, serve: s.newCalendar},
		{pattern: "GET /cal/{file}", may: byLink, serve: feeds.serve(s)},

		{pattern: "GET /dates", may: reads, serve: s.showDates},
		{pattern: "POST /dates", may: coordinates, serve: s.answerDates},

		{pattern: "GET /people", may: reads, serve: s.showPeople},
		{pattern: "GET /people/new", may: coordinates, serve: s.showNewPerson},
		{pattern: "POST /people/new", may: coordinates, serve: s.addPerson},
		{pattern: "GET /people/import", may: coordinates, serve: s.showPeopleImport},
		{pattern: "POST /people/import", may: coordinates, serve: s.previewPeople, body: uploadBody},
		{pattern: "POST /people/import/apply", may: coordinates, serve: s.applyPeople, body: uploadBody},
		{pattern: "GET /people/{id}", may: reads, serve: s.showPerson},
		{pattern: "POST /people/{id}", may: coordinates, serve: s.editPerson},
		{pattern: "POST /people/{id}/absence", may: coordinates, serve: s.setAbsence},
		{pattern: "POST /people/{id}/roles", may: coordinates, serve: s.addHolding},
		{pattern: "POST /people/{id}/roles/end", may: coordinates, serve: s.endHolding},
		{pattern: "GET /roles", may: reads, serve: s.showRoles},

		{pattern: "GET /mail", may: reads, serve: s.showMail},
		{pattern: "GET /mail/plan", may: reads, serve: s.showMailPlan},
		{pattern: "POST /mail/hold", may: coordinates, serve: s.holdMail},
		{pattern: "POST /mail/release", may: coordinates, serve: s.releaseMail},
		{pattern: "GET /mail/{id}", may: reads, serve: s.showMessage},
		{pattern: "GET /mail/{id}/html", may: reads, serve: s.showMessageHTML},
		{pattern: "POST /mail/{id}/retry", may: coordinates, serve: s.retryMessage},

		{pattern: "GET /imports", may: reads, serve: s.showImports},
		{pattern: "POST /imports/preview", may: coordinates, serve: s.previewImport, body: uploadBody},
		{pattern: "POST /imports", may: coordinates, serve: s.applyImport, body: uploadBody},
		{pattern: "GET /imports/{id}", may: reads, serve: s.showAssessment},
		{pattern: "POST /imports/{id}/undo", may: coordinates, serve: s.undoImport},

		{pattern: "GET /checks", may: reads, serve: s.showChecks},
		{pattern: "GET /log", may: reads, serve: s.showLog},
		{pattern: "GET /log/verify", may: reads, serve: log.serve(s)},

		{pattern: "GET /settings", may: reads, serve: s.showSettings},
		{pattern: "POST /settings/tokens", may: coordinates, serve: s.makeToken, many: []string{"scope"}},
		{pattern: "POST /settings/tokens/{id}/revoke", may: coordinates, serve: s.revokeToken},
		{pattern: "GET /help", may: anybody, serve: s.showHelp},
	}
}
