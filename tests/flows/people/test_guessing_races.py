"""Eight processes guess at once: no more tries are judged than the bound allows (T-RACE)."""

from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from typing import Any

import pytest
from sqlalchemy import text

from cycle.db import Database
from tests import build
from tests.flows.core.test_races import FORKED, RACERS
from workflows.people import guessing, known_browsers, sessions
from workflows.people.access_log import Place

TRIES = 16  # of each process: 128 in all, more than any bound
MO = "mo@smallshire.example"

Guess = Callable[[int, int], tuple[str, str]]  # who guesses which time -> (account, address)


def _racer(url: str, guess: Guess, known: str, barrier: Barrier, answers: Any, me: int) -> None:
    db = Database(url, pool_size=1)
    db.read(lambda session: session.execute(text("SELECT 1")))  # connected before the start
    barrier.wait()
    try:
        sentences = []
        for number in range(TRIES):
            email, address = guess(me, number)
            sentences.append(
                sessions.sign_in(db, email, "wrong", Place(address), "", known).sentence
            )
        answers.put(sentences)
    except Exception as failure:  # a racer must never die in silence
        answers.put([repr(failure)])
    finally:
        db.dispose()


def judged(url: str, guess: Guess, known: str = "") -> int:
    """How many of all tries were looked at; the others were told to wait."""
    barrier, answers = FORKED.Barrier(RACERS), FORKED.Queue()
    started = [
        FORKED.Process(target=_racer, args=(url, guess, known, barrier, answers, number))
        for number in range(RACERS)
    ]
    for each in started:
        each.start()
    sentences = [sentence for _ in started for sentence in answers.get(timeout=120)]
    for each in started:
        each.join(timeout=30)
    assert len(sentences) == RACERS * TRIES
    assert {each for each in sentences if each != sessions.WRONG} == {
        "There were too many wrong passwords. Wait half a minute and try again. If you are kept "
        "waiting, sign in from another network or in a browser that you have used before."
    }
    return sentences.count(sessions.WRONG)


@pytest.mark.parametrize(
    ("kind", "guess"),
    [
        ("account", lambda _me, _n: (MO, "203.0.113.1")),
        ("everywhere", lambda me, n: (MO, f"203.0.113.{me * TRIES + n}")),
        ("address", lambda me, n: (f"{me}.{n}@smallshire.example", "203.0.113.1")),
    ],
)
def test_eight_at_once_get_no_more_tries_than_one(db: Database, kind: str, guess: Guess) -> None:
    """Fault X4, SR-05: at one account from one address, from many, and at many from one."""
    build.council(db)
    assert judged(db.url, guess) == guessing.FEW[kind]


def test_eight_at_once_in_a_known_browser_get_no_more_either(db: Database) -> None:
    """Fault X4, SR-05: whoever copied the cookie into eight browsers has the tries of one."""
    who = build.council(db)

    def signed_in_before(session: Any) -> str:
        return known_browsers.remember(session, who.mo, "")

    known = db.run(signed_in_before)
    found = judged(db.url, lambda me, n: (MO, f"203.0.113.{me * TRIES + n}"), known)
    assert found == guessing.FEW["browser"]
