"""Promise: whatever a file does to its reader, the service goes on and says one sentence."""

import logging
import os
import subprocess
import sys
import time

import pytest

from cycle.errors import BadInput
from workflows.files import sandbox

HERE = "tests.unit.calendar_files.test_sandbox"


def length(contents, name):
    return {"name": name, "bytes": len(contents), "settings": sorted(os.environ)}


def refuses(contents, name):
    raise BadInput(f"{name} is no good. Choose another.")


def hungry(contents, name):
    return len(bytearray(10 * sandbox.MEMORY))


def busy(contents, name):
    while True:
        pass


def asleep(contents, name):
    time.sleep(60)


def writes(contents, name):
    with open("/tmp/a-file-that-must-not-be", "w") as out:  # noqa: S108
        out.write("x" * 10_000)


def falls(contents, name):
    raise RuntimeError(name)


def much(contents, name):
    return "x" * sandbox.MOST_ANSWER


def talks(contents, name):
    sys.stdout.write("x" * (sandbox.MOST_ANSWER + 1))
    sys.stdout.flush()
    time.sleep(60)


def complains(contents, name):
    sys.stderr.write("x" * 3_000_000 + "the end")
    if name == "falls":
        raise RuntimeError(name)
    return name


def test_a_reader_gets_the_file_and_nothing_of_ours(monkeypatch):
    """Fault C8: no setting and no secret is in reach of what reads an upload."""
    monkeypatch.setenv("SECRET_KEY", "secret")
    found = sandbox.parse(f"{HERE}:length", b"x" * 2_000_000, "a.csv")
    assert (found["name"], found["bytes"]) == ("a.csv", 2_000_000)
    assert "SECRET_KEY" not in found["settings"]


def test_the_readers_own_sentence_is_said():
    with pytest.raises(BadInput, match=r"^a\.csv is no good\. Choose another\.$"):
        sandbox.parse(f"{HERE}:refuses", b"", "a.csv")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems lack some of the limits")
@pytest.mark.parametrize(
    ("reader", "sentence"),
    [("hungry", sandbox.TOO_MUCH), ("busy", sandbox.TOO_LONG), ("asleep", sandbox.TOO_LONG),
     ("falls", sandbox.BROKEN), ("writes", sandbox.BROKEN)],
)  # fmt: skip
def test_a_reader_beyond_its_limits_is_ended(reader, sentence, monkeypatch):
    """Fault C8: memory, the processor's time, the clock's time, and writing."""
    monkeypatch.setattr(sandbox, "SECONDS", 2.0)
    before = time.monotonic()
    with pytest.raises(BadInput) as refused:
        sandbox.parse(f"{HERE}:{reader}", b"", "a.csv")
    assert str(refused.value) == sentence
    assert time.monotonic() - before < 20


def test_an_answer_that_is_too_long_does_not_leave_the_child():
    """Its length was looked at when all of it was in the web process."""
    done = subprocess.run(
        [sys.executable, "-m", "workflows.files.sandbox", f"{HERE}:much", "a.csv"],
        input=b"",
        capture_output=True,
        check=False,
    )
    assert (done.returncode != 0, len(done.stdout)) == (True, 0)
    with pytest.raises(BadInput, match="within the memory"):
        sandbox.parse(f"{HERE}:much", b"", "a.csv")


def test_no_more_is_read_of_a_child_than_an_answer_may_be(monkeypatch):
    """A child that goes on talking is ended at once, not when its time is up."""
    monkeypatch.setattr(sandbox, "SECONDS", 15.0)
    before = time.monotonic()
    with pytest.raises(BadInput, match="within the memory"):
        sandbox.parse(f"{HERE}:talks", b"", "a.csv")
    assert time.monotonic() - before < 10


def test_what_a_child_complains_of_neither_stops_it_nor_fills_the_log(caplog):
    assert sandbox.parse(f"{HERE}:complains", b"x" * 500_000, "a.csv") == "a.csv"
    with caplog.at_level(logging.WARNING), pytest.raises(BadInput) as refused:
        sandbox.parse(f"{HERE}:complains", b"", "falls")
    assert str(refused.value) == sandbox.BROKEN
    assert "RuntimeError: falls" in caplog.text
    assert len(caplog.text) < 3_000
