"""What brings the contents of an older edition of a framework to the form that the product reads.

The rule that lives here: a published edition is never edited. Its body carries the number of its
format (absent: 1), and each step below takes the contents from one format to the next, in memory.
A new step is one function at the end of ``STEPS``, with a test on a real old body; what is
published from then on carries the next number, and the frameworks that come with the product are
always written in the newest form.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from config import framework_loader, permissions
from config.framework_reading import RENAMED
from config.lifecycles import fitting_dates, putting_right, standard_acts
from config.lifecycles.phases import Phase
from config.problems import ProblemList
from config.year_choices import complete

FORMAT = "format"
Contents = dict[str, Any]


def upgraded(stored: Mapping[str, Any]) -> Contents:
    """The contents of a stored edition in the newest form, without the number of its format.

    Raises ValueError for the format of a later version of the product.
    """
    number = stored.get(FORMAT, 1)
    if not isinstance(number, int) or not 1 <= number <= newest():
        raise ValueError(f"an edition in format {number} is not known to this version")
    contents = {key: value for key, value in stored.items() if key != FORMAT}
    for step in STEPS[number - 1 :]:
        contents = step(contents)
    return contents


def newest() -> int:
    """The format in which editions are published."""
    return len(STEPS) + 1


def expanded(contents: Mapping[str, Any]) -> Contents:
    """Contents in which every year pattern is whole: ``extends`` and ``without`` are writing aids
    that nothing reads of a published edition (INV-06)."""
    years = complete(contents["years"], ProblemList())
    aids = ("extends", "without")
    whole = {
        name: {key: value for key, value in pattern.items() if key not in aids}
        for name, pattern in years.items()
    }
    return {**contents, "years": whole}


# From format 1 to 2: permissions and order --------------------------------------------------------


def to_format_2(contents: Contents) -> Contents:
    """Permissions instead of ten roles that code sought by name (faults R8, R11); years whole, and
    the order of the files (fault S4), since format 1 was stored with sorted keys.

    A list takes its order from the framework of its key that comes with the product, where that
    lists all of the same things; any other stays as it is stored.
    """
    shipped = _shipped(str(contents.get("key", "")))
    return expanded(_ordered(permissions.upgraded(contents), shipped))


def is_in_order(stored: Mapping[str, Any]) -> bool:
    """Whether the lists of a stored edition stand in the order of its files, as far as is known."""
    if stored.get(FORMAT, 1) > 1:
        return True
    shipped = _shipped(str(stored.get("key", "")))
    return not any(
        _is_sorted_only(part, shipped.get(key), in_folder=key in framework_loader.FOLDERS)
        for key, part in permissions.upgraded(stored).items()
    )


@lru_cache(maxsize=8)
def _shipped(key: str) -> Contents:
    """The files of a framework that comes with the product; nothing for another key."""
    if key not in framework_loader.available():
        return {}
    return framework_loader.read_folder(framework_loader.FRAMEWORKS / key)


def _ordered(stored: Any, shipped: Any) -> Any:
    """What is stored, each table in the order of the shipped one that has all of its keys."""
    if isinstance(stored, Mapping):
        beside = shipped if isinstance(shipped, Mapping) else {}
        now = {RENAMED.get(key, key): key for key in stored}
        names = beside if now.keys() <= beside.keys() else now
        return {
            now[name]: _ordered(stored[now[name]], beside.get(name))
            for name in names
            if name in now
        }
    if isinstance(stored, list):
        return [_ordered(mine, its) for mine, its in _pairs(stored, shipped)]
    return stored


def _is_sorted_only(stored: Any, shipped: Any, *, in_folder: bool = False) -> bool:
    """Whether a table of tables here has no shipped one with all of its keys.

    ``in_folder``: the keys are names of files, which were always read in their order.
    """
    if isinstance(stored, Mapping):
        beside = shipped if isinstance(shipped, Mapping) else {}
        tables = len(stored) > 1 and all(isinstance(each, Mapping) for each in stored.values())
        if tables and not in_folder and not stored.keys() <= beside.keys():
            return True
        return any(_is_sorted_only(each, beside.get(key)) for key, each in stored.items())
    if isinstance(stored, list):
        return any(_is_sorted_only(mine, its) for mine, its in _pairs(stored, shipped))
    return False


def _pairs(stored: list[Any], shipped: Any) -> list[tuple[Any, Any]]:
    beside = shipped if isinstance(shipped, list) and len(shipped) == len(stored) else None
    return list(zip(stored, beside or [None] * len(stored), strict=True))


# From format 2 to 3: names ------------------------------------------------------------------------


def to_format_3(contents: Contents) -> Contents:
    """A role has permissions, a step predecessors, a type of plan prerequisites."""
    years = {
        name: {**pattern, "steps": [_renamed(step) for step in pattern.get("steps", ())]}
        for name, pattern in contents["years"].items()
    }
    tables = {
        part: {key: _renamed(each) for key, each in contents[part].items()}
        for part in ("roles", "plan_types")
    }
    return {**contents, **tables, "years": years}


def _renamed(table: Mapping[str, Any]) -> Contents:
    return {RENAMED.get(key, key): value for key, value in table.items()}


# From format 3 to 4: phases -----------------------------------------------------------------------

_OF_PLANS = {
    "not_started": Phase.NOT_STARTED,
    "proposals_drafting": Phase.DRAFT,
    "proposals_returned": Phase.DRAFT,
    "drafting": Phase.DRAFT,
    "returned": Phase.DRAFT,
    "referred_back": Phase.DRAFT,
    "proposals_in_review": Phase.IN_REVIEW,
    "proposals_with_group": Phase.IN_REVIEW,
    "proposals_with_portfolio_holder": Phase.IN_REVIEW,
    "proposals_agreed": Phase.IN_REVIEW,
    "in_review": Phase.IN_REVIEW,
    "with_clt": Phase.IN_REVIEW,
    "with_cmt": Phase.IN_REVIEW,
    "with_leaders_group": Phase.IN_REVIEW,
    "with_portfolio_holder": Phase.IN_REVIEW,
    "with_partnership": Phase.IN_REVIEW,
    "standards_check": Phase.IN_REVIEW,
    "with_committees": Phase.BEFORE_BODIES,
    "approved": Phase.SETTLED,
    "approved_with_amendments": Phase.SETTLED,
    "in_force": Phase.IN_FORCE,
    "superseded": Phase.ENDED,
    "withdrawn": Phase.WITHDRAWN,
}
# The states that the product's frameworks had before states said their phase, by subject.
PHASES: Mapping[str, Mapping[str, Phase]] = {
    "plan": _OF_PLANS,
    "council": {"running": Phase.IN_FORCE},
    "cycle": {
        "planned": Phase.NOT_STARTED,
        "running": Phase.IN_FORCE,
        "closed": Phase.ENDED,
    },
    "year": {
        "planned": Phase.NOT_STARTED,
        "deciding": Phase.DRAFT,
        "open": Phase.IN_FORCE,
        "closed": Phase.ENDED,
    },
    "item": {
        "requested": Phase.DRAFT,
        "listed": Phase.IN_REVIEW,
        "frozen": Phase.SETTLED,
        "published": Phase.BEFORE_BODIES,
        "decided": Phase.ENDED,
        "withdrawn": Phase.WITHDRAWN,
    },
    "change": {
        "proposed": Phase.IN_REVIEW,
        "asked": Phase.IN_REVIEW,
        "approved": Phase.SETTLED,
        "applied": Phase.IN_FORCE,
        "reverted": Phase.ENDED,
        "refused": Phase.WITHDRAWN,
        "withdrawn": Phase.WITHDRAWN,
    },
}


def to_format_4(contents: Contents) -> Contents:
    """Each state has a phase. A state that only a council's own framework has, and that says none,
    stays without: ``migrate`` stops at it, and ``framework check`` refuses it."""
    lives = {
        name: {**life, "states": _with_phases(life["states"], PHASES.get(life["subject"], {}))}
        for name, life in contents["lifecycles"].items()
    }
    return {**contents, "lifecycles": lives}


def _with_phases(states: Mapping[str, Any], phases: Mapping[str, Phase]) -> Contents:
    return {
        key: {**({"phase": str(phases[key])} if key in phases else {}), **state}
        for key, state in states.items()
    }


# From format 4 to 5: every act a transition -------------------------------------------------------


def to_format_5(contents: Contents) -> Contents:
    """Lifecycles say who may comment, ask, remind, write a report and pass over a body, and from
    where; code alone knew it before."""
    lives = {name: standard_acts.added(life) for name, life in contents["lifecycles"].items()}
    return {**contents, "lifecycles": lives}


# From format 5 to 6: plan roles -------------------------------------------------------------------


def to_format_6(contents: Contents) -> Contents:
    """A type of plan has plan roles."""
    kinds = {key: _renamed(kind) for key, kind in contents["plan_types"].items()}
    return {**contents, "plan_types": kinds}


# From format 6 to 7: the law of each nation -------------------------------------------------------

# The days that a rule under the law had in the frameworks of the product, as (days, unit).
_LAW_OF_ENGLAND = {
    "agenda_published": (5, "clear"),
    "key_decision_notice": (28, "calendar_clear"),
    "general_exception_notice": (5, "clear"),
    "private_meeting_notice": (28, "calendar_clear"),
    "decision_published": (1, "working"),
    "call_in_ends": (5, "working"),
}
# The variants for nations that the frameworks of the product ever had, all of the same rule.
SHIPPED_VARIANTS: tuple[Contents, ...] = (
    {
        "nation": "england",
        "kinds": ["cabinet"],
        "from_on": "2012-09-10",
        "days": 5,
        "source": "The Local Authorities (Executive Arrangements) (Meetings and Access to "
        "Information) (England) Regulations 2012 (SI 2012/2089) regs 6, 7",
    },
    {
        "nation": "england",
        "until_on": "2002-10-01",
        "days": 3,
        "source": "Local Government Act 1972 s.100B before SI 2002/715, arts 2, 3",
    },
    {
        "nation": "wales",
        "kinds": ["cabinet"],
        "days": 3,
        "source": "The Local Authorities (Executive Arrangements) (Decisions, Documents and "
        "Meetings) (Wales) Regulations 2001 (SI 2001/2290) reg. 5",
    },
    {
        "nation": "wales",
        "from_on": "2021-05-01",
        "days": 3,
        "source": "Local Government Act 1972 s.100BA(3); Local Government and Elections (Wales) "
        "Act 2021 Sch. 4",
    },
    {
        "nation": "wales",
        "until_on": "2021-05-01",
        "days": 3,
        "source": "Local Government Act 1972 s.100B(3) as it applied in Wales",
    },
    {
        "nation": "wales",
        "days": 3,
        "source": "Local Government Act 1972 s.100B as it applies in Wales; Local Government and "
        "Elections (Wales) Act 2021 Sch. 4",
    },
    {
        "nation": "scotland",
        "days": 3,
        "source": "Local Government (Scotland) Act 1973 s.50B(3), (4)",
    },
    {
        "nation": "northern-ireland",
        "days": 5,
        "source": "Local Government Act (Northern Ireland) 2014 ss.42(6), 43(3) (the Act says "
        "five days, and clear days are the careful count)",
    },
)
_NATIONS_OF_KIND = {
    "second_meeting": ["england"],
    "sensitive": ["england", "wales", "scotland"],
}
_NATIONS_OF_LIMIT = {
    "budget_before_11_march": ["england", "wales"],
    "precept_before_1_march": ["england", "wales"],
}


def to_format_7(contents: Contents) -> Contents:
    """A rule of days names its rule of the law, which has the numbers of each nation, and a limit
    the nations whose law it is (fault D2). A rule with other days than the law's stays as it is,
    and so does a variant that the product never had: a council wrote it."""
    rules = {
        key: _under_the_law(rule, key)
        if (rule.get("days"), rule.get("unit")) == _LAW_OF_ENGLAND.get(key)
        else rule
        for key, rule in contents["day_rules"].items()
    }
    limits = {key: {**_nations(limit, key), **limit} for key, limit in contents["limits"].items()}
    return {**contents, "day_rules": rules, "limits": limits}


def _under_the_law(rule: Mapping[str, Any], key: str) -> Contents:
    """The rule under the law, with the variants that a council wrote itself."""
    own = [each for each in rule.get("variants", ()) if each not in SHIPPED_VARIANTS]
    mine = {name: value for name, value in rule.items() if name != "variants"}
    return {**mine, **({"variants": own} if own else {}), "law": key}


def _nations(limit: Mapping[str, Any], key: str) -> Contents:
    found = _NATIONS_OF_LIMIT.get(key) or _NATIONS_OF_KIND.get(str(limit.get("kind")))
    return {"nations": found} if found else {}


# From format 7 to 8: comments that are dealt with -------------------------------------------------


def to_format_8(contents: Contents) -> Contents:
    """Where a plan can be commented on, a comment can be marked as dealt with."""
    lives = {
        name: standard_acts.with_settling(life) for name, life in contents["lifecycles"].items()
    }
    return {**contents, "lifecycles": lives}


# From format 8 to 9: decisions and years that are put right ---------------------------------------


def to_format_9(contents: Contents) -> Contents:
    """The outcome of a decision can be corrected (fault R4), and a year closed again (fault L3)."""
    lives = {name: putting_right.with_acts(life) for name, life in contents["lifecycles"].items()}
    return {**contents, "lifecycles": lives}


# Steps in their order: the first takes format 1 to format 2.
STEPS: tuple[Callable[[Contents], Contents], ...] = (
    to_format_2,
    to_format_3,
    to_format_4,
    to_format_5,
    to_format_6,
    to_format_7,
    to_format_8,
    to_format_9,
    fitting_dates.with_fitting_dates,
)
