"""Every way in which the product says no; the texts are for the person who reads them.

One class per meaning: the web layer answers each with its own status and no page guesses.
"""

from collections.abc import Sequence


class Rejected(Exception):
    """The database, or the library before it, did not take a statement: no refusal of ours.

    ``sqlstate``: PostgreSQL's code of it, empty where it gave none. ``rule``: the name of the
    constraint that it kept, or empty. ``operational``: it lay in the server's running, not in the
    statement.
    ``str()`` is the database's own words, which may repeat what was typed.
    """

    def __init__(
        self, words: str, *, sqlstate: str = "", rule: str = "", operational: bool = False
    ):
        self.sqlstate = sqlstate
        self.rule = rule
        self.operational = operational
        super().__init__(words)


class Refused(Exception):
    """The base of every refusal. ``str()`` is one plain sentence: what is wrong and what to do."""


class NotFound(Refused):
    """It does not exist, or this person may not know that it does (404; the two look the same)."""


class NotPermitted(Refused):
    """The person is not the one who may do this (403)."""


class NotAvailable(Refused):
    """There is no such step from where the plan stands now (409)."""


class OutOfDate(Refused):
    """The page showed an older version (409)."""


class Repeated(Refused):
    """The same form key came back with different contents (409); ``first`` is what came first."""

    def __init__(self, sentence: str, first: str = ""):
        self.first = first
        super().__init__(sentence)


class Unreachable(Refused):
    """The database could not finish the work just now (503); nothing was saved."""


class Away(Unreachable):
    """The database does not answer at all (503): it is gone, starting, or refuses connections."""


class Unsure(Away):
    """The database went away in the middle of COMMIT: saved or not, nobody can tell yet (503)."""


class BadInput(Refused):
    """What a file, command or form said cannot be used; nothing was changed (exit 2, or 422)."""


class Blocked(Refused):
    """There is a reason, or several, why this cannot be done yet (422).

    ``insist``: whoever has read the reasons may do it all the same, by saying so.
    """

    def __init__(self, reasons: Sequence[str] | str, *, insist: bool = False):
        self.reasons = [reasons] if isinstance(reasons, str) else list(reasons)
        self.insist = insist
        super().__init__(" ".join(self.reasons))


class WrongPassword(Blocked):
    """What was typed as the present password is not it (SR-04)."""


class Taken(Blocked):
    """Somebody else was faster, and what they made can be there only once (409)."""


class OwnWork(Blocked):
    """What somebody wrote, or proposed, is for somebody else to agree to (422; INV-22)."""
