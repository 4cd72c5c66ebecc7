"""Rows that were read without the ORM, as the objects that a session would have made of them."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict, set_committed_value

from cycle.db import Base

M = TypeVar("M", bound=Base)


def remembered(
    session: Session, model: type[M], values: Mapping[str, Any], forget: Sequence[str] = ()
) -> M:
    """The object of a row, as it was read just now; whatever the session knew of it is replaced.

    ``values`` has the primary key ``id``. Columns that are neither in it nor known are read when
    somebody asks for them; of ``forget``, what was known is read again.
    """
    known: M | None = session.identity_map.get(session.identity_key(model, values["id"]))
    if known is None:
        made = model()
        instance_dict(made).update(values)
        make_transient_to_detached(made)
        session.add(made)
        return made
    if forget:  # of an empty list the session would take everything
        session.expire(known, forget)
    for name, value in values.items():
        set_committed_value(known, name, value)
    return known
