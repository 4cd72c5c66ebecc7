"""Pages of meetings, agendas, resolutions and the work programme."""
