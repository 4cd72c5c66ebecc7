"""Agenda, resolutions, approval route, waivers and the decision register."""
