"""A plugin of mypy: a command says all that its verb asks for, each in a type (decision 0027).

mypy alone lets two things pass: a parameter with a default that is left out, and a value of which
nobody knows the type, as ``data`` of a form is. ``command`` refuses the first one when it runs;
this finds both before.
"""

from collections.abc import Callable

from mypy.plugin import FunctionContext, Plugin
from mypy.types import AnyType, CallableType, Type, get_proper_type

COMMAND = "workflows.core.commands.command"


class CommandsInFull(Plugin):
    """mypy with two more questions about each call of ``command``."""

    def get_function_hook(self, fullname: str) -> Callable[[FunctionContext], Type] | None:
        """What looks at a call of the function of this name."""
        return _in_full if fullname == COMMAND else None


def _in_full(call: FunctionContext) -> Type:
    verb = get_proper_type(call.arg_types[0][0]) if call.arg_types[0] else None
    if isinstance(verb, CallableType) and verb.is_ellipsis_args:
        call.api.fail("Nobody knows what this verb asks for", call.context)
        return call.default_return_type
    for name, values, types in zip(call.callee_arg_names, call.args, call.arg_types, strict=True):
        if not values:
            call.api.fail(f"This command leaves out what its verb asks for: {name}", call.context)
        for value, kind in zip(values, types, strict=True):
            if isinstance(get_proper_type(kind), AnyType):
                call.api.fail(f"Nobody knows the type of what is said for {name}", value)
    return call.default_return_type


def plugin(_version: str) -> type[Plugin]:
    """What mypy asks for."""
    return CommandsInFull
