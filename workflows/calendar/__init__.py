"""The municipal calendar: import, external dates, deadline rules and sheets, closure impact."""
