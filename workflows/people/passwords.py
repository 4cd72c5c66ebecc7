"""What a password must be, and how it is kept (ASVS 6.2; OWASP password storage).

The rules that live here: at least 15 characters as long as there is no second factor; any letters,
marks and blanks, taken exactly as typed; nothing that everybody tries first, nothing made of the
council's or the person's own name. Kept as argon2id with OWASP's smallest costs, four at a time.
"""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

LEAST = 15
MOST = 1024
LONGEST_WORD = 40
COMMON = Path(__file__).parent / "common_passwords.txt"

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Each hash takes 19 MiB; more at once would let a flood of sign-ins take the memory of the host.
_FEW = BoundedSemaphore(4)
# What letters are commonly replaced by.
_PLAIN = str.maketrans("013457@$!€£", "oleastasies")
_DIGITS = "0123456789" * 103
_MARKS = re.compile(r"[\W\d_]+")


def hashed(password: str) -> str:
    """The password as it is kept. Check it with ``problem`` first."""
    with _FEW:
        return _HASHER.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether this is the password; unknown persons (None) take just as long (SR-06)."""
    typed = password if _usable(password) else ""
    with _FEW:
        try:
            return _HASHER.verify(stored or _nobody(), typed) and stored is not None and typed != ""
        except (Argon2Error, InvalidHashError):
            return False


def needs_new_hash(stored: str) -> bool:
    """Whether the costs have been raised since this was hashed."""
    return _HASHER.check_needs_rehash(stored)


def problem(password: str, own_words: Iterable[str] = ()) -> str | None:
    """Why a password will not do, in one sentence; None when it will.

    ``own_words`` are names that others know: the council's, the person's, their address.
    """
    if len(password) < LEAST:
        return (
            f"Use at least {LEAST} characters. Three or four words that have nothing to do with "
            "each other are easy to remember."
        )
    if not _usable(password):
        return f"Use at most {MOST:,} characters that a keyboard can type."
    if _is_pattern(password):
        return "This repeats a pattern that is tried first. Choose words nobody would expect."
    if _made_of(password, common()):
        why = "the passwords that everybody tries first"
        return f"This is made of {why}. Choose words nobody would expect."
    own = {part for each in own_words for part in _letters(each).split() if len(part) > 1}
    if _made_of(password, common() | own):
        return "This is made of names that others know. Choose words nobody would expect."
    return None


@cache
def common() -> frozenset[str]:
    """The words that are no secret."""
    lines = COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


@cache
def _nobody() -> str:
    return _HASHER.hash("nobody has this password")


def _usable(password: str) -> bool:
    if len(password) > MOST:
        return False
    try:
        password.encode()
    except UnicodeEncodeError:
        return False
    return True


def _letters(text: str) -> str:
    return _MARKS.sub(" ", text.casefold()).strip()


def _is_pattern(password: str) -> bool:
    """One piece over and over, or digits and letters in their order."""
    low = password.casefold()
    repeated = (low + low).find(low, 1) < len(low) and (low + low).find(low, 1) <= 6
    alphabet = "abcdefghijklmnopqrstuvwxyz" * 3
    # One piece and a rest of it ("abcabcabca") repeats as well.
    short = any(low == (low[:n] * len(low))[: len(low)] for n in range(1, 7))
    runs = (_DIGITS, _DIGITS[::-1], "1234567890" * 103, alphabet, alphabet[::-1])
    return repeated or short or any(low in run for run in runs)


def _made_of(password: str, words: frozenset[str]) -> bool:
    """Whether nothing is left of a password but these words, digits and marks.

    A digit or a mark may stand for the letter it looks like, or for nothing.
    """
    low = password.casefold()
    plain = low.translate(_PLAIN)
    if "".join(each for each in low if each.isalpha()) in words:
        return True
    reached = {0}
    for end in range(1, len(low) + 1):
        skipped = end - 1 in reached and not low[end - 1].isalpha()
        starts = range(max(0, end - LONGEST_WORD), end)
        if skipped or any(at in reached and _is_word(low, plain, at, end, words) for at in starts):
            reached.add(end)
    return len(low) in reached


def _is_word(low: str, plain: str, at: int, end: int, words: frozenset[str]) -> bool:
    return low[at:end] in words or plain[at:end] in words
