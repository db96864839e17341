"""Types from a function's annotations and defaults, where there are no arguments."""

from __future__ import annotations

import inspect
import typing
from typing import Any

import numpy as np

from adgen.errors import UserError
from adgen.frontend.source import Definition
from adgen.types import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    UNKNOWN,
    Dim,
    Num,
    Type,
)
from adgen.values import type_of

_PLAIN: dict[Any, Type] = {float: FLOAT, int: INT, bool: BOOL, complex: COMPLEX}


def types_of(definition: Definition) -> dict[str, Type]:
    """A type for each parameter; what is not said is unknown."""
    plain = definition.function
    try:
        hints = typing.get_type_hints(plain)
    except (NameError, TypeError):
        hints = {}
    found: dict[str, Type] = {}
    for name, parameter in inspect.signature(plain).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise UserError(
                f"how many arguments `{name}` collects is not known",
                help="give example arguments",
            )
        found[name] = _type(name, hints.get(name), parameter.default)
    return found


def _type(name: str, hint: Any, default: Any) -> Type:
    if hint in _PLAIN:
        plain = _PLAIN[hint]
        if hint is int:
            return Num("i8", (), "py", Dim.of(("int", name)))
        return plain
    if hint is np.ndarray:
        return Num("", None, "any")
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is np.ndarray and len(args) == 2:
        scalar = typing.get_args(args[1])
        if scalar and isinstance(scalar[0], type) and issubclass(scalar[0], np.generic):
            return Num(np.dtype(scalar[0]).str[1:], None, "any")
    if default is not inspect.Parameter.empty and not isinstance(default, np.ndarray):
        return type_of(default, name, {})
    return UNKNOWN
