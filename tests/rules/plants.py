"""Everything that can be taken out of the product to see whether a test notices (``planted.py``).

The rule that lives here: the list is read from the code and from a migrated database, never kept
by hand, so that a new guard, route, constraint or check is in it from its first day. Only the cures
of numbered faults are written down (``cures.toml``): each says which words to put back.
"""

import inspect
import tomllib
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask

from config import framework, governance, permissions, rules
from config.lifecycles import shape
from cycle import access, access_rights
from cycle.models import SEALED
from cycle.record import seals
from tests.rules.source import ROOT
from webui.http import policies
from workflows.core import attempt
from workflows.record.verify import verify

HERE = Path(__file__).parent
CURES = HERE / "cures.toml"
EXEMPT = HERE / "exempt.toml"
# In the order in which they are taken out.
KINDS = (
    "cure", "access", "guard", "evidence guard", "condition", "effect", "policy", "check",
    "trigger", "grant", "constraint", "permission", "key",
)  # fmt: skip


@dataclass(frozen=True)
class Cure:
    """Words of the product that cure a fault, what stood there before, and who would notice."""

    fault: str
    file: str
    now: str
    before: str
    tests: tuple[str, ...]

    @property
    def key(self) -> str:
        """``cure:X1 cycle/people.py 2``: the number tells cures of one fault in one file apart."""
        same = [each for each in cures() if (each.fault, each.file) == (self.fault, self.file)]
        return f"{self.fault} {self.file} {same.index(self) + 1}"


@cache
def cures() -> tuple[Cure, ...]:
    """The cures of ``cures.toml``."""
    written = tomllib.loads(CURES.read_text(encoding="utf-8"))["cure"]
    return tuple(
        Cure(each["fault"], each["file"], each["now"], each["before"], tuple(each["tests"]))
        for each in written
    )


@cache
def exempt() -> dict[str, str]:
    """What nobody can notice, by name, with the reason."""
    return dict(tomllib.loads(EXEMPT.read_text(encoding="utf-8")).get("exempt", {}))


def access_rules() -> dict[str, str]:
    """The functions of ``cycle.access`` that answer whether: ``condition`` or ``answer``; and of
    ``cycle.access_rights`` those that say it in SQL: ``words``."""
    found = {
        f"rights.{name}": "words"
        for name, function in vars(access_rights).items()
        if inspect.isfunction(function)
        and function.__module__ == access_rights.__name__
        and inspect.signature(function).return_annotation in (str, "str")
    }
    for name, function in vars(access).items():
        if inspect.isfunction(function) and function.__module__ == access.__name__:
            returns = str(inspect.signature(function).return_annotation)
            if "ColumnElement[bool]" in returns:
                found[name] = "condition"
            elif returns in ("bool", "<class 'bool'>"):
                found[name] = "answer"
    return found


def of_code(app: Flask) -> list[str]:
    """Every guard, condition, effect, policy, access rule and check of ``verify``."""
    names = [f"cure:{each.key}" for each in cures()]
    names += [f"access:{name}" for name in access_rules()]
    for kind, register in (
        ("guard", attempt.GUARDS),
        ("evidence guard", attempt.EVIDENCE_GUARDS),
        ("condition", attempt.CONDITIONS),
        ("effect", attempt.EFFECTS),
    ):
        names += [f"{kind}:{name}" for name in register]
    closed = {
        name: word for name, word in policies.policies(app).items() if word != policies.PUBLIC
    }
    names += [f"policy:{endpoint}" for endpoint in closed]
    names += [f"check:{key}" for key in verify.TITLES]
    names += [f"permission:{key}" for key in permissions.WORDS]
    names += [f"key:{name}" for name in framework_keys()]
    return names


def framework_keys() -> dict[str, tuple[type[Any], Field[Any]]]:
    """What the files of a framework may leave out, by class and field."""
    return {
        f"{made.__name__}.{each.name}": (made, each)
        for shapes in (framework, shape, governance, rules)
        for made in vars(shapes).values()
        if inspect.isclass(made) and made.__module__ == shapes.__name__ and is_dataclass(made)
        for each in fields(made)
        if each.default is not MISSING or each.default_factory is not MISSING
    }


_CONSTRAINTS = """
SELECT c.relname || '.' || k.conname
FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid
WHERE c.relnamespace = 'public'::regnamespace AND k.contype IN ('p', 'u', 'c', 'f', 'x')
UNION
SELECT c.relname || '.' || i.relname FROM pg_index AS x
JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_class AS c ON c.oid = x.indrelid
WHERE x.indisunique AND c.relnamespace = 'public'::regnamespace
ORDER BY 1
"""


def of_database(url: str) -> list[str]:
    """Every trigger, withheld right and constraint of a migrated database."""
    names = []
    for model in SEALED:
        table = str(model.__tablename__)
        names += [f"trigger:{table}.{name}" for name in ("sealed_rows", "sealed_table")]
        names.append(f"grant:{table}")
    names.append("trigger:attribution.sealed_words")
    with psycopg.connect(url) as connection:
        names += [f"constraint:{row[0]}" for row in connection.execute(_CONSTRAINTS)]
    return [name for name in names if not name.startswith("constraint:alembic_version.")]


def out_of_database(kind: str, name: str) -> str:
    """The statement that takes it out, for the owner of the database."""
    table, _, part = name.partition(".")
    if kind == "trigger":
        return f"DROP TRIGGER {part} ON {table}"
    if kind == "grant":
        return f"GRANT UPDATE, DELETE ON {table} TO {seals.APP_ROLE}"
    return (
        f"DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_constraint WHERE conname = '{part}' "
        f"AND conrelid = '{table}'::regclass) THEN "
        f"ALTER TABLE {table} DROP CONSTRAINT {part} CASCADE; "
        f"ELSE DROP INDEX {part}; END IF; END $$"
    )


def cure_named(key: str) -> Cure:
    """The cure with this key. Raises LookupError."""
    return next(each for each in cures() if each.key == key)


def text_without(cure: Cure) -> str:
    """The file with the words put back. Raises ValueError unless they stand in it exactly once."""
    text = (ROOT / cure.file).read_text(encoding="utf-8")
    if text.count(cure.now) != 1:
        raise ValueError(f"{cure.fault}: its words stand {text.count(cure.now)} times, {cure.file}")
    return text.replace(cure.now, cure.before)
