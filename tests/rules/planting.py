"""A pytest plugin for ``planted.py``: takes one guard out, or writes down where guards said no.

``PLANTED=kind:name`` takes out one; ``PLANTED_RECORD=FILE`` adds a line (kind:name, test) to the
file for every no. The tests in which a guard says no are those that claim it.
"""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import MISSING
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from sqlalchemy import event, true
from sqlalchemy.engine import Engine

from config.framework import Role
from cycle import access, statements
from tests import kit
from tests.rules import plants
from webui import application
from webui.http import policies
from workflows.core import attempt, engine
from workflows.record.verify import findings as verify_report

REGISTERS: dict[str, dict[str, Callable[..., Any]]] = {
    "guard": attempt.GUARDS,
    "evidence guard": attempt.EVIDENCE_GUARDS,
    "condition": attempt.CONDITIONS,
    "effect": attempt.EFFECTS,
}
# What stands in for one that was taken out: nothing is in the way, everything is asked, nothing is
# done beside.
INSTEAD: dict[str, Callable[..., Any]] = {
    "guard": lambda *_args, **_kwargs: None,
    "evidence guard": lambda *_args, **_kwargs: None,
    "condition": lambda *_args, **_kwargs: True,
    "effect": lambda *_args, **_kwargs: None,
}
_seen: set[tuple[str, str]] = set()
_now = {"test": ""}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Which test runs now."""
    _now["test"] = item.nodeid
    return (yield)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """How long each test and what it needs take, and that it passed: the quickest are asked
    first."""
    if os.environ.get("PLANTED_RECORD") and report.passed and report.when in ("setup", "call"):
        word = "passed" if report.when == "call" else "setup"
        _write(word, report.nodeid, round(report.duration, 2))


# Taking out ---------------------------------------------------------------------------------------


def _take_out(kind: str, name: str) -> None:
    if kind in REGISTERS:
        REGISTERS[kind][name] = INSTEAD[kind]
    elif kind == "policy":
        _open_route(name)
    elif kind == "access":
        setattr(*_access_rule(name), _letting_in(name))
    elif kind == "check":
        _deafen(name)
    elif kind == "permission":
        _once_made(Role, "permissions", lambda given: (*given, name))
    elif kind == "key":
        made, field = plants.framework_keys()[name]
        default = field.default if field.default is not MISSING else field.default_factory()
        _once_made(made, field.name, lambda _given: default)
    elif kind in ("constraint", "trigger", "grant"):
        _after_each_copy(kind, name)
    elif kind != "cure":  # a cure is taken out of the text of a copy of the product
        raise pytest.UsageError(f"nothing is known of {kind}:{name}")


def _open_route(endpoint: str) -> None:
    """The next weaker policy: a permission becomes signing in, signing in becomes nothing."""
    made = application.create_app

    def opened(*args: Any, **kwargs: Any) -> Any:
        app = made(*args, **kwargs)
        view = app.view_functions.get(endpoint)
        if view is not None:
            word = getattr(view, policies._ATTRIBUTE)
            weaker = policies.PUBLIC if word == policies.SIGNED_IN else policies.SIGNED_IN
            setattr(view, policies._ATTRIBUTE, weaker)
        return app

    application.create_app = opened


def _access_rule(name: str) -> tuple[Any, str]:
    """The module of an access rule and its name there."""
    return access.rights if name.startswith("rights.") else access, name.removeprefix("rights.")


def _letting_in(name: str) -> Callable[..., Any]:
    answers: dict[str, Any] = {"condition": true(), "answer": True, "words": "true"}
    answer = answers[plants.access_rules()[name]]
    return lambda *_args, **_kwargs: answer


def _deafen(key: str) -> None:
    add = verify_report.Findings.add

    def deaf(self: Any, check: str, says: str, /, **where: Any) -> None:
        if check != key:
            add(self, check, says, **where)

    verify_report.Findings.add = deaf  # type: ignore[method-assign]


def _once_made(shape: type[Any], field: str, change: Callable[[Any], Any]) -> None:
    """Whatever is read from a framework's files says something else here."""
    make = shape.__init__

    def changed(self: Any, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        object.__setattr__(self, field, change(getattr(self, field)))

    shape.__init__ = changed  # type: ignore[method-assign]


def _after_each_copy(kind: str, name: str) -> None:
    """Every database that a test gets lacks it; the templates keep it."""
    copy = kit.copy_database

    def lacking(owner: Any, database: str, template: str) -> None:
        copy(owner, database, template)
        if not database.startswith(("part_", "made_")):
            place = make_conninfo(owner.info.dsn, dbname=database)
            with psycopg.connect(place, autocommit=True) as inside:
                inside.execute(plants.out_of_database(kind, name).encode())

    kit.copy_database = lacking


# Listening ----------------------------------------------------------------------------------------


def _listen() -> None:
    for kind, register in REGISTERS.items():
        for name, judgement in list(register.items()):
            register[name] = _heard(kind, name, judgement)
    _hear_routes()
    for name in plants.access_rules():
        module, key = _access_rule(name)
        setattr(module, key, _heard("access", name, getattr(module, key)))
    add = verify_report.Findings.add

    def heard(self: Any, check: str, says: str, /, **where: Any) -> None:
        _note("check", check)
        add(self, check, says, **where)

    verify_report.Findings.add = heard  # type: ignore[method-assign]
    event.listen(Engine, "handle_error", lambda context: _hear(context.original_exception))
    as_error = statements._error

    def heard_of_act(*given: Any) -> BaseException:
        _hear(given[-1])
        return as_error(*given)

    statements._error = heard_of_act


def _heard(kind: str, name: str, judgement: Callable[..., Any]) -> Callable[..., Any]:
    def listening(*args: Any, **kwargs: Any) -> Any:
        answer = judgement(*args, **kwargs)
        says_no = answer is False if kind == "condition" else answer is not None
        if says_no or kind in ("effect", "access"):
            _note(kind, name)
        return answer

    return listening


def _hear_routes() -> None:
    ask = policies._guard

    def heard() -> Any:
        endpoint = str(policies.request.endpoint)
        try:
            answer = ask()
        except Exception:
            _note("policy", endpoint)
            raise
        if answer is not None:
            _note("policy", endpoint)
        return answer

    policies._guard = heard


def _hear(refusal: BaseException | None) -> None:
    """What the database refused, whichever way the statement was sent."""
    diagnosis = getattr(refusal, "diag", None)
    if diagnosis is None:
        return
    if diagnosis.constraint_name:
        _note("constraint", f"{diagnosis.table_name}.{diagnosis.constraint_name}")
    elif "are sealed" in (diagnosis.message_primary or ""):
        table = (diagnosis.message_primary or "").split()[2]
        for name in ("sealed_rows", "sealed_table", "sealed_words"):
            _note("trigger", f"{table}.{name}")
    elif diagnosis.sqlstate == "42501":
        _note("grant", (diagnosis.message_primary or "").rsplit(" ", 1)[-1])


def _note(kind: str, name: str) -> None:
    line = (f"{kind}:{name}", _now["test"])
    if _now["test"] and line not in _seen:
        _seen.add(line)
        _write(*line)


def _write(*words: object) -> None:
    with Path(os.environ["PLANTED_RECORD"]).open("a", encoding="utf-8") as out:
        out.write(json.dumps(words) + "\n")


def _begin() -> None:
    """Take out what ``PLANTED`` names, or listen: before any conftest imports the product."""
    assert engine.EFFECTS is attempt.EFFECTS, "the engine reads another register"
    kind, _, name = os.environ.get("PLANTED", "").partition(":")
    if kind:
        _take_out(kind, name)
    if os.environ.get("PLANTED_RECORD"):
        _listen()


_begin()
