"""What editions before format 10 lack: dates that fit their plan, and what a publication is.

The rule that lives here: only what came with Plancycle is brought up to date; a council's own
fields and acts stay as it wrote them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Contents = dict[str, Any]

_FITS: Mapping[tuple[str, str], Contents] = {
    ("due", "Done by"): {"within_plan": True},
    ("reports", "Reports"): {"within_plan": True, "after": "starts"},
}
_PUBLISHES = {"action": "publish", "label": "Publish", "to": "published"}


def with_fitting_dates(contents: Contents) -> Contents:
    """Dates of shipped kinds of entry lie in the years of their plan, a review reports after it
    starts (fault S16), and a clerk records what the council's own pages publish (fault S1)."""
    types = {
        name: {**kind, "fields": [_fitting(each, kind["fields"]) for each in kind["fields"]]}
        for name, kind in contents["item_types"].items()
    }
    lives = {
        name: {**life, "transitions": [_recording(each) for each in life.get("transitions", ())]}
        for name, life in contents["lifecycles"].items()
    }
    return {**contents, "item_types": types, "lifecycles": lives}


def _fitting(field: Mapping[str, Any], fields: Sequence[Mapping[str, Any]]) -> Contents:
    more = _FITS.get((str(field["key"]), str(field["title"])), {})
    others = [each["key"] for each in fields if each["kind"] == "date"]
    fits = field["key"] in others and more.get("after", field["key"]) in others
    return {**field, **more} if fits else dict(field)


def _recording(act: Contents) -> Contents:
    shipped = _PUBLISHES.items() <= act.items()
    return {**act, "label": "Record that it was published"} if shipped else act
