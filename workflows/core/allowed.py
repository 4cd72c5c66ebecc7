"""Who may do an act where a subject stands, and in which capacity: the roles of its transition.

The rules that live here: denied by default; of several posts that would do the one nearest to the
subject acts (INV-27); a vacancy's work falls to the post above it.
"""

from collections.abc import Collection

from config import permissions
from config.lifecycles.shape import FOLLOWING, READER, Transition
from cycle import access, people, vacancies
from cycle.errors import NotFound, NotPermitted
from cycle.people import SYSTEM, Capacity
from workflows.core.attempt import Attempt

ONLY_CHECKED = "You read this plan because you check the record, so you do not comment on it."


def capacity_of(
    attempt: Attempt,
    transition: Transition,
    within: Collection[int] | None = None,
    *,
    by_title: bool = False,
) -> Capacity:
    """The capacity that lets this person take the transition; ``within``: at one of these queues.

    Raises NotPermitted, which says ``by_title`` whose it is, where it is some roles'; NotFound for
    what is for who reads the text, where that is not open.
    """
    if attempt.actor.is_system:
        return _of_system(transition)
    if transition.kind == "system":
        raise NotPermitted("This step is taken by the system when its day comes.")
    queues = {
        queue
        for role in transition.roles
        if role not in (permissions.BY_ITSELF, READER)
        for queue in attempt.queues_of(role)
    }
    capacity = serves(attempt, queues if within is None else queues & {*within})
    if capacity is None and READER in transition.roles:
        return _of_reader(attempt)
    if capacity is None:
        titles = " or ".join(_titles(attempt, transition)) if by_title else ""
        raise NotPermitted(
            f"This is for the {titles} to do."
            if titles
            else f"“{transition.label}” is not yours to do here. Its page shows with whom it is."
        )
    return capacity


def _of_system(transition: Transition) -> Capacity:
    if permissions.BY_ITSELF in transition.roles or transition.kind in ("system", *FOLLOWING):
        return SYSTEM
    raise NotPermitted("This step is taken by a person.")


def serves(attempt: Attempt, queues: set[int]) -> Capacity | None:
    """The capacity in which this person serves one of the queues, vacancies of their line
    included; None when they do not. Of several posts that would do, the one nearest to the subject.
    """
    actor = attempt.actor
    if len(actor.posts_held) > 1 and attempt.subject.unit_id is not None:
        actor = actor.near(attempt.path)
    post = actor.post_serving(queues)
    if post is None and queues:
        # A vacancy's work falls to the line post; asked last, since it costs a walk.
        post = vacancies.fallen_at(actor, queues, attempt.falling)
    return None if post is None else Capacity.of(post)


def _of_reader(attempt: Attempt) -> Capacity:
    """The capacity in which this person reads the text of the subject and takes part in it.

    Of several posts that would do the one nearest to the subject. Raises NotFound for those to whom
    it is not open, NotPermitted where only a post that checks the record opens it.
    """
    actor, checks = attempt.actor, False
    several = len(actor.posts_held) > 1  # the verb looked whether it is open to one post
    for post in people.in_order(actor.posts_held, attempt.path if several else ()):
        if post.only_checks:
            checks = True
        elif not several or access.may_read_text(
            attempt.session, actor.alone_at(post), attempt.subject
        ):
            return Capacity.of(post)
    if checks:
        raise NotPermitted(ONLY_CHECKED)
    raise NotFound(access.GONE)


def _titles(attempt: Attempt, transition: Transition) -> list[str]:
    """Of the roles that may do it, whosever plan it is."""
    roles = (r for name in transition.roles if name[0] != "@" for r in attempt.roles_of(name))
    return [attempt.framework.roles[role].title for role in roles if role != permissions.BY_ITSELF]
