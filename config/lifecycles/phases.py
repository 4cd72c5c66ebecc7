"""The phase of a state: the one word by which code knows how far a thing is, whatever it is called.

The rule that lives here: states and their names are a framework's own; each says its phase, and
code asks for phases, never for a state by its name. A phase says what may become of a thing:

- ``not_started``: it is made, and nobody works on it yet;
- ``draft``: it is being written, or changed after it was returned;
- ``in_review``: officers look at it, or it is asked for and not answered;
- ``settled``: what it says is fixed and has no effect yet (a plan that is approved, dates that are
  approved, a report that is closed for changes);
- ``before_bodies``: members have it (a plan on its route, a report that is published);
- ``in_force``: it has its effect (a plan in force, a year that is open, dates that are applied);
- ``ended``: it had its effect and has no more (superseded, closed, decided, taken back);
- ``withdrawn``: it came to nothing (withdrawn, refused).
"""

from enum import StrEnum


class Phase(StrEnum):
    """How far a thing is. The values stand in frameworks and in ``subject.phase``."""

    NOT_STARTED = "not_started"
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    SETTLED = "settled"
    BEFORE_BODIES = "before_bodies"
    IN_FORCE = "in_force"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


# Work is going on in a year: it is decided how it goes on, or it is open.
WORKING = (Phase.DRAFT, Phase.IN_FORCE)
# Nothing is left to do on a plan: it has its effect, had it, or came to nothing.
DONE = (Phase.IN_FORCE, Phase.ENDED, Phase.WITHDRAWN)
# Nothing more becomes of it.
OVER = (Phase.ENDED, Phase.WITHDRAWN)
# What it says was approved, now or once.
APPROVED = (Phase.SETTLED, Phase.IN_FORCE, Phase.ENDED)
