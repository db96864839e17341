"""A function that can be read in the place of one that cannot: `partial(f, 2.0)`, `np.sin`.

It has the parameters that are left, and does nothing but call the other.  What a
partial function has been given is the same in every call.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import linecache
import re
from types import FunctionType
from typing import Any

import numpy as np

_numbers = itertools.count(1)
_NAMED = (inspect.Parameter.KEYWORD_ONLY,)
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def standing_in(function: Any) -> FunctionType | None:
    """The function that stands for a partial function, a builtin or a ufunc; None for others."""
    if isinstance(function, functools.partial):
        return _of_partial(function)
    if isinstance(function, np.ufunc):
        return _written(function, ["x", "y", "z"][: function.nin], {})
    if inspect.isbuiltin(function) or type(function).__name__ == "_ArrayFunctionDispatcher":
        try:
            signature = inspect.signature(function)
        except (TypeError, ValueError):
            return None
        required = [
            p.name
            for p in signature.parameters.values()
            if p.kind in _POSITIONAL and p.default is inspect.Parameter.empty
        ]
        return _written(function, required, {}) if required else None
    return None


def _of_partial(function: functools.partial[Any]) -> FunctionType:
    namespace: dict[str, Any] = {}
    given = [f"given_{i}" for i in range(len(function.args))]
    namespace |= dict(zip(given, function.args, strict=True))
    kept = {key: f"given_{key}" for key in function.keywords}
    namespace |= {name: function.keywords[key] for key, name in kept.items()}
    parameters, passed = [], [*given]
    named = False
    for parameter in inspect.signature(function).parameters.values():
        key = parameter.name
        if key in kept:
            continue
        match parameter.kind:
            case inspect.Parameter.VAR_POSITIONAL:
                parameters.append(f"*{key}")
                passed.append(f"*{key}")
                named = True
                continue
            case inspect.Parameter.VAR_KEYWORD:
                parameters.append(f"**{key}")
                passed.append(f"**{key}")
                continue
        if parameter.kind in _NAMED and not named:
            parameters.append("*")
            named = True
        said = key
        if parameter.default is not inspect.Parameter.empty:
            namespace[f"default_{key}"] = parameter.default
            said = f"{key}=default_{key}"
        parameters.append(said)
        passed.append(f"{key}={key}" if parameter.kind in _NAMED else key)
    # keyword arguments may stand before `**options`, and after positional ones
    named_now = [f"{key}={name}" for key, name in kept.items()]
    at = next((i for i, part in enumerate(passed) if part.startswith("**")), len(passed))
    passed[at:at] = named_now
    return _written(function.func, parameters, namespace, passed)


def _written(
    function: Any, parameters: list[str], namespace: dict[str, Any], passed: list[str] | None = None
) -> FunctionType:
    known_as = getattr(function, "__name__", "function")
    known_as = known_as if known_as.isidentifier() else "function"
    called = "called" if known_as == "function" else f"{known_as}_called"
    arguments = ", ".join(parameters if passed is None else passed)
    text = f"def {known_as}({', '.join(parameters)}):\n    return {called}({arguments})\n"
    file = f"<adgen calls {re.sub(r'[<>]', '', known_as)} {next(_numbers)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    made: dict[str, Any] = {**namespace, called: function}
    exec(compile(text, file, "exec"), made)
    found = made[known_as]
    assert isinstance(found, FunctionType)
    return found


def callable_of(function: Any) -> Any:
    """The method that a call of an object is; anything else as it is."""
    call = inspect.getattr_static(type(function), "__call__", None)
    is_authors = isinstance(call, FunctionType) and not call.__module__.startswith(
        ("numpy", "functools", "numba", "adgen")
    )
    return function.__call__ if is_authors else function
