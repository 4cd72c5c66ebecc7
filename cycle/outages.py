"""One line in the log when something that we lean on goes away, and one when it is back.

The rule that lives here: an outage of any length is two lines for each process, however many people
and rounds of work meet it (faults.md, X5); nothing is logged while nothing changes.
"""

import logging
import threading
import time


class Outage:
    """Whether one thing (``what``, as a line begins with it) is away, as this process has seen it.

    Any number of threads may tell it what they met.
    """

    def __init__(self, what: str, log: logging.Logger):
        self.what = what
        self._log = log
        self._lock = threading.Lock()
        self._since: float | None = None

    @property
    def known(self) -> bool:
        """Whether it was away when it was last asked."""
        return self._since is not None

    def met(self, why: object) -> None:
        """It did not answer just now; ``why`` is told by the first line of its words."""
        with self._lock:
            if self._since is not None:
                return
            self._since = time.monotonic()
        reason = next(iter(str(why).strip().splitlines()), "") or type(why).__name__
        self._log.warning("%s does not answer; waiting for it: %s", self.what, reason)

    def over(self) -> None:
        """It answered just now."""
        if self._since is None:  # the usual case costs no lock
            return
        with self._lock:
            since, self._since = self._since, None
        if since is not None:
            seconds = time.monotonic() - since
            self._log.warning("%s answers again, after %.0f seconds", self.what, seconds)
