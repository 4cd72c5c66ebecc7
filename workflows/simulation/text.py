"""What made-up people write: plain sentences and rows for any template, the same for one seed.

The rule that lives here: every required field of a row is answered with something of its kind; a
row that may belong to a parent row does, so that the golden thread holds.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from config.framework import Field, ItemType, SectionTemplate
from workflows.reports.report_form import FIRST_WORDS, YES, Box
from workflows.simulation.written import About, Written, WrittenRow

# Openings and middles of plain sentences; any opening goes with any middle.
_OPENINGS = (
    "Last year {service} reached more people than the year before",
    "Demand for {service} grew by {n}%",
    "Residents told us what matters most to them",
    "Costs rose faster than income",
    "{service} works with partners across the county",
    "Most people who use {service} are satisfied",
)
_MIDDLES = (
    "and we will keep to the standards that were promised.",
    "so the plan begins with what can be done sooner.",
    "and the measures below show where we stand.",
    "while {n} of every hundred cases still take too long.",
    "and the money for it is named under resources.",
    "so we will look at it again in September.",
)
_ROWS: Mapping[str, Sequence[str]] = {
    "ambition": ("A county where everyone has a safe home and a fair start",),
    "value": ("We are open about what we do", "We spend as if it were our own"),
    "priority": ("Homes that people can afford", "Care close to home", "Roads that last"),
    "community_outcome": (
        "More people live independently for longer",
        "Fewer households are without a home",
        "Children are ready for school",
    ),
    "customer_outcome": (
        "People get an answer within ten working days",
        "Those who need help are seen in the week in which they ask",
    ),
    "measure": (
        "Requests answered within ten working days",
        "People satisfied with the service",
        "Visits made on the day that was promised",
    ),
    "indicator": ("Households in temporary accommodation", "Healthy life expectancy"),
    "action": (
        "Open a second advice point in the north of the county",
        "Replace the two oldest vehicles",
        "Cut the waiting list by a third",
        "Train every team manager in reading the figures",
    ),
    "risk": (
        "Too few qualified people apply, so visits come late",
        "Prices rise above the budget, so fewer repairs are done",
    ),
    "pressure": (
        "More people over 85 need support each year",
        "The price of energy is still above what was planned for",
    ),
    "bid": (
        "Two more advisers for people at risk of losing their home",
        "Energy saved by new lighting",
        "One contract instead of three",
    ),
    "commissioning": ("Provide with own staff and share the depot",),
    "resource": ("Staff in post and agreed vacancies", "Vehicles and fuel"),
    "review": ("How the service is organised and what it costs",),
}
# What is said in the other fields of a row.
_PHRASES: Mapping[str, str] = {
    "definition": "Counted each quarter from the service's own records.",
    "unit": "%",
    "meaning": "It shows in how we treat people, and each other.",
    "why": "Residents named it first when they were asked.",
    "baseline": "As it was last year",
    "target": "Better than last year",
    "comparison": "The average of similar counties",
    "response": "The service's managers look at it each month and act on what they see.",
    "effect": "People are seen sooner, and fewer come back in a crisis.",
    "model": "The county's own teams, with the districts",
    "reasons": "All four choices were costed; this one keeps what people rely on for the least.",
}
_REASONS = (
    "It is not yet clear who benefits, and by how much.",
    "The measures do not show whether the outcome is reached.",
    "The money named does not agree with the draft budget.",
)
# What a reviewer asks for beside any section, and the sentence that answers it.
_COMMENTS = {
    "Say where the figures come from.": "The figures are those of the monitoring of September.",
    "Say what has changed since last year.": "Since last year only the figures have changed.",
    "Say when this is looked at again.": "This is looked at again in the mid-year report.",
}
_BETTER = {"baseline": (30, 60), "target": (65, 95)}  # a target lies above where it starts
_FINANCE = (
    "The costs named in the report are within the approved budget.",
    "There is no call on reserves; the amounts agree with the draft budget.",
)
_LAW = (
    "The recommendations fall within the terms of reference of this body.",
    "The duties named in the report have been met.",
)


class Row(NamedTuple):
    """A row that a plan has, as far as others may belong to it."""

    section: str
    kind: str
    uid: str
    words: str
    service: str

    @classmethod
    def of(cls, section: str, kind: str, uid: str, written: WrittenRow) -> "Row":
        """The row that was made of what was written."""
        values = written.values
        return cls(section, kind, uid, values.get("text", ""), values.get("service", ""))


def parent_of(rows: Sequence[Row], kind: ItemType, written: WrittenRow, number: int) -> str | None:
    """The row to which one belongs: the one that its words name, else one of its service, else
    any; None where there is none of a fitting kind."""
    fitting = [row for row in rows if row.kind in kind.parents]
    for row in fitting:
        if written.under and row.words == written.under:
            return row.uid
    service = written.values.get("service", "")
    own = [row for row in fitting if row.service == service] or fitting
    return own[number % len(own)].uid if own else None


@dataclass(frozen=True)
class Words:
    """The vocabulary of one simulation. ``written`` is what a council's own people write; the rest
    is made up."""

    seed: int
    written: Written | None = None

    def dice(self, *about: object) -> random.Random:
        """Chance that depends on nothing but the seed and what it is about."""
        return random.Random("|".join(str(each) for each in (self.seed, *about)))  # noqa: S311

    def text(self, ref: str, section: str, service: str) -> str:
        """Two or three sentences for a text section."""
        dice = self.dice(ref, section)
        count = dice.choice((2, 3))
        return " ".join(
            f"{dice.choice(_OPENINGS)}, {dice.choice(_MIDDLES)}".format(
                service=service, n=dice.randint(3, 18)
            )
            for _ in range(count)
        )

    def has_news(self, about: About, section: str) -> bool:
        """Whether the section is written anew in the plan's year, though last year's is there."""
        return self.written is not None and self.written.has_news(about, section)

    def section(self, about: About, section: str, services: Sequence[str]) -> str:
        """A text section of a plan; ``services`` are those whose sums it may name."""
        written = self.written and self.written.text(about, section, services)
        return written or self.text(about.ref, section, about.service or "the council")

    def rows(
        self,
        about: About,
        section: str,
        kind: ItemType,
        services: Sequence[str],
        named: Sequence[str],
    ) -> list[WrittenRow]:
        """The rows of one kind in a section; made up, it is one for each of ``named``."""
        if self.written is not None:
            written = self.written.rows(about, section, kind, services)
            if written is not None:
                return written
        return [
            WrittenRow(self.row(about.ref, kind, number, service, about.year))
            for number, service in enumerate(named)
        ]

    def row(self, ref: str, kind: ItemType, number: int, service: str, year: int) -> dict[str, str]:
        """The fields of one row of a section."""
        dice = self.dice(ref, kind.key, number)
        first = _ROWS.get(kind.key, (f"{kind.title} of {service}",))
        phrase = first[(dice.randrange(len(first)) + number) % len(first)]
        return {
            each.key: self._field(each, kind, dice, phrase, service, year) for each in kind.fields
        }

    def _field(
        self,
        field: Field,
        kind: ItemType,
        dice: random.Random,
        phrase: str,
        service: str,
        year: int,
    ) -> str:
        if field.key == "text":
            return phrase
        if field.key == "service":
            return service
        if field.kind == "choice":
            return dice.choice(field.choices)
        if field.kind == "money":
            return str(dice.randrange(12, 480) * 1000)
        if field.kind == "number" and field.key in _BETTER:
            return str(dice.randrange(*_BETTER[field.key]))
        if field.kind == "number":
            return str(dice.randrange(5, 95))
        if field.kind == "date":
            # What comes after another date is in the second half of the plan year.
            months = (10, 12) if field.after else (6, 9)
            return date(year, dice.randint(*months), 28).isoformat()
        if field.key in ("owner", "lead"):
            return f"Manager, {service}"
        if field.key in _PHRASES:
            return _PHRASES[field.key]
        return f"{kind.title}: {phrase[0].lower()}{phrase[1:]}."

    def rows_of(self, ref: str, section: SectionTemplate) -> int:
        """How many rows a section gets."""
        return self.dice(ref, section.key, "rows").choice((2, 2, 3))

    def reason(self, ref: str) -> str:
        """Why a plan is returned."""
        return self.dice(ref, "reason").choice(_REASONS)

    def remark(self, ref: str, section: str) -> str:
        """A comment beside a section."""
        return self.dice(ref, section, "remark").choice(tuple(_COMMENTS))

    def answer(self, ref: str, section: str) -> str:
        """The sentence that the author adds after that comment."""
        return _COMMENTS[self.remark(ref, section)]

    def report(self, ref: str, kind: str, title: str, boxes: Sequence[Box]) -> dict[str, str]:
        """The report's answers in each box, for a plan of this type; what it begins with stays."""
        known = {
            "background": self.text(ref, "background", title),
            "other_options": "None: the plan is required by the council's planning framework.",
            "reasons": "The plan says what the council will do and how it will be judged.",
            "statutory_implications": "None beyond those in the plan.",
            "consultation": "Residents and partners were heard in the summer.",
            "background_papers": "None",
            "divisions": "All",
            "contact_officer": "Strategic management support service",
        } | dict(self.written.report(kind) if self.written else {})
        usual = {"consulted": YES, "how": "At the management team", "answer": "None"}
        return {
            box.key: known.get(box.key, usual.get(box.kind, "None beyond those in the plan."))
            for box in boxes
            if box.key not in FIRST_WORDS
        }

    def comments(self, ref: str, kind: str) -> str:
        """Finance or constitutional comments, or the section 25 report."""
        if kind == "s25":
            return (
                "The estimates are robust and the proposed reserves are adequate "
                "(Local Government Act 2003 s.25)."
            )
        return self.dice(ref, kind).choice(_FINANCE if kind == "finance" else _LAW)
