"""Pages of the timetable, its changes and rehearsals."""
