"""Which passwords will do, and that what is kept tells nobody the password."""

import pytest

from workflows.people import passwords

OWN = ("Smallshire Council", "Mo Manager", "mo.manager@smallshire.example")


@pytest.mark.parametrize(
    "password",
    [
        "otter ladder rainy tuba",
        "ein Fluß läuft über Steine",
        "🦦🪜🌧️ otters like ladders",
        "  blanks before and after  ",
        "x7!kQ zebra plinth 9",
        "o" * 20 + " but then something else " + "z" * 20,
        "wandering crocus " * 60,
    ],
)
def test_long_passwords_of_any_kind_will_do(password: str) -> None:
    assert passwords.problem(password, OWN) is None
    assert passwords.matches(passwords.hashed(password), password)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("otters ladders", "at least 15 characters"),
        ("", "at least 15 characters"),
        ("otter " * 200, "at most 1,024 characters"),
        ("an otter \ud800 on a ladder", "at most 1,024 characters"),
        ("Password1234567", "everybody tries first"),
        ("P@ssw0rdP@ssw0rd!!", "everybody tries first"),
        ("WelcomeWelcome2027", "everybody tries first"),
        ("qwertyuiopasdfghjkl", "everybody tries first"),
        ("Liverpool-Football-1", "everybody tries first"),
        ("correct horse battery staple", "everybody tries first"),
        ("SmallshireCouncil2027", "names that others know"),
        ("mo.manager.smallshire", "names that others know"),
        ("aaaaaaaaaaaaaaaaaa", "repeats a pattern"),
        ("abc1abc1abc1abc1", "repeats a pattern"),
        ("1234567890123456", "repeats a pattern"),
        ("abcdefghijklmnopq", "repeats a pattern"),
    ],
)
def test_what_is_guessed_first_will_not_do_and_the_reason_is_told(password: str, why: str) -> None:
    assert why in str(passwords.problem(password, OWN))


def test_a_blank_at_the_end_counts() -> None:
    kept = passwords.hashed("otter ladder rainy tuba ")
    assert passwords.matches(kept, "otter ladder rainy tuba ")
    assert not passwords.matches(kept, "otter ladder rainy tuba")


def test_what_is_kept_is_argon2id_with_its_costs_and_differs_each_time() -> None:
    first, second = (passwords.hashed("otter ladder rainy tuba") for _ in range(2))
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second
    assert not passwords.needs_new_hash(first)
    weaker = "$argon2id$v=19$m=8192,t=1,p=1$" + first.split("$", 4)[4]
    assert passwords.needs_new_hash(weaker)


def test_nobody_matches_nothing() -> None:
    """Someone unknown is checked against a real hash, so that it takes as long."""
    assert not passwords.matches(None, "nobody has this password")
    assert not passwords.matches("not a hash", "otter ladder rainy tuba")
    assert not passwords.matches(passwords.hashed("otter ladder rainy tuba"), "x" * 2000)
