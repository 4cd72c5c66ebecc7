"""Which frameworks there are, and an edition with what this council chose of it.

The rule that lives here: published editions come from the record; what comes with the product and
is not published can be read all the same, and says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import framework_loader
from config.framework import Framework
from cycle import council_facts
from cycle.errors import NotFound
from cycle.models import Council, FrameworkVersion, Subject
from workflows.framework import pinned

GONE = "There is no such framework here."


@dataclass(frozen=True)
class Edition:
    """One edition and how many things run under it; ``published_at`` is None for one that comes
    with the product and is not published here."""

    id: int
    key: str
    number: int
    title: str
    published_at: datetime | None
    sha256: str
    in_use: int


@dataclass(frozen=True)
class FrameworkPage:
    """An edition with its contents; ``latest`` is the number of the newest edition, ``chosen``
    what this council chose of it (empty: the council does not run under it), ``in_order`` whether
    its lists stand in the order in which they were written."""

    edition: Edition
    framework: Framework
    latest: int
    chosen: Mapping[str, Any] = field(default_factory=dict)
    in_order: bool = True


@dataclass(frozen=True)
class Index:
    """Every published edition, the newest first; ``others`` come with the product and are not
    published here."""

    editions: list[Edition]
    others: list[Framework]


def editions(session: Session) -> list[Edition]:
    """Every published edition, the newest first."""
    used = func.count(Subject.id)
    rows = session.execute(
        select(FrameworkVersion, used)
        .outerjoin(Subject, Subject.framework_version_id == FrameworkVersion.id)
        .group_by(FrameworkVersion.id)
        .order_by(FrameworkVersion.published_at.desc(), FrameworkVersion.id.desc())
    )
    return [_edition(version, count) for version, count in rows]


def _edition(version: FrameworkVersion, in_use: int) -> Edition:
    title = pinned.of_version(version).title
    return Edition(
        version.id,
        version.key,
        version.number,
        title,
        version.published_at,
        version.sha256,
        in_use,
    )


def index(session: Session) -> Index:
    """Which frameworks there are."""
    found = editions(session)
    published = {each.key for each in found}
    return Index(
        found, [_shipped(key) for key in framework_loader.available() if key not in published]
    )


@lru_cache
def _shipped(key: str) -> Framework:
    return framework_loader.load(key)


def _unpublished(key: str, number: int | None) -> FrameworkPage:
    framework = _shipped(key)
    if number not in (None, framework.number):
        raise NotFound(GONE)
    edition = Edition(0, key, framework.number, framework.title, None, "", 0)
    return FrameworkPage(edition, framework, framework.number)


def page(session: Session, key: str, number: int | None) -> FrameworkPage:
    """An edition of a framework; the newest when no number is given. Raises NotFound."""
    of_key = [each for each in editions(session) if each.key == key]
    found = next((each for each in of_key if number in (None, each.number)), None)
    if found is None and not of_key and key in framework_loader.available():
        return _unpublished(key, number)
    if found is None:
        raise NotFound(GONE)
    version = session.get_one(FrameworkVersion, found.id)
    framework = pinned.of_version(version)
    return FrameworkPage(
        found,
        framework,
        latest=max(each.number for each in of_key),
        chosen=_chosen(session, found, framework),
        in_order=pinned.is_in_order(version),
    )


def _chosen(session: Session, edition: Edition, framework: Framework) -> dict[str, Any]:
    own = session.scalars(select(Council.framework_version_id)).first()
    if own != edition.id:
        return {}
    return {
        key: council_facts.fact(session, key, each.default)
        for key, each in framework.settings.items()
    }
