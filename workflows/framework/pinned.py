"""The framework version that a subject has pinned: parsed once per process, by digest (INV-06)."""

from functools import lru_cache

from sqlalchemy.orm import Session

from config import editions, permissions
from config.framework import Framework
from cycle.models import FrameworkVersion, Subject

_parsed: dict[str, Framework] = {}


def of(subject: Subject) -> Framework:
    """The framework under which this subject runs."""
    return of_version(subject.framework)


def of_version(version: FrameworkVersion) -> Framework:
    """A published framework; its body is read from the database once per process."""
    if version.sha256 not in _parsed:
        _parsed[version.sha256] = editions.read(version.body)
    return _parsed[version.sha256]


def of_row(session: Session, version_id: int, sha256: str) -> Framework:
    """A published framework by id and digest, as lists read them; read at most once per process."""
    if sha256 in _parsed:
        return _parsed[sha256]
    return of_version(session.get_one(FrameworkVersion, version_id))


def roles_with(subject: Subject, permission: str) -> tuple[str, ...]:
    """The roles that have a permission in the framework under which this subject runs."""
    return permissions.roles_with(of(subject), permission)


def is_in_order(version: FrameworkVersion) -> bool:
    """Whether the lists of an edition stand in the order of its files, as far as is known."""
    return editions.is_in_order(version.body)


@lru_cache(maxsize=64)
def remembered(sha256: str) -> Framework:
    """A framework that ``of`` has parsed already, by its digest."""
    return _parsed[sha256]
