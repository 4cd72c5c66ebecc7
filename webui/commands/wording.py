"""What the terminal says when a command was used wrongly or cannot reach what it needs.

The rule that lives here: one plain sentence on what is wrong and what to do, in the product's own
words, whichever library found it.
"""

import click
from click.exceptions import MissingParameter, NoSuchCommand, NoSuchOption

from config.problems import Problems
from config.settings import BadSettings
from cycle import db
from cycle.errors import Away, Refused, Rejected

NO_ANSWER = "The database does not answer. Check DATABASE_URL, or start it with plancycle run."
TOO_SLOW = "57014"
NOT_ALLOWED = "42501"
NO_SUCH_TABLE, NO_SUCH_COLUMN = "42P01", "42703"


def of(failure: Exception) -> str | None:
    """What to say of a failure that a person can mend; None when it is a fault of the product."""
    if isinstance(failure, click.ClickException):
        return _of_mistake(failure)
    if isinstance(failure, Away):
        return NO_ANSWER
    if isinstance(failure, (Refused, BadSettings, Problems)):
        return str(failure)
    if (rejected := db.rejection(failure)) is not None:
        return _of_database(rejected)
    if isinstance(failure, FileNotFoundError) and failure.filename:
        return f"There is no file or folder {failure.filename}."
    if isinstance(failure, OSError) and failure.filename:
        return f"{failure.filename} cannot be used ({failure.strerror})."
    return None


def _of_mistake(mistake: click.ClickException) -> str:
    """The sentence for a command that was used wrongly, with where to read more."""
    context = mistake.ctx if isinstance(mistake, click.UsageError) else None
    command = context.command_path if context else "plancycle"
    return f"{_wrong(mistake, command, context)} See {command} --help."


def _wrong(mistake: click.ClickException, command: str, context: click.Context | None) -> str:
    if isinstance(mistake, NoSuchOption):
        return f"{command} has no option {mistake.option_name}."
    if isinstance(mistake, NoSuchCommand):
        return f"There is no command {command} {mistake.command_name}."
    if not isinstance(mistake, click.BadParameter) or mistake.param is None:
        return mistake.message
    name = mistake.param.get_error_hint(context).strip("'").replace("' / '", " or ")
    if isinstance(mistake, MissingParameter):
        return f"{name} is missing."
    kind = mistake.param.type
    if isinstance(kind, click.IntRange):
        return f"{name} should be a whole number from {kind.min} to {kind.max}."
    if isinstance(kind, click.types.IntParamType):
        return f"{name} should be a whole number."
    return f"{name}: {mistake.message}"


def _of_database(failure: Rejected) -> str | None:
    """The sentence for a database that says no; None when it is a fault of the product."""
    if failure.sqlstate == TOO_SLOW:
        return "The database took too long and nothing was changed. Try again when it is less busy."
    if failure.sqlstate == NOT_ALLOWED:
        return (
            "The database does not let this role do that. Set MIGRATION_URL to its owner, "
            "and run plancycle migrate."
        )
    if failure.sqlstate in (NO_SUCH_TABLE, NO_SUCH_COLUMN):
        return "The database is not up to date. Run plancycle migrate."
    return NO_ANSWER if failure.operational else None
