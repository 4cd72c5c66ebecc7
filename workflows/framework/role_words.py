"""What somebody in a role may do in plans and reports, in words, as the framework has it."""

from collections.abc import Iterator

from config.framework import Framework


def acts(framework: Framework, role: str) -> list[str]:
    """The steps, comments, groups and plans of a role, a sentence for each kind; none: empty."""
    return [f"{what}: {', '.join(named)}" for what, named in _found(framework, role) if named]


def _found(framework: Framework, role: str) -> Iterator[tuple[str, list[str]]]:
    kinds = framework.plan_types.values()
    yield (
        "Works on these plans",
        [
            kind.title
            for kind in kinds
            if role in {framework.role_at(name, kind.key) for name in kind.plan_roles.values()}
        ],
    )
    yield "Takes these steps", _steps(framework, role)
    yield (
        "Comments on reports",
        [kind.title for kind in framework.comments.values() if role in kind.roles],
    )
    yield (
        "Records what these agree",
        [body.title for body in framework.bodies.values() if body.secretary == role],
    )
    yield (
        "Reports on progress",
        [
            framework.plan_types[each.plan_type].title
            for each in framework.reporting.values()
            if framework.role_at(each.role, each.plan_type) == role
        ],
    )


def _steps(framework: Framework, role: str) -> list[str]:
    """The labels of the steps that the role may take, each once."""
    found = (
        f"“{transition.label}”"
        for lifecycle in framework.lifecycles.values()
        for transition in lifecycle.transitions
        if not transition.is_internal  # what a permission gives is told in its own words
        if any(role in _at(framework, name) for name in transition.roles)
    )
    return list(dict.fromkeys(found))


def _at(framework: Framework, name: str) -> set[str]:
    """The roles that a name of a lifecycle means, for whichever type of plan."""
    types = framework.plan_types or ("",)
    return {role for key in types for role in framework.roles_of(name, key)}
