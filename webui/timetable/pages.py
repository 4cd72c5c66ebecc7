"""The picture of a timetable page, drawn from what was read."""

from cycle import clock
from webui.charts.svg import Picture
from webui.charts.timetable import Lane, Mark, timetable_picture
from workflows.timetable.reading import YearTimetable
from workflows.timetable.reading_cycle import CycleTimetable


def picture(page: YearTimetable | CycleTimetable) -> Picture | None:
    """The picture of a page's rows; None where there is no date yet."""
    lanes = {key: Lane(words) for key, words in page.lanes}
    for row in page.rows:
        lane = lanes.setdefault(row.kind, Lane(row.kind))
        stands = {"open": "ahead", "past": "done"}.get(row.stands, row.stands)
        mark = Mark(row.due_on, row.title, stands, row.critical, row.starts_on, row.was_on)
        lane.marks.append(mark)
    drawn = [lane for lane in lanes.values() if lane.marks]
    return timetable_picture(f"Timetable, {page.title}", drawn, page.meetings, clock.today())
