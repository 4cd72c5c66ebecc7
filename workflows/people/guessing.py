"""Guessing is slowed and nobody is locked out (SR-05): what is counted, and how long one waits.

The rules that live here: a try is counted before it is judged, under a lock of each thing that it
counts for, so that however many guess at once no more than the bound are judged. Wrong passwords
count for the account together with the network address they came from, for the account over all
addresses (a higher bound), and for the address. A browser in which this person has signed in before
counts for itself alone, so that a stranger who keeps guessing keeps nobody out of it; in another
browser one may have to wait as long as somebody at the same network address keeps guessing at the
same account. A person whom nobody knows is counted exactly like one who is known (SR-06).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import delete, func, or_, select, text
from sqlalchemy.orm import Session

from cycle import clock
from cycle.models import SignInAttempt
from cycle.record import canonical

WINDOW = timedelta(minutes=15)
KEPT_FOR = timedelta(hours=24)
FIRST_WAIT = 15.0
LONGEST_WAIT = 60.0  # seconds: slow for who guesses, bearable for who mistypes
NETWORK_BITS = 64  # of an IPv6 address: what one subscriber has to choose from freely
# Tries within the window after which one has to wait. One network address alone, tried as fast as
# its waits allow, never reaches the bound of an account over all addresses. The last four: links
# for a new password that are sent to a mailbox as one address or one known browser asks, those sent
# to it whoever asks, what an address asks for, and tries at one's own present password.
FEW = {
    "account": 10,
    "everywhere": 100,
    "address": 50,
    "browser": 10,
    "links": 3,
    "mailbox": 20,
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


def of_asking(address: str) -> dict[str, str]:
    """What asking for a link for a new password counts for."""
    return {"asking": "asking:" + canonical.digest(network_of(address))}


def of_links(email: str, address: str) -> dict[str, str]:
    """What a link that is sent counts for, asked for in a browser that nobody knows."""
    mailbox, network = (
        canonical.digest(email.strip().lower()),
        canonical.digest(network_of(address)),
    )
    return {"links": f"links:{mailbox}:{network}", "mailbox": f"links:{mailbox}"}


def of_links_to_browser(token_sha256: str, person_id: int) -> dict[str, str]:
    """What a link counts for that is asked for where this person signed in before."""
    return {"links": f"links:{person_id}:{token_sha256}"}


def of_present(person_id: int) -> dict[str, str]:
    """What a try at one's own present password counts for, by who is signed in."""
    return {"present": f"present:{person_id}"}


def take(session: Session, subjects: Mapping[str, str]) -> Try:
    """Count a try for each subject, unless one of them has to wait."""
    _lock(session, subjects)
    wait = max(_wait(session, kind, subjects[kind]) for kind in subjects)
    if wait > 0:
        return Try(wait_seconds=wait)
    return Try(rows=_count(session, subjects))


def take_if_few(session: Session, subjects: Mapping[str, str]) -> bool:
    """Count for each subject and say True, unless one was counted too often within the window.

    What is refused is not counted: nobody keeps the bound reached by going on.
    """
    _lock(session, subjects)
    if any(_counted(session, each)[0] >= FEW[kind] for kind, each in subjects.items()):
        return False
    _count(session, subjects)
    return True


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


def _lock(session: Session, subjects: Mapping[str, str]) -> None:
    for name in sorted(subjects.values()):  # always in this order, so that nobody waits in a ring
        session.execute(_LOCK, {"name": name})


def _count(session: Session, subjects: Mapping[str, str]) -> tuple[int, ...]:
    now = clock.now()
    rows = [SignInAttempt(subject=each, at=now) for each in subjects.values()]
    session.add_all(rows)
    session.flush()
    return tuple(row.id for row in rows)


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
