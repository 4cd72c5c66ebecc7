"""Guessing is slowed and nobody is locked out (SR-05): what is counted, and how long one waits.

The rules that live here: a try is counted before it is judged, under a lock of each thing that it
counts for, so that however many guess at once no more than the bound are judged. Wrong passwords
count for the account together with the network address they came from, for the account over all
addresses (a higher bound), and for the address. A browser in which this person has signed in before
counts for itself alone, so that a stranger who keeps guessing keeps nobody out. A person whom
nobody knows is counted exactly like one who is known (SR-06).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import delete, func, or_, select, text
from sqlalchemy.orm import Session

from cycle import canonical, clock
from cycle.models import SignInAttempt

WINDOW = timedelta(minutes=15)
KEPT_FOR = timedelta(hours=24)
FIRST_WAIT = 15.0
LONGEST_WAIT = 60.0  # seconds: slow for who guesses, bearable for who mistypes
NETWORK_BITS = 64  # of an IPv6 address: what one subscriber has to choose from freely
# Tries within the window after which one has to wait. One network address alone, tried as fast as
# its waits allow, never reaches the bound of an account over all addresses. The last three: links
# for a new password that a mailbox gets and that an address asks for, and tries at one's own
# present password.
FEW = {
    "account": 10,
    "everywhere": 100,
    "address": 50,
    "browser": 10,
    "links": 3,
    "asking": 20,
    "present": 10,
}

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


@dataclass(frozen=True)
class Try:
    """A try that was counted (its rows), or whole seconds to wait; then nothing was counted."""

    wait_seconds: int = 0
    rows: tuple[int, ...] = ()


def network_of(address: str) -> str:
    """What counts as one network address: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ip_network((found, NETWORK_BITS), strict=False))
    return str(found)


def of_sign_in(email: str, address: str) -> dict[str, str]:
    """What a wrong password counts for in a browser that nobody knows, by kind."""
    network = canonical.digest(network_of(address))
    return {
        "account": f"{_account(email)}{network}",
        "everywhere": _everywhere(email),
        "address": f"address:{network}",
    }


def of_browser(token_sha256: str, person_id: int) -> dict[str, str]:
    """What a wrong password counts for in a browser in which this person signed in before."""
    return {"browser": f"browser:{person_id}:{token_sha256}"}


def of_asking(email: str, address: str) -> dict[str, str]:
    """What asking for a link for a new password counts for."""
    return {
        "links": "links:" + canonical.digest(email.strip().lower()),
        "asking": "asking:" + canonical.digest(network_of(address)),
    }


def of_present(person_id: int) -> dict[str, str]:
    """What a try at one's own present password counts for, by who is signed in."""
    return {"present": f"present:{person_id}"}


def take(session: Session, subjects: Mapping[str, str], *, waits: Sequence[str] = ()) -> Try:
    """Count a try for each subject, unless one of them has to wait.

    ``waits`` names the kinds that make one wait, all of them when none are named.
    """
    for name in sorted(subjects.values()):  # always in this order, so that nobody waits in a ring
        session.execute(_LOCK, {"name": name})
    wait = max(_wait(session, kind, subjects[kind]) for kind in waits or subjects)
    if wait > 0:
        return Try(wait_seconds=wait)
    now = clock.now()
    rows = [SignInAttempt(subject=each, at=now) for each in subjects.values()]
    session.add_all(rows)
    session.flush()
    return Try(rows=tuple(row.id for row in rows))


def beyond(session: Session, kind: str, subject: str) -> bool:
    """Whether this was tried more often within the window than its kind may be."""
    return _counted(session, subject)[0] > FEW[kind]


def was_right(session: Session, tried: Try, subjects: Mapping[str, str]) -> None:
    """Take a try back that turned out right, with what was counted for this place.

    What strangers tried elsewhere goes on counting: a sign-in gives nobody new tries.
    """
    own = [subject for kind, subject in subjects.items() if kind in ("account", "browser")]
    session.execute(
        delete(SignInAttempt).where(
            or_(SignInAttempt.id.in_(tried.rows), SignInAttempt.subject.in_(own))
        )
    )


def forget_account(session: Session, person_id: int, email: str) -> None:
    """A new password has been set: guesses at the old one say nothing about it."""
    session.execute(
        delete(SignInAttempt).where(
            or_(
                SignInAttempt.subject.startswith(_account(email), autoescape=True),
                SignInAttempt.subject.startswith(f"browser:{person_id}:", autoescape=True),
                SignInAttempt.subject.in_([_everywhere(email), *of_present(person_id).values()]),
            )
        )
    )


def forget_old(session: Session, now: datetime) -> None:
    """Drop tries that can no longer matter."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - KEPT_FOR))


def _account(email: str) -> str:
    return f"account:{canonical.digest(email.strip().lower())}:"


def _everywhere(email: str) -> str:
    return f"everywhere:{canonical.digest(email.strip().lower())}"


def _wait(session: Session, kind: str, subject: str) -> int:
    """Whole seconds that this subject still has to wait; 0 when it need not."""
    times, last = _counted(session, subject)
    more = times - FEW[kind]
    if more < 0 or last is None:
        return 0
    pause = min(FIRST_WAIT * 2 ** min(more, 4), LONGEST_WAIT)
    left = pause - (clock.now() - last).total_seconds()
    return int(left) + 1 if left > 0 else 0


def _counted(session: Session, subject: str) -> tuple[int, datetime | None]:
    times, last = session.execute(
        select(func.count(), func.max(SignInAttempt.at)).where(
            SignInAttempt.subject == subject, SignInAttempt.at > clock.now() - WINDOW
        )
    ).one()
    return int(times), last
