"""How the council is governed, from which day on, and a change of it from a date."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from config.governance import TITLES
from webui.forms import ActForm, DateField, RadioField, TextAreaField, asks, options
from webui.http import auth
from webui.http.actions import ask, drawn
from webui.http.policies import SIGNED_IN, policy
from workflows.core.commands import command
from workflows.council import governance

bp = Blueprint("governance", __name__, url_prefix="/governance")
LONGEST_REASON = 2_000


class ModelForm(ActForm):
    """Another governance model from a day on."""

    model = RadioField(
        "How the council is governed from then on",
        asks("Choose how the council is governed."),
        choices=options(TITLES.items()),
    )
    from_on = DateField(
        "From", asks("Enter the first day."), description="Today or a later day, such as 26 5 2028."
    )
    reason = TextAreaField(
        "Why, and who decided it",
        asks("Say why, and who decided it."),
        max_length=LONGEST_REASON,
        description="Such as the meeting of Council that resolved it.",
    )


@bp.get("")
@policy(SIGNED_IN)
def index() -> str:
    """The model of today and the changes of it."""
    return render_template(
        "governance/index.html", page=auth.reading(governance.status), titles=TITLES
    )


@bp.route("/change", methods=["GET", "POST"])
@policy("permission:manage_council")
def change() -> ResponseReturnValue:
    """Another model from a day on; what runs keeps its route."""
    page = auth.reading(governance.status)
    form = ModelForm(data={"seen_version": page.version})
    return ask(
        form,
        drawn("governance/change.html", form, page=page, titles=TITLES),
        lambda: command(
            governance.change_model,
            model=form.model.value,
            from_on=form.from_on.value,
            reason=form.reason.value,
            seen_version=form.seen_version.value,
        ),
        location=url_for(".index"),
        message="The change is recorded. What has begun keeps its route.",
    )
