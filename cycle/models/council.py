"""Who the council is: units, bodies, posts and the queues they serve, people, cover, sign-ins."""

from datetime import date, time
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cycle.db import Base
from cycle.models.types import MaybeMoment, Moment

ONE_POST_RANGE = text("int4range(post_id, post_id, '[]')")


class Unit(Base):
    """A part of the council: council > department > division > service > team (framework data).

    ``path`` holds the ids of all ancestors and of the unit itself, the council first, so that the
    nearest holder of a role is one index look-up. Dates are half open: [from_on, until_on).
    """

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(Text)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    path: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list)
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))


class Body(Base):
    """A committee, board or group that meets. ``framework_key`` is the framework's word for it."""

    __tablename__ = "body"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    framework_key: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)  # council | committee | board | group
    public: Mapped[bool]
    size: Mapped[int | None]
    quorum: Mapped[int | None]
    rhythm: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    from_on: Mapped[date]
    until_on: Mapped[date | None]


class BodyRemit(Base):
    """The units whose plans a service committee considers (terms of reference, G3)."""

    __tablename__ = "body_remit"

    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)


class Queue(Base):
    """Where tasks wait: a role for a unit or a body. Tasks point here, never at a person."""

    __tablename__ = "queue"
    __table_args__ = (
        Index(
            "queue_once",
            "role",
            func.coalesce(text("unit_id"), 0),
            func.coalesce(text("body_id"), 0),
            unique=True,
        ),
        CheckConstraint("(unit_id IS NULL) <> (body_id IS NULL)", name="unit_or_body"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    body_id: Mapped[int | None] = mapped_column(ForeignKey("body.id"))

    unit: Mapped[Unit | None] = relationship(lazy="raise_on_sql")
    body: Mapped[Body | None] = relationship(lazy="raise_on_sql")


class Post(Base):
    """A job in the structure; it serves one queue. A vacancy goes to ``line_post_id``."""

    __tablename__ = "post"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    title: Mapped[str] = mapped_column(Text)
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id"), index=True)
    line_post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"))
    from_on: Mapped[date]
    until_on: Mapped[date | None]

    queue: Mapped[Queue] = relationship(lazy="raise_on_sql")


class Person(Base):
    """Someone who signs in. ``epoch`` rises when sessions must end (INV-52)."""

    __tablename__ = "person"
    __table_args__ = (Index("person_email_once", func.lower(text("email")), unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    initials: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=True)
    epoch: Mapped[int] = mapped_column(default=1)
    is_system: Mapped[bool] = mapped_column(default=False)
    # Kept for good: whether a second administrator has ever signed in hangs on it (SR-80).
    first_signed_in_at: Mapped[MaybeMoment]
    # Kept for good too: set before an appointment of an administrator's post is deleted, never
    # cleared.
    was_administrator: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    # Destroyed on erasure: without it the digest in an event says nothing of the person (INV-15).
    salt: Mapped[str | None] = mapped_column(Text)


class Appointment(Base):
    """A person in a post, from and to. Two people never hold one post on one day."""

    __tablename__ = "appointment"
    __table_args__ = (
        ExcludeConstraint(
            (ONE_POST_RANGE, "&&"), ("during", "&&"), name="one_holder", using="gist"
        ),
        Index("appointment_person", "person_id"),
        Index("appointment_post", "post_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    during: Mapped[Range[date]] = mapped_column(DATERANGE)


class Cover(Base):
    """Who acts in a post while its holder is away; the record then says "X for Y"."""

    __tablename__ = "cover"
    __table_args__ = (
        ExcludeConstraint((ONE_POST_RANGE, "&&"), ("during", "&&"), name="one_cover", using="gist"),
        CheckConstraint("person_id <> for_person_id", name="cover_by_another"),
        Index("cover_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    for_person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    during: Mapped[Range[date]] = mapped_column(DATERANGE)
    reason: Mapped[str] = mapped_column(Text)


class SignInSession(Base):
    """One signed-in browser. Only the SHA-256 of the cookie's token is kept."""

    __tablename__ = "sign_in_session"

    token_sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    epoch: Mapped[int]
    started_at: Mapped[Moment]
    seen_at: Mapped[Moment]
    browser: Mapped[str] = mapped_column(Text, default="")


class PasswordLink(Base):
    """A one-time link with which a person sets a password (invitation or reset)."""

    __tablename__ = "password_link"

    token_sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)  # invite | reset
    made_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    used_at: Mapped[MaybeMoment]


class KnownBrowser(Base):
    """A browser in which a person has signed in before; it is no sign-in and gives no right.

    Only the SHA-256 of its cookie's word is kept; several people may sign in in one browser.
    """

    __tablename__ = "known_browser"

    word_sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id"), primary_key=True, index=True, autoincrement=False
    )
    seen_at: Mapped[Moment]  # the last sign-in there


class SignInAttempt(Base):
    """A tried password or an asked link, once for each thing that it counts for (SR-05)."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("attempt_by_subject", "subject", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(Text)  # "account:<sha>:<sha>", "address:<sha>"…
    at: Mapped[Moment]


class KeptForm(Base):
    """What a person typed when the session had ended; shown only to the same person (SR-17)."""

    __tablename__ = "kept_form"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    path: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    kept_at: Mapped[Moment]


class Closure(Base):
    """Days on which the council's offices are closed, both ends included."""

    __tablename__ = "closure"

    id: Mapped[int] = mapped_column(primary_key=True)
    first_on: Mapped[date]
    last_on: Mapped[date]
    why: Mapped[str] = mapped_column(Text)


class CouncilSetting(Base):
    """What this council chose where its framework offers a choice."""

    __tablename__ = "council_setting"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)


class Meeting(Base):
    """A meeting of a body. Moved and cancelled are facts; the old date stays on the record."""

    __tablename__ = "meeting"
    __table_args__ = (
        UniqueConstraint("id", "body_id"),
        Index(
            "meeting_once",
            "body_id",
            "on_date",
            unique=True,
            postgresql_where=text("status <> 'cancelled'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("body.id"))
    on_date: Mapped[date]
    at_time: Mapped[time]
    kind: Mapped[str] = mapped_column(Text)  # ordinary | extraordinary | budget | annual
    status: Mapped[str] = mapped_column(Text, default="planned")  # planned | held | cancelled
    first_on_date: Mapped[date]
    version: Mapped[int] = mapped_column(SmallInteger, default=1)

    body: Mapped[Body] = relationship(lazy="raise_on_sql")
